"""Rows of roles, groups and grants; functions of one connection."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from vedette.accounts import people
from vedette.accounts.access import Access, rights_of, work_out
from vedette.base.errors import Conflict, NotFound, Refused
from vedette.db import schema
from vedette.model.person import Identity
from vedette.model.rights import (
    BUILT_IN,
    CameraGroup,
    Grant,
    Offer,
    Right,
    Role,
    ScopeKind,
    built_in,
)

FOREVER_US = 1 << 60
"""After the end of everything that ends."""


def access_in(connection: Connection, organisation: str, who: Identity, now_us: int) -> Access:
    """What somebody may do at an instant; a token no more than it was made for."""
    grants = grants_in(connection, organisation, who.person)
    roles = {role.id: role for role in built_in(organisation)}
    if any(grant.role not in roles for grant in grants):
        roles |= {role.id: role for role in own_roles(connection, organisation)}
    sites: dict[str, list[str]] = {}
    groups: dict[str, frozenset[str]] = {}
    scopes = {grant.scope for grant in grants}
    if ScopeKind.SITE in scopes:
        table = schema.camera
        question = select(table.c.id, table.c.site).where(
            table.c.organisation == organisation, table.c.site.is_not(None)
        )
        for row in connection.execute(question):
            sites.setdefault(row.site, []).append(row.id)
    if ScopeKind.GROUP in scopes:
        groups = {group.id: group.cameras for group in groups_in(connection, organisation)}
    return work_out(grants, roles, sites, groups, now_us).narrowed(who.rights)


def own_roles(connection: Connection, organisation: str) -> list[Role]:
    """The organisation's own roles, by name."""
    table = schema.role
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.folded)
    return [
        Role(row.id, row.organisation, row.name, rights_of(row.rights), row.replay_s)
        for row in connection.execute(question)
    ]


def groups_in(connection: Connection, organisation: str) -> list[CameraGroup]:
    """The camera groups, by name."""
    table, member = schema.camera_group, schema.camera_group_member
    inside: dict[str, set[str]] = {}
    members = select(member).where(member.c.organisation == organisation)
    for row in connection.execute(members):
        inside.setdefault(row.camera_group, set()).add(row.camera)
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.name)
    return [
        CameraGroup(row.id, row.organisation, row.name, frozenset(inside.get(row.id, ())))
        for row in connection.execute(question)
    ]


def require(connection: Connection, table: Any, organisation: str, key: str, what: str) -> None:
    """Make sure that a row is there.

    Raises:
        NotFound: It is not, or it is another organisation's.
    """
    question = select(table.c.id).where(table.c.organisation == organisation, table.c.id == key)
    if connection.execute(question).first() is None:
        raise NotFound(f"there is no {what} {key}")


def grants_in(connection: Connection, organisation: str, person: str | None) -> list[Grant]:
    """Who holds which role where; of one person, or of all."""
    table = schema.role_grant
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.id)
    if person is not None:
        question = question.where(table.c.person == person)
    return [to_grant(row) for row in connection.execute(question)]


def insert_grant(connection: Connection, organisation: str, grant: Grant) -> None:
    """Let a person hold a role.

    Raises:
        NotFound: Person, role, site, group or camera is not here.
    """
    people.get_row(connection, organisation, grant.person)
    require_offer(connection, organisation, offer_of(grant))
    row = {
        "id": grant.id,
        "organisation": organisation,
        "person": grant.person,
        "role": grant.role,
        "scope": grant.scope.value,
        "scope_id": "" if grant.scope is ScopeKind.ORGANISATION else grant.scope_id,
        "expires_us": grant.expires_us,
        "provider": grant.provider,
    }
    connection.execute(insert(schema.role_grant), [row])


def held_grant(connection: Connection, organisation: str, person: str, grant: str) -> Grant:
    """One grant of a person.

    Raises:
        NotFound: The person has no such grant.
    """
    table = schema.role_grant
    question = select(table).where(
        table.c.organisation == organisation, table.c.person == person, table.c.id == grant
    )
    row = connection.execute(question).first()
    if row is None:
        raise NotFound(f"there is no grant {grant}")
    return to_grant(row)


def change_held(connection: Connection, organisation: str, grant: Grant) -> None:
    """Make another role, place or end of a grant.

    Raises:
        NotFound: The person has no such grant, or role, site, group or camera is not here.
        Conflict: A single sign-on gave it, or nobody would be left who may give roles.
    """
    held = held_grant(connection, organisation, grant.person, grant.id)
    if held.provider is not None:
        raise Conflict("a single sign-on gave the role and would give it again; change it there")
    require_offer(connection, organisation, offer_of(grant))
    table = schema.role_grant
    whole = grant.scope is ScopeKind.ORGANISATION
    connection.execute(
        update(table)
        .where(table.c.organisation == organisation, table.c.id == grant.id)
        .values(
            role=grant.role,
            scope=grant.scope.value,
            scope_id="" if whole else grant.scope_id,
            expires_us=grant.expires_us,
        )
    )
    keep_somebody(connection, organisation)


def keep_somebody(connection: Connection, organisation: str) -> None:
    """Roll back what would leave an organisation without anybody who may give roles.

    Raises:
        Conflict: It would.
    """
    if not has_somebody(connection, organisation):
        raise Conflict(
            "nobody would be left who may give roles; make somebody else administrator first"
        )


def has_somebody(connection: Connection, organisation: str) -> bool:
    """Whether anybody may give roles, and for good."""
    able = {role.id for role in built_in(organisation) if Right.PEOPLE in role.rights}
    own = own_roles(connection, organisation)
    able |= {role.id for role in own if Right.PEOPLE in role.rights}
    # One that ends by itself would leave nobody later.
    return any(
        grant.expires_us is None and grant.role in able and grant.scope is ScopeKind.ORGANISATION
        for grant in grants_in(connection, organisation, None)
    )


def to_grant(row: Row[Any]) -> Grant:
    """The noun of a row of ``role_grant``."""
    return Grant(
        row.id,
        row.organisation,
        row.person,
        row.role,
        ScopeKind(row.scope),
        row.scope_id,
        row.expires_us,
        row.provider,
    )


def offer_of(grant: Grant) -> Offer:
    """A grant without its person."""
    return Offer(grant.role, grant.scope, grant.scope_id, grant.expires_us)


def require_offer(connection: Connection, organisation: str, offer: Offer) -> None:
    """Make sure that what is offered is there.

    Raises:
        NotFound: Role, site, group or camera is not here.
    """
    if offer.role not in BUILT_IN:
        require(connection, schema.role, organisation, offer.role, "role")
    tables = {
        ScopeKind.SITE: schema.site,
        ScopeKind.GROUP: schema.camera_group,
        ScopeKind.CAMERA: schema.camera,
    }
    if offer.scope in tables:
        require(connection, tables[offer.scope], organisation, offer.scope_id, offer.scope.value)


def check_giver(
    connection: Connection,
    organisation: str,
    giver: Identity,
    offers: Iterable[Offer],
    becoming: Role | None = None,
) -> None:
    """Make sure that nobody hands on more than they hold, nor for longer.

    Args:
        connection: To read with.
        organisation: Of everybody.
        giver: A token gives no more than it was made for.
        offers: What is handed on; one of a role that is gone gives nothing.
        becoming: A role as it is about to be.

    Raises:
        Refused: The giver does not hold it all.
    """
    roles = {
        role.id: role for role in (*built_in(organisation), *own_roles(connection, organisation))
    }
    if becoming is not None:
        roles[becoming.id] = becoming
    held: dict[int, Access] = {}
    lacking: set[Right] = set()
    for offer in offers:
        # Grants only ever end: what is held in the last moment of an offer is held until then.
        last_us = FOREVER_US if offer.expires_us is None else offer.expires_us - 1
        if last_us not in held:
            held[last_us] = access_in(connection, organisation, giver, last_us)
        if (role := roles.get(offer.role)) is not None:
            lacking |= held[last_us].lacks(offer, role)
    if lacking:
        names = ", ".join(right.value for right in Right if right in lacking)
        raise Refused(
            "you can give no more than you hold yourself, and for no longer; you cannot give: "
            + names
        )


def gone_offer(connection: Connection, organisation: str, offer: Offer) -> bool:
    """Whether role, site, group or camera of an offer have been removed meanwhile."""
    try:
        require_offer(connection, organisation, offer)
    except NotFound:
        return True
    return False
