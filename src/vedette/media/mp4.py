"""Write a progressive MP4: ``ftyp``, ``moov`` with whole sample tables, then one ``mdat``.

Source: ISO/IEC 14496-12, sections 8.2 (moov), 8.5 to 8.7 (stbl and its tables), 8.6.6 (elst). The
sample descriptions are taken over from the initialisation segment that the frames were recorded
with, byte for byte.
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from vedette.media.boxes import BadBox, Box, box, boxes, full_box

FTYP = box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
MDAT_HEADER_BYTES = 16
FREE_BYTES = 8
"""Of an empty ``free`` box, the smallest hole that can be filled."""

_U32_MAX = 0xFFFF_FFFF
_MAC_EPOCH_S = 2_082_844_800  # 1904 to 1970
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_MEDIA_HEADERS = {
    b"vide": full_box(b"vmhd", 0, 1, bytes(8)),
    b"soun": full_box(b"smhd", 0, 0, bytes(4)),
}


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """How a track is declared.

    Attributes:
        track_id: Number that fragments carry.
        handler: ``b"vide"`` or ``b"soun"``.
        timescale: Ticks per second.
        stsd: The whole sample description box.
        width: Pixels, 16.16 fixed point; 0 for sound.
        height: Pixels, 16.16 fixed point; 0 for sound.
    """

    track_id: int
    handler: bytes
    timescale: int
    stsd: bytes
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of an edit list.

    Attributes:
        duration: Ticks of the movie's timescale.
        media_time: Where in the media, ticks of the track's timescale; -1 shows nothing.
    """

    duration: int
    media_time: int


@dataclass(slots=True)
class Runs:
    """Values of which many in a row are equal, kept as pairs of count and value."""

    counts: "array[int]" = field(default_factory=lambda: array("I"))
    values: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, value: int, count: int = 1) -> None:
        """Append a value ``count`` times."""
        if self.values and self.values[-1] == value:
            self.counts[-1] += count
        else:
            self.counts.append(count)
            self.values.append(value)

    def change_last(self, value: int) -> None:
        """Replace the last value."""
        self.counts[-1] -= 1
        if not self.counts[-1]:
            self.counts.pop()
            self.values.pop()
        self.add(value)


class SampleTable:
    """The samples of one track, gathered chunk by chunk; 8 to 24 bytes of memory for each.

    Args:
        entry: How the track is declared.
    """

    def __init__(self, entry: TrackEntry) -> None:
        self.entry = entry
        self.count = 0
        self.sizes: array[int] = array("I")
        self._durations = Runs()
        self._ctos = Runs()
        self._keys: array[int] = array("I")
        self._chunks: array[int] = array("Q")
        self._chunk_samples = Runs()

    def add_chunk(
        self,
        offset: int,
        sizes: Sequence[int],
        durations: Sequence[int],
        ctos: Sequence[int],
        keys: Sequence[bool],
    ) -> None:
        """Add samples that lie behind one another in the file.

        Args:
            offset: Of the first byte, from the start of the payload of the ``mdat``.
            sizes: Bytes of each, at least one sample.
            durations: Ticks until the next one, 0 or more.
            ctos: Presentation minus decoding time.
            keys: Whether decoding may start there.
        """
        self._chunks.append(offset)
        self._chunk_samples.add(len(sizes))
        self.sizes.extend(sizes)
        for duration in durations:
            self._durations.add(duration)
        for cto in ctos:
            self._ctos.add(cto)
        self._keys.extend(self.count + number for number, key in enumerate(keys, 1) if key)
        self.count += len(sizes)

    def end_last_sample(self, duration: int) -> None:
        """Set how long the last sample lasts, now that the next one is known; 0 or more ticks."""
        self._durations.change_last(duration)

    @property
    def media_duration(self) -> int:
        """Ticks from the first decoding time to the end of the last sample."""
        runs = self._durations
        return sum(count * value for count, value in zip(runs.counts, runs.values, strict=True))

    def stbl(self, payload_at: int) -> bytes:
        """The sample table box of a file whose ``mdat`` payload begins at ``payload_at``."""
        parts = [self.entry.stsd, _pairs(b"stts", 0, self._durations)]
        if any(self._ctos.values):
            signed = int(min(self._ctos.values) < 0)
            parts.append(_pairs(b"ctts", signed, self._ctos))
        if len(self._keys) != self.count:
            parts.append(full_box(b"stss", 0, 0, _u32(len(self._keys)), _packed("I", self._keys)))
        parts += [
            self._stsc(),
            full_box(b"stsz", 0, 0, struct.pack(">II", 0, self.count), _packed("I", self.sizes)),
            self._offsets(payload_at),
        ]
        return box(b"stbl", *parts)

    def _stsc(self) -> bytes:
        rows: list[bytes] = []
        first = 1
        runs = self._chunk_samples
        for count, samples in zip(runs.counts, runs.values, strict=True):
            rows.append(struct.pack(">III", first, samples, 1))
            first += count
        return full_box(b"stsc", 0, 0, _u32(len(rows)), *rows)

    def _offsets(self, payload_at: int) -> bytes:
        """Where the chunks lie; with 64 bits each once one begins beyond 4 GiB."""
        count = _u32(len(self._chunks))
        places = array("Q", [offset + payload_at for offset in self._chunks])
        if places and places[-1] > _U32_MAX:
            return full_box(b"co64", 0, 0, count, _packed("Q", places))
        return full_box(b"stco", 0, 0, count, _packed("I", places))


@dataclass(frozen=True, slots=True)
class Track:
    """A finished track of a movie.

    Attributes:
        table: Its samples.
        edits: At least one.
    """

    table: SampleTable
    edits: tuple[Edit, ...]


def moov(tracks: Sequence[Track], timescale: int, created_us: int, payload_at: int) -> bytes:
    """The movie box.

    Args:
        tracks: Video first; numbered from 1 in this order.
        timescale: Of the movie, in which edits are measured.
        created_us: Wall time that players show as the time of making.
        payload_at: Where in the file the payload of the ``mdat`` begins.
    """
    created = min(_U32_MAX, max(0, created_us // 1_000_000 + _MAC_EPOCH_S))
    longest = max(sum(edit.duration for edit in track.edits) for track in tracks)
    times, version = _times(created, longest, struct.pack(">I", timescale))
    mvhd = full_box(
        b"mvhd",
        version,
        0,
        times,
        b"\0\1\0\0\1\0" + bytes(10),  # rate 1.0, volume 1.0
        _MATRIX,
        bytes(24),
        _u32(len(tracks) + 1),
    )
    traks = [_trak(n, track, created, payload_at) for n, track in enumerate(tracks, 1)]
    return box(b"moov", mvhd, *traks)


def mdat_header(payload_bytes: int) -> bytes:
    """The header of an ``mdat``, always with a 64-bit size, because it is written last."""
    return struct.pack(">I4sQ", 1, b"mdat", MDAT_HEADER_BYTES + payload_bytes)


def filler(size: int) -> bytes:
    """A ``free`` box of ``size`` bytes, FREE_BYTES or more."""
    return box(b"free", bytes(size - FREE_BYTES))


def read_entries(init: bytes) -> list[TrackEntry]:
    """The tracks that an initialisation segment declares.

    Raises:
        BadBox: The bytes are no initialisation segment.
    """
    top = Box(b"file", 0, 0, len(init))
    movie = _inside(init, top, b"moov")
    return [_entry(init, one) for one in boxes(init, movie.body, movie.end) if one.kind == b"trak"]


def _entry(data: bytes, trak: Box) -> TrackEntry:
    tkhd = _inside(data, trak, b"tkhd")
    mdia = _inside(data, trak, b"mdia")
    mdhd, hdlr = _inside(data, mdia, b"mdhd"), _inside(data, mdia, b"hdlr")
    stbl = _inside(data, _inside(data, mdia, b"minf"), b"stbl")
    stsd = _inside(data, stbl, b"stsd")
    (number,) = struct.unpack_from(">I", data, tkhd.body + (20 if data[tkhd.body] else 12))
    (timescale,) = struct.unpack_from(">I", data, mdhd.body + (20 if data[mdhd.body] else 12))
    width, height = struct.unpack_from(">II", data, tkhd.end - 8)
    handler = data[hdlr.body + 8 : hdlr.body + 12]
    return TrackEntry(number, handler, timescale, data[stsd.start : stsd.end], width, height)


def _inside(data: bytes, outer: Box, kind: bytes) -> Box:
    for one in boxes(data, outer.body, outer.end):
        if one.kind == kind:
            return one
    raise BadBox(f"a {outer.kind!r} box holds no {kind!r}")


def _trak(number: int, track: Track, created: int, payload_at: int) -> bytes:
    entry = track.table.entry
    shown = sum(edit.duration for edit in track.edits)
    times, version = _times(created, shown, struct.pack(">II", number, 0))
    volume = 0x0100 if entry.handler == b"soun" else 0
    mix = bytes(8) + struct.pack(">HHHH", 0, 0, volume, 0)
    size = struct.pack(">II", entry.width, entry.height)
    tkhd = full_box(b"tkhd", version, 3, times, mix, _MATRIX, size)
    media = _mdia(track.table, created, payload_at)
    return box(b"trak", tkhd, box(b"edts", _elst(track.edits)), media)


def _mdia(table: SampleTable, created: int, payload_at: int) -> bytes:
    entry = table.entry
    times, version = _times(created, table.media_duration, struct.pack(">I", entry.timescale))
    mdhd = full_box(b"mdhd", version, 0, times, b"\x55\xc4\0\0")
    name = {b"vide": b"video\0", b"soun": b"audio\0"}[entry.handler]
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), entry.handler, bytes(12), name)
    dinf = box(b"dinf", full_box(b"dref", 0, 0, _u32(1), full_box(b"url ", 0, 1)))
    minf = box(b"minf", _MEDIA_HEADERS[entry.handler], dinf, table.stbl(payload_at))
    return box(b"mdia", mdhd, hdlr, minf)


def _times(created: int, duration: int, between: bytes) -> tuple[bytes, int]:
    """Making, change, ``between`` and duration as three headers begin, and their version."""
    if duration < _U32_MAX:
        return struct.pack(">II", created, created) + between + _u32(duration), 0
    return struct.pack(">QQ", created, created) + between + struct.pack(">Q", duration), 1


def _elst(edits: Sequence[Edit]) -> bytes:
    long = any(edit.duration > _U32_MAX or edit.media_time > 0x7FFF_FFFF for edit in edits)
    layout = ">QqI" if long else ">IiI"
    rows = [struct.pack(layout, edit.duration, edit.media_time, 0x10000) for edit in edits]
    return full_box(b"elst", int(long), 0, _u32(len(rows)), *rows)


def _pairs(kind: bytes, version: int, runs: Runs) -> bytes:
    flat: array[int] = array("I", bytes(8 * len(runs.counts)))
    flat[::2] = runs.counts
    flat[1::2] = array("I", [value & _U32_MAX for value in runs.values])
    return full_box(kind, version, 0, _u32(len(runs.counts)), _packed("I", flat))


def _packed(code: str, values: "array[int]") -> bytes:
    """Big endian; ``code`` is I for 32 or Q for 64 bits."""
    swapped = array(code, values)
    if struct.pack("=H", 1) == b"\1\0":
        swapped.byteswap()
    return swapped.tobytes()


def _u32(value: int) -> bytes:
    return struct.pack(">I", value)
