"""What the event log must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import DBAPIError

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, NotFound
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.journal import EventQuery, SqlJournal
from vedette.journal.ports import Box
from vedette.model.event import Actor, Event, Geo, Head, Outcome

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]
NOON = 1_777_636_800_000_000


async def fresh_organisation(database: Database) -> str:
    organisation = new_id()
    accounts = Accounts(database, SystemClock(), AccountSettings())
    await accounts.ensure_organisation(organisation, "Somebody")
    return organisation


def event(organisation: str, second: int, **fields: Any) -> Event:
    at_us = NOON + second * 1_000_000
    kind = fields.pop("kind", "footage.watched")
    return Event(new_id(), organisation, kind, at_us, at_us, "api", **fields)


def seconds(found: Any) -> list[int]:
    return [(entry.event.observed_us - NOON) // 1_000_000 for entry in found.entries]


def test_what_is_appended_is_found_latest_first_page_by_page(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal, mine = SqlJournal(database), await fresh_organisation(database)
        assert await journal.head(mine) == Head(0, bytes(32))
        await journal.append(mine, [event(mine, at) for at in range(4)])
        head = await journal.append(mine, [event(mine, 4)])
        assert head.sequence == 5
        assert await journal.head(mine) == head
        assert await journal.append(mine, []) == head
        first = await journal.events(mine, EventQuery(limit=2))
        assert seconds(first) == [4, 3]
        second = await journal.events(mine, EventQuery(limit=2, before=first.next))
        assert seconds(second) == [2, 1]
        last = await journal.events(mine, EventQuery(limit=2, before=second.next))
        assert seconds(last) == [0]
        assert last.next is None
        chain = await journal.chain(mine, 2, 2)
        assert [entry.sequence for entry, _ in chain] == [3, 4]

    on_database(story)


def test_events_are_found_by_all_that_they_are(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal, mine = SqlJournal(database), await fresh_organisation(database)
        ann, fiji = Actor(person="p1", name="Ann"), Geo(-17.8, 179.5)
        await journal.append(
            mine,
            [
                event(mine, 0, actor=ann, subject="camera/1", text="watched Main gate live"),
                event(mine, 1, kind="camera.changed", subject="camera/1", site="s1"),
                event(mine, 2, kind="footage.exported", outcome=Outcome.REFUSED, geo=fiji),
                event(mine, 3, kind="footage_x.made", text="100% sure_thing"),
                event(mine, 4, data={"role": "main", "note": "Bäckerstraße 5"}),
            ],
        )
        for query, expected in (
            (EventQuery(kinds=("footage.",)), [4, 2, 0]),
            (EventQuery(kinds=("camera.changed", "footage.exported")), [2, 1]),
            (EventQuery(subject="camera/1"), [1, 0]),
            (EventQuery(person="p1"), [0]),
            (EventQuery(outcome="refused"), [2]),
            (EventQuery(site="s1"), [1]),
            (EventQuery(start_us=NOON + 1_000_000, end_us=NOON + 3_000_000), [2, 1]),
            (EventQuery(text="GATE main"), [0]),
            (EventQuery(text="ann"), [0]),
            (EventQuery(text="100%"), [3]),
            (EventQuery(text="sure_thing"), [3]),
            (EventQuery(text="sureXthing"), []),
            (EventQuery(text="bäckerstrasse"), [4]),
            (EventQuery(box=Box(-20, 170, -10, 180)), [2]),
            (EventQuery(box=Box(-20, 179, -10, -179)), [2]),
            (EventQuery(box=Box(-20, -180, -10, 0)), []),
        ):
            assert seconds(await journal.events(mine, query)) == expected, query

    on_database(story)


def test_the_database_itself_refuses_to_change_the_log(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal, mine = SqlJournal(database), await fresh_organisation(database)
        await journal.append(mine, [event(mine, 0)])
        table = schema.event
        for statement in (
            update(table).where(table.c.organisation == mine).values(words="nothing"),
            delete(table).where(table.c.organisation == mine),
        ):
            with pytest.raises(DBAPIError, match="only ever added to"):
                await database.write(lambda at, said=statement: at.execute(said))
        assert (await journal.verify(mine)).fault is None

    on_database(story)


def unguard(connection: Connection) -> None:
    """What somebody with the database's password can do."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS event_no_update")
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS event_no_delete")
    else:
        connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER event_no_change")


def test_verifying_names_the_first_altered_row(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal = SqlJournal(database)
        table, head = schema.event, schema.event_head

        async def after(deed: Any) -> tuple[int, str]:
            mine = await fresh_organisation(database)
            await journal.append(mine, [event(mine, at, text=f"deed {at}") for at in range(5)])
            assert (await journal.verify(mine)).entries == 5
            await database.write(unguard)
            await database.write(lambda at: at.execute(deed(mine)))
            fault = (await journal.verify(mine)).fault
            assert fault is not None
            return fault.sequence, fault.detail

        def row(mine: str, number: int) -> Any:
            return (table.c.organisation == mine) & (table.c.sequence == number)

        number, said = await after(
            lambda mine: update(table).where(row(mine, 3)).values(body=table.c.body.concat(" "))
        )
        assert (number, "altered" in said) == (3, True)
        number, said = await after(
            lambda mine: update(table).where(row(mine, 2)).values(person="somebody else")
        )
        assert (number, "person" in said) == (2, True)
        number, said = await after(lambda mine: delete(table).where(row(mine, 4)))
        assert (number, "missing" in said) == (4, True)
        number, said = await after(
            lambda mine: delete(table).where(table.c.organisation == mine, table.c.sequence > 3)
        )
        assert (number, "from the end" in said) == (4, True)
        number, said = await after(
            lambda mine: (
                update(head).where(head.c.organisation == mine).values(sequence=4, sha256=b"0" * 32)
            )
        )
        assert number == 4

    on_database(story)


def test_a_noted_head_proves_what_came_before_it(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal, mine = SqlJournal(database), await fresh_organisation(database)
        noted = await journal.append(mine, [event(mine, 0), event(mine, 1)])
        await journal.append(mine, [event(mine, 2)])
        assert (await journal.verify(mine, noted)).fault is None
        forged = await journal.verify(mine, replace(noted, sha256=b"x" * 32))
        assert forged.fault is not None
        assert forged.fault.sequence == 2
        shortened = await journal.verify(mine, Head(9, b"x" * 32))
        assert shortened.fault is not None
        assert "noted earlier, are missing" in shortened.fault.detail

    on_database(story)


def test_organisations_have_chains_of_their_own(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        journal = SqlJournal(database)
        mine, theirs = await fresh_organisation(database), await fresh_organisation(database)
        await journal.append(mine, [event(mine, 0)])
        await journal.append(theirs, [event(theirs, 1)])
        assert seconds(await journal.events(mine, EventQuery())) == [0]
        assert (await journal.head(theirs)).sequence == 1
        with pytest.raises(BadRequest, match="does not belong"):
            await journal.append(mine, [event(theirs, 2)])
        with pytest.raises(NotFound):
            await journal.append(stranger := new_id(), [event(stranger, 2)])

    on_database(story)
