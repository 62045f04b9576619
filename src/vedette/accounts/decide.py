"""What counts as a good name, password and pace; pure."""

import unicodedata
from collections import OrderedDict
from dataclasses import dataclass

from vedette.base.errors import BadRequest

LONGEST_NAME = 100
"""Characters of a person's or token's name."""

LONGEST_PASSWORD = 1024
"""Characters of a password; more would only make hashing a burden."""

_REMEMBERED = 20_000


def fold_name(name: str) -> str:
    """The form in which names are compared: NFKC, case folded, without outer blanks."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def check_name(name: str) -> str:
    """The name without outer blanks.

    Raises:
        BadRequest: It is empty, too long or not printable.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"a name has 1 to {LONGEST_NAME} printable characters")
    return name


def check_password(password: str, name: str, shortest: int) -> None:
    """Refuse what is too short, too long, or the name itself (NIST SP 800-63B, 5.1.1.2).

    Raises:
        BadRequest: The password cannot be used; the message does not repeat it.
    """
    if len(password) < shortest:
        raise BadRequest(f"the password is too short; use at least {shortest} characters")
    if len(password) > LONGEST_PASSWORD:
        raise BadRequest(f"the password is longer than {LONGEST_PASSWORD} characters")
    if fold_name(password) == fold_name(name):
        raise BadRequest("the password is the name; choose another")
    if len(set(password)) < 4:
        raise BadRequest("the password repeats the same few characters; choose another")


@dataclass(frozen=True, slots=True)
class Pace:
    """A burst of attempts, then one per interval.

    Attributes:
        burst: Attempts allowed at once.
        interval_ns: Time after which one more is allowed.
    """

    burst: int
    interval_ns: int


class Throttle:
    """Counts attempts per key by the generic cell rate algorithm (ITU-T I.371, annex A).

    Each key holds one number: the monotonic time at which it would be as good as new. Keys that are
    as good as new are forgotten; beyond 20 000 the one least recently used is, so that memory stays
    bounded whatever names and addresses are made up.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._fresh_at_ns: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._fresh_at_ns)

    def wait_ns(self, key: str, now_ns: int) -> int:
        """How long until the next attempt is allowed, 0 when it is now."""
        fresh_at_ns = self._fresh_at_ns.get(key, now_ns)
        slack_ns = (self._pace.burst - 1) * self._pace.interval_ns
        return max(0, fresh_at_ns - slack_ns - now_ns)

    def spend(self, key: str, now_ns: int) -> None:
        """Count an attempt."""
        fresh_at_ns = max(self._fresh_at_ns.pop(key, now_ns), now_ns)
        self._fresh_at_ns[key] = fresh_at_ns + self._pace.interval_ns
        self._forget(now_ns)

    def give_back(self, key: str) -> None:
        """Take one attempt back, because it succeeded."""
        if key in self._fresh_at_ns:
            self._fresh_at_ns[key] -= self._pace.interval_ns

    def _forget(self, now_ns: int) -> None:
        while self._fresh_at_ns:
            oldest = next(iter(self._fresh_at_ns))
            if self._fresh_at_ns[oldest] > now_ns and len(self._fresh_at_ns) <= _REMEMBERED:
                return
            del self._fresh_at_ns[oldest]
