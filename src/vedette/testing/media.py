"""Clips for tests: small ones made on the spot, real ones where they lie on this machine."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from vedette.base.errors import BadRequest
from vedette.model.packet import Codec
from vedette.testing.camera.clip import (
    VIDEO_RATE,
    AudioLoop,
    Clip,
    ClipFormat,
    ClipFrame,
    frame_units,
    parameter_sets,
    split_annex_b,
)

_ENCODERS = {Codec.H264: "libx264", Codec.HEVC: "libx265"}


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a made clip should be.

    Attributes:
        codec: H264 or HEVC.
        width: Pixels, even.
        height: Pixels, even.
        frame_rate: Frames per second.
        key_interval: Frames from one key frame to the next.
        frames: Frames in all.
        b_frames: Consecutive B-frames at most; 0 leaves decoding in presentation order.
        bit_rate: Bits per second; 0 leaves it to the picture.
        audio: PCM_ALAW, PCM_MULAW or AAC, or None for silence.
    """

    codec: Codec = Codec.H264
    width: int = 320
    height: int = 180
    frame_rate: int = 25
    key_interval: int = 25
    frames: int = 50
    b_frames: int = 0
    bit_rate: int = 0
    audio: Codec | None = None


def _pictures(spec: ClipSpec) -> Iterator[av.VideoFrame]:
    """A grainy grey slope with a bright square that moves, the same ones for the same spec."""
    grain = np.random.default_rng(7)
    rows, columns = np.mgrid[0 : spec.height, 0 : spec.width]
    ground = (40 + (rows * 120) // spec.height + (columns * 40) // spec.width).astype(np.uint8)
    side = max(8, spec.height // 5)
    for index in range(spec.frames):
        luma = ground + grain.integers(0, 12, ground.shape, np.uint8)
        left = index * 4 % max(1, spec.width - side)
        top = (spec.height - side) // 2
        luma[top : top + side, left : left + side] = 235
        chroma = np.full((spec.height // 2, spec.width), 128, np.uint8)
        stacked = np.concatenate([luma.ravel(), chroma.ravel()])
        picture = stacked.reshape(spec.height * 3 // 2, spec.width)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = index
        frame.time_base = Fraction(1, spec.frame_rate)
        yield frame


def _video_encoder(spec: ClipSpec) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(_ENCODERS[spec.codec], "w"))
    context.width, context.height, context.pix_fmt = spec.width, spec.height, "yuv420p"
    context.time_base = Fraction(1, spec.frame_rate)
    context.framerate = Fraction(spec.frame_rate)
    context.gop_size = spec.key_interval
    context.max_b_frames = spec.b_frames
    context.thread_count = 1
    if spec.bit_rate:
        context.bit_rate = spec.bit_rate
    keys = f"keyint={spec.key_interval}:min-keyint={spec.key_interval}:scenecut=0:open-gop=0"
    if spec.codec is Codec.H264:
        keys += ":sliced-threads=0:threads=1"
        context.options = {"preset": "veryfast", "x264-params": keys}
    else:
        keys += f":bframes={spec.b_frames}:log-level=none:pools=none:frame-threads=1"
        context.options = {"preset": "ultrafast", "x265-params": keys}
    return context


@lru_cache(maxsize=32)
def make_clip(spec: ClipSpec | None = None) -> Clip:
    """Encode a small clip in memory: the same bytes for the same spec on the same machine."""
    spec = spec or ClipSpec()
    encoder = _video_encoder(spec)
    packets = [packet for picture in _pictures(spec) for packet in encoder.encode(picture)]
    packets += encoder.encode(None)
    scale = VIDEO_RATE // spec.frame_rate
    frames: list[ClipFrame] = []
    units: list[bytes] = []
    for packet in packets:
        data = bytes(packet)
        units += split_annex_b(data)
        pts, dts = packet.pts or 0, packet.dts or 0
        frames.append(
            ClipFrame(
                frame_units(spec.codec, data, annex_b=True),
                pts * scale,
                dts * scale,
                packet.is_keyframe,
            )
        )
    audio = make_audio(spec.audio) if spec.audio else None
    sets = parameter_sets(spec.codec, iter(units))
    clip_format = ClipFormat(spec.codec, sets, spec.width, spec.height, spec.frame_rate, audio)
    return Clip(clip_format, tuple(frames), spec.frames * scale)


@lru_cache(maxsize=8)
def make_audio(codec: Codec) -> AudioLoop:
    """Four seconds of a soft tone that swells every second, to be looped.

    Args:
        codec: PCM_ALAW or PCM_MULAW (8 kHz, 20 ms frames) or AAC (16 kHz, 1024 samples).

    Raises:
        BadRequest: Cameras in the simulator do not speak that codec.
    """
    if codec not in {Codec.PCM_ALAW, Codec.PCM_MULAW, Codec.AAC}:
        raise BadRequest(f"a simulated camera has no {codec} audio; use pcm_alaw, pcm_mulaw or aac")
    rate, step = (16_000, 1024) if codec is Codec.AAC else (8_000, 160)
    count = 4 * rate // step
    instants = np.arange(count * step) / rate
    swell = 0.5 - 0.5 * np.cos(2 * math.pi * instants)
    wave = (6000 * swell * np.sin(2 * math.pi * 440 * instants)).astype(np.int16)
    encoder = cast("AudioCodecContext", av.CodecContext.create(codec.value, "w"))
    encoder.sample_rate = rate
    encoder.layout = "mono"
    encoder.format = "fltp" if codec is Codec.AAC else "s16"
    encoder.time_base = Fraction(1, rate)
    frames: list[bytes] = []
    for index in range(count):
        part = wave[index * step : (index + 1) * step]
        samples = (part / 32768).astype(np.float32) if codec is Codec.AAC else part
        frame = av.AudioFrame.from_ndarray(
            samples.reshape(1, -1), format=encoder.format.name, layout="mono"
        )
        frame.sample_rate = rate
        frame.pts = index * step
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    config = bytes(encoder.extradata or b"") if codec is Codec.AAC else b""
    return AudioLoop(codec, config, rate, 1, tuple(frames), step)


def write_mp4(path: Path, spec: ClipSpec | None = None) -> None:
    """Write a made clip without audio as a plain MP4 file, for whoever needs a file."""
    spec = spec or ClipSpec()
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(_ENCODERS[spec.codec], rate=spec.frame_rate)
        model = _video_encoder(spec)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        stream.codec_context.gop_size = spec.key_interval
        stream.codec_context.max_b_frames = spec.b_frames
        stream.codec_context.options = model.options
        for picture in _pictures(spec):
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


@dataclass(frozen=True, slots=True)
class FoundClip:
    """A real clip, or the reason why there is none.

    Attributes:
        path: The file; None when it is not on this machine.
        note: One sentence for the summary of tests and benchmarks; empty when the clip is real.
    """

    path: Path | None
    note: str


def find_clip(name: str) -> FoundClip:
    """Look for a real surveillance clip where tests and benchmarks may find one.

    Looks in ``VEDETTE_TEST_DATA`` and in ``../shared/media`` beside the checkout.
    """
    folders = [Path(__file__).resolve().parents[4] / "shared" / "media"]
    if given := os.environ.get("VEDETTE_TEST_DATA"):
        folders.insert(0, Path(given))
    for folder in folders:
        if (folder / name).is_file():
            return FoundClip(folder / name, "")
    return FoundClip(
        None, f"{name} is not on this machine (VEDETTE_TEST_DATA); a made clip stands in for it"
    )
