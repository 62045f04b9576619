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

READ_IN_BROWSER = """(() => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (video) => {
    canvas.width = video.videoWidth;
    canvas.height = Math.ceil(video.videoHeight / 8);
    context.drawImage(video, 0, 0);
    let number = 0;
    for (let bit = 0; bit < 8; bit++) {
      const x = Math.floor(((bit + 0.5) * canvas.width) / 8);
      const [luma] = context.getImageData(x, Math.floor(canvas.height / 2), 1, 1).data;
      number = number * 2 + (luma > 127 ? 1 : 0);
    }
    return number;
  };
})()"""
"""A function for a page: the number of the frame that a video element shows now."""


def _picture(index: int, width: int, height: int, grain: int) -> Picture:
    """A slope with a moving square; the top eighth is a strip of eight bits, highest first."""
    rows, columns = np.mgrid[0:height, 0:width]
    luma = (50 + rows * 90 // height + columns * 40 // width).astype(np.uint8)
    if grain:
        noise = np.random.default_rng(index).integers(0, grain, luma.shape, np.uint8)
        luma += noise
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
    width: int,
    height: int,
    *,
    codec: Codec = Codec.H264,
    frames: int = FRAMES,
    frame_rate: int = FRAME_RATE,
    key_interval: int | None = None,
    grain: int = 0,
) -> Clip:
    """At ten frames a second, a key frame each second; 25.6 s long by default.

    Args:
        width: Pixels, a multiple of 16.
        height: Pixels, a multiple of 16 or so, even.
        codec: H264 or HEVC.
        frames: 1 to 256.
        frame_rate: Frames per second, a divisor of 90 000.
        key_interval: Frames from one key frame to the next; a second's worth by default.
        grain: Noise in every picture, levels of 256, so that it weighs as much as a real one.
    """
    settings = EncoderSettings(
        codec, width, height, frame_rate, key_interval or frame_rate, b_frames=0, bit_rate=0
    )
    encoder = LibavEncoder(settings)
    encoded = [
        frame
        for index in range(frames)
        for frame in encoder.encode(_picture(index, width, height, grain))
    ]
    encoded += encoder.flush()
    scale = VIDEO_RATE // frame_rate
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
        ClipFormat(codec, sets, width, height, frame_rate, None), clip_frames, frames * scale
    )
