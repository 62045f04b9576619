"""A camera that films its own clock: ``python -m bench.live_camera``.

Every picture is drawn and encoded in the moment in which it is due, and carries the wall clock of
that moment as bars (``vedette.testing.scene.overlay``), so that whoever sees it later knows how old
it is. Prints ``{"url": ...}``; ends on SIGTERM or SIGINT, or when its standard input closes.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Sequence

import numpy as np

from bench.child import Served
from vedette.base.clock import Clock, SystemClock
from vedette.model.packet import TrackKind
from vedette.testing.camera import SimulatedSite
from vedette.testing.camera.clip import (
    VIDEO_RATE,
    ClipFormat,
    frame_units,
    parameter_sets,
    split_annex_b,
)
from vedette.testing.camera.feed import FeedItem
from vedette.testing.encoder import EncoderSettings, LibavEncoder, Picture
from vedette.testing.scene.overlay import stamp

_MOST_WAITING = 50
_BACKGROUNDS = 16


class ClockFeed:
    """One live picture for any number of clients; see vedette.testing.camera.feed.Feed.

    Args:
        settings: Of the one encoder.
        clock: Paces, and is burned in.
    """

    def __init__(self, settings: EncoderSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._encoder = LibavEncoder(settings)
        self._grounds = [_ground(settings, index) for index in range(_BACKGROUNDS)]
        first = LibavEncoder(settings).encode(self._picture(0, 0), key=True)
        sets = parameter_sets(settings.codec, iter(split_annex_b(first[0].data)))
        self.format = ClipFormat(
            settings.codec, sets, settings.width, settings.height, settings.frame_rate
        )
        self._clients: set[asyncio.Queue[tuple[int, bool, bytes]]] = set()
        self._key_wanted = False

    def _picture(self, index: int, wall_us: int) -> Picture:
        ground = self._grounds[index % _BACKGROUNDS].copy()
        height, width = ground.shape
        side = height // 5
        left = index * 6 % (width - side)
        ground[height // 3 : height // 3 + side, left : left + side] = 225
        grey = np.full((height // 2, width // 2), 128, np.uint8)
        picture = Picture(ground, grey, grey.copy())
        stamp(picture, "CLOCK", wall_us)
        return picture

    def _film(self, index: int) -> tuple[int, bool, bytes]:
        """One encoded picture; runs in a thread."""
        key, self._key_wanted = self._key_wanted, False
        picture = self._picture(index, self._clock.wall_us())
        (frame,) = self._encoder.encode(picture, key=key)
        return index, frame.key, frame.data

    async def run(self) -> None:
        """Film until cancelled; a frame time that went by unused stays empty."""
        rate, start_ns = self._settings.frame_rate, self._clock.monotonic_ns()
        index = 0
        while True:
            await self._clock.sleep(index / rate - (self._clock.monotonic_ns() - start_ns) / 1e9)
            shot = await asyncio.to_thread(self._film, index)
            for client in self._clients:
                if client.full():
                    client.get_nowait()
                client.put_nowait(shot)
            passed_s = (self._clock.monotonic_ns() - start_ns) / 1e9
            index = max(index + 1, int(passed_s * rate))

    async def play(self, clock: Clock, speed: float) -> AsyncGenerator[FeedItem, None]:
        """See Feed.play; always live, so neither is looked at."""
        del clock, speed
        waiting: asyncio.Queue[tuple[int, bool, bytes]] = asyncio.Queue(_MOST_WAITING)
        self._clients.add(waiting)
        self._key_wanted = True
        first = -1
        try:
            while True:
                index, key, data = await waiting.get()
                if first < 0 and not key:
                    continue
                first = index if first < 0 else first
                number = index - first
                rate = self._settings.frame_rate
                yield FeedItem(
                    TrackKind.VIDEO,
                    number * VIDEO_RATE // rate,
                    number * 1_000_000 // rate,
                    key,
                    frame_units(self._settings.codec, data, annex_b=True),
                    self.format.parameter_sets,
                )
        finally:
            self._clients.discard(waiting)


def _ground(settings: EncoderSettings, index: int) -> np.ndarray:
    """A slope with a band of noise, so that pictures weigh as much as those of a camera."""
    rows, columns = np.mgrid[0 : settings.height, 0 : settings.width]
    luma = (50 + rows * 90 // settings.height + columns * 40 // settings.width).astype(np.uint8)
    top, deep = settings.height * 5 // 8, settings.height // 6
    dice = np.random.default_rng(index)
    luma[top : top + deep] = dice.integers(90, 150, (deep, settings.width), np.uint8)
    return luma


class CameraProcess(Served):
    """The camera in a process of its own; ``url`` says where it plays.

    Args:
        frame_rate: Pictures per second.
        megabits: Per second.
    """

    def __init__(self, frame_rate: int = 25, megabits: float = 2.0) -> None:
        arguments = ["--frame-rate", str(frame_rate), "--megabits", str(megabits)]
        super().__init__("the camera", "bench.live_camera", arguments)


async def _run(given: argparse.Namespace) -> None:
    settings = EncoderSettings(
        width=1280,
        height=720,
        frame_rate=given.frame_rate,
        key_interval=2 * given.frame_rate,
        bit_rate=round(given.megabits * 1e6),
        live=True,
    )
    feed = ClockFeed(settings, SystemClock())
    async with SimulatedSite({"clock": feed}) as site:
        sys.stdout.write(json.dumps({"url": site.cameras["clock"].url}) + "\n")
        sys.stdout.flush()
        filming = asyncio.create_task(feed.run())
        closed = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({filming, closed}, return_when=asyncio.FIRST_COMPLETED)
        filming.cancel()


def _serve(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live_camera", description=__doc__)
    parser.add_argument("--frame-rate", type=int, default=25)
    parser.add_argument("--megabits", type=float, default=2.0)
    asyncio.run(_run(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(_serve())
