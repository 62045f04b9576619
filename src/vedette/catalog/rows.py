"""Between the catalogue's nouns and the rows of its tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, Table, Text, bindparam, select, text

from vedette.base.errors import BadRequest
from vedette.db import schema
from vedette.db.upsert import insert_or_ignore
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Fragment, Gap, LossMinute, Segment, SegmentState
from vedette.model.packet import GapReason

Item = TypeVar("Item")

CHUNK = 500
"""Most keys named in one statement: SQLite of old allows 999 values."""


_SELECT_STREAMS = (
    "SELECT number, organisation, camera, role, bytes, protected_bytes, segments, oldest_us, "
    "newest_us, longest_segment_us, longest_fragment_us FROM stream "
    "WHERE organisation = :organisation AND camera IN :cameras ORDER BY number"
)
_CAMERAS = bindparam("cameras", type_=Text(), expanding=True)
_STREAMS = text(_SELECT_STREAMS).bindparams(_CAMERAS)
# SQLite needs no lock of rows: its writers take turns from BEGIN IMMEDIATE on.
_LOCK_STREAMS = text(_SELECT_STREAMS + " FOR UPDATE").bindparams(_CAMERAS)


@dataclass(frozen=True, slots=True)
class StreamRow:
    """A stream's small number and its counters."""

    key: StreamKey
    number: int
    bytes: int
    protected_bytes: int
    segments: int
    oldest_us: int | None
    newest_us: int | None
    longest_segment_us: int
    longest_fragment_us: int


def chunks(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """Pieces of at most ``CHUNK``."""
    for first in range(0, len(items), CHUNK):
        yield items[first : first + CHUNK]


def find_streams(
    connection: Connection, organisation: str, keys: Iterable[StreamKey], *, lock: bool = False
) -> dict[StreamKey, StreamRow]:
    """The rows of those streams that exist; keys of another organisation are left out.

    Args:
        connection: In a transaction.
        organisation: Who asks.
        keys: Which streams.
        lock: Hold the rows until the transaction ends, in one order for all (no deadlock).
    """
    asked = {key for key in keys if key.organisation == organisation}
    wanted = sorted(asked)
    found: dict[StreamKey, StreamRow] = {}
    for part in chunks(wanted):
        cameras = sorted({key.camera for key in part})
        question = _LOCK_STREAMS if lock and connection.dialect.name == "postgresql" else _STREAMS
        names = {"organisation": organisation, "cameras": cameras}
        for row in connection.execute(question, names):
            stream = to_stream(row)
            if stream.key in asked:
                found[stream.key] = stream
    return found


def make_streams(
    connection: Connection, organisation: str, keys: Iterable[StreamKey]
) -> dict[StreamKey, StreamRow]:
    """The rows of all those streams, made where missing, locked.

    Raises:
        BadRequest: A key belongs to another organisation.
    """
    wanted = set(keys)
    for key in wanted:
        if key.organisation != organisation:
            raise BadRequest(
                f"camera {key.camera} does not belong to organisation {organisation}; "
                "a batch holds one organisation's footage"
            )
    found = find_streams(connection, organisation, wanted, lock=True)
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    rows = [
        {"organisation": organisation, "camera": key.camera, "role": key.role.value}
        for key in missing
    ]
    insert_or_ignore(connection, schema.stream, rows)
    return find_streams(connection, organisation, wanted, lock=True)


def number_of(
    connection: Connection, table: Table, organisation: str, ids: Iterable[str]
) -> dict[str, int]:
    """The small numbers of volumes or formats, those that exist."""
    numbers: dict[str, int] = {}
    for part in chunks(sorted(set(ids))):
        named = {"organisation": organisation, "ids": part}
        numbers.update((row.id, row.number) for row in connection.execute(_numbers(table), named))
    return numbers


@cache
def _numbers(table: Table) -> Select[Any, Any]:
    return select(table.c.id, table.c.number).where(
        table.c.organisation == bindparam("organisation"),
        table.c.id.in_(bindparam("ids", expanding=True)),
    )


def to_stream(row: Row[Any]) -> StreamRow:
    """A row of ``stream``."""
    return StreamRow(
        key=StreamKey(row.organisation, row.camera, StreamRole(row.role)),
        number=row.number,
        bytes=row.bytes,
        protected_bytes=row.protected_bytes,
        segments=row.segments,
        oldest_us=row.oldest_us,
        newest_us=row.newest_us,
        longest_segment_us=row.longest_segment_us,
        longest_fragment_us=row.longest_fragment_us,
    )


def segment_row(segment: Segment, stream: int, volume: int, format_: int) -> dict[str, Any]:
    """A segment as a row of ``segment``."""
    return {
        "stream": stream,
        "start_us": segment.start_us,
        "end_us": segment.end_us,
        "volume": volume,
        "format": format_,
        "bytes": segment.bytes,
        "frames": segment.frames,
        "lost_frames": segment.lost_frames,
        "finished": segment.state is SegmentState.FINISHED,
        "protected": segment.protected,
        "run": segment.run,
        "path": segment.path,
    }


def to_segment(row: Row[Any], key: StreamKey, *, condemned: bool = False) -> Segment:
    """A row of ``segment`` or ``condemned``, with ``volume_id`` and ``format_id`` joined."""
    state = SegmentState.FINISHED if row.finished else SegmentState.WRITING
    return Segment(
        stream=key,
        start_us=row.start_us,
        end_us=row.end_us,
        run=row.run,
        volume=row.volume_id,
        path=row.path,
        format_id=row.format_id,
        bytes=row.bytes,
        frames=row.frames,
        lost_frames=row.lost_frames,
        state=SegmentState.ERASING if condemned else state,
        protected=row.protected,
    )


def fragment_row(fragment: Fragment, stream: int) -> dict[str, Any]:
    """A fragment as a row of ``fragment``."""
    return {
        "stream": stream,
        "start_us": fragment.start_us,
        "duration_us": fragment.duration_us,
        "segment_start_us": fragment.segment_start_us,
        "offset": fragment.offset,
        "size": fragment.size,
        "video_size": fragment.video_size,
        "media_start": fragment.media_start,
        "media_duration": fragment.media_duration,
        "frames": fragment.frames,
        "lost_frames": fragment.lost_frames,
        "lost_packets": fragment.lost_packets,
        "key": fragment.key,
        "sha256": fragment.sha256,
    }


FRAGMENT_COLUMNS = [
    schema.fragment.c[each.name] for each in fields(Fragment) if each.name != "stream"
]
"""In the order of the noun's fields: replay reads hundreds of rows, each by position."""


def to_fragment(row: Row[Any], key: StreamKey) -> Fragment:
    """A row of ``FRAGMENT_COLUMNS``."""
    return Fragment(key, *row)


def to_gap(row: Row[Any], key: StreamKey) -> Gap:
    """A row of ``gap``."""
    return Gap(key, row.start_us, row.end_us, GapReason(row.reason), row.detail)


def loss_row(minute: LossMinute, stream: int) -> dict[str, Any]:
    """A minute as a row of ``loss_minute``."""
    return {
        "stream": stream,
        "minute_us": minute.minute_us,
        "expected_packets": minute.expected_packets,
        "received_packets": minute.received_packets,
        "expected_frames": minute.expected_frames,
        "received_frames": minute.received_frames,
        "bytes": minute.bytes,
        "reconnects": minute.reconnects,
        "jitter_us": minute.jitter_us,
        "clock_offset_us": minute.clock_offset_us,
        "connected_us": minute.connected_us,
    }


def to_loss_minute(row: Row[Any], key: StreamKey) -> LossMinute:
    """A row of ``loss_minute``."""
    return LossMinute(
        stream=key,
        minute_us=row.minute_us,
        expected_packets=row.expected_packets,
        received_packets=row.received_packets,
        expected_frames=row.expected_frames,
        received_frames=row.received_frames,
        bytes=row.bytes,
        reconnects=row.reconnects,
        jitter_us=row.jitter_us,
        clock_offset_us=row.clock_offset_us,
        connected_us=row.connected_us,
    )
