"""Finding the intervals that reach into a question, however long they are, without a scan.

Gaps may last seconds or months. Sorted by start alone, a gap that began a month before a question
is found only by reading everything since. So each gap carries the class of its length, and a
question looks, class by class, only as far back as that class reaches. With lengths that grow
fourfold from class to class, an index by ``(stream, class, start)`` gives at most a handful of rows
per class that turn out not to overlap.
"""

from vedette.base.units import US_PER_S

OPEN = 99
"""Class of an interval without an end, or longer than every other class."""

CLASSES = 15
"""Classes 0 to 14; class n holds lengths up to 4**n seconds, the last one some 8 years."""


def reach_of(start_us: int, end_us: int | None) -> int:
    """The class of an interval.

    Args:
        start_us: Start.
        end_us: Excluded end, greater than ``start_us``, or None while it is open.
    """
    if end_us is None:
        return OPEN
    for reach in range(CLASSES):
        if end_us - start_us <= longest_us(reach):
            return reach
    return OPEN


def longest_us(reach: int) -> int:
    """The greatest length in a class below ``CLASSES``, microseconds."""
    return 4**reach * US_PER_S
