"""Who may come in: people with passwords, sessions, tokens and one-time links."""

import math

import structlog
from sqlalchemy import Connection

from vedette.accounts import credentials, people
from vedette.accounts.decide import (
    LONGEST_PASSWORD,
    Pace,
    Throttle,
    check_name,
    check_password,
    fold_name,
)
from vedette.accounts.passwords import Passwords
from vedette.accounts.people import FindRow
from vedette.accounts.settings import AccountSettings
from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Refused, TooManyAttempts
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.db.engine import Database
from vedette.model.person import ApiToken, Identity, Person

LOG = structlog.get_logger(__name__)

_NS_PER_S = 1_000_000_000
_WRONG = "the name or the password is wrong"


class Accounts:
    """Organisations, people and what proves who they are.

    Passwords are stored as Argon2id hashes, every other secret as its SHA-256. Attempts to sign in
    are counted in memory: a restart forgets them, which gives an attacker one more burst.
    """

    def __init__(self, database: Database, clock: Clock, settings: AccountSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._passwords = Passwords(settings)
        self._by_name = Throttle(
            Pace(settings.name_attempts, int(settings.name_recovery_s * _NS_PER_S))
        )
        self._by_source = Throttle(
            Pace(settings.source_attempts, int(settings.source_recovery_s * _NS_PER_S))
        )

    async def ensure_organisation(self, organisation: str, name: str) -> None:
        """Make an organisation, or give it another name."""
        name = check_name(name)
        await self._database.write(lambda at: people.ensure_organisation(at, organisation, name))

    async def create_person(self, organisation: str, name: str, password: str) -> Person:
        """Add somebody who may sign in.

        Names are compared without case and are unique over all organisations, because signing in
        names none.

        Raises:
            BadRequest: The name or the password cannot be used.
            Conflict: The name is taken.
            NotFound: There is no such organisation.
        """
        name = check_name(name)
        check_password(password, name, self._settings.password_min_length)
        encoded = await self._passwords.hash(password)
        person = Person(new_id(self._clock), organisation, name, self._clock.wall_us())
        await self._database.write(lambda at: people.insert_person(at, person, encoded))
        return person

    async def people(self, organisation: str) -> list[Person]:
        """The people of an organisation, by name."""
        return await self._database.read(lambda at: people.list_people(at, organisation))

    async def has_people(self) -> bool:
        """Whether anybody at all can sign in; False right after the installation."""
        return await self._database.read(people.has_people)

    async def change_password(self, organisation: str, person: str, current: str, new: str) -> None:
        """Replace a password; every session and entry link of the person ends.

        Raises:
            Refused: ``current`` is wrong.
            TooManyAttempts: It was wrong too often.
            BadRequest: ``new`` cannot be used.
            NotFound: There is no such person in the organisation.
        """
        row = await self._database.read(lambda at: people.get_row(at, organisation, person))
        check_password(new, row.name, self._settings.password_min_length)
        # A stolen session must not be a way to guess without limit.
        keys = [(self._by_name, row.sign_in_name)]
        self._spend(keys)
        if not await self._matches(row.password_hash, current):
            raise Refused("the current password is wrong")
        self._give_back(keys)
        encoded = await self._passwords.hash(new)
        done = await self._database.write(
            lambda at: (
                people.set_password_hash(at, organisation, person, row.password_hash, encoded)
                and people.end_sessions(at, organisation, person) is None
            )
        )
        if not done:
            raise Refused("the password was changed meanwhile; sign in again")

    async def set_password(self, organisation: str, person: str, new: str) -> None:
        """Replace a forgotten password, for the operator at the command line.

        Raises:
            BadRequest: ``new`` cannot be used.
            NotFound: There is no such person in the organisation.
        """
        row = await self._database.read(lambda at: people.get_row(at, organisation, person))
        check_password(new, row.name, self._settings.password_min_length)
        encoded = await self._passwords.hash(new)

        def change(connection: Connection) -> None:
            now = people.get_row(connection, organisation, person).password_hash
            people.set_password_hash(connection, organisation, person, now, encoded)
            people.end_sessions(connection, organisation, person)

        await self._database.write(change)

    async def sign_in(self, name: str, password: str, *, source: str) -> tuple[str, Identity]:
        """Begin a session.

        An unknown name takes as long as a wrong password, and both say the same.

        Args:
            name: As typed.
            password: As typed.
            source: Network address that asks, for counting attempts.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            Refused: The name or the password is wrong.
            TooManyAttempts: Too many wrong attempts for the name or from the source.
        """
        keys = [(self._by_source, source), (self._by_name, fold_name(name)[:LONGEST_PASSWORD])]
        self._spend(keys)
        row = await self._database.read(lambda at: people.find_for_sign_in(at, name))
        encoded = None if row is None else row.password_hash
        if not await self._matches(encoded, password) or row is None:
            LOG.warning("accounts.sign_in_refused", source=source)
            raise Refused(_WRONG)
        self._give_back(keys)
        if self._passwords.outdated(row.password_hash):
            stronger = await self._passwords.hash(password)
            await self._database.write(
                lambda at: people.set_password_hash(
                    at, row.organisation, row.id, row.password_hash, stronger
                )
            )
        return await self._begin_session(lambda at: people.get_row(at, row.organisation, row.id))

    async def by_session(self, secret: str) -> Identity:
        """Whose session a cookie names.

        Raises:
            Refused: There is no such session, or it has expired.
        """
        now_us = self._clock.wall_us()
        idle_us = int(self._settings.session_idle_s * US_PER_S)
        identity, seen_us = await self._database.read(
            lambda at: credentials.find_session(at, secret, now_us, idle_us)
        )
        if now_us - seen_us >= credentials.SEEN_EVERY_US:
            await self._database.write(
                lambda at: credentials.touch_session(
                    at, identity.organisation, identity.credential, now_us
                )
            )
        return identity

    async def sign_out(self, organisation: str, credential: str) -> None:
        """End a session; one that has ended already is fine."""
        await self._database.write(
            lambda at: credentials.delete_session(at, organisation, credential)
        )

    async def make_token(
        self, organisation: str, person: str, name: str, expires_us: int | None
    ) -> tuple[str, ApiToken]:
        """Make an API token for a person.

        Returns:
            The secret, which is shown once, and the token as it may be listed.

        Raises:
            BadRequest: The name cannot be used, or the expiry is past.
            NotFound: There is no such person in the organisation.
        """
        now_us = self._clock.wall_us()
        name = check_name(name)
        if expires_us is not None and not now_us < expires_us < 1 << 60:
            raise BadRequest("the token would expire before it is made; choose a later time")
        secret = credentials.new_secret(credentials.TOKEN_PREFIX)
        token = ApiToken(new_id(self._clock), organisation, person, name, now_us, expires_us, None)

        def change(connection: Connection) -> None:
            people.get_row(connection, organisation, person)
            credentials.insert_token(connection, token, secret)

        await self._database.write(change)
        return secret, token

    async def by_token(self, secret: str) -> Identity:
        """Whose token it is.

        Raises:
            Refused: It is unknown, revoked or expired.
        """
        now_us = self._clock.wall_us()
        identity, used_us = await self._database.read(
            lambda at: credentials.find_token(at, secret, now_us)
        )
        if used_us is None or now_us - used_us >= credentials.SEEN_EVERY_US:
            await self._database.write(
                lambda at: credentials.touch_token(
                    at, identity.organisation, identity.credential, now_us
                )
            )
        return identity

    async def tokens(self, organisation: str) -> list[ApiToken]:
        """The tokens of an organisation, newest first."""
        return await self._database.read(lambda at: credentials.list_tokens(at, organisation))

    async def revoke_token(self, organisation: str, token: str) -> None:
        """Make a token worthless.

        Raises:
            NotFound: There is none in this organisation.
        """
        await self._database.write(lambda at: credentials.delete_token(at, organisation, token))

    async def make_entry_link(self, organisation: str, person: str, ttl_s: float) -> str:
        """A secret that signs a person in once.

        Args:
            organisation: Of the person.
            person: Identifier.
            ttl_s: Seconds for which it may be used, more than 0, at most a week.

        Raises:
            BadRequest: ``ttl_s`` is out of range.
            NotFound: There is no such person in the organisation.
        """
        if not 0 < ttl_s <= 7 * 86_400:
            raise BadRequest("an entry link lasts more than 0 seconds and at most a week")
        secret = credentials.new_secret()
        expires_us = self._clock.wall_us() + int(ttl_s * US_PER_S)

        def change(connection: Connection) -> None:
            people.get_row(connection, organisation, person)
            credentials.insert_entry_link(
                connection, organisation, person, secret=secret, expires_us=expires_us
            )

        await self._database.write(change)
        return secret

    async def redeem_entry(self, secret: str) -> tuple[str, Identity]:
        """Begin a session with a one-time link, which is used up.

        Returns:
            As ``sign_in``.

        Raises:
            Refused: The link is unknown, was used, or has expired.
        """
        now_us = self._clock.wall_us()
        return await self._begin_session(lambda at: credentials.take_entry_link(at, secret, now_us))

    async def _begin_session(self, find: FindRow) -> tuple[str, Identity]:
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
                now_us=now_us,
                expires_us=expires_us,
            )
        )
        return secret, identity

    async def _matches(self, encoded: str | None, password: str) -> bool:
        # Longer than any stored password can be: wrong, but not for less work.
        if len(password) > LONGEST_PASSWORD:
            encoded, password = None, ""
        return await self._passwords.matches(encoded, password)

    def _spend(self, keys: list[tuple[Throttle, str]]) -> None:
        """Count the attempt before the work is done, so that many at once do not slip through."""
        now_ns = self._clock.monotonic_ns()
        wait_ns = max(throttle.wait_ns(key, now_ns) for throttle, key in keys)
        if wait_ns > 0:
            wait_s = math.ceil(wait_ns / _NS_PER_S)
            raise TooManyAttempts(f"too many wrong passwords; try again in {wait_s} s", wait_s)
        for throttle, key in keys:
            throttle.spend(key, now_ns)

    @staticmethod
    def _give_back(keys: list[tuple[Throttle, str]]) -> None:
        for throttle, key in keys:
            throttle.give_back(key)
