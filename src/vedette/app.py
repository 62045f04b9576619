"""The only module in which the stages meet: read the settings, choose the drivers, join them."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

import structlog

from vedette import __version__
from vedette.api import Services, create_api
from vedette.api.audit import AuditTrail, sweeping
from vedette.api.board import LatestHealth
from vedette.api.server import Listen
from vedette.api.server import serve as serve_web
from vedette.base.clock import SystemClock
from vedette.base.errors import ConfigError
from vedette.bus import BUSES, Bus
from vedette.bus.server import NatsAccess, NatsServer
from vedette.camera_work import Share, camera_work, care, repair_all
from vedette.console import mount_console
from vedette.db.lock import ServerLock, make_data_folder
from vedette.export.service import ExportService
from vedette.hub import HUBS, Hub
from vedette.ingest import onvif
from vedette.ingest.ptz.service import Steering
from vedette.model.camera import Camera
from vedette.playback.live import Live
from vedette.playback.replay import Replay
from vedette.playback.snapshot import Snapshots
from vedette.settings import Settings
from vedette.storage.ports import VolumeReader
from vedette.storage.volumes import Volumes
from vedette.stores import Stores, open_stores, open_volumes
from vedette.supervisor import Supervisor, orphaned, worker_of

_log = structlog.get_logger(__name__)
_ADMINISTRATOR = "admin"
_WORKER_ENVIRONMENT = "VEDETTE_WORKER"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts requests.

    Attributes:
        url: Where browsers find it, without a slash at the end.
    """

    stores: Stores
    url: str

    async def entry_link(self, person: str) -> str:
        """A link that signs a person in once."""
        return await self.stores.entry_link(person, self.url)

    async def first_entry_link(self) -> str | None:
        """The administrator's link while nobody may sign in; None once somebody may."""
        if await self.stores.accounts.has_people():
            return None
        return await self.entry_link(_ADMINISTRATOR)


class _VolumeFiles:
    """Lets playback read files without knowing where volumes are."""

    def __init__(self, volumes: Volumes) -> None:
        self._volumes = volumes

    def reader(self, volume: str) -> VolumeReader:
        return self._volumes.reader(volume)


async def serve(
    settings: Settings, announce: Callable[[Running], Awaitable[None]] | None = None
) -> None:
    """Run the server until SIGINT or SIGTERM.

    Args:
        settings: The configuration in force.
        announce: Called once requests are answered.

    Raises:
        Conflict: Another server uses the data folder.
        ConfigError: Something cannot be used, such as the port.
    """
    make_data_folder(settings.data)
    with ServerLock(settings.data):
        async with contextlib.AsyncExitStack() as stack:
            stop = _told_to_stop()
            stores = await stack.enter_async_context(open_stores(settings))
            await stores.cameras.check_key()
            await stores.organisation()
            for unknown in await stores.entrance.sign_on.check():
                _log.warning("sign_on.name_unknown", detail=unknown)
            owner = str(os.getpid())
            volumes = await stack.enter_async_context(open_volumes(settings, owner=owner))
            access = None
            if settings.workers:
                access = await stack.enter_async_context(NatsServer(settings.data / "nats"))
            hub, bus = await stack.enter_async_context(_exchange(access))
            board = LatestHealth(bus)
            stack.callback(board.close)
            if access is None:
                work = camera_work(stores, hub, bus, volumes, Share())
                await stack.enter_async_context(work)
                await stack.enter_async_context(care(stores, bus, volumes))
            else:
                # Once before any worker starts: what a crash left, of all cameras.
                await repair_all(stores, volumes)
                known = await stack.enter_async_context(care(stores, bus, volumes))
                await stack.enter_async_context(_workers(stores, access, owner, known))
            await _serve_web(stores, hub, bus, volumes, board, stop, announce)
            _log.info("app.stopping")


@contextlib.asynccontextmanager
async def _exchange(access: NatsAccess | None) -> AsyncGenerator[tuple[Hub, Bus]]:
    """Hub and bus: within this process, or over NATS."""
    if access is None:
        hub, bus = HUBS.load("memory")(), BUSES.load("memory")()
    else:
        hub = HUBS.load("nats")(access.servers, access.token)
        bus = BUSES.load("nats")(access.servers, access.token)
    try:
        yield hub, bus
    finally:
        await hub.close()
        await bus.close()


def _workers(
    stores: Stores, access: NatsAccess, owner: str, known: Callable[[], list[Camera]]
) -> Supervisor:
    """Processes that take the cameras; what they must know and nobody else goes by environment."""
    settings = stores.settings
    orders = {
        "settings": settings.model_dump(mode="json"),
        "servers": access.servers,
        "token": access.token,
        "owner": owner,
    }
    return Supervisor(
        lambda number: [sys.executable, "-m", "vedette.cli", "worker", "--index", str(number)],
        settings.workers,
        environment={_WORKER_ENVIRONMENT: json.dumps(orders)},
        cameras_of=lambda number: [
            camera.name for camera in known() if worker_of(camera.id, settings.workers) == number
        ],
    )


@dataclass(frozen=True, slots=True)
class WorkerOrders:
    """What a server hands to its workers.

    Attributes:
        owner: Shared by all processes that use the volumes.
    """

    settings: Settings
    access: NatsAccess
    owner: str

    @classmethod
    def from_environment(cls) -> "WorkerOrders":
        """Take the orders out of the environment.

        Raises:
            ConfigError: This process was not started by a server.
        """
        handed = os.environ.pop(_WORKER_ENVIRONMENT, None)
        if handed is None:
            raise ConfigError("workers are started by `vedette run` when workers > 0, not by hand")
        told = json.loads(handed)
        access = NatsAccess(told["servers"], told["token"])
        return cls(Settings.model_validate(told["settings"]), access, told["owner"])


async def serve_worker(orders: WorkerOrders, index: int) -> None:
    """Run worker ``index``, from 0, until its supervisor ends it or is gone."""
    settings = orders.settings
    share = Share(
        mine=lambda camera: worker_of(camera.id, settings.workers) == index,
        sole=False,
    )
    async with contextlib.AsyncExitStack() as stack:
        stop = _told_to_stop()
        stores = await stack.enter_async_context(open_stores(settings))
        volumes = await stack.enter_async_context(open_volumes(settings, owner=orders.owner))
        hub, bus = await stack.enter_async_context(_exchange(orders.access))
        await stack.enter_async_context(camera_work(stores, hub, bus, volumes, share))
        _calm_collector()
        told, alone = asyncio.create_task(stop.wait()), asyncio.create_task(orphaned())
        await asyncio.wait({told, alone}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        alone.cancel()
        await asyncio.gather(told, alone, return_exceptions=True)


async def _serve_web(  # noqa: PLR0917  each is a different thing
    stores: Stores,
    hub: Hub,
    bus: Bus,
    volumes: Volumes,
    board: LatestHealth,
    stop: asyncio.Event,
    announce: Callable[[Running], Awaitable[None]] | None,
) -> None:
    """The API and the page, until told to stop."""
    server = stores.settings.server
    _calm_collector()
    services = _services(stores, hub, bus, _VolumeFiles(volumes), board)
    api = create_api(services)
    mount_console(api)
    announcing: list[asyncio.Future[None]] = []

    def ready(port: int) -> None:
        if announce:
            running = Running(stores, _url(stores.settings, port))
            announcing.append(asyncio.ensure_future(announce(running)))

    listen = Listen(
        server.host,
        server.port,
        server.tls_certificate,
        server.tls_key,
        congestion=server.congestion,
    )
    try:
        async with services.exports, sweeping(services.audit):
            await serve_web(api, listen, stop.wait, ready=ready)
            await asyncio.gather(*announcing)
    finally:
        await services.steering.close()
        await services.live.close()
        await services.snapshots.close()


def _services(
    stores: Stores, hub: Hub, bus: Bus, files: _VolumeFiles, board: LatestHealth
) -> Services:
    """What the API needs, made and not started."""
    settings, clock = stores.settings, SystemClock()
    public_url = settings.server.public_url.rstrip("/")
    return Services(
        accounts=stores.accounts,
        audit=AuditTrail(stores.journal, clock, bus),
        entrance=stores.entrance,
        organisations=stores.organisations,
        shares=stores.shares,
        guests=stores.guests,
        cameras=stores.cameras,
        catalog=stores.catalog,
        sites=stores.sites,
        floors=stores.floors,
        placements=stores.placements,
        street_maps=stores.street_maps,
        bookmarks=stores.bookmarks,
        walls=stores.walls,
        templates=stores.templates,
        health=board,
        probe=onvif.probe,
        discover=onvif.discover,
        live=Live(hub, bus, board, clock, settings.playback),
        replay=Replay(stores.catalog, files),
        snapshots=Snapshots(hub, stores.catalog, files, settings.playback),
        exports=_exports(stores, files, bus),
        # Here and not with the workers: a hand on a camera needs its page's process only.
        steering=Steering(stores.cameras, bus, clock, onvif.open_head, stores.journal),
        bus=bus,
        clock=clock,
        public_origins=(public_url,) if public_url else (),
        version=__version__,
    )


def _exports(stores: Stores, files: _VolumeFiles, bus: Bus) -> ExportService:
    """Makes files to take away; not started."""
    return ExportService(
        store=stores.exports,
        catalog=stores.catalog,
        files=files,
        bus=bus,
        clock=SystemClock(),
        settings=stores.settings.exports,
        folder=stores.settings.export_folder,
        software=f"vedette {__version__}",
    )


def _url(settings: Settings, port: int) -> str:
    """Where browsers find the server."""
    server = settings.server
    if server.public_url:
        return server.public_url.rstrip("/")
    scheme = "https" if server.tls_certificate else "http"
    # By name where it can be: browsers make passkeys for names, not for network addresses.
    here = {"0.0.0.0", "::", "127.0.0.1", "::1"}  # noqa: S104  compared
    host = "localhost" if server.host in here else server.host
    return f"{scheme}://{host}:{port}"


def _calm_collector() -> None:
    """Keep the cycle collector from walking what lives for ever, and packets that form no cycles.

    With its usual threshold it ran for every few hundred packets held, and walked every module.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


def _told_to_stop() -> asyncio.Event:
    """Set by SIGINT and SIGTERM from now on."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    return told
