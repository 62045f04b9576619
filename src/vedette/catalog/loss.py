"""The account of packets and frames, minute by minute."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from vedette.base.errors import BadRequest
from vedette.catalog.reading import check_range
from vedette.catalog.rows import find_streams, loss_row, make_streams, to_loss_minute
from vedette.db import schema
from vedette.db.upsert import insert_or_replace
from vedette.model.camera import StreamKey
from vedette.model.footage import LossMinute

MINUTE_US = 60_000_000


def add_minutes(connection: Connection, organisation: str, minutes: Sequence[LossMinute]) -> None:
    """See ``catalog.ports.LossBook.add_minutes``.

    Raises:
        BadRequest: A minute belongs to another organisation, or begins between two minutes.
    """
    for minute in minutes:
        if minute.minute_us % MINUTE_US:
            raise BadRequest(f"{minute.minute_us} us is not the start of a minute")
    streams = make_streams(connection, organisation, (each.stream for each in minutes))
    rows = {
        (each.stream, each.minute_us): loss_row(each, streams[each.stream].number)
        for each in minutes
    }
    insert_or_replace(connection, schema.loss_minute, list(rows.values()))


def minutes(
    connection: Connection, organisation: str, key: StreamKey, start_us: int, end_us: int
) -> list[LossMinute]:
    """See ``catalog.ports.LossBook.minutes``.

    Raises:
        BadRequest: The range is empty.
    """
    check_range(start_us, end_us)
    stream = find_streams(connection, organisation, [key]).get(key)
    if stream is None:
        return []
    table = schema.loss_minute
    question = (
        select(table)
        .where(
            table.c.stream == stream.number,
            table.c.minute_us >= start_us,
            table.c.minute_us < end_us,
        )
        .order_by(table.c.minute_us)
    )
    return [to_loss_minute(row, key) for row in connection.execute(question)]


def stream_numbers(connection: Connection, organisation: str) -> list[int]:
    """The small numbers of all streams of an organisation."""
    table = schema.stream
    question = select(table.c.number).where(table.c.organisation == organisation)
    return list(connection.execute(question).scalars())


def forget_before(connection: Connection, stream: int, before_us: int) -> None:
    """See ``catalog.ports.LossBook.forget_before``; for one stream, so that writers wait little."""
    minute, gap, step = schema.loss_minute, schema.gap, schema.clock_step
    for table, past in (
        (minute, minute.c.minute_us <= before_us - MINUTE_US),
        (gap, (gap.c.start_us < before_us) & (gap.c.end_us <= before_us)),
        (step, step.c.at_us < before_us),
    ):
        connection.execute(delete(table).where(table.c.stream == stream, past))
