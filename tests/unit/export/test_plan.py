"""Which fragments, which files, what is missing: properties over made-up catalogues."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vedette.base.units import US_PER_S
from vedette.export import plan
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.export import Missing
from vedette.model.footage import Fragment, Gap, Segment, SegmentState
from vedette.model.packet import GapReason

S = US_PER_S
STREAM = StreamKey("o", "c", StreamRole.MAIN)
INSTANTS = st.integers(0, 60 * S)


def fragment(start_us: int, duration_us: int, *, key: bool, segment_us: int = 0) -> Fragment:
    return Fragment(
        STREAM, start_us, duration_us, segment_us, start_us, 1, 1, 0, 1, 1, 0, 0, key, b""
    )


@st.composite
def segments(draw: st.DrawFn) -> list[Fragment]:
    """Fragments of one segment: the first is a key one, holes may lie between."""
    at = draw(st.integers(0, 10 * S))
    found: list[Fragment] = []
    for index in range(draw(st.integers(1, 20))):
        duration = draw(st.integers(1, 3 * S))
        found.append(fragment(at, duration, key=index == 0 or draw(st.booleans())))
        at += duration + draw(st.sampled_from([0, 0, 0, 500_000, 5 * S]))
    return found


def overlaps(one: Fragment, start_us: int, end_us: int) -> bool:
    return one.start_us < end_us and one.start_us + one.duration_us > start_us


@given(segments(), INSTANTS, st.integers(1, 40 * S))
def test_whole_groups_and_nothing_else_are_wanted(
    all_of_it: list[Fragment], start_us: int, length_us: int
) -> None:
    end_us = start_us + length_us
    chosen = plan.wanted(all_of_it, start_us, end_us)
    inside = [one for one in all_of_it if overlaps(one, start_us, end_us)]
    assert set(map(id, inside)) <= set(map(id, chosen)), "nothing that was asked for is left out"
    if not chosen:
        return
    first, last = all_of_it.index(chosen[0]), all_of_it.index(chosen[-1])
    assert chosen == all_of_it[first : last + 1], "without a break"
    assert chosen[0].key, "decoding may start"
    assert last + 1 == len(all_of_it) or all_of_it[last + 1].key, "the last group is whole"
    lead = chosen[: chosen.index(inside[0])]
    assert not any(one.key for one in [*lead[1:], *([inside[0]] if lead else [])])
    tail = chosen[chosen.index(inside[-1]) + 1 :]
    assert not any(one.key for one in tail), "no group that was not asked for"


@given(segments(), st.sampled_from(["a", "b"]))
def test_a_file_begins_with_a_key_frame_and_holds_no_long_hole(
    all_of_it: list[Fragment], other: str
) -> None:
    files: list[list[Fragment]] = []
    edge: plan.Edge | None = None
    for one in all_of_it:
        if not plan.goes_on(edge, one, "a"):
            files.append([])
            edge = plan.Edge(one.start_us, one.start_us, one.segment_start_us, "a")
        assert edge is not None
        files[-1].append(one)
        end_us = one.start_us + one.duration_us
        edge = plan.Edge(edge.start_us, end_us, one.segment_start_us, "a")
    for file in files:
        assert file[0].key
        for before, after in pairwise(file):
            hole = after.start_us - before.start_us - before.duration_us
            assert hole <= plan.HOLD_US or not after.key
    for before, after in pairwise(files):
        hole = after[0].start_us - before[-1].start_us - before[-1].duration_us
        assert hole > plan.HOLD_US, "no file more than needed"
    following = fragment(all_of_it[-1].start_us + all_of_it[-1].duration_us, S, key=True)
    assert plan.goes_on(edge, following, other) is (other == "a"), "one format, one file"


@given(
    st.lists(st.tuples(INSTANTS, st.integers(1, 5 * S)), max_size=8),
    st.lists(st.tuples(INSTANTS, st.integers(1, 20 * S)), max_size=6),
    st.lists(st.tuples(INSTANTS, st.integers(1, 20 * S)), max_size=3),
    INSTANTS,
)
def test_every_hole_is_explained_from_end_to_end(
    delivered: list[tuple[int, int]],
    gaps: list[tuple[int, int]],
    faults: list[tuple[int, int]],
    now_us: int,
) -> None:
    intervals: list[tuple[int, int]] = []
    for start_us, length_us in sorted(delivered):
        plan.join(intervals, start_us, start_us + length_us)
    told = [Gap(STREAM, at, at + length, GapReason.STALLED, "") for at, length in gaps]
    left = [Missing("c", at, at + length, "altered", "") for at, length in faults]
    covered = 0
    for hole in plan.holes(intervals, 0, 60 * S):
        pieces = plan.explain(hole, "c", left, told, now_us)
        assert pieces[0].start_us == hole[0]
        assert pieces[-1].end_us == hole[1]
        for before, after in pairwise(pieces):
            assert before.end_us == after.start_us
        covered += hole[1] - hole[0]
        for start_us, end_us in intervals:
            assert end_us <= hole[0] + plan.TOUCH_US or start_us >= hole[1]
    reached, filled = 0, 0
    for start_us, end_us in intervals:
        first, last = max(reached, start_us), min(60 * S, end_us)
        filled += max(0, last - first)
        reached = max(reached, end_us)
    slack = plan.TOUCH_US * (len(intervals) + 1)
    assert 60 * S - slack <= covered + filled <= 60 * S


def test_reasons_come_from_what_was_left_out_then_from_the_catalogue_then_from_the_clock() -> None:
    left = [Missing("c", 10 * S, 20 * S, "altered", "hash")]
    gaps = [Gap(STREAM, 15 * S, 30 * S, GapReason.UNREACHABLE, "no answer")]
    pieces = plan.explain((5 * S, 50 * S), "c", left, gaps, 40 * S)
    assert [(one.start_us // S, one.end_us // S, one.reason) for one in pieces] == [
        (5, 10, "no_footage"),
        (10, 20, "altered"),
        (20, 30, "unreachable"),
        (30, 40, "no_footage"),
        (40, 50, "not_yet"),
    ]
    (short,) = plan.explain((5 * S, 5 * S + 400_000), "c", [], [], 40 * S)
    assert short.reason == "frames_lost"


@given(INSTANTS, st.integers(1, 60 * S))
def test_an_estimate_grows_with_the_range_and_never_beyond_what_is_there(
    start_us: int, length_us: int
) -> None:
    one = Segment(STREAM, 10 * S, 40 * S, "", "", "", "", 30_000_000, 750, 0, SegmentState.FINISHED)
    found = plan.estimate([one], start_us, start_us + length_us)
    wider = plan.estimate([one], max(0, start_us - S), start_us + length_us + S)
    assert found.bytes <= wider.bytes
    assert found.footage_us <= wider.footage_us <= 30 * S
    assert wider.bytes < 1.05 * 30_000_000


@given(st.text(max_size=200), st.sampled_from(["UTC", "Europe/Vienna", "Asia/Kolkata"]))
def test_file_names_are_safe_everywhere_and_sort(camera: str, zone: str) -> None:
    name = plan.file_name(7, camera, "main", 1_777_636_800 * S, zone)
    assert not set('\\/:*?"<>|\0 ') & set(name)
    assert name.startswith("007_")
    assert len(name.encode()) < 255


def test_the_hour_that_comes_twice_has_two_names() -> None:
    first = plan.file_name(1, "Lobby", "main", 1_792_888_200 * S, "Europe/Vienna")
    second = plan.file_name(1, "Lobby", "main", 1_792_891_800 * S, "Europe/Vienna")
    assert first.replace("+0200", "+0100") == second
