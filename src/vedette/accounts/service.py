"""Who may come in: people with passwords, sessions, tokens and one-time links."""

from typing import Any

import structlog
from sqlalchemy import Connection, Row

from vedette.accounts import credentials, people
from vedette.accounts.attempts import Attempts
from vedette.accounts.breached import BreachedPasswords
from vedette.accounts.decide import LONGEST_PASSWORD, check_name, check_password
from vedette.accounts.passwords import Passwords
from vedette.accounts.pending import Pending
from vedette.accounts.reasons import Reasons
from vedette.accounts.roles import Roles
from vedette.accounts.second_factor import PersonRef, is_on
from vedette.accounts.sessions import Sessions, end_sessions
from vedette.accounts.settings import AccountSettings
from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, CodeAsked, Refused
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.db.engine import Database
from vedette.model.person import ApiToken, Identity, Person, Visit
from vedette.model.rights import Right

LOG = structlog.get_logger(__name__)

_SECOND_STEP_S = 300.0
_WRONG = "the name or the password is wrong"


class Accounts:
    """Organisations, people and what proves who they are.

    Passwords are stored as Argon2id hashes, every other secret as its SHA-256.

    Attributes:
        attempts: Shared with the other ways to sign in.
        second_steps: Sign-ins whose password was right, for ``SecondFactor`` to finish.
    """

    def __init__(self, database: Database, clock: Clock, settings: AccountSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._passwords = Passwords(settings)
        self._breached = BreachedPasswords(settings.breached_passwords)
        self.attempts = Attempts(clock, settings)
        self.second_steps: Pending[PersonRef] = Pending(clock, _SECOND_STEP_S)
        self._sessions = Sessions(database, clock, settings)
        self._roles = Roles(database, clock)
        self._reasons = Reasons(database, clock)

    @property
    def sessions(self) -> Sessions:
        """Where every way to sign in ends."""
        return self._sessions

    @property
    def roles(self) -> Roles:
        """Who may do what."""
        return self._roles

    @property
    def reasons(self) -> Reasons:
        """Why people do what is sensitive."""
        return self._reasons

    async def find(self, name: str) -> Person | None:
        """Whose name was typed, in whatever organisation, so that its log learns of refusals."""
        row = await self._database.read(lambda at: people.find_for_sign_in(at, name))
        return None if row is None else Person(row.id, row.organisation, row.name, row.created_us)

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
        encoded = await self.hash_new_password(password, name)
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
        await self._check_password(new, row.name)
        # A stolen session must not be a way to guess without limit.
        keys = self.attempts.of_name(row.sign_in_name)
        self.attempts.spend(keys)
        if not await self._matches(row.password_hash, current):
            raise Refused("the current password is wrong")
        self.attempts.give_back(keys)
        encoded = await self._passwords.hash(new)
        done = await self._database.write(
            lambda at: _replace_password(at, row, row.password_hash, encoded)
        )
        if not done:
            raise Refused("the password was changed meanwhile; sign in again")

    async def set_password(self, organisation: str, person: str, new: str) -> None:
        """Set a password without the old one; every session and entry link of the person ends.

        For the operator at the command line, and for somebody who has none and has just proved in
        another way who it is.

        Raises:
            BadRequest: ``new`` cannot be used.
            NotFound: There is no such person in the organisation.
        """
        row = await self._database.read(lambda at: people.get_row(at, organisation, person))
        await self._check_password(new, row.name)
        encoded = await self._passwords.hash(new)

        def change(connection: Connection) -> None:
            row = people.get_row(connection, organisation, person)
            _replace_password(connection, row, row.password_hash, encoded)

        await self._database.write(change)

    async def has_password(self, organisation: str, person: str) -> bool:
        """Whether somebody can sign in with a password; who came by invitation may have none.

        Raises:
            NotFound: There is no such person in the organisation.
        """
        row = await self._database.read(lambda at: people.get_row(at, organisation, person))
        return bool(row.password_hash)

    @property
    def password_min_length(self) -> int:
        """Fewest characters of a new password."""
        return self._settings.password_min_length

    async def begin_again(
        self, organisation: str, person: str, visit: Visit
    ) -> tuple[str, Identity]:
        """Begin a session for somebody whose others have just ended by changing a password.

        Raises:
            NotFound: There is no such person in the organisation.
        """
        return await self._sessions.begin(
            lambda at: people.get_row(at, organisation, person), "password", visit
        )

    async def hash_new_password(self, password: str, name: str) -> str:
        """Check and hash a password for somebody who is about to be added.

        Raises:
            BadRequest: It cannot be used.
        """
        await self._check_password(password, name)
        return await self._passwords.hash(password)

    async def sign_in(
        self, name: str, password: str, *, source: str, user_agent: str = ""
    ) -> tuple[str, Identity]:
        """Begin a session.

        An unknown name takes as long as a wrong password, and both say the same.

        Args:
            name: As typed.
            password: As typed.
            source: Network address that asks, for counting attempts.
            user_agent: What the browser calls itself, for the list of sessions.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            Refused: The name or the password is wrong.
            CodeAsked: Both are right, and a second step is to follow (see ``SecondFactor``).
            TooManyAttempts: Too many wrong attempts for the name or from the source.
        """
        keys = (self.attempts.of_source(source), self.attempts.of_name(name))
        self.attempts.spend(*keys)
        row = await self._database.read(lambda at: people.find_for_sign_in(at, name))
        encoded = None if row is None else row.password_hash
        if not await self._matches(encoded, password) or row is None:
            LOG.warning("accounts.sign_in_refused", source=source)
            raise Refused(_WRONG)
        self.attempts.give_back(*keys)
        if self._passwords.outdated(row.password_hash):
            stronger = await self._passwords.hash(password)
            await self._database.write(
                lambda at: people.set_password_hash(
                    at, row.organisation, row.id, row.password_hash, stronger
                )
            )
        if await self._database.read(lambda at: is_on(at, row.organisation, row.id)):
            raise CodeAsked(self.second_steps.put(PersonRef(row.organisation, row.id)))
        return await self._sessions.begin(
            lambda at: people.get_row(at, row.organisation, row.id),
            "password",
            Visit(source, user_agent),
        )

    async def by_session(self, secret: str) -> Identity:
        """Whose session a cookie names.

        Raises:
            Refused: There is no such session, or it has expired.
        """
        now_us = self._clock.wall_us()
        identity, seen_us = await self._database.read(
            lambda at: credentials.find_session(at, secret, now_us, self._sessions.idle_us)
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
        self,
        organisation: str,
        person: str,
        name: str,
        expires_us: int | None,
        rights: frozenset[Right] | None = None,
    ) -> tuple[str, ApiToken]:
        """Make an API token for a person.

        Args:
            organisation: Of the person.
            person: For whom it acts.
            name: What it is for.
            expires_us: When it ends by itself; None never.
            rights: What it may be used for, of what the person may do; None is all.

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
        token = ApiToken(
            new_id(self._clock), organisation, person, name, now_us, expires_us, None, rights
        )

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

    async def redeem_entry(
        self, secret: str, *, source: str = "", user_agent: str = ""
    ) -> tuple[str, Identity]:
        """Begin a session with a one-time link, which is used up.

        No second step follows: whoever runs the server made the link, and is trusted.

        Returns:
            As ``sign_in``.

        Raises:
            Refused: The link is unknown, was used, or has expired.
            TooManyAttempts: Too many wrong links came from the source.
        """
        keys = self.attempts.of_source(source)
        self.attempts.spend(keys)
        now_us = self._clock.wall_us()
        entered = await self._sessions.begin(
            lambda at: credentials.take_entry_link(at, secret, now_us),
            "entry link",
            Visit(source, user_agent),
        )
        self.attempts.give_back(keys)
        return entered

    async def _check_password(self, password: str, name: str) -> None:
        check_password(password, name, self._settings.password_min_length)
        await self._breached.check(password)

    async def _matches(self, encoded: str | None, password: str) -> bool:
        # Longer than any stored password can be: wrong, but not for less work. Nor may it show
        # that somebody has no password at all.
        if len(password) > LONGEST_PASSWORD:
            encoded, password = None, ""
        return await self._passwords.matches(encoded or None, password)


def _replace_password(connection: Connection, row: Row[Any], before: str, after: str) -> bool:
    """Replace a hash, unless it was replaced meanwhile, and end what the old one opened."""
    done = people.set_password_hash(connection, row.organisation, row.id, before, after)
    if done:
        end_sessions(connection, row.organisation, row.id)
        people.forget_entry_links(connection, row.organisation, row.id)
    return done
