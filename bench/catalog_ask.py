"""Questions to a full catalogue, random over its whole time, each asked many times."""

import random
from dataclasses import dataclass

from sqlalchemy import text

from bench.catalog_fill import (
    FIRST_US,
    FRAGMENT_US,
    ORGANISATION,
    SEGMENT_US,
    S,
    Scale,
    some_fragment,
    some_segment,
    stream,
)
from bench.databases import Taken, quantile, time_asking
from vedette.catalog.ports import FootageBatch
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.model.footage import Gap, SegmentState
from vedette.model.packet import GapReason


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times in milliseconds.

    Attributes:
        database: ``sqlite`` or ``postgresql``.
        question: What was asked.
        answers: Mean number of rows or spans that came back.
        p50_ms: Through ``SqlCatalog``, with everything that the answer needs.
        p95_ms: Likewise.
        cpu_ms: Mean CPU time of this process per question, which a busy machine does not change;
            PostgreSQL's own is not in it.
        rows_p50_ms: Only the rows of the segments, by the same statement as the peer's.
        rows_p95_ms: Likewise.
        peer_p50_ms: The same rows from a table in order of arrival.
        peer_p95_ms: Likewise.
    """

    database: str
    question: str
    answers: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    rows_p50_ms: float | None = None
    rows_p95_ms: float | None = None
    peer_p50_ms: float | None = None
    peer_p95_ms: float | None = None


class Questions:
    """Asks random questions over the whole time, the same ones of ours and of the peer."""

    def __init__(self, database: Database, scale: Scale, *, with_peer: bool) -> None:
        self._database = database
        self._catalog = SqlCatalog(database)
        self._scale = scale
        self._with_peer = with_peer
        self._random = random.Random(1)  # noqa: S311  the same questions in every run

    def _place(self, length_us: int) -> tuple[int, int]:
        length_us = min(length_us, (self._scale.end_us - FIRST_US) // 2)
        start_us = self._random.randrange(FIRST_US, self._scale.end_us - length_us)
        return start_us, start_us + length_us

    def _cameras(self, count: int) -> list[int]:
        return self._random.sample(range(self._scale.cameras), count)

    async def footage(self, name: str, length_us: int, cameras: int = 1) -> Row:
        """Spans, gaps and clock steps, as a timeline asks."""

        async def ask() -> int:
            start_us, end_us = self._place(length_us)
            keys = [stream(n) for n in self._cameras(cameras)]
            found = await self._catalog.footage(ORGANISATION, keys, start_us, end_us)
            return sum(len(each.spans) + len(each.gaps) for each in found)

        async def ask_rows(table: str) -> int:
            start_us, end_us = self._place(length_us)
            numbers = ", ".join(str(n + 1) for n in self._cameras(cameras))
            question = text(
                f"SELECT stream, start_us, end_us, lost_frames FROM {table} "  # noqa: S608  ours
                f"WHERE stream IN ({numbers}) AND start_us >= {start_us - SEGMENT_US} "
                f"AND start_us < {end_us} AND end_us > {start_us} ORDER BY stream, start_us"
            )
            return len(await self._database.read(lambda at: at.execute(question).all()))

        times = self._scale.questions
        whole = await time_asking(times, ask)
        if not self._with_peer:
            return self._row(name, whole)
        rows = await time_asking(times, lambda: ask_rows("segment"))
        return self._row(name, whole, rows, await time_asking(times, lambda: ask_rows("peer")))

    async def segments(self, name: str, length_us: int) -> Row:
        """Rows of segments, as a playlist asks."""

        async def ask() -> int:
            start_us, end_us = self._place(length_us)
            [key] = [stream(n) for n in self._cameras(1)]
            return len(await self._catalog.segments(ORGANISATION, key, start_us, end_us))

        return self._row(name, await time_asking(self._scale.questions, ask))

    async def fragments(self, name: str, length_us: int) -> Row:
        """Rows of fragments in the last hours, as replay asks."""
        room_us = int(self._scale.fragment_hours * 3600 * S) - 2 * length_us

        async def ask() -> int:
            start_us = self._scale.end_us - length_us - self._random.randrange(room_us)
            [key] = [stream(n) for n in self._cameras(1)]
            found = await self._catalog.fragments(ORGANISATION, key, start_us, start_us + length_us)
            return len(found)

        return self._row(name, await time_asking(self._scale.questions, ask))

    async def oldest(self, name: str) -> Row:
        """What retention looks for."""

        async def ask() -> int:
            found = await self._catalog.oldest(ORGANISATION, volume="bench", stream=None, limit=100)
            return len(found)

        return self._row(name, await time_asking(self._scale.questions, ask))

    async def commits(self, name: str, cameras: int) -> Row:
        """A fragment and the growing segment of each camera, as the recorder does, durable."""
        turn = iter(range(10**9))

        async def ask() -> int:
            n = next(turn)
            segment_us = self._scale.end_us + 600 * S + n // 30 * SEGMENT_US
            keys = [stream(camera) for camera in range(cameras)]
            state = SegmentState.FINISHED if n % 30 == 29 else SegmentState.WRITING
            grown = {"end_us": segment_us + (n % 30 + 1) * FRAGMENT_US, "state": state}
            batch = FootageBatch(
                segments=tuple(some_segment(key, segment_us, **grown) for key in keys),
                fragments=tuple(some_fragment(key, segment_us, n % 30) for key in keys),
            )
            await self._catalog.commit(ORGANISATION, batch)
            return 2 * cameras

        return self._row(name, await time_asking(self._scale.questions, ask))

    async def gaps(self, name: str, opened: int) -> Row:
        """Gaps of a day while a flapping camera has thousands of them and one of a month."""
        key = stream(0)
        month = Gap(key, FIRST_US, FIRST_US + 30 * 86_400 * S, GapReason.REFUSED, "")
        flapping = tuple(
            Gap(
                key, FIRST_US + n * 31 * S + 1, FIRST_US + n * 31 * S + 9 * S, GapReason.STALLED, ""
            )
            for n in range(1, opened)
        )
        await self._catalog.commit(ORGANISATION, FootageBatch(gaps=(month, *flapping)))

        async def ask() -> int:
            start_us = FIRST_US + self._random.randrange(opened * 31 * S)
            found = await self._catalog.footage(ORGANISATION, [key], start_us, start_us + 600 * S)
            return len(found[0].gaps)

        return self._row(name, await time_asking(self._scale.questions, ask))

    def _row(
        self, name: str, whole: Taken, rows: Taken | None = None, peer: Taken | None = None
    ) -> Row:
        return Row(
            database=self._database.dialect,
            question=name,
            answers=round(whole.answers, 1),
            p50_ms=quantile(whole, 0.5),
            p95_ms=quantile(whole, 0.95),
            cpu_ms=round(whole.cpu_ms, 3),
            rows_p50_ms=quantile(rows, 0.5) if rows else None,
            rows_p95_ms=quantile(rows, 0.95) if rows else None,
            peer_p50_ms=quantile(peer, 0.5) if peer else None,
            peer_p95_ms=quantile(peer, 0.95) if peer else None,
        )
