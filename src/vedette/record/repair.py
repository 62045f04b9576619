"""Brings files and catalogue together again after a crash.

The disk is asked what is there: rows are added for whole fragments that have none, a torn tail is
cut off, files that were begun but never made it into the catalogue are adopted, and erasures that
were begun are finished. A finished fragment is never thrown away.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import structlog

from vedette.base.errors import NotFound, StorageError
from vedette.catalog.ports import FootageBatch
from vedette.media.boxes import BadBox
from vedette.media.note import NOTE_BYTES, FragmentNote
from vedette.media.scan import MAX_INIT_BYTES, fragment_size, init_size, read_fragment
from vedette.model.camera import StreamKey
from vedette.model.footage import FormatRow, Fragment, Segment, SegmentState
from vedette.record.ports import RecordCatalog
from vedette.record.retention import erase_hidden
from vedette.storage.paths import organisation_folder, parse_segment_path
from vedette.storage.ports import StoredFile, Volume
from vedette.storage.volumes import Volumes

_log = structlog.get_logger(__name__)
_LATEST_US = 1 << 59
_LOOK_BACK_US = 3600 * 1_000_000
_DAYS = 2


@dataclass(slots=True)
class RepairReport:
    """What repair found.

    Attributes:
        finished: Segments that a crash had left unfinished.
        adopted: Files without a row that hold footage.
        fragments: Rows added.
        cut_bytes: Bytes of torn fragments that were cut off.
        removed: Files without a single whole fragment.
        problems: What could not be mended, one sentence each.
    """

    finished: int = 0
    adopted: int = 0
    fragments: int = 0
    cut_bytes: int = 0
    removed: int = 0
    problems: list[str] = field(default_factory=list[str])


async def repair(
    organisation: str,
    volumes: Volumes,
    catalog: RecordCatalog,
    streams: Collection[StreamKey] | None = None,
) -> RepairReport:
    """Mend every volume that is there.

    Args:
        organisation: Whose footage.
        volumes: Open for writing.
        catalog: As the crash left it.
        streams: Only these, while other processes record others; None means all.
    """
    report = RepairReport()
    for entry in volumes.entries:
        if entry.volume is None:
            continue
        work = _VolumeRepair(organisation, entry.volume, volumes, catalog, report)
        try:
            await work.unfinished(streams)
            await work.strangers(streams)
        except StorageError as error:
            report.problems.append(str(error))
    for problem in report.problems:
        _log.error("record.repair_problem", organisation=organisation, problem=problem)
    if report.finished or report.adopted or report.removed:
        _log.warning(
            "record.repaired",
            organisation=organisation,
            finished=report.finished,
            adopted=report.adopted,
            fragments=report.fragments,
            cut_bytes=report.cut_bytes,
            removed=report.removed,
        )
    return report


@dataclass(frozen=True, slots=True)
class _VolumeRepair:
    organisation: str
    volume: Volume
    volumes: Volumes
    catalog: RecordCatalog
    report: RepairReport

    async def unfinished(self, streams: Collection[StreamKey] | None) -> None:
        """Finish what the catalogue knows to be unfinished."""
        segments = await self.catalog.unfinished(self.organisation, self.volume.id)
        mine = [one for one in segments if streams is None or one.stream in streams]
        erasing = [one for one in mine if one.state is SegmentState.ERASING]
        await erase_hidden(self.volumes, self.catalog, self.organisation, erasing)
        for segment in mine:
            if segment.state is SegmentState.WRITING:
                await self._finish(segment)

    async def _finish(self, segment: Segment) -> None:
        try:
            size = await self.volume.size(segment.path)
        except NotFound:
            self.report.problems.append(f"{segment.path} is gone; its rows are dropped")
            hidden = await self.catalog.condemn(self.organisation, [segment])
            await self.catalog.forget(self.organisation, hidden)
            return
        if size < segment.bytes:
            self.report.problems.append(
                f"{segment.path} has {size} of {segment.bytes} bytes; run vedette verify"
            )
        try:
            row = await self.catalog.format(self.organisation, segment.format_id)
        except NotFound:
            self.report.problems.append(f"the format of {segment.path} is unknown")
            return
        await self._commit(segment, row, size)
        self.report.finished += 1

    async def strangers(self, streams: Collection[StreamKey] | None) -> None:
        """Adopt young files that have no row, and remove those without a whole fragment."""
        newest = {
            usage.stream: usage.newest_us for usage in await self.catalog.usage(self.organisation)
        }
        for folder, stream in await self._stream_folders():
            if streams is not None and stream not in streams:
                continue
            from_us = max(0, (newest.get(stream) or 0) - _LOOK_BACK_US)
            rows = await self.catalog.segments(self.organisation, stream, from_us, _LATEST_US)
            known = {row.path for row in rows}
            for file in await self._young_files(folder):
                parsed = parse_segment_path(file.path)
                if parsed and parsed[1] >= from_us and file.path not in known:
                    await self._adopt(file, stream, parsed[1])

    async def _stream_folders(self) -> list[tuple[str, StreamKey]]:
        found: list[tuple[str, StreamKey]] = []
        top = organisation_folder(self.organisation)
        for camera in await self.volume.folders(top):
            for role in await self.volume.folders(f"{top}/{camera}"):
                folder = f"{top}/{camera}/{role}"
                parsed = parse_segment_path(f"{folder}/1970/01/01/000000-000000.mp4")
                if parsed is not None:
                    found.append((folder, parsed[0]))
        return found

    async def _young_files(self, folder: str) -> list[StoredFile]:
        """Files of the last two days that have any."""
        days: list[str] = []
        for year in reversed(await self.volume.folders(folder)):
            for month in reversed(await self.volume.folders(f"{folder}/{year}")):
                inside = await self.volume.folders(f"{folder}/{year}/{month}")
                days += [f"{folder}/{year}/{month}/{day}" for day in reversed(inside)]
                if len(days) >= _DAYS:
                    break
            if len(days) >= _DAYS:
                break
        files: list[StoredFile] = []
        for day in days[:_DAYS]:
            files += await self.volume.files(day)
        return files

    async def _adopt(self, file: StoredFile, stream: StreamKey, start_us: int) -> None:
        try:
            head = await self.volume.read(file.path, 0, MAX_INIT_BYTES)
            length = init_size(head)
            format_id = hashlib.sha256(head[:length]).hexdigest()[:32]
            row = await self.catalog.format(self.organisation, format_id)
        except BadBox:
            await self._remove(file)
            return
        except NotFound:
            self.report.problems.append(
                f"{file.path} has no row and an unknown format; it is left as it is"
            )
            return
        segment = Segment(
            stream=stream,
            start_us=start_us,
            end_us=start_us,
            run="",
            volume=self.volume.id,
            path=file.path,
            format_id=row.id,
            bytes=length,
            frames=0,
            lost_frames=0,
        )
        if await self._commit(segment, row, file.bytes):
            self.report.adopted += 1
        else:
            await self._remove(file)

    async def _remove(self, file: StoredFile) -> None:
        _log.warning("record.stump_removed", path=file.path, bytes=file.bytes)
        await self.volume.erase([file.path])
        self.report.removed += 1

    async def _commit(self, segment: Segment, row: FormatRow, size: int) -> bool:
        """Finish a segment with every whole fragment beyond its known bytes.

        Returns:
            Whether it holds any footage.
        """
        fragments = await self._tail(segment, row)
        end = fragments[-1].offset + fragments[-1].size if fragments else segment.bytes
        if size > end:
            self.report.cut_bytes += size - end
        if fragments or size > end:
            # Cutting also syncs: rows may only speak of bytes that are safe on disk.
            await self.volume.truncate(segment.path, end)
        if not fragments and segment.frames == 0:
            return False
        last = fragments[-1] if fragments else None
        finished = replace(
            segment,
            end_us=last.start_us + last.duration_us if last else segment.end_us,
            run=segment.run or (await self._run_of(segment, fragments)),
            bytes=end,
            frames=segment.frames + sum(one.frames for one in fragments),
            lost_frames=segment.lost_frames + sum(one.lost_frames for one in fragments),
            state=SegmentState.FINISHED,
        )
        batch = FootageBatch((row,), (finished,), tuple(fragments))
        await self.catalog.commit(self.organisation, batch)
        self.report.fragments += len(fragments)
        return True

    async def _run_of(self, segment: Segment, fragments: list[Fragment]) -> str:
        head = await self.volume.read(segment.path, fragments[0].offset, NOTE_BYTES)
        return FragmentNote.decode(head).run

    async def _tail(self, segment: Segment, row: FormatRow) -> list[Fragment]:
        nal_lengths = row.video_codec.startswith(("avc", "hvc", "hev"))
        found: list[Fragment] = []
        offset = segment.bytes
        while True:
            try:
                head = await self.volume.read(segment.path, offset, NOTE_BYTES)
                data = await self.volume.read(segment.path, offset, fragment_size(head))
                scanned = read_fragment(data, nal_lengths=nal_lengths)
            except BadBox:
                return found
            note = scanned.note
            found.append(
                Fragment(
                    stream=segment.stream,
                    start_us=note.start_us,
                    duration_us=note.duration_us,
                    segment_start_us=segment.start_us,
                    offset=offset,
                    size=note.size,
                    video_size=note.video_size,
                    media_start=note.media_start,
                    media_duration=scanned.media_duration,
                    frames=scanned.frames,
                    lost_frames=note.lost_frames,
                    lost_packets=note.lost_packets,
                    key=scanned.key,
                    sha256=scanned.sha256,
                )
            )
            offset += note.size
