"""Passkeys: made, listed and removed by their owners; a sign-in without a name or a password."""

from typing import Any

import structlog
from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from vedette.accounts import people
from vedette.accounts.attempts import Attempts
from vedette.accounts.ceremonies import (
    Ceremonies,
    NewKey,
    credential_id_of,
    user_handle_of,
)
from vedette.accounts.decide import check_name
from vedette.accounts.relying_party import RelyingParty
from vedette.accounts.sessions import Sessions, end_sessions
from vedette.base.clock import Clock
from vedette.base.errors import Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity, Passkey, Visit

LOG = structlog.get_logger(__name__)

MOST = 20
"""Passkeys of one person."""


class Passkeys:
    """Passkeys of an organisation's people.

    Args:
        database: Where their public halves are kept.
        clock: Measures everything.
        ceremonies: Challenges, shared with invitations.
        sessions: Where a sign-in ends.
        attempts: Refused answers count against the network address.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        ceremonies: Ceremonies,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ceremonies = ceremonies
        self._sessions = sessions
        self._attempts = attempts

    async def list(self, organisation: str, person: str) -> list[Passkey]:
        """The passkeys of a person, the newest first."""

        def question(connection: Connection) -> list[Passkey]:
            return [_to_passkey(row) for row in _rows(connection, organisation, person)]

        return await self._database.read(question)

    async def begin_registration(
        self, organisation: str, person: str, party: RelyingParty
    ) -> tuple[str, dict[str, Any]]:
        """Ask the person's browser for a new passkey.

        Returns:
            The secret that names the ceremony, and the options for the browser.

        Raises:
            NotFound: There is no such person in the organisation.
            Conflict: The person has very many.
        """

        def question(connection: Connection) -> tuple[str, list[bytes]]:
            name: str = people.get_row(connection, organisation, person).name
            return name, [row.credential_id for row in _rows(connection, organisation, person)]

        name, known = await self._database.read(question)
        if len(known) >= MOST:
            raise Conflict(f"{MOST} passkeys are the most; remove one first")
        return self._ceremonies.registration(party, organisation, person, name=name, known=known)

    async def finish_registration(
        self,
        organisation: str,
        person: str,
        ceremony: str,
        credential: dict[str, Any],
        *,
        name: str,
        keep: str | None,
    ) -> Passkey:
        """Keep the passkey that the browser made; every session but ``keep`` ends.

        Args:
            organisation: Of the person.
            person: Identifier.
            ceremony: From ``begin_registration``.
            credential: The browser's answer.
            name: By which the person will know it.
            keep: The session that asks.

        Raises:
            BeginAgain: The ceremony is over.
            Refused: The answer proves nothing.
            Conflict: The passkey is known already.
            BadRequest: The name cannot be used.
        """
        name = check_name(name)
        key = self._ceremonies.registered(ceremony, organisation, person, credential)
        passkey = Passkey(
            new_id(self._clock), organisation, person, name, self._clock.wall_us(), None, key.synced
        )

        def change(connection: Connection) -> None:
            people.get_row(connection, organisation, person)
            insert_passkey(connection, passkey, key)
            end_sessions(connection, organisation, person, but=keep)

        await self._database.write(change)
        return passkey

    async def remove(
        self, organisation: str, person: str, passkey: str, *, keep: str | None
    ) -> str:
        """Forget a passkey; every session but ``keep`` ends.

        Returns:
            The name that it had.

        Raises:
            NotFound: The person has none of that identifier.
        """
        table = schema.passkey

        def change(connection: Connection) -> str:
            mine = and_(
                table.c.organisation == organisation,
                table.c.person == person,
                table.c.id == passkey,
            )
            name = connection.execute(select(table.c.name).where(mine)).scalar()
            if name is None:
                raise NotFound("there is no such passkey; it was removed already")
            connection.execute(delete(table).where(mine))
            end_sessions(connection, organisation, person, but=keep)
            return name

        return await self._database.write(change)

    async def begin_sign_in(self, party: RelyingParty) -> tuple[str, dict[str, Any]]:
        """Ask a browser for any passkey of ours.

        Returns:
            As ``begin_registration``.
        """
        return self._ceremonies.authentication(party)

    async def finish_sign_in(
        self, ceremony: str, credential: dict[str, Any], visit: Visit
    ) -> tuple[str, Identity]:
        """Begin a session with a passkey; it proves device and person, so no code is asked.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            BeginAgain: The ceremony is over.
            Refused: The passkey is not known, or the answer proves nothing.
            TooManyAttempts: Too many wrong answers came from the network address.
        """
        keys = self._attempts.of_source(visit.source)
        self._attempts.spend(keys)
        table = schema.passkey
        wanted = select(table).where(table.c.credential_id == credential_id_of(credential))
        row = await self._database.read(lambda at: at.execute(wanted).first())
        if row is None or user_handle_of(credential) != row.person:
            raise Refused("this passkey is not known here; sign in another way")
        count = self._ceremonies.signed(ceremony, credential, row.public_key, row.sign_count)
        now_us = self._clock.wall_us()

        def find(connection: Connection) -> Row[Any]:
            # The count that was checked must still be the stored one: two sign-ins at once with a
            # copied passkey would otherwise both pass.
            used = (
                update(table)
                .where(table.c.id == row.id, table.c.sign_count == row.sign_count)
                .values(sign_count=count, used_us=now_us)
            )
            if connection.execute(used).rowcount == 0:
                raise Refused("the passkey was used elsewhere at the same moment; try again")
            return people.get_row(connection, row.organisation, row.person)

        entered = await self._sessions.begin(find, "passkey", visit)
        self._attempts.give_back(keys)
        return entered


def insert_passkey(connection: Connection, passkey: Passkey, key: NewKey) -> None:
    """Keep a passkey.

    Raises:
        Conflict: It is known already, be it another's.
    """
    table = schema.passkey
    known = select(table.c.id).where(table.c.credential_id == key.credential_id)
    if connection.execute(known).first() is not None:
        raise Conflict("this passkey is known already")
    row = {
        "id": passkey.id,
        "organisation": passkey.organisation,
        "person": passkey.person,
        "name": passkey.name,
        "credential_id": key.credential_id,
        "public_key": key.public_key,
        "sign_count": key.sign_count,
        "synced": key.synced,
        "created_us": passkey.created_us,
    }
    connection.execute(insert(table), [row])


def _rows(connection: Connection, organisation: str, person: str) -> list[Row[Any]]:
    table = schema.passkey
    question = (
        select(table)
        .where(table.c.organisation == organisation, table.c.person == person)
        .order_by(table.c.created_us.desc(), table.c.id)
    )
    return list(connection.execute(question))


def _to_passkey(row: Row[Any]) -> Passkey:
    return Passkey(
        row.id, row.organisation, row.person, row.name, row.created_us, row.used_us, row.synced
    )
