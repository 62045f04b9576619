"""What repair and retention ask and change."""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from vedette.base.errors import BadRequest
from vedette.catalog import counters
from vedette.catalog.ports import StreamUsage
from vedette.catalog.reading import select_segments
from vedette.catalog.rows import StreamRow, chunks, find_streams, number_of, to_segment, to_stream
from vedette.db import schema
from vedette.db.keys import delete_keys, joined, keys_of
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Segment


def unfinished(connection: Connection, organisation: str, volume: str) -> list[Segment]:
    """See ``catalog.ports.FootageCare.unfinished``."""
    number = number_of(connection, schema.volume, organisation, [volume]).get(volume)
    if number is None:
        return []
    segment, stream = schema.segment, schema.stream
    writing = (
        select_segments()
        .add_columns(stream.c.camera, stream.c.role)
        .join(stream, stream.c.number == segment.c.stream)
        .where(segment.c.volume == number, ~segment.c.finished)
        .order_by(segment.c.stream, segment.c.start_us)
    )
    table, format_ = schema.condemned, schema.format_
    erasing = (
        select(table, format_.c.id.label("format_id"), stream.c.camera, stream.c.role)
        .add_columns(schema.volume.c.id.label("volume_id"))
        .join(format_, format_.c.number == table.c.format)
        .join(schema.volume, schema.volume.c.number == table.c.volume)
        .join(stream, stream.c.number == table.c.stream)
        .where(table.c.volume == number)
        .order_by(table.c.stream, table.c.start_us)
    )
    return [
        *(to_segment(row, _key(organisation, row)) for row in connection.execute(writing)),
        *(
            to_segment(row, _key(organisation, row), condemned=True)
            for row in connection.execute(erasing)
        ),
    ]


def oldest(
    connection: Connection,
    organisation: str,
    volume: str | None,
    key: StreamKey | None,
    limit: int,
) -> list[Segment]:
    """See ``catalog.ports.FootageCare.oldest``.

    Raises:
        BadRequest: The limit is not positive.
    """
    if limit < 1:
        raise BadRequest(f"a limit of {limit} asks for nothing")
    volumes = _volumes(connection, organisation, volume)
    segment, stream = schema.segment, schema.stream
    question = (
        select_segments()
        .add_columns(stream.c.camera, stream.c.role)
        .join(stream, stream.c.number == segment.c.stream)
        .where(segment.c.finished, ~segment.c.protected)
        .order_by(segment.c.start_us)
        .limit(limit)
    )
    if key is not None:
        row = find_streams(connection, organisation, [key]).get(key)
        if row is None or not volumes:
            return []
        # Along the clustered key; few segments of one stream are protected.
        question = question.where(segment.c.stream == row.number, segment.c.volume.in_(volumes))
        parts = [connection.execute(question).all()]
    else:
        parts = [
            connection.execute(question.where(segment.c.volume == each)).all() for each in volumes
        ]
    rows = islice(merge(*parts, key=lambda row: row.start_us), limit)
    return [to_segment(row, _key(organisation, row)) for row in rows]


def usage(connection: Connection, organisation: str) -> list[StreamUsage]:
    """See ``catalog.ports.FootageCare.usage``."""
    table = schema.stream
    question = (
        select(table)
        .where(table.c.organisation == organisation, table.c.segments > 0)
        .order_by(table.c.camera, table.c.role)
    )
    rows = (to_stream(row) for row in connection.execute(question))
    return [
        StreamUsage(
            stream=row.key,
            bytes=row.bytes,
            protected_bytes=row.protected_bytes,
            segments=row.segments,
            oldest_us=row.oldest_us,
            newest_us=row.newest_us,
        )
        for row in rows
    ]


def condemn(
    connection: Connection, organisation: str, segments: Sequence[Segment]
) -> list[Segment]:
    """See ``catalog.ports.FootageCare.condemn``."""
    streams = find_streams(connection, organisation, {each.stream for each in segments}, lock=True)
    by_number = {each.number: each for each in streams.values()}
    keys = sorted(
        {
            (streams[each.stream].number, each.start_us)
            for each in segments
            if each.stream in streams
        }
    )
    done: list[Segment] = []
    tallies: dict[int, counters.Tally] = {}
    question = (
        select_segments()
        .join(*joined(schema.segment, connection.dialect.name))
        .where(~schema.segment.c.protected)
    )
    for part in chunks(keys):
        rows = connection.execute(question, keys_of(part)).all()
        _move(connection, rows, by_number)
        for row in rows:
            stream = by_number[row.stream]
            tallies.setdefault(stream.number, counters.Tally(stream)).vanishes(row, shortened=True)
            done.append(to_segment(row, stream.key, condemned=True))
    counters.save(connection, list(tallies.values()))
    return done


def forget(connection: Connection, organisation: str, segments: Sequence[Segment]) -> None:
    """See ``catalog.ports.FootageCare.forget``."""
    streams = find_streams(connection, organisation, {each.stream for each in segments})
    keys = [
        (streams[each.stream].number, each.start_us) for each in segments if each.stream in streams
    ]
    delete_keys(connection, schema.condemned, keys)


def _move(connection: Connection, rows: Sequence[Row[Any]], streams: dict[int, StreamRow]) -> None:
    """From ``segment`` to ``condemned``; the fragments go."""
    if not rows:
        return
    segment, fragment = schema.segment, schema.fragment
    names = [column.name for column in schema.condemned.columns]
    connection.execute(
        insert(schema.condemned), [{name: getattr(row, name) for name in names} for row in rows]
    )
    fragments = delete(fragment).where(
        fragment.c.stream == bindparam("of_stream"),
        # Bounded on both sides, so that the clustered key is used.
        fragment.c.start_us >= bindparam("of_segment"),
        fragment.c.start_us <= bindparam("until_us"),
        fragment.c.segment_start_us == bindparam("of_segment"),
    )
    connection.execute(
        fragments,
        [
            {
                "of_stream": row.stream,
                "of_segment": row.start_us,
                "until_us": row.start_us + streams[row.stream].longest_segment_us,
            }
            for row in rows
        ],
    )
    delete_keys(connection, segment, [(row.stream, row.start_us) for row in rows])


def _volumes(connection: Connection, organisation: str, volume: str | None) -> list[int]:
    table = schema.volume
    question = select(table.c.number).where(table.c.organisation == organisation)
    if volume is not None:
        question = question.where(table.c.id == volume)
    return list(connection.execute(question).scalars())


def _key(organisation: str, row: Row[Any]) -> StreamKey:
    return StreamKey(organisation, row.camera, StreamRole(row.role))
