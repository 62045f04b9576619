"""Joining footage and finding gaps, as pure functions."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vedette.catalog.reach import CLASSES, OPEN, longest_us, reach_of
from vedette.catalog.spans import JOIN_US, clip_gap, join_spans, thin_gaps
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Gap, Span
from vedette.model.packet import GapReason

STREAM = StreamKey("o", "c", StreamRole.MAIN)

instants = st.integers(0, 50_000)
parts = st.lists(
    st.tuples(instants, st.integers(0, 9_000), st.integers(0, 3)).map(
        lambda it: (it[0], it[0] + it[1], it[2])
    )
).map(sorted)


def test_touching_and_nearly_touching_parts_are_one_span() -> None:
    spans = list(join_spans([(0, 10_000, 1), (10_999, 20_000, 2), (21_000, 30_000, 0)], 0, 99_000))
    assert spans == [Span(0, 20_000, 3), Span(21_000, 30_000, 0)]


def test_parts_inside_others_do_not_shorten_them() -> None:
    assert list(join_spans([(0, 30_000, 0), (5_000, 6_000, 0)], 0, 99_000)) == [Span(0, 30_000, 0)]


@given(parts, instants, st.integers(1, 50_000))
def test_spans_are_ordered_clipped_and_cover_just_the_parts(
    rows: list[tuple[int, int, int]], start_us: int, length_us: int
) -> None:
    end_us = start_us + length_us
    spans = list(join_spans(rows, start_us, end_us))
    for span in spans:
        assert start_us <= span.start_us < span.end_us <= end_us
    for before, after in itertools.pairwise(spans):
        assert after.start_us - before.end_us >= JOIN_US
    inside = [(max(a, start_us), min(b, end_us)) for a, b, _ in rows]
    for a, b in inside:
        if a < b:
            assert any(it.start_us <= a and b <= it.end_us for it in spans)
    edges = {edge for a, b in inside if a < b for edge in (a, b)}
    assert {edge for it in spans for edge in (it.start_us, it.end_us)} <= edges


@given(instants, st.none() | st.integers(1, 50_000), instants, st.integers(1, 50_000))
def test_a_clipped_gap_is_the_overlap(
    gap_us: int, gap_length_us: int | None, start_us: int, length_us: int
) -> None:
    end_us = start_us + length_us
    gap_end_us = None if gap_length_us is None else gap_us + gap_length_us
    clipped = clip_gap(Gap(STREAM, gap_us, gap_end_us, GapReason.STALLED, ""), start_us, end_us)
    first, last = max(gap_us, start_us), min(end_us if gap_end_us is None else gap_end_us, end_us)
    if first < last:
        assert clipped is not None
        assert (clipped.start_us, clipped.end_us) == (first, last)
    else:
        assert clipped is None


@given(st.integers(1, 1 << 60))
def test_an_interval_is_never_longer_than_its_class_says(length_us: int) -> None:
    reach = reach_of(7, 7 + length_us)
    if reach == OPEN:
        assert length_us > longest_us(CLASSES - 1)
    else:
        assert length_us <= longest_us(reach)
        assert reach == 0 or length_us > longest_us(reach - 1)


def test_an_open_interval_has_a_class_of_its_own() -> None:
    assert reach_of(0, None) == OPEN


@given(
    st.lists(st.tuples(instants, st.integers(1, 9_000), st.sampled_from(GapReason))).map(sorted),
    st.integers(0, 20_000),
)
def test_a_coarse_drawing_gets_few_gaps_and_every_long_one(
    rows: list[tuple[int, int, GapReason]], resolution_us: int
) -> None:
    gaps = [Gap(STREAM, at, at + length, reason, "") for at, length, reason in rows]
    thin = list(thin_gaps(gaps, resolution_us))
    long = [gap for gap in gaps if (gap.end_us or 0) - gap.start_us >= resolution_us]
    assert [gap for gap in thin if gap in long] == long
    for reason in GapReason:
        mine = [gap for gap in thin if gap.reason is reason]
        assert bool(mine) == any(gap.reason is reason for gap in gaps)
        short = [gap.start_us for gap in mine if gap not in long]
        assert all(b - a >= resolution_us for a, b in itertools.pairwise(short))


def test_with_a_resolution_small_holes_vanish() -> None:
    parts = [(0, 10_000, 0), (30_000, 40_000, 1), (90_000, 99_000, 0)]
    spans = list(join_spans(parts, 0, 99_000, 30_000))
    assert spans == [Span(0, 40_000, 1), Span(90_000, 99_000, 0)]
