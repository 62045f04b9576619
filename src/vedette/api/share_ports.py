"""What the API needs of shares; ``vedette.app`` wires the real thing to it."""

from collections.abc import Sequence
from typing import Protocol

from vedette.model.person import Organisation
from vedette.model.share import Guest, Share


class OwnShares(Protocol):
    """Shares as their owner sees them."""

    async def make(
        self, organisation: str, share: Share, now_us: int, link_sha256: bytes | None = None
    ) -> Share:
        """Keep a new share.

        Raises:
            BadRequest: It makes no sense.
            Conflict: There are too many.
            NotFound: A camera or the recipient is not here.
        """
        ...

    async def list(self, organisation: str) -> Sequence[Share]:
        """The organisation's own shares, newest first."""
        ...

    async def get(self, organisation: str, share: str) -> Share:
        """One of them.

        Raises:
            NotFound: There is none.
        """
        ...

    async def end(self, organisation: str, share: str, by_name: str, now_us: int) -> Share:
        """End one for good.

        Raises:
            NotFound: There is none.
        """
        ...


class GivenShares(Protocol):
    """Shares as their recipients see them."""

    async def given_to(self, organisation: str, now_us: int) -> Sequence[Share]:
        """Those that are in force."""
        ...

    async def received(self, organisation: str, share: str) -> Share:
        """One of them, in force or not.

        Raises:
            NotFound: There is none.
        """
        ...


class ShareBook(OwnShares, GivenShares, Protocol):
    """``sharing.store.ShareStore``."""


class GuestBook(Protocol):
    """``sharing.guests.GuestStore``."""

    async def find_link(self, secret: str) -> Share | None:
        """The share of a link, in force or not."""
        ...

    async def enter(self, organisation: str, share: str) -> tuple[str, Guest]:
        """Use a link.

        Raises:
            NotFound: There is no such share with a link.
            Refused: It is not in force, or used up.
        """
        ...

    async def by_secret(self, secret: str) -> Guest:
        """Whose cookie it is.

        Raises:
            Refused: Nobody's.
        """
        ...

    async def leave(self, organisation: str, session: str) -> None:
        """Forget a guest."""
        ...


class OrganisationBook(Protocol):
    """``accounts.organisations.Organisations``, as much of it as the API needs."""

    async def name(self, named: str) -> str:
        """How an organisation is called.

        Raises:
            NotFound: There is none.
        """
        ...

    async def find(self, name: str, asked_by: str) -> Organisation:
        """The organisation of exactly that name.

        Raises:
            NotFound: There is none.
            TooManyAttempts: Too many names were wrong.
        """
        ...
