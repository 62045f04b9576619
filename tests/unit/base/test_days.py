"""When the days of a year begin in a zone."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from vedette.base.units import day_bounds, us_to_datetime

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kolkata",
    "UTC",
)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("year", [2024, 2026])
def test_each_instant_lies_in_the_day_that_its_clock_shows(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    bounds = day_bounds(year, zone)
    assert bounds[0][1] == f"{year}-01-01"
    assert bounds[-1][1] == f"{year + 1}-01-01"
    for (start_us, day), (end_us, _) in pairwise(bounds):
        first, last = us_to_datetime(start_us), us_to_datetime(end_us - 1)
        assert first.astimezone(zone).date().isoformat() == day
        assert last.astimezone(zone).date().isoformat() == day
        before = us_to_datetime(start_us - 1).astimezone(zone).date()
        assert before == date.fromisoformat(day) - timedelta(days=1)


def test_nights_of_change_are_longer_and_shorter() -> None:
    lengths = {
        day: (end_us - start_us) // 3_600_000_000
        for (start_us, day), (end_us, _) in pairwise(day_bounds(2026, ZoneInfo("Europe/Berlin")))
    }
    assert lengths["2026-03-29"] == 23
    assert lengths["2026-10-25"] == 25
    assert set(lengths.values()) == {23, 24, 25}
