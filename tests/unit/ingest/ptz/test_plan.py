"""How fast a camera turns for a wish, and who may turn it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.ingest.ptz.plan import DEAD_ZONE, LEASE_NS, curved, may_steer, velocity_for
from vedette.model.ptz import AxisRange, Hold, PtzAbilities, Steersman, Wish

WISHES = st.floats(allow_nan=True, allow_infinity=True)
AXES = st.none() | st.builds(AxisRange, st.floats(-1e6, 0), st.floats(0, 1e6))
ANNA, BEN = Steersman("a", "Anna"), Steersman("b", "Ben")


@given(WISHES)
def test_a_wish_becomes_a_share_of_full_speed_in_its_own_direction(wish: float) -> None:
    share = curved(wish)
    assert -1 <= share <= 1
    assert share * wish >= 0 or share == 0
    assert curved(-wish) == -share


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_stronger_wish_is_never_slower(one: float, other: float) -> None:
    assert one > other or curved(one) <= curved(other)


def test_the_ends_are_full_speed_and_the_middle_rests() -> None:
    assert (curved(1), curved(-1)) == (1, -1)
    assert curved(DEAD_ZONE) == curved(-DEAD_ZONE) == 0
    assert 0 < curved(0.5) < 0.5


@given(st.tuples(WISHES, WISHES, WISHES), st.tuples(AXES, AXES, AXES))
def test_no_command_leaves_what_the_camera_takes(
    wishes: tuple[float, float, float],
    axes: tuple[AxisRange | None, AxisRange | None, AxisRange | None],
) -> None:
    told = velocity_for(Wish(*wishes), PtzAbilities(pan=axes[0], tilt=axes[1], zoom=axes[2]))
    for speed, axis in zip((told.pan, told.tilt, told.zoom), axes, strict=True):
        if axis is None:
            assert speed == 0
        else:
            assert axis.low <= speed <= axis.high


def test_each_direction_has_its_own_limit() -> None:
    can = PtzAbilities(pan=AxisRange(-10, 40))
    assert velocity_for(Wish(pan=1), can).pan == 40
    assert velocity_for(Wish(pan=-1), can).pan == -10


@given(st.integers(0, 10), st.integers(0, 10), st.booleans(), st.integers(0, 2 * LEASE_NS))
def test_a_held_camera_goes_to_the_higher_rank_or_by_taking_it_from_an_equal(
    holder: int, asker: int, take: bool, now_ns: int
) -> None:
    hold = Hold(Steersman("a", "Anna", holder), LEASE_NS)
    allowed = may_steer(hold, Steersman("b", "Ben", asker), now_ns, take=take)
    free = now_ns >= LEASE_NS
    assert allowed == (free or asker > holder or (take and asker == holder))


@pytest.mark.parametrize("take", [True, False])
def test_whoever_has_it_keeps_it_and_a_free_one_is_anybodys(take: bool) -> None:
    assert may_steer(Hold(ANNA, 10), ANNA, 5, take=take)
    assert may_steer(None, BEN, 5, take=take)
