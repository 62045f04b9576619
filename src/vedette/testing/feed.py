"""Packets of a camera without a camera or a network, for the stages behind the hub."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vedette.base.ids import new_id
from vedette.model.packet import (
    AudioTrack,
    Codec,
    Packet,
    StreamFormat,
    StreamOpened,
    TrackKind,
    VideoTrack,
)
from vedette.testing.camera.clip import Clip

# Baseline, 320 x 180: enough for a demuxer; the frames of a feed without clip decode to nothing.
_AVCC = bytes.fromhex("0142c00dffe1000967 42c00dda0282880301000468ce3c80".replace(" ", ""))
_KEY_NAL, _DELTA_NAL = 0x65, 0x41
_VIDEO_SCALE = 90_000


@dataclass(slots=True)
class Feed:
    """One run of a made-up H.264 camera; each packet arrives ``delay_us`` after it happened.

    Attributes:
        frame_rate: Frames per second.
        key_interval: Frames from one key frame to the next.
        frame_bytes: Payload of a delta frame; a key frame has eight times as much.
        audio: G.711 in packets of 20 ms beside the video.
        clip: Real frames to repeat in place of made-up ones.
        start_us: Wall time of the first frame.
        start_ns: Monotonic time of the first frame.
        delay_us: From happening to arrival.
    """

    frame_rate: int = 25
    key_interval: int = 50
    frame_bytes: int = 600
    audio: bool = False
    clip: Clip | None = None
    start_us: int = 1_777_636_800_000_000
    start_ns: int = 1_000_000_000
    delay_us: int = 20_000
    run: str = field(default_factory=new_id)
    config: bytes = _AVCC
    index: int = 0
    _audio_index: int = 0

    @property
    def format(self) -> StreamFormat:
        """Of the run."""
        width, height = (
            (self.clip.format.width, self.clip.format.height) if self.clip else (320, 180)
        )
        video = VideoTrack(Codec.H264, self.config, "avc1.42C00D", width, height)
        sound = AudioTrack(Codec.PCM_ALAW, b"", "alaw", 8000, 1) if self.audio else None
        return StreamFormat(video, sound)

    def opened(self) -> StreamOpened:
        """The begin of the run."""
        return StreamOpened(self.run, self.format, self.start_ns, self.start_us)

    @property
    def now_us(self) -> int:
        """Wall time of the next frame."""
        return self.start_us + self.index * 1_000_000 // self.frame_rate

    def frames(self, count: int) -> Iterator[Packet]:
        """The next ``count`` video frames, with the audio that sounds before each."""
        for _ in range(count):
            yield from self._sound()
            yield self._picture()

    def seconds(self, seconds: float) -> Iterator[Packet]:
        """The frames of the next seconds."""
        return self.frames(round(seconds * self.frame_rate))

    def skip(self, count: int) -> None:
        """Leave frames out, as a network that loses them would."""
        self.index += count
        self._audio_index = self.index * 50 // self.frame_rate

    def _picture(self) -> Packet:
        index = self.index
        self.index += 1
        media_us = index * 1_000_000 // self.frame_rate
        pts = dts = index * _VIDEO_SCALE // self.frame_rate
        if self.clip is not None:
            frames = self.clip.frames
            loop, place = divmod(index, len(frames))
            frame = frames[place]
            key, base = frame.key, loop * self.clip.duration
            pts, dts = base + frame.pts, base + frame.dts
            units = [unit for unit in frame.units if unit[0] & 31 not in {7, 8, 9}]
            payload = b"".join(len(unit).to_bytes(4) + unit for unit in units)
        else:
            key = index % self.key_interval == 0
            size = self.frame_bytes * (8 if key else 1)
            body = index.to_bytes(8) * (size // 8 + 1)
            unit = bytes([_KEY_NAL if key else _DELTA_NAL]) + body[: size - 1]
            payload = len(unit).to_bytes(4) + unit
        return Packet(
            track=TrackKind.VIDEO,
            pts=pts,
            dts=dts,
            arrival_ns=self.start_ns + (media_us + self.delay_us) * 1000,
            wall_us=self.start_us + media_us + self.delay_us,
            key=key,
            payload=payload,
        )

    def _sound(self) -> Iterator[Packet]:
        if not self.audio:
            return
        while self._audio_index * 20_000 <= self.index * 1_000_000 // self.frame_rate:
            media_us = self._audio_index * 20_000
            ticks = self._audio_index * 160
            self._audio_index += 1
            yield Packet(
                track=TrackKind.AUDIO,
                pts=ticks,
                dts=ticks,
                arrival_ns=self.start_ns + (media_us + self.delay_us) * 1000,
                wall_us=self.start_us + media_us + self.delay_us,
                key=True,
                payload=bytes([0xD5]) * 160,
            )
