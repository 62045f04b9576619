"""What the catalogue promises: which segments exist, which fragments they hold, what is missing.

Every method takes the organisation first and sees nothing of any other. One implementation
(``catalog.store.SqlCatalog``) serves SQLite and PostgreSQL; the ports are split by who needs what.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vedette.model.camera import StreamKey
from vedette.model.footage import (
    ClockStep,
    FormatRow,
    Fragment,
    Gap,
    LossMinute,
    Segment,
    Span,
)


@dataclass(frozen=True, slots=True)
class FootageBatch:
    """Rows that become visible together; only footage that is safe on disk may be in it.

    Attributes:
        formats: Inserted when new.
        segments: Inserted, or updated by ``(stream, start_us)``.
        fragments: Inserted; one that exists already must be equal.
        gaps: Inserted, or updated by ``(stream, start_us)``; a gap with ``end_us <= start_us`` is
            removed.
        clock_steps: Inserted.
    """

    formats: tuple[FormatRow, ...] = ()
    segments: tuple[Segment, ...] = ()
    fragments: tuple[Fragment, ...] = ()
    gaps: tuple[Gap, ...] = ()
    clock_steps: tuple[ClockStep, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamUsage:
    """What a stream holds, from counters kept in the same transaction as the rows."""

    stream: StreamKey
    bytes: int
    protected_bytes: int
    segments: int
    oldest_us: int | None
    newest_us: int | None


@dataclass(frozen=True, slots=True)
class Footage:
    """Answer to: which footage of this stream is there between two instants, with gaps.

    Attributes:
        spans: In order, without overlap, clipped to the question.
        gaps: In order, clipped to the question; an open gap ends at the question's end.
        clock_steps: Within the question.
    """

    stream: StreamKey
    spans: tuple[Span, ...] = ()
    gaps: tuple[Gap, ...] = ()
    clock_steps: tuple[ClockStep, ...] = field(default=())


class FootageWriter(Protocol):
    """What record needs."""

    async def commit(self, organisation: str, batch: FootageBatch) -> None:
        """Make the batch visible in one transaction, durable when this returns.

        Raises:
            BadRequest: A row belongs to another organisation.
        """
        ...

    async def open_gaps(self, organisation: str) -> list[Gap]:
        """Gaps without an end."""
        ...


class FootageIndex(Protocol):
    """What playback, the API and the command line need. Ranges exclude their end."""

    async def footage(
        self,
        organisation: str,
        streams: Sequence[StreamKey],
        start_us: int,
        end_us: int,
        *,
        resolution_us: int = 0,
    ) -> list[Footage]:
        """Spans, gaps and clock steps, one answer per stream, in the order asked.

        Segments less than 1 ms apart join into one span, and with a resolution those less than
        that apart; of shorter gaps only some are told then (``catalog.spans.thin_gaps``). Streams
        of other organisations give empty answers.
        """
        ...

    async def days(
        self, organisation: str, stream: StreamKey, bounds_us: Sequence[int]
    ) -> list[int]:
        """Between which bounds there is footage; one seek for each, however much there is.

        Args:
            organisation: Whose footage.
            stream: Of which camera.
            bounds_us: Ascending, 2 to 400.

        Returns:
            Ascending positions: 0 is between the first bound and the second.
        """
        ...

    async def segments(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int, limit: int = 10_000
    ) -> list[Segment]:
        """Segments that overlap the range and are not being erased, oldest first."""
        ...

    async def fragments(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int, limit: int = 10_000
    ) -> list[Fragment]:
        """Fragments that overlap the range, oldest first."""
        ...

    async def segment(self, organisation: str, stream: StreamKey, start_us: int) -> Segment:
        """One segment by its start.

        Raises:
            NotFound: There is none, or it is being erased.
        """
        ...

    async def format(self, organisation: str, format_id: str) -> FormatRow:
        """A stored format.

        Raises:
            NotFound: There is none.
        """
        ...


class FootageCare(Protocol):
    """What repair and retention need."""

    async def unfinished(self, organisation: str, volume: str) -> list[Segment]:
        """Segments in state WRITING or ERASING on a volume."""
        ...

    async def oldest(
        self, organisation: str, *, volume: str | None, stream: StreamKey | None, limit: int
    ) -> list[Segment]:
        """The oldest finished segments that are not protected, oldest first."""
        ...

    async def usage(self, organisation: str) -> list[StreamUsage]:
        """Counters of every stream that holds footage."""
        ...

    async def condemn(self, organisation: str, segments: Sequence[Segment]) -> list[Segment]:
        """Hide segments and their fragments before their files are erased.

        Returns:
            Those that were condemned; protected ones are left out.
        """
        ...

    async def forget(self, organisation: str, segments: Sequence[Segment]) -> None:
        """Drop the rows of condemned segments whose files are gone."""
        ...


class LossBook(Protocol):
    """The account of what came and what did not."""

    async def add_minutes(self, organisation: str, minutes: Sequence[LossMinute]) -> None:
        """Insert, or replace by ``(stream, minute_us)``."""
        ...

    async def minutes(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int
    ) -> list[LossMinute]:
        """Minutes that begin in the range, oldest first."""
        ...

    async def forget_before(self, organisation: str, before_us: int) -> None:
        """Drop minutes, closed gaps and clock steps that ended before an instant."""
        ...
