"""Painting with arrays: noise, blur, mixing, and a small bitmap font."""

import numpy as np
import numpy.typing as npt

from vedette.testing.scene.view import Field

Mask = npt.NDArray[np.bool_]


def colour(code: str) -> Field:
    """A colour from ``rrggbb``, shape (3,)."""
    return np.array([int(code[at : at + 2], 16) / 255 for at in (0, 2, 4)], np.float32)


def _hash(x: npt.NDArray[np.int32], z: npt.NDArray[np.int32], seed: int) -> Field:
    """A repeatable random number, 0 to 1, for each pair of whole numbers."""
    with np.errstate(over="ignore"):
        mixed = x.astype(np.uint32) * np.uint32(374761393) + z.astype(np.uint32) * np.uint32(
            668265263
        )
        mixed += np.uint32(seed * 974711 & 0xFFFFFFFF)
        mixed = (mixed ^ mixed >> np.uint32(13)) * np.uint32(1274126177)
        mixed ^= mixed >> np.uint32(16)
    return ((mixed & np.uint32(0xFFFF)) / 65535).astype(np.float32)


def cells(x: Field, z: Field, seed: int = 0) -> Field:
    """A random number per unit square of the plane, 0 to 1."""
    return _hash(np.floor(x).astype(np.int32), np.floor(z).astype(np.int32), seed)


def noise(x: Field, z: Field, *, octaves: int = 3, seed: int = 0) -> Field:
    """Smooth noise over the plane, 0 to 1; the first octave has a grain of one unit."""
    total = np.zeros_like(x)
    weight, scale, sum_of_weights = 1.0, 1.0, 0.0
    for octave in range(octaves):
        u, v = x * np.float32(scale), z * np.float32(scale)
        column, row = np.floor(u), np.floor(v)
        a, b = u - column, v - row
        a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
        i, j = column.astype(np.int32), row.astype(np.int32)
        top = _hash(i, j, seed + octave) * (1 - a) + _hash(i + 1, j, seed + octave) * a
        low = _hash(i, j + 1, seed + octave) * (1 - a) + _hash(i + 1, j + 1, seed + octave) * a
        total += np.float32(weight) * (top * (1 - b) + low * b)
        sum_of_weights += weight
        weight *= 0.5
        scale *= 2.1
    return (total / np.float32(sum_of_weights)).astype(np.float32)


def mix(below: Field, above: Field, share: Field | float) -> Field:
    """``above`` over ``below``; ``share`` is 0 to 1 per pixel."""
    weight = np.asarray(share, np.float32)
    if weight.ndim and weight.ndim < max(below.ndim, above.ndim):
        weight = weight[..., None]
    return (below + (above - below) * weight).astype(np.float32)


def blur(image: Field, radius: int) -> Field:
    """A soft blur: two box filters of ``2 * radius + 1`` pixels each way."""
    if radius < 1:
        return image
    out = image
    for _ in range(2):
        for axis in (0, 1):
            pad = [(0, 0)] * out.ndim
            pad[axis] = (radius + 1, radius)
            total: Field = np.cumsum(np.pad(out, pad, mode="edge"), axis=axis, dtype=np.float64)
            size = int(out.shape[axis])
            high = np.take(total, np.arange(2 * radius + 1, 2 * radius + 1 + size), axis=axis)
            low = np.take(total, np.arange(size), axis=axis)
            out = ((high - low) / (2 * radius + 1)).astype(np.float32)
    return out


_GLYPHS = {
    " ": "00000000000000",
    "-": "0000001f000000",
    ".": "00000000000c0c",
    ":": "000c0c000c0c00",
    "/": "01020204080810",
    "0": "0e11131519110e",
    "1": "040c040404040e",
    "2": "0e11010204081f",
    "3": "1f02040201110e",
    "4": "02060a121f0202",
    "5": "1f101e0101110e",
    "6": "0608101e11110e",
    "7": "1f010204080808",
    "8": "0e11110e11110e",
    "9": "0e11110f01020c",
    "A": "0e11111f111111",
    "B": "1e11111e11111e",
    "C": "0e11101010110e",
    "D": "1c12111111121c",
    "E": "1f10101e10101f",
    "F": "1f10101e101010",
    "G": "0e11101711110f",
    "H": "1111111f111111",
    "I": "0e04040404040e",
    "J": "0702020202120c",
    "K": "11121418141211",
    "L": "1010101010101f",
    "M": "111b1515111111",
    "N": "11191513111111",
    "O": "0e11111111110e",
    "P": "1e11111e101010",
    "Q": "0e11111115120d",
    "R": "1e11111e141211",
    "S": "0f10100e01011e",
    "T": "1f040404040404",
    "U": "1111111111110e",
    "V": "11111111110a04",
    "W": "11111115151b11",
    "X": "11110a040a1111",
    "Y": "11110a04040404",
    "Z": "1f01020408101f",
}
"""Seven rows of five bits each, the way cameras burn text in."""

GLYPH_WIDTH, GLYPH_HEIGHT = 6, 7


def text_mask(text: str, scale: int) -> Mask:
    """Where a line of capitals is set; 7 * scale rows, 6 * scale columns per letter."""
    rows = np.zeros((GLYPH_HEIGHT, GLYPH_WIDTH * len(text)), np.bool_)
    for index, letter in enumerate(text.upper()):
        code = bytes.fromhex(_GLYPHS.get(letter, _GLYPHS[" "]))
        for row, bits in enumerate(code):
            for column in range(5):
                rows[row, index * GLYPH_WIDTH + column] = bool(bits >> (4 - column) & 1)
    return np.repeat(np.repeat(rows, scale, axis=0), scale, axis=1)
