"""What a camera writes into its picture: name and time for people, bars for machines.

The bars say the wall clock when the picture was drawn: 32 cells from the left edge at the bottom,
each ``width / 160`` pixels wide and high, most significant bit first, are the low 32 bits of
milliseconds since the epoch; white is 1. The row below holds the same bits inverted, as a check.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vedette.base.units import us_to_datetime
from vedette.testing.encoder import Picture, Plane
from vedette.testing.scene.paint import text_mask

_BITS = 32
_WHITE, _BLACK = 235, 16


@dataclass(frozen=True, slots=True)
class _Lettering:
    """A line of text as ``below & keep | ink``; ``keep_small`` is for the half-size planes."""

    keep: Plane
    ink: Plane
    keep_small: Plane
    ink_small: Plane


@lru_cache(maxsize=64)
def _lettering(text: str, scale: int) -> _Lettering:
    """Letters and their outline, even sizes, with a margin of ``scale`` rounded up to even."""
    margin = scale + scale % 2
    letters = np.pad(text_mask(text, scale), margin)
    letters = np.pad(letters, ((0, letters.shape[0] % 2), (0, letters.shape[1] % 2)))
    covered = np.zeros_like(letters)
    rim = max(1, scale // 2)
    for down in range(-rim, rim + 1):
        for right in range(-rim, rim + 1):
            covered |= np.roll(letters, (down, right), axis=(0, 1))
    ink = np.where(covered, _BLACK, 0)
    ink[letters] = _WHITE
    small = covered[::2, ::2]
    return _Lettering(
        np.where(covered, 0, 255).astype(np.uint8),
        ink.astype(np.uint8),
        np.where(small, 0, 255).astype(np.uint8),
        np.where(small, 128, 0).astype(np.uint8),
    )


def write(picture: Picture, text: str, *, left: int, top: int, scale: int) -> None:
    """Set a line of capitals with a dark outline; ``left`` and ``top`` are even pixels."""
    lettering = _lettering(text, scale)
    rows, columns = lettering.keep.shape
    target = picture.luma[top : top + rows, left : left + columns]
    target &= lettering.keep
    target |= lettering.ink
    half = (slice(top // 2, (top + rows) // 2), slice(left // 2, (left + columns) // 2))
    for plane in (picture.blue, picture.red):
        plane[half] = plane[half] & lettering.keep_small | lettering.ink_small


def stamp(picture: Picture, name: str, wall_us: int, *, bars: bool = True) -> None:
    """Burn name, time and bars into a picture."""
    height, width = picture.luma.shape
    scale = max(1, width // 420)
    instant = us_to_datetime(wall_us).strftime("%Y-%m-%d %H:%M:%S")
    margin = width // 80 // 2 * 2
    write(picture, instant, left=margin, top=margin, scale=scale)
    wide = _lettering(name, scale).keep.shape[1]
    left = (width - margin - wide) // 2 * 2
    write(picture, name, left=left, top=(height - margin - 10 * scale) // 2 * 2, scale=scale)
    if bars:
        _draw_bars(picture, wall_us)


def _draw_bars(picture: Picture, wall_us: int) -> None:
    height, width = picture.luma.shape
    cell = max(2, width // 160)
    value = wall_us // 1000 & 0xFFFFFFFF
    bits = np.array([value >> (_BITS - 1 - index) & 1 for index in range(_BITS)], np.uint8)
    row = np.repeat(np.where(bits, _WHITE, _BLACK).astype(np.uint8), cell)
    inverse = np.repeat(np.where(bits, _BLACK, _WHITE).astype(np.uint8), cell)
    picture.luma[height - 2 * cell : height - cell, : len(row)] = row
    picture.luma[height - cell :, : len(row)] = inverse
    picture.blue[(height - 2 * cell) // 2 :, : len(row) // 2] = 128
    picture.red[(height - 2 * cell) // 2 :, : len(row) // 2] = 128


def read_bars(luma: Plane) -> int | None:
    """The low 32 bits of the milliseconds in a picture's bars; None when they do not check."""
    height, width = luma.shape
    cell = max(2, width // 160)
    columns = np.arange(_BITS) * cell + cell // 2
    upper = luma[height - cell - (cell + 1) // 2, columns] > 125
    lower = luma[height - (cell + 1) // 2, columns] > 125
    if (upper == lower).any():
        return None
    return int("".join("1" if bit else "0" for bit in upper), 2)
