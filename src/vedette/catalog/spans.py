"""Turning rows into the answer to ``which footage is there``; pure."""

from collections.abc import Iterable, Iterator

from vedette.model.footage import Gap, Span

JOIN_US = 1_000
"""Segments less than this apart are one span: rounding, not a hole."""


def join_spans(parts: Iterable[tuple[int, int, int]], start_us: int, end_us: int) -> Iterator[Span]:
    """Join touching and overlapping footage, clipped to a range.

    Args:
        parts: ``(start_us, end_us, lost_frames)`` by ascending start; they may overlap where the
            wall clock was stepped back.
        start_us: Start of the range.
        end_us: Excluded end of the range.

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
        elif begin - last < JOIN_US:
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
