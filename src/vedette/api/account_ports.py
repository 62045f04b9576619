"""What the API asks of accounts; ``vedette.app`` wires the real thing to it."""

from collections.abc import Sequence
from typing import Protocol

from vedette.accounts.attempts import Attempts
from vedette.accounts.reasons import Reasons
from vedette.accounts.roles import Roles
from vedette.accounts.sessions import Sessions
from vedette.model.person import ApiToken, Identity, Person, Visit
from vedette.model.rights import Right


class SignIn(Protocol):
    """Who is asking."""

    async def sign_in(
        self, name: str, password: str, *, source: str, user_agent: str = ""
    ) -> tuple[str, Identity]:
        """Check a password and open a session.

        Args:
            name: Of the person.
            password: In the clear; never kept.
            source: Network address of the caller, for rate limiting.
            user_agent: What the browser calls itself.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            Refused: The name or the password is wrong.
            CodeAsked: Both are right, and a code is to follow.
            TooManyAttempts: Wait before the next try.
        """
        ...

    async def by_session(self, secret: str) -> Identity:
        """The person behind a session.

        Raises:
            Refused: Unknown, ended or expired.
        """
        ...

    async def by_token(self, secret: str) -> Identity:
        """The person behind an API token.

        Raises:
            Refused: Unknown, revoked or expired.
        """
        ...

    async def sign_out(self, organisation: str, credential: str) -> None:
        """End a session."""
        ...

    async def redeem_entry(
        self, secret: str, *, source: str = "", user_agent: str = ""
    ) -> tuple[str, Identity]:
        """Open a session with a one-time link.

        Raises:
            Refused: Unknown, used or expired.
        """
        ...


class Tokens(Protocol):
    """Secrets for scripts."""

    async def make_token(
        self,
        organisation: str,
        person: str,
        name: str,
        expires_us: int | None,
        rights: frozenset[Right] | None = None,
    ) -> tuple[str, ApiToken]:
        """Make a token; its secret is shown this once."""
        ...

    async def tokens(self, organisation: str) -> Sequence[ApiToken]:
        """Every token of the organisation."""
        ...

    async def revoke_token(self, organisation: str, token: str) -> None:
        """End a token.

        Raises:
            NotFound: There is none.
        """
        ...


class OwnAccount(Protocol):
    """What people change about themselves."""

    @property
    def password_min_length(self) -> int:
        """Fewest characters of a new password."""
        ...

    async def has_password(self, organisation: str, person: str) -> bool:
        """Whether the person can sign in with a password."""
        ...

    async def change_password(self, organisation: str, person: str, current: str, new: str) -> None:
        """Replace a password; every session of the person ends.

        Raises:
            Refused: ``current`` is wrong.
            BadRequest: ``new`` cannot be used.
        """
        ...

    async def set_password(self, organisation: str, person: str, new: str) -> None:
        """Set the password of somebody who has proved otherwise who it is.

        Raises:
            BadRequest: ``new`` cannot be used.
        """
        ...

    async def begin_again(
        self, organisation: str, person: str, visit: Visit
    ) -> tuple[str, Identity]:
        """Begin a session for somebody who has just changed the password."""
        ...


class AccountBook(SignIn, Tokens, OwnAccount, Protocol):
    """``accounts.service.Accounts``."""

    @property
    def sessions(self) -> Sessions:
        """Who is signed in where."""
        ...

    @property
    def roles(self) -> Roles:
        """Who may do what."""
        ...

    @property
    def reasons(self) -> Reasons:
        """Why people do what is sensitive."""
        ...

    @property
    def attempts(self) -> Attempts:
        """How often one may try."""
        ...

    async def find(self, name: str) -> Person | None:
        """Whose name was typed, in whatever organisation."""
        ...

    async def people(self, organisation: str) -> Sequence[Person]:
        """The people of an organisation, by name."""
        ...
