"""What to keep and where to cut: pure decisions about one stream."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vedette.base.units import US_PER_S, us_to_datetime
from vedette.model.camera import RecordingMode, RecordingPolicy, SchedulePeriod, StreamKey


def segment_phase_us(stream: StreamKey, segment_us: int) -> int:
    """By how much the cuts of a stream lie after whole multiples of the segment length.

    Different for each stream, so that cameras do not all begin a file in the same instant; the
    same after a restart.
    """
    name = f"{stream.organisation}/{stream.camera}/{stream.role}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) % segment_us


def cut_due(segment_start_us: int, next_start_us: int, segment_us: int, phase_us: int) -> bool:
    """Whether a segment must end before a group that starts at ``next_start_us``."""
    return (next_start_us - phase_us) // segment_us != (segment_start_us - phase_us) // segment_us


def scheduled(periods: Sequence[SchedulePeriod], time_zone: str, at_us: int) -> bool:
    """Whether a weekly schedule asks for recording at an instant.

    Local time decides, so a period from 08:00 to 18:00 follows daylight saving. An hour that the
    clock skips is not recorded, one that it repeats is recorded twice. An unknown zone counts as
    UTC, because no footage must be lost to a typing error.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    local = us_to_datetime(at_us).astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(
        period.weekday == local.weekday() and period.start_minute <= minute < period.end_minute
        for period in periods
    )


def wanted(policy: RecordingPolicy, start_us: int, end_us: int, trigger_until_us: int) -> bool:
    """Whether a group of frames is to be kept.

    Args:
        policy: Of the camera.
        start_us: Wall time of its first frame.
        end_us: Wall time of its end, excluded.
        trigger_until_us: Until when triggers ask for footage; 0 without any.
    """
    match policy.mode:
        case RecordingMode.CONTINUOUS:
            return True
        case RecordingMode.EVENT:
            return start_us < trigger_until_us
        case RecordingMode.SCHEDULE:
            return scheduled(policy.schedule, policy.time_zone, start_us) or scheduled(
                policy.schedule, policy.time_zone, end_us - 1
            )
        case RecordingMode.OFF:
            return False


def trigger_end_us(policy: RecordingPolicy, now_us: int, until_us: int) -> int:
    """Until when a trigger at ``now_us`` that asks for ``until_us`` keeps footage."""
    post_us = timedelta(seconds=policy.post_event_s) // timedelta(microseconds=1)
    return max(until_us, now_us + post_us)


def surplus(
    sizes: Sequence[int],
    starts_us: Sequence[int],
    keys: Sequence[bool],
    end_us: int,
    *,
    keep_s: float,
    keep_bytes: int,
) -> int:
    """How many of the oldest groups to drop from a pre-event buffer.

    Whole groups of pictures go, so that what stays begins with a key frame.

    Args:
        sizes: Bytes of each group, oldest first.
        starts_us: Wall time of each.
        keys: Whether each begins with a key frame.
        end_us: Wall time at which the newest ends.
        keep_s: Seconds to keep at least, as far as there are.
        keep_bytes: Most bytes to keep.
    """
    heads = [index for index, key in enumerate(keys) if key]
    horizon_us = end_us - int(keep_s * US_PER_S)
    drop = max((head for head in heads if starts_us[head] <= horizon_us), default=0)
    while drop < len(sizes) and sum(sizes[drop:]) > keep_bytes:
        drop = next((head for head in heads if head > drop), len(sizes))
    return drop
