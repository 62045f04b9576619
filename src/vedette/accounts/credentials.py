"""Sessions, tokens and entry links in the database, known by the SHA-256 of their secrets.

The secrets hold 256 random bits, so a plain hash is enough to make a stolen table worthless, and
looking a hash up leaks nothing about other secrets by its timing.
"""

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from vedette.accounts.access import rights_of, rights_text
from vedette.base.errors import NotFound, Refused
from vedette.db import schema
from vedette.model.person import ApiToken, Identity, Visit

TOKEN_PREFIX = "vdt_"  # noqa: S105  a mark, so that leaked tokens are recognised by scanners
SEEN_EVERY_US = 60_000_000
"""Use is noted at most this often, so that a question does not cost a write each time."""

_LONGEST_NOTE = 400
"""Characters kept of what a browser calls itself."""


def new_secret(prefix: str = "") -> str:
    """256 random bits as text for cookies, headers and URL fragments."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret, 32 bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def insert_session(
    connection: Connection,
    person: Row[Any],
    *,
    session: str,
    secret: str,
    method: str,
    visit: Visit,
    now_us: int,
    expires_us: int,
) -> Identity:
    """Begin a session for a row of ``person``, and sweep out what has expired."""
    sweep(connection, now_us)
    row = {
        "id": session,
        "organisation": person.organisation,
        "person": person.id,
        "secret_sha256": hash_secret(secret),
        "created_us": now_us,
        "seen_us": now_us,
        "expires_us": expires_us,
        "method": method,
        "source": visit.source[:_LONGEST_NOTE],
        "user_agent": visit.user_agent[:_LONGEST_NOTE],
    }
    connection.execute(insert(schema.session), [row])
    return Identity(person.organisation, person.id, person.name, "session", session)


def find_session(
    connection: Connection, secret: str, now_us: int, idle_us: int
) -> tuple[Identity, int]:
    """Whose session it is, and when it was last seen.

    Raises:
        Refused: There is no such session, or it has expired.
    """
    table, person = schema.session, schema.person
    question = (
        select(table, person.c.name.label("person_name"))
        .join(person, person.c.id == table.c.person)
        .where(
            table.c.secret_sha256 == hash_secret(secret),
            table.c.expires_us > now_us,
            table.c.seen_us > now_us - idle_us,
        )
    )
    row = connection.execute(question).first()
    if row is None:
        raise Refused("the session has ended; sign in again")
    identity = Identity(row.organisation, row.person, row.person_name, "session", row.id)
    return identity, row.seen_us


def touch_session(connection: Connection, organisation: str, session: str, now_us: int) -> None:
    """Note that a session was used."""
    table = schema.session
    connection.execute(
        update(table)
        .where(table.c.organisation == organisation, table.c.id == session)
        .values(seen_us=now_us)
    )


def delete_session(connection: Connection, organisation: str, session: str) -> None:
    """End a session; one that has ended already is fine."""
    table = schema.session
    connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.id == session)
    )


def insert_token(connection: Connection, token: ApiToken, secret: str) -> None:
    """Store a token by its hash."""
    row = {
        "id": token.id,
        "organisation": token.organisation,
        "person": token.person,
        "name": token.name,
        "secret_sha256": hash_secret(secret),
        "created_us": token.created_us,
        "expires_us": token.expires_us,
        "rights": None if token.rights is None else rights_text(token.rights),
    }
    connection.execute(insert(schema.api_token), [row])


def find_token(connection: Connection, secret: str, now_us: int) -> tuple[Identity, int | None]:
    """Whose token it is, and when it was last used.

    Raises:
        Refused: There is no such token, or it has expired.
    """
    table, person = schema.api_token, schema.person
    question = (
        select(table, person.c.name.label("person_name"))
        .join(person, person.c.id == table.c.person)
        .where(
            table.c.secret_sha256 == hash_secret(secret),
            table.c.expires_us.is_(None) | (table.c.expires_us > now_us),
        )
    )
    row = connection.execute(question).first()
    if row is None:
        raise Refused("the token is unknown, revoked or expired; make a new one")
    rights = None if row.rights is None else rights_of(row.rights)
    identity = Identity(row.organisation, row.person, row.person_name, "token", row.id, rights)
    return identity, row.last_used_us


def touch_token(connection: Connection, organisation: str, token: str, now_us: int) -> None:
    """Note that a token was used."""
    table = schema.api_token
    connection.execute(
        update(table)
        .where(table.c.organisation == organisation, table.c.id == token)
        .values(last_used_us=now_us)
    )


def list_tokens(connection: Connection, organisation: str) -> list[ApiToken]:
    """The tokens of an organisation, newest first; expired ones too, until they are revoked."""
    table = schema.api_token
    question = (
        select(table)
        .where(table.c.organisation == organisation)
        .order_by(table.c.created_us.desc(), table.c.id)
    )
    return [
        ApiToken(
            id=row.id,
            organisation=row.organisation,
            person=row.person,
            name=row.name,
            created_us=row.created_us,
            expires_us=row.expires_us,
            last_used_us=row.last_used_us,
            rights=None if row.rights is None else rights_of(row.rights),
        )
        for row in connection.execute(question)
    ]


def delete_token(connection: Connection, organisation: str, token: str) -> None:
    """Revoke a token.

    Raises:
        NotFound: There is none in this organisation.
    """
    table = schema.api_token
    gone = connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.id == token)
    )
    if gone.rowcount == 0:
        raise NotFound(f"there is no token {token}")


def insert_entry_link(
    connection: Connection, organisation: str, person: str, *, secret: str, expires_us: int
) -> None:
    """Store a one-time secret by its hash."""
    row = {
        "secret_sha256": hash_secret(secret),
        "organisation": organisation,
        "person": person,
        "expires_us": expires_us,
    }
    connection.execute(insert(schema.entry_link), [row])


def take_entry_link(connection: Connection, secret: str, now_us: int) -> Row[Any]:
    """Use up a one-time secret; of two who try at once, one gets it.

    Returns:
        The row of ``person``.

    Raises:
        Refused: There is no such link, it was used, or it has expired.
    """
    link, person = schema.entry_link, schema.person
    mine = link.c.secret_sha256 == hash_secret(secret)
    question = (
        select(person)
        .join(link, link.c.person == person.c.id)
        .where(mine, link.c.expires_us > now_us)
    )
    row = connection.execute(question).first()
    taken = connection.execute(delete(link).where(mine)).rowcount == 1
    if row is None or not taken:
        raise Refused("the link was used already or has expired; ask for a new one")
    return row


def sweep(connection: Connection, now_us: int) -> None:
    """Drop sessions and entry links that have expired."""
    for table in (schema.session, schema.entry_link):
        connection.execute(delete(table).where(table.c.expires_us <= now_us))
