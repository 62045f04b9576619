"""What the simulated camera packs, a reader written from the RFCs takes apart again."""

import struct
from collections.abc import Sequence

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.packet import Codec
from vedette.testing.camera.rtp import (
    RtpLane,
    packetise_aac,
    packetise_h264,
    packetise_h265,
    wide_ntp,
)
from vedette.testing.media import ClipSpec, make_clip

H264_UNITS = st.lists(
    st.tuples(st.sampled_from([1, 5, 6, 7, 8]), st.binary(min_size=1, max_size=400)).map(
        lambda pair: bytes([0x60 | pair[0]]) + pair[1]
    ),
    min_size=1,
    max_size=6,
)
H265_UNITS = st.lists(
    st.tuples(st.sampled_from([1, 19, 32, 33, 34, 39]), st.binary(min_size=1, max_size=400)).map(
        lambda pair: bytes([pair[0] << 1, 1]) + pair[1]
    ),
    min_size=1,
    max_size=6,
)


def unpack_h264(payloads: Sequence[bytes]) -> list[bytes]:
    """RFC 6184, sections 5.6 to 5.8, straight from the text."""
    units: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == 24:
            at = 1
            while at < len(payload):
                (size,) = struct.unpack_from(">H", payload, at)
                units.append(payload[at + 2 : at + 2 + size])
                at += 2 + size
        elif kind == 28:
            if payload[1] & 0x80:
                units.append(bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
            units[-1] += payload[2:]
        else:
            units.append(payload)
    return units


def unpack_h265(payloads: Sequence[bytes]) -> list[bytes]:
    """RFC 7798, sections 4.4.1 to 4.4.3, straight from the text."""
    units: list[bytes] = []
    for payload in payloads:
        kind = payload[0] >> 1 & 0x3F
        if kind == 48:
            at = 2
            while at < len(payload):
                (size,) = struct.unpack_from(">H", payload, at)
                units.append(payload[at + 2 : at + 2 + size])
                at += 2 + size
        elif kind == 49:
            if payload[2] & 0x80:
                head = payload[0] & 0x81 | (payload[2] & 0x3F) << 1
                units.append(bytes([head, payload[1]]))
            units[-1] += payload[3:]
        else:
            units.append(payload)
    return units


@given(H264_UNITS, st.integers(10, 500))
def test_h264_units_survive_packing(units: list[bytes], most_bytes: int) -> None:
    payloads = packetise_h264(units, most_bytes)
    assert unpack_h264(payloads) == units
    assert all(len(payload) <= most_bytes for payload in payloads)


@given(H265_UNITS, st.integers(10, 500))
def test_h265_units_survive_packing(units: list[bytes], most_bytes: int) -> None:
    payloads = packetise_h265(units, most_bytes)
    assert unpack_h265(payloads) == units
    assert all(len(payload) <= most_bytes for payload in payloads)


@given(st.binary(min_size=1, max_size=3000), st.integers(20, 1400))
def test_aac_frames_say_their_length(frame: bytes, most_bytes: int) -> None:
    payloads = packetise_aac(frame, most_bytes)
    assert b"".join(payload[4:] for payload in payloads) == frame
    assert all(payload[:4] == struct.pack(">HH", 16, len(frame) << 3) for payload in payloads)


def test_numbers_wrap_and_the_marker_ends_a_frame() -> None:
    lane = RtpLane(96, ssrc=7, sequence=0xFFFF, timestamp_base=0xFFFFFFFF)
    first, second = lane.wrap([b"a", b"b"], 1, marker=True)
    assert struct.unpack(">BBHII", first[:12]) == (0x80, 96, 0xFFFF, 0, 7)
    assert struct.unpack(">BBHII", second[:12]) == (0x80, 96 | 0x80, 0, 0, 7)
    assert (lane.packets, lane.octets) == (2, 2)


def test_a_sender_report_carries_the_wall_clock() -> None:
    lane = RtpLane(96, ssrc=7, sequence=0, timestamp_base=100)
    report = lane.sender_report(1_500_000, 90_000)
    kind, ntp, rtp = report[1], *struct.unpack_from(">QI", report, 8)
    assert (kind, ntp, rtp) == (200, wide_ntp(1_500_000), 90_100)
    assert (ntp >> 32, ntp & 0xFFFFFFFF) == (2_208_988_801, 1 << 31)
    assert len(report) % 4 == 0


@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
@pytest.mark.parametrize("b_frames", [0, 2])
def test_a_made_clip_is_the_same_each_time_and_decodes(codec: Codec, b_frames: int) -> None:
    spec = ClipSpec(codec=codec, frames=30, key_interval=10, b_frames=b_frames)
    clip = make_clip(spec)
    make_clip.cache_clear()
    assert make_clip(spec) == clip
    assert clip.frames[0].key
    assert [frame.dts for frame in clip.frames] == sorted({frame.dts for frame in clip.frames})
    assert sum(frame.key for frame in clip.frames) == 3
    decoder = av.CodecContext.create(codec.value, "r")
    pictures = 0
    for frame in clip.frames:
        units = [*clip.format.parameter_sets, *frame.units] if frame.key else frame.units
        packet = av.Packet(b"".join(b"\x00\x00\x00\x01" + unit for unit in units))
        pictures += len(decoder.decode(packet))  # type: ignore[attr-defined]
    pictures += len(decoder.decode(None))  # type: ignore[attr-defined]
    assert pictures == 30
