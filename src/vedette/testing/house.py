"""A small Vedette for tests of the API and the players: real stores, made footage, no cameras."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from fastapi import FastAPI

from vedette.accounts.entrance import open_entrance
from vedette.accounts.organisations import Organisations
from vedette.accounts.service import Accounts
from vedette.accounts.settings import AccountSettings
from vedette.api.audit import AuditTrail
from vedette.api.board import LatestHealth
from vedette.api.factory import create_api
from vedette.api.services import Services
from vedette.base.errors import SourceRefused
from vedette.base.ids import new_id
from vedette.bookmarks.store import BookmarkStore
from vedette.bus import BUSES, Bus
from vedette.cameras import CameraStore, TemplateStore
from vedette.catalog.ports import FootageBatch
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.export.settings import ExportSettings
from vedette.hub import HUBS, Hub
from vedette.ingest import onvif
from vedette.ingest.ptz.service import Steering
from vedette.journal import SqlJournal
from vedette.model.camera import Camera, Credentials, StreamRole, StreamSource
from vedette.model.footage import Segment, SegmentState
from vedette.model.packet import StreamOpened
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.model.probe import DiscoveredDevice, ProbeResult, Profile
from vedette.model.rights import ADMINISTRATOR
from vedette.playback.live import Live
from vedette.playback.replay import Replay
from vedette.playback.settings import PlaybackSettings
from vedette.playback.snapshot import Snapshots
from vedette.sharing import GuestStore, ShareStore
from vedette.sites import FloorStore, PlacementStore, SiteStore, StreetMaps
from vedette.storage.paths import segment_path
from vedette.storage.ports import Append, Appended
from vedette.storage.settings import VolumeSettings
from vedette.storage.volumes import Volumes
from vedette.testing.camera.clip import Clip
from vedette.testing.clock import FakeClock
from vedette.testing.exports import export_service
from vedette.testing.recorded import format_of, made_segment, packets_of
from vedette.walls import WallStore

PERSON = "guard"
PASSWORD = "correct horse battery"  # noqa: S105  there is nothing behind it
OTHER_ORGANISATION = "00000000-0000-7000-8000-000000000002"
OTHER_PERSON = "stranger"


@dataclass(frozen=True)
class House:
    """Everything that ``open_house`` made.

    Attributes:
        camera: Of the default organisation, with credentials.
        foreign_camera: Of another organisation.
        foreign_token: Secret of a token of the other organisation.
        token: Secret of a token of the default organisation.
    """

    app: FastAPI
    services: Services
    clock: FakeClock
    hub: Hub
    bus: Bus
    accounts: Accounts
    catalog: SqlCatalog
    volumes: Volumes
    camera: Camera
    foreign_camera: Camera
    token: str
    foreign_token: str

    def open_stream(self, clip: Clip, camera: Camera | None = None) -> StreamOpened:
        """Publish the beginning of a run of a camera's main stream."""
        now_ns = self.clock.monotonic_ns()
        opened = StreamOpened(new_id(self.clock), format_of(clip), now_ns, self.clock.wall_us())
        self.hub.publish((camera or self.camera).key(StreamRole.MAIN), opened)
        return opened

    def play(self, clip: Clip, turns: int = 1) -> None:
        """Publish a whole clip on the camera's main stream at once."""
        opened = self.open_stream(clip)
        for packet in packets_of(clip, opened, turns):
            self.hub.publish(self.camera.key(StreamRole.MAIN), packet)

    async def record(
        self,
        clip: Clip,
        start_us: int,
        *,
        turns: int = 1,
        camera: Camera | None = None,
        state: SegmentState = SegmentState.FINISHED,
        unsafe: bytes = b"",
    ) -> Segment:
        """Keep a clip as one segment of a camera's main stream.

        Args:
            clip: What was seen; it must begin with a key frame.
            start_us: When.
            turns: How often it was seen.
            camera: Whose; the house's own when None.
            state: Whether the file is finished.
            unsafe: Bytes at the end of the file that the catalogue does not know of yet.
        """
        owner = camera or self.camera
        stream = owner.key(StreamRole.MAIN)
        made = made_segment(clip, stream, start_us, turns)
        volume = self.volumes.choose("test")
        if volume is None:
            raise AssertionError("the test's volume has no room")
        path = segment_path(stream, start_us)
        done: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()

        def answer(_: Append, appended: Appended) -> None:
            done.set_result(appended)

        data = made.data + unsafe
        volume.append(Append(path, 0, [data], len(data), answer))
        if (error := (await done).error) is not None:
            raise error
        volume.close_file(path)
        last = made.fragments[-1]
        segment = Segment(
            stream=stream,
            start_us=start_us,
            end_us=last.start_us + last.duration_us,
            run=new_id(self.clock),
            volume=volume.id,
            path=path,
            format_id=made.format.id,
            bytes=len(made.data),
            frames=sum(one.frames for one in made.fragments),
            lost_frames=0,
            state=state,
        )
        batch = FootageBatch((made.format,), (segment,), tuple(made.fragments))
        await self.catalog.commit(stream.organisation, batch)
        return segment


async def _probe(address: str, credentials: Credentials | None) -> ProbeResult:
    """Every address is the same camera, which wants ``admin`` to ask."""
    if credentials is None or credentials.username != "admin":
        raise SourceRefused("the camera refused the credentials; check name and password")
    host = address.rpartition("://")[2].partition("/")[0]
    main = Profile("main", f"rtsp://{host}/main", "h264", 1920, 1080, 25.0, StreamRole.MAIN)
    return ProbeResult(make="Acme", model="Eye", profiles=(main,), snapshot=b"\xff\xd8\xff\xd9")


async def _discover(_timeout_s: float) -> list[DiscoveredDevice]:
    return [DiscoveredDevice("http://192.0.2.7/onvif/device_service", "Acme Eye")]


def _camera(clock: FakeClock, organisation: str, name: str) -> Camera:
    sources = {
        role: StreamSource(f"rtsp://192.0.2.7/{role.value}")
        for role in (StreamRole.MAIN, StreamRole.SUB)
    }
    return Camera(new_id(clock), organisation, name, sources, created_us=clock.wall_us())


_QUICK_HASHES = AccountSettings.model_validate(
    {"hash_memory_kib": 64, "hash_passes": 1, "hash_lanes": 1}
)


async def _move_in(
    accounts: Accounts, cameras: CameraStore, clock: FakeClock
) -> tuple[Camera, Camera, str, str]:
    """A person with a token and a camera in each of two organisations: cameras, then tokens."""
    placed: list[Camera] = []
    tokens: list[str] = []
    for organisation, person, credentials in (
        (DEFAULT_ORGANISATION, PERSON, Credentials("admin", "camera-secret")),
        (OTHER_ORGANISATION, OTHER_PERSON, None),
    ):
        await accounts.ensure_organisation(organisation, person)
        somebody = await accounts.create_person(organisation, person, PASSWORD)
        await accounts.roles.new_grant(organisation, somebody.id, ADMINISTRATOR)
        secret, _ = await accounts.make_token(organisation, somebody.id, "script", None)
        tokens.append(secret)
        camera = _camera(clock, organisation, "Front door")
        placed.append(await cameras.add(organisation, camera, credentials))
    return placed[0], placed[1], tokens[0], tokens[1]


async def _stores(folder: Path, stack: AsyncExitStack) -> tuple[Database, Volumes]:
    database = Database.open(f"sqlite:///{folder / 'vedette.db'}")
    stack.push_async_callback(database.close)
    await database.migrate()
    (folder / "footage").mkdir()
    settings = VolumeSettings(path=folder / "footage", driver="local", reserve_bytes=0)
    volumes = Volumes(folder, [settings])
    stack.push_async_callback(volumes.close)
    await volumes.open()
    return database, volumes


def _exchange(stack: AsyncExitStack) -> tuple[Bus, Hub, LatestHealth]:
    bus, hub = BUSES.load("memory")(), HUBS.load("memory")()
    stack.push_async_callback(bus.close)
    stack.push_async_callback(hub.close)
    board = LatestHealth(bus)
    stack.callback(board.close)
    return bus, hub, board


def _steering(
    stack: AsyncExitStack, cameras: CameraStore, bus: Bus, clock: FakeClock, journal: SqlJournal
) -> Steering:
    steering = Steering(cameras, bus, clock, onvif.open_head, journal)
    stack.push_async_callback(steering.close)
    return steering


class _Kept(TypedDict):
    """Stores that need little but the database."""

    organisations: Organisations
    shares: ShareStore
    guests: GuestStore
    sites: SiteStore
    floors: FloorStore
    placements: PlacementStore
    walls: WallStore
    bookmarks: BookmarkStore
    templates: TemplateStore


def _kept(database: Database, accounts: Accounts, clock: FakeClock) -> _Kept:
    return {
        "organisations": Organisations(database, accounts.attempts),
        "shares": ShareStore(database),
        "guests": GuestStore(database, clock),
        "sites": SiteStore(database),
        "floors": FloorStore(database),
        "placements": PlacementStore(database),
        "walls": WallStore(database),
        "bookmarks": BookmarkStore(database),
        "templates": TemplateStore(database),
    }


@asynccontextmanager
async def open_house(
    folder: Path,
    *,
    playback: PlaybackSettings | None = None,
    exports: ExportSettings | None = None,
    public_origins: tuple[str, ...] = (),
    clock: FakeClock | None = None,
) -> AsyncGenerator[House, None]:
    """Two organisations, a person and a camera in each, and the API over them.

    Args:
        folder: Empty; the database and the footage go there.
        playback: Limits of live view and replay.
        exports: Limits of exports; by default none that a test would notice.
        public_origins: As ``Services``.
        clock: Of everything.
    """
    clock = clock or FakeClock()
    async with AsyncExitStack() as stack:
        bus, hub, board = _exchange(stack)
        database, volumes = await _stores(folder, stack)
        catalog = SqlCatalog(database)
        snapshots = Snapshots(hub, catalog, volumes, playback)
        stack.push_async_callback(snapshots.close)
        making = export_service(folder, database, volumes, bus, clock, exports)
        live = Live(hub, bus, board, clock, playback)
        stack.push_async_callback(live.close)
        accounts = Accounts(database, clock, _QUICK_HASHES)
        cameras = CameraStore(database, sealer := Sealer(folder / "sealing.key"))
        journal = SqlJournal(database)
        inhabitants = await _move_in(accounts, cameras, clock)
        services = Services(
            accounts=accounts,
            audit=AuditTrail(journal, clock, bus),
            entrance=open_entrance(accounts, database, clock, sealer),
            cameras=cameras,
            catalog=catalog,
            street_maps=StreetMaps(folder / "maps"),
            **_kept(database, accounts, clock),
            health=board,
            probe=_probe,
            discover=_discover,
            live=live,
            replay=Replay(catalog, volumes),
            snapshots=snapshots,
            exports=await stack.enter_async_context(making),
            steering=_steering(stack, cameras, bus, clock, journal),
            bus=bus,
            clock=clock,
            public_origins=public_origins,
            version="test",
        )
        app = create_api(services)
        yield House(app, services, clock, hub, bus, accounts, catalog, volumes, *inhabitants)
