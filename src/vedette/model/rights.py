"""Who may do what, and where."""

from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    """One thing that a person may be allowed to do.

    ``LIVE`` to ``CONFIGURE`` are given for cameras; the others only for the whole organisation.
    """

    LIVE = "live"
    REPLAY = "replay"
    EXPORT = "export"
    PTZ = "ptz"
    CONFIGURE = "configure"
    PEOPLE = "people"
    AUDIT = "audit"
    SHARE = "share"


OF_CAMERAS = frozenset({Right.LIVE, Right.REPLAY, Right.EXPORT, Right.PTZ, Right.CONFIGURE})
"""Rights that mean something for one camera."""
OF_FOOTAGE = frozenset({Right.REPLAY, Right.EXPORT})
"""Rights that mean something for one camera that was removed."""


class ScopeKind(StrEnum):
    """Where a grant holds."""

    ORGANISATION = "organisation"
    SITE = "site"
    GROUP = "group"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of rights.

    Attributes:
        id: Identifier; of the built-in ones their name.
        organisation: Whose it is.
        name: Unique in the organisation, whatever its case.
        rights: What it allows.
        replay_s: How far back footage may be seen, seconds; None sets no limit.
    """

    id: str
    organisation: str
    name: str
    rights: frozenset[Right]
    replay_s: int | None = None


ADMINISTRATOR = "administrator"
BUILT_IN: dict[str, tuple[str, frozenset[Right]]] = {
    "viewer": ("Viewer", frozenset({Right.LIVE, Right.REPLAY})),
    "operator": (
        "Operator",
        frozenset({Right.LIVE, Right.REPLAY, Right.EXPORT, Right.PTZ}),
    ),
    ADMINISTRATOR: ("Administrator", frozenset(Right)),
    "auditor": ("Auditor", frozenset({Right.AUDIT})),
}
"""The roles that every organisation has: identifier, name, rights."""


def built_in(organisation: str) -> list[Role]:
    """The roles that need no making."""
    return [Role(key, organisation, name, rights) for key, (name, rights) in BUILT_IN.items()]


@dataclass(frozen=True, slots=True)
class CameraGroup:
    """Cameras that are handled as one when rights are given.

    Attributes:
        cameras: Their identifiers.
    """

    id: str
    organisation: str
    name: str
    cameras: frozenset[str] = field(default_factory=frozenset[str])


@dataclass(frozen=True, slots=True)
class Grant:
    """A person holds a role somewhere.

    Attributes:
        role: Identifier.
        scope: Where.
        scope_id: Identifier of the site, group or camera; empty for the organisation.
        expires_us: When it ends by itself; None never.
        provider: Issuer of the single sign-on whose groups gave it; None when a person did.
    """

    id: str
    organisation: str
    person: str
    role: str
    scope: ScopeKind = ScopeKind.ORGANISATION
    scope_id: str = ""
    expires_us: int | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A role that somebody is to hold somewhere; with a person it is a grant.

    Attributes:
        role: Identifier.
        scope: Where.
        scope_id: Identifier of the site, group or camera; empty for the organisation.
        expires_us: When it ends by itself; None never.
    """

    role: str
    scope: ScopeKind = ScopeKind.ORGANISATION
    scope_id: str = ""
    expires_us: int | None = None
