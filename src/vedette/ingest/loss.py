"""What came and what did not: missing frames, and minutes for the loss book; pure."""

from collections import deque
from dataclasses import dataclass

from vedette.base.units import US_PER_S
from vedette.ingest.ports import SourceCounters
from vedette.model.camera import StreamKey
from vedette.model.footage import LossMinute

MINUTE_US = 60 * US_PER_S
_REMEMBERED = 31
_KEPT_MINUTES = 3


class FrameAccount:
    """Counts frames that are missing, from what the source says and from the time stamps.

    Time stamps speak only where packets were lost: a camera that lowers its frame rate loses
    nothing.
    """

    def __init__(self) -> None:
        self._durations: deque[int] = deque(maxlen=_REMEMBERED)
        self._last: int | None = None

    def missing(self, dts: int, *, lost_packets: int, damaged: int) -> int:
        """Frames missing directly before the one at ``dts`` (ticks that increase)."""
        last, self._last = self._last, dts
        if last is None:
            return damaged
        if not lost_packets and not damaged:
            self._durations.append(dts - last)
            return 0
        usual = self.frame_ticks()
        if not usual:
            return damaged
        return max(damaged, (dts - last + usual // 2) // usual - 1)

    def frame_ticks(self) -> int:
        """The usual duration of a frame, 0 when nothing is known."""
        if not self._durations:
            return 0
        return sorted(self._durations)[len(self._durations) // 2]

    def restart(self) -> None:
        """Time stamps begin anew; the usual duration stays."""
        self._last = None


@dataclass(slots=True)
class Tally:
    """What happened since the last tally.

    Attributes:
        frames: Whole frames that came.
        lost_frames: Frames known to be missing.
        reconnects: Connections begun.
        connected_us: Time that a connection stood.
        clock_offset_us: The last one known.
    """

    frames: int = 0
    lost_frames: int = 0
    reconnects: int = 0
    connected_us: int = 0
    clock_offset_us: int | None = None


@dataclass(slots=True)
class _Minute:
    expected_packets: int = 0
    received_packets: int = 0
    frames: int = 0
    lost_frames: int = 0
    bytes: int = 0
    reconnects: int = 0
    jitter_us: int = 0
    clock_offset_us: int | None = None
    connected_us: int = 0


class LossLedger:
    """Adds up tallies to minutes of wall time.

    A few finished minutes are remembered, so that a wall clock that was stepped back goes on
    counting in them rather than writing over what they held.

    Args:
        stream: Whose account.
    """

    def __init__(self, stream: StreamKey) -> None:
        self._stream = stream
        self._minutes: dict[int, _Minute] = {}
        self._dirty: set[int] = set()

    def restore(self, row: LossMinute) -> None:
        """Go on counting in a minute that was written down before a restart."""
        self._minutes[row.minute_us] = _Minute(
            expected_packets=row.expected_packets,
            received_packets=row.received_packets,
            frames=row.received_frames,
            lost_frames=row.expected_frames - row.received_frames,
            bytes=row.bytes,
            reconnects=row.reconnects,
            jitter_us=row.jitter_us,
            clock_offset_us=row.clock_offset_us,
            connected_us=row.connected_us,
        )

    def add(self, wall_us: int, tally: Tally, before: SourceCounters, now: SourceCounters) -> None:
        """Count a tally and the growth of a source's counters into the minute of ``wall_us``."""
        start = wall_us - wall_us % MINUTE_US
        minute = self._minutes.setdefault(start, _Minute())
        minute.expected_packets += max(0, now.expected_packets - before.expected_packets)
        minute.received_packets += max(0, now.received_packets - before.received_packets)
        minute.bytes += max(0, now.bytes - before.bytes)
        minute.jitter_us = max(minute.jitter_us, now.jitter_us)
        minute.frames += tally.frames
        minute.lost_frames += tally.lost_frames
        minute.reconnects += tally.reconnects
        minute.connected_us = min(MINUTE_US, minute.connected_us + tally.connected_us)
        if tally.clock_offset_us is not None:
            minute.clock_offset_us = tally.clock_offset_us
        self._dirty.add(start)

    def finished(self, wall_us: int) -> list[LossMinute]:
        """Minutes that are over, and changed since they were last taken."""
        return self._take({start for start in self._dirty if start + MINUTE_US <= wall_us})

    def everything(self) -> list[LossMinute]:
        """Every minute that changed since it was last taken, the running one too."""
        return self._take(set(self._dirty))

    def _take(self, starts: set[int]) -> list[LossMinute]:
        rows = [self._row(start) for start in sorted(starts)]
        self._dirty -= starts
        for start in sorted(self._minutes)[:-_KEPT_MINUTES]:
            if start not in self._dirty:
                del self._minutes[start]
        return rows

    def _row(self, start: int) -> LossMinute:
        minute = self._minutes[start]
        return LossMinute(
            stream=self._stream,
            minute_us=start,
            expected_packets=minute.expected_packets,
            received_packets=minute.received_packets,
            expected_frames=minute.frames + minute.lost_frames,
            received_frames=minute.frames,
            bytes=minute.bytes,
            reconnects=minute.reconnects,
            jitter_us=minute.jitter_us,
            clock_offset_us=minute.clock_offset_us,
            connected_us=minute.connected_us,
        )
