"""Two worker processes publish over NATS; one is killed; only its cameras pause, and come back."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from vedette.bus.ports import BUSES
from vedette.bus.server import NatsServer
from vedette.bus.topics import STREAM_HEALTH
from vedette.hub.ports import HUBS
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import GapReason, HubItem, Packet, StreamClosed, StreamOpened
from vedette.supervisor import Supervisor, assign

CAMERAS = [f"camera-{number}" for number in range(6)]
SHARES = assign(CAMERAS, 2)
PATIENCE_S = 30
# Publishes a key frame and a health message per camera every fiftieth of a second.
WORKER = """
import asyncio, os, sys, time
from vedette.base.ids import new_id
from vedette.bus.ports import BUSES
from vedette.bus.topics import STREAM_HEALTH
from vedette.hub.ports import HUBS
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import *
from vedette.supervisor import orphaned

async def publish(hub, bus, camera):
    stream = StreamKey("school", camera, StreamRole.MAIN)
    track = VideoTrack(Codec.H264, b"config", "avc1.4D401F", 1920, 1080)
    now = time.monotonic_ns()
    hub.publish(stream, StreamOpened(new_id(), StreamFormat(track), now, time.time_ns() // 1000))
    number = 0
    while True:
        times = (time.monotonic_ns(), time.time_ns() // 1000)
        pts = number * 1800
        hub.publish(stream, Packet(TrackKind.VIDEO, pts, pts, *times, True, bytes(5000)))
        bus.publish(STREAM_HEALTH, StreamHealth(stream, StreamState.LIVE, times[1]))
        number += 1
        await asyncio.sleep(0.02)

async def main():
    access = os.environ["TEST_NATS"], os.environ["TEST_TOKEN"]
    hub, bus = HUBS.load("nats")(*access), BUSES.load("nats")(*access)
    tasks = [asyncio.create_task(publish(hub, bus, camera)) for camera in sys.argv[1:]]
    await orphaned()
    for task in tasks:
        task.cancel()
    await hub.close()
    await bus.close()

asyncio.run(main())
"""


class Viewer:
    def __init__(self) -> None:
        self.items: list[HubItem] = []

    def receive(self, item: HubItem) -> None:
        self.items.append(item)

    @property
    def packets(self) -> list[Packet]:
        return [one for one in self.items if isinstance(one, Packet)]

    @property
    def runs(self) -> list[str]:
        return [one.run for one in self.items if isinstance(one, StreamOpened)]


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  it is other processes that change it
        await asyncio.sleep(0.01)


async def story() -> None:
    async with NatsServer() as access:
        make_hub: Any = HUBS.load("nats")
        make_bus: Any = BUSES.load("nats")
        hub, bus = make_hub(access.servers, access.token), make_bus(access.servers, access.token)
        heard: set[str] = set()

        def hear(health: StreamHealth) -> None:
            assert health.state is StreamState.LIVE
            heard.add(health.stream.camera)

        bus.subscribe(STREAM_HEALTH, hear)
        viewers = {camera: Viewer() for camera in CAMERAS}
        for camera, viewer in viewers.items():
            hub.attach(StreamKey("school", camera, StreamRole.MAIN), viewer, from_key_frame=True)
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                Supervisor(
                    lambda number: [sys.executable, "-c", WORKER, *SHARES[number]],
                    2,
                    environment={"TEST_NATS": access.servers, "TEST_TOKEN": access.token},
                    cameras_of=lambda number: SHARES[number],
                ) as supervisor,
            ):
                await watch(supervisor, viewers)
        finally:
            await hub.close()
            await bus.close()
        assert heard == set(CAMERAS)


async def watch(supervisor: Supervisor, viewers: dict[str, Viewer]) -> None:
    await until(lambda: all(len(viewer.packets) > 20 for viewer in viewers.values()))
    victim = supervisor.states()[0].pid
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    await until(lambda: all(len(viewers[camera].runs) == 2 for camera in SHARES[0]))
    for camera in SHARES[0]:
        closed = [one for one in viewers[camera].items if isinstance(one, StreamClosed)]
        assert [one.reason for one in closed] == [GapReason.CRASHED]
    before = {camera: len(viewer.packets) for camera, viewer in viewers.items()}
    await until(
        lambda: all(len(viewers[camera].packets) > before[camera] + 5 for camera in CAMERAS)
    )
    for camera in SHARES[1]:
        times = [one.pts for one in viewers[camera].packets]
        assert len(viewers[camera].runs) == 1
        assert times == list(range(times[0], times[0] + 1800 * len(times), 1800))
        assert not any(one.lost_frames for one in viewers[camera].packets)


@pytest.mark.server
def test_a_killed_worker_touches_only_its_own_cameras() -> None:
    assert all(SHARES)
    asyncio.run(story())
