"""Recorded key frames: where they lie, their bytes, and what of a fragment is one.

Source: ISO/IEC 14496-12, sections 8.8.7 (tfhd), 8.8.8 (trun), 8.8.12 (tfdt).
"""

import struct
from dataclasses import dataclass

from vedette.base.errors import NotFound
from vedette.base.units import US_PER_S
from vedette.catalog.ports import FootageIndex
from vedette.media.boxes import BadBox, Box, boxes
from vedette.media.fmp4 import VIDEO_TRACK_ID, Sample, fragment
from vedette.model.camera import StreamKey
from vedette.model.footage import Fragment
from vedette.playback.ports import FootageFiles
from vedette.playback.tracks import video_only

_BACK_US = 15_000_000
"""How far back a key frame is looked for: several groups of pictures."""
HEAD_BYTES = 4096
"""Enough for the boxes before the pictures of a group of 300."""

_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_DURATION, _SIZE, _FLAGS, _CTO = 0x100, 0x200, 0x400, 0x800


async def find_key(catalog: FootageIndex, stream: StreamKey, at_us: int) -> Fragment:
    """The last fragment that begins with a key frame at or before an instant, at most 15 s before.

    Raises:
        NotFound: There is no footage.
    """
    owner = stream.organisation
    rows = await catalog.fragments(owner, stream, max(0, at_us - _BACK_US), at_us + 1)
    row = next((one for one in reversed(rows) if one.key), None)
    if row is None:
        raise NotFound("there is no footage at that time")
    return row


async def read_key(catalog: FootageIndex, files: FootageFiles, row: Fragment) -> bytes:
    """A fragment's pictures as an MP4 file that begins with the key frame.

    Raises:
        NotFound: It was erased meanwhile.
        StorageError: The volume cannot be read.
    """
    owner = row.stream.organisation
    segment = await catalog.segment(owner, row.stream, row.segment_start_us)
    init = (await catalog.format(owner, segment.format_id)).init
    reader = files.reader(segment.volume)
    return video_only(init) + await reader.read(segment.path, row.offset, row.video_size)


async def read_until(
    catalog: FootageIndex, files: FootageFiles, stream: StreamKey, at_us: int
) -> tuple[bytes, float]:
    """What must be decoded to see the frame of an instant.

    Returns:
        An MP4 file from the key frame before it on, and the media time of the instant, seconds.

    Raises:
        NotFound: There is no footage of that instant, or not yet.
        StorageError: The volume cannot be read.
    """
    owner = stream.organisation
    rows = await catalog.fragments(owner, stream, max(0, at_us - _BACK_US), at_us + 1)
    last = rows[-1] if rows else None
    if last is None or at_us >= last.start_us + last.duration_us:
        raise NotFound(
            "there is no footage of that instant; what happens now is on disk a few seconds later"
        )
    begins = max((n for n, row in enumerate(rows) if row.key), default=len(rows))
    rows = [row for row in rows[begins:] if row.segment_start_us == last.segment_start_us]
    if not rows or not rows[0].key:
        raise NotFound("the key frame that this instant needs is gone")
    segment = await catalog.segment(owner, stream, last.segment_start_us)
    form = await catalog.format(owner, segment.format_id)
    reader = files.reader(segment.volume)
    media = [await reader.read(segment.path, one.offset, one.video_size) for one in rows]
    media_s = last.media_start / form.video_timescale + (at_us - last.start_us) / US_PER_S
    return b"".join([video_only(form.init), *media]), media_s


@dataclass(frozen=True, slots=True)
class FirstSample:
    """Where the first picture of a fragment lies.

    Attributes:
        offset: From the start of the fragment, bytes.
        size: Bytes.
        cto: Presentation minus decoding time, ticks.
        base_dts: Decoding time, ticks.
    """

    offset: int
    size: int
    cto: int
    base_dts: int


def _one(data: bytes, outer: Box, kind: bytes) -> Box:
    for each in boxes(data, outer.body, outer.end):
        if each.kind == kind:
            return each
    raise BadBox(f"a {outer.kind!r} box holds no {kind!r}")


def head_size(head: bytes) -> int:
    """Bytes of a fragment's first box, which says where its pictures lie.

    Raises:
        BadBox: The bytes are no fragment.
    """
    if len(head) < 8 or head[4:8] != b"moof":
        raise BadBox("a fragment begins with a moof box")
    (size,) = struct.unpack_from(">I", head)
    return size


def first_sample(head: bytes) -> FirstSample:
    """The first picture of a fragment as we record it.

    Args:
        head: Its beginning, with the whole ``moof`` box.

    Raises:
        BadBox: The bytes are no such fragment.
    """
    try:
        return _first_sample(head)
    except struct.error as error:
        raise BadBox("a fragment ends before its first picture") from error


def _first_sample(head: bytes) -> FirstSample:
    moof = Box(b"moof", 0, 8, head_size(head))
    if moof.end > len(head):
        raise BadBox("the beginning of a fragment was cut off")
    traf = _one(head, moof, b"traf")
    tfdt, trun = _one(head, traf, b"tfdt"), _one(head, traf, b"trun")
    (dts,) = struct.unpack_from(">Q" if head[tfdt.body] else ">I", head, tfdt.body + 4)
    flags, count = struct.unpack_from(">II", head, trun.body)
    if not flags & _SIZE or not flags & _DATA_OFFSET or not count:
        raise BadBox("a fragment is not as we record it")
    (offset,) = struct.unpack_from(">i", head, trun.body + 8)
    at = trun.body + 12 + (4 if flags & _FIRST_FLAGS else 0)
    at += 4 if flags & _DURATION else 0
    (size,) = struct.unpack_from(">I", head, at)
    at += 4 + (4 if flags & _FLAGS else 0)
    cto = struct.unpack_from(">i", head, at)[0] if flags & _CTO else 0
    return FirstSample(offset, size, cto, dts)


def key_alone(sample: FirstSample, picture: bytes, duration: int, sequence: int) -> bytes:
    """A fragment of one key frame that lasts as long as its whole group of pictures.

    Args:
        sample: What it was.
        picture: Its bytes.
        duration: Ticks.
        sequence: Number of the fragment, from 1.
    """
    # Shown at once: what it would be reordered with is not there.
    alone = Sample(picture, duration, key=True)
    return b"".join(fragment(VIDEO_TRACK_ID, sequence, sample.base_dts, [alone]))
