"""The pace of attempts, and names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.accounts import decide
from vedette.accounts.decide import Pace, Throttle, check_password, fold_name
from vedette.base.errors import BadRequest

S = 1_000_000_000


@given(
    st.integers(1, 6),
    st.lists(st.integers(0, 30), max_size=40),
)
def test_no_more_than_the_burst_and_one_per_interval(burst: int, waits_s: list[int]) -> None:
    throttle = Throttle(Pace(burst, 10 * S))
    now_ns, allowed = 0, 0
    for wait_s in waits_s:
        now_ns += wait_s * S
        wait_ns = throttle.wait_ns("k", now_ns)
        if wait_ns == 0:
            throttle.spend("k", now_ns)
            allowed += 1
        else:
            assert throttle.wait_ns("k", now_ns + wait_ns) == 0
            assert throttle.wait_ns("k", now_ns + wait_ns - 1) > 0
        assert allowed <= burst + now_ns // (10 * S)


def test_success_costs_nothing() -> None:
    throttle = Throttle(Pace(2, 10 * S))
    for _ in range(100):
        assert throttle.wait_ns("k", 0) == 0
        throttle.spend("k", 0)
        throttle.give_back("k")


def test_keys_do_not_disturb_each_other() -> None:
    throttle = Throttle(Pace(1, 10 * S))
    throttle.spend("a", 0)
    assert throttle.wait_ns("a", 0) == 10 * S
    assert throttle.wait_ns("b", 0) == 0


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "_REMEMBERED", 50)
    throttle = Throttle(Pace(1, 10 * S))
    for n in range(500):
        throttle.spend(f"made up {n}", 0)
        assert len(throttle) <= 50
    throttle.spend("late", 100 * S)
    assert len(throttle) == 1, "what is as good as new is forgotten"


def test_names_are_compared_as_people_mean_them() -> None:
    assert fold_name(" STRASSE ") == fold_name("straße")
    assert fold_name("ﬁn") == fold_name("FIN")


@pytest.mark.parametrize("password", ["123456789", "x" * 1_025, "ababababab", "ANN MILLER"])
def test_a_poor_password_is_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        check_password(password, "Ann Miller", 10)


def test_a_long_phrase_is_fine() -> None:
    check_password("correct horse", "Ann Miller", 10)
