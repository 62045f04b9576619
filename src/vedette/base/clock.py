"""Where the time comes from, so that a test can choose it.

Two clocks, never mixed: *wall* time is microseconds since the Unix epoch (UTC) and may step;
*monotonic* time is nanoseconds since an arbitrary start and never goes back.
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """A source of wall and monotonic time, and of waiting."""

    def wall_us(self) -> int:
        """Microseconds since 1970-01-01T00:00:00Z."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since an arbitrary instant; never decreases."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of monotonic time; 0 or less only yields."""
        ...


class SystemClock:
    """The computer's own clocks."""

    def wall_us(self) -> int:
        """See Clock.wall_us."""
        return time.time_ns() // 1000

    def monotonic_ns(self) -> int:
        """See Clock.monotonic_ns."""
        return time.monotonic_ns()

    async def sleep(self, seconds: float) -> None:
        """See Clock.sleep."""
        await asyncio.sleep(max(0.0, seconds))
