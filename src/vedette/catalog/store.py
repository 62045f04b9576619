"""The catalogue over SQLite or PostgreSQL: every port of ``catalog.ports`` in one class."""

from collections.abc import Sequence

from vedette.catalog import care, loss, reading, writing
from vedette.catalog.ports import Footage, FootageBatch, StreamUsage
from vedette.db.engine import Database
from vedette.model.camera import StreamKey
from vedette.model.footage import FormatRow, Fragment, Gap, LossMinute, Segment


class SqlCatalog:
    """Implements FootageWriter, FootageIndex, FootageCare and LossBook; see there.

    Every call is one transaction in a thread of ``database``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, organisation: str, batch: FootageBatch) -> None:
        """See FootageWriter.commit."""
        await self._database.write(lambda at: writing.commit(at, organisation, batch))

    async def open_gaps(self, organisation: str) -> list[Gap]:
        """See FootageWriter.open_gaps."""
        return await self._database.read(lambda at: writing.open_gaps(at, organisation))

    async def footage(
        self,
        organisation: str,
        streams: Sequence[StreamKey],
        start_us: int,
        end_us: int,
        *,
        resolution_us: int = 0,
    ) -> list[Footage]:
        """See FootageIndex.footage."""
        return await self._database.read(
            lambda at: reading.footage(
                at, organisation, streams, start_us, end_us, resolution_us=resolution_us
            )
        )

    async def days(
        self, organisation: str, stream: StreamKey, bounds_us: Sequence[int]
    ) -> list[int]:
        """See FootageIndex.days."""
        return await self._database.read(
            lambda at: reading.days(at, organisation, stream, bounds_us)
        )

    async def segments(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int, limit: int = 10_000
    ) -> list[Segment]:
        """See FootageIndex.segments."""
        return await self._database.read(
            lambda at: reading.segments(at, organisation, stream, start_us, end_us, limit=limit)
        )

    async def fragments(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int, limit: int = 10_000
    ) -> list[Fragment]:
        """See FootageIndex.fragments."""
        return await self._database.read(
            lambda at: reading.fragments(at, organisation, stream, start_us, end_us, limit=limit)
        )

    async def segment(self, organisation: str, stream: StreamKey, start_us: int) -> Segment:
        """See FootageIndex.segment."""
        return await self._database.read(
            lambda at: reading.segment(at, organisation, stream, start_us)
        )

    async def format(self, organisation: str, format_id: str) -> FormatRow:
        """See FootageIndex.format."""
        return await self._database.read(lambda at: reading.format_(at, organisation, format_id))

    async def unfinished(self, organisation: str, volume: str) -> list[Segment]:
        """See FootageCare.unfinished."""
        return await self._database.read(lambda at: care.unfinished(at, organisation, volume))

    async def oldest(
        self, organisation: str, *, volume: str | None, stream: StreamKey | None, limit: int
    ) -> list[Segment]:
        """See FootageCare.oldest."""
        return await self._database.read(
            lambda at: care.oldest(at, organisation, volume, stream, limit)
        )

    async def usage(self, organisation: str) -> list[StreamUsage]:
        """See FootageCare.usage."""
        return await self._database.read(lambda at: care.usage(at, organisation))

    async def condemn(self, organisation: str, segments: Sequence[Segment]) -> list[Segment]:
        """See FootageCare.condemn."""
        return await self._database.write(lambda at: care.condemn(at, organisation, segments))

    async def forget(self, organisation: str, segments: Sequence[Segment]) -> None:
        """See FootageCare.forget."""
        await self._database.write(lambda at: care.forget(at, organisation, segments))

    async def add_minutes(self, organisation: str, minutes: Sequence[LossMinute]) -> None:
        """See LossBook.add_minutes."""
        await self._database.write(lambda at: loss.add_minutes(at, organisation, minutes))

    async def minutes(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int
    ) -> list[LossMinute]:
        """See LossBook.minutes."""
        return await self._database.read(
            lambda at: loss.minutes(at, organisation, stream, start_us, end_us)
        )

    async def forget_before(self, organisation: str, before_us: int) -> None:
        """See LossBook.forget_before."""
        streams = await self._database.read(lambda at: loss.stream_numbers(at, organisation))
        for stream in streams:
            await self._database.write(
                lambda at, stream=stream: loss.forget_before(at, stream, before_us)
            )
