"""A place as the feeds of a camera: drawn and encoded live, only while somebody watches."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
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
from vedette.testing.onvif_head import SimulatedHead
from vedette.testing.scene.cache import NotPainted, painted
from vedette.testing.scene.cutout import shrink
from vedette.testing.scene.framing import framed
from vedette.testing.scene.overlay import stamp, write
from vedette.testing.scene.places import PLACES
from vedette.testing.scene.renderer import Renderer

_MOST_QUEUED = 20
_STALE_NS = 1_000_000_000
"""A frame that waited longer for its client is left out: cameras live in the present."""


@dataclass(frozen=True, slots=True)
class SceneSettings:
    """How a scene is filmed.

    Attributes:
        encoding: Of the main stream; the sub stream has half its size and frame rate.
        bars: Whether the machine-readable clock is burned in.
        audio: Sound of the main stream.
        head: What turns the camera; None for one that hangs fixed and sees the whole place.
        encoder: Makes the encoders.
    """

    encoding: EncoderSettings = field(
        default_factory=lambda: EncoderSettings(
            width=1280, height=720, frame_rate=10, key_interval=20, live=True
        )
    )
    bars: bool = True
    audio: AudioLoop | None = None
    head: SimulatedHead | None = None
    encoder: EncoderFactory = LibavEncoder


@dataclass(frozen=True, slots=True)
class _Shot:
    """One encoded frame.

    Attributes:
        serial: Counts the frames without a hole.
        slot: Frame times since the scene began; leaps when drawing was too slow.
        drawn_ns: Monotonic time at which it was begun.
    """

    serial: int
    slot: int
    drawn_ns: int
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
        """See Feed.play; a scene is always live, so ``speed`` is not looked at."""
        del speed
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
                if clock.monotonic_ns() - shot.drawn_ns > _STALE_NS:
                    self.key_wanted = True
                    continue
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
        self._called_off = threading.Event()
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
        """Draw and encode until the last client has left; then let go of everything."""
        film = _Film(
            self._clock,
            (self.main, self.sub),
            self._draw,
            name=self._place.name,
            settings=self.settings,
        )
        painter = ThreadPoolExecutor(1, "painter")  # of its own: painting blocks for seconds
        preparing = asyncio.get_running_loop().run_in_executor(painter, self._prepare)
        try:
            await film.run()
        finally:
            self._called_off.set()
            painter.shutdown(wait=False)
            await preparing
            self._called_off.clear()
            self._renderer = None

    def _prepare(self) -> None:
        """Paint the place; before the first sketch the picture says that the camera starts."""
        with contextlib.suppress(NotPainted):
            for still, depth in painted(self._key, self._called_off):
                self._renderer = Renderer(self._place, still, depth, hurried=True)

    def _draw(self, wall_us: int) -> Picture:
        if self._renderer is not None:
            whole = self._renderer.draw(wall_us / 1e6)
            head = self.settings.head
            return whole if head is None else framed(whole, head.position)
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


class _Film:
    """One stretch of filming, from the first client to the last; owns the encoders.

    Frames are numbered by the time at which they are begun, so media time is wall time whatever
    the machine does; a frame time in which nobody could draw is left out.

    Args:
        clock: Paces and numbers.
        feeds: Main and sub.
        draw: The picture at a wall time in microseconds, without lettering.
        name: Is burned in.
        settings: See SceneSettings.
    """

    def __init__(
        self,
        clock: Clock,
        feeds: tuple[SceneFeed, SceneFeed],
        draw: Callable[[int], Picture],
        *,
        name: str,
        settings: SceneSettings,
    ) -> None:
        self._clock = clock
        self._main, self._sub = feeds
        self._draw = draw
        self._name = name
        self._settings = settings
        self._encoders: dict[SceneFeed, Encoder] = {}
        self._start_ns = clock.monotonic_ns()
        self._sub_slot = -1

    async def run(self) -> None:
        """Film until nobody watches."""
        rate = self._main.settings.frame_rate
        due = 0
        while self._main.queues or self._sub.queues:
            elapsed_s = (self._clock.monotonic_ns() - self._start_ns) / 1e9
            await self._clock.sleep(due / rate - elapsed_s)
            slot, shots = await asyncio.to_thread(self._shoot, due)
            for feed, shot in shots:
                feed.publish(shot)
            due = slot + 1

    def _shoot(self, due: int) -> tuple[int, list[tuple[SceneFeed, _Shot]]]:
        """Draw one picture and encode it for whoever watches; runs in a thread."""
        now_ns, wall_us = self._clock.monotonic_ns(), self._clock.wall_us()
        rate = self._main.settings.frame_rate
        slot = max(due, (now_ns - self._start_ns) * rate // 1_000_000_000)
        shots: list[tuple[SceneFeed, _Shot]] = []
        picture = self._draw(wall_us)
        sub_slot = slot * self._sub.settings.frame_rate // rate
        if sub_slot != self._sub_slot and self._sub.queues:
            self._sub_slot = sub_slot
            frames = self._encode(self._sub, shrink(picture), wall_us)
            shots += [(self._sub, _Shot(f.pts, sub_slot, now_ns, f)) for f in frames]
        if self._main.queues:
            frames = self._encode(self._main, picture, wall_us)
            shots += [(self._main, _Shot(f.pts, slot, now_ns, f)) for f in frames]
        return slot, shots

    def _encode(self, feed: SceneFeed, picture: Picture, wall_us: int) -> list[EncodedFrame]:
        encoder = self._encoders.get(feed)
        if encoder is None:
            encoder = self._encoders[feed] = self._settings.encoder(feed.settings)
            feed.key_wanted = True
        stamp(picture, self._name, wall_us, bars=self._settings.bars)
        key, feed.key_wanted = feed.key_wanted, False
        return encoder.encode(picture, key=key)
