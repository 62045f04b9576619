"""A camera moves for as long as somebody wants it: told by a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise

from vedette.base.errors import SourceLost
from vedette.ingest.ptz.turning import DEAD_MAN_NS, MOVE_TIMEOUT_S, Turning
from vedette.model.ptz import PtzAbilities, Velocity
from vedette.testing.clock import FakeClock

RIGHT, LEFT, STILL = Velocity(pan=1.0), Velocity(pan=-1.0), Velocity()
DEAD_MAN_S = DEAD_MAN_NS / 1e9


@dataclass
class Motors:
    """Writes down what it is told and when; fails as often as it is asked to."""

    clock: FakeClock
    told: list[tuple[float, Velocity]] = field(default_factory=list[tuple[float, Velocity]])
    failures: int = 0
    abilities: PtzAbilities = field(default_factory=PtzAbilities)
    takes_s: float = 0.0

    async def move(self, velocity: Velocity, timeout_s: float) -> None:
        assert timeout_s == MOVE_TIMEOUT_S
        await self._take(velocity)

    async def stop(self) -> None:
        await self._take(STILL)

    async def go_home(self) -> None: ...

    async def close(self) -> None: ...

    async def _take(self, velocity: Velocity) -> None:
        self.told.append((self.clock.monotonic_ns() / 1e9 - 1, velocity))
        if self.takes_s:
            await self.clock.sleep(self.takes_s)
        if self.failures:
            self.failures -= 1
            raise SourceLost("the camera did not answer in time")


Story = Callable[[Turning, Motors, FakeClock, list[SourceLost]], Awaitable[None]]


def tell(story: Story) -> Motors:
    async def run() -> Motors:
        clock = FakeClock()
        motors, troubles = Motors(clock), list[SourceLost]()
        await story(Turning(motors, clock, troubles.append), motors, clock, troubles)
        assert clock.sleepers == 0, "somebody still waits"
        return motors

    return asyncio.run(run())


def test_a_wish_that_is_not_said_again_ends() -> None:
    async def story(turning: Turning, _: Motors, clock: FakeClock, __: object) -> None:
        turning.want(RIGHT)
        await clock.advance(5)
        assert not turning.moving

    assert tell(story).told == [(0.0, RIGHT), (DEAD_MAN_S, STILL)]


def test_a_held_key_moves_on_and_the_cameras_own_timeout_is_wound_up_in_time() -> None:
    async def story(turning: Turning, _: Motors, clock: FakeClock, __: object) -> None:
        for _turn in range(20):
            turning.want(RIGHT)
            await clock.advance(0.2)
        await turning.stand()
        await clock.advance(1)

    told = tell(story).told
    moves = [at for at, velocity in told if velocity == RIGHT]
    assert max(b - a for a, b in pairwise(moves)) < MOVE_TIMEOUT_S
    assert len(moves) <= 6, "saying it again is not told again"
    assert told[-1] == (4.0, STILL)
    assert sum(velocity.still for _, velocity in told) == 1


def test_a_wild_joystick_is_told_in_the_cameras_own_time_and_a_stop_at_once() -> None:
    async def story(turning: Turning, motors: Motors, clock: FakeClock, _: object) -> None:
        motors.takes_s = 0.05
        for step in range(100):
            turning.want(Velocity(pan=step / 100 + 0.001))
            await clock.advance(0.01)
        turning.want(STILL)
        await clock.advance(0.2)

    told = tell(story).told
    moves = [at for at, velocity in told if not velocity.still]
    assert min(b - a for a, b in pairwise(moves)) >= 0.079
    assert told[-1][1] == STILL
    assert told[-1][0] - 1.0 <= 0.06


def test_nothing_is_told_to_a_camera_that_stands_still() -> None:
    async def story(turning: Turning, _: Motors, clock: FakeClock, __: object) -> None:
        turning.want(STILL)
        await turning.stand()
        await clock.advance(1)

    assert tell(story).told == []


def test_a_camera_that_does_not_answer_is_stopped_to_be_sure_and_it_is_said() -> None:
    async def story(
        turning: Turning, motors: Motors, clock: FakeClock, troubles: list[SourceLost]
    ) -> None:
        motors.failures = 2
        turning.want(LEFT)
        await clock.advance(0.1)
        assert [str(error) for error in troubles] == ["the camera did not answer in time"]
        assert not turning.moving

    assert [velocity for _, velocity in tell(story).told] == [LEFT, STILL, STILL]


def test_when_the_server_ends_in_the_middle_of_a_movement_the_camera_stops() -> None:
    async def story(turning: Turning, _: Motors, clock: FakeClock, __: object) -> None:
        turning.want(RIGHT)
        await clock.advance(0.1)
        for task in asyncio.all_tasks():
            if task.get_name() == "ptz":
                task.cancel()
        await clock.advance(0.1)

    assert [velocity for _, velocity in tell(story).told] == [RIGHT, STILL]
