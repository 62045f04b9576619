"""Reads footage back and compares it with what the catalogue says of it."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vedette.base.errors import NotFound, StorageError
from vedette.catalog.ports import FootageIndex
from vedette.model.camera import StreamKey
from vedette.model.footage import Fragment, Segment, SegmentState
from vedette.storage.ports import VolumeReader
from vedette.storage.volumes import Volumes

_CHUNK_BYTES = 1024 * 1024
_PAGE = 500


class Fault(StrEnum):
    """What is wrong with a file."""

    MISSING = "missing"  # the file or its volume is not there
    SHORT = "short"  # the file ends inside a fragment
    ALTERED = "altered"  # the bytes of a fragment have another hash
    HEADER = "header"  # the file does not begin as its format says
    EXTRA = "extra"  # there is more in the file than the catalogue knows


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault.

    Attributes:
        fault: What is wrong.
        offset: First byte that is concerned.
        size: How many bytes are concerned; 0 for the whole file.
        start_us: Wall time of the footage that is concerned.
        detail: One sentence.
    """

    fault: Fault
    offset: int
    size: int
    start_us: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in one segment.

    Attributes:
        segment: Which.
        fragments: How many were compared.
        bytes: How many were read.
        findings: In order; none when all is well.
    """

    segment: Segment
    fragments: int
    bytes: int
    findings: tuple[Finding, ...]


async def verify(
    organisation: str,
    catalog: FootageIndex,
    volumes: Volumes,
    streams: Sequence[StreamKey],
    *,
    start_us: int,
    end_us: int,
) -> AsyncIterator[Verdict]:
    """Compare every fragment of the segments that overlap a range, one verdict per segment.

    At most one MiB of footage is in memory at a time. Files that are still being written are
    compared as far as the catalogue knows them.
    """
    for stream in streams:
        position_us = start_us
        seen: set[int] = set()
        while True:
            page = await catalog.segments(organisation, stream, position_us, end_us, _PAGE)
            fresh = [one for one in page if one.start_us not in seen]
            for segment in fresh:
                yield await verify_segment(catalog, volumes, segment)
            if len(page) < _PAGE or not fresh:
                break
            seen = {one.start_us for one in page}
            position_us = page[-1].start_us


async def verify_segment(catalog: FootageIndex, volumes: Volumes, segment: Segment) -> Verdict:
    """Compare one segment with its rows."""
    organisation = segment.stream.organisation
    try:
        reader = volumes.reader(segment.volume)
        size = await reader.size(segment.path)
    except (NotFound, StorageError) as error:
        missing = Finding(Fault.MISSING, 0, 0, segment.start_us, str(error))
        return Verdict(segment, 0, 0, (missing,))
    rows = await catalog.fragments(
        organisation, segment.stream, segment.start_us, max(segment.end_us, segment.start_us + 1)
    )
    fragments = sorted(
        (row for row in rows if row.segment_start_us == segment.start_us),
        key=lambda row: row.offset,
    )
    findings: list[Finding] = []
    head = await _check_head(catalog, reader, segment, findings)
    position, compared = head, 0
    for fragment in fragments:
        if fragment.offset > position:
            findings.append(_extra(segment, position, fragment.offset))
        position = max(position, fragment.offset + fragment.size)
        fault = await _compare(reader, segment.path, fragment, size)
        compared += fragment.size
        if fault is not None:
            findings.append(fault)
    if size > position and segment.state is SegmentState.FINISHED:
        findings.append(_extra(segment, position, size))
    return Verdict(segment, len(fragments), head + compared, tuple(findings))


async def _check_head(
    catalog: FootageIndex, reader: VolumeReader, segment: Segment, findings: list[Finding]
) -> int:
    """Compare the initialisation segment; its length."""
    row = await catalog.format(segment.stream.organisation, segment.format_id)
    if await reader.read(segment.path, 0, len(row.init)) != row.init:
        detail = f"{segment.path} does not begin with its format"
        findings.append(Finding(Fault.HEADER, 0, len(row.init), segment.start_us, detail))
    return len(row.init)


def _extra(segment: Segment, start: int, end: int) -> Finding:
    detail = f"{segment.path} holds {end - start} bytes that no row speaks of"
    return Finding(Fault.EXTRA, start, end - start, segment.start_us, detail)


async def _compare(
    reader: VolumeReader, path: str, fragment: Fragment, file_size: int
) -> Finding | None:
    digest = hashlib.sha256()
    position, end = fragment.offset, fragment.offset + fragment.size
    if file_size < end:
        detail = f"{path} ends at byte {file_size}, inside the fragment at {position}"
        return Finding(Fault.SHORT, position, fragment.size, fragment.start_us, detail)
    while position < end:
        chunk = await reader.read(path, position, min(_CHUNK_BYTES, end - position))
        if not chunk:
            break
        digest.update(chunk)
        position += len(chunk)
    if digest.digest() == fragment.sha256:
        return None
    detail = f"{path} was altered between byte {fragment.offset} and {end}"
    return Finding(Fault.ALTERED, fragment.offset, fragment.size, fragment.start_us, detail)
