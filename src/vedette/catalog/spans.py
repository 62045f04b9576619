"""Turning rows into the answer to ``which footage is there``; pure."""

from collections.abc import Iterable, Iterator

from vedette.model.footage import Gap, Span
from vedette.model.packet import GapReason

JOIN_US = 1_000
"""Segments less than this apart are one span: rounding, not a hole."""


def join_spans(
    parts: Iterable[tuple[int, int, int]], start_us: int, end_us: int, join_us: int = JOIN_US
) -> Iterator[Span]:
    """Join touching and overlapping footage, clipped to a range.

    Args:
        parts: ``(start_us, end_us, lost_frames)`` by ascending start; they may overlap where the
            wall clock was stepped back.
        start_us: Start of the range.
        end_us: Excluded end of the range.
        join_us: Footage less than this apart is one span, 1 or more.

    Yields:
        Spans in order, without overlap, each longer than nothing. ``lost_frames`` is the sum over
        the parts, which count whole even where the range cuts them.
    """
    first, last, lost = start_us, start_us, 0
    for part_start, part_end, part_lost in parts:
        begin, end = max(part_start, start_us), min(part_end, end_us)
        if begin >= end:
            continue
        if first == last:
            first, last, lost = begin, end, part_lost
        elif begin - last < join_us:
            last, lost = max(last, end), lost + part_lost
        else:
            yield Span(first, last, lost)
            first, last, lost = begin, end, part_lost
    if first < last:
        yield Span(first, last, lost)


def clip_gap(gap: Gap, start_us: int, end_us: int) -> Gap | None:
    """The part of a gap inside a range, or None; an open gap ends with the range."""
    first = max(gap.start_us, start_us)
    last = end_us if gap.end_us is None else min(gap.end_us, end_us)
    if first >= last:
        return None
    return Gap(gap.stream, first, last, gap.reason, gap.detail)


def thin_gaps(gaps: Iterable[Gap], resolution_us: int) -> Iterator[Gap]:
    """Leave out what a drawing of that resolution cannot show.

    Args:
        gaps: With ends, by ascending start.
        resolution_us: Of gaps shorter than this and of the same reason, only one stays in each
            stretch of this length; 0 keeps all.
    """
    shown_us: dict[GapReason, int] = {}
    for gap in gaps:
        end_us = gap.start_us if gap.end_us is None else gap.end_us
        before_us = shown_us.get(gap.reason)
        if (
            end_us - gap.start_us >= resolution_us
            or before_us is None
            or gap.start_us >= before_us + resolution_us
        ):
            shown_us[gap.reason] = gap.start_us
            yield gap
