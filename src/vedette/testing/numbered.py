"""Clips whose every frame says its own number, so that a test can read the moment off."""

import numpy as np

from vedette.model.packet import Codec
from vedette.testing.camera.clip import (
    VIDEO_RATE,
    Clip,
    ClipFormat,
    ClipFrame,
    frame_units,
    parameter_sets,
    split_annex_b,
)
from vedette.testing.encoder import EncoderSettings, LibavEncoder, Picture

FRAME_RATE = 10
FRAMES = 256
"""Frames until a clip begins anew; also what the strip can count to."""
BITS = 8


def _picture(index: int, width: int, height: int) -> Picture:
    """A slope with a moving square; the top eighth is a strip of eight bits, highest first."""
    rows, columns = np.mgrid[0:height, 0:width]
    luma = (50 + rows * 90 // height + columns * 40 // width).astype(np.uint8)
    side = height // 5
    left = index * 3 % (width - side)
    luma[height // 2 : height // 2 + side, left : left + side] = 225
    block = width // BITS
    for bit in range(BITS):
        is_set = index >> (BITS - 1 - bit) & 1
        luma[: height // 8, bit * block : (bit + 1) * block] = 235 if is_set else 16
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return Picture(luma, chroma, chroma)


def numbered_clip(
    width: int, height: int, *, codec: Codec = Codec.H264, frames: int = FRAMES
) -> Clip:
    """At ten frames a second, a key frame each second; 25.6 s long by default.

    Args:
        width: Pixels, a multiple of 16.
        height: Pixels, a multiple of 16 or so, even.
        codec: H264 or HEVC.
        frames: 1 to 256.
    """
    encoder = LibavEncoder(EncoderSettings(codec, width, height, FRAME_RATE, FRAME_RATE, 0, 0))
    encoded = [
        frame for index in range(frames) for frame in encoder.encode(_picture(index, width, height))
    ]
    encoded += encoder.flush()
    scale = VIDEO_RATE // FRAME_RATE
    clip_frames = tuple(
        ClipFrame(
            frame_units(codec, frame.data, annex_b=True),
            frame.pts * scale,
            frame.dts * scale,
            frame.key,
        )
        for frame in encoded
    )
    units = [unit for frame in encoded for unit in split_annex_b(frame.data)]
    sets = parameter_sets(codec, iter(units))
    return Clip(
        ClipFormat(codec, sets, width, height, FRAME_RATE, None), clip_frames, frames * scale
    )
