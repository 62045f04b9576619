"""Whether what a provider says of somebody lets that person in, and to what; pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from vedette.accounts.settings import SignOnRole, SignOnSettings
from vedette.model.rights import Grant, Offer


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as a provider knows it.

    Attributes:
        subject: Never given to anybody else by that issuer; what accounts are linked by.
        name: For an account that is about to be made; proves nothing.
        roles: Of the groups that it belongs to there.
    """

    subject: str
    name: str
    roles: tuple[SignOnRole, ...] = ()


def plan_person(claims: Mapping[str, Any], settings: SignOnSettings) -> Known | None:
    """Who it is, or None when the settings keep that person out.

    Args:
        claims: Checked already: signature, issuer, audience, nonce, age.
        settings: Which claims to read, which domains and groups to let in.
    """
    subject = claims.get(settings.subject_claim)
    if not isinstance(subject, str) or not subject or len(subject) > 255:
        return None
    if settings.allowed_domains and _domain(claims) not in {
        one.lower() for one in settings.allowed_domains
    }:
        return None
    groups = set(_texts(claims.get(settings.groups_claim)))
    if settings.allowed_groups and not groups & set(settings.allowed_groups):
        return None
    name = claims.get(settings.name_claim)
    roles = tuple(one for one in settings.roles if one.group in groups)
    return Known(subject, name if isinstance(name, str) else "", roles)


def plan_roles(
    wanted: Collection[Offer], held: Iterable[Grant], issuer: str
) -> tuple[list[Offer], list[Grant]]:
    """What to give to and to take from somebody who signs on.

    Args:
        wanted: What the person's groups hold.
        held: What the person holds.
        issuer: Only what it gave is taken.

    Returns:
        What to give, what to take.
    """
    given = {
        Offer(one.role, one.scope, one.scope_id): one for one in held if one.provider == issuer
    }
    missing = [one for one in dict.fromkeys(wanted) if one not in given]
    kept = set(wanted)
    return missing, [grant for offer, grant in given.items() if offer not in kept]


def _domain(claims: Mapping[str, Any]) -> str:
    """The domain of an address that the provider has checked; empty when it has not."""
    address = claims.get("email")
    if not isinstance(address, str) or claims.get("email_verified") is not True:
        return ""
    return address.rpartition("@")[2].lower()


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [one for one in cast("list[Any]", value) if isinstance(one, str)]
    return []
