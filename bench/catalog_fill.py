"""Filling a catalogue as if 200 cameras had recorded for five weeks."""

# ruff: noqa: S608  the statements are made of numbers

import os
import time
from dataclasses import dataclass
from typing import Any

from rich.progress import Progress
from sqlalchemy import Connection, create_engine, text

from vedette.catalog.ports import FootageBatch
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import FormatRow, Fragment, Segment, SegmentState

S = 1_000_000
SEGMENT_US = 60 * S
FRAGMENT_US = 2 * S
FIRST_US = 1_767_225_600 * S  # 2026-01-01T00:00:00Z
STAGGER_US = 293_711  # cuts of neighbouring cameras lie apart
GAP_EVERY = 307  # one segment in so many is missing, and a gap stands in its place
ORGANISATION = "bench"
FORMAT = FormatRow("0" * 32, b"bench", "avc1.640028", "", 1920, 1080, 90_000)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is.

    Attributes:
        segments: In all.
        cameras: Which share them equally.
        fragment_hours: Last hours of which the fragments are there too.
        questions: Times that each question is asked.
    """

    segments: int = 10_000_000
    cameras: int = 200
    fragment_hours: float = 6.0
    questions: int = 300

    @property
    def each(self) -> int:
        """Segments of one camera."""
        return self.segments // self.cameras

    @property
    def end_us(self) -> int:
        """When the last segment ends, about."""
        return FIRST_US + self.each * SEGMENT_US


def stream(number: int) -> StreamKey:
    return StreamKey(ORGANISATION, f"camera-{number:04}", StreamRole.MAIN)


def some_segment(key: StreamKey, start_us: int, **changes: Any) -> Segment:
    whole: dict[str, Any] = {
        "end_us": start_us + SEGMENT_US,
        "bytes": 30_000_000,
        "state": SegmentState.FINISHED,
    }
    return Segment(
        stream=key,
        start_us=start_us,
        run="01a2066d-66de-753d-ac70-0c147784da38",
        volume="bench",
        path=f"footage/{key.camera}/2026-01-01/{start_us}.mp4",
        format_id=FORMAT.id,
        frames=1500,
        lost_frames=0,
        **(whole | changes),
    )


def some_fragment(key: StreamKey, segment_us: int, n: int) -> Fragment:
    return Fragment(
        stream=key,
        start_us=segment_us + n * FRAGMENT_US,
        duration_us=FRAGMENT_US,
        segment_start_us=segment_us,
        offset=1000 + n * 1_000_000,
        size=1_000_000,
        video_size=980_000,
        media_start=n * 180_000,
        media_duration=180_000,
        frames=50,
        lost_frames=0,
        lost_packets=0,
        key=True,
        sha256=os.urandom(32),
    )


# Segment n of every camera, camera after camera: as they arrive.
_SEGMENTS = """
INSERT INTO segment (stream, start_us, end_us, volume, format, bytes, frames, lost_frames,
                     finished, protected, run, path)
SELECT s.number, n.n * {segment} + {first} + s.number * {stagger},
       n.n * {segment} + {first} + s.number * {stagger} + {segment},
       (SELECT number FROM volume), (SELECT number FROM format),
       30000000 + n.n % 1000, 1500, 0, {true}, {false},
       '01a2066d-66de-753d-ac70-0c147784da38',
       'footage/' || s.camera || '/2026-01-01/' || n.n || '.mp4'
FROM {numbers} n CROSS JOIN (SELECT number, camera FROM stream ORDER BY number) s
WHERE (n.n + s.number * 7) % {gap_every} <> 0
ORDER BY n.n, s.number
"""
_GAPS = """
INSERT INTO gap (stream, start_us, end_us, reach, reason, detail)
SELECT s.number, n.n * {segment} + {first} + s.number * {stagger},
       n.n * {segment} + {first} + s.number * {stagger} + {segment}, 3, 'stalled', 'no packets'
FROM {numbers} n CROSS JOIN (SELECT number FROM stream ORDER BY number) s
WHERE (n.n + s.number * 7) % {gap_every} = 0
"""
_FRAGMENTS = """
INSERT INTO fragment (stream, start_us, duration_us, segment_start_us, "offset", size, video_size,
                      media_start, media_duration, frames, lost_frames, lost_packets, key, sha256)
SELECT s.number, n.n * {segment} + {first} + s.number * {stagger} + f.n * {fragment}, {fragment},
       n.n * {segment} + {first} + s.number * {stagger},
       1000 + f.n * 1000000, 1000000, 980000, f.n * 180000, 180000, 50, 0, 0, {true}, {sha256}
FROM {numbers} n CROSS JOIN {of_segment} f
CROSS JOIN (SELECT number FROM stream ORDER BY number) s
WHERE (n.n + s.number * 7) % {gap_every} <> 0
ORDER BY n.n, f.n, s.number
"""
_COUNTERS = """
UPDATE stream SET longest_segment_us = {segment}, longest_fragment_us = {fragment},
  bytes = (SELECT sum(bytes) FROM segment WHERE stream = stream.number),
  segments = (SELECT count(*) FROM segment WHERE stream = stream.number),
  oldest_us = (SELECT min(start_us) FROM segment WHERE stream = stream.number),
  newest_us = (SELECT max(end_us) FROM segment WHERE stream = stream.number)
"""


def _fill_in(statement: str, dialect: str, first: int, last: int) -> str:
    sqlite = dialect == "sqlite"

    def numbers(start: int, end: int) -> str:
        if sqlite:
            return (
                f"(WITH RECURSIVE c(n) AS (SELECT {start} UNION ALL "
                f"SELECT n + 1 FROM c WHERE n < {end - 1}) SELECT n FROM c)"
            )
        return f"(SELECT n::bigint FROM generate_series({start}, {end - 1}) AS g(n))"

    return statement.format(
        segment=SEGMENT_US,
        fragment=FRAGMENT_US,
        first=FIRST_US,
        stagger=STAGGER_US,
        gap_every=GAP_EVERY,
        true="1" if sqlite else "true",
        false="0" if sqlite else "false",
        sha256="randomblob(32)" if sqlite else "sha256(int8send(n.n * 31 + f.n))",
        numbers=numbers(first, last),
        of_segment=numbers(0, SEGMENT_US // FRAGMENT_US),
    )


async def fill(database: Database, scale: Scale, progress: Progress) -> float:
    """Load everything; returns the seconds it took."""
    began = time.perf_counter()
    catalog = SqlCatalog(database)
    # Numbers for streams, volume and format, by the ordinary way.
    seeds = [some_segment(stream(n), FIRST_US - SEGMENT_US * 60) for n in range(scale.cameras)]
    await catalog.commit(ORGANISATION, FootageBatch(formats=(FORMAT,), segments=tuple(seeds)))
    gone = await catalog.condemn(ORGANISATION, seeds)
    await catalog.forget(ORGANISATION, gone)

    async def execute(statement: str) -> None:
        await database.write(lambda at: _execute(at, statement))

    with_fragments = max(0, scale.each - int(scale.fragment_hours * 60))
    step = max(1, 200_000 // scale.cameras)
    task = progress.add_task(f"filling {database.dialect}", total=scale.each)
    for first in range(0, scale.each, step):
        last = min(first + step, scale.each)
        for statement in (_SEGMENTS, _GAPS):
            await execute(_fill_in(statement, database.dialect, first, last))
        if last > with_fragments:
            some = max(first, with_fragments)
            await execute(_fill_in(_FRAGMENTS, database.dialect, some, last))
        progress.update(task, completed=last)
    await execute(_COUNTERS.format(segment=SEGMENT_US, fragment=FRAGMENT_US))
    return time.perf_counter() - began


def _execute(connection: Connection, statement: str) -> None:
    if connection.dialect.name == "postgresql":
        # The rows are right; checking three foreign keys for each would take most of the time.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text(statement))


async def fill_peer(database: Database) -> None:
    """The same segments in order of arrival, with an index by camera and time."""
    await database.write(_fill_peer)


def _fill_peer(connection: Connection) -> None:
    connection.execute(
        text("CREATE TABLE peer AS SELECT * FROM segment ORDER BY start_us / 60000000, stream")
    )
    connection.execute(text("CREATE INDEX ix_peer ON peer (stream, start_us)"))


def settle(database: Database, url: str) -> None:
    """What the databases do by themselves in a quiet hour: statistics and visibility."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.dialect == "postgresql":
            connection.execute(text("VACUUM (ANALYZE)"))
            connection.execute(text("CHECKPOINT"))
        else:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
