"""Which sites, floors and places of cameras make sense."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.model.site import Floor, Placement, Site
from vedette.sites.decide import checked, checked_floor, checked_placement

SITE = Site("s", "ours", "North school", "Europe/Vienna", "1 School Lane\nVienna", 48.2, 16.4)


def test_a_sensible_site_is_trimmed_and_kept() -> None:
    assert checked("ours", replace(SITE, name="  North school ", address="\n" + SITE.address)) == (
        SITE
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(SITE, name=" "), "1 to 200"),
        (replace(SITE, name="a\nb"), "printable"),
        (replace(SITE, name="n" * 201), "1 to 200"),
        (replace(SITE, address="a\x00b"), "printable"),
        (replace(SITE, address="a" * 501), "at most 500"),
        (replace(SITE, latitude=None), "both"),
        (replace(SITE, longitude=None), "both"),
        (replace(SITE, latitude=90.1), "latitude"),
        (replace(SITE, latitude=float("nan")), "latitude"),
        (replace(SITE, longitude=-180.1), "longitude"),
        (replace(SITE, time_zone="Europe"), "Europe/Vienna"),
        (replace(SITE, time_zone="Mars/Olympus"), "no time zone"),
        (replace(SITE, time_zone="../../etc/passwd"), "no time zone"),
        (replace(SITE, time_zone=""), "no time zone"),
        (replace(SITE, organisation="theirs"), "does not belong"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: Site, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        checked("ours", wrong)


FLOOR = Floor("f", "ours", "s", "Main building", -1, "Cellar")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(FLOOR, name=""), "1 to 200"),
        (replace(FLOOR, building="b" * 201), "at most 200"),
        (replace(FLOOR, building="a\tb"), "printable"),
        (replace(FLOOR, level=1001), "street level"),
        (replace(FLOOR, organisation="theirs"), "does not belong"),
    ],
)
def test_a_floor_that_makes_no_sense(wrong: Floor, said: str) -> None:
    assert checked_floor("ours", replace(FLOOR, name=" Cellar ")) == FLOOR
    with pytest.raises(BadRequest, match=said):
        checked_floor("ours", wrong)


ON_MAP = Placement("ours", "c", latitude=48.2, longitude=16.4, range_m=30.0)
ON_FLOOR = Placement("ours", "c", floor="f", x=0.25, y=1.0, range_widths=0.2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(ON_MAP, latitude=None), "latitude and longitude"),
        (replace(ON_MAP, latitude=91.0), "-90 to 90"),
        (replace(ON_MAP, range_m=None), "range_m"),
        (replace(ON_MAP, range_m=0.0), "range_m"),
        (replace(ON_MAP, view_deg=0.0), "width of the view"),
        (replace(ON_MAP, view_deg=361.0), "width of the view"),
        (replace(ON_MAP, direction_deg=float("inf")), "direction"),
        (replace(ON_MAP, organisation="theirs"), "does not belong"),
        (replace(ON_FLOOR, x=None), "give x"),
        (replace(ON_FLOOR, y=1.01), "give y"),
        (replace(ON_FLOOR, x=float("nan")), "give x"),
        (replace(ON_FLOOR, range_widths=2.5), "range_widths"),
    ],
)
def test_a_place_that_makes_no_sense(wrong: Placement, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        checked_placement("ours", wrong)


def test_a_place_is_on_the_map_or_on_a_floor_and_not_both() -> None:
    both = replace(ON_FLOOR, latitude=1.0, longitude=2.0, range_m=3.0)
    assert checked_placement("ours", both) == ON_FLOOR
    both = replace(ON_MAP, x=0.5, y=0.5, range_widths=0.1)
    assert checked_placement("ours", both) == ON_MAP


@given(st.floats(-1e6, 1e6))
def test_a_direction_is_brought_to_one_turn_and_stays_the_same(direction_deg: float) -> None:
    kept = checked_placement("ours", replace(ON_MAP, direction_deg=direction_deg)).direction_deg
    assert 0 <= kept < 360
    off = abs(kept - direction_deg) % 360
    assert min(off, 360 - off) < 1e-6
