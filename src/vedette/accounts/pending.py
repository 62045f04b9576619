"""What has begun and waits for its end: second steps, passkey ceremonies, journeys to a provider.

Kept in memory: anybody may begin a sign-in, and a row for each would let anybody write to the disk.
A restart forgets them, and people begin anew.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from vedette.accounts.credentials import hash_secret, new_secret
from vedette.base.clock import Clock
from vedette.base.errors import BeginAgain

T = TypeVar("T")

_MOST = 10_000
_NS_PER_S = 1_000_000_000
_GONE = "that took too long, or was used already; begin again"


class Pending(Generic[T]):
    """Values that a secret names, each for a while; beyond 10 000 the oldest is forgotten.

    Args:
        clock: Measures monotonic time.
        lasts_s: Seconds for which each may be taken.
    """

    def __init__(self, clock: Clock, lasts_s: float) -> None:
        self._clock = clock
        self._lasts_ns = int(lasts_s * _NS_PER_S)
        self._values: OrderedDict[bytes, tuple[int, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def put(self, value: T) -> str:
        """Keep a value; the secret gives it back."""
        now_ns = self._clock.monotonic_ns()
        while self._values:
            ends_ns, _ = next(iter(self._values.values()))
            if ends_ns > now_ns and len(self._values) < _MOST:
                break
            self._values.popitem(last=False)
        secret = new_secret()
        self._values[hash_secret(secret)] = (now_ns + self._lasts_ns, value)
        return secret

    def look(self, secret: str) -> T:
        """The value, which stays.

        Raises:
            BeginAgain: The secret names nothing, or no longer.
        """
        ends_ns, value = self._values.get(hash_secret(secret), (0, None))
        if value is None or ends_ns <= self._clock.monotonic_ns():
            raise BeginAgain(_GONE)
        return value

    def drop(self, secret: str) -> None:
        """Forget a value; one that is gone already is fine."""
        self._values.pop(hash_secret(secret), None)

    def take(self, secret: str) -> T:
        """The value, this once.

        Raises:
            BeginAgain: The secret names nothing, or no longer.
        """
        try:
            return self.look(secret)
        finally:
            self.drop(secret)
