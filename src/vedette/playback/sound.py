"""Sound that no browser plays becomes Opus, while somebody listens and no longer.

G.711 is what most cameras send and what Media Source Extensions refuse. Opus and not AAC, because
its frames of 20 ms come 6.5 ms late, where AAC at 8 kHz waits for a quarter of a second.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
import structlog
from av.error import FFmpegError

from vedette.media import opus
from vedette.model.packet import AudioTrack, Codec

_log = structlog.get_logger(__name__)
_RATES = frozenset({8_000, 12_000, 16_000, 24_000, 48_000})
"""What libopus takes without resampling."""
_BIT_RATE = 32_000
_FILLED_S, _JITTER_S = 2.0, 0.06
_FRAME = opus.SAMPLE_RATE // 50
_MOST_WAITING = 500
_SILENCE = {Codec.PCM_ALAW: 0xD5, Codec.PCM_MULAW: 0xFF}

Samples = npt.NDArray[np.int16]


def _alaw() -> Samples:
    """What each byte of A-law means, ITU-T G.711 table 1a, as 16-bit samples."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    size = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << (exponent - 1).clip(0)
    )
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _mulaw() -> Samples:
    """What each byte of mu-law means, ITU-T G.711 table 2a, as 16-bit samples."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -size, size).astype(np.int16)


_TABLES = {Codec.PCM_ALAW: _alaw(), Codec.PCM_MULAW: _mulaw()}


def can_become_opus(track: AudioTrack) -> bool:
    """Whether a track can be made playable."""
    return track.codec in _TABLES and track.sample_rate in _RATES and track.channels in {1, 2}


@dataclass(frozen=True, slots=True)
class Sound:
    """One frame, of the camera or of ours.

    Attributes:
        pts: Ticks of its track: the camera's, or 48000 a second.
        arrival_ns: When the frame that completed it arrived, monotonic.
        wall_us: The same by the wall clock.
        payload: The bytes.
    """

    pts: int
    arrival_ns: int
    wall_us: int
    payload: bytes


class OpusEncoder:
    """Turns frames of one track into frames of Opus of 20 ms on the same time line.

    Holes up to two seconds become silence, because a player waits at a hole; after a longer one,
    or when time goes back, it begins anew.

    Args:
        track: One that ``can_become_opus``.
    """

    def __init__(self, track: AudioTrack) -> None:
        self._track = track
        self._table = _TABLES[track.codec]
        self._context: Any = None
        self._rest = np.zeros(0, np.int16)
        self._next = 0
        self._last_pts = -(1 << 62)

    def encode(self, sound: Sound) -> list[Sound]:
        """The frames that are complete with this one.

        Raises:
            FFmpegError: The encoder failed.
        """
        rate = self._track.sample_rate
        samples = sound.payload[: len(sound.payload) // self._track.channels * self._track.channels]
        ahead = sound.pts - self._next
        if self._context is None or ahead > _FILLED_S * rate or ahead < -_JITTER_S * rate:
            self._begin(sound.pts)
        elif ahead > _JITTER_S * rate:
            samples = self._quiet(ahead) + samples
        made = self._feed(samples)
        return [
            Sound(pts, sound.arrival_ns, sound.wall_us, payload)
            for pts, payload in made
            if self._is_later(pts)
        ]

    def _quiet(self, count: int) -> bytes:
        return bytes([_SILENCE[self._track.codec]]) * (count * self._track.channels)

    def _begin(self, pts: int) -> None:
        track = self._track
        context = cast("Any", av.CodecContext.create("libopus", "w"))
        context.sample_rate = track.sample_rate
        context.layout = "mono" if track.channels == 1 else "stereo"
        context.format = "s16"
        context.time_base = Fraction(1, track.sample_rate)
        context.bit_rate = _BIT_RATE * track.channels
        context.options = {"frame_duration": "20", "application": "audio"}
        context.open()
        self._context = context
        self._rest = np.zeros(0, np.int16)
        self._next = pts

    def _feed(self, payload: bytes) -> list[tuple[int, bytes]]:
        track = self._track
        new = self._table[np.frombuffer(payload, np.uint8)]
        samples = np.concatenate([self._rest, new])
        # The encoder takes whole frames only.
        begin = self._next - len(self._rest) // track.channels
        step = track.sample_rate // 50
        whole = len(samples) // (step * track.channels)
        made: list[tuple[int, bytes]] = []
        for number in range(whole):
            part = samples[number * step * track.channels : (number + 1) * step * track.channels]
            frame = av.AudioFrame.from_ndarray(
                part.reshape(1, -1), format="s16", layout=self._context.layout.name
            )
            frame.sample_rate = track.sample_rate
            frame.pts = begin + number * step
            for packet in self._context.encode(frame):
                at = (packet.pts or 0) * opus.SAMPLE_RATE // track.sample_rate
                made.append((at, bytes(packet)))
        self._rest = samples[whole * step * track.channels :]
        self._next += len(new) // track.channels
        return made

    def _is_later(self, pts: int) -> bool:
        later = pts >= self._last_pts + _FRAME
        self._last_pts = max(pts, self._last_pts)
        return later


class Transcoder:
    """One stream's sound on its way to Opus; made by ``SoundWorks.open``."""

    def __init__(
        self,
        works: "SoundWorks",
        track: AudioTrack,
        call: Callable[..., object],
        heard: Callable[[Sequence[Sound]], None],
    ) -> None:
        self.track = opus.audio_track(track.channels)
        self._works = works
        self._encoder = OpusEncoder(track)
        self._call = call
        self._heard = heard
        self._waiting: deque[Sound] = deque(maxlen=_MOST_WAITING)
        self._busy = False
        self._lock = threading.Lock()
        self._closed = False

    def put(self, sound: Sound) -> None:
        """Encode a frame as soon as a thread is free; a machine too slow leaves the oldest out."""
        with self._lock:
            self._waiting.append(sound)
            if self._busy or self._closed:
                return
            self._busy = True
        self._works.run(self._drain)

    def close(self) -> None:
        """Nothing more is heard; may be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.clear()
        self._works.release()

    def _drain(self) -> None:
        """Encode what waits; runs in a thread, never in two at once."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                sounds = list(self._waiting)
                self._waiting.clear()
            try:
                made = [one for sound in sounds for one in self._encoder.encode(sound)]
            except (FFmpegError, ValueError) as error:
                _log.warning("sound.failed", detail=str(error))
                continue
            if made and not self._closed:
                self._call(self._tell, made)

    def _tell(self, made: Sequence[Sound]) -> None:
        if not self._closed:
            self._heard(made)


class SoundWorks:
    """The one thread in which all sound is encoded, and how many streams may use it.

    Args:
        most: Streams at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._threads = ThreadPoolExecutor(1, "sound")

    @property
    def open_count(self) -> int:
        """Streams whose sound is being encoded."""
        return self._open

    def open(
        self,
        track: AudioTrack,
        call: Callable[..., object],
        heard: Callable[[Sequence[Sound]], None],
    ) -> Transcoder | None:
        """Begin to encode a stream's sound.

        Args:
            track: One that ``can_become_opus``.
            call: Calls a function on the event loop, from any thread.
            heard: Takes what was made, on the event loop.

        Returns:
            The transcoder, to be closed; None when too many are open.
        """
        if self._open >= self._most:
            return None
        self._open += 1
        return Transcoder(self, track, call, heard)

    def run(self, work: Callable[[], None]) -> None:
        """Do some work in the thread."""
        self._threads.submit(work)

    def release(self) -> None:
        """One stream less."""
        self._open -= 1

    def close(self) -> None:
        """Let go of the thread; what it encodes ends first."""
        self._threads.shutdown(wait=True, cancel_futures=True)
