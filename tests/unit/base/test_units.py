"""Whole-number conversions never drift and never lose their zone."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base import units

TIMESCALES = st.sampled_from([1, 8000, 16000, 44100, 48000, 90000])


@given(ticks=st.integers(-(2**50), 2**50), timescale=TIMESCALES)
def test_ticks_survive_the_way_through_microseconds(ticks: int, timescale: int) -> None:
    assert units.us_to_ticks(units.ticks_to_us(ticks, timescale), timescale) == ticks


@given(a=st.integers(-(2**40), 2**40), b=st.integers(-(2**40), 2**40), timescale=TIMESCALES)
def test_conversion_keeps_the_order(a: int, b: int, timescale: int) -> None:
    low, high = sorted((a, b))
    assert units.ticks_to_us(low, timescale) <= units.ticks_to_us(high, timescale)


@given(
    instant=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_is_the_same_in_every_zone(instant: datetime, minutes: int) -> None:
    utc = instant.replace(tzinfo=UTC)
    there = utc.astimezone(timezone(timedelta(minutes=minutes)))
    assert units.datetime_to_us(there) == units.datetime_to_us(utc)
    assert units.us_to_datetime(units.datetime_to_us(there)) == utc
    assert units.text_to_us(units.us_to_text(units.datetime_to_us(utc))) == units.datetime_to_us(
        utc
    )


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        units.text_to_us("2026-05-01T12:00:00")
