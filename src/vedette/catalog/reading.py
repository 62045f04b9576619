"""Questions about footage, each a few seeks in the clustered key."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, bindparam, select, text

from vedette.base.errors import BadRequest, NotFound
from vedette.catalog.ports import Footage
from vedette.catalog.reach import CLASSES, OPEN, longest_us
from vedette.catalog.rows import (
    FRAGMENT_COLUMNS,
    StreamRow,
    chunks,
    find_streams,
    to_fragment,
    to_gap,
    to_segment,
)
from vedette.catalog.spans import JOIN_US, clip_gap, join_spans, thin_gaps
from vedette.db import schema
from vedette.model.camera import StreamKey
from vedette.model.footage import ClockStep, FormatRow, Fragment, Gap, Segment, Span

_FETCH_ROWS = 5_000
"""Rows held in memory while the spans of a long time are joined."""

_MOST_BOUNDS = 400

_LONG_US = 14 * 86_400 * 1_000_000
"""Time of all streams together beyond which rows are fetched piece by piece, which costs more."""

# The statements of the commonest question are text: building them with Core costs more than asking.
_STREAMS = bindparam("streams", type_=Integer(), expanding=True)
SPANS = text(
    "SELECT stream, start_us, end_us, lost_frames FROM segment WHERE stream IN :streams "
    "AND start_us >= :from_us AND start_us < :end_us AND end_us > :start_us "
    "ORDER BY stream, start_us"
).bindparams(_STREAMS)
STEPS = text(
    "SELECT stream, at_us, step_us FROM clock_step WHERE stream IN :streams "
    "AND at_us >= :start_us AND at_us < :end_us ORDER BY stream, at_us"
).bindparams(_STREAMS)

# One probe per class of length. CROSS JOIN makes SQLite begin with the classes.
_CLASSES = ", ".join(
    f"({reach}, {longest_us(reach) if reach < CLASSES else 1 << 61})"
    for reach in (*range(CLASSES), OPEN)
)
GAPS = text(
    f"WITH class(reach, longest_us) AS (VALUES {_CLASSES}) "  # noqa: S608  numbers of ours
    "SELECT gap.stream, gap.start_us, gap.end_us, gap.reason, gap.detail "
    "FROM class CROSS JOIN gap "
    "WHERE gap.stream IN :streams AND gap.reach = class.reach "
    "AND gap.start_us > :start_us - class.longest_us AND gap.start_us < :end_us "
    "AND (gap.end_us IS NULL OR gap.end_us > :start_us)"
).bindparams(_STREAMS)


def footage(
    connection: Connection,
    organisation: str,
    keys: Sequence[StreamKey],
    start_us: int,
    end_us: int,
    *,
    resolution_us: int = 0,
) -> list[Footage]:
    """See ``catalog.ports.FootageIndex.footage``.

    Raises:
        BadRequest: The range is empty.
    """
    check_range(start_us, end_us)
    streams = find_streams(connection, organisation, keys)
    spans: dict[int, tuple[Span, ...]] = {}
    gaps: dict[int, list[Gap]] = {}
    steps: dict[int, list[ClockStep]] = {}
    for part in chunks(sorted(streams.values(), key=lambda each: each.number)):
        by_number = {each.number: each for each in part}
        spans.update(_spans(connection, by_number, start_us, end_us, resolution_us))
        for row in _gap_rows(connection, list(by_number), start_us, end_us):
            gap = clip_gap(to_gap(row, by_number[row.stream].key), start_us, end_us)
            if gap is not None:
                gaps.setdefault(row.stream, []).append(gap)
        for row in _step_rows(connection, list(by_number), start_us, end_us):
            step = ClockStep(by_number[row.stream].key, row.at_us, row.step_us)
            steps.setdefault(row.stream, []).append(step)
    answers: list[Footage] = []
    for key in keys:
        stream = streams.get(key)
        number = -1 if stream is None else stream.number
        answers.append(
            Footage(
                key,
                spans.get(number, ()),
                tuple(thin_gaps(gaps.get(number, ()), resolution_us)),
                tuple(steps.get(number, ())),
            )
        )
    return answers


def days(
    connection: Connection, organisation: str, key: StreamKey, bounds_us: Sequence[int]
) -> list[int]:
    """See ``catalog.ports.FootageIndex.days``.

    Raises:
        BadRequest: The bounds do not ascend, or there are too many.
    """
    if not 2 <= len(bounds_us) <= _MOST_BOUNDS or any(a >= b for a, b in pairwise(bounds_us)):
        raise BadRequest(f"give 2 to {_MOST_BOUNDS} bounds in ascending order")
    check_range(bounds_us[0], bounds_us[-1])
    stream = find_streams(connection, organisation, [key]).get(key)
    if stream is None:
        return []
    days = ", ".join(f"({n}, {a}, {b})" for n, (a, b) in enumerate(pairwise(map(int, bounds_us))))
    question = text(
        f"WITH day(n, a, b) AS (VALUES {days}) SELECT n FROM day WHERE EXISTS "  # noqa: S608  ints
        "(SELECT 1 FROM segment WHERE stream = :stream AND start_us >= day.a - :longest_us "
        "AND start_us < day.b AND end_us > day.a) ORDER BY n"
    )
    wanted = {"stream": stream.number, "longest_us": stream.longest_segment_us}
    return list(connection.execute(question, wanted).scalars())


def segments(
    connection: Connection,
    organisation: str,
    key: StreamKey,
    start_us: int,
    end_us: int,
    *,
    limit: int,
) -> list[Segment]:
    """See ``catalog.ports.FootageIndex.segments``.

    Raises:
        BadRequest: The range is empty, or the limit is not positive.
    """
    check_range(start_us, end_us, limit)
    stream = find_streams(connection, organisation, [key]).get(key)
    if stream is None:
        return []
    table = schema.segment
    question = (
        select_segments()
        .where(
            table.c.stream == stream.number,
            table.c.start_us >= start_us - stream.longest_segment_us,
            table.c.start_us < end_us,
            table.c.end_us > start_us,
        )
        .order_by(table.c.start_us)
        .limit(limit)
    )
    return [to_segment(row, key) for row in connection.execute(question)]


def fragments(
    connection: Connection,
    organisation: str,
    key: StreamKey,
    start_us: int,
    end_us: int,
    *,
    limit: int,
) -> list[Fragment]:
    """See ``catalog.ports.FootageIndex.fragments``.

    Raises:
        BadRequest: The range is empty, or the limit is not positive.
    """
    check_range(start_us, end_us, limit)
    stream = find_streams(connection, organisation, [key]).get(key)
    if stream is None:
        return []
    table = schema.fragment
    question = (
        select(*FRAGMENT_COLUMNS)
        .where(
            table.c.stream == stream.number,
            table.c.start_us >= start_us - stream.longest_fragment_us,
            table.c.start_us < end_us,
            table.c.start_us + table.c.duration_us > start_us,
        )
        .order_by(table.c.start_us)
        .limit(limit)
    )
    return [to_fragment(row, key) for row in connection.execute(question)]


def segment(connection: Connection, organisation: str, key: StreamKey, start_us: int) -> Segment:
    """See ``catalog.ports.FootageIndex.segment``.

    Raises:
        NotFound: There is none, or it is being erased.
    """
    stream = find_streams(connection, organisation, [key]).get(key)
    if stream is not None:
        table = schema.segment
        question = select_segments().where(
            table.c.stream == stream.number, table.c.start_us == start_us
        )
        row = connection.execute(question).first()
        if row is not None:
            return to_segment(row, key)
    raise NotFound(f"camera {key.camera} has no {key.role} segment that starts at {start_us} us")


def format_(connection: Connection, organisation: str, format_id: str) -> FormatRow:
    """See ``catalog.ports.FootageIndex.format``.

    Raises:
        NotFound: There is none.
    """
    table = schema.format_
    question = select(table).where(table.c.organisation == organisation, table.c.id == format_id)
    row = connection.execute(question).first()
    if row is None:
        raise NotFound(f"there is no format {format_id}")
    return FormatRow(
        id=row.id,
        init=row.init,
        video_codec=row.video_codec,
        audio_codec=row.audio_codec,
        width=row.width,
        height=row.height,
        video_timescale=row.video_timescale,
    )


def select_segments() -> Select[Any]:
    """Rows of ``segment`` with the names of their volume and format."""
    table, volume, format_table = schema.segment, schema.volume, schema.format_
    return (
        select(table, volume.c.id.label("volume_id"), format_table.c.id.label("format_id"))
        .join(volume, volume.c.number == table.c.volume)
        .join(format_table, format_table.c.number == table.c.format)
    )


def check_range(start_us: int, end_us: int, limit: int = 1) -> None:
    """Refuse a question that has no answer.

    Raises:
        BadRequest: The range is empty or beyond what a database can hold, or the limit is < 1.
    """
    if start_us >= end_us:
        raise BadRequest(f"the range from {start_us} to {end_us} us is empty")
    if abs(start_us) >= 1 << 60 or abs(end_us) >= 1 << 60:
        raise BadRequest("the range lies beyond the year 36000; times are microseconds since 1970")
    if limit < 1:
        raise BadRequest(f"a limit of {limit} asks for nothing")


def _spans(
    connection: Connection,
    streams: dict[int, StreamRow],
    start_us: int,
    end_us: int,
    resolution_us: int,
) -> Iterator[tuple[int, tuple[Span, ...]]]:
    """Joined footage of each stream that has any, joined while the rows come in."""
    longest = max(each.longest_segment_us for each in streams.values())
    wanted = {
        "streams": list(streams),
        "from_us": start_us - longest,
        "start_us": start_us,
        "end_us": end_us,
    }
    question = SPANS
    if (end_us - start_us) * len(streams) > _LONG_US:
        question = question.execution_options(yield_per=_FETCH_ROWS)
    rows = connection.execute(question, wanted)
    for number, group in groupby(rows, key=itemgetter(0)):
        parts = map(itemgetter(1, 2, 3), group)
        yield number, tuple(join_spans(parts, start_us, end_us, max(JOIN_US, resolution_us)))


def _gap_rows(
    connection: Connection, numbers: list[int], start_us: int, end_us: int
) -> Sequence[Row[Any]]:
    """Gaps that overlap the range: for each class of length a look back of just that length."""
    rows = connection.execute(GAPS, {"streams": numbers, "start_us": start_us, "end_us": end_us})
    return sorted(rows, key=lambda row: (row.stream, row.start_us))


def _step_rows(
    connection: Connection, numbers: list[int], start_us: int, end_us: int
) -> Sequence[Row[Any]]:
    wanted = {"streams": numbers, "start_us": start_us, "end_us": end_us}
    return connection.execute(STEPS, wanted).all()
