"""What to erase, and what to do when nothing may be erased: pure decisions."""

from collections.abc import Iterable, Sequence

from vedette.base.units import US_PER_S
from vedette.model.footage import Segment

_S_PER_HOUR = 3600


def horizon_us(now_us: int, keep_s: float | None) -> int | None:
    """Footage that ended at or before this instant is too old; None keeps every age."""
    return None if keep_s is None else now_us - int(keep_s * US_PER_S)


def expired(segments: Iterable[Segment], horizon: int | None) -> list[Segment]:
    """Those that are too old, protected ones excepted."""
    if horizon is None:
        return []
    return [one for one in segments if one.end_us <= horizon and not one.protected]


def bytes_to_free(
    free_bytes: int, reserve_bytes: int, bytes_per_hour: float, foresight_s: float
) -> int:
    """How much to erase now, so that ``foresight_s`` of recording fit ahead of the reserve."""
    ahead = int(bytes_per_hour * foresight_s / _S_PER_HOUR)
    return max(0, reserve_bytes + ahead - free_bytes)


def oldest_until(segments: Iterable[Segment], need_bytes: int) -> list[Segment]:
    """The oldest segments whose bytes together reach ``need_bytes``, protected ones excepted.

    Args:
        segments: Of any streams, in any order.
        need_bytes: 0 or less chooses nothing.
    """
    chosen: list[Segment] = []
    for segment in sorted(segments, key=lambda one: (one.start_us, one.stream)):
        if need_bytes <= 0:
            break
        if not segment.protected:
            chosen.append(segment)
            need_bytes -= segment.bytes
    return chosen


def degraded(
    room_bytes: Sequence[int],
    bytes_per_hour: float,
    degrade_s: float,
    *,
    erasable: bool,
    before: bool,
) -> bool:
    """Whether to record sub streams in place of main ones.

    Args:
        room_bytes: What may still be written on each volume.
        bytes_per_hour: Rate of writing on all volumes.
        degrade_s: Room for fewer seconds is scarce.
        erasable: Whether retention can still free something.
        before: The last decision; it is lifted only at twice the room, so that it does not flap.
    """
    if erasable or not room_bytes:
        return False
    scarce = bytes_per_hour * degrade_s / _S_PER_HOUR
    # Without any measured rate only an empty volume is scarce.
    return sum(max(0, room) for room in room_bytes) <= scarce * (2 if before else 1)
