"""From the reading thread to the event loop: in order, in batches, never more than a bound."""

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class HandOver(Generic[Item]):
    """A bounded queue that wakes the loop once for everything that waits.

    A full queue makes the thread wait, so that a busy loop slows the reading down (the peer's TCP
    then waits too) and memory stays bounded.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[Item], None],
        *,
        limit: int,
        limit_bytes: int,
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._items: list[Item] = []
        self._bytes = 0
        self._woken = False
        self._closed = False

    def put(self, item: Item, size: int = 0) -> bool:
        """From the thread: hand one item over, waiting while the queue is full.

        Returns:
            False when nobody takes items any more.
        """
        with self._changed:
            while not self._closed and (
                len(self._items) >= self._limit or (self._items and self._bytes > self._limit_bytes)
            ):
                self._changed.wait()
            if self._closed:
                return False
            self._items.append(item)
            self._bytes += size
            if not self._woken:
                self._woken = True
                try:
                    self._loop.call_soon_threadsafe(self._drain)
                except RuntimeError:  # the loop was closed meanwhile
                    self._closed = True
            return not self._closed

    def close(self) -> None:
        """From either side: take nothing more, and let the thread go."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._changed.notify_all()

    def _drain(self) -> None:
        with self._changed:
            items, self._items, self._bytes, self._woken = self._items, [], 0, False
            self._changed.notify_all()
        for item in items:
            if self._closed:
                return
            self._deliver(item)
