"""What the store of roles must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vedette.accounts import Accounts, AccountSettings
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.person import Identity
from vedette.model.rights import CameraGroup, Grant, Right, Role, ScopeKind
from vedette.model.site import Site
from vedette.sites import SiteStore
from vedette.testing.clock import FakeClock

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]
CHEAP = AccountSettings(hash_memory_kib=8, hash_passes=1, hash_lanes=1)
PASSWORD = "correct horse"


async def home(database: Database, folder: Path) -> tuple[Accounts, str, list[str], str]:
    """Accounts, an organisation, two cameras of it (the first at a site), the site."""
    accounts, organisation = Accounts(database, FakeClock(), CHEAP), new_id()
    await accounts.ensure_organisation(organisation, "Somebody")
    site = await SiteStore(database).add(organisation, Site(new_id(), organisation, "School"))
    cameras = CameraStore(database, Sealer(folder / "key"))
    made: list[str] = []
    for name, place in (("A", site.id), ("B", None)):
        streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
        camera = Camera(new_id(), organisation, name, streams, site=place)
        made.append((await cameras.add(organisation, camera, None)).id)
    return accounts, organisation, made, site.id


async def somebody(accounts: Accounts, organisation: str) -> Identity:
    name = f"person {new_id()}"
    person = await accounts.create_person(organisation, name, PASSWORD)
    return Identity(organisation, person.id, name, "session", "c")


def given(who: Identity, role: str, scope: ScopeKind, scope_id: str) -> Grant:
    return Grant(new_id(), who.organisation, who.person, role, scope, scope_id)


def test_roles_hold_where_they_were_given(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        accounts, mine, (at_site, elsewhere), site = await home(database, tmp_path)
        roles, who = accounts.roles, await somebody(accounts, mine)
        assert not (await roles.access(mine, who)).everywhere, "a new person may do nothing"
        await roles.grant(mine, given(who, "viewer", ScopeKind.SITE, site))
        access = await roles.access(mine, who)
        assert access.may(Right.REPLAY, at_site)
        assert not access.sees(elsewhere)
        group = CameraGroup(new_id(), mine, "Doors", frozenset({elsewhere}))
        assert await roles.put_group(mine, group) == group
        assert await roles.groups(mine) == [group]
        own = Role(new_id(), mine, "Night", frozenset({Right.LIVE, Right.PTZ}), 3600)
        assert await roles.put_role(mine, own) == own
        assert own in await roles.roles(mine)
        await roles.grant(mine, given(who, own.id, ScopeKind.GROUP, group.id))
        access = await roles.access(mine, who)
        assert access.may(Right.PTZ, elsewhere)
        assert not access.may(Right.REPLAY, elsewhere)
        await roles.put_group(mine, replace(group, cameras=frozenset({at_site})))
        access = await roles.access(mine, who)
        assert access.may(Right.PTZ, at_site)
        assert not access.sees(elsewhere)
        narrowed = await roles.access(mine, replace(who, rights=frozenset({Right.LIVE})))
        assert narrowed.may(Right.LIVE, at_site)
        assert not narrowed.may(Right.REPLAY, at_site)
        await roles.remove_group(mine, group.id)
        assert not (await roles.access(mine, who)).may(Right.PTZ, at_site)
        assert [one.role for one in await roles.grants(mine, who.person)] == ["viewer"]

    on_database(story)


def test_an_organisation_never_loses_its_last_administrator(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        accounts, mine, _, _ = await home(database, tmp_path)
        roles = accounts.roles
        first, second = [await somebody(accounts, mine) for _ in range(2)]
        held = await roles.new_grant(mine, first.person, "administrator")
        for deed in (
            roles.revoke(mine, first.person, held.id),
            roles.remove_person(mine, first.person),
        ):
            with pytest.raises(Conflict, match="nobody would be left"):
                await deed
        passing = replace(held, id=new_id(), person=second.person, expires_us=1 << 59)
        await roles.grant(mine, passing)
        with pytest.raises(Conflict, match="nobody would be left"):
            await roles.revoke(mine, first.person, held.id)
        await roles.new_grant(mine, second.person, "administrator")
        await roles.remove_person(mine, first.person)
        assert [one.id for one in await accounts.people(mine)] == [second.person]

    on_database(story)


def test_a_role_that_somebody_holds_can_be_made_another(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        accounts, mine, (here, there), _ = await home(database, tmp_path)
        roles = accounts.roles
        chief, who = [await somebody(accounts, mine) for _ in range(2)]
        held = await roles.new_grant(mine, chief.person, "administrator")
        grant = await roles.grant(mine, given(who, "viewer", ScopeKind.CAMERA, here))
        moved = replace(grant, role="operator", scope_id=there, expires_us=1 << 59)
        await roles.change_grant(mine, moved, giver=chief)
        assert await roles.grants(mine, who.person) == [moved]
        access = await roles.access(mine, who)
        assert not access.may(Right.LIVE, here)
        assert access.may(Right.PTZ, there)
        everywhere = replace(moved, scope=ScopeKind.ORGANISATION, scope_id="", expires_us=None)
        for error, deed in (
            (Conflict, roles.change_grant(mine, replace(held, role="viewer"))),
            (Refused, roles.change_grant(mine, everywhere, giver=who)),
            (BadRequest, roles.change_grant(mine, replace(moved, expires_us=1))),
            (NotFound, roles.change_grant(mine, replace(moved, id=new_id()))),
            (NotFound, roles.change_grant(mine, replace(moved, person=chief.person))),
            (NotFound, roles.change_grant(mine, replace(moved, scope_id=new_id()))),
        ):
            with pytest.raises(error):
                await deed
        assert await roles.grants(mine, who.person) == [moved], "nothing happened"

    on_database(story)


def test_changing_a_role_of_its_own_leaves_somebody_in_charge(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        accounts, mine, _, _ = await home(database, tmp_path)
        roles, who = accounts.roles, await somebody(accounts, mine)
        chief = Role(new_id(), mine, "Chief", frozenset({Right.PEOPLE, Right.LIVE}))
        await roles.put_role(mine, chief)
        await roles.new_grant(mine, who.person, chief.id)
        lesser = replace(chief, rights=frozenset({Right.LIVE}))
        with pytest.raises(Conflict, match="nobody would be left"):
            await roles.put_role(mine, lesser)
        assert (await roles.roles(mine))[-1] == chief
        await roles.new_grant(mine, (await somebody(accounts, mine)).person, "administrator")
        assert await roles.put_role(mine, lesser) == lesser

    on_database(story)


def test_what_makes_no_sense_is_refused(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        accounts, mine, (camera, _), _ = await home(database, tmp_path)
        _, theirs, (foreign, _), _ = await home(database, tmp_path)
        roles, who = accounts.roles, await somebody(accounts, mine)
        role = await roles.put_role(mine, Role(new_id(), mine, "Mine", frozenset({Right.LIVE})))
        await roles.grant(mine, given(who, role.id, ScopeKind.CAMERA, camera))
        for error, deed in (
            (Conflict, roles.put_role(mine, replace(role, id=new_id(), name="mINE"))),
            (Conflict, roles.put_role(mine, replace(role, id=new_id(), name="viewer"))),
            (BadRequest, roles.put_role(mine, replace(role, rights=frozenset()))),
            (BadRequest, roles.put_role(mine, replace(role, replay_s=0))),
            (BadRequest, roles.put_role(mine, replace(role, id="viewer", name="X"))),
            (NotFound, roles.put_role(theirs, role)),
            (Conflict, roles.remove_role(mine, role.id)),
            (NotFound, roles.remove_role(mine, "viewer")),
            (NotFound, roles.grant(mine, given(who, "owner", ScopeKind.CAMERA, camera))),
            (NotFound, roles.grant(mine, given(who, "viewer", ScopeKind.CAMERA, foreign))),
            (
                NotFound,
                roles.put_group(mine, CameraGroup(new_id(), mine, "G", frozenset({foreign}))),
            ),
            (
                BadRequest,
                roles.grant(
                    mine, replace(given(who, "viewer", ScopeKind.CAMERA, camera), expires_us=1)
                ),
            ),
        ):
            with pytest.raises(error):
                await deed
        assert await roles.groups(mine) == []

    on_database(story)
