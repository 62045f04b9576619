"""Small pictures of recorded key frames for whoever drags a timeline: one at a time, newest first.

Decoding yields to everything else: one thread of the least priority, a bounded queue, and whoever
has moved on meanwhile is left out.
"""

import asyncio
import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from vedette.base.errors import StorageError
from vedette.catalog.ports import FootageIndex
from vedette.model.camera import StreamKey
from vedette.model.footage import Fragment
from vedette.playback.jpeg import Snapshot, to_jpeg
from vedette.playback.keyframe import find_key, read_key
from vedette.playback.ports import FootageFiles
from vedette.playback.settings import PlaybackSettings

Key = tuple[StreamKey, int, int]
"""Stream, start of the fragment, width."""

_NICENESS = 10
"""Of the decoding thread; recording runs at 0."""


async def _always() -> bool:
    return True


@dataclass(eq=False, slots=True)
class _Wish:
    """A picture that somebody waits for; more may join them."""

    key: Key
    row: Fragment
    wanted: list[Callable[[], Awaitable[bool]]]
    done: asyncio.Future[Snapshot]


def _yield_to_others() -> None:
    """On Linux a thread has a priority of its own; elsewhere it stays an ordinary one."""
    if hasattr(os, "setpriority") and os.uname().sysname == "Linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class Thumbnails:
    """Decodes and remembers small pictures.

    Args:
        catalog: Knows the key frames.
        files: Holds them.
        settings: How much is remembered, and how many may wait.
    """

    def __init__(
        self, catalog: FootageIndex, files: FootageFiles, settings: PlaybackSettings | None = None
    ) -> None:
        self._catalog = catalog
        self._files = files
        self._settings = settings or PlaybackSettings()
        self._thread = ThreadPoolExecutor(1, "thumbnails", initializer=_yield_to_others)
        self._kept: OrderedDict[Key, Snapshot] = OrderedDict()
        self._kept_bytes = 0
        self._wishes: OrderedDict[Key, _Wish] = OrderedDict()
        self._decoding: _Wish | None = None
        self._work: asyncio.Task[None] | None = None
        self.decoded = 0
        """Pictures decoded since the start."""

    @property
    def waiting(self) -> int:
        """Pictures that wait to be decoded."""
        return len(self._wishes)

    @property
    def kept_bytes(self) -> int:
        """Bytes of the pictures that are remembered."""
        return self._kept_bytes

    async def picture(
        self,
        stream: StreamKey,
        at_us: int,
        width_px: int,
        wanted: Callable[[], Awaitable[bool]] = _always,
    ) -> Snapshot:
        """The last recorded key frame at or before an instant, at most 15 s before.

        Args:
            stream: Whose footage.
            at_us: Wall time.
            width_px: Of the picture; a smaller one is not enlarged.
            wanted: Asked before the decoding: whether the caller still waits.

        Raises:
            NotFound: There is no footage.
            StorageError: The volume cannot be read.
            BadRequest: It cannot be decoded.
        """
        row = await find_key(self._catalog, stream, at_us)
        key = (stream, row.start_us, width_px)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        return await asyncio.shield(self._wish(key, row, wanted).done)

    async def close(self) -> None:
        """Let go of whoever waits; what is being decoded ends first."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        for wish in self._wishes.values():
            wish.done.cancel()
        self._wishes.clear()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    def _wish(self, key: Key, row: Fragment, wanted: Callable[[], Awaitable[bool]]) -> _Wish:
        if self._decoding is not None and self._decoding.key == key:
            return self._decoding
        wish = self._wishes.get(key)
        if wish is None:
            wish = _Wish(key, row, [], asyncio.get_running_loop().create_future())
            # Nobody may be left to hear of a failure.
            wish.done.add_done_callback(lambda it: it.cancelled() or it.exception())
            self._wishes[key] = wish
        wish.wanted.append(wanted)
        self._wishes.move_to_end(key)
        while len(self._wishes) > self._settings.thumbnail_queue:
            _, oldest = self._wishes.popitem(last=False)
            oldest.done.set_exception(StorageError("newer pictures were asked for; ask again"))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._decode_all())
        return wish

    async def _decode_all(self) -> None:
        while self._wishes:
            _, wish = self._wishes.popitem(last=True)
            try:
                if not any([await ask() for ask in wish.wanted]):
                    wish.done.set_exception(StorageError("nobody waits for this picture any more"))
                    continue
                self._decoding = wish
                snapshot = await self._decode(wish)
            except Exception as error:  # noqa: BLE001  whoever waits is told
                wish.done.set_exception(error)
            else:
                wish.done.set_result(snapshot)
            finally:
                self._decoding = None

    async def _decode(self, wish: _Wish) -> Snapshot:
        mp4 = await read_key(self._catalog, self._files, wish.row)
        loop = asyncio.get_running_loop()
        jpeg = await loop.run_in_executor(self._thread, to_jpeg, mp4, wish.key[2])
        self.decoded += 1
        snapshot = Snapshot(jpeg, wish.row.start_us)
        self._remember(wish.key, snapshot)
        return snapshot

    def _remember(self, key: Key, snapshot: Snapshot) -> None:
        self._kept[key] = snapshot
        self._kept_bytes += len(snapshot.jpeg)
        while self._kept_bytes > self._settings.thumbnail_cache_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped.jpeg)
