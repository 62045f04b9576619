"""A ZIP archive of files whose lengths and checksums are known: its bytes can be computed anywhere.

Nothing is compressed (video does not shrink), so the archive needs no room of its own, its length
is known before the first byte, and a download can go on where it broke off. Pure. Source: PKWARE's
APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
"""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_U16_MAX = 0xFFFF
_U32_MAX = 0xFFFF_FFFF
_UTF8_NAME = 0x0800
_REGULAR_0600 = 0o100600 << 16
_MADE_BY_UNIX = 3 << 8
_PLAIN, _LONG = 20, 45  # versions needed to extract


@dataclass(frozen=True, slots=True)
class Member:
    """A file to be in the archive.

    Attributes:
        name: As it shall be called there.
        bytes: Length.
        crc32: Of its contents.
    """

    name: str
    bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the archive.

    Attributes:
        literal: Bytes of the archive's own; empty when ``member`` is meant.
        member: Index of the file, or -1.
        offset: In that file.
        size: How many bytes.
    """

    literal: bytes
    member: int
    offset: int
    size: int


class Archive:
    """Where every byte of the archive comes from.

    Args:
        members: In order; names differ.
        made: Shown as the time of every file; its zone is dropped, as the format knows none.
    """

    def __init__(self, members: Sequence[Member], made: datetime) -> None:
        stamp = _stamp(made)
        self._starts: list[int] = []
        self._pieces: list[Piece] = []
        self.size = 0
        offsets: list[int] = []
        for index, member in enumerate(members):
            offsets.append(self.size)
            self._add(Piece(_local(member, stamp), -1, 0, 0))
            self._add(Piece(b"", index, 0, member.bytes))
        directory = b"".join(
            _central(member, offset, stamp) for member, offset in zip(members, offsets, strict=True)
        )
        self._add(Piece(directory + _end(len(members), len(directory), self.size), -1, 0, 0))

    def pieces(self, offset: int, size: int) -> list[Piece]:
        """What makes up ``size`` bytes from ``offset``, cut at the end of the archive."""
        end = min(self.size, offset + size)
        found: list[Piece] = []
        index = max(0, bisect_right(self._starts, offset) - 1)
        while offset < end and index < len(self._pieces):
            piece, inside = self._pieces[index], offset - self._starts[index]
            take = min(piece.size - inside, end - offset)
            if take > 0:
                literal = piece.literal[inside : inside + take]
                found.append(Piece(literal, piece.member, inside, take))
                offset += take
            index += 1
        return found

    def _add(self, piece: Piece) -> None:
        if piece.member < 0:
            piece = Piece(piece.literal, -1, 0, len(piece.literal))
        self._starts.append(self.size)
        self._pieces.append(piece)
        self.size += piece.size


def _stamp(made: datetime) -> tuple[int, int]:
    """Time and date of MS-DOS, which begins in 1980."""
    year = min(2107, max(1980, made.year))
    return (
        made.hour << 11 | made.minute << 5 | made.second // 2,
        (year - 1980) << 9 | made.month << 5 | made.day,
    )


def _local(member: Member, stamp: tuple[int, int]) -> bytes:
    name, long = member.name.encode(), member.bytes >= _U32_MAX
    extra = struct.pack("<HHQQ", 1, 16, member.bytes, member.bytes) if long else b""
    size = _U32_MAX if long else member.bytes
    head = struct.pack(
        "<4s5H3I2H",
        b"PK\3\4",
        _LONG if long else _PLAIN,
        _UTF8_NAME,
        0,
        *stamp,
        member.crc32,
        size,
        size,
        len(name),
        len(extra),
    )
    return head + name + extra


def _central(member: Member, offset: int, stamp: tuple[int, int]) -> bytes:
    name, wide = member.name.encode(), b""
    size, place = member.bytes, offset
    if size >= _U32_MAX:
        wide, size = struct.pack("<QQ", size, size), _U32_MAX
    if place >= _U32_MAX:
        wide, place = wide + struct.pack("<Q", place), _U32_MAX
    extra = struct.pack("<HH", 1, len(wide)) + wide if wide else b""
    version = _LONG if wide else _PLAIN
    head = struct.pack(
        "<4s6H3I5H2I",
        b"PK\1\2",
        _MADE_BY_UNIX | version,
        version,
        _UTF8_NAME,
        0,
        *stamp,
        member.crc32,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        _REGULAR_0600,
        place,
    )
    return head + name + extra


def _end(count: int, size: int, offset: int) -> bytes:
    wide = b""
    if count >= _U16_MAX or size >= _U32_MAX or offset >= _U32_MAX:
        record = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, _LONG, _LONG, 0, 0, count, count, size, offset
        )
        wide = record + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
        count, size, offset = min(count, _U16_MAX), min(size, _U32_MAX), min(offset, _U32_MAX)
    return wide + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, offset, 0)
