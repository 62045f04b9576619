"""When a frame happened: media time of the camera, laid along the wall clock of this machine.

Three clocks disagree: the camera's, which stamps the frames; ours, monotonic; ours, wall. A frame
cannot arrive before it happened, so the least delayed arrival tells best where media time lies.
The line through the least delays is the target. Footage starts on it and is slewed towards it by
at most 500 ppm, so that fragments stay contiguous and no jump is ever seen; it is never reset on
drift. A step of the wall clock is something else: then a new line begins at the next key frame.

Pure: no clock is read here. Source of the idea: Moonfire NVR, design/time.md.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from vedette.base.units import NS_PER_US, US_PER_S
from vedette.model.packet import Packet

SLEW_PPM = 500
STEP_US = 250_000
"""A change between wall and monotonic clock beyond this is a step, not a slew by NTP."""

_WINDOW_US = 120 * US_PER_S
_MOST_OVERLAP_US = 5 * US_PER_S


@dataclass(frozen=True, slots=True)
class WallStep:
    """The wall clock was stepped by ``step_us``; ``at_us`` is the new clock just after it."""

    at_us: int
    step_us: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a group of frames lies.

    Attributes:
        start_us: Wall time of its first frame.
        duration_us: Wall duration; the next group of the run begins where it ends, unless media
            time itself has a hole there.
        anchored: Whether a new line begins here, so that a file must not span it.
        steps: Steps of the wall clock noticed before or within the group.
    """

    start_us: int
    duration_us: int
    anchored: bool
    steps: tuple[WallStep, ...] = ()


class RunClock:
    """Places the groups of one run, in order.

    Args:
        timescale: Ticks per second of the video track.
        not_before_us: End of the footage of the run before; a start up to five seconds earlier
            is moved there, so that a quick reconnection makes no overlap. None sets no bound.
        offset_us: Wall minus monotonic clock when the stream was last seen, to notice a step
            between two runs; None when it was never seen.
    """

    def __init__(
        self, timescale: int, not_before_us: int | None = None, offset_us: int | None = None
    ) -> None:
        self._timescale = timescale
        self._not_before_us = not_before_us
        self._anchored = False
        self._end_us = 0  # wall time at which the last group ended
        self._end_media_us = 0
        self._shift_us = 0  # steps that the line in force does not know yet
        self._least: deque[tuple[int, int]] = deque()  # media time, delay; delays increase
        self.offset_us = offset_us
        self.error_us = 0

    @property
    def end_us(self) -> int | None:
        """Wall time at which the last group ended; None before the first."""
        return self._end_us if self._anchored else None

    def place(self, frames: Sequence[Packet], end_dts: int, *, may_anchor: bool) -> Placed:
        """Lay a group along the wall clock.

        Args:
            frames: Video packets in decoding order, at least one.
            end_dts: Decoding time at which the last frame ends, greater than its own.
            may_anchor: Whether a new line may begin here, which needs a key frame.
        """
        first = frames[0]
        scale, half = US_PER_S, self._timescale // 2
        media_us = (first.pts * scale + half) // self._timescale
        ticks = first.pts - first.dts + end_dts
        duration_us = (ticks * scale + half) // self._timescale - media_us
        steps = self._notice_steps(frames)
        before = self._shift_us
        if steps and steps[0].at_us == first.wall_us:
            before += steps[0].step_us  # it fell between the last group and this one
        self._shift_us += sum(step.step_us for step in steps)
        anchored = not self._anchored or (may_anchor and before != 0)
        if anchored:
            self._shift_us -= before
            before = 0
            self._least.clear()
        timescale = self._timescale
        arrival_us = min(
            [frame.arrival_ns // NS_PER_US - frame.pts * scale // timescale for frame in frames]
        )
        raw_offset_us = first.wall_us - first.arrival_ns // NS_PER_US
        self._remember(media_us, arrival_us + raw_offset_us - before)
        target_us = self._least[0][1] + media_us
        if anchored:
            start_us = self._anchor(target_us)
        else:
            start_us = self._end_us + media_us - self._end_media_us
        self.error_us = target_us - start_us
        most_us = duration_us * SLEW_PPM // US_PER_S
        duration = duration_us + max(-most_us, min(most_us, self.error_us))
        self._end_us, self._end_media_us = start_us + duration, media_us + duration_us
        return Placed(start_us, duration, anchored, steps)

    def _anchor(self, target_us: int) -> int:
        bound_us = self._not_before_us
        self._anchored, self._not_before_us = True, None
        if bound_us is not None and 0 < bound_us - target_us <= _MOST_OVERLAP_US:
            return bound_us
        return target_us

    def _remember(self, media_us: int, delay_us: int) -> None:
        least = self._least
        while least and least[-1][1] >= delay_us:
            least.pop()
        least.append((media_us, delay_us))
        while least[0][0] < media_us - _WINDOW_US:
            least.popleft()

    def _notice_steps(self, frames: Sequence[Packet]) -> tuple[WallStep, ...]:
        known_us = self.offset_us
        last = frames[-1]
        self.offset_us = last_us = last.wall_us - last.arrival_ns // NS_PER_US
        first = frames[0]
        first_us = first.wall_us - first.arrival_ns // NS_PER_US
        if known_us is None:
            known_us = first_us
        if abs(first_us - known_us) <= STEP_US and abs(last_us - first_us) <= STEP_US:
            return ()  # nearly always; a step there and back within one group shows no harm
        steps: list[WallStep] = []
        for frame in frames:
            offset_us = frame.wall_us - frame.arrival_ns // NS_PER_US
            if abs(offset_us - known_us) > STEP_US:
                steps.append(WallStep(frame.wall_us, offset_us - known_us))
            known_us = offset_us
        return tuple(steps)
