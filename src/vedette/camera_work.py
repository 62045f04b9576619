"""Where ingest, record and the caretaker meet: which cameras a process works on, and who cares.

``app`` runs this once for everything, or once per worker with the caretaker beside the page.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from vedette.base.clock import SystemClock
from vedette.bus import Bus
from vedette.hub import Hub
from vedette.ingest.service import IngestService
from vedette.model.camera import Camera, Credentials
from vedette.record.caretaker import Caretaker
from vedette.record.repair import repair
from vedette.record.service import RecordService
from vedette.roster import Roster
from vedette.storage.volumes import Volumes
from vedette.stores import Stores


class _CameraWork:
    """Joins ingest and record to the roster."""

    def __init__(self, ingest: IngestService, record: RecordService) -> None:
        self._ingest = ingest
        self._record = record

    async def put(self, camera: Camera, credentials: Credentials | None) -> None:
        # Record first, so that the first packet finds somebody who keeps it.
        await self._record.put(camera)
        await self._ingest.put(camera, credentials)

    async def remove(self, camera: Camera) -> None:
        await self._ingest.remove(camera.id)
        await self._record.remove(camera.organisation, camera.id)


class _KnownCameras:
    """Tells the caretaker every policy; remembers who is there for the log."""

    def __init__(self, caretaker: Caretaker) -> None:
        self._caretaker = caretaker
        self.cameras: dict[str, Camera] = {}

    async def put(self, camera: Camera, credentials: Credentials | None) -> None:
        del credentials
        self.cameras[camera.id] = camera
        self._caretaker.put(camera)

    async def remove(self, camera: Camera) -> None:
        # Its footage stays, and so does the policy that the caretaker knows.
        self.cameras.pop(camera.id, None)


@dataclass(frozen=True, slots=True)
class Share:
    """Which cameras a process takes.

    Attributes:
        mine: Whether a camera is this process's.
        sole: Whether no other process records for the installation.
    """

    mine: Callable[[Camera], bool] = lambda _: True
    sole: bool = True


@contextlib.asynccontextmanager
async def camera_work(
    stores: Stores, hub: Hub, bus: Bus, volumes: Volumes, share: Share
) -> AsyncGenerator[None]:
    """Ingest and record the cameras of the share until the block ends, then flush."""
    clock, settings = SystemClock(), stores.settings
    record = RecordService(
        hub, bus, stores.catalog, volumes, clock, settings.record, sole=share.sole
    )
    ingest = IngestService(
        hub, bus, clock, settings.ingest, stores.catalog, recording=record.recording
    )
    roster = Roster(stores.cameras, _CameraWork(ingest, record), bus, share.mine)
    cameras = [camera for camera in await _all_cameras(stores) if share.mine(camera)]
    await record.start(cameras, await stores.cameras.organisations())
    await ingest.start([])
    try:
        async with _looking(roster):
            yield
    finally:
        await ingest.stop()
        await record.stop()


@contextlib.asynccontextmanager
async def care(
    stores: Stores, bus: Bus, volumes: Volumes
) -> AsyncGenerator[Callable[[], list[Camera]]]:
    """Retention for the whole installation; gives the cameras as they are now."""
    caretaker = Caretaker(bus, stores.catalog, volumes, SystemClock(), stores.settings.record)
    known = _KnownCameras(caretaker)
    roster = Roster(stores.cameras, known, bus)
    await roster.look()
    await _remember_removed(stores, caretaker)
    caretaker.start(await stores.cameras.organisations())
    try:
        async with _looking(roster):
            yield lambda: list(known.cameras.values())
    finally:
        await caretaker.stop()


async def _remember_removed(stores: Stores, caretaker: Caretaker) -> None:
    """Footage of removed cameras keeps its policy; a camera without any is forgotten."""
    for organisation in await stores.cameras.organisations():
        usage = await stores.catalog.usage(organisation)
        held = {one.stream.camera for one in usage if one.segments}
        for camera in await stores.cameras.removed(organisation):
            if camera.id in held:
                caretaker.put(camera)
            else:
                await stores.cameras.forget_removed(organisation, camera.id)


@contextlib.asynccontextmanager
async def _looking(roster: Roster) -> AsyncGenerator[None]:
    """The roster looks again and again until the block ends."""
    task = asyncio.create_task(roster.run(), name="roster")
    try:
        yield
    finally:
        roster.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _all_cameras(stores: Stores) -> list[Camera]:
    return [
        camera
        for organisation in await stores.cameras.organisations()
        for camera in await stores.cameras.list(organisation)
    ]


async def repair_all(stores: Stores, volumes: Volumes) -> None:
    """Mend what a crash left, of every camera; before any worker starts."""
    for organisation in await stores.cameras.organisations():
        await repair(organisation, volumes, stores.catalog)
