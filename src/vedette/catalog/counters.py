"""The counters of a stream, changed in the same transaction as the rows that they count."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from vedette.catalog.rows import StreamRow
from vedette.db import schema

_SAVE = (
    update(schema.stream)
    .where(schema.stream.c.number == bindparam("stream_number"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "bytes",
                "protected_bytes",
                "segments",
                "oldest_us",
                "newest_us",
                "longest_segment_us",
                "longest_fragment_us",
            )
        }
    )
)


@dataclass(slots=True)
class Tally:
    """What a transaction changes about one stream; ``stream`` is locked meanwhile.

    Attributes:
        stream: As it was when the transaction began.
        edges_stale: Whether the oldest and newest instant must be looked up again, because
            footage went or became shorter.
    """

    stream: StreamRow
    bytes: int = 0
    protected_bytes: int = 0
    segments: int = 0
    oldest_us: int | None = None
    newest_us: int | None = None
    longest_segment_us: int = 0
    longest_fragment_us: int = 0
    edges_stale: bool = False

    def appears(self, row: dict[str, Any]) -> None:
        """A segment is there now, as this row of ``segment``."""
        self.bytes += row["bytes"]
        self.protected_bytes += row["bytes"] if row["protected"] else 0
        self.segments += 1
        start_us, end_us = row["start_us"], row["end_us"]
        self.oldest_us = start_us if self.oldest_us is None else min(self.oldest_us, start_us)
        self.newest_us = end_us if self.newest_us is None else max(self.newest_us, end_us)
        self.longest_segment_us = max(self.longest_segment_us, end_us - start_us)

    def vanishes(self, row: Row[Any], *, shortened: bool) -> None:
        """A segment is no longer there as this row.

        Args:
            row: As it was.
            shortened: Whether footage goes away with it; False when a longer row replaces it.
        """
        self.bytes -= row.bytes
        self.protected_bytes -= row.bytes if row.protected else 0
        self.segments -= 1
        self.edges_stale = self.edges_stale or shortened

    def holds_fragment(self, row: dict[str, Any]) -> None:
        """A fragment is there now, as this row of ``fragment``."""
        self.longest_fragment_us = max(self.longest_fragment_us, row["duration_us"])
        reach = row["start_us"] + row["duration_us"] - row["segment_start_us"]
        self.longest_segment_us = max(self.longest_segment_us, reach)


def save(connection: Connection, tallies: list[Tally]) -> None:
    """Write the counters of locked streams, after the rows themselves."""
    if not tallies:
        return
    rows: list[dict[str, Any]] = []
    for tally in tallies:
        stream = tally.stream
        longest = max(stream.longest_segment_us, tally.longest_segment_us)
        if tally.edges_stale:
            oldest_us, newest_us = _edges(connection, stream.number, longest)
        else:
            oldest_us = _least(stream.oldest_us, tally.oldest_us)
            newest_us = _greatest(stream.newest_us, tally.newest_us)
        rows.append(
            {
                "stream_number": stream.number,
                "new_bytes": stream.bytes + tally.bytes,
                "new_protected_bytes": stream.protected_bytes + tally.protected_bytes,
                "new_segments": stream.segments + tally.segments,
                "new_oldest_us": oldest_us,
                "new_newest_us": newest_us,
                "new_longest_segment_us": longest,
                "new_longest_fragment_us": max(
                    stream.longest_fragment_us, tally.longest_fragment_us
                ),
            }
        )
    connection.execute(_SAVE, rows)


def _edges(connection: Connection, stream: int, longest_us: int) -> tuple[int | None, int | None]:
    """Oldest start and newest end of a stream, by seeking to both ends of the clustered key."""
    table = schema.segment
    first, last = connection.execute(
        select(
            select(func.min(table.c.start_us)).where(table.c.stream == stream).scalar_subquery(),
            select(func.max(table.c.start_us)).where(table.c.stream == stream).scalar_subquery(),
        )
    ).one()
    if last is None:
        return None, None
    newest = connection.execute(
        select(func.max(table.c.end_us)).where(
            table.c.stream == stream, table.c.start_us >= last - longest_us
        )
    ).scalar_one()
    return first, newest


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _greatest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
