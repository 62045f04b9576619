"""Clips for tests: small ones made on the spot, real ones where they lie on this machine."""

import io
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

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
from vedette.testing.encoder import EncoderSettings, LibavEncoder, Picture, encode_audio, remux


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


def _pictures(spec: ClipSpec) -> Iterator[Picture]:
    """A grainy grey slope with a bright square that moves, the same ones for the same spec."""
    grain = np.random.default_rng(7)
    rows, columns = np.mgrid[0 : spec.height, 0 : spec.width]
    ground = (40 + (rows * 120) // spec.height + (columns * 40) // spec.width).astype(np.uint8)
    chroma = np.full((spec.height // 2, spec.width // 2), 128, np.uint8)
    side = max(8, spec.height // 5)
    top = (spec.height - side) // 2
    for index in range(spec.frames):
        luma = ground + grain.integers(0, 12, ground.shape, np.uint8)
        left = index * 4 % max(1, spec.width - side)
        luma[top : top + side, left : left + side] = 235
        yield Picture(luma, chroma, chroma)


@lru_cache(maxsize=32)
def make_clip(spec: ClipSpec | None = None) -> Clip:
    """Encode a small clip in memory: the same bytes for the same spec on the same machine."""
    spec = spec or ClipSpec()
    encoder = LibavEncoder(
        EncoderSettings(
            spec.codec,
            spec.width,
            spec.height,
            spec.frame_rate,
            spec.key_interval,
            spec.b_frames,
            spec.bit_rate,
        )
    )
    encoded = [frame for picture in _pictures(spec) for frame in encoder.encode(picture)]
    encoded += encoder.flush()
    scale = VIDEO_RATE // spec.frame_rate
    frames = tuple(
        ClipFrame(
            frame_units(spec.codec, frame.data, annex_b=True),
            frame.pts * scale,
            frame.dts * scale,
            frame.key,
        )
        for frame in encoded
    )
    units = [unit for frame in encoded for unit in split_annex_b(frame.data)]
    audio = make_audio(spec.audio) if spec.audio else None
    sets = parameter_sets(spec.codec, iter(units))
    clip_format = ClipFormat(spec.codec, sets, spec.width, spec.height, spec.frame_rate, audio)
    return Clip(clip_format, frames, spec.frames * scale)


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
    config, frames = encode_audio(codec, rate, wave, step)
    return AudioLoop(codec, config, rate, 1, tuple(frames), step)


def write_mp4(path: Path, spec: ClipSpec | None = None) -> None:
    """Write a made clip without audio as a plain MP4 file, for whoever needs a file."""
    clip = make_clip(spec)
    raw = io.BytesIO()
    for frame in clip.frames:
        units = [*clip.format.parameter_sets, *frame.units] if frame.key else frame.units
        raw.write(b"".join(b"\x00\x00\x00\x01" + unit for unit in units))
    raw.seek(0)
    remux(raw, path, codec=clip.format.codec, frame_rate=clip.format.frame_rate)


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
