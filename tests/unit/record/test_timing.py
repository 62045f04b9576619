"""Wall time of footage: contiguous, slewed gently, on the line of the least delays."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.model.packet import Packet, TrackKind
from vedette.record.timing import SLEW_PPM, STEP_US, Placed, RunClock

S = 1_000_000
START_US = 1_777_636_800 * S
FRAME_US = 40_000


def frame(index: int, delay_us: int, *, ppm: float = 0.0, step_us: int = 0) -> Packet:
    """Frame ``index`` of a camera whose clock runs ``ppm`` fast, after a wall step."""
    happened_us = index * FRAME_US
    ticks = round(happened_us * (1 + ppm / 1e6) * 9 / 100)
    arrival_us = happened_us + delay_us
    return Packet(
        TrackKind.VIDEO,
        pts=ticks,
        dts=ticks,
        arrival_ns=(5 * S + arrival_us) * 1000,
        wall_us=START_US + arrival_us + step_us,
        key=index % 50 == 0,
        payload=b"",
    )


def place(clock: RunClock, frames: list[Packet], following: Packet) -> Placed:
    return clock.place(frames, following.dts, may_anchor=frames[0].key)


delays = st.lists(st.integers(0, 400_000), min_size=101, max_size=400)


@settings(max_examples=40, deadline=None)
@given(delays, st.floats(-400, 400), st.integers(1, 60))
def test_fragments_of_a_run_touch_and_are_slewed_gently(
    jitter: list[int], ppm: float, length: int
) -> None:
    clock = RunClock(90_000)
    frames = [frame(index, delay, ppm=ppm) for index, delay in enumerate(jitter)]
    groups = [frames[at : at + length] for at in range(0, len(frames) - length, length)]
    placed = [
        place(clock, group, frames[min(len(frames) - 1, (at + 1) * length)])
        for at, group in enumerate(groups)
    ]
    assert [one.anchored for one in placed] == [True, *[False] * (len(placed) - 1)]
    for before, after in pairwise(placed):
        assert before.start_us + before.duration_us == after.start_us
    for one, (first, following) in zip(
        placed, ((at * length, (at + 1) * length) for at in range(len(groups))), strict=True
    ):
        media_us = (frames[following].pts - frames[first].pts) * 100 / 9
        assert abs(one.duration_us - media_us) <= media_us * SLEW_PPM / 1e6 + 2
    # The first fragment begins where its least delayed frame says.
    least = min(packet.wall_us - packet.pts * 100 // 9 for packet in groups[0])
    assert abs(placed[0].start_us - least) <= 2


@given(st.integers(0, 100_000), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_a_late_start_is_made_good_on_the_line_of_least_delay(late_us: int, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  jitter, not secrets
    clock = RunClock(90_000)
    error_us = 0
    # The connection begins with a burst of old frames; later each group has an undelayed one.
    for group in range(110):
        jitter = [late_us if group == 0 else dice.randrange(200_000) for _ in range(5)]
        jitter[4] *= group == 0
        first = group * 50
        frames = [frame(first + 10 * at, delay) for at, delay in enumerate(jitter)]
        one = place(clock, frames, frame(first + 50, 0))
        error_us = one.start_us - (START_US + group * 2 * S)
        # 500 ppm of two seconds are made good with each group after the first.
        still_us = max(0, late_us - max(0, group - 1) * 1000)
        assert abs(error_us - still_us) <= 1000
    assert abs(error_us) <= 1000


@pytest.mark.parametrize("ppm", [100, -100, 300])
def test_a_day_of_drift_stays_within_50_ms(ppm: int) -> None:
    clock = RunClock(90_000)
    worst = 0
    for group in range(24 * 3600 // 10):
        first = group * 250
        frames = [frame(first, 10_000, ppm=ppm), frame(first + 125, 3_000, ppm=ppm)]
        one = place(clock, frames, frame(first + 250, 0, ppm=ppm))
        worst = max(worst, abs(one.start_us - (START_US + first * FRAME_US)))
    assert worst <= 50_000
    assert not clock.error_us or abs(clock.error_us) < 50_000


@given(
    st.integers(1, 149),
    st.one_of(st.integers(STEP_US + 1, 10**13), st.integers(-(10**12), -STEP_US - 1)),
)
@settings(max_examples=50)
def test_a_step_is_told_and_a_new_line_begins_at_the_next_key_frame(at: int, step: int) -> None:
    clock = RunClock(90_000)
    frames = [frame(index, 0, step_us=step if index >= at else 0) for index in range(201)]
    placed = [
        place(clock, frames[first : first + 50], frames[first + 50]) for first in (0, 50, 100, 150)
    ]
    steps = [one for each in placed for one in each.steps]
    assert [(one.at_us, one.step_us) for one in steps] == [(frames[at].wall_us, step)]
    for index, one in enumerate(placed):
        stepped = step if index * 50 >= at else 0
        assert one.start_us == START_US + index * 2 * S + stepped
        assert one.anchored == (index == 0 or (index - 1) * 50 < at <= index * 50)


def test_a_split_group_keeps_the_old_clock() -> None:
    clock = RunClock(90_000)
    frames = [frame(index, 0, step_us=S if index >= 60 else 0) for index in range(152)]
    place(clock, frames[0:30], frames[30])
    place(clock, frames[30:70], frames[70])
    third = place(clock, frames[70:100], frames[100])
    assert not third.anchored
    assert third.start_us == START_US + 70 * FRAME_US
    fourth = place(clock, frames[100:150], frames[150])
    assert fourth.anchored
    assert fourth.start_us == START_US + 100 * FRAME_US + S


def test_a_quick_reconnection_makes_no_overlap_and_a_step_between_runs_is_told() -> None:
    clock = RunClock(90_000, not_before_us=START_US + 300_000)
    frames = [frame(index, 0) for index in range(51)]
    assert place(clock, frames[:50], frames[50]).start_us == START_US + 300_000
    clock = RunClock(90_000, not_before_us=START_US + 60 * S, offset_us=START_US - 5 * S + 10 * S)
    one = place(clock, frames[:50], frames[50])
    assert one.start_us == START_US
    assert [step.step_us for step in one.steps] == [-10 * S]


def test_a_hole_in_media_time_stays_a_hole() -> None:
    clock = RunClock(90_000)
    frames = [frame(index, 0) for index in range(500)]
    first = place(clock, frames[0:50], frames[50])
    second = place(clock, frames[300:350], frames[350])
    assert second.start_us - (first.start_us + first.duration_us) == 10 * S
