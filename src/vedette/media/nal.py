"""Network abstraction layer units: framing, escaping, and reading their bits.

Sources: ITU-T H.264 and H.265, section 7.3 and annex B; ISO/IEC 14496-15 for length prefixes.
"""

import struct
from collections.abc import Iterable, Iterator

from vedette.base.errors import SourceProtocol

LENGTH_BYTES = 4
_LENGTH = struct.Struct(">I")
_START_CODE = b"\x00\x00\x01"
_MAX_GOLOMB_ZEROS = 32


def join_lengths(units: Iterable[bytes]) -> bytes:
    """Units, each after its length in four bytes big endian, as ``Packet.payload`` wants them."""
    parts: list[bytes] = []
    for unit in units:
        parts.append(_LENGTH.pack(len(unit)))
        parts.append(unit)
    return b"".join(parts)


def split_lengths(payload: bytes) -> list[bytes]:
    """The units of a payload of ``join_lengths``.

    Raises:
        SourceProtocol: A length points past the end.
    """
    units: list[bytes] = []
    position, end = 0, len(payload)
    while position < end:
        start = position + LENGTH_BYTES
        if start > end:
            raise SourceProtocol("the length before a NAL unit is cut off")
        (size,) = _LENGTH.unpack_from(payload, position)
        position = start + size
        if position > end:
            raise SourceProtocol("a NAL unit is longer than the access unit that holds it")
        units.append(payload[start:position])
    return units


def split_annexb(stream: bytes) -> list[bytes]:
    """The units between start codes (annex B); anything before the first one is ignored."""
    return list(_annexb_units(stream))


def _annexb_units(stream: bytes) -> Iterator[bytes]:
    start = stream.find(_START_CODE)
    while start >= 0:
        start += len(_START_CODE)
        following = stream.find(_START_CODE, start)
        end = len(stream) if following < 0 else following
        # Trailing zeros belong to the next (four-byte) start code or are padding.
        unit = stream[start:end].rstrip(b"\x00")
        if unit:
            yield unit
        start = following


def join_annexb(units: Iterable[bytes]) -> bytes:
    """Units, each after a four-byte start code."""
    return b"".join(b"\x00" + _START_CODE + unit for unit in units)


def unescape(unit: bytes) -> bytes:
    """The raw byte sequence payload: without the emulation prevention bytes."""
    if b"\x00\x00\x03" not in unit:
        return unit
    parts: list[bytes] = []
    start = 0
    while (found := unit.find(b"\x00\x00\x03", start)) >= 0:
        parts.append(unit[start : found + 2])
        start = found + 3
    parts.append(unit[start:])
    return b"".join(parts)


class BitReader:
    """Reads a raw byte sequence payload bit by bit.

    Every method raises ``SourceProtocol`` when the bits run out.
    """

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    @property
    def left(self) -> int:
        """Bits not read yet."""
        return self._left

    def bits(self, count: int) -> int:
        """The next ``count`` bits as an unsigned number."""
        if count > self._left:
            raise SourceProtocol("a parameter set or header ends in the middle of a field")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """The next bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over bits."""
        self.bits(count)

    def ue(self) -> int:
        """An unsigned Exp-Golomb number (H.264 section 9.1), at most 2**32 - 2."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > _MAX_GOLOMB_ZEROS:
                raise SourceProtocol("a parameter set holds an absurdly large number")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)
