"""Organisations and people in the database; functions of one connection."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from vedette.accounts.decide import fold_name
from vedette.base.errors import Conflict, NotFound
from vedette.db import schema
from vedette.db.upsert import insert_or_replace
from vedette.model.person import Person

FindRow = Callable[[Connection], Row[Any]]
"""Gives a row of ``person`` in a transaction, or refuses."""


NO_PASSWORD = ""
"""The hash of somebody who signs in otherwise; no password matches it."""


def ensure_organisation(connection: Connection, organisation: str, name: str) -> None:
    """Make an organisation, or rename it."""
    insert_or_replace(connection, schema.organisation, [{"id": organisation, "name": name}])


def require_organisation(connection: Connection, organisation: str) -> None:
    """Make sure that there is one.

    Raises:
        NotFound: There is no such organisation.
    """
    table = schema.organisation
    known = select(table.c.id).where(table.c.id == organisation)
    if connection.execute(known).first() is None:
        raise NotFound(f"there is no organisation {organisation}")


def insert_person(connection: Connection, person: Person, password_hash: str) -> None:
    """Add a person.

    Raises:
        Conflict: Somebody signs in with that name, in whatever organisation.
        NotFound: There is no such organisation.
    """
    require_organisation(connection, person.organisation)
    if find_for_sign_in(connection, person.name) is not None:
        raise Conflict(f"the name {person.name!r} is taken; choose another")
    row = {
        "id": person.id,
        "organisation": person.organisation,
        "name": person.name,
        "sign_in_name": fold_name(person.name),
        "password_hash": password_hash,
        "created_us": person.created_us,
    }
    connection.execute(insert(schema.person), [row])


def has_people(connection: Connection) -> bool:
    """Whether anybody at all can sign in."""
    return connection.execute(select(schema.person.c.id).limit(1)).first() is not None


def list_people(connection: Connection, organisation: str) -> list[Person]:
    """The people of an organisation, by name."""
    table = schema.person
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.name)
    return [_to_person(row) for row in connection.execute(question)]


def find_for_sign_in(connection: Connection, name: str) -> Row[Any] | None:
    """The row of ``person`` whose name was typed, whatever organisation it belongs to."""
    table = schema.person
    return connection.execute(select(table).where(table.c.sign_in_name == fold_name(name))).first()


def get_row(connection: Connection, organisation: str, person: str) -> Row[Any]:
    """The row of ``person``.

    Raises:
        NotFound: There is none in this organisation.
    """
    table = schema.person
    question = select(table).where(table.c.organisation == organisation, table.c.id == person)
    row = connection.execute(question).first()
    if row is None:
        raise NotFound(f"there is no person {person}")
    return row


def set_password_hash(
    connection: Connection, organisation: str, person: str, before: str, after: str
) -> bool:
    """Replace a password hash, unless it was replaced meanwhile.

    Returns:
        Whether it was.
    """
    table = schema.person
    change = (
        update(table)
        .where(
            table.c.organisation == organisation,
            table.c.id == person,
            table.c.password_hash == before,
        )
        .values(password_hash=after)
    )
    return connection.execute(change).rowcount == 1


def forget_entry_links(connection: Connection, organisation: str, person: str) -> None:
    """Make the one-time links of a person worthless."""
    table = schema.entry_link
    connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.person == person)
    )


def _to_person(row: Row[Any]) -> Person:
    return Person(row.id, row.organisation, row.name, row.created_us)
