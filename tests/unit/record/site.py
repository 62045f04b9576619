"""A recording service with everything around it, on a disk of the test."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vedette.base.clock import Clock
from vedette.base.registry import Kind
from vedette.bus import BUSES, Bus
from vedette.catalog.ports import Footage
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.hub import HUBS, Hub
from vedette.model.camera import Camera, RecordingPolicy, StreamKey, StreamRole, StreamSource
from vedette.model.footage import Fragment, Segment
from vedette.record.caretaker import Caretaker
from vedette.record.service import RecordService
from vedette.record.settings import RecordSettings
from vedette.record.verify import Verdict, verify
from vedette.storage.disk import DiskCalls
from vedette.storage.drivers.local import LocalVolume
from vedette.storage.ports import Volume, VolumeRequest
from vedette.storage.settings import VolumeSettings
from vedette.storage.volumes import Volumes
from vedette.testing.clock import FakeClock

ORGANISATION = "00000000-0000-7000-8000-000000000001"
FOREVER_US = 1 << 59
# No reserve, so that a small disk under the test does not matter.
NO_RESERVE = 0


def some_camera(name: str = "yard", policy: RecordingPolicy | None = None) -> Camera:
    return Camera(
        id=f"cam-{name}",
        organisation=ORGANISATION,
        name=name,
        streams={role: StreamSource(f"rtsp://192.0.2.1/{role}") for role in StreamRole},
        policy=policy or RecordingPolicy(),
    )


@dataclass
class Site:
    """What a test looks at and pushes."""

    root: Path
    hub: Hub
    bus: Bus
    catalog: SqlCatalog
    volumes: Volumes
    clock: Clock
    service: RecordService
    caretaker: Caretaker
    calls: dict[str, DiskCalls] = field(default_factory=dict[str, DiskCalls])

    async def put(self, camera: Camera) -> None:
        """The operator changed a camera."""
        self.caretaker.put(camera)
        await self.service.put(camera)

    async def look_after(self) -> None:
        """One round of care, and what the recorders make of it."""
        await self.caretaker.look_after()
        for _ in range(5):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Everything handed over so far is on disk and in the catalogue."""
        await self.service.flush()

    async def footage(self, stream: StreamKey) -> Footage:
        (answer,) = await self.catalog.footage(ORGANISATION, [stream], 0, FOREVER_US)
        return answer

    async def segments(self, stream: StreamKey) -> list[Segment]:
        return await self.catalog.segments(ORGANISATION, stream, 0, FOREVER_US)

    async def fragments(self, stream: StreamKey) -> list[Fragment]:
        return await self.catalog.fragments(ORGANISATION, stream, 0, FOREVER_US)

    async def verdicts(self, stream: StreamKey) -> list[Verdict]:
        return [
            verdict
            async for verdict in verify(
                ORGANISATION, self.catalog, self.volumes, [stream], start_us=0, end_us=FOREVER_US
            )
        ]

    async def file(self, segment: Segment) -> bytes:
        reader = self.volumes.reader(segment.volume)
        return await reader.read(segment.path, 0, await reader.size(segment.path))


@asynccontextmanager
async def running(
    root: Path,
    cameras: list[Camera],
    *,
    settings: RecordSettings | None = None,
    volumes: list[str] | None = None,
    clock: Clock | None = None,
    reserve_bytes: int = NO_RESERVE,
    stop: bool = True,
    sole: bool = True,
) -> AsyncGenerator[Site, None]:
    """Start on what lies in ``root``, and stop cleanly unless the test pretends a crash."""
    database = Database.open(f"sqlite:///{root / 'vedette.db'}")
    await database.migrate()
    names = volumes or ["disk"]
    wanted = [VolumeSettings(path=root / name, reserve_bytes=reserve_bytes) for name in names]
    opened = Volumes(root / "data", wanted, owner="test")
    await opened.open()
    hub, bus = HUBS.load("memory")(), BUSES.load("memory")()
    catalog, clock = SqlCatalog(database), clock or FakeClock()
    service = RecordService(
        hub,
        bus,
        catalog,
        opened,
        clock,
        settings or RecordSettings(commit_s=0.05),
        sole=sole,
    )
    caretaker = Caretaker(bus, catalog, opened, clock, settings or RecordSettings())
    for camera in cameras:
        caretaker.put(camera)
    try:
        await service.start(cameras, [ORGANISATION])
        yield Site(root, hub, bus, catalog, opened, clock, service, caretaker)
    finally:
        if stop:
            await service.stop()
        else:
            await abandon(service)
        await caretaker.stop()
        await opened.close()
        await hub.close()
        await bus.close()
        await database.close()


async def abandon(service: RecordService) -> None:
    """Let go of the tasks without finishing anything, like a crash that the test survives."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert service is not None


def with_calls(monkeypatch: pytest.MonkeyPatch, calls: Callable[[Path], DiskCalls]) -> None:
    """Let local volumes reach their disk through ``calls(root)``."""

    def load(kind: Kind[Volume], driver: str) -> Callable[[VolumeRequest], Volume]:
        assert (kind.name, driver) == ("storage", "local")
        return lambda request: LocalVolume(request, calls(request.root))

    original = Kind.load

    def chosen(kind: Kind[Volume], driver: str) -> Callable[..., Volume]:
        return load(kind, driver) if kind.name == "storage" else original(kind, driver)

    monkeypatch.setattr(Kind, "load", chosen)
