"""Which uploads are taken as a floor's plan."""

import hashlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.model.site import PlanImage
from vedette.sites.images import MOST_BYTES, checked_image
from vedette.testing.pictures import picture

KINDS = ("image/png", "image/jpeg", "image/webp")


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_known_by_their_bytes(kind: str) -> None:
    data = picture(kind, 60, 34)
    assert checked_image(data) == PlanImage(hashlib.sha256(data).hexdigest(), kind, 60, 34)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_refused(kind: str) -> None:
    data = picture(kind)
    with pytest.raises(BadRequest, match="cannot be decoded"):
        checked_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(50),
        b"%PDF-1.7",
        b"<html><script>alert(1)</script>",
    ],
)
def test_only_three_kinds_are_taken(data: bytes) -> None:
    with pytest.raises(BadRequest, match="PNG, JPEG or WebP"):
        checked_image(data)


def test_what_is_too_large_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(BadRequest, match="8 MB"):
        checked_image(picture() + bytes(MOST_BYTES))


def _png(width: int, height: int) -> bytes:
    """A valid PNG whose header promises more than its few bytes hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(bytes((width + 1) * min(height, 2)))),
            chunk(b"IEND", b""),
        ]
    )


def test_a_bomb_is_refused() -> None:
    with pytest.raises(BadRequest, match="40 million"):
        checked_image(_png(30_000, 30_000))


def test_what_browsers_cannot_hold_is_refused() -> None:
    with pytest.raises(BadRequest, match="16384"):
        checked_image(_png(20_000, 2))


@given(st.sampled_from(KINDS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255))))
def test_no_bytes_make_it_fail_otherwise(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(picture(kind, 24, 16))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        image = checked_image(bytes(data))
    except BadRequest:
        return
    assert image.width_px > 0
    assert image.media_type in KINDS
