"""Sessions as people see and end them."""

from typing import Any

from sqlalchemy import Connection, Row, delete, select

from vedette.accounts import credentials
from vedette.accounts.people import FindRow
from vedette.accounts.settings import AccountSettings
from vedette.base.clock import Clock
from vedette.base.errors import NotFound
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity, Session, Visit


class Sessions:
    """Begins, lists and ends the sessions of an organisation's people."""

    def __init__(self, database: Database, clock: Clock, settings: AccountSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    @property
    def idle_us(self) -> int:
        """Microseconds without a request after which a session has ended."""
        return int(self._settings.session_idle_s * US_PER_S)

    async def begin(self, find: FindRow, method: str, visit: Visit) -> tuple[str, Identity]:
        """Begin a session for whom ``find`` gives; what it changes happens in one transaction.

        Returns:
            The secret for the cookie, and who it is.
        """
        secret = credentials.new_secret()
        session = new_id(self._clock)
        now_us = self._clock.wall_us()
        expires_us = now_us + int(self._settings.session_max_s * US_PER_S)
        identity = await self._database.write(
            lambda at: credentials.insert_session(
                at,
                find(at),
                session=session,
                secret=secret,
                method=method,
                visit=visit,
                now_us=now_us,
                expires_us=expires_us,
            )
        )
        return secret, identity

    async def list(self, organisation: str, person: str | None = None) -> list[Session]:
        """The sessions that have not ended, of one person or of all, the last used first."""
        now_us = self._clock.wall_us()

        def question(connection: Connection) -> list[Session]:
            table = schema.session
            asked = (
                _with_names()
                .where(
                    table.c.organisation == organisation,
                    table.c.expires_us > now_us,
                    table.c.seen_us > now_us - self.idle_us,
                )
                .order_by(table.c.seen_us.desc(), table.c.id)
            )
            if person is not None:
                asked = asked.where(table.c.person == person)
            return [_to_session(row) for row in connection.execute(asked)]

        return await self._database.read(question)

    async def get(self, organisation: str, session: str) -> Session:
        """One of them.

        Raises:
            NotFound: There is none in this organisation.
        """
        table = schema.session
        asked = _with_names().where(table.c.organisation == organisation, table.c.id == session)
        row = await self._database.read(lambda at: at.execute(asked).first())
        if row is None:
            raise NotFound("there is no such session; it has ended already")
        return _to_session(row)

    async def is_fresh(self, organisation: str, session: str) -> bool:
        """Whether it was begun so lately that what proves who somebody is may be changed.

        Raises:
            NotFound: There is none in this organisation.
        """
        begun_us = (await self.get(organisation, session)).created_us
        age_us = self._clock.wall_us() - begun_us
        return age_us <= self._settings.prove_again_s * US_PER_S

    async def end(self, organisation: str, session: str, person: str | None = None) -> None:
        """End one; of a certain person only, when one is named.

        Raises:
            NotFound: There is none.
        """
        table = schema.session
        change = delete(table).where(table.c.organisation == organisation, table.c.id == session)
        if person is not None:
            change = change.where(table.c.person == person)
        gone = await self._database.write(lambda at: at.execute(change).rowcount)
        if gone == 0:
            raise NotFound("there is no such session; it has ended already")

    async def end_all(self, organisation: str, person: str, *, but: str | None = None) -> int:
        """End every session of a person.

        Args:
            organisation: Of the person.
            person: Identifier.
            but: The session that stays.

        Returns:
            How many ended.
        """
        return await self._database.write(
            lambda at: end_sessions(at, organisation, person, but=but)
        )

    async def end_by_secret(self, secret: str) -> None:
        """End the session that a browser brought along when it signs in anew."""
        table = schema.session
        change = delete(table).where(table.c.secret_sha256 == credentials.hash_secret(secret))
        await self._database.write(lambda at: at.execute(change))


def end_sessions(
    connection: Connection, organisation: str, person: str, *, but: str | None = None
) -> int:
    """End the sessions of a person, all or all but one; tokens stay until they are revoked."""
    table = schema.session
    change = delete(table).where(table.c.organisation == organisation, table.c.person == person)
    if but is not None:
        change = change.where(table.c.id != but)
    return connection.execute(change).rowcount


def _with_names() -> Any:
    table, person = schema.session, schema.person
    return select(table, person.c.name.label("person_name")).join(
        person, person.c.id == table.c.person
    )


def _to_session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        organisation=row.organisation,
        person=row.person,
        person_name=row.person_name,
        method=row.method,
        visit=Visit(row.source, row.user_agent),
        created_us=row.created_us,
        seen_us=row.seen_us,
        expires_us=row.expires_us,
    )
