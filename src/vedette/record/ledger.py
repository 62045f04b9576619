"""Gathers the rows of durable footage and commits them together."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Conflict
from vedette.bus import Bus
from vedette.bus.topics import FOOTAGE_GREW, FootageGrew
from vedette.catalog.ports import FootageBatch, FootageWriter
from vedette.model.camera import StreamKey
from vedette.model.footage import ClockStep, FormatRow, Fragment, Gap, Segment

_log = structlog.get_logger(__name__)
_MOST_ROWS = 200_000
_MOST_REFUSALS = 5
_LONGEST_PAUSE_S = 10.0


@dataclass(slots=True)
class _Rows:
    """What waits for the next commit of one organisation."""

    formats: dict[str, FormatRow] = field(default_factory=dict[str, FormatRow])
    segments: dict[tuple[StreamKey, int], Segment] = field(
        default_factory=dict[tuple[StreamKey, int], Segment]
    )
    fragments: list[Fragment] = field(default_factory=list[Fragment])
    gaps: dict[tuple[StreamKey, int], Gap] = field(default_factory=dict[tuple[StreamKey, int], Gap])
    steps: list[ClockStep] = field(default_factory=list[ClockStep])

    def batch(self, stream: StreamKey | None = None) -> FootageBatch:
        """All rows, or those of one stream; the formats always."""

        def mine(row: Segment | Fragment | Gap | ClockStep) -> bool:
            return stream is None or row.stream == stream

        return FootageBatch(
            formats=tuple(self.formats.values()),
            segments=tuple(filter(mine, self.segments.values())),
            fragments=tuple(filter(mine, self.fragments)),
            gaps=tuple(filter(mine, self.gaps.values())),
            clock_steps=tuple(filter(mine, self.steps)),
        )

    def streams(self) -> set[StreamKey]:
        """Every stream with a row."""
        rows = (*self.segments.values(), *self.fragments, *self.gaps.values(), *self.steps)
        return {row.stream for row in rows}

    def count(self) -> int:
        """Rows that grow with footage."""
        return len(self.fragments) + len(self.gaps) + len(self.segments)


class Ledger:
    """Rows on their way to the catalogue.

    Rows wait while the catalogue cannot be reached; the files are complete without them, and
    repair finds them again if Vedette ends before.
    """

    def __init__(self, catalog: FootageWriter, bus: Bus, clock: Clock, commit_s: float) -> None:
        self._catalog = catalog
        self._bus = bus
        self._clock = clock
        self._commit_s = commit_s
        self._rows: defaultdict[str, _Rows] = defaultdict(_Rows)
        self._failures = 0
        self._committing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def overfull(self) -> bool:
        """Whether so many rows wait that no more footage should be taken."""
        return self._failures > 0 and sum(r.count() for r in self._rows.values()) > _MOST_ROWS

    def add_format(self, organisation: str, row: FormatRow) -> None:
        """A format that files are about to begin with."""
        self._rows[organisation].formats[row.id] = row

    def add_segment(self, segment: Segment) -> None:
        """A segment as it stands on disk now."""
        self._rows[segment.stream.organisation].segments[segment.stream, segment.start_us] = segment

    def add_fragment(self, fragment: Fragment, segment: Segment) -> None:
        """A durable fragment, and its segment with it."""
        rows = self._rows[fragment.stream.organisation]
        rows.fragments.append(fragment)
        rows.segments[segment.stream, segment.start_us] = segment

    def add_gap(self, gap: Gap) -> None:
        """A gap that was opened, widened or closed."""
        self._rows[gap.stream.organisation].gaps[gap.stream, gap.start_us] = gap

    def add_step(self, step: ClockStep) -> None:
        """A step of the wall clock."""
        self._rows[step.stream.organisation].steps.append(step)

    def start(self) -> None:
        """Begin to commit by itself."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop committing by itself, and commit what waits; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            async with self._committing:  # never in the middle of a commit
                task.cancel()
            await asyncio.wait([task])
        if not await self.commit():
            _log.error("record.rows_left", detail="repair will find the footage again")

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(min(_LONGEST_PAUSE_S, self._commit_s * 2**self._failures))
            await self.commit()

    async def commit(self) -> bool:
        """Commit what waits.

        Returns:
            Whether nothing is left waiting.
        """
        async with self._committing:
            taken, self._rows = self._rows, defaultdict(_Rows)
            for organisation, rows in taken.items():
                if not await self._commit_rows(organisation, rows):
                    self._put_back(organisation, rows)
            if not self._rows:
                self._failures = 0
            return not self._rows

    async def _commit_rows(self, organisation: str, rows: _Rows) -> bool:
        batch = rows.batch()
        try:
            await self._catalog.commit(organisation, batch)
        except (BadRequest, Conflict) as error:
            _log.error("record.rows_refused", organisation=organisation, problem=str(error))
            return await self._commit_apart(organisation, rows)
        except Exception as error:  # noqa: BLE001  any database error; the rows must survive it
            self._failures = min(self._failures + 1, 10)
            _log.error("record.commit_failed", problem=f"{type(error).__name__}: {error}")
            return False
        self._announce(batch)
        return True

    async def _commit_apart(self, organisation: str, rows: _Rows) -> bool:
        """One stream at a time, so that a refused row costs only its own stream's rows.

        Returns:
            False when no stream came through, which is the database's trouble, not the rows'.
        """
        streams, refused = rows.streams(), list[tuple[FootageBatch, Exception]]()
        for stream in streams:
            batch = rows.batch(stream)
            try:
                await self._catalog.commit(organisation, batch)
            except Exception as error:  # noqa: BLE001  the other streams' rows must get through
                refused.append((batch, error))
            else:
                self._announce(batch)
        if len(refused) == len(streams) and not any(
            isinstance(error, BadRequest) for _, error in refused
        ):
            self._failures = min(self._failures + 1, 10)
            return self._failures > _MOST_REFUSALS
        for batch, error in refused:
            _log.error(
                "record.rows_lost",
                fragments=[(row.stream.camera, row.start_us) for row in batch.fragments],
                problem=f"{type(error).__name__}: {error}",
            )
        return True

    def _announce(self, batch: FootageBatch) -> None:
        grown: dict[StreamKey, tuple[int, int]] = {}
        for row in batch.fragments:
            start_us, end_us = row.start_us, row.start_us + row.duration_us
            known = grown.get(row.stream, (start_us, end_us))
            grown[row.stream] = min(known[0], start_us), max(known[1], end_us)
        for stream, (start_us, end_us) in grown.items():
            self._bus.publish(FOOTAGE_GREW, FootageGrew(stream, start_us, end_us))

    def _put_back(self, organisation: str, rows: _Rows) -> None:
        newer = self._rows[organisation]
        newer.formats = {**rows.formats, **newer.formats}
        newer.segments = {**rows.segments, **newer.segments}
        newer.gaps = {**rows.gaps, **newer.gaps}
        newer.fragments = rows.fragments + newer.fragments
        newer.steps = rows.steps + newer.steps
