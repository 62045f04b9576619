"""What a camera that turns sees of a place: a part of the whole picture, enlarged."""

from typing import Any, cast

import av
import numpy as np

from vedette.testing.encoder import Picture
from vedette.testing.onvif_head import Position

_WIDE, _NARROW = 0.62, 0.2
"""Share of the whole picture's width that is seen without zoom, and at full zoom."""


def part_seen(position: Position, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is seen, all multiples of four.

    Args:
        position: Where the camera points; tilt 1 is up.
        width: Of the whole picture, pixels.
        height: Of the whole picture, pixels.
    """
    share = _WIDE * (_NARROW / _WIDE) ** position.zoom
    across, down = round(width * share) & ~3, round(height * share) & ~3
    left = round((width - across) * (1 + position.pan) / 2) & ~3
    top = round((height - down) * (1 - position.tilt) / 2) & ~3
    return left, top, across, down


def framed(whole: Picture, position: Position) -> Picture:
    """The picture that a camera pointing there sends, as large as the whole one."""
    height, width = whole.luma.shape
    left, top, across, down = part_seen(position, width, height)
    part = np.concatenate(
        [
            whole.luma[top : top + down, left : left + across].reshape(-1),
            *(
                plane[top // 2 : (top + down) // 2, left // 2 : (left + across) // 2].reshape(-1)
                for plane in (whole.blue, whole.red)
            ),
        ]
    ).reshape(down * 3 // 2, across)
    frame = cast("Any", av.VideoFrame.from_ndarray(part, format="yuv420p"))
    large = frame.reformat(width=width, height=height, format="yuv420p").to_ndarray()
    area = width * height
    flat = large.reshape(-1)
    return Picture(
        flat[:area].reshape(height, width),
        flat[area : area * 5 // 4].reshape(height // 2, width // 2),
        flat[area * 5 // 4 :].reshape(height // 2, width // 2),
    )
