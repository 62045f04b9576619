"""What was recorded of shared cameras, kept short for a page that does not listen."""

import asyncio

from vedette.bus import Bus
from vedette.bus.topics import FOOTAGE_GREW, FootageGrew
from vedette.model.camera import StreamKey
from vedette.model.share import Share


class ShareFeed:
    """Footage that grew, at most one word waiting per stream; so bounded by the cameras shared.

    Args:
        bus: To listen to until ``close``.
        share: Whose cameras.
    """

    def __init__(self, bus: Bus, share: Share) -> None:
        self._share = share
        self._waiting: dict[StreamKey, tuple[int, int]] = {}
        self._filled = asyncio.Event()
        self._subscription = bus.subscribe(FOOTAGE_GREW, self._grew)

    async def next(self) -> tuple[StreamKey, int, int]:
        """Which stream grew, and from when until when."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        stream = next(iter(self._waiting))
        start_us, end_us = self._waiting.pop(stream)
        return stream, start_us, end_us

    def close(self) -> None:
        """Stop listening."""
        self._subscription.cancel()

    def _grew(self, grown: FootageGrew) -> None:
        stream, share = grown.stream, self._share
        shared = stream.organisation == share.organisation and stream.camera in share.cameras
        if not shared or share.footage_start_us is None:
            return
        start_us, end_us = self._waiting.get(stream, (grown.start_us, grown.end_us))
        self._waiting[stream] = (min(start_us, grown.start_us), max(end_us, grown.end_us))
        self._filled.set()
