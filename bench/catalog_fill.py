"""Filling a catalogue as if 200 cameras had recorded for five weeks.

The rows come in the order in which they would have arrived, so that they lie on the disk as they
would, but from one statement for many, past the catalogue and without its durability: what is timed
later are questions, not this.
"""

# ruff: noqa: S608  the statements are made of numbers

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from rich.progress import Progress
from sqlalchemy import Connection, select

from vedette.catalog.ports import FootageBatch
from vedette.catalog.reach import reach_of
from vedette.catalog.store import SqlCatalog
from vedette.db import schema
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
    fragment_hours: float = 2.0
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


# Row r is segment r / cameras of camera r % cameras: as they arrive. No sorting, no joining.
_ROWS = """
SELECT r % {cameras} + 1 AS stream, r / {cameras} AS n,
       r / {cameras} * {segment} + {first} + (r % {cameras} + 1) * {stagger} AS start_us
FROM {numbers}
"""
_SEGMENTS = """
INSERT INTO {table} (stream, start_us, end_us, volume, format, bytes, frames, lost_frames,
                     finished, protected, run, path)
SELECT stream, start_us, start_us + {segment},
       (SELECT number FROM volume), (SELECT number FROM format),
       30000000 + n % 1000, 1500, 0, {true}, {false},
       '01a2066d-66de-753d-ac70-0c147784da38',
       'footage/camera-' || (1000 + stream) || '/2026-01-01/' || start_us || '.mp4'
FROM ({rows}) AS rows WHERE (n + stream * 7) % {gap_every} <> 0
"""
_GAPS = """
INSERT INTO gap (stream, start_us, end_us, reach, reason, detail)
SELECT stream, start_us, start_us + {segment}, {reach}, 'stalled', 'no packets'
FROM ({rows}) AS rows WHERE (n + stream * 7) % {gap_every} = 0
"""
# Here a row is a fragment: the {of_segment} of a segment follow each other, over all cameras.
_FRAGMENTS = """
INSERT INTO fragment (stream, start_us, duration_us, segment_start_us, "offset", size, video_size,
                      media_start, media_duration, frames, lost_frames, lost_packets, key, sha256)
SELECT stream, segment_us + f * {fragment}, {fragment}, segment_us,
       1000 + f * 1000000, 1000000, 980000, f * 180000, 180000, 50, 0, 0, {true}, {sha256}
FROM (SELECT r % {cameras} + 1 AS stream, r / {cameras} % {of_segment} AS f,
             r / {cameras} / {of_segment} AS n,
             r / {cameras} / {of_segment} * {segment} + {first}
               + (r % {cameras} + 1) * {stagger} AS segment_us
      FROM {numbers}) AS rows WHERE (n + stream * 7) % {gap_every} <> 0
"""
_COUNTERS = """
UPDATE stream SET longest_segment_us = {segment}, longest_fragment_us = {fragment}, bytes = s.bytes,
                  segments = s.segments, oldest_us = s.oldest_us, newest_us = s.newest_us
FROM (SELECT stream, sum(bytes) AS bytes, count(*) AS segments, min(start_us) AS oldest_us,
             max(end_us) AS newest_us FROM segment GROUP BY stream) AS s
WHERE stream.number = s.stream
"""
_ROWS_AT_ONCE = 200_000
_OF_SEGMENT = SEGMENT_US // FRAGMENT_US

Execute = Callable[[str], object]


def _fill_in(statement: str, dialect: str, cameras: int, first: int, last: int, **more: str) -> str:
    sqlite = dialect == "sqlite"
    if sqlite:
        numbers = (
            f"(WITH RECURSIVE c(r) AS (SELECT {first} UNION ALL "
            f"SELECT r + 1 FROM c WHERE r < {last - 1}) SELECT r FROM c) AS numbers"
        )
    else:
        numbers = f"generate_series({first}::bigint, {last - 1}) AS numbers(r)"
    words: dict[str, object] = {
        "cameras": cameras,
        "segment": SEGMENT_US,
        "fragment": FRAGMENT_US,
        "of_segment": _OF_SEGMENT,
        "first": FIRST_US,
        "stagger": STAGGER_US,
        "gap_every": GAP_EVERY,
        "reach": reach_of(0, SEGMENT_US),
        "true": "1" if sqlite else "true",
        "false": "0" if sqlite else "false",
        "sha256": "randomblob(32)" if sqlite else "sha256(int8send(segment_us + f))",
        "numbers": numbers,
    }
    return statement.format(**words, rows=_ROWS.format(**words), **more)


async def fill(url: str, scale: Scale, progress: Progress, *, with_peer: bool) -> float:
    """Make the schema and load everything; nobody else may have the database open.

    The peer's table holds the same segments, indexed by camera and time.

    Returns:
        The seconds it took.
    """
    began = time.perf_counter()
    database = Database.open(url)
    try:
        await database.migrate()
        catalog = SqlCatalog(database)
        # Numbers for streams, volume and format, by the ordinary way.
        seeds = [some_segment(stream(n), FIRST_US - SEGMENT_US * 60) for n in range(scale.cameras)]
        await catalog.commit(ORGANISATION, FootageBatch(formats=(FORMAT,), segments=tuple(seeds)))
        gone = await catalog.condemn(ORGANISATION, seeds)
        await catalog.forget(ORGANISATION, gone)
        numbers = await database.read(_numbers)
        assert numbers == list(range(1, scale.cameras + 1)), "statements count on these"  # noqa: S101
    finally:
        await database.close()
    task = progress.add_task(f"filling {database.dialect}", total=scale.segments)
    load = _load_sqlite if database.dialect == "sqlite" else _load_postgresql

    def run() -> None:
        with load(url) as execute:
            _load(
                execute,
                database.dialect,
                scale,
                lambda done: progress.update(task, completed=done),
                with_peer=with_peer,
            )

    await asyncio.to_thread(run)
    return time.perf_counter() - began


def _numbers(connection: Connection) -> list[int]:
    question = select(schema.stream.c.number).order_by(schema.stream.c.camera)
    return list(connection.execute(question).scalars())


def _load(
    execute: Execute,
    dialect: str,
    scale: Scale,
    tell: Callable[[int], None],
    *,
    with_peer: bool,
) -> None:
    def insert(statement: str, first: int, last: int, **more: str) -> None:
        execute(_fill_in(statement, dialect, scale.cameras, first, last, **more))

    if with_peer:
        execute("CREATE TABLE peer AS SELECT * FROM segment WHERE stream < 0")
    total = scale.each * scale.cameras
    for first in range(0, total, _ROWS_AT_ONCE):
        last = min(first + _ROWS_AT_ONCE, total)
        insert(_SEGMENTS, first, last, table="segment")
        insert(_GAPS, first, last)
        if with_peer:
            insert(_SEGMENTS, first, last, table="peer")
        tell(last)
    without = max(0, scale.each - int(scale.fragment_hours * 60))
    rows = scale.cameras * _OF_SEGMENT
    for first in range(without * rows, scale.each * rows, _ROWS_AT_ONCE):
        insert(_FRAGMENTS, first, min(first + _ROWS_AT_ONCE, scale.each * rows))
    execute(_COUNTERS.format(segment=SEGMENT_US, fragment=FRAGMENT_US))
    if with_peer:
        execute("CREATE INDEX ix_peer ON peer (stream, start_us)")


@contextmanager
def _load_sqlite(url: str) -> Generator[Execute, None, None]:
    """No journal, no waiting for the disk, no foreign keys; the file is as it was afterwards."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as at:
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
            "foreign_keys = OFF",
            "cache_size = -262144",
            "temp_store = MEMORY",
        ):
            at.execute(f"PRAGMA {pragma}").fetchall()
        yield at.execute
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as at:
        at.execute("PRAGMA journal_mode = WAL").fetchall()


@contextmanager
def _load_postgresql(url: str) -> Generator[Execute, None, None]:
    """One transaction over emptied tables: with wal_level=minimal nothing goes to the log."""
    with psycopg.connect(url) as at:
        # The rows are right; checking three foreign keys for each would take most of the time.
        at.execute("SET LOCAL session_replication_role = replica")
        at.execute("SET LOCAL maintenance_work_mem = '256MB'")
        at.execute("TRUNCATE segment, gap, fragment")
        yield lambda statement: at.execute(statement.encode())


def settle(url: str) -> None:
    """What the databases do by themselves in a quiet hour: statistics and visibility."""
    if url.startswith("sqlite"):
        return
    with psycopg.connect(url, autocommit=True) as at:
        at.execute("VACUUM (ANALYZE)")
        at.execute("CHECKPOINT")
