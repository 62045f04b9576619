"""What somebody may do, worked out from grants. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from vedette.model.rights import OF_CAMERAS, Grant, Offer, Right, Role, ScopeKind

Where = TypeVar("Where")

_NO_LIMIT = -1
_REACHING = frozenset({Right.REPLAY, Right.EXPORT})
"""Rights that a role may limit to the newest footage."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one person, session or token may do in an organisation.

    Attributes:
        everywhere: Rights for the whole organisation, each with how far back it reaches in seconds
            (only ``Right.REPLAY`` and ``Right.EXPORT`` look at it; None sets no limit).
        cameras: The same for single cameras, beyond ``everywhere``.
        scopes: What was given for whole sites and groups, by kind and identifier; it is part of
            ``cameras``, and says what may be handed on for them.
    """

    everywhere: Mapping[Right, int | None] = field(default_factory=dict[Right, int | None])
    cameras: Mapping[str, Mapping[Right, int | None]] = field(
        default_factory=dict[str, Mapping[Right, int | None]]
    )
    scopes: Mapping[tuple[ScopeKind, str], Mapping[Right, int | None]] = field(
        default_factory=dict[tuple[ScopeKind, str], Mapping[Right, int | None]]
    )

    def may(self, right: Right, camera: str | None = None) -> bool:
        """Whether something is allowed: for the whole organisation, or for a camera."""
        if right in self.everywhere:
            return True
        return camera is not None and right in self.cameras.get(camera, {})

    def may_anywhere(self, right: Right) -> bool:
        """Whether something is allowed for at least one camera."""
        return right in self.everywhere or any(right in one for one in self.cameras.values())

    def sees(self, camera: str) -> bool:
        """Whether a camera exists for this person: any right for it is enough."""
        return bool(OF_CAMERAS & self.everywhere.keys()) or bool(self.cameras.get(camera))

    def earliest_us(self, right: Right, camera: str, now_us: int) -> int | None:
        """From which instant footage may be used; None when none may.

        Args:
            right: ``REPLAY`` or ``EXPORT``.
            camera: Identifier.
            now_us: The present.
        """
        limits = [
            held[right] for held in (self.everywhere, self.cameras.get(camera, {})) if right in held
        ]
        if not limits:
            return None
        if None in limits:
            return 0
        return max(0, now_us - max(limit for limit in limits if limit is not None) * 1_000_000)

    def narrowed(self, rights: frozenset[Right] | None) -> "Access":
        """The part of it that a token may use; None is all of it."""
        if rights is None:
            return self
        return Access(
            {right: reach for right, reach in self.everywhere.items() if right in rights},
            _only(self.cameras, rights),
            _only(self.scopes, rights),
        )

    def lacks(self, offer: Offer, role: Role) -> frozenset[Right]:
        """What would be handed on by an offer, but is not held there; empty when all is held.

        Args:
            offer: Whose end is not looked at.
            role: The offer's.
        """
        here: Mapping[Right, int | None] = {}
        wanted = role.rights
        if offer.scope is not ScopeKind.ORGANISATION:
            wanted &= OF_CAMERAS
            here = self.scopes.get((offer.scope, offer.scope_id), {})
        if offer.scope is ScopeKind.CAMERA:
            here = self.cameras.get(offer.scope_id, {})
        return frozenset(
            right
            for right in wanted
            if not any(
                right in held and (right not in _REACHING or _covers(held[right], role.replay_s))
                for held in (self.everywhere, here)
            )
        )


def work_out(
    grants: Iterable[Grant],
    roles: Mapping[str, Role],
    sites: Mapping[str, Iterable[str]],
    groups: Mapping[str, Iterable[str]],
    now_us: int,
) -> Access:
    """Put grants together: what one allows, no other takes away.

    Args:
        grants: Of one person.
        roles: By identifier; a grant of a role that is gone allows nothing.
        sites: Identifiers of the cameras at each site.
        groups: Identifiers of the cameras in each group.
        now_us: The present; a grant that has expired allows nothing.
    """
    everywhere: dict[Right, int] = {}
    cameras: dict[str, dict[Right, int]] = {}
    scopes: dict[tuple[ScopeKind, str], dict[Right, int]] = {}
    for grant in grants:
        role = roles.get(grant.role)
        if role is None or (grant.expires_us is not None and grant.expires_us <= now_us):
            continue
        reach = _NO_LIMIT if role.replay_s is None else role.replay_s
        if grant.scope is ScopeKind.ORGANISATION:
            _add(everywhere, role.rights, reach)
            continue
        within: Iterable[str] = (grant.scope_id,)
        if grant.scope is ScopeKind.SITE:
            within = sites.get(grant.scope_id, ())
        elif grant.scope is ScopeKind.GROUP:
            within = groups.get(grant.scope_id, ())
        if grant.scope is not ScopeKind.CAMERA:
            there = scopes.setdefault((grant.scope, grant.scope_id), {})
            _add(there, role.rights & OF_CAMERAS, reach)
        for camera in within:
            _add(cameras.setdefault(camera, {}), role.rights & OF_CAMERAS, reach)
    return Access(
        _limits(everywhere),
        {camera: _limits(held) for camera, held in cameras.items()},
        {scope: _limits(held) for scope, held in scopes.items()},
    )


def _add(held: dict[Right, int], rights: Iterable[Right], reach: int) -> None:
    for right in rights:
        before = held.get(right)
        if before is None:
            held[right] = reach
        elif before != _NO_LIMIT:
            held[right] = reach if reach == _NO_LIMIT else max(before, reach)


def _only(
    held: Mapping[Where, Mapping[Right, int | None]], rights: frozenset[Right]
) -> dict[Where, dict[Right, int | None]]:
    return {
        where: kept
        for where, there in held.items()
        if (kept := {right: reach for right, reach in there.items() if right in rights})
    }


def _covers(held: int | None, wanted: int | None) -> bool:
    """Whether one reach is at least as long as another; None has no end."""
    return held is None or (wanted is not None and held >= wanted)


def _limits(held: dict[Right, int]) -> dict[Right, int | None]:
    return {right: None if reach == _NO_LIMIT else reach for right, reach in held.items()}


def rights_of(text: str) -> frozenset[Right]:
    """Rights from a column; those that this version does not know allow nothing."""
    known = {right.value for right in Right}
    return frozenset(Right(name) for name in json.loads(text) if name in known)


def rights_text(rights: Iterable[Right]) -> str:
    """Rights as a column."""
    return json.dumps(sorted(right.value for right in rights))
