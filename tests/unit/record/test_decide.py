"""Small decisions about one stream: when to cut, what to keep, what to drop."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from vedette.base.ids import new_id
from vedette.base.units import datetime_to_us
from vedette.model.camera import (
    RecordingMode,
    RecordingPolicy,
    SchedulePeriod,
    StreamKey,
    StreamRole,
)
from vedette.record.decide import (
    cut_due,
    scheduled,
    segment_phase_us,
    surplus,
    trigger_end_us,
    wanted,
)

S = 1_000_000
MINUTE = 60 * S


def test_cuts_of_many_cameras_are_spread_over_the_minute() -> None:
    phases = [
        segment_phase_us(StreamKey("o", new_id(), StreamRole.MAIN), MINUTE) for _ in range(600)
    ]
    busiest = max(sum(1 for phase in phases if phase // S == second) for second in range(60))
    assert busiest < 30


@given(st.integers(0, 10**15), st.integers(0, MINUTE - 1), st.integers(S // 2, 5 * S))
def test_every_minute_has_one_cut(start: int, phase: int, group: int) -> None:
    cuts, begin = [start], start
    for position in range(start, start + 10 * MINUTE, group):
        if cut_due(begin, position, MINUTE, phase):
            cuts.append(position)
            begin = position
    for before, after in pairwise(cuts[1:]):
        assert MINUTE - group < after - before < MINUTE + group
    assert cuts[1] - cuts[0] <= MINUTE + group


def at(text: str) -> int:
    return datetime_to_us(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Oslo")))


def test_a_schedule_follows_daylight_saving() -> None:
    # Sunday 2026-03-29: 02:00 to 03:00 does not exist. Sunday 2026-10-25: it comes twice.
    night = (SchedulePeriod(6, 2 * 60, 3 * 60),)
    spring = [at("2026-03-29T01:00") + quarter * 15 * MINUTE for quarter in range(12)]
    autumn = [at("2026-10-25T01:00") + quarter * 15 * MINUTE for quarter in range(16)]
    assert sum(scheduled(night, "Europe/Oslo", instant) for instant in spring) == 0
    assert sum(scheduled(night, "Europe/Oslo", instant) for instant in autumn) == 8
    morning = (SchedulePeriod(0, 8 * 60, 9 * 60),)
    for monday in ("2026-01-05", "2026-07-06"):
        assert not scheduled(morning, "Europe/Oslo", at(f"{monday}T07:59"))
        assert scheduled(morning, "Europe/Oslo", at(f"{monday}T08:00"))
        assert not scheduled(morning, "Europe/Oslo", at(f"{monday}T09:00"))


def test_an_unknown_time_zone_is_utc() -> None:
    noon = (SchedulePeriod(4, 12 * 60, 12 * 60 + 1),)
    assert scheduled(noon, "Mars/Olympus", 1_777_636_800 * S)
    assert scheduled(noon, "../../etc/passwd", 1_777_636_800 * S)


def test_modes() -> None:
    def kept(mode: RecordingMode, until: int = 0) -> bool:
        return wanted(RecordingPolicy(mode), 100, 200, until)

    assert kept(RecordingMode.CONTINUOUS)
    assert not kept(RecordingMode.OFF)
    assert not kept(RecordingMode.SCHEDULE)
    assert not kept(RecordingMode.EVENT)
    assert kept(RecordingMode.EVENT, until=101)


def test_a_trigger_lasts_at_least_the_time_after_the_event() -> None:
    policy = RecordingPolicy(RecordingMode.EVENT, post_event_s=30)
    assert trigger_end_us(policy, 1000, 0) == 1000 + 30 * S
    assert trigger_end_us(policy, 1000, 10**12) == 10**12


groups = st.lists(st.tuples(st.integers(1, 1000), st.booleans()), min_size=1, max_size=60)


@given(groups, st.integers(0, 40), st.integers(1, 20_000))
def test_the_pre_event_buffer_is_bounded_and_begins_with_a_key_frame(
    made: list[tuple[int, bool]], keep_s: int, keep_bytes: int
) -> None:
    sizes = [size for size, _ in made]
    keys = [True, *(key for _, key in made[1:])]
    starts = [index * S for index in range(len(made))]
    end = len(made) * S
    count = surplus(sizes, starts, keys, end, keep_s=keep_s, keep_bytes=keep_bytes)
    assert sum(sizes[count:]) <= keep_bytes
    if count < len(made):
        assert keys[count]
    # With enough bytes, all of the wanted seconds are there.
    roomy = surplus(sizes, starts, keys, end, keep_s=keep_s, keep_bytes=10**9)
    assert roomy == 0 or end - starts[roomy] >= keep_s * S
