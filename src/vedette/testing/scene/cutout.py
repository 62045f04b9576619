"""Sprites made ready to be put into an I420 picture."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vedette.testing.encoder import Picture
from vedette.testing.scene.view import Field

Weights = npt.NDArray[np.uint16]
Dimming = npt.NDArray[np.uint8]
"""What a shadow leaves of the light, 255 is all."""
Depth = npt.NDArray[np.uint16]
"""Distances in centimetres, 65535 for whatever is farther."""

_DEPTH_PER_M = 100

_TO_YUV = np.array(
    [
        [0.1826, 0.6142, 0.0620],
        [-0.1006, -0.3386, 0.4392],
        [0.4392, -0.3989, -0.0403],
    ],
    np.float32,
)
"""BT.709, limited range, rows Y, U, V (ITU-R BT.709-6, items 3 and 4)."""


def to_picture(image: Field) -> Picture:
    """Colours (height, width, 3), 0 to 1, as I420; height and width are even."""
    yuv = image @ _TO_YUV.T * np.float32(255)
    height, width = image.shape[:2]
    small = yuv.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
    return Picture(
        np.clip(yuv[..., 0] + 16.5, 16, 235).astype(np.uint8),
        np.clip(small[..., 1] + 128.5, 16, 240).astype(np.uint8),
        np.clip(small[..., 2] + 128.5, 16, 240).astype(np.uint8),
    )


def to_depth(metres: Field) -> Depth:
    """Distances in the form in which they are kept."""
    return np.minimum(metres * _DEPTH_PER_M, 65_535).astype(np.uint16)


@dataclass(frozen=True, slots=True)
class Cutout:
    """A sprite as it is blended: ``below * keep / 256 + add``.

    Attributes:
        keep: Weight of what is below, 0 to 256; luma size, even.
        add: Luma to add, same shape.
        keep_small: The same at half size.
        add_blue: To add at half size.
        add_red: To add at half size.
        foot_row: Row of the figure's origin, luma pixels; its column is the middle.
    """

    keep: Weights
    add: npt.NDArray[np.uint8]
    keep_small: Weights
    add_blue: npt.NDArray[np.uint8]
    add_red: npt.NDArray[np.uint8]
    foot_row: float

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        planes = (self.keep, self.add, self.keep_small, self.add_blue, self.add_red)
        return sum(plane.nbytes for plane in planes) + 600


def _resize(image: Field, rows: int, columns: int, factor: float) -> Field:
    """Sample between pixels; ``factor`` is old size over new, 1 to 2."""
    height, width = image.shape[:2]
    v = np.clip((np.arange(rows) + 0.5) * factor - 0.5, 0, height - 1.001)
    u = np.clip((np.arange(columns) + 0.5) * factor - 0.5, 0, width - 1.001)
    i, j = v.astype(np.int64), u.astype(np.int64)
    a, b = (v - i).astype(np.float32)[:, None, None], (u - j).astype(np.float32)[None, :, None]
    upper = image[i] * (1 - a) + image[i + 1] * a
    return (upper[:, j] * (1 - b) + upper[:, j + 1] * b).astype(np.float32)


def cut(colours: Field, cover: Field, foot_row: float, factor: float) -> Cutout:
    """Make a cutout.

    Args:
        colours: Times cover, shape (rows, columns, 3).
        cover: 0 to 1, shape (rows, columns).
        foot_row: Row of the figure's origin.
        factor: Old size over new, >= 1.
    """
    rows = max(2, int(cover.shape[0] / factor) // 2 * 2)
    columns = max(2, int(cover.shape[1] / factor) // 2 * 2)
    both = _resize(np.dstack([colours, cover]), rows, columns, factor)
    share = both[..., 3]
    yuv = both[..., :3] @ _TO_YUV.T * np.float32(255)
    small = both.reshape(rows // 2, 2, columns // 2, 2, 4).mean(axis=(1, 3))
    chroma = small[..., :3] @ _TO_YUV.T * np.float32(255)
    share_small: Field = small[..., 3]
    return Cutout(
        np.round(256 * (1 - share)).astype(np.uint16),
        np.clip(yuv[..., 0] + 16 * share, 0, 235).astype(np.uint8),
        np.round(256 * (1 - share_small)).astype(np.uint16),
        np.clip(chroma[..., 1] + 128 * share_small, 0, 240).astype(np.uint8),
        np.clip(chroma[..., 2] + 128 * share_small, 0, 240).astype(np.uint8),
        foot_row / factor,
    )


def paste(
    picture: Picture,
    cutout: Cutout,
    column: float,
    row: float,
    *,
    hidden: Depth | None,
    depth_m: float,
) -> None:
    """Blend a cutout into a picture, its foot at a column and row, behind what is nearer.

    Args:
        picture: Changed in place.
        cutout: What.
        column: Of the figure's origin.
        row: Of the figure's origin.
        hidden: Distances of what hides people, see ``to_depth``; None when nothing does.
        depth_m: Distance of the figure.
    """
    rows, columns = cutout.keep.shape
    left = int(column - columns / 2) // 2 * 2
    top = int(row - cutout.foot_row) // 2 * 2
    height, width = picture.luma.shape
    a, b = max(0, -top), max(0, -left)
    c, d = min(rows, height - top), min(columns, width - left)
    if c <= a or d <= b:
        return
    source, target = (
        (slice(a, c), slice(b, d)),
        (slice(top + a, top + c), slice(left + b, left + d)),
    )
    half = (slice(a // 2, c // 2), slice(b // 2, d // 2))
    small = (slice((top + a) // 2, (top + c) // 2), slice((left + b) // 2, (left + d) // 2))
    keep, add = cutout.keep[source], cutout.add[source]
    keep_small = cutout.keep_small[half]
    blue, red = cutout.add_blue[half], cutout.add_red[half]
    if hidden is not None:
        free = hidden[target] > min(65_534, int(depth_m * _DEPTH_PER_M))
        if not free.all():
            keep, add = np.where(free, keep, np.uint16(256)), np.where(free, add, 0)
            free = free[::2, ::2]
            keep_small = np.where(free, keep_small, np.uint16(256))
            blue, red = np.where(free, blue, 0), np.where(free, red, 0)
    _blend(picture.luma[target], keep, add)
    _blend(picture.blue[small], keep_small, blue)
    _blend(picture.red[small], keep_small, red)


def _blend(below: npt.NDArray[np.uint8], keep: Weights, add: npt.NDArray[np.uint8]) -> None:
    below[...] = (below * keep >> 8) + add


def darken(
    picture: Picture, keep: Dimming, left: int, top: int, *, hidden: Depth, depth_m: float
) -> None:
    """Multiply the luma above black by ``keep / 256``, for shadows.

    Args:
        picture: Changed in place.
        keep: At half size.
        left: Column of its left edge, made even.
        top: Row of its upper edge, made even.
        hidden: Distances of what stands, which a shadow on the ground does not fall on when it is
            nearer.
        depth_m: Distance of the nearest ground that is shaded.
    """
    height, width = picture.luma.shape
    left, top = left // 2, top // 2
    rows, columns = keep.shape
    a, b = max(0, -top), max(0, -left)
    c, d = min(rows, height // 2 - top), min(columns, width // 2 - left)
    if c <= a or d <= b:
        return
    target = (
        slice((top + a) * 2, (top + c) * 2),
        slice((left + b) * 2, (left + d) * 2),
    )
    weight = keep[a:c, b:d].repeat(2, axis=0).repeat(2, axis=1)
    weight[hidden[target] < max(0, int(depth_m * _DEPTH_PER_M))] = 255
    below = picture.luma[target]
    below[...] = ((below - np.uint8(16)) * (weight + np.uint16(1)) >> 8) + 16


def shrink(picture: Picture) -> Picture:
    """Half the size in both directions."""

    def half(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        # The mean of two rows without leaving eight bits, then every second column.
        upper, lower = plane[::2], plane[1::2]
        mean = (upper & lower) + ((upper ^ lower) >> np.uint8(1))
        return np.ascontiguousarray(mean[:, ::2])

    return Picture(half(picture.luma), half(picture.blue), half(picture.red))
