"""Results worth keeping, bounded by their bytes, and an allowance for making new ones."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Held(Generic[V]):
    """Keeps what was used last, up to a number of bytes. May be used from several threads.

    Args:
        most_bytes: All values together; a single larger one is made but not kept.
        size: Bytes of a value.
    """

    def __init__(self, most_bytes: int, size: Callable[[V], int]) -> None:
        self.bytes = 0
        self._most = most_bytes
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value of a key, made outside the lock when it is not held."""
        with self._lock:
            if (known := self._values.get(key)) is not None:
                self._values.move_to_end(key)
                return known
        value = make()
        size = self._size(value)
        with self._lock:
            if key not in self._values and size <= self._most:
                self._values[key] = value
                self.bytes += size
            while self.bytes > self._most:
                _, oldest = self._values.popitem(last=False)
                self.bytes -= self._size(oldest)
        return value


class Allowance:
    """A share of one core. Counts waiting too, so that less is made when the machine is busy.

    Args:
        share: Of the time that passes, > 0.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._used_until = 0.0

    def left(self) -> bool:
        """Whether something new may be made now."""
        return time.monotonic() >= self._used_until

    def use(self, seconds: float) -> None:
        """Something new took that long."""
        self._used_until = max(time.monotonic(), self._used_until) + seconds / self._share
