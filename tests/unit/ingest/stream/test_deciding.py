"""What ingest decides: decoding times, leaps, audio beside video, lost frames, new attempts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import (
    SourceLost,
    SourceProtocol,
    SourceRefused,
    SourceStalled,
    UnknownDriver,
)
from vedette.ingest import decide
from vedette.ingest.loss import MINUTE_US, FrameAccount, LossLedger, Tally
from vedette.ingest.ports import SourceCounters
from vedette.ingest.settings import IngestSettings
from vedette.ingest.timing import AudioAlignment, DecodeTimes, LeapDetector, WallTime
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.health import StreamState
from vedette.model.packet import GapReason
from vedette.testing.clock import FakeClock

SETTINGS = IngestSettings()
KEY = StreamKey("o", "c", StreamRole.MAIN)


# decoding times


@given(st.lists(st.integers(-(1 << 40), 1 << 40), min_size=1, max_size=60), st.integers(0, 16))
def test_decoding_times_rise_and_never_exceed_presentation(times: list[int], depth: int) -> None:
    decode = DecodeTimes(depth, 3600)
    made = [decode.next(pts) for pts in times]
    assert all(dts <= pts for pts, dts in made)
    assert all(later[1] > earlier[1] for earlier, later in pairwise(made))
    if not decode.too_shallow:
        assert [pts for pts, _ in made] == times


@given(st.integers(1, 4), st.integers(1, 30))
def test_true_depth_leaves_presentation_as_it_is(depth: int, groups: int) -> None:
    # I P B..B: each group of depth + 1 pictures sends its last one first.
    shown = [0]
    for group in range(groups):
        first = 1 + group * (depth + 1)
        shown += [first + depth, *range(first, first + depth)]
    decode = DecodeTimes(1, 3600)
    assert [decode.next(number * 3600)[0] for number in shown] == [n * 3600 for n in shown]
    assert not decode.too_shallow


def test_undeclared_b_frames_are_noticed() -> None:
    decode = DecodeTimes(0, 3600)
    times = [decode.next(number * 3600) for number in (0, 2, 1, 4, 3)]
    assert decode.too_shallow
    assert [pts for pts, _ in times] == [0, 7200, 7201, 14_400, 14_401]


def test_depth_leads_by_what_it_says() -> None:
    decode = DecodeTimes(2, 3600)
    lead = decode.lead()
    assert [decode.next(lead + n * 3600)[1] for n in (0, 2, 1, 4, 3)] == [
        0,
        3600,
        7200,
        10800,
        14400,
    ]


def test_decoding_times_of_the_source_are_kept_when_they_can_be() -> None:
    decode = DecodeTimes(0, 3600)
    said = [(2, 0), (6, 1), (4, 2), (4, 2), (3, 9)]
    assert [decode.next(*one) for one in said] == [(2, 0), (6, 1), (4, 2), (4, 3), (9, 9)]
    assert not decode.too_shallow


# leaps


@given(
    st.lists(st.tuples(st.integers(1, 200_000), st.integers(-4_000_000, 4_000_000)), max_size=80)
)
def test_jitter_of_seconds_is_no_leap(steps: list[tuple[int, int]]) -> None:
    leaps = LeapDetector()
    media = 5_000_000
    for step, late in steps:
        media += step
        assert not leaps.leapt(media, media + late)


def test_drift_over_weeks_is_no_leap() -> None:
    leaps = LeapDetector()
    for second in range(0, 40 * 86_400, 7):
        arrival = second * 1_000_000
        assert not leaps.leapt(arrival + arrival // 5000, arrival)


def test_leap_either_way_is_seen_once() -> None:
    for leap in (11_000_000, -11_000_000):
        leaps = LeapDetector()
        seen = [
            leaps.leapt(t + (leap if t > 5_000_000 else 0), t) for t in range(0, 9_000_000, 40_000)
        ]
        assert seen.count(True) == 1


# wall time


def test_wall_time_steps_with_the_clock_and_not_otherwise() -> None:
    clock = FakeClock()
    wall = WallTime(clock)
    now = clock.monotonic_ns()
    before = wall.at(now)
    assert before == clock.wall_us()
    clock.step_wall(-5)
    later = now + 40_000_000
    assert wall.at(later) == before + 40_000 - 5_000_000


# audio


def test_audio_is_placed_by_arrival_then_by_the_cameras_own_clock() -> None:
    alignment = AudioAlignment(8000)
    assert alignment.place(50_000, 1_000_000) == 8000
    alignment.video_report(77_000_000, 2_000_000)
    alignment.audio_report(77_000_000, 50_000 + 8000 - 800)  # truly 100 ms later than placed
    placed = [alignment.place(50_000 + n * 160, 1_000_000 + n * 20_000) for n in range(1, 1200)]
    known = [one for one in placed if one is not None]
    assert len(known) == len(placed)
    assert max(b - a for a, b in pairwise(known)) <= 161
    assert abs(known[-1] - (8000 + 1199 * 160 + 800)) <= 8


@given(st.lists(st.tuples(st.integers(-(1 << 36), 1 << 36), st.integers(0, 10**12)), max_size=60))
def test_placed_audio_never_goes_back(frames: list[tuple[int, int]]) -> None:
    alignment = AudioAlignment(16_000)
    placed = [alignment.place(*frame) for frame in frames]
    known = [one for one in placed if one is not None]
    assert known == sorted(set(known))


def test_audio_that_leaps_is_placed_by_arrival_again() -> None:
    alignment = AudioAlignment(8000)
    alignment.place(0, 0)
    assert alignment.place(8_000_000, 1_000_000) == 8000


# lost frames and minutes


def test_missing_frames_are_counted_from_time_stamps_only_after_loss() -> None:
    account = FrameAccount()
    for dts in range(0, 36_000, 3600):
        assert account.missing(dts, lost_packets=0, damaged=0) == 0
    assert account.missing(36_000 + 4 * 3600, lost_packets=9, damaged=1) == 4
    assert account.missing(36_000 + 30 * 3600, lost_packets=0, damaged=0) == 0
    assert account.frame_ticks() == 3600


def test_minutes_add_up_and_survive_a_wall_clock_that_goes_back() -> None:
    ledger = LossLedger(KEY)
    start = 100 * MINUTE_US
    before, now = SourceCounters(), SourceCounters(expected_packets=10, received_packets=9)
    ledger.add(start + 5, Tally(frames=3, lost_frames=1), before, now)
    assert ledger.finished(start + 30) == []
    ledger.add(start + MINUTE_US, Tally(frames=2), now, now)
    [first] = ledger.finished(start + MINUTE_US)
    assert (first.expected_frames, first.received_frames) == (4, 3)
    assert (first.expected_packets, first.received_packets) == (10, 9)
    ledger.add(start + 50, Tally(frames=1), now, now)
    rows = ledger.everything()
    assert [(row.minute_us, row.received_frames) for row in rows] == [
        (start, 4),
        (start + MINUTE_US, 2),
    ]


def test_minute_from_before_a_restart_is_continued() -> None:
    first, second = LossLedger(KEY), LossLedger(KEY)
    now = SourceCounters(expected_packets=10, received_packets=9, bytes=5)
    first.add(7, Tally(frames=3, lost_frames=1, reconnects=1), SourceCounters(), now)
    [row] = first.everything()
    second.restore(row)
    assert second.everything() == []
    second.add(8, Tally(), now, now)
    assert second.everything() == [row]


# new attempts


@given(st.integers(0, 10_000), st.booleans(), st.floats(0, 1, exclude_max=True, allow_nan=False))
def test_delays_stay_within_their_bounds(attempt: int, slow: bool, chance: float) -> None:
    delay = decide.retry_delay_s(SETTINGS, attempt=attempt, slow=slow, chance=chance)
    low = SETTINGS.refused_retry_min_s if slow else SETTINGS.retry_min_s
    high = SETTINGS.refused_retry_max_s if slow else SETTINGS.retry_max_s
    assert low / 2 <= delay <= high


def test_delays_double_and_a_steady_connection_begins_anew() -> None:
    delays = [decide.retry_delay_s(SETTINGS, attempt=n, slow=False, chance=0.0) for n in range(7)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert decide.failures_before(SETTINGS, attempt=5, stood_s=3600) == 0
    assert decide.failures_before(SETTINGS, attempt=5, stood_s=2) == 5


def test_failures_are_told_apart() -> None:
    told = {
        type(error): (decide.failure_of(error).state, decide.failure_of(error).reason)
        for error in (
            SourceRefused("x"), SourceStalled("x"), SourceProtocol("x"), SourceLost("x"),
            UnknownDriver("x"), ZeroDivisionError("x"),
        )
    }  # fmt: skip
    assert told == {
        SourceRefused: (StreamState.REFUSED, GapReason.REFUSED),
        SourceStalled: (StreamState.OFFLINE, GapReason.STALLED),
        SourceProtocol: (StreamState.OFFLINE, GapReason.PROTOCOL),
        SourceLost: (StreamState.OFFLINE, GapReason.UNREACHABLE),
        UnknownDriver: (StreamState.UNSUPPORTED, GapReason.UNSUPPORTED),
        ZeroDivisionError: (StreamState.OFFLINE, GapReason.UNREACHABLE),
    }
