"""Whether what a provider says of somebody lets that person in; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from vedette.accounts.settings import SignOnSettings


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as a provider knows it.

    Attributes:
        subject: Never given to anybody else by that issuer; what accounts are linked by.
        name: For an account that is about to be made; proves nothing.
    """

    subject: str
    name: str


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
    groups = claims.get(settings.groups_claim)
    if settings.allowed_groups and not set(_texts(groups)) & set(settings.allowed_groups):
        return None
    name = claims.get(settings.name_claim)
    return Known(subject, name if isinstance(name, str) else "")


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
