"""Turning a simulated device: what it tells, what it takes, and what it refuses in words."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from vedette.base.errors import SourceLost, SourceProtocol, SourceRefused, SourceUnsupported
from vedette.ingest.onvif import open_head
from vedette.ingest.onvif.ptz import OnvifHead, in_words
from vedette.model.camera import Credentials
from vedette.model.ptz import AxisRange, Velocity
from vedette.testing.clock import FakeClock
from vedette.testing.onvif_device import (
    DeviceProfile,
    DeviceScript,
    SimulatedOnvifDevice,
    Trouble,
)
from vedette.testing.onvif_head import Position, SimulatedHead

RIGHT = Credentials("admin", "s3cret&<word>")
STREAMS = (DeviceProfile("main & only", "rtsp://127.0.0.1:1/main"),)

Story = Callable[[OnvifHead, SimulatedHead, FakeClock], Awaitable[None]]


def turn(story: Story, **changes: object) -> SimulatedHead:
    """Tell a story with a device that turns, whose clock the story moves."""
    clock = FakeClock()
    moving = SimulatedHead(clock=clock)
    script = DeviceScript(profiles=STREAMS, head=moving)
    for name, value in changes.items():
        setattr(moving if hasattr(moving, name) else script, name, value)

    async def run() -> None:
        async with SimulatedOnvifDevice(
            script, username=RIGHT.username, password=RIGHT.password
        ) as device:
            head = await open_head(device.address, RIGHT)
            try:
                await story(head, moving, clock)
            finally:
                await head.close()

    asyncio.run(run())
    return moving


@pytest.mark.parametrize("changes", [{}, {"media2": False}, {"get_services": False}])
def test_a_camera_tells_what_it_can_do(changes: dict[str, object]) -> None:
    async def story(head: OnvifHead, _: SimulatedHead, __: FakeClock) -> None:
        can = head.abilities
        assert (can.pan, can.tilt, can.zoom) == (AxisRange(-2, 3),) * 3
        assert (can.max_presets, can.home, can.relative, can.absolute) == (8, True, False, False)

    turn(story, speeds=(-2.0, 3.0), **changes)


def test_it_moves_and_stops() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, clock: FakeClock) -> None:
        await head.move(Velocity(pan=1, tilt=-0.5, zoom=1), 2)
        await clock.advance(1)
        await head.stop()
        await clock.advance(10)
        assert moving.position == Position(0.5, -0.25, 0.5)

    assert turn(story).asked == ["GetNode", "ContinuousMove", "Stop"]


def test_it_stops_by_itself_when_nobody_speaks_any_more() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, clock: FakeClock) -> None:
        await head.move(Velocity(pan=-0.5), 2)
        await clock.advance(60)
        assert moving.position == Position(pan=-0.5)
        assert not moving.moving

    turn(story)


def test_it_stops_at_its_ends() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, clock: FakeClock) -> None:
        await head.move(Velocity(pan=1, tilt=1, zoom=-1), 60)
        await clock.advance(30)
        assert moving.position == Position(1, 1, 0)

    turn(story)


def test_a_camera_without_zoom_is_not_told_to_zoom() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, clock: FakeClock) -> None:
        assert head.abilities.zoom is None
        await head.move(Velocity(pan=1, zoom=1), 2)
        await clock.advance(1)
        assert moving.position == Position(pan=0.5)

    turn(story, has_zoom=False)


def test_presets_are_kept_named_visited_and_dropped() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, _: FakeClock) -> None:
        moving.point(Position(0.3, 0.2, 0.1))
        gate = await head.keep('Gate <"A" & B>', None)
        await head.go_home()
        assert moving.position == Position()
        assert await head.presets() == (gate,)
        await head.go_to(gate.token)
        assert moving.position == Position(0.3, 0.2, 0.1)
        moving.point(Position(pan=-1))
        assert (await head.keep("Yard", gate.token)).token == gate.token
        assert [one.name for one in await head.presets()] == ["Yard"]
        await head.forget(gate.token)
        assert await head.presets() == ()

    turn(story)


def test_refusals_are_said_in_words_without_the_password() -> None:
    async def story(head: OnvifHead, moving: SimulatedHead, _: FakeClock) -> None:
        moving.max_presets = 0
        with pytest.raises(SourceProtocol, match=r"camera refused: .* not know that preset"):
            await head.go_to("77")
        with pytest.raises(SourceProtocol, match=r"camera refused: .* no more presets"):
            await head.keep("one too many", None)
        with pytest.raises(
            SourceProtocol, match=r"camera refused: .* not move that fast"
        ) as caught:
            await head.move(Velocity(pan=9), 2)
        assert RIGHT.password not in str(caught.value)

    turn(story)


def test_unknown_faults_are_told_as_they_are() -> None:
    assert in_words("s:Sender ter:Action ter:NoPTZProfile") == "this profile has no PTZ"
    assert in_words("ter:Grumpy leave me alone") == "it said ter:Grumpy leave me alone"


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.NONE])
def test_trouble_in_the_middle_is_one_of_our_errors(trouble: Trouble) -> None:
    async def story() -> None:
        script = DeviceScript(profiles=STREAMS, head=SimulatedHead())
        async with SimulatedOnvifDevice(script) as device:
            head = await open_head(device.address, None)
            script.trouble = trouble
            try:
                if trouble is Trouble.EMPTY:
                    await head.stop()  # an empty answer says neither yes nor no
                else:
                    with pytest.raises(SourceLost):
                        await head.stop()
            finally:
                await head.close()

    asyncio.run(story())


def test_a_fixed_camera_and_a_wrong_password_are_told_apart() -> None:
    async def story() -> None:
        script = DeviceScript(profiles=STREAMS)
        async with SimulatedOnvifDevice(script, username="admin", password="right") as device:
            with pytest.raises(SourceUnsupported, match="cannot be turned"):
                await open_head(device.address, Credentials("admin", "right"))
            with pytest.raises(SourceRefused):
                await open_head(device.address, Credentials("admin", "wrong"))

    asyncio.run(story())
