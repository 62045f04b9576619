"""The benchmark's link: what is lost, what comes late, and that nothing else happens."""

from hypothesis import given
from hypothesis import strategies as st

from bench.lossy_link import Road


def road(delay_s: float, loss: float) -> Road:
    one = Road(seed=7)
    one.delay_s, one.loss = delay_s, loss
    return one


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50).map(sorted))
def test_without_loss_each_packet_arrives_once_in_order_and_late(times: list[float]) -> None:
    one = road(0.06, 0)
    for number, now_s in enumerate(times):
        assert one.enter(bytes([number]), now_s, outward=True) is None
    assert one.arrived(times[0] + 0.059) == []
    assert one.arrived(times[-1] + 0.061) == [bytes([number]) for number in range(len(times))]
    assert one.pause(2) is None


def test_answers_come_back_at_once() -> None:
    assert road(0.06, 0).enter(b"ack", 0, outward=False) == b"ack"


def test_as_many_are_lost_as_asked_both_ways() -> None:
    one = road(0, 0.02)
    for outward in (True, False):
        lost = sum(one.enter(b"x", 0, outward=outward) is None for _ in range(20_000))
        assert 300 < lost < 500


def test_the_next_look_is_when_something_arrives() -> None:
    one = road(0.06, 0)
    one.enter(b"x", 1.0, outward=True)
    pause_s = one.pause(1.02)
    assert pause_s is not None
    assert abs(pause_s - 0.04) < 1e-9
