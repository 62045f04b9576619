"""One picture as JPEG: the newest key frame of a stream, or the recorded one at an instant."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vedette.base.errors import NotFound, StorageError
from vedette.base.units import US_PER_S
from vedette.catalog.ports import FootageIndex
from vedette.hub import Hub
from vedette.media.fmp4 import VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.model.camera import StreamKey
from vedette.model.packet import Codec, HubItem, Packet, StreamFormat, StreamOpened, TrackKind
from vedette.playback.jpeg import Snapshot, frame_at, to_jpeg
from vedette.playback.keyframe import find_key, read_key, read_until
from vedette.playback.ports import FootageFiles
from vedette.playback.settings import PlaybackSettings
from vedette.playback.thumbnails import Thumbnails

_MAX_WAITING = 64
_HUB_WAIT_S = 0.5
Wanted = TypeVar("Wanted")
Made = TypeVar("Made")

CacheKey = tuple[StreamKey, str, int, int]


class _KeyFrame:
    """Takes what the hub remembers of a stream and keeps its first key frame."""

    def __init__(self) -> None:
        self.format: StreamFormat | None = None
        self.packet: Packet | None = None
        self.found = asyncio.Event()

    def receive(self, item: HubItem) -> None:
        """See hub.ports.StreamSink.receive."""
        if isinstance(item, StreamOpened):
            self.format = item.format
        elif isinstance(item, Packet) and item.key and item.track is TrackKind.VIDEO:
            self.packet = self.packet or item
            self.found.set()


class Snapshots:
    """Decodes in a few threads, and remembers finished pictures up to a number of bytes.

    Attributes:
        thumbnails: Small pictures for timelines, which yield to these.
    """

    def __init__(
        self,
        hub: Hub,
        catalog: FootageIndex,
        files: FootageFiles,
        settings: PlaybackSettings | None = None,
    ) -> None:
        self._hub = hub
        self._catalog = catalog
        self._files = files
        self._settings = settings or PlaybackSettings()
        self._threads = ThreadPoolExecutor(self._settings.snapshot_threads, "snapshot")
        self.thumbnails = Thumbnails(catalog, files, settings)
        self._waiting = 0
        self._finished: OrderedDict[CacheKey, Snapshot] = OrderedDict()
        self._finished_bytes = 0

    async def latest(self, stream: StreamKey, width_px: int) -> Snapshot:
        """The newest key frame.

        Raises:
            NotFound: The stream is offline, or has shown no key frame yet.
            BadRequest: It cannot be decoded.
        """
        newest = _KeyFrame()
        attachment = self._hub.attach(stream, newest, from_key_frame=True)
        try:
            # What another process publishes comes a moment later.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HUB_WAIT_S):
                    await newest.found.wait()
        finally:
            attachment.detach()
        if newest.packet is None or newest.format is None:
            raise NotFound("there is no live picture; the camera is offline or has just connected")
        packet = newest.packet
        key = (stream, "live", packet.wall_us, width_px)
        video = newest.format.video
        if video.codec is Codec.MJPEG:
            return Snapshot(packet.payload, packet.wall_us)
        sample = Sample(packet.payload, video.timescale // 25, key=True)
        parts = fragment(VIDEO_TRACK_ID, 1, 0, [sample])
        mp4 = b"".join([init_segment(newest.format, audio=False), *parts])
        return await self._picture(key, mp4, packet.wall_us)

    async def recorded(self, stream: StreamKey, at_us: int, width_px: int) -> Snapshot:
        """The last recorded key frame at or before an instant, at most 15 s before.

        Raises:
            NotFound: There is no footage.
            StorageError: The volume cannot be read.
            BadRequest: It cannot be decoded.
        """
        row = await find_key(self._catalog, stream, at_us)
        key = (stream, "recorded", row.start_us, width_px)
        finished = self._remembered(key)
        if finished is not None:
            return finished
        mp4 = await read_key(self._catalog, self._files, row)
        return await self._picture(key, mp4, row.start_us)

    async def exact(self, stream: StreamKey, at_us: int) -> Snapshot:
        """The recorded frame that was shown at an instant, at full size and in the best quality.

        Raises:
            NotFound: There is no footage of that instant, or not yet.
            StorageError: The volume cannot be read, or too much is being decoded.
            BadRequest: It cannot be decoded.
        """
        mp4, media_s = await read_until(self._catalog, self._files, stream, at_us)
        jpeg, shown_s = await self._decoded(frame_at, mp4, media_s)
        return Snapshot(jpeg, at_us + round((shown_s - media_s) * US_PER_S))

    async def close(self) -> None:
        """Let go of the threads; what they are decoding ends first."""
        await self.thumbnails.close()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    async def _picture(self, key: CacheKey, mp4: bytes, at_us: int) -> Snapshot:
        finished = self._remembered(key)
        if finished is not None:
            return finished
        jpeg = await self._decoded(to_jpeg, mp4, key[3])
        snapshot = Snapshot(jpeg, at_us)
        self._remember(key, snapshot)
        return snapshot

    async def _decoded(
        self, decode: Callable[[bytes, Wanted], Made], mp4: bytes, wanted: Wanted
    ) -> Made:
        if self._waiting >= _MAX_WAITING:
            raise StorageError("too many pictures are being decoded; try again in a moment")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, decode, mp4, wanted)
        finally:
            self._waiting -= 1

    def _remembered(self, key: CacheKey) -> Snapshot | None:
        finished = self._finished.get(key)
        if finished is not None:
            self._finished.move_to_end(key)
        return finished

    def _remember(self, key: CacheKey, snapshot: Snapshot) -> None:
        if key in self._finished:
            return
        self._finished[key] = snapshot
        self._finished_bytes += len(snapshot.jpeg)
        while self._finished_bytes > self._settings.snapshot_cache_bytes:
            _, dropped = self._finished.popitem(last=False)
            self._finished_bytes -= len(dropped.jpeg)
