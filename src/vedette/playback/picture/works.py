"""Streams whose pictures are encoded anew, each in a process of its own, a few at most."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable

import structlog

from vedette.base.clock import Clock
from vedette.media import vp9
from vedette.model.packet import (
    Codec,
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamFormat,
    StreamOpened,
    TrackKind,
    VideoTrack,
)
from vedette.playback.picture.wire import (
    HEAD,
    Picture,
    format_message,
    picture_message,
    read_picture,
)

_log = structlog.get_logger(__name__)
_MOST_WIDTH = 1280
_MOST_WAITING_BYTES = 4 * 1024 * 1024
"""Beyond this a process that is too slow loses pictures up to the next key frame."""
_PAUSE_S = 5.0
_BROKEN = "the pictures could not be turned into VP9; Vedette tries again in a moment"


def size_of(track: VideoTrack) -> tuple[int, int]:
    """Width and height that a track's pictures are encoded in: at most 1280 wide, even."""
    width = min(track.width, _MOST_WIDTH)
    return width & ~1, max(2, round(track.height * width / track.width) & ~1)


def _message(packet: Packet) -> bytes:
    times = (packet.pts, packet.dts, packet.arrival_ns, packet.wall_us)
    return picture_message(Picture(*times, key=packet.key, payload=packet.payload))


class _Early:
    """Pictures that came while a process begins: those since the last key frame."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self._bytes = 0

    def keep(self, packet: Packet) -> None:
        if packet.key or self._bytes > _MOST_WAITING_BYTES:
            self.packets, self._bytes = [], 0
        if packet.key or self.packets:
            self.packets.append(packet)
            self._bytes += len(packet.payload)


class Reencoder:
    """A sink of the hub that passes a stream on with its H.265 pictures turned into VP9.

    Everything else, also a stream that is not H.265, passes as it is.

    Args:
        forward: Takes what leaves, on the event loop.
        clock: For times and pauses.
    """

    def __init__(self, forward: Callable[[HubItem], None], clock: Clock) -> None:
        self._forward = forward
        self._clock = clock
        self._opened: StreamOpened | None = None
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._skipping = True
        self._early = _Early()

    def receive(self, item: HubItem) -> None:
        """See hub.ports.StreamSink.receive."""
        if isinstance(item, Packet):
            if self._opened is None or item.track is not TrackKind.VIDEO:
                self._forward(item)
            else:
                self._put(item)
            return
        self._stop()
        if isinstance(item, StreamOpened) and item.format.video.codec is Codec.HEVC:
            self._opened = item
            self._forward(self._as_vp9(item))
            name = f"pictures of run {item.run}"
            self._task = asyncio.create_task(self._keep(item), name=name)
        else:
            self._forward(item)

    async def close(self) -> None:
        """End the process."""
        self._stop()
        if self._ending:
            # Whoever waits may be cancelled; the processes end all the same.
            await asyncio.wait(self._ending)

    def _stop(self) -> None:
        self._opened = None
        if self._task is not None:
            self._task.cancel()
            self._ending.add(self._task)
            self._task.add_done_callback(self._ending.discard)
        self._task = None

    @staticmethod
    def _as_vp9(opened: StreamOpened) -> StreamOpened:
        video = opened.format.video
        made = StreamFormat(vp9.video_track(*size_of(video), video.timescale), opened.format.audio)
        return StreamOpened(opened.run, made, opened.arrival_ns, opened.wall_us)

    def _put(self, packet: Packet) -> None:
        writer = self._process.stdin if self._process is not None else None
        if writer is None or writer.is_closing():
            self._early.keep(packet)
            return
        if writer.transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
            self._skipping = True
        elif packet.key:
            self._skipping = False
        if self._skipping:
            return
        writer.write(_message(packet))

    async def _keep(self, opened: StreamOpened) -> None:
        """Run a process for as long as the run lasts, and another one when it dies."""
        while True:
            try:
                await self._run(opened)
            except OSError as error:
                _log.warning("picture.failed", detail=str(error))
            wall_us, now_ns = self._clock.wall_us(), self._clock.monotonic_ns()
            self._forward(StreamClosed(GapReason.CRASHED, _BROKEN, now_ns, wall_us))
            await self._clock.sleep(_PAUSE_S)
            self._forward(self._as_vp9(opened))

    async def _run(self, opened: StreamOpened) -> None:
        command = (sys.executable, "-m", "vedette.playback.picture")
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        try:
            if process.stdin is None or process.stdout is None:
                raise OSError("a process without pipes")
            process.stdin.write(format_message(opened.format.video, *size_of(opened.format.video)))
            self._skipping = not self._early.packets
            process.stdin.writelines(_message(packet) for packet in self._early.packets)
            self._early = _Early()
            self._process = process
            while True:
                head = await process.stdout.readexactly(HEAD.size)
                _, size = HEAD.unpack(head)
                made = read_picture(await process.stdout.readexactly(size))
                times = (made.pts, made.dts, made.arrival_ns, made.wall_us)
                self._forward(Packet(TrackKind.VIDEO, *times, made.key, made.payload))
        except asyncio.IncompleteReadError:
            _log.warning("picture.ended", status=process.returncode)
        finally:
            self._process = None
            await _end(process)


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()
    await process.wait()


class PictureWorks:
    """How many streams' pictures may be encoded at once.

    Args:
        most: Streams.
        clock: For the processes' pauses.
    """

    def __init__(self, most: int, clock: Clock) -> None:
        self._most = most
        self._clock = clock
        self._open: set[Reencoder] = set()
        self._leaving: set[Reencoder] = set()

    @property
    def open_count(self) -> int:
        """Streams whose pictures are being encoded."""
        return len(self._open)

    def open(self, forward: Callable[[HubItem], None]) -> Reencoder | None:
        """A sink for the hub; None when too many are open."""
        if len(self._open) >= self._most:
            return None
        made = Reencoder(forward, self._clock)
        self._open.add(made)
        return made

    async def release(self, one: Reencoder) -> None:
        """End one; may be called twice."""
        self._open.discard(one)
        self._leaving.add(one)
        await one.close()
        self._leaving.discard(one)

    async def close(self) -> None:
        """End all of them."""
        for one in [*self._open, *self._leaving]:
            await self.release(one)
