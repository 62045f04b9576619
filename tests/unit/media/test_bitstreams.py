"""The bitstream readers against streams that encoders really make, and against noise."""

import contextlib
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceLost, SourceProtocol
from vedette.media import aac, g711, h264, h265, nal, opus


@cache
def encoded(codec: str, width: int, height: int, options: str = "") -> tuple[bytes, ...]:
    """Seven encoded access units with annex B start codes."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(25)
    context.time_base = Fraction(1, 25)
    context.options = dict(pair.split("=", 1) for pair in options.split() if pair)
    units: list[bytes] = []
    picture = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3)
    for number in range(7):
        frame = av.VideoFrame.from_ndarray(
            ((picture * (number + 1)) % 251).astype(np.uint8), format="rgb24"
        ).reformat(format="yuv420p")
        frame.pts = number
        units += [bytes(packet) for packet in context.encode(frame)]
    return (*units, *(bytes(packet) for packet in context.encode(None)))


@pytest.mark.parametrize(("width", "height"), [(320, 180), (1920, 1080), (352, 288)])
def test_h264_size_is_what_the_encoder_was_told(width: int, height: int) -> None:
    units = nal.split_annexb(b"".join(encoded("libx264", width, height, "bf=0")))
    track = h264.track_from_units(units)
    assert (track.width, track.height, track.reorder) == (width, height, 0)
    assert track.codec_string.startswith("avc1.")
    assert h264.track_from_config(track.config) == track


def test_h264_says_how_far_b_frames_reorder() -> None:
    options = "bf=2 x264-params=b-pyramid=none:b-adapt=0"
    units = nal.split_annexb(b"".join(encoded("libx264", 320, 180, options)))
    assert h264.track_from_units(units).reorder == 1


@pytest.mark.parametrize(("width", "height"), [(320, 180), (1920, 1080)])
def test_h265_size_is_what_the_encoder_was_told(width: int, height: int) -> None:
    options = "x265-params=bframes=0:log-level=none"
    units = nal.split_annexb(b"".join(encoded("libx265", width, height, options)))
    track = h265.track_from_units(units)
    assert (track.width, track.height, track.reorder) == (width, height, 0)
    assert track.codec_string.startswith("hvc1.1.6.L")
    assert h265.track_from_config(track.config) == track


def test_h265_configuration_is_read_by_a_foreign_decoder() -> None:
    options = "x265-params=bframes=0:log-level=none"
    stream = encoded("libx265", 320, 180, options)
    sets = (h265.NalType.VPS, h265.NalType.SPS, h265.NalType.PPS)
    units = nal.split_annexb(b"".join(stream))
    decoder = av.CodecContext.create("hevc", "r")
    decoder.extradata = h265.track_from_units(units).config
    pictures = 0
    for unit in stream:
        kept = [one for one in nal.split_annexb(unit) if h265.nal_type(one) not in sets]
        pictures += len(decoder.decode(av.Packet(nal.join_lengths(kept))))
    pictures += len(decoder.decode(None))
    assert pictures == len(stream)


def test_intra_slices_are_recognised() -> None:
    units = nal.split_annexb(b"".join(encoded("libx264", 320, 180, "bf=0 sc_threshold=0")))
    idr = next(unit for unit in units if h264.nal_type(unit) == h264.NalType.IDR)
    later = next(unit for unit in units if h264.nal_type(unit) == h264.NalType.SLICE)
    assert h264.is_intra_slice(idr)
    assert not h264.is_intra_slice(later)


def test_recovery_point_is_found_behind_another_message() -> None:
    timing = bytes((1, 2, 0xAA, 0xBB))
    assert h264.recovery_frames(b"\x06" + timing + b"\x06\x01\xc4\x80") == 0
    assert h264.recovery_frames(b"\x06\x06\x01\x24\x80") == 3
    assert h264.recovery_frames(b"\x06" + timing + b"\x80") is None


@given(st.lists(st.binary(min_size=1, max_size=40)))
def test_length_prefixes_round_trip(units: list[bytes]) -> None:
    assert nal.split_lengths(nal.join_lengths(units)) == units


@given(st.lists(st.binary(min_size=1, max_size=40).map(lambda unit: b"\x65" + unit + b"\x80")))
def test_start_codes_round_trip(units: list[bytes]) -> None:
    safe = [unit.replace(b"\x00\x00", b"\x00\x01") for unit in units]
    safe = [unit.replace(b"\x00\x00", b"\x00\x01") for unit in safe]
    assert nal.split_annexb(nal.join_annexb(safe)) == safe


@given(st.binary(max_size=200))
def test_noise_never_raises_anything_but_a_source_error(noise: bytes) -> None:
    parsers: tuple[Callable[[bytes], object], ...] = (
        nal.split_lengths,
        lambda data: h264.parse_sps(b"\x67" + data),
        lambda data: h264.video_track(b"\x67" + data, b"\x68" + data),
        lambda data: h264.pps_ids(b"\x68" + data),
        h264.track_from_config,
        lambda data: h265.parse_sps(b"\x42\x01" + data),
        lambda data: h265.video_track(b"\x40\x01", b"\x42\x01" + data, b"\x44\x01"),
        h265.track_from_config,
        aac.audio_track,
        aac.split_adts,
    )
    for parse in parsers:
        with contextlib.suppress(SourceLost):
            parse(noise)
    nal.split_annexb(noise)
    nal.unescape(noise)
    h264.is_intra_slice(b"\x41" + noise)
    h264.recovery_frames(b"\x06" + noise)


def test_length_past_the_end_is_refused() -> None:
    with pytest.raises(SourceProtocol, match="longer than the access unit"):
        nal.split_lengths(b"\x00\x00\x00\x09abc")


@given(st.sampled_from([*aac.SAMPLE_RATES, 11_000]), st.sampled_from([1, 2, 6, 8]))
def test_aac_configuration_round_trips(rate: int, channels: int) -> None:
    track = aac.audio_track(aac.build_config(rate, channels))
    assert (track.sample_rate, track.channels) == (rate, channels)
    assert track.codec_string == "mp4a.40.2"


def test_adts_frames_come_apart() -> None:
    # AAC-LC, 16 kHz, mono, frames of 7 + 3 and 7 + 1 bytes.
    header = bytes.fromhex("fff16040")
    first = header + bytes((10 >> 3, (10 & 7) << 5 | 0x1F, 0xFC)) + b"abc"
    second = header + bytes((8 >> 3, (8 & 7) << 5 | 0x1F, 0xFC)) + b"d"
    assert aac.split_adts(first + second) == [b"abc", b"d"]
    config = aac.parse_config(aac.parse_adts(first).config)
    assert (config.sample_rate, config.channels) == (16_000, 1)


def test_opus_and_g711_tracks_name_themselves() -> None:
    assert opus.audio_track(2).config == bytes.fromhex("00020138" + "0000bb80" + "000000")
    assert g711.audio_track(g711.Codec.PCM_ALAW).codec_string == "alaw"
