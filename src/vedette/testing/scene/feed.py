"""A place as the feeds of a camera: drawn and encoded live, only while somebody watches."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import numpy as np

from vedette.base.clock import Clock, SystemClock
from vedette.model.packet import TrackKind
from vedette.testing.camera.clip import (
    VIDEO_RATE,
    AudioLoop,
    ClipFormat,
    frame_units,
    parameter_sets,
    split_annex_b,
)
from vedette.testing.camera.feed import FeedItem
from vedette.testing.encoder import (
    EncodedFrame,
    Encoder,
    EncoderFactory,
    EncoderSettings,
    LibavEncoder,
    Picture,
)
from vedette.testing.scene.cache import painted
from vedette.testing.scene.cutout import shrink
from vedette.testing.scene.overlay import stamp, write
from vedette.testing.scene.places import PLACES
from vedette.testing.scene.renderer import Renderer

_MOST_QUEUED = 40
_SPRITE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """How a scene is filmed.

    Attributes:
        encoding: Of the main stream; the sub stream has half its size and frame rate.
        bars: Whether the machine-readable clock is burned in.
        audio: Sound of the main stream.
        encoder: Makes the encoders.
    """

    encoding: EncoderSettings = field(
        default_factory=lambda: EncoderSettings(
            width=1280, height=720, frame_rate=12, key_interval=24, live=True
        )
    )
    bars: bool = True
    audio: AudioLoop | None = None
    encoder: EncoderFactory = LibavEncoder


@dataclass(frozen=True, slots=True)
class _Shot:
    """One encoded frame.

    Attributes:
        serial: Counts the frames without a hole.
        slot: Frame times since the scene began; leaps when drawing was too slow.
    """

    serial: int
    slot: int
    frame: EncodedFrame


def _format(settings: EncoderSettings, make: EncoderFactory, audio: AudioLoop | None) -> ClipFormat:
    """What the encoder will say, found out with one grey picture."""
    grey = np.full((settings.height, settings.width), 100, np.uint8)
    half = np.full((settings.height // 2, settings.width // 2), 128, np.uint8)
    encoder = make(settings)
    frames = [*encoder.encode(Picture(grey, half, half), key=True), *encoder.flush()]
    units = [unit for frame in frames for unit in split_annex_b(frame.data)]
    return ClipFormat(
        settings.codec,
        parameter_sets(settings.codec, iter(units)),
        settings.width,
        settings.height,
        settings.frame_rate,
        audio,
    )


class SceneFeed:
    """One stream of a scene; see camera.feed.Feed. Made by ``SceneCamera``."""

    def __init__(
        self, camera: "SceneCamera", settings: EncoderSettings, audio: AudioLoop | None
    ) -> None:
        self.settings = settings
        self.queues: set[asyncio.Queue[_Shot]] = set()
        self.key_wanted = True
        self._camera = camera
        self._audio = audio
        self._format: ClipFormat | None = None

    @property
    def format(self) -> ClipFormat:
        """See Feed.format."""
        if self._format is None:
            self._format = _format(self.settings, self._camera.settings.encoder, self._audio)
        return self._format

    def publish(self, shot: _Shot) -> None:
        """Give a frame to every client; one that does not keep up starts again at a key frame."""
        for queue in self.queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                self.key_wanted = True
            queue.put_nowait(shot)

    async def play(self, clock: Clock, speed: float) -> AsyncGenerator[FeedItem, None]:
        """See Feed.play; a scene is always live, so ``clock`` and ``speed`` are not looked at."""
        del clock, speed
        queue: asyncio.Queue[_Shot] = asyncio.Queue(_MOST_QUEUED)
        self.queues.add(queue)
        self.key_wanted = True
        self._camera.wake()
        first = last = -1
        sounded = 0
        sets = self.format.parameter_sets
        try:
            while True:
                shot = await queue.get()
                if not shot.frame.key and shot.serial != last + 1:
                    continue  # wait for a key frame
                first = shot.slot if first < 0 else first
                last = shot.serial
                number = shot.slot - first
                ticks = number * VIDEO_RATE // self.settings.frame_rate
                due_us = number * 1_000_000 // self.settings.frame_rate
                units = frame_units(self.settings.codec, shot.frame.data, annex_b=True)
                yield FeedItem(TrackKind.VIDEO, ticks, due_us, shot.frame.key, units, sets)
                while self._audio is not None:
                    ticks = sounded * self._audio.frame_samples
                    end_us = (ticks + self._audio.frame_samples) * 1_000_000
                    if end_us // self._audio.sample_rate > due_us:
                        break
                    unit = self._audio.frames[sounded % len(self._audio.frames)]
                    yield FeedItem(TrackKind.AUDIO, ticks, due_us, False, (unit,))  # noqa: FBT003
                    sounded += 1
        finally:
            self.queues.discard(queue)


class SceneCamera:
    """Films a place. ``main`` and ``sub`` are its feeds; nothing is drawn while nobody watches.

    Args:
        place: A name in ``places.PLACES``.
        settings: See SceneSettings.
        clock: Chooses what happens in the scene, and is burned into it.
    """

    def __init__(
        self, place: str, settings: SceneSettings | None = None, *, clock: Clock | None = None
    ) -> None:
        self.settings = settings or SceneSettings()
        full = self.settings.encoding
        half = EncoderSettings(
            full.codec,
            full.width // 2,
            full.height // 2,
            max(1, full.frame_rate // 2),
            max(1, full.key_interval // 2),
            bit_rate=full.bit_rate // 4,
            live=full.live,
        )
        self._key = place
        self._place = PLACES[place]()
        self._clock = clock or SystemClock()
        self._renderer: Renderer | None = None
        self._task: asyncio.Task[None] | None = None
        self.main = SceneFeed(self, full, self.settings.audio)
        self.sub = SceneFeed(self, half, None)

    @property
    def title(self) -> str:
        """The name that is burned into the picture."""
        return self._place.name

    def wake(self) -> None:
        """Begin to film, if nobody watched before."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._film())

    async def stop(self) -> None:
        """Stop filming."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _film(self) -> None:
        """Draw and encode until the last client has left."""
        main_encoder = self.settings.encoder(self.main.settings)
        sub_encoder = self.settings.encoder(self.sub.settings)
        preparing = asyncio.get_running_loop().create_task(asyncio.to_thread(self._prepare))
        rate = self.main.settings.frame_rate
        start_ns = self._clock.monotonic_ns()
        number = 0
        self.main.key_wanted = self.sub.key_wanted = True
        try:
            while self.main.queues or self.sub.queues:
                await self._clock.sleep(
                    number / rate - (self._clock.monotonic_ns() - start_ns) / 1e9
                )
                shots = await asyncio.to_thread(self._shoot, number, main_encoder, sub_encoder)
                for frame in shots[0]:
                    self.main.publish(_Shot(frame.pts, number, frame))
                for frame in shots[1]:
                    self.sub.publish(_Shot(frame.pts, number // 2, frame))
                late = int((self._clock.monotonic_ns() - start_ns) / 1e9 * rate) - number
                # Too slow: leave frame times out, an even count to keep the sub stream's turn.
                number += 1 if late <= 1 else late // 2 * 2 + 1
        finally:
            await preparing

    def _prepare(self) -> None:
        """Paint the place, once; meanwhile the picture says that it is being painted."""
        if self._renderer is None:
            image, depth = painted(self._key, self._place)
            self._renderer = Renderer(self._place, image, depth, share=_SPRITE_SHARE)

    def _shoot(
        self, number: int, main_encoder: Encoder, sub_encoder: Encoder
    ) -> tuple[list[EncodedFrame], list[EncodedFrame]]:
        """Draw one picture and encode it for both streams; runs in a thread."""
        wall_us = self._clock.wall_us()
        picture = self._draw(wall_us)
        sub_due = number % 2 == 0
        sub: list[EncodedFrame] = []
        if sub_due:
            small = shrink(picture)
            stamp(small, self._place.name, wall_us, bars=self.settings.bars)
            sub = sub_encoder.encode(small, key=self._take_key(self.sub))
        stamp(picture, self._place.name, wall_us, bars=self.settings.bars)
        return main_encoder.encode(picture, key=self._take_key(self.main)), sub

    def _draw(self, wall_us: int) -> Picture:
        if self._renderer is not None:
            return self._renderer.draw(wall_us / 1e6)
        view = self._place.view
        picture = Picture(
            np.full((view.height, view.width), 40, np.uint8),
            np.full((view.height // 2, view.width // 2), 128, np.uint8),
            np.full((view.height // 2, view.width // 2), 128, np.uint8),
        )
        text = "CAMERA IS STARTING"
        left = (view.width - len(text) * 18) // 4 * 2
        write(picture, text, left=left, top=view.height // 4 * 2, scale=3)
        return picture

    @staticmethod
    def _take_key(feed: SceneFeed) -> bool:
        wanted, feed.key_wanted = feed.key_wanted, False
        return wanted
