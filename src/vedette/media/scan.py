"""Read recorded files back: where fragments begin and end, and whether they are whole.

Repair uses it after a crash, when the catalogue may know less than the disk. The input may be torn
or full of zeros: every length is checked before it is believed.
"""

import hashlib
import struct
from dataclasses import dataclass

from vedette.media.boxes import BadBox, Box, box_header, boxes
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID
from vedette.media.note import NOTE_BYTES, FragmentNote

MAX_INIT_BYTES = 64 * 1024
MAX_FRAGMENT_BYTES = 256 * 1024 * 1024
_MAX_SAMPLES = 100_000
_SYNC_BIT = 0x0001_0000


@dataclass(frozen=True, slots=True)
class ScannedFragment:
    """A whole fragment as found on disk.

    Attributes:
        note: What it says of itself.
        media_duration: Video ticks.
        frames: Video frames.
        key: Whether decoding may start at its first frame.
        sha256: Of all its bytes.
    """

    note: FragmentNote
    media_duration: int
    frames: int
    key: bool
    sha256: bytes


@dataclass(frozen=True, slots=True)
class _Run:
    """A ``moof`` with its ``mdat``: sample sizes and durations."""

    track_id: int
    base_dts: int
    durations: tuple[int, ...]
    sizes: tuple[int, ...]
    key: bool
    payload: int  # offset of the first payload byte


def init_size(head: bytes) -> int:
    """Length of the initialisation segment (``ftyp`` and ``moov``) that a file begins with.

    Args:
        head: The file from its start; MAX_INIT_BYTES are always enough.

    Raises:
        BadBox: The file begins with something else, or is cut before the end of ``moov``.
    """
    offset = 0
    for wanted in (b"ftyp", b"moov"):
        kind, _, size = box_header(head[offset : offset + 16])
        if kind != wanted or size > MAX_INIT_BYTES:
            raise BadBox(f"{wanted!r} expected, {kind!r} of {size} bytes found")
        offset += size
    if offset > len(head):
        raise BadBox("the file ends inside its initialisation segment")
    return offset


def fragment_size(head: bytes) -> int:
    """Length of the fragment whose first NOTE_BYTES are given.

    Raises:
        BadBox: No fragment begins here, or it claims more than MAX_FRAGMENT_BYTES.
    """
    size = FragmentNote.decode(head).size
    if size > MAX_FRAGMENT_BYTES:
        raise BadBox(f"a fragment of {size} bytes is not believed")
    return size


def read_fragment(data: bytes, *, nal_lengths: bool) -> ScannedFragment:
    """Check a fragment from end to end.

    Args:
        data: All bytes that its note promises.
        nal_lengths: Whether frames are NAL units after lengths of four bytes (H.264, H.265); then
            that chain is followed too, which finds pages that never reached the disk.

    Raises:
        BadBox: It is torn, or not what the note says.
    """
    note = FragmentNote.decode(data)
    if note.size != len(data):
        raise BadBox(f"{len(data)} of {note.size} bytes are there")
    video = _read_run(data, NOTE_BYTES, note.video_size)
    if video.track_id != VIDEO_TRACK_ID or video.base_dts != note.media_start:
        raise BadBox("the video part is not what the note promised")
    if nal_lengths:
        _follow_nal_lengths(data, video)
    if note.size > note.video_size:
        audio = _read_run(data, note.video_size, note.size)
        if audio.track_id != AUDIO_TRACK_ID:
            raise BadBox("the second part is no audio")
    return ScannedFragment(
        note=note,
        media_duration=sum(video.durations),
        frames=len(video.sizes),
        key=video.key,
        sha256=hashlib.sha256(data).digest(),
    )


def _read_run(data: bytes, start: int, end: int) -> _Run:
    found = boxes(data, start, end)
    if [one.kind for one in found] != [b"moof", b"mdat"]:
        raise BadBox("a fragment part must be one moof and one mdat")
    moof, mdat = found
    traf = _only(data, moof.body, moof.end, b"traf")
    tfhd = _only(data, traf.body, traf.end, b"tfhd")
    tfdt = _only(data, traf.body, traf.end, b"tfdt")
    trun = _only(data, traf.body, traf.end, b"trun")
    if tfhd.end - tfhd.body < 8 or tfdt.end - tfdt.body < 12 or trun.end - trun.body < 12:
        raise BadBox("a box inside the moof is too short")
    (track_id,) = struct.unpack_from(">I", data, tfhd.body + 4)
    (base_dts,) = struct.unpack_from(">Q", data, tfdt.body + 4)
    durations, sizes, first_flags = _read_trun(data, trun)
    if sum(sizes) != mdat.end - mdat.body:
        raise BadBox("the sizes of the frames do not add up to the mdat")
    key = track_id != VIDEO_TRACK_ID if first_flags is None else not first_flags & _SYNC_BIT
    return _Run(track_id, base_dts, durations, sizes, key, mdat.body)


def _read_trun(data: bytes, trun: Box) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    """Durations, sizes, and the flags of the first sample if they are given."""
    version_flags, count, _ = struct.unpack_from(">III", data, trun.body)
    flags = version_flags & 0xFFFFFF
    table = trun.body + 12
    first_flags: int | None = None
    if flags & 0x000004:
        (first_flags,) = struct.unpack_from(">I", data, table) if trun.end >= table + 4 else (0,)
        table += 4
    width = 2 + bool(flags & 0x400) + bool(flags & 0x800)
    if flags & 0x301 != 0x301 or not 0 < count <= _MAX_SAMPLES:
        raise BadBox("the trun is not one of ours")
    if table + 4 * width * count != trun.end:
        raise BadBox("the trun does not hold as many samples as it says")
    values = struct.unpack_from(f">{width * count}I", data, table)
    if flags & 0x400:
        first_flags = values[2]
    return values[::width], values[1::width], first_flags


def _only(data: bytes, start: int, end: int, kind: bytes) -> Box:
    found = [one for one in boxes(data, start, end) if one.kind == kind]
    if len(found) != 1:
        raise BadBox(f"{len(found)} boxes {kind!r} where one belongs")
    return found[0]


def _follow_nal_lengths(data: bytes, run: _Run) -> None:
    position = run.payload
    for size in run.sizes:
        end = position + size
        while position + 4 < end:
            (length,) = struct.unpack_from(">I", data, position)
            if length == 0:
                raise BadBox("a frame holds zeros where a NAL unit belongs")
            position += 4 + length
        if position != end:
            raise BadBox("the NAL units do not fill their frame")
