"""Read the samples of recorded fragments, to put them into another file.

``scan`` asks whether a fragment is whole; this asks where each frame lies and when it is shown.
The bytes have been compared with their hash before, yet every length is checked again.
"""

import struct
from dataclasses import dataclass

from vedette.media.boxes import BadBox, Box, boxes

_SYNC_BIT = 0x0001_0000
_MAX_SAMPLES = 100_000


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one track in one fragment; the four tuples are of one length, at least 1.

    Attributes:
        track_id: As the initialisation segment numbers it.
        base_dts: Decoding time of the first sample, ticks since the start of its file.
        sizes: Bytes of each sample.
        durations: Ticks until the next one.
        ctos: Presentation minus decoding time, ticks, any sign.
        keys: Whether decoding may start there.
        payload: Offset of the first byte of the first sample; the others follow it.
    """

    track_id: int
    base_dts: int
    sizes: tuple[int, ...]
    durations: tuple[int, ...]
    ctos: tuple[int, ...]
    keys: tuple[bool, ...]
    payload: int


def read_samples(data: bytes, *, default_keys: frozenset[int]) -> list[Samples]:
    """The samples of every ``moof`` in a fragment, in order.

    Args:
        data: One fragment as recorded: other boxes, ``moof`` and ``mdat`` in pairs.
        default_keys: Tracks whose samples are all sync samples unless flags say otherwise: sound.

    Raises:
        BadBox: The bytes are no such fragment.
    """
    found: list[Samples] = []
    moof: Box | None = None
    for one in boxes(data, 0, len(data)):
        if one.kind == b"moof":
            moof = one
        elif one.kind == b"mdat" and moof is not None:
            found.append(_samples(data, moof, one, default_keys))
            moof = None
    return found


def _samples(data: bytes, moof: Box, mdat: Box, default_keys: frozenset[int]) -> Samples:
    traf = _only(data, moof, b"traf")
    tfhd, tfdt, trun = (_only(data, traf, kind) for kind in (b"tfhd", b"tfdt", b"trun"))
    if tfhd.end - tfhd.body < 8 or tfdt.end - tfdt.body < 12 or data[tfdt.body] != 1:
        raise BadBox("a box inside the moof is not as we record it")
    (track_id,) = struct.unpack_from(">I", data, tfhd.body + 4)
    (base_dts,) = struct.unpack_from(">Q", data, tfdt.body + 4)
    durations, sizes, ctos, keys = _table(data, trun, default_key=track_id in default_keys)
    if sum(sizes) != mdat.end - mdat.body:
        raise BadBox("the sizes of the samples do not add up to the mdat")
    return Samples(track_id, base_dts, sizes, durations, ctos, keys, mdat.body)


def _table(
    data: bytes, trun: Box, *, default_key: bool
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[bool, ...]]:
    """Durations, sizes, composition offsets and keys of a ``trun`` as ``fmp4`` writes it."""
    if trun.end - trun.body < 12:
        raise BadBox("the trun is too short")
    version_flags, count, _ = struct.unpack_from(">III", data, trun.body)
    flags, table = version_flags & 0xFFFFFF, trun.body + 12
    if flags & 0x301 != 0x301 or not 0 < count <= _MAX_SAMPLES:
        raise BadBox("the trun is not one of ours")
    first: int | None = None
    if flags & 0x4:
        (first,) = struct.unpack_from(">I", data, table) if trun.end >= table + 4 else (0,)
        table += 4
    width = 2 + bool(flags & 0x400) + bool(flags & 0x800)
    if table + 4 * width * count != trun.end:
        raise BadBox("the trun does not hold as many samples as it says")
    values = struct.unpack_from(f">{width * count}I", data, table)
    keys = [default_key] * count
    if flags & 0x400:
        keys = [not value & _SYNC_BIT for value in values[2::width]]
    elif first is not None:
        keys[0] = not first & _SYNC_BIT
    ctos = (0,) * count
    if flags & 0x800:
        ctos = tuple(value - (value >> 31 << 32) for value in values[width - 1 :: width])
    return values[::width], values[1::width], ctos, tuple(keys)


def _only(data: bytes, outer: Box, kind: bytes) -> Box:
    found = [one for one in boxes(data, outer.body, outer.end) if one.kind == kind]
    if len(found) != 1:
        raise BadBox(f"{len(found)} boxes {kind!r} where one belongs")
    return found[0]
