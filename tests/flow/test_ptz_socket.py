"""Steering over a real server: a simulated camera turns, and stops whatever happens to the hand."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from vedette.api.server import Listen, serve
from vedette.base.ids import new_id
from vedette.bus.topics import CAMERA_STEERED, CameraSteered
from vedette.model.camera import Camera, Credentials
from vedette.model.rights import Grant, ScopeKind
from vedette.testing.house import House, open_house
from vedette.testing.onvif_device import DeviceProfile, DeviceScript, SimulatedOnvifDevice
from vedette.testing.onvif_head import Position, SimulatedHead

pytestmark = pytest.mark.server

PATIENCE_S = 30
KINDS = ["camera.steering_began", "camera.steering_ended"]
CAMERA = Credentials("admin", "camera-secret")


@dataclass(frozen=True)
class Scene:
    """A house with one camera that turns.

    Attributes:
        head: Where it points.
        api: Anna's client.
        anna: Headers of the administrator, who is called guard.
        ben: Headers of an operator.
        carla: Headers of another operator.
    """

    house: House
    head: SimulatedHead
    port: int
    api: httpx.AsyncClient
    anna: dict[str, str]
    ben: dict[str, str]
    carla: dict[str, str]

    @property
    def path(self) -> str:
        return f"/api/v1/cameras/{self.house.camera.id}/ptz"

    def hand(self, headers: dict[str, str]) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}{self.path}/steer", additional_headers=headers)

    async def until(self, condition: Any) -> None:
        while not condition():  # noqa: ASYNC110  what is awaited has no event of its own
            await asyncio.sleep(0.005)

    async def until_it_turns(self) -> None:
        """A movement under way shows once the clock moves."""
        await self.until(lambda: "ContinuousMove" in self.head.asked)


async def somebody(house: House, name: str, role: str = "operator") -> dict[str, str]:
    """Headers of a new person; an operator may steer."""
    owner = house.camera.organisation
    person = await house.accounts.create_person(owner, name, f"correct horse of {name}")
    grant = Grant(new_id(), owner, person.id, role, ScopeKind.ORGANISATION)
    await house.accounts.roles.grant(owner, grant)
    secret, _ = await house.accounts.make_token(owner, person.id, "script", None)
    return {"Authorization": f"Bearer {secret}"}


@asynccontextmanager
async def scene(folder: Path) -> AsyncGenerator[Scene, None]:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(folder))
        head = SimulatedHead(clock=house.clock)
        streams = (DeviceProfile("main", "rtsp://127.0.0.1:1/main"),)
        # Outlives the server, which stops it when it ends.
        device = await stack.enter_async_context(
            SimulatedOnvifDevice(
                DeviceScript(profiles=streams, head=head),
                username=CAMERA.username,
                password=CAMERA.password,
            )
        )
        turns: Camera = replace(house.camera, onvif_address=device.address)
        await house.services.cameras.update(turns.organisation, turns)
        anna = {"Authorization": f"Bearer {house.token}"}
        ben, carla = [await somebody(house, name) for name in ("Ben", "Carla")]
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        server = asyncio.create_task(
            serve(house.app, Listen(port=0), stop.wait, ready=port.set_result)
        )
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{await port}", headers=anna, timeout=PATIENCE_S
                ) as api,
            ):
                yield Scene(house, head, await port, api, anna, ben, carla)
        finally:
            stop.set()
            async with asyncio.timeout(PATIENCE_S):
                await server


def points(head: SimulatedHead) -> Any:
    """Where it points as pan, tilt and zoom, up to the rounding of floats."""
    return pytest.approx((head.position.pan, head.position.tilt, head.position.zoom))


async def said(hand: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while True:
        message = json.loads(await hand.recv())
        if message["type"] == kind:
            return message


async def tell(hand: ClientConnection, **message: object) -> None:
    await hand.send(json.dumps(message))


def test_a_camera_is_moved_and_stands_still_when_told(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            can = (await at.api.get(at.path)).json()
            assert can["steerable"]
            assert (can["pans"], can["zooms"], can["max_presets"]) == (True, True, 8)
            async with at.hand(at.anna) as hand:
                assert (await said(hand, "held"))["by"] is None
                await tell(hand, type="move", pan=1, tilt=0, zoom=0)
                assert await said(hand, "held") == {"type": "held", "by": "guard", "mine": True}
                await at.until_it_turns()
                await at.house.clock.advance(0.4)
                await tell(hand, type="stop")
                await at.until(lambda: "Stop" in at.head.asked)
                await at.house.clock.advance(5)
                assert points(at.head) == (0.2, 0, 0)

    asyncio.run(story())


def test_a_hand_that_goes_silent_stops_the_camera_within_half_a_second(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at, at.hand(at.anna) as hand:
            await tell(hand, type="move", pan=0, tilt=0, zoom=1)
            await at.until_it_turns()
            await at.house.clock.advance(0.5)
            await at.until(lambda: "Stop" in at.head.asked)
            await at.house.clock.advance(5)
            assert points(at.head) == (0, 0, 0.25)

    asyncio.run(story())


def test_a_hand_whose_connection_is_cut_stops_the_camera_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            hand = await at.hand(at.anna)
            await tell(hand, type="move", pan=-1, tilt=0, zoom=0)
            await at.until_it_turns()
            await at.house.clock.advance(0.2)
            hand.transport.abort()
            # No time passes: it is the cut that is noticed, not the dead man's handle.
            await at.until(lambda: "Stop" in at.head.asked)
            await at.house.clock.advance(5)
            assert points(at.head) == (-0.1, 0, 0)
            await hand.wait_closed()

    asyncio.run(story())


def test_two_hands_of_one_rank_the_second_must_take_it_on_purpose(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at, at.hand(at.ben) as ben, at.hand(at.carla) as carla:
            heard: list[CameraSteered] = []
            at.house.bus.subscribe(CAMERA_STEERED, heard.append)
            await tell(ben, type="move", pan=1)
            await at.until_it_turns()
            assert (await said(carla, "held"))["by"] is None
            assert (await said(carla, "held"))["by"] == "Ben"
            await tell(carla, type="move", pan=-1)
            assert "Ben is steering" in (await said(carla, "trouble"))["detail"]
            preset = await at.api.post(f"{at.path}/home", headers=at.carla)
            assert preset.status_code == 409
            await tell(carla, type="move", pan=-1, take=True)
            assert await said(carla, "held") == {"type": "held", "by": "Carla", "mine": True}
            while (news := await said(ben, "held"))["by"] != "Carla":
                pass
            assert not news["mine"]
            await at.house.clock.advance(0.08)  # the least between two commands
            await at.until(lambda: at.head.asked.count("ContinuousMove") == 2)
            await at.house.clock.advance(0.42)
            await at.until(lambda: "Stop" in at.head.asked)
            await at.house.clock.advance(5)
            assert points(at.head) == (0.04 - 0.21, 0, 0)
            assert (await said(carla, "held"))["by"] is None, "after five seconds it is free"
            await at.until(lambda: len(heard) == 3)
            assert [one.by for one in heard] == ["Ben", "Carla", ""]

    asyncio.run(story())


def test_a_higher_rank_takes_the_camera_without_asking_and_is_not_taken_from(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at, at.hand(at.ben) as ben, at.hand(at.anna) as anna:
            await tell(ben, type="move", pan=1)
            await at.until_it_turns()
            await tell(anna, type="move", pan=-1)
            while (news := await said(anna, "held"))["by"] != "guard":
                pass
            assert news["mine"]
            await tell(ben, type="move", pan=1, take=True)
            assert "guard is steering" in (await said(ben, "trouble"))["detail"]

    asyncio.run(story())


def test_an_operator_goes_to_presets_and_keeps_none(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            refused = await at.api.post(f"{at.path}/presets", json={"name": "Gate"}, headers=at.ben)
            assert refused.status_code == 403
            assert not (await at.api.get(at.path, headers=at.ben)).json()["may_keep_presets"]
            assert (await at.api.get(at.path)).json()["may_keep_presets"]
            assert (await at.api.post(f"{at.path}/home", headers=at.ben)).status_code == 204

    asyncio.run(story())


def test_presets_over_the_api(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            at.head.point(Position(0.5, 0.5, 0.5))
            made = await at.api.post(f"{at.path}/presets", json={"name": "Gate"})
            assert made.status_code == 201
            one = f"{at.path}/presets/{made.json()['token']}"
            assert (await at.api.post(f"{at.path}/home")).status_code == 204
            assert at.head.position == Position()
            assert (await at.api.post(f"{one}/go")).status_code == 204
            assert at.head.position == Position(0.5, 0.5, 0.5)
            at.head.point(Position(pan=-0.5))
            assert (await at.api.put(one, json={"name": "Yard"})).json()["name"] == "Yard"
            assert (await at.api.get(at.path)).json()["presets"] == [
                {"token": made.json()["token"], "name": "Yard"}
            ]
            assert (await at.api.delete(one)).status_code == 204
            gone = await at.api.post(f"{one}/go")
            assert gone.status_code == 502
            assert "does not know that preset" in gone.json()["detail"]

    asyncio.run(story())


def test_whoever_may_not_see_the_camera_may_not_turn_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            foreign = {"Authorization": f"Bearer {at.house.foreign_token}"}
            with pytest.raises(InvalidStatus) as refused:
                await at.hand(foreign)
            assert refused.value.response.status_code == 404
            for method, path in (
                ("GET", at.path),
                ("POST", f"{at.path}/home"),
                ("POST", f"{at.path}/presets/1/go"),
                ("DELETE", f"{at.path}/presets/1"),
            ):
                answer = await at.api.request(method, path, headers=foreign)
                assert answer.status_code == 404, path
            assert at.head.asked == []

    asyncio.run(story())


def test_a_camera_without_onvif_says_so_and_is_no_error(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            owner = at.house.camera.organisation
            await at.house.services.cameras.update(owner, at.house.camera)
            answer = await at.api.get(at.path)
            assert answer.status_code == 200
            assert not answer.json()["steerable"]
            assert "ONVIF address" in answer.json()["why_not"]

    asyncio.run(story())


def test_the_event_log_says_who_had_the_camera_from_when_to_when(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at, at.hand(at.ben) as ben, at.hand(at.carla) as carla:
            begun_us = at.house.clock.wall_us()
            await tell(ben, type="move", pan=1)
            await at.until_it_turns()
            await at.house.clock.advance(3)
            await tell(carla, type="move", pan=-1, take=True)
            while (await said(carla, "held"))["by"] != "Carla":
                pass
            await at.house.clock.advance(1)
            await carla.close()
            entries: list[dict[str, Any]] = []
            while len(entries) < 4:
                log = await at.api.get("/api/v1/events", params={"kind": KINDS})
                entries = [one["event"] for one in log.json()["entries"]]
            entries.sort(
                key=lambda one: (one["observed_us"], one["kind"] != "camera.steering_ended")
            )
            assert [(one["text"], one["observed_us"] - begun_us) for one in entries] == [
                ("Ben began to steer a camera", 0),
                ("Ben steered a camera until Carla took over", 3_000_000),
                ("Carla began to steer a camera", 3_000_000),
                ("Carla steered a camera and let go", 4_000_000),
            ]
            bens, carlas = entries[1], entries[3]
            assert (bens["data"]["start_us"], bens["data"]["end_us"]) == (
                begun_us,
                begun_us + 3_000_000,
            )
            assert bens["correlation"] == entries[0]["id"]
            assert carlas["correlation"] == entries[2]["id"]
            assert carlas["actor"]["how"] == "token"
            assert carlas["actor"]["address"] == "127.0.0.1"
            assert {one["subject"] for one in entries} == {f"camera/{at.house.camera.id}"}

    asyncio.run(story())


def test_a_viewer_may_not_steer(tmp_path: Path) -> None:
    async def story() -> None:
        async with scene(tmp_path) as at:
            viewer = await somebody(at.house, "Dora", "viewer")
            with pytest.raises(InvalidStatus) as refused:
                await at.hand(viewer)
            assert refused.value.response.status_code == 403
            assert (await at.api.get(at.path, headers=viewer)).status_code == 403
            assert (await at.api.post(f"{at.path}/home", headers=viewer)).status_code == 403
            assert at.head.asked == []

    asyncio.run(story())
