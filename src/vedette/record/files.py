"""The files of one stream: begun, cut, finished, and moved to another volume when one fails."""

from collections import Counter
from collections.abc import Sequence

import structlog

from vedette.base.errors import StorageError
from vedette.base.units import US_PER_S
from vedette.model.camera import StreamKey
from vedette.model.footage import Fragment
from vedette.model.packet import GapReason
from vedette.record.around import Surroundings
from vedette.record.decide import cut_due, segment_phase_us
from vedette.record.gaps import GapKeeper
from vedette.record.group import Group
from vedette.record.segment import OpenSegment, RunFacts

_log = structlog.get_logger(__name__)
_MOST_ATTEMPTS = 3


class StreamFiles:
    """Writes the groups of one stream, and says for each one that it cannot write why.

    Args:
        stream: Whose footage.
        around: Shared with the other streams.
        gaps: Of the stream.
    """

    def __init__(self, stream: StreamKey, around: Surroundings, gaps: GapKeeper) -> None:
        self._stream = stream
        self._around = around
        self._gaps = gaps
        self._segment_us = int(around.settings.segment_s * US_PER_S)
        self._phase_us = segment_phase_us(stream, self._segment_us)
        self._segment: OpenSegment | None = None
        self._flying_bytes = 0
        self._need_key = True
        self.paused = ""
        self.dropped_groups: Counter[GapReason] = Counter()

    @property
    def growing(self) -> bool:
        """Whether a file is open."""
        return self._segment is not None

    def write(self, facts: RunFacts, group: Group) -> None:
        """Append a group to the open file, or begin one; drop it when that cannot be."""
        if self._need_key and not group.key:
            if self._gaps.reason is None:
                self._drop(group, GapReason.STORAGE, "the beginning of this picture group is lost")
            return
        around, settings = self._around, self._around.settings
        if self.paused:
            self.finish()
            self._drop(group, GapReason.STORAGE, self.paused)
            return
        if (
            self._flying_bytes + group.size > settings.stream_buffer_bytes
            or around.budget.bytes + group.size > around.budget.most_bytes
            or around.ledger.overfull
        ):
            self._drop(group, GapReason.OVERRUN, "the disk or the machine is too slow")
            return
        segment = self._segment
        if (
            segment is not None
            and group.key
            and cut_due(segment.start_us, group.start_us, self._segment_us, self._phase_us)
        ):
            self.finish()
            segment = None
        if segment is None:
            segment = self._segment = self._begin(facts, group)
            if segment is None:
                self._drop(group, GapReason.STORAGE, "no volume has room; free space or add one")
                return
        self._need_key = False
        self._gaps.close(group.start_us)
        self._append(segment, group)

    def finish(self) -> None:
        """End the open file; the next group must be a key one and begins another."""
        segment, self._segment = self._segment, None
        self._need_key = True
        if segment is not None:
            segment.close()
            self._settle(segment)

    def _begin(self, facts: RunFacts, group: Group) -> OpenSegment | None:
        seconds = max(1.0, group.duration_us / US_PER_S)
        expected = int(group.size / seconds * self._around.settings.segment_s)
        seed = f"{self._stream.camera}/{self._stream.role}/{group.start_us}"
        volume = self._around.volumes.choose(seed, expected)
        return OpenSegment(facts, volume, group, self._answered) if volume else None

    def _append(self, segment: OpenSegment, group: Group) -> None:
        flying = segment.append(group)
        self._flying_bytes += flying
        self._around.budget.bytes += flying

    def _settle(self, segment: OpenSegment) -> None:
        """Say that a file is finished, once nothing of it is on its way any more."""
        if segment.closing and segment.settled and segment.durable:
            self._around.ledger.add_segment(segment.row())

    def _drop(self, group: Group, reason: GapReason, detail: str) -> None:
        self._need_key = True
        self.dropped_groups[reason] += 1
        if self._gaps.reason is not reason:
            _log.error(
                "record.footage_dropped",
                camera=self._stream.camera,
                role=self._stream.role,
                reason=reason,
                detail=detail,
            )
        self._gaps.open(group.start_us, reason, detail)

    def _answered(
        self, segment: OpenSegment, size: int, answer: Fragment | StorageError | None
    ) -> None:
        self._flying_bytes -= size
        self._around.budget.bytes -= size
        if isinstance(answer, Fragment):
            self._gaps.settle(answer.start_us)
            self._around.ledger.add_fragment(answer, segment.row())
        elif answer is not None:
            self._failed(segment, answer)

    def _failed(self, segment: OpenSegment, error: StorageError) -> None:
        """A file cannot grow: write what is not safe to another volume, in its order."""
        groups = segment.give_up()
        segment.volume.close_file(segment.path)
        if segment.durable:
            self._around.ledger.add_segment(segment.row())
        self._around.refused(segment.volume.id, error)
        again = self._rewrite(segment.facts, groups, error)
        if self._segment is segment:
            # The file goes on elsewhere; without one, the next key frame tries anew.
            self._segment, self._need_key = again, again is None
        elif again is not None:
            again.close()
            self._settle(again)

    def _rewrite(
        self, facts: RunFacts, groups: Sequence[Group], error: StorageError
    ) -> OpenSegment | None:
        """Hand groups that a volume refused to another one.

        Returns:
            The file that the last group went into; None when it is lost.
        """
        again: OpenSegment | None = None
        for group in groups:
            if again is None and group.key and group.attempts < _MOST_ATTEMPTS:
                again = self._begin(facts, group)
            if again is not None:
                self._append(again, group)
                continue
            self.dropped_groups[GapReason.STORAGE] += 1
            _log.error(
                "record.footage_lost",
                camera=self._stream.camera,
                role=self._stream.role,
                start_us=group.start_us,
                end_us=group.end_us,
                problem=str(error),
            )
            self._gaps.lost(group.start_us, group.end_us, GapReason.STORAGE, str(error))
        return again
