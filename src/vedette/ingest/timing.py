"""Times of a run: decoding times, leaps of the camera's clock, audio beside video; pure.

Sources hand over ticks of an arbitrary origin; packets count from the origin of their run, which
is the decoding time of its first picture.
"""

import heapq

from vedette.base.clock import Clock
from vedette.base.units import NS_PER_US, US_PER_S

MAX_REORDER = 16
JUMP_US = 10 * US_PER_S
FOLLOW_PPM = 1000
_STEP_US = 1000
_LOOK_NS = 20_000_000
_RESAMPLES = 4
AUDIO_STRAY_US = 2 * US_PER_S
AUDIO_SLEW = 200  # at most a two-hundredth of the time that passed


class WallTime:
    """Wall time of arrivals: the offset between the two clocks, held until the wall is stepped.

    Two readings of two clocks are never taken at the same instant; without holding, that noise
    would look like a wall clock that trembles. The clocks are looked at every 20 ms at most.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_us = self._sample()
        self._looked_ns = clock.monotonic_ns()

    def _sample(self) -> int:
        return self._clock.wall_us() - self._clock.monotonic_ns() // NS_PER_US

    def at(self, arrival_ns: int) -> int:
        """Microseconds since the epoch at a monotonic instant of just now."""
        if not 0 <= arrival_ns - self._looked_ns < _LOOK_NS:
            self._looked_ns = arrival_ns
            self._look()
        return arrival_ns // NS_PER_US + self._offset_us

    def _look(self) -> None:
        sample = self._sample()
        if abs(sample - self._offset_us) > _STEP_US:
            for _ in range(_RESAMPLES):
                again = self._sample()
                if abs(again - sample) < _STEP_US:
                    if abs(again - self._offset_us) > _STEP_US:
                        self._offset_us = again
                    break
                sample = again


class DecodeTimes:
    """Decoding times for pictures that come in decoding order with presentation times.

    A picture's decoding time is the smallest presentation time that has not been used yet among
    the last ``depth + 1`` pictures. Decoding times strictly increase and never exceed presentation
    times. A picture that would break that is presented as late as needed, and ``too_shallow``
    says that the next run needs a greater depth.

    Args:
        depth: Pictures by which the orders may differ, 0 to 16.
        frame_ticks: Guess of a picture's duration, for the first ``depth`` pictures, > 0.
    """

    def __init__(self, depth: int, frame_ticks: int) -> None:
        self.depth = depth
        self.too_shallow = False
        self._frame_ticks = frame_ticks
        self._window: list[int] = []
        self._count = 0
        self._first = 0
        self._last: int | None = None

    def lead(self) -> int:
        """By how much the first picture's presentation time exceeds its decoding time."""
        return self.depth * self._frame_ticks

    def next(self, pts: int, said: int | None = None) -> tuple[int, int]:
        """Presentation and decoding time of the next picture.

        Args:
            pts: As the source says it.
            said: The decoding time when the source says it, else None.
        """
        dts = self._propose(pts) if said is None else said
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        if dts > pts:
            self.too_shallow = self.too_shallow or said is None
            pts = dts
        self._last = dts
        return pts, dts

    def _propose(self, pts: int) -> int:
        if self.depth == 0:
            return pts
        if self._count == 0:
            self._first = pts
        heapq.heappush(self._window, pts)
        if self._count < self.depth:
            self._count += 1
            return self._first - (self.depth - self._count + 1) * self._frame_ticks
        return heapq.heappop(self._window)


class LeapDetector:
    """Notices when media time and arrival part by more than ten seconds.

    The difference between the two clocks is followed by at most 1000 ppm, so that drift is not
    taken for a leap in a run of weeks, nor a backlog of a few seconds.
    """

    def __init__(self) -> None:
        self._offset_us: int | None = None
        self._arrival_us = 0

    def leapt(self, media_us: int, arrival_us: int) -> bool:
        """Whether this frame is off; forget everything when it is."""
        difference = media_us - arrival_us
        if self._offset_us is None:
            self._offset_us, self._arrival_us = difference, arrival_us
            return False
        away = difference - self._offset_us
        if abs(away) > JUMP_US:
            self._offset_us = None
            return True
        most = max(0, arrival_us - self._arrival_us) * FOLLOW_PPM // US_PER_S
        # Whole steps only, lest a short frame time rounds every step to nothing.
        if most:
            self._offset_us += max(-most, min(most, away))
            self._arrival_us = arrival_us
        return False


class AudioAlignment:
    """Places audio on the video's time line.

    At first by arrival; once the camera told both clocks in sender reports, by these, going over
    by at most half a percent so that nothing jumps. Audio that strays by more than two seconds
    from its arrival is placed by arrival again.

    Args:
        timescale: Audio ticks per second.
    """

    def __init__(self, timescale: int) -> None:
        self._timescale = timescale
        self._shift_us: int | None = None  # run time minus source time
        self._target_us: int | None = None
        self._video_report: tuple[int, int] | None = None  # camera time, run time
        self._audio_report: tuple[int, int] | None = None  # camera time, source time
        self._last: int | None = None
        self._last_us = 0

    def place(self, pts: int, expected_us: int) -> int | None:
        """Ticks in the run, or None when the frame would go back.

        Args:
            pts: Source ticks.
            expected_us: Run time of its arrival.
        """
        source_us = pts * US_PER_S // self._timescale
        if self._shift_us is None:
            self._shift_us = expected_us - source_us
            if self._target_us is not None and self._near(self._target_us):
                self._shift_us = self._target_us
        elif abs(source_us + self._shift_us - expected_us) > AUDIO_STRAY_US:
            self._shift_us = expected_us - source_us
            self._target_us = None
        elif self._target_us is not None:
            most = max(0, source_us - self._last_us) // AUDIO_SLEW
            away = self._target_us - self._shift_us
            self._shift_us += max(-most, min(most, away))
        self._last_us = source_us
        placed = pts + self._shift_us * self._timescale // US_PER_S
        if self._last is not None and placed <= self._last:
            return None
        self._last = placed
        return placed

    def video_report(self, camera_us: int, run_us: int) -> None:
        """The camera told its clock against the video's run time."""
        self._video_report = (camera_us, run_us)
        self._aim()

    def audio_report(self, camera_us: int, pts: int) -> None:
        """The camera told its clock against the audio's source ticks."""
        self._audio_report = (camera_us, pts * US_PER_S // self._timescale)
        self._aim()

    def _aim(self) -> None:
        if self._video_report is None or self._audio_report is None:
            return
        video_camera_us, video_run_us = self._video_report
        audio_camera_us, audio_source_us = self._audio_report
        target = video_run_us + audio_camera_us - video_camera_us - audio_source_us
        if self._shift_us is None or self._near(target):
            self._target_us = target

    def _near(self, target_us: int) -> bool:
        """Whether the camera's own clocks are to be believed."""
        return self._shift_us is not None and abs(target_us - self._shift_us) < AUDIO_STRAY_US
