import asyncio

from vedette.base.clock import Clock
from vedette.testing.clock import FakeClock


def test_time_stands_still_until_advanced() -> None:
    clock: Clock = FakeClock(wall_us=5_000_000)
    assert (clock.wall_us(), clock.wall_us()) == (5_000_000, 5_000_000)


def test_sleepers_wake_in_order_and_see_their_own_deadline() -> None:
    async def story() -> list[tuple[str, int]]:
        clock = FakeClock(wall_us=0)
        woken: list[tuple[str, int]] = []

        async def sleeper(name: str, *naps_s: float) -> None:
            for nap_s in naps_s:
                await clock.sleep(nap_s)
                woken.append((name, clock.wall_us()))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sleeper("late", 3.0))
            tasks.create_task(sleeper("early", 1.0, 1.0))
            await clock.advance(2.5)
            assert [name for name, _ in woken] == ["early", "early"]
            assert clock.sleepers == 1
            await clock.advance(0.5)
        assert clock.sleepers == 0
        return woken

    expected = [("early", 1_000_000), ("early", 2_000_000), ("late", 3_000_000)]
    assert asyncio.run(story()) == expected


def test_a_cancelled_sleeper_is_forgotten() -> None:
    async def story() -> None:
        clock = FakeClock()
        task = asyncio.create_task(clock.sleep(1))
        await clock.advance(0.1)
        task.cancel()
        await clock.advance(2)
        assert task.cancelled()

    asyncio.run(story())


def test_a_step_moves_the_wall_clock_alone() -> None:
    clock = FakeClock(wall_us=10_000_000)
    before_ns = clock.monotonic_ns()
    clock.step_wall(-2.5)
    assert clock.wall_us() == 7_500_000
    assert clock.monotonic_ns() == before_ns
