"""Roles, camera groups and grants in the database."""

from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from vedette.accounts import people
from vedette.accounts.access import Access, rights_of, rights_text, work_out
from vedette.accounts.decide import check_name
from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity
from vedette.model.rights import (
    BUILT_IN,
    CameraGroup,
    Grant,
    Right,
    Role,
    ScopeKind,
    built_in,
)

LONGEST_REPLAY_S = 100 * 366 * 86_400
MOST_GROUP_CAMERAS = 10_000


class Roles:
    """Who may do what; every method sees one organisation only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def access(self, organisation: str, who: Identity) -> Access:
        """What somebody may do right now; a token no more than it was made for."""
        now_us = self._clock.wall_us()
        return await self._database.read(lambda at: _access(at, organisation, who, now_us))

    async def roles(self, organisation: str) -> list[Role]:
        """The built-in roles, then the organisation's own by name."""
        own = await self._database.read(lambda at: _own_roles(at, organisation))
        return [*built_in(organisation), *own]

    async def put_role(self, organisation: str, role: Role) -> Role:
        """Make a role, or change it when its identifier is known.

        Raises:
            BadRequest: The name cannot be used, it allows nothing, or the limit makes no sense.
            Conflict: Another role has that name.
            NotFound: There is no such organisation, or the role is another's.
        """
        name = check_name(role.name)
        if not role.rights:
            raise BadRequest("the role allows nothing; give it at least one right")
        if role.replay_s is not None and not 0 < role.replay_s <= LONGEST_REPLAY_S:
            raise BadRequest("replay reaches back more than 0 seconds; leave it out for no limit")
        if role.id in BUILT_IN:
            raise BadRequest("the built-in roles cannot be changed; make a role of your own")
        role = Role(role.id, organisation, name, role.rights, role.replay_s)
        await self._database.write(lambda at: _put_role(at, role))
        return role

    async def remove_role(self, organisation: str, role: str) -> None:
        """Remove a role that nobody holds.

        Raises:
            Conflict: Somebody holds it.
            NotFound: There is none.
        """
        await self._database.write(lambda at: _remove_role(at, organisation, role))

    async def groups(self, organisation: str) -> list[CameraGroup]:
        """The camera groups, by name."""
        return await self._database.read(lambda at: _groups(at, organisation))

    async def put_group(self, organisation: str, group: CameraGroup) -> CameraGroup:
        """Make a group, or change it when its identifier is known.

        Raises:
            BadRequest: The name cannot be used, or there are too many cameras.
            Conflict: Another group has that name.
            NotFound: A camera, the group or the organisation is not here.
        """
        name = check_name(group.name)
        if len(group.cameras) > MOST_GROUP_CAMERAS:
            raise BadRequest(f"a group has at most {MOST_GROUP_CAMERAS} cameras; make two")
        group = CameraGroup(group.id, organisation, name, group.cameras)
        await self._database.write(lambda at: _put_group(at, group))
        return group

    async def remove_group(self, organisation: str, group: str) -> None:
        """Remove a group, and every grant for it.

        Raises:
            NotFound: There is none.
        """
        await self._database.write(lambda at: _remove_group(at, organisation, group))

    async def grants(self, organisation: str, person: str | None = None) -> list[Grant]:
        """Who holds which role where; of one person, or of all."""
        return await self._database.read(lambda at: _grants(at, organisation, person))

    async def grant(self, organisation: str, grant: Grant) -> Grant:
        """Give a role to a person.

        Raises:
            BadRequest: It would end before it begins.
            NotFound: Person, role, site, group or camera is not here.
        """
        now_us = self._clock.wall_us()
        if grant.expires_us is not None and not now_us < grant.expires_us < 1 << 60:
            raise BadRequest("the role would end before it begins; choose a later time")
        await self._database.write(lambda at: _insert_grant(at, organisation, grant))
        return grant

    async def revoke(self, organisation: str, person: str, grant: str) -> Grant:
        """Take a role away.

        Returns:
            What was taken.

        Raises:
            Conflict: Nobody would be left who may give roles.
            NotFound: The person has no such grant.
        """
        return await self._database.write(lambda at: _revoke(at, organisation, person, grant))

    async def remove_person(self, organisation: str, person: str) -> None:
        """Remove somebody: sessions, tokens and grants go, what the event log says stays.

        Raises:
            Conflict: Nobody would be left who may give roles.
            NotFound: There is no such person.
        """

        def change(connection: Connection) -> None:
            people.get_row(connection, organisation, person)
            table = schema.person
            connection.execute(
                delete(table).where(table.c.organisation == organisation, table.c.id == person)
            )
            _keep_somebody(connection, organisation)

        await self._database.write(change)

    async def new_grant(self, organisation: str, person: str, role: str) -> Grant:
        """Give a role for the whole organisation, as the first administrator gets it.

        Raises:
            NotFound: Person or role is not here.
        """
        made = Grant(new_id(self._clock), organisation, person, role)
        return await self.grant(organisation, made)


def _access(connection: Connection, organisation: str, who: Identity, now_us: int) -> Access:
    grants = _grants(connection, organisation, who.person)
    roles = {role.id: role for role in built_in(organisation)}
    if any(grant.role not in roles for grant in grants):
        roles |= {role.id: role for role in _own_roles(connection, organisation)}
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
        groups = {group.id: group.cameras for group in _groups(connection, organisation)}
    return work_out(grants, roles, sites, groups, now_us).narrowed(who.rights)


def _own_roles(connection: Connection, organisation: str) -> list[Role]:
    table = schema.role
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.folded)
    return [
        Role(row.id, row.organisation, row.name, rights_of(row.rights), row.replay_s)
        for row in connection.execute(question)
    ]


def _put_role(connection: Connection, role: Role) -> None:
    table = schema.role
    row = {
        "id": role.id,
        "organisation": role.organisation,
        "name": role.name,
        "folded": role.name.casefold(),
        "rights": rights_text(role.rights),
        "replay_s": role.replay_s,
    }
    names = {name.casefold() for name, _ in BUILT_IN.values()}
    taken = select(table.c.id).where(
        table.c.organisation == role.organisation,
        table.c.folded == row["folded"],
        table.c.id != role.id,
    )
    if row["folded"] in names or connection.execute(taken).first() is not None:
        raise Conflict(f"there is a role {role.name!r} already; choose another name")
    _put(connection, table, row, "role")


def _put(connection: Connection, table: Any, row: dict[str, Any], what: str) -> None:
    """Insert a row, or change the organisation's own of that identifier."""
    organisation = schema.organisation
    asked = select(organisation.c.id).where(organisation.c.id == row["organisation"])
    if connection.execute(asked).first() is None:
        raise NotFound(f"there is no organisation {row['organisation']}")
    known = connection.execute(select(table.c.organisation).where(table.c.id == row["id"])).first()
    if known is None:
        connection.execute(insert(table), [row])
    elif known.organisation != row["organisation"]:
        raise NotFound(f"there is no {what} {row['id']}")
    else:
        connection.execute(update(table).where(table.c.id == row["id"]).values(row))


def _remove_role(connection: Connection, organisation: str, role: str) -> None:
    held, table = schema.role_grant, schema.role
    holders = select(held.c.id).where(held.c.organisation == organisation, held.c.role == role)
    if connection.execute(holders).first() is not None:
        raise Conflict("somebody holds the role; take it away from everybody first")
    gone = connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.id == role)
    )
    if gone.rowcount == 0:
        raise NotFound(f"there is no role {role} of your own")


def _groups(connection: Connection, organisation: str) -> list[CameraGroup]:
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


def _put_group(connection: Connection, group: CameraGroup) -> None:
    table, member = schema.camera_group, schema.camera_group_member
    taken = select(table.c.id).where(
        table.c.organisation == group.organisation,
        table.c.name == group.name,
        table.c.id != group.id,
    )
    if connection.execute(taken).first() is not None:
        raise Conflict(f"there is a group {group.name!r} already; choose another name")
    _put(
        connection,
        table,
        {"id": group.id, "organisation": group.organisation, "name": group.name},
        "group",
    )
    for camera in group.cameras:
        _need(connection, schema.camera, group.organisation, camera, "camera")
    connection.execute(delete(member).where(member.c.camera_group == group.id))
    rows = [
        {"organisation": group.organisation, "camera_group": group.id, "camera": camera}
        for camera in sorted(group.cameras)
    ]
    if rows:
        connection.execute(insert(member), rows)


def _remove_group(connection: Connection, organisation: str, group: str) -> None:
    _need(connection, schema.camera_group, organisation, group, "group")
    held = schema.role_grant
    connection.execute(
        delete(held).where(
            held.c.organisation == organisation,
            held.c.scope == ScopeKind.GROUP.value,
            held.c.scope_id == group,
        )
    )
    table = schema.camera_group
    connection.execute(delete(table).where(table.c.id == group))


def _need(connection: Connection, table: Any, organisation: str, key: str, what: str) -> None:
    question = select(table.c.id).where(table.c.organisation == organisation, table.c.id == key)
    if connection.execute(question).first() is None:
        raise NotFound(f"there is no {what} {key}")


def _grants(connection: Connection, organisation: str, person: str | None) -> list[Grant]:
    table = schema.role_grant
    question = select(table).where(table.c.organisation == organisation).order_by(table.c.id)
    if person is not None:
        question = question.where(table.c.person == person)
    return [_to_grant(row) for row in connection.execute(question)]


def _insert_grant(connection: Connection, organisation: str, grant: Grant) -> None:
    people.get_row(connection, organisation, grant.person)
    if grant.role not in BUILT_IN:
        _need(connection, schema.role, organisation, grant.role, "role")
    tables = {
        ScopeKind.SITE: schema.site,
        ScopeKind.GROUP: schema.camera_group,
        ScopeKind.CAMERA: schema.camera,
    }
    if grant.scope in tables:
        _need(connection, tables[grant.scope], organisation, grant.scope_id, grant.scope.value)
    row = {
        "id": grant.id,
        "organisation": organisation,
        "person": grant.person,
        "role": grant.role,
        "scope": grant.scope.value,
        "scope_id": "" if grant.scope is ScopeKind.ORGANISATION else grant.scope_id,
        "expires_us": grant.expires_us,
    }
    connection.execute(insert(schema.role_grant), [row])


def _revoke(connection: Connection, organisation: str, person: str, grant: str) -> Grant:
    table = schema.role_grant
    mine = and_(table.c.organisation == organisation, table.c.person == person, table.c.id == grant)
    row = connection.execute(select(table).where(mine)).first()
    if row is None:
        raise NotFound(f"there is no grant {grant}")
    connection.execute(delete(table).where(mine))
    _keep_somebody(connection, organisation)
    return _to_grant(row)


def _keep_somebody(connection: Connection, organisation: str) -> None:
    """Roll back what would leave an organisation without anybody who may give roles."""
    able = {role.id for role in built_in(organisation) if Right.PEOPLE in role.rights}
    own = _own_roles(connection, organisation)
    able |= {role.id for role in own if Right.PEOPLE in role.rights}
    for grant in _grants(connection, organisation, None):
        # One that ends by itself would leave nobody later.
        if (
            grant.expires_us is None
            and grant.role in able
            and grant.scope is ScopeKind.ORGANISATION
        ):
            return
    raise Conflict(
        "nobody would be left who may give roles; make somebody else administrator first"
    )


def _to_grant(row: Row[Any]) -> Grant:
    return Grant(
        row.id,
        row.organisation,
        row.person,
        row.role,
        ScopeKind(row.scope),
        row.scope_id,
        row.expires_us,
    )
