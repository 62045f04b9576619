"""G.711 to AAC, because few players take G.711 from an MP4 file. Video is never touched.

Telephone sound is placed by its time: what is missing becomes silence, what is told twice is
dropped, so that it stays with the picture however the camera's clock drifts.
"""

import itertools
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt

from vedette.base.errors import SourceUnsupported
from vedette.media import aac
from vedette.media.fmp4 import audio_description
from vedette.media.mp4 import TrackEntry
from vedette.model.packet import Codec

FRAME_SAMPLES = 1024
_FORMATS = {"alaw": Codec.PCM_ALAW, "ulaw": Codec.PCM_MULAW}
_BIT_RATE = 48_000
_DRIFT_S = 0.04
"""What sound may be off its time before it is put right; half of what people notice."""


def is_telephone(audio_codec: str) -> bool:
    """Whether a format's sound is G.711, from its codec string."""
    return audio_codec in _FORMATS


class TelephoneSound:
    """Turns the G.711 frames of one file into AAC frames, one after the other.

    Args:
        audio_codec: ``alaw`` or ``ulaw``.
        entry: Of the recorded track.
    """

    def __init__(self, audio_codec: str, entry: TrackEntry) -> None:
        self._rate = rate = entry.timescale
        codec = _FORMATS[audio_codec]
        # Channels stand 16 bytes into the sample entry, which begins 16 bytes into the stsd box.
        self._channels = int.from_bytes(entry.stsd[40:42]) or 1
        if self._channels > 2:
            raise SourceUnsupported("G.711 with more than two channels cannot be converted")
        layout = "mono" if self._channels == 1 else "stereo"
        self._decoder = cast("Any", av.CodecContext.create(codec.value, "r"))
        self._decoder.sample_rate, self._decoder.layout = rate, layout
        self._encoder = cast("Any", av.CodecContext.create("aac", "w"))
        self._encoder.sample_rate, self._encoder.layout = rate, layout
        self._encoder.format, self._encoder.time_base = "fltp", Fraction(1, rate)
        self._encoder.bit_rate = _BIT_RATE * self._channels
        self._encoder.open()
        self._waiting: npt.NDArray[np.float32] = np.zeros((self._channels, 0), np.float32)
        self._taken = 0  # samples that went to the encoder or wait for it
        self._start: int | None = None
        track = aac.audio_track(bytes(self._encoder.extradata))
        self.entry = TrackEntry(entry.track_id, entry.handler, rate, audio_description(track))

    @property
    def start(self) -> int | None:
        """When the first AAC frame begins, ticks; the encoder's delay before the first sound."""
        return None if self._start is None else self._start - FRAME_SAMPLES

    def feed(self, frames: Iterable[tuple[int, bytes]]) -> list[bytes]:
        """Take G.711 frames, each with its time in ticks; gives the AAC frames that are ready."""
        for ticks, payload in frames:
            packet = av.Packet(payload)
            for decoded in self._decoder.decode(packet):
                self._place(ticks, _floats(decoded, self._channels))
        return self._encode()

    def end(self) -> list[bytes]:
        """What the encoder still holds, the last frame filled up with silence."""
        rest = -self._waiting.shape[1] % FRAME_SAMPLES
        if rest and self._waiting.shape[1]:
            self._append(np.zeros((self._channels, rest), np.float32))
        return [*self._encode(), *(bytes(packet) for packet in self._encoder.encode(None))]

    def _place(self, ticks: int, sound: "npt.NDArray[np.float32]") -> None:
        if self._start is None:
            self._start = ticks
        off = ticks - self._start - self._taken
        if abs(off) > _DRIFT_S * self._rate:
            if off > 0:
                self._append(np.zeros((self._channels, off), np.float32))
            else:
                sound = sound[:, -off:]
        self._append(sound)

    def _append(self, sound: "npt.NDArray[np.float32]") -> None:
        self._waiting = np.concatenate([self._waiting, sound], axis=1)
        self._taken += sound.shape[1]

    def _encode(self) -> list[bytes]:
        whole = self._waiting.shape[1] // FRAME_SAMPLES * FRAME_SAMPLES
        ready, self._waiting = self._waiting[:, :whole], self._waiting[:, whole:]
        layout = "mono" if self._channels == 1 else "stereo"
        packets: list[Any] = []
        for at in range(0, whole, FRAME_SAMPLES):
            part = np.ascontiguousarray(ready[:, at : at + FRAME_SAMPLES])
            frame = cast("Any", av.AudioFrame.from_ndarray(part, format="fltp", layout=layout))
            frame.sample_rate = self._rate
            packets.append(self._encoder.encode(frame))
        return [bytes(packet) for packet in itertools.chain.from_iterable(packets)]


def _floats(decoded: Any, channels: int) -> "npt.NDArray[np.float32]":
    """Interleaved 16-bit samples as one row of floats for each channel."""
    samples = decoded.to_ndarray().reshape(-1, channels).T
    return (samples / 32768).astype(np.float32)
