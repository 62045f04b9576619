"""What only a hub between processes must bear: nobody there, silence, a server that dies."""

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.hub.items import OPENED, STREAM, packet
from vedette.bus.server import NatsServer
from vedette.hub.ports import HUBS
from vedette.hub.relay import LEASE_NS, RENEW_S
from vedette.model.packet import GapReason, HubItem, Packet, StreamClosed
from vedette.testing.clock import FakeClock

pytestmark = pytest.mark.server
PATIENCE_S = 15
make_hub: Any = HUBS.load("nats")


class Sink:
    def __init__(self) -> None:
        self.items: list[HubItem] = []
        self._arrived = asyncio.Event()

    def receive(self, item: HubItem) -> None:
        self.items.append(item)
        self._arrived.set()

    async def has(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.items) < count:
                self._arrived.clear()
                await self._arrived.wait()


async def hubs(access: Any, **options: Any) -> tuple[Any, Any]:
    pair = [make_hub(access.servers, access.token, **options) for _ in range(2)]
    await asyncio.gather(*(hub.ready() for hub in pair))
    return pair[0], pair[1]


def test_a_stream_that_nobody_elsewhere_wants_stays_at_home() -> None:
    async def story() -> None:
        async with NatsServer() as access:
            publisher, other = await hubs(access)
            sink = Sink()
            publisher.attach(STREAM, sink)
            other.attach(replace(STREAM, camera="another"), Sink())
            publisher.publish(STREAM, OPENED)
            await asyncio.sleep(0.1)
            queued = publisher.sent_bytes
            for number in range(100):
                publisher.publish(STREAM, packet(number, key=True, size=10_000))
            await asyncio.sleep(0.05)
            assert publisher.sent_bytes == queued
            assert len(sink.items) == 101
            await asyncio.gather(publisher.close(), other.close())

    asyncio.run(story())


def test_a_viewer_that_left_is_sent_nothing_more() -> None:
    async def story() -> None:
        async with NatsServer() as access:
            publisher, viewer = await hubs(access)
            sink = Sink()
            place = viewer.attach(STREAM, sink)
            publisher.publish(STREAM, OPENED)
            await sink.has(1)
            place.detach()
            await asyncio.sleep(0.1)
            queued = publisher.sent_bytes
            publisher.publish(STREAM, packet(1, key=True, size=10_000))
            await asyncio.sleep(0.05)
            assert publisher.sent_bytes == queued
            await asyncio.gather(publisher.close(), viewer.close())

    asyncio.run(story())


def test_a_publisher_that_falls_silent_is_told_as_a_crash() -> None:
    async def story() -> None:
        clock = FakeClock()
        async with NatsServer() as access:
            publisher, viewer = await hubs(access, clock=clock)
            sink = Sink()
            viewer.attach(STREAM, sink)
            publisher.publish(STREAM, OPENED)
            await sink.has(1)
            await publisher.close()
            for _ in range(int(LEASE_NS / 1e9 / RENEW_S) + 2):
                await clock.advance(RENEW_S)
            await sink.has(2)
            closed = sink.items[1]
            assert isinstance(closed, StreamClosed)
            assert closed.reason is GapReason.CRASHED
            await viewer.close()

    asyncio.run(story())


def test_streams_go_on_after_the_server_died() -> None:
    async def story() -> None:
        server = NatsServer()
        async with server as access:
            publisher, viewer = await hubs(access)
            sink = Sink()
            viewer.attach(STREAM, sink)
            publisher.publish(STREAM, OPENED)
            await sink.has(1)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            number = 0
            async with asyncio.timeout(PATIENCE_S):
                while len(sink.items) < 20:
                    number += 1
                    publisher.publish(STREAM, packet(number, key=True))
                    await asyncio.sleep(0.02)
            came = [one for one in sink.items if isinstance(one, Packet)]
            newest = int.from_bytes(came[-1].payload[:4], "big")
            assert len(came) + sum(one.lost_frames for one in came) == newest
            await asyncio.gather(publisher.close(), viewer.close())

    asyncio.run(story())


def test_nonsense_from_the_network_changes_nothing() -> None:
    async def story() -> None:
        async with NatsServer() as access:
            publisher, viewer = await hubs(access)
            stranger: Any = await make_client(access)
            sink = Sink()
            viewer.attach(STREAM, sink)
            for subject in (
                "vedette.hub.want",
                "vedette.hub.born",
                f"vedette.hub.to.{viewer.node}",
            ):
                for nonsense in (b"", b"{}", b"\x01" * 200, bytes(5000)):
                    await stranger.publish(subject, nonsense)
            await stranger.flush()
            publisher.publish(STREAM, OPENED)
            await sink.has(1)
            assert sink.items == [OPENED]
            await stranger.close()
            await asyncio.gather(publisher.close(), viewer.close())

    asyncio.run(story())


async def make_client(access: Any) -> Any:
    import nats  # noqa: PLC0415  only this story speaks past the hub

    connect: Any = nats.connect
    return await connect(access.servers, token=access.token)
