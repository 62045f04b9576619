"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools

from vedette.base.units import NS_PER_US, US_PER_S

_TURNS = 16
"""Turns of the event loop given to the woken after each wake-up: enough for a chain of awaits."""


class FakeClock:
    """See base.clock.Clock; time passes only in ``advance``, the wall clock leaps in ``step_wall``.

    Sleepers are woken on the event loop that they wait on, in the order of their deadlines, equal
    deadlines in the order in which they fell asleep. While a sleeper runs, both clocks show its
    own deadline.

    Args:
        wall_us: Microseconds since the epoch at the start; 2026-05-01T12:00:00Z by default.
    """

    def __init__(self, wall_us: int = 1_777_636_800_000_000) -> None:
        self._now_ns = 1_000_000_000
        self._wall_origin_us = wall_us - self._now_ns // NS_PER_US
        self._order = itertools.count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def wall_us(self) -> int:
        """See Clock.wall_us."""
        return self._wall_origin_us + self._now_ns // NS_PER_US

    def monotonic_ns(self) -> int:
        """See Clock.monotonic_ns."""
        return self._now_ns

    async def sleep(self, seconds: float) -> None:
        """See Clock.sleep; returns once ``advance`` has passed the deadline."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        deadline_ns = self._now_ns + round(seconds * US_PER_S) * NS_PER_US
        heapq.heappush(self._sleepers, (deadline_ns, next(self._order), future))
        await future

    @property
    def sleepers(self) -> int:
        """How many tasks are asleep."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking sleepers one by one and letting the other tasks run in between.

        Tasks get turns of the event loop, not real time: work in threads or on sockets may still
        be under way afterwards, so await its result instead.
        """
        target_ns = self._now_ns + round(seconds * US_PER_S) * NS_PER_US
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= target_ns:
            deadline_ns, _, future = heapq.heappop(self._sleepers)
            if future.done():  # the sleeper was cancelled
                continue
            self._now_ns = max(self._now_ns, deadline_ns)
            future.set_result(None)
            await self._settle()
        self._now_ns = max(self._now_ns, target_ns)
        await self._settle()

    def step_wall(self, seconds: float) -> None:
        """Step the wall clock, as an operator or NTP would; monotonic time does not notice."""
        self._wall_origin_us += round(seconds * US_PER_S)

    @staticmethod
    async def _settle() -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
