"""What every bus must do, over every installed driver."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from vedette.bus.ports import BUSES, Bus
from vedette.bus.server import NatsServer
from vedette.bus.topics import (
    CAMERA_CHANGED,
    FOOTAGE_GREW,
    CameraChange,
    CameraChanged,
    FootageGrew,
)
from vedette.model.camera import StreamKey, StreamRole

PATIENCE_S = 30  # printing the stack of a broken listener takes seconds on a busy machine


@dataclass(frozen=True)
class Pair:
    """Two processes' buses, the same object where a driver knows one process only."""

    speaker: Bus
    listener: Bus

    async def ready(self) -> None:
        """Wait until what was subscribed also reaches the other process."""
        for bus in (self.speaker, self.listener):
            ready: Any = getattr(bus, "ready", None)
            if ready is not None:
                await asyncio.wait_for(ready(), PATIENCE_S)


@asynccontextmanager
async def memory() -> AsyncGenerator[Pair]:
    bus = BUSES.load("memory")()
    yield Pair(bus, bus)
    await bus.close()


@asynccontextmanager
async def nats() -> AsyncGenerator[Pair]:
    async with NatsServer() as access:
        make: Any = BUSES.load("nats")
        pair = Pair(make(access.servers, access.token), make(access.servers, access.token))
        try:
            yield pair
        finally:
            await pair.speaker.close()
            await pair.listener.close()


MAKE: dict[str, Callable[[], AbstractAsyncContextManager[Pair]]] = {"memory": memory, "nats": nats}
drivers = pytest.mark.parametrize("driver", sorted(MAKE))

ADDED = CameraChanged("school", "gate", CameraChange.ADDED)
REMOVED = CameraChanged("school", "gate", CameraChange.REMOVED)
GREW = FootageGrew(StreamKey("school", "gate", StreamRole.MAIN), 1, 2)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  any kind of bus
            await asyncio.sleep(0.005)


def test_every_installed_driver_is_in_this_suite() -> None:
    assert sorted(MAKE) == BUSES.names()


@drivers
def test_everyone_who_listens_hears_once_and_in_order(driver: str) -> None:
    async def story() -> None:
        async with MAKE[driver]() as pair:
            here: list[CameraChanged] = []
            there: list[CameraChanged] = []
            pair.speaker.subscribe(CAMERA_CHANGED, here.append)
            pair.listener.subscribe(CAMERA_CHANGED, there.append)
            await pair.ready()
            for message in (ADDED, REMOVED, ADDED):
                pair.speaker.publish(CAMERA_CHANGED, message)
            assert here == [ADDED, REMOVED, ADDED]  # at once in the speaker's own process
            await until(lambda: len(there) >= 3)
            await asyncio.sleep(0.05)
            assert there == here

    asyncio.run(story())


@drivers
def test_topics_are_apart_and_a_cancelled_listener_hears_nothing(driver: str) -> None:
    async def story() -> None:
        async with MAKE[driver]() as pair:
            changes: list[object] = []
            growth: list[object] = []
            place = pair.listener.subscribe(CAMERA_CHANGED, changes.append)
            pair.listener.subscribe(FOOTAGE_GREW, growth.append)
            await pair.ready()
            pair.speaker.publish(FOOTAGE_GREW, GREW)
            await until(lambda: bool(growth))
            place.cancel()
            place.cancel()
            pair.speaker.publish(CAMERA_CHANGED, ADDED)
            pair.speaker.publish(FOOTAGE_GREW, GREW)
            await until(lambda: len(growth) == 2)
            assert (changes, growth) == ([], [GREW, GREW])

    asyncio.run(story())


@drivers
def test_a_listener_that_raises_stays_and_the_others_hear(driver: str) -> None:
    async def story() -> None:
        async with MAKE[driver]() as pair:
            heard: list[object] = []
            attempts: list[object] = []

            def broken(message: CameraChanged) -> None:
                attempts.append(message)
                raise RuntimeError("broken listener")

            pair.listener.subscribe(CAMERA_CHANGED, broken)
            pair.listener.subscribe(CAMERA_CHANGED, heard.append)
            await pair.ready()
            pair.speaker.publish(CAMERA_CHANGED, ADDED)
            pair.speaker.publish(CAMERA_CHANGED, REMOVED)
            await until(lambda: len(heard) == 2)
            assert (heard, attempts) == ([ADDED, REMOVED], [ADDED, REMOVED])

    asyncio.run(story())


@drivers
def test_closing_delivers_what_was_published(driver: str) -> None:
    async def story() -> None:
        async with MAKE[driver]() as pair:
            heard: list[object] = []
            pair.listener.subscribe(CAMERA_CHANGED, heard.append)
            await pair.ready()
            for _ in range(200):
                pair.speaker.publish(CAMERA_CHANGED, ADDED)
            await pair.speaker.close()
            await until(lambda: len(heard) == 200)

    asyncio.run(story())
