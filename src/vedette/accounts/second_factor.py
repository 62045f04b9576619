"""The second step after a password: a code from an authenticator app, or one on paper."""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from vedette.accounts import people
from vedette.accounts.attempts import Attempts
from vedette.accounts.codes import (
    bare_totp,
    hash_recovery_code,
    is_totp,
    new_recovery_codes,
    new_totp_secret,
    step_of,
    totp_address,
)
from vedette.accounts.pending import Pending
from vedette.accounts.sessions import Sessions, end_sessions
from vedette.base.clock import Clock
from vedette.base.errors import Conflict, NotFound, Refused
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealed_rows import holds_sealed
from vedette.db.sealing import Sealer
from vedette.db.upsert import insert_or_replace
from vedette.model.person import Identity, Visit

LOG = structlog.get_logger(__name__)

_WRONG = "the code is wrong or was used already; wait for the next one"
_NEVER = -1


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person whose password was right, while the second step is awaited."""

    organisation: str
    person: str


@dataclass(frozen=True, slots=True)
class FactorState:
    """What a person has set up.

    Attributes:
        confirmed_us: Since when codes are asked; None while they are not.
        recovery_codes: How many are left.
    """

    confirmed_us: int | None
    recovery_codes: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What goes into the authenticator app; shown once.

    Attributes:
        secret: Base32, for typing.
        address: ``otpauth://...``, for the QR code.
    """

    secret: str
    address: str


class SecondFactor:
    """Time-based codes (RFC 6238) with sealed secrets, and recovery codes kept as hashes.

    Args:
        database: Where they are kept.
        clock: The codes follow its wall time.
        sealer: Hides the secrets, which must be readable again.
        sessions: Where a second step ends.
        attempts: Wrong codes count against the person and the network address.
        second_steps: What ``Accounts.sign_in`` has begun.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        *,
        sessions: Sessions,
        attempts: Attempts,
        second_steps: Pending[PersonRef],
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._sessions = sessions
        self._attempts = attempts
        self._second_steps = second_steps

    async def state(self, organisation: str, person: str) -> FactorState:
        """What the person has set up."""

        def question(connection: Connection) -> FactorState:
            row = _row(connection, organisation, person)
            codes = schema.recovery_code
            count = select(func.count()).where(
                codes.c.organisation == organisation, codes.c.person == person
            )
            left = connection.execute(count).scalar_one()
            return FactorState(row.confirmed_us if row else None, left)

        return await self._database.read(question)

    async def enrol(self, organisation: str, person: str) -> Enrolment:
        """Make a secret; it counts once a code of it was shown to ``confirm``.

        Raises:
            Conflict: A second factor is in use.
            NotFound: There is no such person in the organisation.
        """
        if not self._sealer.has_key and await self._database.read(holds_sealed):
            self._sealer.require_key()  # a new key would hide that the old one is lost
        secret = new_totp_secret()
        sealed = self._sealer.seal(secret.encode(), _context(organisation, person))
        row = {
            "person": person,
            "organisation": organisation,
            "sealed_secret": sealed,
            "created_us": self._clock.wall_us(),
            "confirmed_us": None,
            "last_step": _NEVER,
        }

        def change(connection: Connection) -> str:
            name: str = people.get_row(connection, organisation, person).name
            if is_on(connection, organisation, person):
                raise Conflict("a second step is set up already; remove it first")
            insert_or_replace(connection, schema.second_factor, [row])
            return name

        name = await self._database.write(change)
        return Enrolment(secret, totp_address(secret, name))

    async def confirm(
        self, organisation: str, person: str, code: str, *, keep: str | None
    ) -> list[str]:
        """Ask for codes from now on; every session but ``keep`` ends.

        Returns:
            Recovery codes, shown this once.

        Raises:
            Refused: The code is wrong.
            TooManyAttempts: It was wrong too often.
            NotFound: Nothing was begun.
            Conflict: A second factor is in use already.
        """
        keys = self._attempts.of_codes(person)
        self._attempts.spend(keys)
        codes = new_recovery_codes()
        now_us = self._clock.wall_us()

        def change(connection: Connection) -> None:
            row = _row(connection, organisation, person)
            if row is None:
                raise NotFound("nothing was begun; ask for a new QR code")
            if row.confirmed_us is not None:
                raise Conflict("a second step is set up already; remove it first")
            self._take_step(connection, row, code, now_us)
            table = schema.second_factor
            connection.execute(
                update(table).where(table.c.person == person).values(confirmed_us=now_us)
            )
            _store_codes(connection, organisation, person, codes)
            end_sessions(connection, organisation, person, but=keep)
            people.forget_entry_links(connection, organisation, person)

        await self._database.write(change)
        self._attempts.give_back(keys)
        return codes

    async def renew_recovery_codes(self, organisation: str, person: str) -> list[str]:
        """New codes in the place of all old ones.

        Raises:
            NotFound: The person has no second factor.
        """
        codes = new_recovery_codes()

        def change(connection: Connection) -> None:
            if not is_on(connection, organisation, person):
                raise NotFound("no second step is set up")
            _store_codes(connection, organisation, person, codes)

        await self._database.write(change)
        return codes

    async def remove(self, organisation: str, person: str, *, keep: str | None = None) -> None:
        """Ask for no codes any more; every session but ``keep`` ends.

        Raises:
            NotFound: The person has no second factor, or is of another organisation.
        """

        def change(connection: Connection) -> None:
            if _row(connection, organisation, person) is None:
                raise NotFound("no second step is set up")
            for table in (schema.second_factor, schema.recovery_code):
                connection.execute(
                    delete(table).where(
                        table.c.organisation == organisation, table.c.person == person
                    )
                )
            end_sessions(connection, organisation, person, but=keep)

        await self._database.write(change)

    async def finish_sign_in(
        self, second_step: str, code: str, visit: Visit
    ) -> tuple[str, Identity]:
        """Begin the session for which the password was given before.

        Args:
            second_step: From ``CodeAsked``.
            code: From the app or from paper, as typed.
            visit: Where the request comes from.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            Refused: The code is wrong or was used, or the first step is too long ago.
            TooManyAttempts: Too many wrong codes.
        """
        source = self._attempts.of_source(visit.source)
        self._attempts.spend(source)
        who = self._second_steps.look(second_step)
        codes = self._attempts.of_codes(who.person)
        self._attempts.spend(codes)
        now_us = self._clock.wall_us()

        def find(connection: Connection) -> Row[Any]:
            row = _row(connection, who.organisation, who.person)
            if row is None or row.confirmed_us is None:
                raise Refused("the second step was removed meanwhile; sign in again")
            if is_totp(code):
                self._take_step(connection, row, code, now_us)
            else:
                _take_recovery_code(connection, who, code)
            return people.get_row(connection, who.organisation, who.person)

        method = "password and code" if is_totp(code) else "recovery code"
        try:
            entered = await self._sessions.begin(find, method, visit)
        except Refused:
            LOG.warning("accounts.code_refused", person=who.person, source=visit.source)
            raise
        self._second_steps.drop(second_step)
        self._attempts.give_back(source, codes)
        return entered

    def _take_step(self, connection: Connection, row: Row[Any], code: str, now_us: int) -> None:
        """Use up an app's code; of two who send the same at once, one succeeds."""
        secret = self._sealer.open(row.sealed_secret, _context(row.organisation, row.person))
        step = step_of(secret.decode(), bare_totp(code), now_us, row.last_step)
        if step is None:
            raise Refused(_WRONG)
        table = schema.second_factor
        change = (
            update(table)
            .where(table.c.person == row.person, table.c.last_step < step)
            .values(last_step=step)
        )
        if connection.execute(change).rowcount == 0:
            raise Refused(_WRONG)


def is_on(connection: Connection, organisation: str, person: str) -> bool:
    """Whether a second step follows the person's password."""
    row = _row(connection, organisation, person)
    return row is not None and row.confirmed_us is not None


def _row(connection: Connection, organisation: str, person: str) -> Row[Any] | None:
    table = schema.second_factor
    question = select(table).where(table.c.organisation == organisation, table.c.person == person)
    return connection.execute(question).first()


def _store_codes(connection: Connection, organisation: str, person: str, codes: list[str]) -> None:
    table = schema.recovery_code
    connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.person == person)
    )
    rows = [
        {"person": person, "code_sha256": hash_recovery_code(code), "organisation": organisation}
        for code in codes
    ]
    connection.execute(insert(table), rows)


def _take_recovery_code(connection: Connection, who: PersonRef, code: str) -> None:
    table = schema.recovery_code
    change = delete(table).where(
        table.c.organisation == who.organisation,
        table.c.person == who.person,
        table.c.code_sha256 == hash_recovery_code(code),
    )
    if connection.execute(change).rowcount == 0:
        raise Refused("the code is wrong or was used already")


def _context(organisation: str, person: str) -> bytes:
    """What the sealed secret belongs to."""
    return f"second factor {organisation} {person}".encode()
