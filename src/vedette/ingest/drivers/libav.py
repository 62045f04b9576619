"""Everything that libavformat reads, as the fallback for what ``rtsp`` does not speak.

MJPEG and H.264 over HTTP, RTMP, MPEG-TS over UDP, files, and RTSP too; SRT when PyAV was built
with it (the wheels from PyPI are not). Costs a thread per stream and holds each frame until the
next one begins (libavformat's parser), so it adds one frame of delay.
"""

import asyncio
import threading

import structlog

from vedette.base.errors import SourceLost
from vedette.ingest.libav.handover import HandOver
from vedette.ingest.libav.reader import Event, Reader
from vedette.ingest.ports import (
    MediaReceiver,
    SenderReport,
    SourceCounters,
    SourceFrame,
    SourceRequest,
)
from vedette.model.packet import StreamFormat

_LIMIT = 1024
_LIMIT_BYTES = 16 * 1024 * 1024
_FAREWELL_S = 1.0
_log = structlog.get_logger(__name__)


class _FirstFormat:
    """A receiver that only wants to know the format."""

    def __init__(self) -> None:
        self.known: asyncio.Future[StreamFormat] = asyncio.get_running_loop().create_future()

    def opened(self, stream_format: StreamFormat) -> None:
        if not self.known.done():
            self.known.set_result(stream_format)

    def frame(self, frame: SourceFrame) -> None:
        del frame

    def sender_report(self, report: SenderReport) -> None:
        del report


class LibavSource:
    """See MediaSource."""

    def __init__(self, request: SourceRequest) -> None:
        self._request = request
        self._counters = SourceCounters()

    @property
    def counters(self) -> SourceCounters:
        """See MediaSource.counters; libavformat does not say which packets are missing."""
        return self._counters

    async def describe(self) -> StreamFormat:
        """See MediaSource.describe."""
        first = _FirstFormat()
        playing = asyncio.create_task(self.play(first))
        try:
            await asyncio.wait({playing, first.known}, return_when=asyncio.FIRST_COMPLETED)
            if first.known.done():
                return first.known.result()
            await playing  # raises why
            raise SourceLost(f"{self._request.name} said nothing")  # pragma: no cover
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)

    async def play(self, receiver: MediaReceiver) -> None:
        """See MediaSource.play."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[SourceLost] = loop.create_future()
        gone = asyncio.Event()

        def deliver(event: Event | SourceLost) -> None:
            try:
                if isinstance(event, SourceLost):
                    ended.set_result(event)
                elif isinstance(event, StreamFormat):
                    receiver.opened(event)
                else:
                    receiver.frame(event)
            except Exception as error:  # noqa: BLE001  a failing receiver ends its own play()
                if not ended.done():
                    ended.set_exception(error)

        queue: HandOver[Event | SourceLost] = HandOver(
            loop, deliver, limit=_LIMIT, limit_bytes=_LIMIT_BYTES
        )
        reader = Reader(self._request, self._counters, queue.put, queue.put)

        def body() -> None:
            reader.run()
            try:
                loop.call_soon_threadsafe(gone.set)
            except RuntimeError:
                return  # the loop was closed while libavformat waited for a silent source

        thread = threading.Thread(target=body, name=f"libav {self._request.name}", daemon=True)
        thread.start()
        try:
            raise await ended
        finally:
            reader.stop()
            queue.close()
            try:
                await asyncio.wait_for(gone.wait(), _FAREWELL_S)
                thread.join()
            except TimeoutError:
                _log.info("libav.thread_lingers", source=self._request.name)
