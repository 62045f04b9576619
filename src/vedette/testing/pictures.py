"""Small real pictures, for whatever shows or keeps some."""

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt

from vedette.testing.encoder import Picture

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
    return _encoded(pixels, "rgb24", media_type)


def photograph(still: Picture, media_type: str = "image/jpeg") -> bytes:
    """A picture of a scene as a camera gives it away."""
    planes = (still.luma, still.blue, still.red)
    rows = np.concatenate([plane.reshape(-1) for plane in planes])
    return _encoded(rows.reshape(-1, still.luma.shape[1]), "yuv420p", media_type)


def _encoded(pixels: npt.NDArray[np.uint8], layout: str, media_type: str) -> bytes:
    frame = av.VideoFrame.from_ndarray(pixels, format=layout)
    name, form = _ENCODERS[media_type]
    encoder = cast("Any", av.CodecContext.create(name, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, form
    encoder.time_base = Fraction(1, 25)
    frame = frame.reformat(format=form)
    frame.pts = 0
    return b"".join(bytes(part) for part in [*encoder.encode(frame), *encoder.encode(None)])
