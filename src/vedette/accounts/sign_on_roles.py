"""Roles that a provider's groups give, and take, whenever somebody signs on."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, delete, select

from vedette.accounts.role_rows import (
    grants_in,
    has_somebody,
    insert_grant,
    keep_somebody,
    own_roles,
)
from vedette.accounts.settings import SignOnRole, SignOnSettings
from vedette.accounts.sign_on_plan import plan_roles
from vedette.base.clock import Clock
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.model.rights import BUILT_IN, Grant, Offer, ScopeKind

LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RoleChanges:
    """What a sign-on changed of somebody's roles."""

    given: tuple[Grant, ...] = ()
    taken: tuple[Grant, ...] = ()


def follow_groups(
    connection: Connection,
    clock: Clock,
    provider: SignOnSettings,
    person: str,
    roles: Sequence[SignOnRole],
) -> RoleChanges:
    """Let somebody hold what their groups hold, and nothing more of what the provider gave before.

    Args:
        connection: To change with.
        clock: For identifiers.
        provider: Who says so.
        person: Identifier.
        roles: Of the groups.
    """
    organisation = provider.organisation
    wanted = [offer for one in roles if (offer := _offer(connection, provider, one)) is not None]
    held = grants_in(connection, organisation, person)
    missing, surplus = plan_roles(wanted, held, provider.issuer)
    given = [give(connection, clock, provider, person, one, provider.issuer) for one in missing]
    taken = [one for one in surplus if _take(connection, provider, one)]
    return RoleChanges(tuple(given), tuple(taken))


def forget_roles(connection: Connection, organisation: str, person: str, issuer: str) -> None:
    """Take what a provider's groups gave.

    Raises:
        Conflict: Nobody would be left who may give roles.
    """
    table = schema.role_grant
    gone = connection.execute(
        delete(table).where(
            table.c.organisation == organisation,
            table.c.person == person,
            table.c.provider == issuer,
        )
    )
    if gone.rowcount > 0:
        keep_somebody(connection, organisation)


def first_role(
    connection: Connection, clock: Clock, provider: SignOnSettings, person: str
) -> RoleChanges:
    """Give somebody who has just been added what the settings say; it stays until it is taken."""
    offers = [_offer(connection, provider, named) for named in _of_added(provider)]
    return RoleChanges(
        tuple(
            give(connection, clock, provider, person, offer, None)
            for offer in offers
            if offer is not None
        )
    )


def _of_added(provider: SignOnSettings) -> tuple[SignOnRole, ...]:
    """What people get when they are added, whatever their groups: one role, or none."""
    role = provider.added_role
    return (SignOnRole(group="-", role=role),) if role else ()


def give(  # noqa: PLR0917  a row of what and to whom
    connection: Connection,
    clock: Clock,
    provider: SignOnSettings,
    person: str,
    offer: Offer,
    issuer: str | None,
) -> Grant:
    """Let somebody hold a role."""
    grant = Grant(
        new_id(clock),
        provider.organisation,
        person,
        offer.role,
        offer.scope,
        offer.scope_id,
        provider=issuer,
    )
    insert_grant(connection, provider.organisation, grant)
    return grant


def _take(connection: Connection, provider: SignOnSettings, grant: Grant) -> bool:
    """Take a role away, unless nobody would be left who may give roles."""
    organisation = provider.organisation
    before = has_somebody(connection, organisation)
    connection.execute(delete(schema.role_grant).where(schema.role_grant.c.id == grant.id))
    if before and not has_somebody(connection, organisation):
        insert_grant(connection, organisation, grant)
        LOG.warning("accounts.last_administrator_kept", person=grant.person)
        return False
    return True


def _offer(connection: Connection, provider: SignOnSettings, named: SignOnRole) -> Offer | None:
    """What the settings mean by their names; None, and a line in the log, when it is not there."""
    found = _meant(connection, provider.organisation, named)
    if isinstance(found, Offer):
        return found
    LOG.warning("accounts.sign_on_role_unknown", provider=provider.name, detail=found)
    return None


def unknown_names(connection: Connection, providers: Sequence[SignOnSettings]) -> list[str]:
    """What providers' settings name and their organisations lack, a sentence each."""
    unknown: list[str] = []
    for provider in providers:
        named = (*provider.roles, *_of_added(provider))
        found = (_meant(connection, provider.organisation, one) for one in named)
        unknown += [f"{provider.name}: {one}" for one in found if isinstance(one, str)]
    return unknown


def _meant(connection: Connection, organisation: str, named: SignOnRole) -> Offer | str:
    """What the settings mean by their names, or what there is not."""
    wanted = named.role.casefold()
    roles = {key: key for key in BUILT_IN} | {
        role.name.casefold(): role.id for role in own_roles(connection, organisation)
    }
    if wanted not in roles:
        return f"there is no role {named.role!r}"
    for kind, table, name in (
        (ScopeKind.SITE, schema.site, named.site),
        (ScopeKind.GROUP, schema.camera_group, named.camera_group),
    ):
        if name:
            question = select(table.c.id).where(
                table.c.organisation == organisation, table.c.name == name
            )
            scope_id = connection.execute(question).scalar()
            words = "site" if kind is ScopeKind.SITE else "camera group"
            return (
                Offer(roles[wanted], kind, scope_id)
                if scope_id
                else f"there is no {words} {name!r}"
            )
    return Offer(roles[wanted], ScopeKind.ORGANISATION, "")
