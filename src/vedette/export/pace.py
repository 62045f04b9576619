"""Keeps an export slow and polite: a rate of bytes, and threads that give way."""

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from vedette.base.clock import Clock

_NICE = 10
_NS_PER_S = 1_000_000_000


class Pace:
    """Lets bytes pass at a rate.

    Args:
        clock: To wait by.
        bytes_per_s: 0 sets no limit.
    """

    def __init__(self, clock: Clock, bytes_per_s: int) -> None:
        self._clock = clock
        self._bytes_per_s = bytes_per_s
        self._due_ns = 0

    async def take(self, size: int) -> None:
        """Return once ``size`` more bytes may be moved; other work runs meanwhile in any case."""
        if not self._bytes_per_s:
            await self._clock.sleep(0)
            return
        now_ns = self._clock.monotonic_ns()
        wait_ns = self._due_ns - now_ns
        self._due_ns = max(now_ns, self._due_ns) + size * _NS_PER_S // self._bytes_per_s
        await self._clock.sleep(max(0, wait_ns) / _NS_PER_S)


def polite_thread() -> ThreadPoolExecutor:
    """One thread that the scheduler puts behind everything else of this process."""
    return ThreadPoolExecutor(1, "export", initializer=_step_back)


def _step_back() -> None:
    # On Linux a thread has a priority of its own; elsewhere this does nothing or is refused.
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
