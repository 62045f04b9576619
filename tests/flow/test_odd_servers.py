"""The RTSP driver against servers that take the standard lightly: a scripted one, byte by byte."""

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field

import pytest

from vedette.ingest.ports import SOURCES, SenderReport, SourceFrame, SourceRequest
from vedette.model.camera import StreamSource
from vedette.model.packet import StreamFormat

SPS = bytes.fromhex("674d4028da01e0089f961000000300100000030320f1832a")
PPS = bytes.fromhex("68ef3c80")
IDR = b"\x65\x88" + bytes(range(100))
SLICE = b"\x41\x9a" + b"p" * 60
SDP = (
    "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"
    "m=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
)


@dataclass
class OddServer:
    """Plays ten pictures to whoever asks.

    Attributes:
        counts_wrong: Every answer carries the same sequence number.
        other_channels: It sends over channels 6 and 7, whatever was asked for.
        talks: It sends requests of its own in the middle.
        too_early: The first packets come before the answer to PLAY.
        bare_lines: Lines end with a line feed alone.
        new_sender: After five pictures another sender takes over.
        no_audio: SETUP of the second track fails.
        heard: Everything that came in.
    """

    counts_wrong: bool = False
    other_channels: bool = False
    talks: bool = False
    too_early: bool = False
    bare_lines: bool = False
    new_sender: bool = False
    no_audio: bool = False
    heard: list[str] = field(default_factory=list[str])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heard.append(head)
                if head.startswith("RTSP/"):
                    continue
                writer.write(self.reply(head))
                if head.startswith("TEARDOWN"):
                    break
        writer.close()

    def reply(self, head: str) -> bytes:
        method, _, _ = head.partition(" ")
        _, _, rest = head.partition("CSeq: ")
        sequence = "1" if self.counts_wrong else rest.partition("\r")[0]
        lines = ["RTSP/1.0 200 OK", f"CSeq: {sequence}"]
        body = b""
        media: list[bytes] = []
        if method == "OPTIONS":
            lines.append("Public: DESCRIBE, SETUP, PLAY")
        elif method == "DESCRIBE":
            body = SDP.encode()
            lines.append(f"Content-Length: {len(body)}")
        elif method == "SETUP":
            if self.no_audio and "track2" in head:
                lines[0] = "RTSP/1.0 500 Internal Server Error"
            pair = "6-7" if self.other_channels else "0-1"
            if "track2" in head:
                pair = "8-9" if self.other_channels else "2-3"
            lines += ["Session: abc", f"Transport: RTP/AVP/TCP;unicast;interleaved={pair}"]
        elif method == "PLAY":
            media = self.pictures()
        end = "\n" if self.bare_lines else "\r\n"
        answer = end.join([*lines, "", ""]).encode() + body
        early = 2 if self.too_early else 0
        return b"".join([*media[:early], answer, *media[early:]])

    def pictures(self) -> list[bytes]:
        """Ten pictures as interleaved frames."""
        sequence = 65_533
        out: list[bytes] = []
        for number in range(10):
            later = self.new_sender and number >= 5
            sender, stamp = (2, 77_000 + number * 3600) if later else (1, number * 3600)
            key = number == 0 or (later and number == 6)
            for unit in (SPS, PPS, IDR) if key else (SLICE,):
                sequence += 1
                mark = 0x80 if unit in {IDR, SLICE} else 0
                head = struct.pack(">BBHII", 0x80, mark | 96, sequence & 0xFFFF, stamp, sender)
                channel = 6 if self.other_channels else 0
                packet = head + unit
                out.append(bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet)
            if self.talks and number in {2, 4}:
                request = "OPTIONS" if number == 2 else "ANNOUNCE"
                out.append(f"{request} rtsp://c/ RTSP/1.0\r\nCSeq: 70{number}\r\n\r\n".encode())
        return out


@dataclass
class Collector:
    """See MediaReceiver."""

    wanted: int
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    formats: list[StreamFormat] = field(default_factory=list[StreamFormat])
    frames: list[SourceFrame] = field(default_factory=list[SourceFrame])

    def opened(self, stream_format: StreamFormat) -> None:
        self.formats.append(stream_format)

    def frame(self, frame: SourceFrame) -> None:
        self.frames.append(frame)
        if len(self.frames) >= self.wanted:
            self.enough.set()

    def sender_report(self, report: SenderReport) -> None:
        del report


async def collect(odd: OddServer, wanted: int) -> Collector:
    server = await asyncio.start_server(odd.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    request = SourceRequest("Gate", StreamSource(f"rtsp://127.0.0.1:{port}/x"), None, 2.0, 2.0)
    collector = Collector(wanted)
    playing = asyncio.ensure_future(SOURCES.load("rtsp")(request).play(collector))
    try:
        async with asyncio.timeout(5):
            await collector.enough.wait()
            await asyncio.sleep(0)
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing
        server.close()
        await server.wait_closed()
    return collector


@pytest.mark.parametrize(
    "oddity",
    ["counts_wrong", "other_channels", "talks", "too_early", "bare_lines", "no_audio"],
)
def test_odd_server_is_played_all_the_same(oddity: str) -> None:
    odd = OddServer()
    setattr(odd, oddity, True)
    got = asyncio.run(collect(odd, 10))
    assert [frame.key for frame in got.frames] == [True] + [False] * 9
    assert not any(frame.lost_packets for frame in got.frames)
    assert (got.formats[0].video.width, len(got.formats)) == (1920, 1)
    assert odd.heard[-1].startswith("TEARDOWN")


def test_servers_own_requests_are_answered() -> None:
    odd = OddServer(talks=True)
    asyncio.run(collect(odd, 10))
    answers = [head for head in odd.heard if head.startswith("RTSP/")]
    assert [answer.split("\r\n")[:2] for answer in answers] == [
        ["RTSP/1.0 200 OK", "CSeq: 702"],
        ["RTSP/1.0 200 OK", "CSeq: 704"],
    ]


def test_another_sender_begins_a_new_run_at_its_key_frame() -> None:
    got = asyncio.run(collect(OddServer(new_sender=True), 9))
    assert len(got.formats) == 2
    assert [frame.key for frame in got.frames] == [True, *[False] * 4, True, *[False] * 3]
    assert got.frames[5].pts == 77_000 + 6 * 3600
