"""Live view over a real server: what a browser gets, and that nothing stays behind."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vedette.api.server import Listen, serve
from vedette.base.errors import ConfigError
from vedette.bus.topics import STREAM_HEALTH
from vedette.model.camera import StreamRole
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import GapReason, StreamClosed
from vedette.playback.settings import PlaybackSettings
from vedette.testing.house import House, open_house, packets_of
from vedette.testing.media import ClipSpec, make_clip

pytestmark = pytest.mark.server

CLIP = make_clip(ClipSpec())
PATIENCE_S = 10


@asynccontextmanager
async def served(
    folder: Path, playback: PlaybackSettings | None = None
) -> AsyncGenerator[tuple[House, int, asyncio.Event], None]:
    """A house behind a real server; the event stops it, and leaving waits for it to be gone."""
    async with open_house(folder, playback=playback) as house:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        server = asyncio.create_task(
            serve(house.app, Listen(port=0), stop.wait, ready=port.set_result)
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                yield house, await port, stop
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE_S):
                await server


def live_url(house: House, port: int, query: str = "") -> str:
    return f"ws://127.0.0.1:{port}/api/v1/cameras/{house.camera.id}/live{query}"


def bearer(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


async def text(viewer: ClientConnection) -> dict[str, Any]:
    message = await viewer.recv()
    assert isinstance(message, str)
    return json.loads(message)


async def binary(viewer: ClientConnection) -> bytes:
    message = await viewer.recv()
    assert isinstance(message, bytes)
    return message


async def until(condition: Any) -> None:
    """Let the server's tasks run until something holds; the caller's time limit is the end."""
    while not condition():  # noqa: ASYNC110  what is awaited has no event of its own
        await asyncio.sleep(0.005)


def test_a_viewer_gets_format_initialisation_pictures_and_news(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            key = house.camera.key(StreamRole.MAIN)
            house.play(CLIP)
            async with connect(live_url(house, port), additional_headers=bearer(house)) as viewer:
                assert viewer.protocol.extensions == [], "compression would cost three times more"
                described = await text(viewer)
                assert described["type"] == "format"
                assert described["mime"].startswith('video/mp4; codecs="avc1.')
                assert described["audio"] == "absent"
                assert described["target_ms"] == 60
                assert "init" not in described
                assert (await binary(viewer))[4:8] == b"ftyp"
                started = await binary(viewer)
                assert started.count(b"moof") == 25
                opened = house.open_stream(CLIP)
                packets = list(packets_of(CLIP, opened))
                house.hub.publish(key, packets[0])
                assert (await text(viewer))["type"] == "format"
                assert (await binary(viewer))[4:8] == b"ftyp"
                for packet in packets[1:10]:
                    house.hub.publish(key, packet)
                assert [(await binary(viewer)).count(b"moof") for _ in range(10)] == [1] * 10
                house.hub.publish(key, StreamClosed(GapReason.STALLED, "silent", 0, 7))
                assert await text(viewer) == {
                    "type": "offline",
                    "reason": "stalled",
                    "detail": "silent",
                    "since_us": 7,
                }

    asyncio.run(story())


def test_a_viewer_that_leaves_a_silent_camera_leaves_nothing_behind(tmp_path: Path) -> None:
    """The server of the prototype never noticed, and then could not be stopped."""

    async def story() -> None:
        async with served(tmp_path) as (house, port, stop):
            before = asyncio.all_tasks()
            async with connect(live_url(house, port), additional_headers=bearer(house)):
                await until(lambda: 1 in house.services.live.viewers().values())
            await until(lambda: 1 not in house.services.live.viewers().values())
            await house.clock.advance(60)
            assert house.services.live.viewers() == {}
            await until(lambda: not asyncio.all_tasks() - before - {asyncio.current_task()})
            began = time.monotonic()
            stop.set()
            assert time.monotonic() - began < 1

    asyncio.run(story())


def test_a_broken_connection_is_noticed_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            viewer = await connect(live_url(house, port), additional_headers=bearer(house))
            await until(lambda: 1 in house.services.live.viewers().values())
            viewer.transport.abort()
            await until(lambda: 1 not in house.services.live.viewers().values())
            await viewer.wait_closed()

    asyncio.run(story())


def test_the_server_stops_within_a_second_although_people_watch(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, port, stop):
            viewers = [
                await connect(live_url(house, port), additional_headers=bearer(house))
                for _ in range(3)
            ]
            news = await connect(
                f"ws://127.0.0.1:{port}/api/v1/updates", additional_headers=bearer(house)
            )
            await until(lambda: 3 in house.services.live.viewers().values())
            began = time.monotonic()
            stop.set()
            for one in [*viewers, news]:
                with pytest.raises(ConnectionClosed) as closed:
                    await one.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1012
            assert time.monotonic() - began < 1
            for one in [*viewers, news]:
                await one.wait_closed()

    asyncio.run(story())


def test_a_viewer_who_signs_out_sees_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            served(tmp_path) as (house, port, _),
            connect(live_url(house, port), additional_headers=bearer(house)) as viewer,
        ):
            await until(lambda: 1 in house.services.live.viewers().values())
            owner = house.camera.organisation
            for token in await house.accounts.tokens(owner):
                await house.accounts.revoke_token(owner, token.id)
            await house.clock.advance(31)
            with pytest.raises(ConnectionClosed) as closed:
                await viewer.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401

    asyncio.run(story())


def test_a_client_that_talks_without_end_is_shut_out(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            served(tmp_path) as (house, port, _),
            connect(live_url(house, port), additional_headers=bearer(house)) as viewer,
        ):
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.gather(*(viewer.send("hello") for _ in range(1000)), viewer.recv())
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008

    asyncio.run(story())


def test_a_slow_viewer_is_told_what_it_missed_and_memory_stays_bounded(tmp_path: Path) -> None:
    limits = PlaybackSettings(viewer_queue_bytes=256 * 1024, viewer_queue_s=60)
    heavy = make_clip(ClipSpec(width=640, height=360, bit_rate=8_000_000))

    async def story() -> None:
        async with served(tmp_path, limits) as (house, port, _):
            key = house.camera.key(StreamRole.MAIN)
            # A small window and a client that does not read: the kernel soon takes no more.
            plug = socket.socket()
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            plug.setblocking(False)  # noqa: FBT003  the library's own signature
            await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
            async with connect(
                live_url(house, port),
                additional_headers=bearer(house),
                sock=plug,
                max_queue=(2, 1),
                ping_interval=None,
            ) as viewer:
                await until(lambda: 1 in house.services.live.viewers().values())
                opened = house.open_stream(heavy)
                # The last packet is a key frame, at which the last loss is told.
                packets = list(packets_of(heavy, opened, turns=21))[: 20 * len(heavy.frames) + 1]
                for packet in packets:
                    house.hub.publish(key, packet)
                    await asyncio.sleep(0)
                seen = lost = 0
                while seen + lost < len(packets):
                    message = await viewer.recv()
                    if isinstance(message, bytes):
                        seen += message.count(b"moof")
                    elif (said := json.loads(message))["type"] == "lost":
                        lost += said["frames"]
                assert seen + lost == len(packets)
                assert lost > len(packets) / 2

    asyncio.run(story())


def test_why_a_camera_shows_nothing_is_said_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            key = house.camera.key(StreamRole.SUB)
            house.bus.publish(
                STREAM_HEALTH, StreamHealth(key, StreamState.REFUSED, 5, "wrong password")
            )
            url = live_url(house, port, "?stream=sub&audio=1")
            async with connect(url, additional_headers=bearer(house)) as viewer:
                said = await text(viewer)
                assert (said["type"], said["reason"]) == ("offline", "refused")

    asyncio.run(story())


def test_news_comes_without_asking(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            served(tmp_path) as (house, port, _),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as script,
            connect(
                f"ws://127.0.0.1:{port}/api/v1/updates", additional_headers=bearer(house)
            ) as news,
        ):
            body = {"name": "Yard", "address": "rtsp://192.0.2.9/main"}
            made = await script.post("/api/v1/cameras", json=body, headers=bearer(house))
            assert made.status_code == 201
            said = await text(news)
            assert said == {"type": "camera", "id": made.json()["id"], "change": "added"}
            foreign = house.foreign_camera.key(StreamRole.MAIN)
            house.bus.publish(STREAM_HEALTH, StreamHealth(foreign, StreamState.LIVE, 1))
            ours = house.camera.key(StreamRole.MAIN)
            house.bus.publish(STREAM_HEALTH, StreamHealth(ours, StreamState.LIVE, 1, bitrate=5))
            said = await text(news)
            assert (said["type"], said["camera"], said["role"]) == (
                "health",
                house.camera.id,
                "main",
            )
            assert said["health"]["bitrate"] == 5

    asyncio.run(story())


def test_whoever_may_not_watch_is_told_by_status(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            for headers, status in (({}, 401), ({"Authorization": "Bearer vdt_x"}, 401)):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(live_url(house, port), additional_headers=headers)
                assert refused.value.response.status_code == status

    asyncio.run(story())


def test_a_taken_port_is_said_in_one_sentence() -> None:
    async def story() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            async def app(*_: object) -> None: ...

            with pytest.raises(ConfigError, match=f"port {port}"):
                await serve(app, Listen(port=port), asyncio.Event().wait)

    asyncio.run(story())
