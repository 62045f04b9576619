"""Where a camera's frames come from, in real time: a looped clip, or something rendered live."""

import heapq
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Protocol

from vedette.base.clock import Clock
from vedette.base.units import ticks_to_us
from vedette.model.packet import TrackKind
from vedette.testing.camera.clip import VIDEO_RATE, AudioLoop, Clip, ClipFormat


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One frame on its way out of the camera.

    Attributes:
        track: Which track.
        ticks: Presentation time since the client began, in the track's RTP rate.
        due_us: When it leaves the camera, microseconds since the client began.
        key: Whether it is a video key frame.
        units: NAL units, or one audio frame.
        parameter_sets: Those that hold from this frame on.
    """

    track: TrackKind
    ticks: int
    due_us: int
    key: bool
    units: tuple[bytes, ...]
    parameter_sets: tuple[bytes, ...] = ()


class Feed(Protocol):
    """A source of frames for any number of clients."""

    @property
    def format(self) -> ClipFormat:
        """What an SDP should say now."""
        ...

    def play(self, clock: Clock, speed: float) -> AsyncGenerator[FeedItem, None]:
        """Frames from a key frame on, each given when it is due; never ends by itself.

        Args:
            clock: Paces.
            speed: 1 is real time; infinity does not wait at all.
        """
        ...


class ClipFeed:
    """Loops a clip; every client begins at its first frame.

    Attributes:
        clip: May be replaced at any time; clients change at the next frame, from the start of the
            new clip, as a camera does whose settings were changed.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip

    @property
    def format(self) -> ClipFormat:
        """See Feed.format."""
        return self.clip.format

    async def play(self, clock: Clock, speed: float) -> AsyncGenerator[FeedItem, None]:
        """See Feed.play."""
        start_ns = clock.monotonic_ns()
        audio = self.clip.format.audio
        tracks = [self._video(), *([_audio(audio)] if audio else [])]
        for item in heapq.merge(*tracks, key=lambda item: item.due_us):
            wait_s = item.due_us / speed / 1e6 - (clock.monotonic_ns() - start_ns) / 1e9
            if speed != float("inf"):
                await clock.sleep(wait_s)
            yield item

    def _video(self) -> Iterator[FeedItem]:
        origin = 0
        while True:
            clip = self.clip
            for frame in clip.frames:
                if self.clip is not clip:
                    origin += frame.dts - clip.frames[0].dts
                    break
                due = origin + frame.dts - clip.frames[0].dts
                yield FeedItem(
                    TrackKind.VIDEO,
                    origin + frame.pts - clip.frames[0].pts,
                    ticks_to_us(due, VIDEO_RATE),
                    frame.key,
                    frame.units,
                    clip.format.parameter_sets,
                )
            else:
                origin += clip.duration


def _audio(audio: AudioLoop) -> Iterator[FeedItem]:
    index = 0
    while True:
        ticks = index * audio.frame_samples
        due_us = ticks_to_us(ticks + audio.frame_samples, audio.sample_rate)
        unit = audio.frames[index % len(audio.frames)]
        yield FeedItem(TrackKind.AUDIO, ticks, due_us, False, (unit,))  # noqa: FBT003
        index += 1
