"""Organisations, the people in them, and what proves who somebody is."""

from dataclasses import dataclass

from vedette.model.rights import Offer, Right

DEFAULT_ORGANISATION = "00000000-0000-7000-8000-000000000001"
"""The organisation that a fresh installation starts with."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who owns cameras and footage; nothing is seen across organisations."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: str
    organisation: str
    name: str
    created_us: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking: a person, by session or by token.

    Attributes:
        organisation: Every store is asked with it.
        person: Identifier of the person.
        name: For display and for the audit.
        how: ``session`` or ``token``.
        credential: Identifier of the session or token, never its secret.
        rights: What a token was narrowed to; None is all that the person may do.
    """

    organisation: str
    person: str
    name: str
    how: str
    credential: str
    rights: frozenset[Right] | None = None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it may be listed; the secret is shown once and stored only as a hash.

    Attributes:
        rights: What it may be used for, of what its person may do; None is all of it.
    """

    id: str
    organisation: str
    person: str
    name: str
    created_us: int
    expires_us: int | None
    last_used_us: int | None
    rights: frozenset[Right] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request to sign in comes from.

    Attributes:
        source: Network address.
        user_agent: What the browser calls itself; made up by whoever asks.
    """

    source: str
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in with one browser.

    Attributes:
        method: How the person proved who it is, such as ``password`` or ``passkey``.
        visit: Where it was begun.
    """

    id: str
    organisation: str
    person: str
    person_name: str
    method: str
    visit: Visit
    created_us: int
    seen_us: int
    expires_us: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as it may be listed.

    Attributes:
        name: Given by its owner.
        used_us: Last sign-in with it.
        synced: Whether it lives in somebody's key ring and not in one device.
    """

    id: str
    organisation: str
    person: str
    name: str
    created_us: int
    used_us: int | None
    synced: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who may make an account by that name.

    Attributes:
        invited_by: Name of who invited.
        offers: What the person will hold.
    """

    id: str
    organisation: str
    name: str
    invited_by: str
    created_us: int
    expires_us: int
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class SignOnLink:
    """A person whom an OpenID provider knows.

    Attributes:
        issuer: The provider's own word for itself.
        provider: Its name in the settings; the issuer when it is not there any more.
        used_us: Last sign-on through it.
    """

    organisation: str
    person: str
    issuer: str
    provider: str
    created_us: int
    used_us: int | None
