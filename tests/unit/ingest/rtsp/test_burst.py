"""Packets taken in one go come to the same as packets taken one by one."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.ingest.rtsp.burst import Burst
from vedette.ingest.rtsp.depacketisers.access_unit import AccessUnit
from vedette.ingest.rtsp.depacketisers.h264 import H264Depacketiser, H264Sets
from vedette.ingest.rtsp.depacketisers.h265 import H265Depacketiser, H265Sets
from vedette.ingest.rtsp.rtp import RtpReceiver
from vedette.ingest.rtsp.wire import WireReader

HEADS = {"h264": (b"\x7c", 5), "h265": (b"\x62\x01", 19)}
PIECE_BYTES = 40


@dataclass(frozen=True)
class Oddity:
    """What happens to the packet ``at``."""

    at: int
    kind: str


def picture(codec: str, count: int) -> list[bytes]:
    """A key picture in ``count`` payloads, whose first slice is there."""
    head, kind = HEADS[codec]
    flags = [0x80 | kind, *[kind] * (count - 2), 0x40 | kind]
    return [
        head + bytes((flag, 0x80 | number & 0x7F)) + bytes([number & 0xFF]) * PIECE_BYTES
        for number, flag in enumerate(flags)
    ]


def frame(sequence: int, stamp: int, payload: bytes, *, marker: bool, odd: str) -> bytes:
    """An interleaved frame, perhaps an odd one."""
    if odd == "lost":
        return b""
    flags, ssrc, channel = 0x80, 7, 0
    if odd == "shorter":
        payload = payload[:-9]
    elif odd == "empty":
        payload = payload[:3]
    elif odd == "marked":
        marker = True
    elif odd == "stamped":
        stamp += 1
    elif odd == "begun":
        payload = payload[:1] + bytes((payload[1] ^ 0x80,)) + payload[2:]
    elif odd == "extended":
        flags, payload = 0x90, b"\0\0\0\1abcd" + payload[8:]
    elif odd == "sender":
        ssrc = 8
    elif odd == "elsewhere":
        channel = 4
    kind = 97 if odd == "type" else 96
    head = struct.pack(">BBHII", flags, marker << 7 | kind, sequence & 0xFFFF, stamp, ssrc)
    packet = head + payload
    one = bytes((0x24, channel)) + len(packet).to_bytes(2, "big") + packet
    return one * 2 if odd == "twice" else one


def stream(codec: str, first: int, counts: list[int], oddities: list[Oddity]) -> bytes:
    """Pictures one after the other, numbered from ``first``."""
    odd = {oddity.at: oddity.kind for oddity in oddities}
    frames: list[bytes] = []
    for index, count in enumerate(counts):
        for place, payload in enumerate(picture(codec, count)):
            at = len(frames)
            marker = place == count - 1
            one = frame(first + at, index * 3600, payload, marker=marker, odd=odd.get(at, ""))
            frames.append(one)
    return b"".join(frames)


@dataclass
class Outcome:
    """What came of a stream: pictures, counts, and bytes taken in bursts."""

    units: list[AccessUnit]
    counts: list[int]
    taken: int


def received(codec: str, data: bytes, cut: int, *, bursts: bool) -> Outcome:
    """Feed a stream, ``cut`` bytes at a time."""
    units: list[AccessUnit] = []
    builder = (
        H264Depacketiser(H264Sets(), units.append)
        if codec == "h264"
        else H265Depacketiser(H265Sets(), units.append)
    )
    rtp = RtpReceiver(96, builder, lambda: None)
    reader = WireReader(lambda _message: None)
    reader.sinks[0] = rtp.packet
    taken = 0
    if bursts:
        burst = Burst(rtp, builder)

        def take(view: memoryview, first: int, start: int, end: int) -> int:
            nonlocal taken
            stop = burst.take(view, first, start, end)
            taken += stop - start
            return stop

        reader.bursts[0] = take
    for start in range(0, len(data), cut):
        reader.feed(data[start : start + cut])
    counts = [rtp.received, rtp.lost, rtp.late, rtp.malformed, rtp.expected, rtp.highest]
    return Outcome(units, [*counts, builder.damaged_total], taken)


ODD = (
    "lost", "twice", "shorter", "empty", "marked", "stamped", "begun", "extended", "sender",
    "elsewhere", "type",
)  # fmt: skip


@given(
    st.sampled_from(["h264", "h265"]),
    st.integers(0, 0xFFFF) | st.integers(0xFFC0, 0xFFFF),
    st.lists(st.integers(2, 40), min_size=1, max_size=5),
    st.lists(st.builds(Oddity, st.integers(0, 80), st.sampled_from(ODD)), max_size=4),
    st.integers(1, 4000),
)
def test_burst_changes_nothing_but_the_cost(
    codec: str, first: int, counts: list[int], oddities: list[Oddity], cut: int
) -> None:
    data = stream(codec, first, counts, oddities)
    plain = received(codec, data, cut, bursts=False)
    burst = received(codec, data, cut, bursts=True)
    assert (burst.units, burst.counts) == (plain.units, plain.counts)


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_whole_pictures_are_taken_in_one_go(codec: str) -> None:
    data = stream(codec, 65_500, [30, 30, 30], [])
    outcome = received(codec, data, 100_000, bursts=True)
    assert outcome.taken > len(data) * 2 / 3
    assert len(outcome.units) == 3
    assert outcome.counts[:2] == [90, 0]
