"""Making a batch of footage visible, all of it or nothing."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from vedette.base.errors import BadRequest, Conflict
from vedette.base.units import US_PER_S
from vedette.catalog import counters
from vedette.catalog.ports import FootageBatch
from vedette.catalog.reach import reach_of
from vedette.catalog.rows import (
    StreamRow,
    fragment_row,
    make_streams,
    number_of,
    segment_row,
    to_gap,
)
from vedette.db import schema
from vedette.db.keys import delete_keys, joined, keys_of
from vedette.db.upsert import insert_or_ignore, insert_or_replace
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Fragment, Gap, Segment

LONGEST_US = 86_400 * US_PER_S
"""Longest segment or fragment that is accepted: questions look back as far as the longest one."""

Streams = dict[StreamKey, StreamRow]
Tallies = dict[StreamKey, counters.Tally]


# Putting a statement together costs as much as executing it, and every second these are executed.


@cache
def _condemned_question(dialect: str) -> Select[Any]:
    """Paths of condemned segments with certain keys."""
    table = schema.condemned
    return select(table.c.path).join(*joined(table, dialect)).limit(1)


@cache
def _present_question(dialect: str) -> Select[Any]:
    """What counts of segments with certain keys."""
    table = schema.segment
    names = ("stream", "start_us", "end_us", "bytes", "protected")
    return select(*(table.c[name] for name in names)).join(*joined(table, dialect))


def commit(connection: Connection, organisation: str, batch: FootageBatch) -> None:
    """See ``catalog.ports.FootageWriter.commit``.

    Raises:
        BadRequest: A row belongs to another organisation, or contradicts itself.
        Conflict: A fragment exists already and differs, or its segment is being erased.
    """
    for segment in batch.segments:
        _check_segment(segment)
    for fragment in batch.fragments:
        _check_fragment(fragment)
    rows = (*batch.segments, *batch.fragments, *batch.gaps, *batch.clock_steps)
    streams = make_streams(connection, organisation, (row.stream for row in rows))
    tallies = {
        row.stream: counters.Tally(streams[row.stream])
        for row in (*batch.segments, *batch.fragments)
    }
    _put_formats(connection, organisation, batch)
    _put_segments(connection, organisation, batch.segments, streams, tallies)
    _put_fragments(connection, batch, streams, tallies)
    _put_gaps(connection, batch.gaps, streams)
    steps = [
        {"stream": streams[step.stream].number, "at_us": step.at_us, "step_us": step.step_us}
        for step in batch.clock_steps
    ]
    insert_or_replace(connection, schema.clock_step, steps)
    counters.save(connection, list(tallies.values()))


def open_gaps(connection: Connection, organisation: str) -> list[Gap]:
    """See ``catalog.ports.FootageWriter.open_gaps``."""
    gap, stream = schema.gap, schema.stream
    question = (
        select(gap, stream.c.camera, stream.c.role)
        .join(stream, stream.c.number == gap.c.stream)
        .where(stream.c.organisation == organisation, gap.c.end_us.is_(None))
        .order_by(gap.c.start_us, gap.c.stream)
    )
    return [
        to_gap(row, StreamKey(organisation, row.camera, StreamRole(row.role)))
        for row in connection.execute(question)
    ]


def _check_segment(segment: Segment) -> None:
    length_us = segment.end_us - segment.start_us
    if not 0 <= length_us <= LONGEST_US or segment.start_us < 0 or segment.bytes < 0:
        raise BadRequest(
            f"segment {segment.path} from {segment.start_us} to {segment.end_us} us with "
            f"{segment.bytes} bytes makes no sense; it may last up to 24 h"
        )


def _check_fragment(fragment: Fragment) -> None:
    reach_us = fragment.start_us + fragment.duration_us - fragment.segment_start_us
    if (
        fragment.duration_us < 0
        or not 0 <= reach_us <= LONGEST_US
        or fragment.start_us < fragment.segment_start_us
        or fragment.segment_start_us < 0
    ):
        raise BadRequest(
            f"the fragment at {fragment.start_us} us of camera {fragment.stream.camera} lasts "
            f"{fragment.duration_us} us in a segment from {fragment.segment_start_us} us, which "
            "makes no sense"
        )


def _put_formats(connection: Connection, organisation: str, batch: FootageBatch) -> None:
    rows: list[dict[str, Any]] = [
        {
            "organisation": organisation,
            "id": format_.id,
            "init": format_.init,
            "video_codec": format_.video_codec,
            "audio_codec": format_.audio_codec,
            "width": format_.width,
            "height": format_.height,
            "video_timescale": format_.video_timescale,
        }
        for format_ in batch.formats
    ]
    if rows:
        present = number_of(connection, schema.format_, organisation, (row["id"] for row in rows))
        missing = [row for row in rows if row["id"] not in present]
        insert_or_ignore(connection, schema.format_, missing)


def _put_segments(
    connection: Connection,
    organisation: str,
    segments: Sequence[Segment],
    streams: Streams,
    tallies: Tallies,
) -> None:
    if not segments:
        return
    wanted = {(streams[each.stream].number, each.start_us): each for each in segments}
    formats = number_of(
        connection, schema.format_, organisation, (each.format_id for each in segments)
    )
    volumes = _make_volumes(connection, organisation, {each.volume for each in segments})
    _refuse_condemned(connection, wanted)
    present = _present(connection, wanted)
    rows: list[dict[str, Any]] = []
    for (stream, start_us), segment in sorted(wanted.items(), key=lambda item: item[0]):
        if segment.format_id not in formats:
            raise BadRequest(
                f"segment {segment.path} has the unknown format {segment.format_id}; "
                "put the format into the same batch"
            )
        row = segment_row(segment, stream, volumes[segment.volume], formats[segment.format_id])
        rows.append(row)
        tally = tallies[segment.stream]
        before = present.get((stream, start_us))
        if before is not None:
            tally.vanishes(before, shortened=before.end_us > segment.end_us)
        tally.appears(row)
    insert_or_replace(connection, schema.segment, rows)


def _make_volumes(connection: Connection, organisation: str, ids: set[str]) -> dict[str, int]:
    numbers = number_of(connection, schema.volume, organisation, ids)
    missing = sorted(ids - numbers.keys())
    if missing:
        rows = [{"organisation": organisation, "id": each} for each in missing]
        insert_or_ignore(connection, schema.volume, rows)
        numbers = number_of(connection, schema.volume, organisation, ids)
    return numbers


def _refuse_condemned(connection: Connection, wanted: dict[tuple[int, int], Segment]) -> None:
    """A file that is being erased must not come back to life under its old row."""
    question = _condemned_question(connection.dialect.name)
    row = connection.execute(question, keys_of(wanted)).first()
    if row is not None:
        raise Conflict(f"segment {row.path} is being erased; begin a new one")


def _present(
    connection: Connection, wanted: dict[tuple[int, int], Segment]
) -> dict[tuple[int, int], Row[Any]]:
    rows = connection.execute(_present_question(connection.dialect.name), keys_of(wanted))
    return {(row.stream, row.start_us): row for row in rows}


def _put_fragments(
    connection: Connection, batch: FootageBatch, streams: Streams, tallies: Tallies
) -> None:
    if not batch.fragments:
        return
    _require_segments(connection, batch, streams)
    rows = [fragment_row(each, streams[each.stream].number) for each in batch.fragments]
    for fragment, row in zip(batch.fragments, rows, strict=True):
        tallies[fragment.stream].holds_fragment(row)
    if insert_or_ignore(connection, schema.fragment, rows) != len(rows):
        _require_equal(connection, rows)


def _require_segments(connection: Connection, batch: FootageBatch, streams: Streams) -> None:
    """Every fragment lies in a segment of the batch or of the catalogue."""
    held = {(each.stream, each.start_us) for each in batch.segments}
    unsure = {
        (streams[each.stream].number, each.segment_start_us): each
        for each in batch.fragments
        if (each.stream, each.segment_start_us) not in held
    }
    if not unsure:
        return
    question = _present_question(connection.dialect.name)
    for row in connection.execute(question, keys_of(unsure)).all():
        unsure.pop((row.stream, row.start_us))
    for fragment in unsure.values():
        raise BadRequest(
            f"the fragment at {fragment.start_us} us of camera {fragment.stream.camera} lies in "
            f"no known segment; put the segment from {fragment.segment_start_us} us into the batch"
        )


def _require_equal(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Some fragments were there before: that is fine when they say the same."""
    table = schema.fragment
    wanted = {(row["stream"], row["start_us"]): row for row in rows}
    question = select(table).join(*joined(table, connection.dialect.name))
    for row in connection.execute(question, keys_of(wanted)).mappings():
        if dict(row) != wanted[row["stream"], row["start_us"]]:
            raise Conflict(
                f"there is another fragment at {row['start_us']} us of the same stream; "
                "two recorders must not write one stream"
            )


def _put_gaps(connection: Connection, gaps: Sequence[Gap], streams: Streams) -> None:
    """Replace gaps by stream and start; the class of length in the key may change with the end."""
    rows: dict[tuple[int, int], dict[str, Any] | None] = {}
    for each in gaps:
        number = streams[each.stream].number
        empty = each.end_us is not None and each.end_us <= each.start_us
        rows[number, each.start_us] = (
            None
            if empty
            else {
                "stream": number,
                "reach": reach_of(each.start_us, each.end_us),
                "start_us": each.start_us,
                "end_us": each.end_us,
                "reason": each.reason.value,
                "detail": each.detail,
            }
        )
    delete_keys(connection, schema.gap, list(rows))
    kept = [row for row in rows.values() if row is not None]
    if kept:
        connection.execute(insert(schema.gap), kept)
