"""Invitations, and that nobody hands on more than they hold, on SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.test_accounts import PASSWORD, some_name
from tests.contract.test_passkeys import DAY_S, HERE, ORIGIN, PARTY, Desk, some_desk
from vedette.base.errors import BadRequest, BeginAgain, Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.person import Identity
from vedette.model.rights import CameraGroup, Grant, Offer, Right, Role, ScopeKind
from vedette.model.site import Site
from vedette.sites import SiteStore
from vedette.testing.passkey import SoftPasskey

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]
VIEWER = Offer("viewer")


async def join(desk: Desk, *offers: Offer, inviter: Identity | None = None) -> Identity:
    """Invite somebody who comes at once."""
    invitations = desk.entrance.invitations
    secret, _ = await invitations.invite(
        desk.organisation, some_name(), offers, lasts_s=60, inviter=inviter or desk.me
    )
    _, who = await invitations.accept_with_password(secret, PASSWORD, HERE)
    return who


async def some_camera(database: Database, desk: Desk, site: str | None = None) -> str:
    streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
    camera = Camera(new_id(), desk.organisation, some_name(), streams, site=site)
    store = CameraStore(database, Sealer(Path("/nonexistent/key")))
    return (await store.add(desk.organisation, camera, None)).id


async def some_site(database: Database, desk: Desk) -> str:
    site = Site(new_id(), desk.organisation, some_name())
    return (await SiteStore(database).add(desk.organisation, site)).id


async def keeper(desk: Desk, *grants: tuple[str, ScopeKind, str]) -> Identity:
    """Somebody who may handle people, and holds what is said, and no more."""
    roles = desk.accounts.roles
    known = await roles.roles(desk.organisation)
    role = next((one.id for one in known if one.name == "Keeper"), new_id())
    own = Role(role, desk.organisation, "Keeper", frozenset({Right.PEOPLE}))
    await roles.put_role(desk.organisation, own)
    person = await desk.accounts.create_person(desk.organisation, some_name(), PASSWORD)
    for held, scope, scope_id in ((role, ScopeKind.ORGANISATION, ""), *grants):
        grant = Grant(new_id(), desk.organisation, person.id, held, scope, scope_id)
        await roles.grant(desk.organisation, grant)
    return Identity(desk.organisation, person.id, person.name, "session", "c")


def test_an_invited_person_chooses_a_password_once(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        invitations, name = desk.entrance.invitations, some_name()
        secret, made = await invitations.invite(
            desk.organisation, name, [VIEWER], lasts_s=DAY_S, inviter=desk.me
        )
        assert await invitations.list(desk.organisation) == [made]
        assert await invitations.look(secret, HERE) == (made, "School")
        with pytest.raises(BadRequest):
            await invitations.accept_with_password(secret, "short", HERE)
        both = await asyncio.gather(
            *(invitations.accept_with_password(secret, PASSWORD, HERE) for _ in range(2)),
            return_exceptions=True,
        )
        [(session, who)] = [one for one in both if isinstance(one, tuple)]
        assert (who.organisation, who.name) == (desk.organisation, name)
        assert await desk.accounts.by_session(session) == who
        await desk.accounts.sign_in(name, PASSWORD, source="s")
        assert await invitations.list(desk.organisation) == []
        with pytest.raises(Refused, match="used, withdrawn"):
            await invitations.look(secret, HERE)

    on_database(story)


def test_an_invited_person_chooses_a_passkey_and_has_no_password(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        invitations, name, passkey = desk.entrance.invitations, some_name(), SoftPasskey(ORIGIN)
        secret, _ = await invitations.invite(
            desk.organisation, name, [VIEWER], lasts_s=DAY_S, inviter=desk.me
        )
        # A ceremony of somebody who is there already cannot be used to join.
        elsewhere, options = await desk.entrance.passkeys.begin_registration(
            desk.organisation, desk.person, PARTY
        )
        with pytest.raises(BeginAgain):
            await invitations.accept_with_passkey(
                secret, elsewhere, passkey.create(options), name="Stick", visit=HERE
            )
        ceremony, options = await invitations.begin_passkey(secret, PARTY, HERE)
        _, who = await invitations.accept_with_passkey(
            secret, ceremony, passkey.create(options), name="Stick", visit=HERE
        )
        assert who.name == name
        _, again = await desk.sign_in(passkey)
        assert again.person == who.person
        assert not await desk.accounts.has_password(desk.organisation, who.person)
        for guess in ("", "x", PASSWORD):
            with pytest.raises(Refused, match="name or the password is wrong"):
                await desk.accounts.sign_in(name, guess, source="s")

    on_database(story)


def test_an_invitation_ends_by_age_or_when_it_is_withdrawn(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk, foreign = await some_desk(database), await some_desk(database)
        invitations, name = desk.entrance.invitations, some_name()
        secret, made = await invitations.invite(
            desk.organisation, name, [VIEWER], lasts_s=DAY_S, inviter=desk.me
        )
        for taken in (name, desk.name.upper()):
            with pytest.raises(Conflict):
                await invitations.invite(
                    desk.organisation, taken, [VIEWER], lasts_s=60, inviter=desk.me
                )
        with pytest.raises(NotFound):
            await invitations.withdraw(foreign.organisation, made.id)
        assert await invitations.list(foreign.organisation) == []
        await invitations.withdraw(desk.organisation, made.id)
        late, _ = await invitations.invite(
            desk.organisation, name, [VIEWER], lasts_s=DAY_S, inviter=desk.me
        )
        await desk.clock.advance(DAY_S)
        for gone in (secret, late, "made up"):
            with pytest.raises(Refused, match="ask for a new one"):
                await invitations.accept_with_password(gone, PASSWORD, HERE)
        await invitations.invite(desk.organisation, name, [], lasts_s=60, inviter=desk.me)
        for bad in (0, -1, 31 * DAY_S, float("nan")):
            with pytest.raises(BadRequest):
                await invitations.invite(
                    desk.organisation, some_name(), [], lasts_s=bad, inviter=desk.me
                )

    on_database(story)


def test_who_joins_holds_what_was_offered_and_no_more(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        site = await some_site(database, desk)
        there, elsewhere = [await some_camera(database, desk, one) for one in (site, None)]
        group = CameraGroup(new_id(), desk.organisation, "Doors", frozenset({elsewhere}))
        await desk.accounts.roles.put_group(desk.organisation, group)
        at_site = Offer("operator", ScopeKind.SITE, site, desk.clock.wall_us() + DAY_S * 1_000_000)
        for_doors = Offer("viewer", ScopeKind.GROUP, group.id)
        secret, made = await desk.entrance.invitations.invite(
            desk.organisation, some_name(), [at_site, for_doors], lasts_s=60, inviter=desk.me
        )
        assert made.offers == (at_site, for_doors)
        assert await desk.entrance.invitations.list(desk.organisation) == [made]
        await desk.accounts.roles.remove_group(desk.organisation, group.id)
        _, who = await desk.entrance.invitations.accept_with_password(secret, PASSWORD, HERE)
        [grant] = await desk.accounts.roles.grants(desk.organisation, who.person)
        assert (grant.role, grant.scope_id, grant.expires_us) == (
            "operator",
            site,
            at_site.expires_us,
        )
        access = await desk.accounts.roles.access(desk.organisation, who)
        assert access.may(Right.EXPORT, there)
        assert not access.sees(elsewhere), "the group is gone, and what it gave with it"
        await desk.clock.advance(DAY_S)
        assert not (await desk.accounts.roles.access(desk.organisation, who)).sees(there)

    on_database(story)


def test_an_invitation_offers_what_is_there(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk, foreign = await some_desk(database), await some_desk(database)
        site = await some_site(database, foreign)
        for error, offer in (
            (NotFound, Offer("owner")),
            (NotFound, Offer("viewer", ScopeKind.SITE, site)),
            (NotFound, Offer("viewer", ScopeKind.CAMERA, new_id())),
            (BadRequest, Offer("viewer", expires_us=desk.clock.wall_us())),
        ):
            with pytest.raises(error):
                await join(desk, offer)
        roles = desk.accounts.roles
        own = Role(new_id(), desk.organisation, "Night", frozenset({Right.LIVE}))
        await roles.put_role(desk.organisation, own)
        _, made = await desk.entrance.invitations.invite(
            desk.organisation, some_name(), [Offer(own.id)], lasts_s=60, inviter=desk.me
        )
        with pytest.raises(Conflict, match="invited with the role"):
            await roles.remove_role(desk.organisation, own.id)
        await desk.entrance.invitations.withdraw(desk.organisation, made.id)
        await roles.remove_role(desk.organisation, own.id)

    on_database(story)


def test_nobody_invites_with_more_than_they_hold(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        site = await some_site(database, desk)
        camera, other = [await some_camera(database, desk, one) for one in (site, None)]
        alone = await keeper(desk)
        local = await keeper(desk, ("operator", ScopeKind.SITE, site))
        for inviter, offer in (
            (alone, VIEWER),
            (alone, Offer("administrator")),
            (alone, Offer("viewer", ScopeKind.CAMERA, camera)),
            (local, VIEWER),
            (local, Offer("auditor")),
            (local, Offer("administrator", ScopeKind.SITE, site)),
            (local, Offer("viewer", ScopeKind.CAMERA, other)),
            (replace(desk.me, rights=frozenset({Right.PEOPLE})), VIEWER),  # a narrow token
        ):
            with pytest.raises(Refused, match="no more than you hold"):
                await join(desk, offer, inviter=inviter)
        for offer in (
            Offer("viewer", ScopeKind.SITE, site),
            Offer("operator", ScopeKind.SITE, site),
            Offer("operator", ScopeKind.CAMERA, camera),
        ):
            who = await join(desk, offer, inviter=local)
            assert (await desk.accounts.roles.access(desk.organisation, who)).sees(camera)

    on_database(story)


def test_nobody_gives_for_longer_than_they_hold(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        passing = await desk.accounts.create_person(desk.organisation, some_name(), PASSWORD)
        end_us = desk.clock.wall_us() + DAY_S * 1_000_000
        grant = Grant(new_id(), desk.organisation, passing.id, "administrator", expires_us=end_us)
        await desk.accounts.roles.grant(desk.organisation, grant)
        me = Identity(desk.organisation, passing.id, passing.name, "session", "c")
        for offer in (VIEWER, Offer("viewer", expires_us=end_us + 1)):
            with pytest.raises(Refused, match="for no longer"):
                await join(desk, offer, inviter=me)
        await join(desk, Offer("viewer", expires_us=end_us), inviter=me)

    on_database(story)


def test_an_invitation_is_worth_what_its_maker_may_still_give(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        invitations, roles = desk.entrance.invitations, desk.accounts.roles
        second = await join(desk, Offer("administrator"))
        demoted, _ = await invitations.invite(
            desk.organisation, some_name(), [VIEWER], lasts_s=DAY_S, inviter=second
        )
        await invitations.look(demoted, HERE)
        [held] = await roles.grants(desk.organisation, second.person)
        await roles.revoke(desk.organisation, second.person, held.id)
        await roles.new_grant(desk.organisation, second.person, "viewer")
        for deed in (
            invitations.look(demoted, HERE),
            invitations.accept_with_password(demoted, PASSWORD, HERE),
        ):
            with pytest.raises(Refused, match="may not give that any more"):
                await deed
        await roles.new_grant(desk.organisation, second.person, "administrator")
        await invitations.look(demoted, HERE)
        await roles.remove_person(desk.organisation, second.person)
        assert await invitations.list(desk.organisation) == []
        with pytest.raises(Refused, match="used, withdrawn"):
            await invitations.accept_with_password(demoted, PASSWORD, HERE)

    on_database(story)


def test_nobody_gives_themselves_more_by_a_role_or_a_group(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        mine, roles = desk.organisation, desk.accounts.roles
        here, there = [await some_camera(database, desk) for _ in range(2)]
        doors = CameraGroup(new_id(), mine, "Doors", frozenset({here}))
        await roles.put_group(mine, doors)
        me = await keeper(desk, ("viewer", ScopeKind.GROUP, doors.id))
        own = next(one for one in await roles.roles(mine) if one.name == "Keeper")
        for deed in (
            roles.grant(mine, Grant(new_id(), mine, me.person, "administrator"), giver=me),
            roles.put_role(mine, replace(own, rights=own.rights | {Right.LIVE}), giver=me),
            roles.put_group(mine, replace(doors, cameras=frozenset({here, there})), giver=me),
        ):
            with pytest.raises(Refused, match="no more than you hold"):
                await deed
        access = await roles.access(mine, me)
        assert not access.sees(there)
        assert not access.may(Right.LIVE)
        await roles.put_group(mine, replace(doors, name="Gates"), giver=me)
        guest = await join(desk, Offer("viewer", ScopeKind.GROUP, doors.id), inviter=me)
        [held] = await roles.grants(mine, guest.person)
        await roles.grant(mine, replace(held, id=new_id(), person=me.person), giver=me)
        await roles.put_group(mine, replace(doors, cameras=frozenset()), giver=me)

    on_database(story)
