"""How often one may try, counted in memory for names, network addresses and people."""

import math
from collections.abc import Sequence

from vedette.accounts.decide import LONGEST_PASSWORD, Pace, Throttle, fold_name
from vedette.accounts.settings import AccountSettings
from vedette.base.clock import Clock
from vedette.base.errors import TooManyAttempts

_NS_PER_S = 1_000_000_000
_NAMES = 10
_NAMES_RECOVERY_S = 60

Keys = Sequence[tuple[Throttle, str]]
"""What one attempt counts against."""


class Attempts:
    """Counts attempts; a restart forgets them, which gives an attacker one more burst."""

    def __init__(self, clock: Clock, settings: AccountSettings) -> None:
        self._clock = clock
        self._by_name = _throttle(settings.name_attempts, settings.name_recovery_s)
        self._by_source = _throttle(settings.source_attempts, settings.source_recovery_s)
        self._names = Throttle(Pace(_NAMES, _NAMES_RECOVERY_S * _NS_PER_S))
        self._codes = _throttle(settings.code_attempts, settings.code_recovery_s)

    def of_name(self, name: str) -> Keys:
        """Guessing a password of one name, however it is written."""
        return [(self._by_name, fold_name(name)[:LONGEST_PASSWORD])]

    def of_source(self, source: str) -> Keys:
        """Guessing anything from one network address."""
        return [(self._by_source, source)]

    def of_organisation_names(self, organisation: str) -> Keys:
        """An organisation guessing how others are called."""
        return [(self._names, organisation)]

    def of_codes(self, person: str) -> Keys:
        """Guessing the codes of one person."""
        return [(self._codes, person)]

    def spend(self, *kinds: Keys) -> None:
        """Count an attempt before the work is done, so that many at once do not slip through.

        Raises:
            TooManyAttempts: One of the keys has had too many; nothing is counted.
        """
        keys = [key for kind in kinds for key in kind]
        now_ns = self._clock.monotonic_ns()
        wait_ns = max(throttle.wait_ns(key, now_ns) for throttle, key in keys)
        if wait_ns > 0:
            wait_s = math.ceil(wait_ns / _NS_PER_S)
            raise TooManyAttempts(f"too many wrong attempts; try again in {wait_s} s", wait_s)
        for throttle, key in keys:
            throttle.spend(key, now_ns)

    @staticmethod
    def give_back(*kinds: Keys) -> None:
        """Take an attempt back, because it succeeded."""
        for kind in kinds:
            for throttle, key in kind:
                throttle.give_back(key)


def _throttle(attempts: int, recovery_s: float) -> Throttle:
    return Throttle(Pace(attempts, int(recovery_s * _NS_PER_S)))
