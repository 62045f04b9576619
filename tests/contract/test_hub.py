"""What every hub must do, over every installed driver."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.unit.hub.items import CLOSED, OPENED, STREAM, packet
from vedette.bus.server import NatsServer
from vedette.hub.ports import HUBS, Hub
from vedette.model.camera import StreamRole
from vedette.model.packet import HubItem, Packet, TrackKind

PATIENCE_S = 30


@dataclass(frozen=True)
class Pair:
    """Two processes' hubs, the same object where a driver knows one process only."""

    publisher: Hub
    viewer: Hub


@asynccontextmanager
async def memory() -> AsyncGenerator[Pair]:
    hub = HUBS.load("memory")()
    yield Pair(hub, hub)
    await hub.close()


@asynccontextmanager
async def nats() -> AsyncGenerator[Pair]:
    async with NatsServer() as access:
        make: Any = HUBS.load("nats")
        hubs = [make(access.servers, access.token) for _ in range(2)]
        await asyncio.gather(*(hub.ready() for hub in hubs))
        try:
            yield Pair(*hubs)
        finally:
            await asyncio.gather(*(hub.close() for hub in hubs))


@asynccontextmanager
async def nats_in_one_process() -> AsyncGenerator[Pair]:
    async with nats() as pair:
        yield Pair(pair.publisher, pair.publisher)


MAKE: dict[str, list[Callable[[], AbstractAsyncContextManager[Pair]]]] = {
    "memory": [memory],
    "nats": [nats, nats_in_one_process],
}
makers = pytest.mark.parametrize("make", [make for row in MAKE.values() for make in row])
Make = Callable[[], AbstractAsyncContextManager[Pair]]


class Sink:
    def __init__(self) -> None:
        self.items: list[HubItem] = []

    def receive(self, item: HubItem) -> None:
        self.items.append(item)

    async def has(self, wanted: list[HubItem]) -> None:
        """Wait for exactly these."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(self.items) < len(wanted):  # noqa: ASYNC110  any kind of hub
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pass
        assert self.items == wanted


def test_every_installed_driver_is_in_this_suite() -> None:
    assert sorted(MAKE) == HUBS.names()


@makers
def test_sinks_get_every_item_in_order(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            sink, other = Sink(), Sink()
            pair.viewer.attach(STREAM, sink)
            pair.viewer.attach(replace(STREAM, role=StreamRole.SUB), other)
            items: list[HubItem] = [
                OPENED,
                packet(1, key=True),
                packet(2, track=TrackKind.AUDIO),
                packet(3),
                CLOSED,
            ]
            pair.publisher.publish(STREAM, items[0])
            await sink.has(items[:1])
            for item in items[1:]:
                pair.publisher.publish(STREAM, item)
            await sink.has(items)
            assert other.items == []

    asyncio.run(story())


@makers
def test_late_comers_get_the_run_and_the_last_group_of_pictures(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            pair.publisher.publish(STREAM, OPENED)
            for number in range(1, 8):
                pair.publisher.publish(STREAM, packet(number, key=number in {1, 4}))
            plain, eager = Sink(), Sink()
            pair.viewer.attach(STREAM, plain)
            await plain.has([OPENED])
            pair.viewer.attach(STREAM, eager, from_key_frame=True)
            expected: list[HubItem] = [OPENED, *(packet(n, key=n == 4) for n in range(4, 8))]
            await eager.has(expected)
            pair.publisher.publish(STREAM, packet(8))
            await eager.has([*expected, packet(8)])
            await plain.has([OPENED, packet(8)])

    asyncio.run(story())


@makers
def test_nothing_is_remembered_of_a_closed_run(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            pair.publisher.publish(STREAM, OPENED)
            pair.publisher.publish(STREAM, packet(1, key=True))
            pair.publisher.publish(STREAM, CLOSED)
            sink = Sink()
            pair.viewer.attach(STREAM, sink, from_key_frame=True)
            await asyncio.sleep(0.05)
            second = replace(OPENED, run="run-2")
            pair.publisher.publish(STREAM, second)
            await sink.has([second])

    asyncio.run(story())


@makers
def test_a_detached_sink_gets_nothing_more_and_may_come_back(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            gone, stays = Sink(), Sink()
            place = pair.viewer.attach(STREAM, gone)
            pair.viewer.attach(STREAM, stays)
            pair.publisher.publish(STREAM, OPENED)
            await stays.has([OPENED])
            place.detach()
            place.detach()
            pair.publisher.publish(STREAM, packet(1, key=True))
            await stays.has([OPENED, packet(1, key=True)])
            assert gone.items == [OPENED]
            again = Sink()
            pair.viewer.attach(STREAM, again, from_key_frame=True)
            await again.has([OPENED, packet(1, key=True)])

    asyncio.run(story())


@makers
def test_the_last_one_may_leave_and_another_come(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            first = Sink()
            pair.publisher.publish(STREAM, OPENED)
            pair.publisher.publish(STREAM, packet(1, key=True))
            place = pair.viewer.attach(STREAM, first, from_key_frame=True)
            await first.has([OPENED, packet(1, key=True)])
            place.detach()
            await asyncio.sleep(0.05)
            pair.publisher.publish(STREAM, packet(2))
            second = Sink()
            pair.viewer.attach(STREAM, second, from_key_frame=True)
            await second.has([OPENED, packet(1, key=True), packet(2)])

    asyncio.run(story())


@makers
def test_a_sink_that_raises_is_detached_and_the_others_stay(make: Make) -> None:
    class Broken(Sink):
        def receive(self, item: HubItem) -> None:
            super().receive(item)
            raise RuntimeError("broken sink")

    async def story() -> None:
        async with make() as pair:
            broken, sound = Broken(), Sink()
            pair.viewer.attach(STREAM, broken)
            pair.viewer.attach(STREAM, sound)
            pair.publisher.publish(STREAM, OPENED)
            await sound.has([OPENED])
            pair.publisher.publish(STREAM, packet(1, key=True))
            await sound.has([OPENED, packet(1, key=True)])
            assert broken.items == [OPENED]

    asyncio.run(story())


@makers
def test_large_frames_travel_whole(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            sink = Sink()
            pair.viewer.attach(STREAM, sink)
            pair.publisher.publish(STREAM, OPENED)
            await sink.has([OPENED])
            large = packet(1, key=True, size=11_000_000)
            pair.publisher.publish(STREAM, large)
            pair.publisher.publish(STREAM, packet(2))
            await sink.has([OPENED, large, packet(2)])

    asyncio.run(story())


@makers
def test_a_flood_is_whole_or_counted(make: Make) -> None:
    async def story() -> None:
        async with make() as pair:
            sink = Sink()
            pair.viewer.attach(STREAM, sink)
            pair.publisher.publish(STREAM, OPENED)
            await sink.has([OPENED])
            for number in range(1, 2001):
                pair.publisher.publish(STREAM, packet(number, key=number % 50 == 1, size=60_000))
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    pair.publisher.publish(STREAM, packet(2001, key=True))
                    await asyncio.sleep(0.05)
                    if sink.items[-1] == packet(2001, key=True):
                        break
            came = [one for one in sink.items if isinstance(one, Packet)]
            first_end = next(i for i, one in enumerate(came) if one.payload[:4] == b"\0\0\x07\xd1")
            until_end = came[: first_end + 1]
            assert len(until_end) + sum(one.lost_frames for one in until_end) >= 2001

    asyncio.run(story())
