"""Packets into frames: times, framing, parameter sets."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceLost, SourceProtocol, SourceUnsupported
from vedette.ingest.libav.address import opening
from vedette.ingest.libav.tracks import (
    AudioConverter,
    RawPacket,
    StreamInfo,
    Timeline,
    VideoConverter,
    rescale,
)
from vedette.media import aac, h264, nal
from vedette.model.camera import Credentials
from vedette.model.packet import Codec, VideoTrack

MS = Fraction(1, 1000)
SPS = bytes.fromhex("6742c00cda05066840000003004000000c83c50aa8")
SMALL_SPS = bytes.fromhex("6742c00bda0a3684000003000400000300c83c50aa80")
PPS = bytes.fromhex("68ce0fc8")
IDR, SLICE, AUD, SEI = b"\x65picture", b"\x41picture", b"\x09\xf0", b"\x06\x05\x01x\x80"


def raw(
    data: bytes = b"x", pts: int | None = 0, dts: int | None = 0, *, key: bool = False
) -> RawPacket:
    return RawPacket(data, pts, dts, 40, MS, 0, key)


def test_frames_without_times_are_filled_in_backwards() -> None:
    timeline = Timeline(90_000)
    assert timeline.stamp(raw(pts=None, dts=None, key=True)) == []
    assert timeline.stamp(raw(pts=120, dts=None)) == []
    made = timeline.stamp(raw(pts=160, dts=80))
    assert [(pts, dts) for _, pts, dts in made] == [(0, 0), (10_800, 3600), (14_400, 7200)]


def test_a_source_without_any_time_is_given_up() -> None:
    timeline = Timeline(90_000)
    for _ in range(64):
        assert timeline.stamp(raw(pts=None, dts=None)) == []
    with pytest.raises(SourceProtocol, match="without any time"):
        timeline.stamp(raw(pts=None, dts=None))


@given(st.lists(st.tuples(st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6))))
def test_small_steps_back_never_leave_the_order(
    times: list[tuple[int | None, int | None]],
) -> None:
    timeline = Timeline(90_000)
    made: list[tuple[int, int]] = []
    try:
        for pts, dts in times:
            made += [(p, d) for _, p, d in timeline.stamp(raw(pts=pts, dts=dts))]
    except SourceProtocol:
        assert len(times) > 64
    assert all(dts <= pts for pts, dts in made)
    assert all(a[1] < b[1] or a[1] - b[1] >= 90_000 for a, b in pairwise(made))


@given(st.integers(-(10**12), 10**12), st.sampled_from([8000, 48_000, 90_000]))
def test_rescaling_is_exact_to_half_a_tick(ticks: int, timescale: int) -> None:
    assert abs(rescale(ticks, MS, timescale) - ticks * MS * timescale) <= Fraction(1, 2)


def converter(extradata: bytes = b"", codec: str = "h264") -> VideoConverter:
    return VideoConverter(StreamInfo(codec, extradata))


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_any_length_prefix_becomes_four_bytes(length_bytes: int) -> None:
    config = bytearray(h264.decoder_config(SPS, [PPS]))
    config[4] = 0xFC | length_bytes - 1
    video = converter(bytes(config))
    data = b"".join(
        len(unit).to_bytes(length_bytes, "big") + unit for unit in (AUD, SEI, SPS, PPS, IDR)
    )
    (frame,), changed = video.convert(raw(data, key=True))
    assert nal.split_lengths(frame.payload) == [SEI, IDR]
    assert changed is None


def test_parameter_sets_in_band_only_and_changed_in_the_middle() -> None:
    video = converter()
    assert video.convert(raw(nal.join_annexb([SLICE]))) == ([], None)
    (frame,), first = video.convert(raw(nal.join_annexb([AUD, SPS, PPS, IDR]), key=True))
    assert first is not None
    assert nal.split_lengths(frame.payload) == [IDR]
    _, same = video.convert(raw(nal.join_annexb([SPS, PPS, IDR]), 40, 40, key=True))
    assert same is None
    _, other = video.convert(raw(nal.join_annexb([SMALL_SPS, PPS, IDR]), 80, 80, key=True))
    assert isinstance(other, VideoTrack)
    assert (other.width, other.height) != (first.width, first.height)


def test_nothing_comes_before_the_first_key_frame() -> None:
    video = converter(h264.decoder_config(SPS, [PPS]))
    assert video.convert(raw(nal.join_annexb([SLICE]))) == ([], None)
    frames, _ = video.convert(raw(nal.join_annexb([IDR]), 40, 40, key=True))
    assert [one.key for one in frames] == [True]


@given(st.sampled_from(["h264", "hevc"]), st.binary(max_size=80), st.binary(max_size=200))
def test_broken_bytes_are_refused_or_passed_over(codec: str, extradata: bytes, data: bytes) -> None:
    try:
        converter(extradata, codec).convert(raw(data, key=True))
    except SourceLost:
        return


@given(st.binary(max_size=60), st.binary(max_size=200))
def test_broken_audio_is_refused_or_passed_over(extradata: bytes, data: bytes) -> None:
    try:
        AudioConverter(StreamInfo("aac", extradata)).convert(raw(data))
    except SourceLost:
        return


def test_codecs_that_are_none_of_ours_are_refused() -> None:
    with pytest.raises(SourceUnsupported, match="vp9"):
        converter(codec="vp9")
    with pytest.raises(SourceUnsupported, match="mp3"):
        AudioConverter(StreamInfo("mp3"))


def test_adts_headers_are_taken_off_and_read() -> None:
    def adts(payload: bytes) -> bytes:
        size = len(payload) + 7
        return (
            bytes((0xFF, 0xF1, 0x6C, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5, 0xFC))
            + payload
        )

    audio = AudioConverter(StreamInfo("aac"))
    frames = audio.convert(raw(adts(b"one") + adts(b"three"), pts=1000, dts=1000))
    assert [one.payload for one in frames] == [b"one", b"three"]
    assert audio.track is not None
    assert (audio.track.codec, audio.track.sample_rate) == (Codec.AAC, 8000)
    assert frames[1].pts - frames[0].pts == aac.FRAME_SAMPLES


@given(st.text(max_size=30), st.text(max_size=30))
def test_credentials_are_in_the_url_and_nowhere_else(username: str, password: str) -> None:
    secret = f"pass{password}word"
    plan = opening("rtsp://cam:8554/live", Credentials(username, secret), 5)
    assert secret not in repr(plan)
    assert plan.url.endswith("@cam:8554/live")
    assert plan.url.count("@") == 1
    assert "file" not in plan.options["protocol_whitelist"].split(",")


@pytest.mark.parametrize("address", ["concat://a", "subfile://x", "pipe://1", "ftp://x/y"])
def test_other_ways_to_reach_files_are_closed(address: str) -> None:
    with pytest.raises(SourceUnsupported):
        opening(address, None, 5)


def test_files() -> None:
    assert opening("/clips/a b.mp4", None, 5).url == "file:/clips/a b.mp4"
    assert opening("file:///clips/a%20b.mp4?loop=1", None, 5).url == "file:/clips/a b.mp4"
    assert opening("file:///clips/a.mp4?loop=1", None, 5).loop
    assert not opening("file:///clips/a.mp4", None, 5).loop
    assert opening("concat:/etc/passwd|/etc/group", None, 5).url.startswith("file:concat:")
