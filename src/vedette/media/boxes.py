"""The grain of ISO base media files: a size, a four-letter kind, a body.

Source: ISO/IEC 14496-12, section 4.2.
"""

import struct
from dataclasses import dataclass

from vedette.base.errors import VedetteError

HEADER_BYTES = 8
_HEADER = struct.Struct(">I4s")


class BadBox(VedetteError):
    """The bytes are no box, or the box is longer than what surrounds it."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies in a buffer.

    Attributes:
        kind: Four bytes, such as ``b"moof"``.
        start: Offset of the size field.
        body: Offset of the first byte after the header.
        end: Excluded.
    """

    kind: bytes
    start: int
    body: int
    end: int


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box with 32-bit size around the parts."""
    body = b"".join(parts)
    return _HEADER.pack(HEADER_BYTES + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box whose body begins with a version (8 bits) and flags (24 bits)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def box_header(data: bytes) -> tuple[bytes, int, int]:
    """Read one header.

    Args:
        data: From the size field on; 16 bytes are enough, 8 when the size has 32 bits.

    Returns:
        Kind, length of the header (8 or 16), length of the whole box.

    Raises:
        BadBox: Too few bytes, or a size smaller than the header. Size 0 ("to the end of the
            file") is refused, because no writer of ours makes it.
    """
    if len(data) < HEADER_BYTES:
        raise BadBox(f"a box header needs 8 bytes, there are {len(data)}")
    size, kind = _HEADER.unpack_from(data)
    header = HEADER_BYTES
    if size == 1:
        if len(data) < 16:
            raise BadBox("a long box header needs 16 bytes")
        header, size = 16, int.from_bytes(data[8:16])
    if size < header:
        raise BadBox(f"box {kind!r} claims {size} bytes, less than its own header")
    return kind, header, size


def boxes(data: bytes, start: int, end: int) -> list[Box]:
    """The boxes that fill ``data[start:end]`` exactly, in order.

    Raises:
        BadBox: They do not fill it exactly, or there are more than 4096.
    """
    found: list[Box] = []
    while start < end:
        kind, header, size = box_header(data[start : min(end, start + 16)])
        if start + size > end or len(found) >= 4096:
            raise BadBox(f"box {kind!r} of {size} bytes does not fit where it stands")
        found.append(Box(kind, start, start + header, start + size))
        start += size
    return found
