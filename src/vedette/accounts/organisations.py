"""The organisations of one server, and how one finds another.

Nobody is shown a list of them through the API: an organisation finds another only by its exact
name, and may not try many.
"""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from vedette.accounts.attempts import Attempts
from vedette.accounts.decide import check_name, fold_name
from vedette.base.errors import Conflict, NotFound
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.upsert import insert_or_ignore
from vedette.model.person import Organisation


class Organisations:
    """Names of organisations."""

    def __init__(self, database: Database, attempts: Attempts) -> None:
        self._database = database
        self._attempts = attempts

    async def ensure(self, organisation: str, name: str) -> None:
        """Make an organisation unless it is there; one that is keeps its name."""
        row = {"id": organisation, "name": check_name(name)}
        await self._database.write(lambda at: insert_or_ignore(at, schema.organisation, [row]))

    async def name(self, named: str) -> str:
        """How an organisation is called.

        Raises:
            NotFound: There is none.
        """
        table = schema.organisation
        asked = select(table.c.name).where(table.c.id == named)
        found = await self._database.read(lambda at: at.execute(asked).scalar())
        if found is None:
            raise NotFound(f"there is no organisation {named}")
        return found

    async def rename(self, organisation: str, name: str) -> None:
        """Give an organisation another name.

        Raises:
            BadRequest: The name cannot be used.
            Conflict: Another one has it, whatever its case.
            NotFound: There is no such organisation.
        """
        name = check_name(name)

        def change(connection: Connection) -> None:
            if any(row.id != organisation for row in _named(connection, name)):
                raise Conflict(_taken(name))
            table = schema.organisation
            renaming = update(table).where(table.c.id == organisation).values(name=name)
            if connection.execute(renaming).rowcount != 1:
                raise NotFound(f"there is no organisation {organisation}")

        await self._database.write(change)

    async def add(self, name: str) -> Organisation:
        """Make an organisation.

        Raises:
            BadRequest: The name cannot be used.
            Conflict: There is one of that name, whatever its case.
        """
        made = Organisation(new_id(), check_name(name))

        def change(connection: Connection) -> None:
            if _named(connection, made.name):
                raise Conflict(_taken(made.name))
            connection.execute(insert(schema.organisation), [{"id": made.id, "name": made.name}])

        await self._database.write(change)
        return made

    async def all(self) -> list[Organisation]:
        """All of them, by name; for whoever runs the server."""
        table = schema.organisation
        asked = select(table).order_by(table.c.name, table.c.id)
        return await self._database.read(
            lambda at: [Organisation(row.id, row.name) for row in at.execute(asked)]
        )

    async def find(self, name: str, asked_by: str) -> Organisation:
        """The organisation of exactly that name, but for case and outer blanks.

        Args:
            name: As its people wrote it down.
            asked_by: The organisation that asks, which may not guess many names.

        Raises:
            NotFound: There is none, or several have the name; nothing tells which.
            TooManyAttempts: Too many names were wrong.
        """
        keys = self._attempts.of_organisation_names(asked_by)
        self._attempts.spend(keys)
        found = await self._database.read(lambda at: _named(at, name))
        if len(found) != 1:
            raise NotFound(
                "no organisation has exactly that name here; its people read it at the top of "
                "“Shared with us”"
            )
        self._attempts.give_back(keys)
        return Organisation(found[0].id, found[0].name)


def _named(connection: Connection, name: str) -> list[Row[Any]]:
    # There are few, and case is folded in one way whatever the database.
    rows = connection.execute(select(schema.organisation)).all()
    return [row for row in rows if fold_name(row.name) == fold_name(name)]


def _taken(name: str) -> str:
    return f"the name {name!r} is taken; choose another"
