"""Roles, camera groups and grants in the database."""

from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from vedette.accounts import people
from vedette.accounts.access import Access, rights_text
from vedette.accounts.decide import check_name
from vedette.accounts.role_rows import (
    FOREVER_US,
    access_in,
    change_held,
    check_giver,
    grants_in,
    groups_in,
    has_somebody,
    held_grant,
    insert_grant,
    keep_somebody,
    offer_of,
    own_roles,
    require,
)
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
    Offer,
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
        return await self._database.read(lambda at: access_in(at, organisation, who, now_us))

    async def roles(self, organisation: str) -> list[Role]:
        """The built-in roles, then the organisation's own by name."""
        own = await self._database.read(lambda at: own_roles(at, organisation))
        return [*built_in(organisation), *own]

    async def put_role(
        self, organisation: str, role: Role, *, giver: Identity | None = None
    ) -> Role:
        """Make a role, or change it when its identifier is known.

        Args:
            organisation: Whose it is.
            role: As it shall be.
            giver: Who asks, and can put no more into it than they hold; None is the operator.

        Raises:
            Refused: It would allow more than the giver holds.
            BadRequest: The name cannot be used, it allows nothing, or the limit makes no sense.
            Conflict: Another role has that name, or nobody would be left who may give roles.
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

        def change(connection: Connection) -> None:
            if giver is not None:
                check_giver(connection, organisation, giver, [Offer(role.id)], role)
            stable = has_somebody(connection, organisation)
            _put_role(connection, role)
            if stable:
                keep_somebody(connection, organisation)

        await self._database.write(change)
        return role

    async def remove_role(self, organisation: str, role: str) -> None:
        """Remove a role that nobody holds.

        Raises:
            Conflict: Somebody holds it, or is invited with it.
            NotFound: There is none.
        """
        await self._database.write(lambda at: _remove_role(at, organisation, role))

    async def groups(self, organisation: str) -> list[CameraGroup]:
        """The camera groups, by name."""
        return await self._database.read(lambda at: groups_in(at, organisation))

    async def put_group(
        self, organisation: str, group: CameraGroup, *, giver: Identity | None = None
    ) -> CameraGroup:
        """Make a group, or change it when its identifier is known.

        Args:
            organisation: Whose it is.
            group: As it shall be.
            giver: Who asks; whoever holds a role for the group is given it for the cameras that
                come in, so the giver must hold it there. None is the operator.

        Raises:
            Refused: The group would give more than the giver holds.
            BadRequest: The name cannot be used, or there are too many cameras.
            Conflict: Another group has that name.
            NotFound: A camera, the group or the organisation is not here.
        """
        name = check_name(group.name)
        if len(group.cameras) > MOST_GROUP_CAMERAS:
            raise BadRequest(f"a group has at most {MOST_GROUP_CAMERAS} cameras; make two")
        group = CameraGroup(group.id, organisation, name, group.cameras)

        def change(connection: Connection) -> None:
            if giver is not None:
                check_giver(connection, organisation, giver, _handed_on(connection, group))
            _put_group(connection, group)

        await self._database.write(change)
        return group

    async def remove_group(self, organisation: str, group: str) -> None:
        """Remove a group, and every grant for it.

        Raises:
            NotFound: There is none.
        """
        await self._database.write(lambda at: _remove_group(at, organisation, group))

    async def grants(self, organisation: str, person: str | None = None) -> list[Grant]:
        """Who holds which role where; of one person, or of all."""
        return await self._database.read(lambda at: grants_in(at, organisation, person))

    async def grant(
        self, organisation: str, grant: Grant, *, giver: Identity | None = None
    ) -> Grant:
        """Give a role to a person.

        Args:
            organisation: Of both.
            grant: What is given.
            giver: Who gives, and can give no more than they hold; None is the operator.

        Raises:
            Refused: It is more than the giver holds.
            BadRequest: It would end before it begins.
            NotFound: Person, role, site, group or camera is not here.
        """
        check_end(grant.expires_us, self._clock.wall_us())

        def change(connection: Connection) -> None:
            if giver is not None:  # first: what is being given is not held yet
                check_giver(connection, organisation, giver, [offer_of(grant)])
            insert_grant(connection, organisation, grant)

        await self._database.write(change)
        return grant

    async def change_grant(
        self, organisation: str, grant: Grant, *, giver: Identity | None = None
    ) -> Grant:
        """Let a person hold another role, or elsewhere, or until another time.

        Args:
            organisation: Of both.
            grant: As it shall be; its person and identifier say which it is.
            giver: Who changes it, and can give no more than they hold; None is the operator.

        Raises:
            Refused: It is more than the giver holds.
            BadRequest: It would end before it begins.
            Conflict: A single sign-on gave it, or nobody would be left who may give roles.
            NotFound: The person has no such grant, or role, site, group or camera is not here.
        """
        check_end(grant.expires_us, self._clock.wall_us())

        def change(connection: Connection) -> None:
            if giver is not None:
                check_giver(connection, organisation, giver, [offer_of(grant)])
            change_held(connection, organisation, grant)

        await self._database.write(change)
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
            keep_somebody(connection, organisation)

        await self._database.write(change)

    async def new_grant(self, organisation: str, person: str, role: str) -> Grant:
        """Give a role for the whole organisation, as the first administrator gets it.

        Raises:
            NotFound: Person or role is not here.
        """
        made = Grant(new_id(self._clock), organisation, person, role)
        return await self.grant(organisation, made)


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
    offered = schema.invitation_offer
    awaited = select(offered.c.role).where(
        offered.c.organisation == organisation, offered.c.role == role
    )
    if connection.execute(awaited).first() is not None:
        raise Conflict("somebody is invited with the role; withdraw the invitation first")
    gone = connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.id == role)
    )
    if gone.rowcount == 0:
        raise NotFound(f"there is no role {role} of your own")


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
        require(connection, schema.camera, group.organisation, camera, "camera")
    connection.execute(delete(member).where(member.c.camera_group == group.id))
    rows = [
        {"organisation": group.organisation, "camera_group": group.id, "camera": camera}
        for camera in sorted(group.cameras)
    ]
    if rows:
        connection.execute(insert(member), rows)


def _remove_group(connection: Connection, organisation: str, group: str) -> None:
    require(connection, schema.camera_group, organisation, group, "group")
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


def _handed_on(connection: Connection, group: CameraGroup) -> list[Offer]:
    """What coming into a group gives away of its new cameras: each role held or offered for it."""
    member, found = schema.camera_group_member, list[Offer]()
    inside = select(member.c.camera).where(member.c.camera_group == group.id)
    coming = group.cameras - set(connection.execute(inside).scalars())
    for table in (schema.role_grant, schema.invitation_offer):
        held = select(table.c.role, table.c.expires_us).where(
            table.c.organisation == group.organisation,
            table.c.scope == ScopeKind.GROUP.value,
            table.c.scope_id == group.id,
        )
        for row in connection.execute(held):
            found += [
                Offer(row.role, ScopeKind.CAMERA, camera, row.expires_us) for camera in coming
            ]
    return found


def check_end(expires_us: int | None, now_us: int) -> None:
    """Make sure that something that is given ends after it begins.

    Raises:
        BadRequest: It does not.
    """
    if expires_us is not None and not now_us < expires_us < FOREVER_US:
        raise BadRequest("the role would end before it begins; choose a later time")


def _revoke(connection: Connection, organisation: str, person: str, grant: str) -> Grant:
    table = schema.role_grant
    taken = held_grant(connection, organisation, person, grant)
    connection.execute(
        delete(table).where(table.c.organisation == organisation, table.c.id == grant)
    )
    keep_somebody(connection, organisation)
    return taken
