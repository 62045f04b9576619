"""No store shows or changes anything of another organisation: every method is asked.

The stores' methods are found by introspection, so that a new one fails here until it is covered: a
method that takes ``organisation`` needs a question in ``QUESTIONS``, one that does not needs a
reason in ``WITHOUT_ORGANISATION``, and a module that touches the tables needs its store in
``STORES``.
"""

import ast
import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select

from vedette.accounts import Accounts, AccountSettings
from vedette.accounts.access import Access
from vedette.accounts.entrance import Entrance, open_entrance
from vedette.accounts.invitations import Invitations
from vedette.accounts.organisations import Organisations
from vedette.accounts.passkeys import Passkeys
from vedette.accounts.reasons import Reasons
from vedette.accounts.relying_party import RelyingParty
from vedette.accounts.roles import Roles
from vedette.accounts.second_factor import FactorState, SecondFactor
from vedette.accounts.sessions import Sessions
from vedette.accounts.settings import SignOnSettings
from vedette.accounts.sign_on import SignOn, insert_link
from vedette.accounts.sign_on_plan import Known
from vedette.base.errors import BeginAgain, NotFound, VedetteError
from vedette.base.ids import new_id
from vedette.bookmarks import BookmarkQuery, BookmarkStore
from vedette.cameras import CameraStore, TemplateStore
from vedette.catalog.ports import Footage, FootageBatch
from vedette.catalog.store import SqlCatalog
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.export.store import ExportStore
from vedette.journal import EventQuery, Page, SqlJournal
from vedette.journal.decide import START
from vedette.journal.ports import Proof
from vedette.model.bookmark import Bookmark
from vedette.model.camera import Camera, Credentials, StreamKey, StreamRole, StreamSource
from vedette.model.event import Event
from vedette.model.export import ExportedCamera, ExportJob, ExportRequest, ExportState
from vedette.model.footage import (
    ClockStep,
    FormatRow,
    Fragment,
    Gap,
    LossMinute,
    Segment,
    SegmentState,
)
from vedette.model.packet import GapReason
from vedette.model.person import Identity, Visit
from vedette.model.reason import Act
from vedette.model.rights import CameraGroup, Grant, Offer, Right, Role, built_in
from vedette.model.share import Share
from vedette.model.site import Floor, Placement, Site
from vedette.model.template import CameraTemplate
from vedette.model.wall import Cell, CellKind, Wall
from vedette.sharing import GuestStore, ShareStore
from vedette.sharing.guests import hash_secret
from vedette.sites import FloorStore, PlacementStore, SiteStore
from vedette.testing.clock import FakeClock
from vedette.testing.passkey import SoftPasskey
from vedette.testing.pictures import picture
from vedette.walls import WallStore

STORES: tuple[type[Any], ...] = (
    SqlCatalog,
    CameraStore,
    BookmarkStore,
    SiteStore,
    WallStore,
    FloorStore,
    PlacementStore,
    TemplateStore,
    SqlJournal,
    ExportStore,
    Accounts,
    Sessions,
    Roles,
    Reasons,
    SecondFactor,
    Passkeys,
    Invitations,
    SignOn,
    Organisations,
    ShareStore,
    GuestStore,
)

WITHOUT_ORGANISATION = {
    "CameraStore.organisations": "names the organisations to the wiring, and nothing in them",
    "CameraStore.check_key": "tells at start whether any sealed row can be opened, shows none",
    "ExportStore.held_by_all": "a sum for the limit that all share; names nobody",
    "ExportStore.in_state": "what there is to work on, for the one task that does it",
    "ExportStore.with_files": "which folders to keep; identifiers, for clearing up at start",
    "Accounts.has_people": "one bit, for the first start",
    "Accounts.sign_in": "whoever signs in does not know identifiers; the person's is found",
    "Accounts.find": "whoever is refused at the door named nobody's organisation",
    "Accounts.by_session": "the secret says who asks; this is where organisations come from",
    "Accounts.by_token": "the secret says who asks; this is where organisations come from",
    "Accounts.hash_new_password": "for somebody who is not there yet",
    "SecondFactor.finish_sign_in": "the second step says who asks; the password was right",
    "Passkeys.begin_sign_in": "nobody is known yet, and nothing is told",
    "Passkeys.finish_sign_in": "the passkey says who asks; this is where organisations come from",
    "Invitations.look": "the secret says who is invited, and to which organisation",
    "Invitations.accept_with_password": "the secret says who is invited, and to which organisation",
    "Invitations.begin_passkey": "the secret says who is invited, and to which organisation",
    "Invitations.accept_with_passkey": "the secret says who is invited, and to which organisation",
    "SignOn.check": "tells at start which names of the settings there are not, and of nobody",
    "SignOn.depart": "nobody is known yet; whose provider it is stands in the settings",
    "SignOn.arrive": "the provider says who asks; its organisation stands in the settings",
    "Sessions.begin": "whom it is for was found by what that person proved",
    "Sessions.end_by_secret": "the secret says which; it came in that browser's cookie",
    "Organisations.add": "makes one that was not there; for whoever runs the server",
    "Organisations.all": "for whoever runs the server; no route leads there",
    "Organisations.name": "says whose share it is; an identifier gives nothing but its name",
    "Organisations.find": "tells an identifier to whoever knows the exact name, and few guesses",
    "GuestStore.find_link": "the secret says which share; this is where the owner comes from",
    "GuestStore.by_secret": "the secret says which share; this is where the owner comes from",
    "Accounts.redeem_entry": "the secret says who asks; this is where organisations come from",
}

NO_TENANT = {"organisation"}
"""Tables that need no check of their own: the one that names the organisations."""

S = 1_000_000
NOON = 1_777_636_800 * S
PARTY = RelyingParty("video.example.org", ("https://video.example.org",))
TOWN_HALL = SignOnSettings(name="Town hall", issuer="https://id.example.org", client_id="x")
CHEAP = AccountSettings(hash_memory_kib=8, hash_passes=1, hash_lanes=1)


@dataclass(frozen=True)
class Home:
    """An organisation in which there is one of everything."""

    organisation: str
    site: Site
    floor: Floor
    bookmark: Bookmark
    template: CameraTemplate
    camera: Camera
    removed: str
    stream: StreamKey
    segment: Segment
    condemned: Segment
    batch: FootageBatch
    minute: LossMinute
    person: str
    token: str
    session: str
    export: ExportJob
    wall: Wall | None = None
    passkey: str = ""
    invitation: str = ""
    share: Share | None = None
    guest: str = ""


async def export_of(exports: ExportStore, camera: Camera, person: str) -> ExportJob:
    """An export of a camera that has been asked for."""
    request = ExportRequest(
        camera.organisation,
        (ExportedCamera(camera.id, camera.name),),
        StreamRole.MAIN,
        NOON,
        NOON + S,
        person,
        camera.name,
    )
    job = ExportJob(new_id(), request, ExportState.QUEUED, NOON, held_bytes=9)
    await exports.add(camera.organisation, job, organisation_bytes=1 << 40, total_bytes=1 << 40)
    return job


@dataclass(frozen=True)
class Places:
    """The stores of where cameras are, and of what people marked in them."""

    sites: SiteStore
    floors: FloorStore
    placements: PlacementStore
    bookmarks: BookmarkStore
    templates: TemplateStore


async def put_on_a_floor(places: Places, camera: Camera) -> Floor:
    """A floor of the camera's site with a plan, on which the camera is placed."""
    owner = camera.organisation
    floor = Floor(new_id(), owner, camera.site or "", "", 0, "Ground")
    await places.floors.add(owner, floor)
    await places.placements.put(
        owner, Placement(owner, camera.id, floor=floor.id, x=0.5, y=0.5, range_widths=0.1)
    )
    return await places.floors.set_plan(owner, floor.id, picture())


async def furnish(  # noqa: PLR0917  one of everything
    catalog: SqlCatalog,
    cameras: CameraStore,
    places: Places,
    exports: ExportStore,
    accounts: Accounts,
    name: str,
) -> Home:
    """Make an organisation and put one of everything into it."""
    organisation = new_id()
    await accounts.ensure_organisation(organisation, name)
    site = Site(new_id(), organisation, name)
    await places.sites.add(organisation, site)
    camera = Camera(
        new_id(),
        organisation,
        name,
        {StreamRole.MAIN: StreamSource("rtsp://192.0.2.1/")},
        site=site.id,
    )
    await cameras.add(organisation, camera, Credentials("root", name))
    bookmark = Bookmark(new_id(), organisation, (camera.id,), NOON, NOON, name, name)
    await places.bookmarks.add(organisation, bookmark)
    removed = replace(camera, id=new_id(), name=f"{name} of old")
    await cameras.add(organisation, removed, None)
    await cameras.remove(organisation, removed.id)
    stream = camera.key(StreamRole.MAIN)
    segment, condemned = (
        Segment(
            stream, start_us, start_us + S, "r", "v", name, name, 9, 1, 0, SegmentState.FINISHED
        )
        for start_us in (NOON, NOON + S)
    )
    batch = FootageBatch(
        formats=(FormatRow(name, b"init", "avc1", "", 1, 1, 90_000),),
        segments=(segment, condemned),
        fragments=(
            Fragment(
                stream, NOON, S, NOON, 0, 9, 9, 0, 90_000, 25, 0, 0, key=True, sha256=b"h" * 32
            ),
        ),
        gaps=(Gap(stream, NOON + 2 * S, None, GapReason.STALLED, name),),
        clock_steps=(ClockStep(stream, NOON, 1),),
    )
    await catalog.commit(organisation, batch)
    await catalog.condemn(organisation, [condemned])
    minute = LossMinute(stream, NOON, 1)
    await catalog.add_minutes(organisation, [minute])
    floor = await put_on_a_floor(places, camera)
    template = CameraTemplate(new_id(), organisation, name)
    await places.templates.add(organisation, template)
    person = await accounts.create_person(organisation, name, "correct horse")
    _, identity = await accounts.sign_in(name, "correct horse", source="s")
    _, token = await accounts.make_token(organisation, person.id, name, None)
    return Home(
        organisation,
        site,
        floor,
        bookmark,
        template,
        camera,
        removed.id,
        stream,
        segment,
        condemned,
        batch,
        minute,
        person.id,
        token.id,
        identity.credential,
        await export_of(exports, camera, person.id),
    )


async def admit(
    database: Database, accounts: Accounts, entrance: Entrance, clock: FakeClock, home: Home
) -> Home:
    """Give the home's person one of every way to sign in."""
    begun = await entrance.second_factor.enrol(home.organisation, home.person)
    code = TOTP(begun.secret).at(clock.wall_us() // S)
    await entrance.second_factor.confirm(home.organisation, home.person, code, keep=home.session)
    ceremony, options = await entrance.passkeys.begin_registration(
        home.organisation, home.person, PARTY
    )
    made = await entrance.passkeys.finish_registration(
        home.organisation,
        home.person,
        ceremony,
        SoftPasskey(PARTY.origins[0]).create(options),
        name="Stick",
        keep=home.session,
    )
    _, invited = await entrance.invitations.invite(
        home.organisation,
        f"guest of {home.organisation}",
        [Offer("viewer")],
        lasts_s=60,
        inviter=identity_of(home),
    )
    town_hall = TOWN_HALL.model_copy(update={"organisation": home.organisation})
    known = Known("248289761001", "x")
    await database.write(lambda at: insert_link(at, town_hall, known, home.person, NOON))
    await accounts.make_entry_link(home.organisation, home.person, 60)
    return replace(home, passkey=made.id, invitation=invited.id)


def some_event(organisation: str) -> Event:
    return Event(new_id(), organisation, "camera.changed", NOON, NOON, "test")


async def give_roles(roles: Roles, home: Home) -> None:
    """Give the home one of every kind of right, under the identifiers of its own things."""
    mine = home.organisation
    await roles.put_role(mine, Role(home.camera.id, mine, "Own", frozenset({Right.LIVE})))
    await roles.put_group(mine, group_of(home))
    await roles.grant(mine, Grant(home.camera.id, mine, home.person, "administrator"))


def group_of(home: Home) -> CameraGroup:
    cameras = frozenset({home.camera.id})
    return CameraGroup(home.site.id, home.organisation, "Doors", cameras)


def identity_of(home: Home) -> Identity:
    return Identity(home.organisation, home.person, "x", "session", home.session)


async def hang(walls: WallStore, home: Home) -> Home:
    """Put a shared wall with the camera into the home."""
    cell = Cell(0, 0, CellKind.CAMERA, (home.camera.id,))
    wall = Wall(new_id(), home.organisation, None, home.camera.name, 1, 1, (cell,))
    return replace(home, wall=await walls.add(home.organisation, home.person, wall))


def wall_of(home: Home) -> Wall:
    """The wall that hangs there."""
    assert home.wall is not None
    return home.wall


LINK = "the secret of a link"


async def share(shares: ShareStore, guests: GuestStore, home: Home) -> Home:
    """Share the camera by a link, and let somebody in with it."""
    share = Share(
        id=new_id(),
        organisation=home.organisation,
        recipient=None,
        recipient_name="A neighbour",
        cameras=(home.camera.id,),
        live=True,
        footage_start_us=NOON,
        footage_end_us=None,
        sound=False,
        from_us=NOON,
        until_us=NOON + 60 * S,
        purpose="x",
        made_by=home.person,
        made_by_name="x",
        made_us=NOON,
    )
    made = await shares.make(home.organisation, share, NOON, hash_secret(LINK + home.organisation))
    _, guest = await guests.enter(home.organisation, made.id)
    return replace(home, share=made, guest=guest.session)


def share_of(home: Home) -> Share:
    """What the home shares by a link."""
    assert home.share is not None
    return home.share


async def furnished(database: Database, key_file: Path, name: str) -> tuple[dict[str, Any], Home]:
    """The stores by the names of their classes, and an organisation with something in each."""
    catalog = SqlCatalog(database)
    cameras = CameraStore(database, Sealer(key_file))
    places = Places(
        SiteStore(database),
        FloorStore(database),
        PlacementStore(database),
        BookmarkStore(database),
        TemplateStore(database),
    )
    accounts = Accounts(database, clock := FakeClock(), CHEAP)
    entrance = open_entrance(accounts, database, clock, Sealer(key_file), [TOWN_HALL])
    exports = ExportStore(database)
    home = await furnish(catalog, cameras, places, exports, accounts, name)
    await give_roles(accounts.roles, home)
    home = await admit(database, accounts, entrance, clock, home)
    home = await hang(walls := WallStore(database), home)
    shares, guests = ShareStore(database), GuestStore(database, clock)
    home = await share(shares, guests, home)
    organisations = Organisations(database, accounts.attempts)
    located = (places.sites, places.floors, places.placements, places.templates)
    journal = SqlJournal(database)
    await journal.append(home.organisation, [some_event(home.organisation)])
    entered = (entrance.second_factor, entrance.passkeys, entrance.invitations, entrance.sign_on)
    await accounts.reasons.ask(home.organisation, [Act.REPLAY])
    await accounts.reasons.give(home.organisation, home.session, Act.REPLAY, f"for {name}")
    known = (accounts, accounts.sessions, accounts.roles, accounts.reasons)
    stood = (*known, walls, places.bookmarks)
    shared = (shares, guests, organisations)
    stores = (catalog, cameras, exports, journal, *located, *stood, *entered, *shared)
    return {type(store).__name__: store for store in stores}, home


Ask = Callable[[Any, str, Home], Awaitable[Any]]
"""Asks a store, as an organisation, for what belongs to a home."""


async def silently(asked: Awaitable[Any]) -> None:
    await asked


QUESTIONS: dict[str, Ask] = {
    "SqlCatalog.commit": lambda it, me, home: it.commit(me, home.batch),
    "SqlCatalog.open_gaps": lambda it, me, _: it.open_gaps(me),
    "SqlCatalog.footage": lambda it, me, home: it.footage(me, [home.stream], 0, 2 * NOON),
    "SqlCatalog.days": lambda it, me, home: it.days(me, home.stream, [0, NOON, 2 * NOON]),
    "SqlCatalog.segments": lambda it, me, home: it.segments(me, home.stream, 0, 2 * NOON),
    "SqlCatalog.fragments": lambda it, me, home: it.fragments(me, home.stream, 0, 2 * NOON),
    "SqlCatalog.segment": lambda it, me, home: it.segment(me, home.stream, NOON),
    "SqlCatalog.format": lambda it, me, home: it.format(me, home.segment.format_id),
    "SqlCatalog.unfinished": lambda it, me, home: it.unfinished(me, home.segment.volume),
    "SqlCatalog.oldest": lambda it, me, home: it.oldest(
        me, volume=home.segment.volume, stream=home.stream, limit=9
    ),
    "SqlCatalog.usage": lambda it, me, _: it.usage(me),
    "SqlCatalog.condemn": lambda it, me, home: it.condemn(me, [home.segment]),
    "SqlCatalog.forget": lambda it, me, home: it.forget(me, [home.condemned]),
    "SqlCatalog.add_minutes": lambda it, me, home: it.add_minutes(
        me, [replace(home.minute, received_packets=7)]
    ),
    "SqlCatalog.minutes": lambda it, me, home: it.minutes(me, home.stream, 0, 2 * NOON),
    "SqlCatalog.forget_before": lambda it, me, _: it.forget_before(me, 2 * NOON),
    "Roles.access": lambda it, me, home: it.access(me, identity_of(home)),
    "Roles.roles": lambda it, me, _: it.roles(me),
    "Roles.put_role": lambda it, me, home: it.put_role(
        me, Role(home.camera.id, me, "Mine", frozenset({Right.LIVE}))
    ),
    "Roles.remove_role": lambda it, me, home: it.remove_role(me, home.camera.id),
    "Roles.groups": lambda it, me, _: it.groups(me),
    "Roles.put_group": lambda it, me, home: it.put_group(me, group_of(home)),
    "Roles.remove_group": lambda it, me, home: it.remove_group(me, home.site.id),
    "Roles.grants": lambda it, me, _: it.grants(me),
    "Roles.grant": lambda it, me, home: it.grant(
        me, Grant(new_id(), me, home.person, "administrator")
    ),
    "Roles.change_grant": lambda it, me, home: it.change_grant(
        me, Grant(home.camera.id, me, home.person, "viewer")
    ),
    "Roles.revoke": lambda it, me, home: it.revoke(me, home.person, home.camera.id),
    "Roles.remove_person": lambda it, me, home: it.remove_person(me, home.person),
    "Roles.new_grant": lambda it, me, home: it.new_grant(me, home.person, "administrator"),
    "SqlJournal.append": lambda it, me, home: it.append(me, [some_event(home.organisation)]),
    "SqlJournal.events": lambda it, me, _: it.events(me, EventQuery()),
    "SqlJournal.chain": lambda it, me, _: it.chain(me, 0, 9),
    "SqlJournal.head": lambda it, me, _: it.head(me),
    "SqlJournal.verify": lambda it, me, _: it.verify(me),
    "CameraStore.add": lambda it, me, home: it.add(me, home.camera, None),
    "CameraStore.add_all": lambda it, me, home: it.add_all(me, [(home.camera, None)]),
    "CameraStore.list": lambda it, me, _: it.list(me),
    "CameraStore.get": lambda it, me, home: it.get(me, home.camera.id),
    "CameraStore.by_name": lambda it, me, home: it.by_name(me, home.camera.name),
    "CameraStore.update": lambda it, me, home: it.update(
        me, replace(home.camera, organisation=me, name="taken over")
    ),
    "CameraStore.remove": lambda it, me, home: it.remove(me, home.camera.id),
    "CameraStore.removed": lambda it, me, _: it.removed(me),
    "CameraStore.forget_removed": lambda it, me, home: it.forget_removed(me, home.removed),
    "CameraStore.credential_marks": lambda it, me, _: it.credential_marks(me),
    "CameraStore.credentials": lambda it, me, home: it.credentials(me, home.camera.id),
    "CameraStore.set_credentials": lambda it, me, home: it.set_credentials(
        me, home.camera.id, None
    ),
    "SiteStore.list": lambda it, me, _: it.list(me),
    "BookmarkStore.find": lambda it, me, home: it.find(me, BookmarkQuery(cameras=[home.camera.id])),
    "BookmarkStore.get": lambda it, me, home: it.get(me, home.bookmark.id),
    "BookmarkStore.add": lambda it, me, home: it.add(me, home.bookmark),
    "BookmarkStore.update": lambda it, me, home: it.update(
        me, replace(home.bookmark, organisation=me, title="taken over")
    ),
    "BookmarkStore.remove": lambda it, me, home: it.remove(me, home.bookmark.id),
    "SiteStore.get": lambda it, me, home: it.get(me, home.site.id),
    "SiteStore.add": lambda it, me, home: it.add(me, home.site),
    "SiteStore.update": lambda it, me, home: it.update(
        me, replace(home.site, organisation=me, name="taken over")
    ),
    "SiteStore.remove": lambda it, me, home: it.remove(me, home.site.id),
    "FloorStore.list": lambda it, me, _: it.list(me),
    "FloorStore.get": lambda it, me, home: it.get(me, home.floor.id),
    "FloorStore.add": lambda it, me, home: it.add(
        me, replace(home.floor, id=new_id(), organisation=me, name="Mine")
    ),
    "FloorStore.update": lambda it, me, home: it.update(
        me, replace(home.floor, organisation=me, name="taken over")
    ),
    "FloorStore.remove": lambda it, me, home: it.remove(me, home.floor.id),
    "FloorStore.set_plan": lambda it, me, home: it.set_plan(me, home.floor.id, picture()),
    "FloorStore.plan": lambda it, me, home: it.plan(me, home.floor.id),
    "TemplateStore.list": lambda it, me, _: it.list(me),
    "TemplateStore.add": lambda it, me, home: it.add(me, home.template),
    "TemplateStore.remove": lambda it, me, home: it.remove(me, home.template.id),
    "PlacementStore.list": lambda it, me, _: it.list(me),
    "PlacementStore.put": lambda it, me, home: it.put(
        me, Placement(me, home.camera.id, latitude=1.0, longitude=1.0, range_m=9.0)
    ),
    "PlacementStore.remove": lambda it, me, home: it.remove(me, home.camera.id),
    "ExportStore.add": lambda it, me, home: it.add(
        me, home.export, organisation_bytes=1 << 40, total_bytes=1 << 40
    ),
    "ExportStore.list": lambda it, me, _: it.list(me),
    "ExportStore.get": lambda it, me, home: it.get(me, home.export.id),
    "ExportStore.update": lambda it, me, home: it.update(
        me, replace(home.export, state=ExportState.FAILED)
    ),
    "ExportStore.forget": lambda it, me, home: it.forget(me, home.export.id),
    "ExportStore.held_bytes": lambda it, me, _: it.held_bytes(me),
    "ExportStore.owner_name": lambda it, me, home: it.owner_name(me, home.export.id),
    "WallStore.list": lambda it, me, home: it.list(me, home.person),
    "WallStore.get": lambda it, me, home: it.get(me, home.person, wall_of(home).id),
    "WallStore.add": lambda it, me, home: it.add(me, home.person, wall_of(home)),
    "WallStore.update": lambda it, me, home: it.update(
        me, home.person, replace(wall_of(home), organisation=me, name="taken over")
    ),
    "WallStore.remove": lambda it, me, home: it.remove(me, home.person, wall_of(home).id),
    # Its own name is an organisation's to choose; another's identifier is the only way to err.
    "Accounts.ensure_organisation": lambda it, me, _: it.ensure_organisation(me, "Mine"),
    "Accounts.create_person": lambda it, me, home: it.create_person(
        me, home.camera.name, "correct horse"
    ),
    "Accounts.people": lambda it, me, _: it.people(me),
    "Accounts.change_password": lambda it, me, home: it.change_password(
        me, home.person, "correct horse", "battery staple"
    ),
    "Accounts.set_password": lambda it, me, home: it.set_password(
        me, home.person, "battery staple"
    ),
    "Accounts.sign_out": lambda it, me, home: it.sign_out(me, home.session),
    "Accounts.has_password": lambda it, me, home: it.has_password(me, home.person),
    "Accounts.begin_again": lambda it, me, home: it.begin_again(me, home.person, Visit("s")),
    "Reasons.asked": lambda it, me, _: it.asked(me),
    "Reasons.ask": lambda it, me, _: it.ask(me, [Act.EXPORT]),
    "Reasons.need": lambda it, me, home: it.need(me, home.session, Act.REPLAY),
    # What comes back is what was just said; what counts is that nobody else's changes.
    "Reasons.give": lambda it, me, home: silently(it.give(me, home.session, Act.REPLAY, "because")),
    "SecondFactor.state": lambda it, me, home: it.state(me, home.person),
    "SecondFactor.enrol": lambda it, me, home: it.enrol(me, home.person),
    "SecondFactor.confirm": lambda it, me, home: it.confirm(me, home.person, "123456", keep=None),
    "SecondFactor.renew_recovery_codes": lambda it, me, home: it.renew_recovery_codes(
        me, home.person
    ),
    "SecondFactor.remove": lambda it, me, home: it.remove(me, home.person),
    "Passkeys.list": lambda it, me, home: it.list(me, home.person),
    "Passkeys.begin_registration": lambda it, me, home: it.begin_registration(
        me, home.person, PARTY
    ),
    "Passkeys.finish_registration": lambda it, me, home: it.finish_registration(
        me, home.person, "made up", {}, name="x", keep=None
    ),
    "Passkeys.remove": lambda it, me, home: it.remove(me, home.person, home.passkey, keep=None),
    "SignOn.links": lambda it, me, home: it.links(me, home.person),
    "SignOn.unlink": lambda it, me, home: it.unlink(me, home.person, "town-hall", keep=None),
    "Invitations.invite": lambda it, me, home: it.invite(
        me, home.camera.name, [], lasts_s=60, inviter=identity_of(home)
    ),
    "Invitations.list": lambda it, me, _: it.list(me),
    "Invitations.withdraw": lambda it, me, home: it.withdraw(me, home.invitation),
    "Sessions.list": lambda it, me, _: it.list(me),
    "Sessions.get": lambda it, me, home: it.get(me, home.session),
    "Sessions.is_fresh": lambda it, me, home: it.is_fresh(me, home.session),
    "Sessions.end": lambda it, me, home: it.end(me, home.session),
    "Sessions.end_all": lambda it, me, home: it.end_all(me, home.person),
    "Accounts.make_token": lambda it, me, home: it.make_token(me, home.person, "mine", None),
    "Accounts.tokens": lambda it, me, _: it.tokens(me),
    "Organisations.ensure": lambda it, me, _: it.ensure(me, "Mine"),
    "Organisations.rename": lambda it, me, home: it.rename(me, home.camera.name),
    "ShareStore.make": lambda it, me, home: it.make(
        me, replace(share_of(home), id=new_id(), organisation=me), NOON, hash_secret(me)
    ),
    "ShareStore.list": lambda it, me, _: it.list(me),
    "ShareStore.get": lambda it, me, home: it.get(me, share_of(home).id),
    "ShareStore.end": lambda it, me, home: it.end(me, share_of(home).id, "x", NOON),
    "ShareStore.given_to": lambda it, me, _: it.given_to(me, NOON),
    "ShareStore.received": lambda it, me, home: it.received(me, share_of(home).id),
    "GuestStore.enter": lambda it, me, home: it.enter(me, share_of(home).id),
    "GuestStore.leave": lambda it, me, home: it.leave(me, home.guest),
    "Accounts.revoke_token": lambda it, me, home: it.revoke_token(me, home.token),
    "Accounts.make_entry_link": lambda it, me, home: it.make_entry_link(me, home.person, 60),
}


def methods() -> dict[str, bool]:
    """Every public coroutine of the stores, and whether it takes ``organisation`` first."""
    found: dict[str, bool] = {}
    for store in STORES:
        for name, member in inspect.getmembers(store, inspect.iscoroutinefunction):
            if not name.startswith("_"):
                parameters = list(inspect.signature(member).parameters)
                found[f"{store.__name__}.{name}"] = parameters[1:2] == ["organisation"]
    return found


def test_every_method_is_covered() -> None:
    found = methods()
    unasked = {name for name, takes in found.items() if takes} - QUESTIONS.keys()
    assert not unasked, f"add a question with a foreign organisation for {sorted(unasked)}"
    unexplained = {name for name, takes in found.items() if not takes} - WITHOUT_ORGANISATION.keys()
    assert not unexplained, f"take the organisation first, or say why not: {sorted(unexplained)}"
    assert QUESTIONS.keys() | WITHOUT_ORGANISATION.keys() == found.keys(), "one is gone: drop it"


def test_every_module_that_touches_the_tables_belongs_to_a_known_store() -> None:
    root = Path(inspect.getfile(schema)).parents[1]
    known = {Path(inspect.getfile(store)).parent for store in STORES} | {root / "db"}
    strangers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if path.parent not in known
        and "schema" in (source := path.read_text())
        and _imports_schema(ast.parse(source))
    }
    assert not strangers, f"add the store to STORES: {sorted(strangers)}"


def _imports_schema(module: ast.Module) -> bool:
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        else:
            continue
        if any(name.startswith("vedette.db.schema") for name in names):
            return True
    return False


def test_every_table_names_an_organisation_or_hangs_on_a_row_that_does() -> None:
    adrift = {
        table.name
        for table in schema.metadata.sorted_tables
        if table.name not in NO_TENANT
        and "organisation" not in table.columns
        and not any("organisation" in key.column.table.columns for key in table.foreign_keys)
    }
    assert not adrift, f"give them the organisation: {adrift}"


def test_a_foreign_organisation_gets_nothing_and_changes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database.open(f"sqlite:///{tmp_path}/vedette.db")
        try:
            await database.migrate()
            stores, home = await furnished(database, tmp_path / "key", "Theirs")
            me = new_id()
            await stores["Accounts"].ensure_organisation(me, "Mine")
            before = await contents(database, home.organisation)
            for name, ask in QUESTIONS.items():
                store = stores[name.partition(".")[0]]
                answer = await answer_to(ask(store, me, home))
                assert shows_nothing(answer), f"{name} showed {answer}"
                after = await contents(database, home.organisation)
                assert after == before, f"{name} changed what belongs to another organisation"
        finally:
            await database.close()

    asyncio.run(story())


def test_the_home_itself_gets_something(tmp_path: Path) -> None:
    """Proves that the questions above would show something if they could."""
    readers = [name for name in QUESTIONS if name.partition(".")[2] in READERS]

    async def story() -> None:
        database = Database.open(f"sqlite:///{tmp_path}/vedette.db")
        try:
            await database.migrate()
            stores, home = await furnished(database, tmp_path / "key", "Ours")
            for name in readers:
                store = stores[name.partition(".")[0]]
                answer = await answer_to(QUESTIONS[name](store, home.organisation, home))
                assert not shows_nothing(answer), f"{name} shows nothing to its own"
        finally:
            await database.close()

    asyncio.run(story())


READERS = {
    "access",
    "groups",
    "grants",
    "events",
    "chain",
    "head",
    "verify",
    "open_gaps",
    "footage",
    "segments",
    "fragments",
    "segment",
    "format",
    "unfinished",
    "oldest",
    "usage",
    "condemn",
    "minutes",
    "list",
    "get",
    "by_name",
    "removed",
    "credential_marks",
    "credentials",
    "has_password",
    "links",
    "state",
    "is_fresh",
    "people",
    "tokens",
    "make_token",
    "held_bytes",
    "owner_name",
    "plan",
}


KNOONN_REFUSALS = (
    "a batch holds one organisation's footage",
    "is taken; choose another",  # names to sign in are unique everywhere, by design
)
"""How refusals end that are no NotFound."""


async def answer_to(question: Awaitable[Any]) -> Any:
    """What came back; a refusal counts as an answer of nothing, and its text is looked at too."""
    try:
        return await question
    except VedetteError as error:
        return error


def shows_nothing(answer: Any) -> bool:
    """Whether an answer is empty, or a refusal that tells nothing the asker did not say."""
    if isinstance(answer, VedetteError):
        return (
            isinstance(answer, NotFound | BeginAgain)
            or "does not belong" in str(answer)
            or "taken" in str(answer)
        )
    if isinstance(answer, list):
        answers = cast("list[object]", answer)
        return all(
            (isinstance(each, Footage) and each == Footage(each.stream))
            # The built-in roles are everybody's.
            or (isinstance(each, Role) and each in built_in(each.organisation))
            for each in answers
        )
    # Nothing was found, or nothing was changed; False would be an answer.
    if isinstance(answer, Access):
        return answer == Access()
    if isinstance(answer, Page):
        return not answer.entries
    if isinstance(answer, Proof):
        return answer == Proof(0, START, None)
    return (
        answer in (None, START, FactorState(None, 0))
        or answer in (set(), {})
        or (type(answer) is int and answer == 0)
    )


async def contents(database: Database, organisation: str) -> dict[str, list[str]]:
    """Every row of every table that belongs to an organisation, as text."""

    def read(connection: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        numbers = [
            row.number
            for row in connection.execute(
                select(schema.stream.c.number).where(schema.stream.c.organisation == organisation)
            )
        ]
        for table in schema.metadata.sorted_tables:
            if "organisation" in table.columns:
                question = select(table).where(table.c.organisation == organisation)
            elif table.name == "organisation":
                question = select(table).where(table.c.id == organisation)
            else:
                question = select(table).where(table.c.stream.in_(numbers))
            found[table.name] = sorted(repr(row) for row in connection.execute(question))
        return found

    rows = await database.read(read)
    assert all(rows.values()), f"put something into {[name for name in rows if not rows[name]]}"
    return rows


@pytest.mark.parametrize("name", sorted(WITHOUT_ORGANISATION))
def test_a_method_without_organisation_says_why(name: str) -> None:
    assert len(WITHOUT_ORGANISATION[name]) > 10
