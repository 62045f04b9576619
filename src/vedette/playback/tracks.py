"""What an initialisation segment says of its tracks, and small changes to what we recorded.

Source: ISO/IEC 14496-12, sections 8.3.2 (tkhd), 8.4.2 (mdhd), 8.4.3 (hdlr), 8.8 (fragments).
"""

import struct
from dataclasses import dataclass

from vedette.base.units import us_to_ticks
from vedette.media.boxes import BadBox, Box, box, boxes

_U64_MAX = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class Track:
    """A track as an initialisation segment declares it.

    Attributes:
        id: Number that fragments carry.
        handler: ``b"vide"`` or ``b"soun"``.
        timescale: Ticks per second.
    """

    id: int
    handler: bytes
    timescale: int


def _inside(data: bytes, outer: Box, *path: bytes) -> Box:
    for kind in path:
        found = next((one for one in boxes(data, outer.body, outer.end) if one.kind == kind), None)
        if found is None:
            raise BadBox(f"a {outer.kind!r} box holds no {kind!r}")
        outer = found
    return outer


def _track(data: bytes, trak: Box) -> Track:
    tkhd = _inside(data, trak, b"tkhd")
    mdhd = _inside(data, trak, b"mdia", b"mdhd")
    hdlr = _inside(data, trak, b"mdia", b"hdlr")
    long_tkhd, long_mdhd = data[tkhd.body] == 1, data[mdhd.body] == 1
    (number,) = struct.unpack_from(">I", data, tkhd.body + (20 if long_tkhd else 12))
    (timescale,) = struct.unpack_from(">I", data, mdhd.body + (20 if long_mdhd else 12))
    return Track(number, data[hdlr.body + 8 : hdlr.body + 12], timescale)


def read_tracks(init: bytes) -> list[Track]:
    """The tracks of an initialisation segment.

    Raises:
        BadBox: The bytes are no initialisation segment.
    """
    moov = _inside(init, Box(b"file", 0, 0, len(init)), b"moov")
    return [_track(init, one) for one in boxes(init, moov.body, moov.end) if one.kind == b"trak"]


def video_only(init: bytes) -> bytes:
    """The initialisation segment with its video track alone.

    Raises:
        BadBox: The bytes are no initialisation segment.
    """
    out: list[bytes] = []
    for one in boxes(init, 0, len(init)):
        whole = init[one.start : one.end]
        out.append(box(b"moov", *_video_parts(init, one)) if one.kind == b"moov" else whole)
    return b"".join(out)


def _video_parts(data: bytes, moov: Box) -> list[bytes]:
    parts = boxes(data, moov.body, moov.end)
    kept = {
        track.id
        for track in (_track(data, one) for one in parts if one.kind == b"trak")
        if track.handler == b"vide"
    }
    out: list[bytes] = []
    for one in parts:
        whole = data[one.start : one.end]
        if one.kind == b"trak" and _track(data, one).id not in kept:
            continue
        if one.kind == b"mvex":
            extends = [
                data[part.start : part.end]
                for part in boxes(data, one.body, one.end)
                if part.kind != b"trex" or _number(data, part) in kept
            ]
            whole = box(b"mvex", *extends)
        out.append(whole)
    return out


def _number(data: bytes, full: Box) -> int:
    """The track that a ``trex`` or ``tfhd`` names right after its version and flags."""
    return int.from_bytes(data[full.body + 4 : full.body + 8])


def shifted(media: bytes, shift_us: int, tracks: list[Track]) -> bytes:
    """Fragments whose decoding times begin later, the samples untouched.

    Args:
        media: ``moof`` and ``mdat`` boxes as we record them, with 64-bit decoding times.
        shift_us: 0 or more.
        tracks: Of the format, for their timescales.

    Raises:
        BadBox: The bytes are no such boxes.
    """
    changed = bytearray(media)
    timescales = {track.id: track.timescale for track in tracks}
    for moof in boxes(media, 0, len(media)):
        if moof.kind != b"moof":
            continue
        traf = _inside(media, moof, b"traf")
        tfdt = _inside(media, traf, b"tfdt")
        timescale = timescales.get(_number(media, _inside(media, traf, b"tfhd")))
        if media[tfdt.body] != 1 or timescale is None:
            raise BadBox("a fragment is not as we record it")
        (begins,) = struct.unpack_from(">Q", media, tfdt.body + 4)
        later = min(_U64_MAX, begins + us_to_ticks(shift_us, timescale))
        struct.pack_into(">Q", changed, tfdt.body + 4, later)
    return bytes(changed)
