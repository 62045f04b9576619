"""The event log in the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from vedette.base.errors import NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.journal.decide import START, body_of, check, columns_of, compare, event_of, fold, link
from vedette.journal.ports import Box, EventQuery, Fault, Page, Proof
from vedette.model.event import Entry, Event, Head

_AT_ONCE = 2000
"""Entries that are read in one transaction while the chain is proven."""
MOST = 1000
"""Entries in one answer."""


class SqlJournal:
    """See ``journal.ports.Journal``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, organisation: str, events: Sequence[Event]) -> Head:
        """See Journal.append."""
        for event in events:
            check(organisation, event)
        bodies = [(event, body_of(event)) for event in events]
        return await self._database.write(lambda at: _append(at, organisation, bodies))

    async def events(self, organisation: str, query: EventQuery) -> Page:
        """See Journal.events."""
        table = schema.event
        limit = max(1, min(query.limit, MOST))
        question = (
            select(table)
            .where(table.c.organisation == organisation, *_conditions(query))
            .order_by(table.c.observed_us.desc(), table.c.sequence.desc())
            .limit(limit + 1)
        )
        rows = await self._database.read(lambda at: at.execute(question).all())
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(
            tuple(_entry(row) for row in rows[:limit]),
            None if last is None else (last.observed_us, last.sequence),
        )

    async def chain(self, organisation: str, after: int, limit: int) -> list[tuple[Entry, str]]:
        """See Journal.chain."""
        rows = await self._database.read(
            lambda at: at.execute(_after(organisation, after, limit)).all()
        )
        return [(_entry(row), row.body) for row in rows]

    async def head(self, organisation: str) -> Head:
        """See Journal.head."""
        return await self._database.read(lambda at: _head(at, organisation))

    async def verify(self, organisation: str, noted: Head | None = None) -> Proof:
        """See Journal.verify."""
        end = await self.head(organisation)
        at, compared = START, 0
        while at.sequence < end.sequence:
            here = at

            def read(connection: Connection, after: int = here.sequence) -> list[dict[str, Any]]:
                found = connection.execute(_after(organisation, after, _AT_ONCE)).mappings()
                return [dict(row) for row in found if row["sequence"] <= end.sequence]

            rows = await self._database.read(read)
            if not rows:
                gone = at.sequence + 1
                said = f"entries {gone} to {end.sequence} are missing from the end"
                return Proof(compared, end, Fault(gone, said))
            for row in rows:
                fault = compare(at, row) or _differs(noted, row)
                if fault is not None:
                    return Proof(compared, end, fault)
                at, compared = Head(row["sequence"], row["sha256"]), compared + 1
        return Proof(compared, end, _end_fault(at, end, noted))


def _differs(noted: Head | None, row: dict[str, Any]) -> Fault | None:
    sequence = row["sequence"]
    if noted is None or noted.sequence != sequence or noted.sha256 == row["sha256"]:
        return None
    return Fault(
        sequence,
        f"entry {sequence} or one before it was rewritten after its head was noted",
    )


def _end_fault(at: Head, end: Head, noted: Head | None) -> Fault | None:
    if at != end:
        return Fault(end.sequence, f"the last entry, {end.sequence}, is not the one that was added")
    if noted is not None and noted.sequence > end.sequence:
        gone = end.sequence + 1
        return Fault(gone, f"entries {gone} to {noted.sequence}, noted earlier, are missing")
    return None


def _append(connection: Connection, organisation: str, bodies: list[tuple[Event, str]]) -> Head:
    known = select(schema.organisation.c.id).where(schema.organisation.c.id == organisation)
    # The row lock makes writers in other processes wait, so that the chain never forks.
    if connection.execute(known.with_for_update()).first() is None:
        raise NotFound(f"there is no organisation {organisation}")
    head = _head(connection, organisation)
    if not bodies:
        return head
    first = head.sequence == 0
    rows: list[dict[str, Any]] = []
    for event, body in bodies:
        head = Head(head.sequence + 1, link(head.sha256, body))
        place = {"organisation": organisation, "sequence": head.sequence}
        rows.append(place | columns_of(event) | {"body": body, "sha256": head.sha256})
    connection.execute(insert(schema.event), rows)
    table = schema.event_head
    values = {"sequence": head.sequence, "sha256": head.sha256}
    if first:
        connection.execute(insert(table), [values | {"organisation": organisation}])
    else:
        connection.execute(update(table).where(table.c.organisation == organisation).values(values))
    return head


def _head(connection: Connection, organisation: str) -> Head:
    table = schema.event_head
    row = connection.execute(select(table).where(table.c.organisation == organisation)).first()
    return START if row is None else Head(row.sequence, bytes(row.sha256))


def _after(organisation: str, after: int, limit: int) -> Select[Any]:
    table = schema.event
    return (
        select(table)
        .where(table.c.organisation == organisation, table.c.sequence > after)
        .order_by(table.c.sequence)
        .limit(limit)
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.sequence, event_of(row.body), bytes(row.sha256))


def _conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    table = schema.event.c
    found: list[ColumnElement[bool]] = []
    if query.start_us is not None:
        found.append(table.observed_us >= query.start_us)
    if query.end_us is not None:
        found.append(table.observed_us < query.end_us)
    if query.kinds:
        found.append(or_(*(_of_kind(kind) for kind in query.kinds)))
    exact = {
        table.subject: query.subject,
        table.person: query.person,
        table.outcome: query.outcome,
        table.site: query.site,
    }
    found += [column == value for column, value in exact.items() if value]
    if query.box is not None:
        found.append(_inside(query.box))
    found += [table.words.contains(word, autoescape=True) for word in fold([query.text]).split()]
    if query.before is not None:
        found.append(tuple_(table.observed_us, table.sequence) < tuple_(*query.before))
    return found


def _of_kind(kind: str) -> ColumnElement[bool]:
    column = schema.event.c.kind
    # By range, so that the index serves: "/" follows "." in ASCII.
    return and_(column >= kind, column < kind[:-1] + "/") if kind.endswith(".") else column == kind


def _inside(box: Box) -> ColumnElement[bool]:
    table = schema.event.c
    latitude = table.latitude.between(box.south, box.north)
    if box.west <= box.east:
        return and_(latitude, table.longitude.between(box.west, box.east))
    return and_(latitude, or_(table.longitude >= box.west, table.longitude <= box.east))
