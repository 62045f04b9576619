"""Which fragments a range needs, where one file ends and the next begins, what is missing; pure.

Times are wall time in microseconds; ranges exclude their end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from vedette.base.units import US_PER_S, us_to_datetime
from vedette.model.export import Missing
from vedette.model.footage import Fragment, Gap, Segment

HOLD_US = US_PER_S
"""The longest hole over which the last picture may stand in a file; a longer one ends the file."""

TOUCH_US = 1_000
"""Less than this apart is rounding, not a hole."""

MOST_FILE_US = 24 * 3600 * US_PER_S
"""The longest file; bounds the tables that are kept in memory while it is written."""

MOST_TOLD = 200
"""Missing times that are listed outside the manifest."""

_ROOM_BYTES = 8192
_ROOM_PER_FRAME = 24  # size, duration, composition offset, sync sample: the worst case
_MANIFEST_PER_S = 600  # a line for each fragment, and players' groups are of a second or two
_ROOM_PER_S = 64 * 12 + 4 * 20  # packets of sound, and chunks of both tracks


def wanted(fragments: Sequence[Fragment], start_us: int, end_us: int) -> list[Fragment]:
    """The fragments of one segment that a range needs, whole groups of pictures.

    Args:
        fragments: All of the segment, in order.
        start_us: Of the range.
        end_us: Of the range.

    Returns:
        From the key one at or before the first that overlaps the range, to the last one of the
        group that holds the end. Empty when nothing overlaps.
    """
    inside = [
        index
        for index, one in enumerate(fragments)
        if one.start_us < end_us and one.start_us + one.duration_us > start_us
    ]
    if not inside:
        return []
    first, last = inside[0], inside[-1] + 1
    while first > 0 and not fragments[first].key:
        first -= 1
    while first < last and not fragments[first].key:
        first += 1
    if first == last:
        return []
    while last < len(fragments) and not fragments[last].key:
        last += 1
    return list(fragments[first:last])


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the file that is being written stands.

    Attributes:
        start_us: Of its first fragment.
        end_us: Of its last fragment.
        segment_start_us: Names the segment of its last fragment.
        format_id: Of its fragments.
    """

    start_us: int
    end_us: int
    segment_start_us: int
    format_id: str


def goes_on(edge: Edge | None, fragment: Fragment, format_id: str) -> bool:
    """Whether a fragment belongs into the file that is being written; else it begins another.

    A file is one format and one stretch of time without a hole longer than HOLD_US. What cannot
    be decoded without the fragment before it stays with that one, whatever the hole.
    """
    if edge is None or format_id != edge.format_id:
        return False
    if not fragment.key and fragment.segment_start_us == edge.segment_start_us:
        return True
    hole_us = fragment.start_us - edge.end_us
    length_us = fragment.start_us + fragment.duration_us - edge.start_us
    return -TOUCH_US <= hole_us <= HOLD_US and length_us <= MOST_FILE_US


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an export will be, from the catalogue alone.

    Attributes:
        bytes: Of the files.
        footage_us: Of footage.
    """

    bytes: int = 0
    footage_us: int = 0

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.bytes + other.bytes, self.footage_us + other.footage_us)


def estimate(segments: Iterable[Segment], start_us: int, end_us: int) -> Estimate:
    """How large the files of a range will be: each segment's bytes by the share that is asked.

    The headers are counted whole, so that the files are hardly ever larger than this.
    """
    size = footage_us = 0
    for one in segments:
        shared_us = min(end_us, one.end_us) - max(start_us, one.start_us)
        length_us = one.end_us - one.start_us
        if shared_us <= 0 or length_us <= 0:
            continue
        size += one.bytes * shared_us // length_us + header_room(one.frames, length_us)
        size += shared_us * _MANIFEST_PER_S // US_PER_S
        footage_us += shared_us
    return Estimate(size, footage_us)


def header_room(frames: int, length_us: int) -> int:
    """Bytes that are kept free for the header of a file of so many frames."""
    return frames * _ROOM_PER_FRAME + length_us * _ROOM_PER_S // US_PER_S + _ROOM_BYTES


def room_for(ahead: Sequence[Segment], start_us: int, end_us: int) -> int:
    """Bytes to keep free for the header of a file, from the segments that it may go on through.

    Args:
        ahead: In order, the first one holds the file's first fragment; one format after another.
        start_us: Of the file.
        end_us: Of the range.
    """
    until_us = min(end_us, start_us + MOST_FILE_US)
    frames, reached_us = 0, start_us
    for one in ahead:
        if one.format_id != ahead[0].format_id or one.start_us > reached_us + HOLD_US:
            break
        if frames and one.start_us >= until_us:
            break
        frames, reached_us = frames + one.frames, max(reached_us, one.end_us)
    return header_room(frames, reached_us - start_us)


def shared_us(fragment: Fragment, start_us: int, end_us: int) -> int:
    """How much of a fragment lies in a range."""
    last_us = min(end_us, fragment.start_us + fragment.duration_us)
    return max(0, last_us - max(start_us, fragment.start_us))


def join(intervals: list[tuple[int, int]], start_us: int, end_us: int) -> None:
    """Add a delivered interval to those before it, as one where they touch."""
    if intervals and intervals[-1][0] <= start_us <= intervals[-1][1] + TOUCH_US:
        intervals[-1] = (intervals[-1][0], max(intervals[-1][1], end_us))
    else:
        intervals.append((start_us, end_us))


def holes(
    intervals: Iterable[tuple[int, int]], start_us: int, end_us: int
) -> list[tuple[int, int]]:
    """What of a range no interval covers, in order; rounding is left out."""
    found: list[tuple[int, int]] = []
    reached = start_us
    for first, last in sorted(intervals):
        if first - reached > TOUCH_US and reached < end_us:
            found.append((reached, min(first, end_us)))
        reached = max(reached, last)
    if end_us - reached > TOUCH_US:
        found.append((reached, end_us))
    return found


def explain(
    hole: tuple[int, int], camera: str, faults: Sequence[Missing], gaps: Sequence[Gap], now_us: int
) -> list[Missing]:
    """Why a hole is there: pieces that fill it exactly, in order, each with its reason.

    Args:
        hole: Start and end.
        camera: Whose.
        faults: Footage that was left out; goes before the gaps.
        gaps: As the catalogue has them.
        now_us: What begins later could not be recorded yet.
    """
    known = [(one.start_us, one.end_us, one.reason, one.detail) for one in faults]
    known += [
        (one.start_us, hole[1] if one.end_us is None else one.end_us, one.reason.value, one.detail)
        for one in gaps
    ]
    short = hole[1] - hole[0] <= HOLD_US
    rest = ("frames_lost", "") if short else ("no_footage", "nothing was recorded, or it is erased")
    known += [(now_us, hole[1], "not_yet", "this time had not passed yet"), (*hole, *rest)]
    open_pieces, found = [hole], list[Missing]()
    for start_us, end_us, reason, detail in known:
        left: list[tuple[int, int]] = []
        for first, last in open_pieces:
            begin, end = max(first, start_us), min(last, end_us)
            if begin >= end:
                left.append((first, last))
                continue
            found.append(Missing(camera, begin, end, reason, detail))
            left += [piece for piece in ((first, begin), (end, last)) if piece[0] < piece[1]]
        open_pieces = left
    return sorted(found, key=lambda one: one.start_us)


def longest(missing: Iterable[Missing]) -> tuple[Missing, ...]:
    """The longest MOST_TOLD of them, in the order given."""
    listed = list(missing)
    chosen = sorted(listed, key=lambda one: one.start_us - one.end_us)[:MOST_TOLD]
    return (
        tuple(one for one in listed if one in chosen) if len(listed) > MOST_TOLD else tuple(listed)
    )


def file_name(number: int, camera: str, role: str, start_us: int, time_zone: str) -> str:
    """Name of a file that sorts in order and that every file system takes.

    Args:
        number: Of the file within the export, from 1.
        camera: Its name, any text.
        role: Of the stream.
        start_us: Of what it shows.
        time_zone: IANA name; the offset stands in the name, so that no hour is meant twice.
    """
    kept = "".join(letter if letter.isalnum() or letter in "-+" else "-" for letter in camera)
    name = "-".join(part for part in kept.split("-") if part)[:40].rstrip("-") or "camera"
    local = us_to_datetime(start_us).astimezone(ZoneInfo(time_zone))
    offset = local.utcoffset() or timedelta()
    zone = "Z" if not offset else local.strftime("%z")
    return f"{number:03}_{name}_{role}_{local:%Y-%m-%d_%H-%M-%S}{zone}.mp4"
