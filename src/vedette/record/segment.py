"""One file being written: what was handed to the volume, and what is known to be safe."""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from vedette.base.errors import StorageError
from vedette.media.fmp4 import init_segment
from vedette.model.camera import StreamKey
from vedette.model.footage import FormatRow, Fragment, Segment, SegmentState
from vedette.model.packet import StreamFormat
from vedette.record.group import EncodedGroup, Group, encode, origin_of
from vedette.storage.paths import segment_path
from vedette.storage.ports import Append, Appended, Volume


def format_row(stream_format: StreamFormat) -> FormatRow:
    """The row of a format, with the bytes that its files begin with.

    Raises:
        SourceUnsupported: MP4 cannot hold it.
    """
    init = init_segment(stream_format)
    video, audio = stream_format.video, stream_format.audio
    return FormatRow(
        id=hashlib.sha256(init).hexdigest()[:32],
        init=init,
        video_codec=video.codec_string,
        audio_codec=audio.codec_string if audio else "",
        width=video.width,
        height=video.height,
        video_timescale=video.timescale,
    )


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What every file of a run shares."""

    stream: StreamKey
    run: str
    format: StreamFormat
    row: FormatRow


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    group: Group
    encoded: EncodedGroup
    offset: int


class OpenSegment:
    """A file that grows by one fragment at a time.

    Args:
        facts: Of the run.
        volume: Where the file lies.
        first: The group that it begins with; not yet appended.
        answered: Called for each appended group: this segment, the bytes that are no longer on
            their way, and its row, or the error, or None once the segment was given up.
    """

    def __init__(
        self,
        facts: RunFacts,
        volume: Volume,
        first: Group,
        answered: Callable[["OpenSegment", int, Fragment | StorageError | None], None],
    ) -> None:
        self.facts = facts
        self.volume = volume
        self.start_us = first.start_us
        self.path = segment_path(facts.stream, first.start_us)
        self.closing = False
        self.failed = False
        self._origin = origin_of(first, facts.format)
        self._answered = answered
        self._pending: deque[_Pending] = deque()
        self._sequence = 1
        self._length = 0
        self._durable_bytes = 0
        self._end_us = first.start_us
        self._frames = 0
        self._lost_frames = 0

    @property
    def settled(self) -> bool:
        """Whether nothing is on its way to the disk."""
        return not self._pending

    @property
    def durable(self) -> bool:
        """Whether anything of it is safe on disk."""
        return self._durable_bytes > 0

    def append(self, group: Group) -> int:
        """Hand a group to the volume; ``answered`` tells how it ended.

        Returns:
            Bytes on their way to the disk by it.
        """
        facts = self.facts
        encoded = encode(group, facts.format, self._origin, self._sequence, facts.run)
        self._sequence += 2
        parts, size, offset = encoded.parts, encoded.size, self._length
        if offset == 0:
            init = facts.row.init
            parts, size = [init, *parts], size + len(init)
        append = Append(
            path=self.path,
            offset=offset,
            parts=parts,
            size=size,
            done=self._done,
            hashed_from=0 if offset else 1,
        )
        self._length += size
        group.attempts += 1
        self._pending.append(_Pending(group, encoded, self._length - encoded.size))
        self.volume.append(append)
        return size

    def close(self) -> None:
        """No more groups come."""
        self.closing = True
        self.volume.close_file(self.path)

    def give_up(self) -> list[Group]:
        """After a failure: every group that is not safe, in order; their answers no longer count.

        The volume fails every later append to a file of which one failed.
        """
        self.failed = True
        groups = [pending.group for pending in self._pending]
        self._pending.clear()
        return groups

    def row(self) -> Segment:
        """The segment as far as it is safe on disk."""
        finished = self.failed or (self.closing and not self._pending)
        return Segment(
            stream=self.facts.stream,
            start_us=self.start_us,
            end_us=self._end_us,
            run=self.facts.run,
            volume=self.volume.id,
            path=self.path,
            format_id=self.facts.row.id,
            bytes=self._durable_bytes,
            frames=self._frames,
            lost_frames=self._lost_frames,
            state=SegmentState.FINISHED if finished else SegmentState.WRITING,
        )

    def _done(self, append: Append, answer: Appended) -> None:
        if self.failed:
            self._answered(self, append.size, None)
            return
        if answer.error is not None:
            self._answered(self, append.size, answer.error)
            return
        pending = self._pending.popleft()
        group = pending.group
        encoded = pending.encoded
        self._durable_bytes = append.offset + append.size
        self._end_us = group.end_us
        self._frames += len(group.video)
        self._lost_frames += group.lost_frames
        fragment = Fragment(
            stream=self.facts.stream,
            start_us=group.start_us,
            duration_us=group.duration_us,
            segment_start_us=self.start_us,
            offset=pending.offset,
            size=encoded.size,
            video_size=encoded.video_size,
            media_start=encoded.media_start,
            media_duration=encoded.media_duration,
            frames=len(group.video),
            lost_frames=group.lost_frames,
            lost_packets=group.lost_packets,
            key=group.key,
            sha256=answer.sha256,
        )
        self._answered(self, append.size, fragment)
