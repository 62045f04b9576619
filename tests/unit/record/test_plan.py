"""What retention erases, and when recording degrades."""

from hypothesis import given
from hypothesis import strategies as st

from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Segment, SegmentState
from vedette.record import plan

GIB = 1024**3


def segment(start: int, size: int, camera: str = "a", *, protected: bool = False) -> Segment:
    return Segment(
        stream=StreamKey("o", camera, StreamRole.MAIN),
        start_us=start,
        end_us=start + 10,
        run="r",
        volume="v",
        path="p",
        format_id="f",
        bytes=size,
        frames=1,
        lost_frames=0,
        state=SegmentState.FINISHED,
        protected=protected,
    )


def test_age() -> None:
    old, young = segment(0, 1), segment(100, 1)
    assert plan.expired([old, young], plan.horizon_us(50, 0)) == [old]
    assert plan.expired([segment(0, 1, protected=True)], 10**9) == []
    assert plan.expired([old], plan.horizon_us(50, None)) == []


segments = st.builds(
    segment,
    st.integers(0, 1000),
    st.integers(1, 500),
    st.sampled_from("abc"),
    protected=st.booleans(),
)


@given(st.lists(segments), st.integers(-10, 5000))
def test_the_oldest_go_first_whoever_made_them(found: list[Segment], need: int) -> None:
    chosen = plan.oldest_until(found, need)
    assert not any(one.protected for one in chosen)
    free = [one for one in found if not one.protected]
    if chosen:
        assert sum(one.bytes for one in chosen[:-1]) < need
        kept = list(free)
        for one in chosen:
            kept.remove(one)
        assert all(one.start_us >= chosen[-1].start_us for one in kept)
    if sum(one.bytes for one in free) >= need > 0:
        assert sum(one.bytes for one in chosen) >= need


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_space_is_freed_before_the_reserve_is_touched(free: int, reserve: int, rate: int) -> None:
    need = plan.bytes_to_free(free, reserve, rate, 1800)
    assert need >= 0
    assert free + need >= reserve + rate // 2


def test_recording_degrades_only_when_nothing_may_be_erased() -> None:
    def decide(room: int, *, erasable: bool = False, before: bool = False) -> bool:
        return plan.degraded([room], 12 * GIB, 300, erasable=erasable, before=before)

    assert not decide(2 * GIB)
    assert decide(GIB)
    assert not decide(GIB, erasable=True)
    assert decide(int(1.5 * GIB), before=True), "it does not flap"
    assert not plan.degraded([], 0, 300, erasable=False, before=False)
