"""Small real pictures, for whatever shows or keeps some."""

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np

_ENCODERS = {
    "image/png": ("png", "rgb24"),
    "image/jpeg": ("mjpeg", "yuvj420p"),
    "image/webp": ("libwebp", "yuv420p"),
}


def picture(media_type: str = "image/png", width: int = 64, height: int = 48) -> bytes:
    """A bright sheet with a dark frame, as a floor's plan has walls."""
    pixels = np.full((height, width, 3), 244, np.uint8)
    wall = max(1, min(width, height) // 40)
    for edge in (np.s_[:wall], np.s_[-wall:], np.s_[:, :wall], np.s_[:, -wall:]):
        pixels[edge] = 60
    pixels[:, width // 3 : width // 3 + wall] = 60
    name, form = _ENCODERS[media_type]
    encoder = cast("Any", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = width, height, form
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=form)
    frame.pts = 0
    return b"".join(bytes(part) for part in [*encoder.encode(frame), *encoder.encode(None)])
