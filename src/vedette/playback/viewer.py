"""What one live viewer is sent, and what happens when it is too slow to take it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from vedette.base.units import NS_PER_US, US_PER_S
from vedette.playback.settings import PlaybackSettings

_MAX_WAITING_STATES = 4


class AudioAnswer(StrEnum):
    """What a viewer hears."""

    PLAYED = "played"
    AVAILABLE = "available"  # the camera has sound, the viewer did not ask for it
    ABSENT = "absent"
    NOT_PLAYABLE = "not_playable"  # no browser plays the camera's codec
    BUSY = "busy"  # it would have to be encoded, and too many streams' sound is already


@dataclass(frozen=True, slots=True)
class LiveFormat:
    """How to play what follows; the player begins anew.

    Attributes:
        mime: For ``MediaSource.isTypeSupported`` and ``addSourceBuffer``.
        origin_us: Wall time of media time 0.
        width: Pixels.
        height: Pixels.
        target_ms: How far behind the newest frame to play.
        audio: See AudioAnswer.
        init: Initialisation segment, sent on its own after the text.
    """

    mime: str
    origin_us: int
    width: int
    height: int
    target_ms: int
    audio: AudioAnswer
    init: bytes


@dataclass(frozen=True, slots=True)
class LiveClock:
    """The camera's clock has drifted against ours: media time 0 is now ``origin_us``."""

    origin_us: int


@dataclass(frozen=True, slots=True)
class LiveMedia:
    """One or more fragments.

    Attributes:
        data: ``moof`` and ``mdat`` boxes.
        frames: Video frames within.
        key: Whether decoding may start here.
        arrival_ns: Monotonic time at which the newest frame arrived.
    """

    data: bytes
    frames: int
    key: bool
    arrival_ns: int


@dataclass(frozen=True, slots=True)
class LiveOffline:
    """Nothing comes for now, and why.

    Attributes:
        reason: A ``GapReason``, or ``connecting``.
        detail: One sentence for people.
        since_us: Wall time.
    """

    reason: str
    detail: str
    since_us: int


@dataclass(frozen=True, slots=True)
class LiveLost:
    """This viewer was too slow: so many video frames were left out before the next key frame."""

    frames: int


LiveItem = LiveFormat | LiveClock | LiveMedia | LiveOffline | LiveLost
_STATES = (LiveFormat, LiveOffline)


class Viewer:
    """A bounded queue between a stream and one viewer; one reader, on the event loop.

    When too much waits, everything that waits is left out at once and counted, and the viewer goes
    on at the next key frame: it loses whole frames and stays close to now.

    Attributes:
        audio: Whether sound was asked for.
        hears: Whether what is sent has sound.
    """

    def __init__(self, settings: PlaybackSettings, *, audio: bool) -> None:
        self.audio = audio
        self.hears = False
        self._max_bytes = settings.viewer_queue_bytes
        self._max_age_ns = round(settings.viewer_queue_s * US_PER_S) * NS_PER_US
        self._waiting: deque[LiveItem] = deque()
        self._waiting_bytes = 0
        self._lost = 0
        self._skipping = False
        self._ended = False
        self._filled = asyncio.Event()

    @property
    def waiting_bytes(self) -> int:
        """Bytes of media that wait."""
        return self._waiting_bytes

    async def next(self) -> LiveItem | None:
        """The next thing to send, waiting for it; None when the stream lets the viewer go."""
        while not self._waiting:
            if self._ended:
                return None
            self._filled.clear()
            await self._filled.wait()
        item = self._waiting.popleft()
        if isinstance(item, LiveMedia):
            self._waiting_bytes -= len(item.data)
        return item

    def media(self, item: LiveMedia) -> None:
        """Queue media, or leave it out when the viewer is behind."""
        if self._is_behind(item):
            self._leave_out_waiting()
            self._skipping = True
        if self._skipping:
            if not item.key:
                self._lost += item.frames
                return
            if self._lost:
                self._waiting.append(LiveLost(self._lost))
            self._lost = 0
            self._skipping = False
        self._waiting_bytes += len(item.data)
        self._append(item)

    def state(self, item: LiveFormat | LiveOffline) -> None:
        """Queue a change of state; a viewer that reads nothing keeps only the last few."""
        waiting = sum(isinstance(one, _STATES) for one in self._waiting)
        if waiting >= _MAX_WAITING_STATES:
            self._leave_out_waiting()
            self._waiting.clear()
            if self._lost:
                self._waiting.append(LiveLost(self._lost))
                self._lost = 0
                self._skipping = True  # what is left out may have been what the next one needs
        self._append(item)

    def clock(self, item: LiveClock) -> None:
        """Queue a new origin of media time in place of one that still waits."""
        self._waiting = deque(one for one in self._waiting if not isinstance(one, LiveClock))
        self._append(item)

    def end(self) -> None:
        """Let the viewer go once it has read what waits; may be called twice."""
        self._ended = True
        self._filled.set()

    def _append(self, item: LiveItem) -> None:
        self._waiting.append(item)
        self._filled.set()

    def _is_behind(self, item: LiveMedia) -> bool:
        if not self._waiting_bytes:
            return False  # even a frame larger than the limit may pass, one at a time
        if self._waiting_bytes + len(item.data) > self._max_bytes:
            return True
        oldest = next(one for one in self._waiting if isinstance(one, LiveMedia))
        return item.arrival_ns - oldest.arrival_ns > self._max_age_ns

    def _leave_out_waiting(self) -> None:
        kept: deque[LiveItem] = deque()
        for one in self._waiting:
            if isinstance(one, (LiveMedia, LiveLost)):
                self._lost += one.frames
            else:
                kept.append(one)
        self._waiting = kept
        self._waiting_bytes = 0
