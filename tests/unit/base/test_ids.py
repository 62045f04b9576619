"""Identifiers are UUIDv7 and sort by the time of their making."""

import uuid

from vedette.base.clock import SystemClock
from vedette.base.ids import new_id


class _Stopped(SystemClock):
    def __init__(self, wall_us: int) -> None:
        self._wall_us = wall_us

    def wall_us(self) -> int:
        return self._wall_us


def test_an_id_is_a_version_7_uuid_that_carries_its_millisecond() -> None:
    made = uuid.UUID(new_id(_Stopped(1_780_000_000_123_456)))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_780_000_000_123


def test_later_ids_sort_after_earlier_ones() -> None:
    ids = [new_id(_Stopped(ms * 1000)) for ms in range(1_780_000_000_000, 1_780_000_000_050)]
    assert ids == sorted(ids)


def test_ids_of_one_millisecond_differ() -> None:
    clock = _Stopped(1_780_000_000_000_000)
    assert len({new_id(clock) for _ in range(1000)}) == 1000
