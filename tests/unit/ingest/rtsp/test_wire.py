"""RTSP messages and frames out of a byte stream, however it is cut and however it is bad."""

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceProtocol
from vedette.ingest.rtsp import wire
from vedette.ingest.rtsp.wire import Message, WireReader


class Heard:
    """Notes what a reader hands out."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.frames: list[tuple[int, bytes]] = []
        self.reader = WireReader(self.messages.append)
        for channel in range(4):
            self.reader.sinks[channel] = self._sink(channel)

    def _sink(self, channel: int) -> wire.FrameSink:
        return lambda buffer, start, stop: self.frames.append((channel, bytes(buffer[start:stop])))


def frame(channel: int, data: bytes) -> bytes:
    return bytes((0x24, channel)) + len(data).to_bytes(2, "big") + data


ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nhello"


@given(
    st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=300)), max_size=20),
    st.lists(st.integers(0, 8000), max_size=12),
)
def test_frames_and_answers_survive_any_cut(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = ANSWER + b"".join(frame(*one) for one in frames) + ANSWER
    heard = Heard()
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, stop in pairwise(places):
        heard.reader.feed(stream[start:stop])
    assert heard.frames == [one for one in frames if one[0] < 4]
    assert [message.body for message in heard.messages] == [b"hello", b"hello"]


def test_longest_frame_passes_between_others() -> None:
    heard = Heard()
    longest = bytes(range(256)) * 255 + bytes(255)
    heard.reader.feed((frame(0, b"a") + frame(1, longest)) * 3 + frame(2, b"z"))
    assert [len(data) for _, data in heard.frames] == [1, 65_535] * 3 + [1]


def test_body_may_be_larger_than_the_buffer() -> None:
    heard = Heard()
    body = b"v" * 900_000
    head = f"RTSP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    heard.reader.feed(head + body + frame(0, b"x"))
    assert heard.messages[0].body == body
    assert heard.frames == [(0, b"x")]


@pytest.mark.parametrize(
    ("raw", "status", "name", "value"),
    [
        (b"RTSP/1.0 200 OK\nCSeq: 1\nSession: 77\n\n", 200, "session", "77"),
        (b"\r\n\r\nRTSP/1.0 401\r\nwww-AUTHENTICATE:  Basic \r\n\r\n", 401, "www-authenticate",
         "Basic"),
        (b"RTSP/1.0 200 OK\r\nPublic: OPTIONS,\r\n  PLAY\r\n\r\n", 200, "public", "OPTIONS, PLAY"),
        (b"RTSP/1.0 200 OK\r\nno colon here\r\nX:\xff\r\n\r\n", 200, "x", "\xff"),
    ],
)  # fmt: skip
def test_untidy_answers_are_read(raw: bytes, status: int, name: str, value: str) -> None:
    heard = Heard()
    heard.reader.feed(raw)
    assert heard.messages[0].status == status
    assert heard.messages[0].get(name) == value


def test_request_from_the_camera_is_told_from_an_answer() -> None:
    heard = Heard()
    heard.reader.feed(b"ANNOUNCE rtsp://c/ RTSP/1.0\r\nCSeq: 9\r\nContent-Length: 2\r\n\r\nok")
    assert (heard.messages[0].method, heard.messages[0].status) == ("ANNOUNCE", 0)
    assert b"CSeq: 9" in wire.encode_response(heard.messages[0], 200, "OK")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\x00\x01\x02\x03\x04", "does not speak RTSP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak RTSP"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "web server"),
        (b"RTSP/1.0 abc OK\r\n\r\n", "no number"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 4294967296\r\n\r\n", "more than"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "no number"),
        (b"RTSP/1.0 200 OK\r\nX: " + b"y" * 70_000, "beyond"),
        (b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n", "header lines"),
    ],
)
def test_nonsense_is_refused_at_once(raw: bytes, said: str) -> None:
    with pytest.raises(SourceProtocol, match=said):
        Heard().reader.feed(raw)


def test_header_that_drips_in_stays_bounded_and_is_refused() -> None:
    reader = Heard().reader
    reader.feed(b"RTSP/1.0 200 OK\r\n")

    def drip() -> None:
        for _ in range(100_000):
            reader.feed(b"X:")

    with pytest.raises(SourceProtocol, match="beyond"):
        drip()


@given(st.lists(st.binary(max_size=500), max_size=30))
def test_noise_raises_nothing_but_a_protocol_error(parts: list[bytes]) -> None:
    heard = Heard()
    with contextlib.suppress(SourceProtocol):
        for part in parts:
            heard.reader.feed(part)
            assert len(heard.reader.space()) > 0


def test_request_cannot_be_split_by_what_a_camera_said() -> None:
    with pytest.raises(SourceProtocol, match="line break"):
        wire.encode_request("PLAY", "rtsp://c/", 1, {"Session": "1\r\nX-Evil: yes"})
