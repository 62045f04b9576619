"""Two threads per volume: one writes what is appended at once, the other makes it durable.

A write takes a fraction of a millisecond and protects against the death of this process; a sync may
take a hundred and protects against the death of the machine. Apart, a slow sync delays no write.
"""

import asyncio
import queue
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from vedette.base.errors import StorageError, VolumeCondemned
from vedette.storage.ports import Append, Appended

_log = structlog.get_logger(__name__)


class Appender(Protocol):
    """What the threads drive: ``write`` from the first, everything else from the second."""

    def write(self, append: Append) -> Appended:
        """Write and hash one append; what it says holds once ``sync`` agrees."""
        ...

    def sync(self, paths: Sequence[str]) -> dict[str, StorageError]:
        """Make the files durable; gives those that cannot be, with the reason."""
        ...

    def close_file(self, path: str) -> None:
        """Let go of a file to which nothing more is written."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


_Order = Append | str | Callable[[], None] | None
"""Bytes to append, a path to close, somebody to tell that it was reached, or the end."""


@dataclass(frozen=True, slots=True)
class _Written:
    append: Append
    answer: Appended
    began_s: float


@dataclass(slots=True)
class _Batch:
    """What was written since the last sync began, in order."""

    written: list[_Written] = field(default_factory=list[_Written])
    closed: list[str] = field(default_factory=list[str])
    reached: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    ended: bool = False

    def take(self, item: _Written | str | Callable[[], None] | None) -> None:
        if isinstance(item, _Written):
            self.written.append(item)
        elif isinstance(item, str):
            self.closed.append(item)
        elif item is None:
            self.ended = True
        else:
            self.reached.append(item)


class WriterThread:
    """Feeds an appender from the event loop, and answers a whole batch with one wake-up.

    While one batch is being synced the next one gathers, so that a slow disk is answered with
    larger batches and fewer syncs per file, and a fast one with short delays.

    Args:
        appender: Driven by the two threads alone.
        name: Of the threads, for debuggers.
    """

    def __init__(self, appender: Appender, name: str) -> None:
        self._appender = appender
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[_Written | str | Callable[[], None] | None] = (
            queue.SimpleQueue()
        )
        self._times_ms: deque[float] = deque(maxlen=32)
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._write_all, name=name, daemon=True),
            threading.Thread(target=self._sync_all, name=f"{name} sync", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def write_ms(self) -> float:
        """Median time of the last batches from the first write to the last sync, milliseconds."""
        times = list(self._times_ms)
        return statistics.median(times) if times else 0.0

    def append(self, append: Append) -> None:
        """See VolumeWriter.append."""
        if self._stopped:
            closed = Appended(error=VolumeCondemned(f"{append.path}: the volume is closed"))
            self._loop.call_soon(append.done, append, closed)
        else:
            self._orders.put(append)

    def close_file(self, path: str) -> None:
        """See VolumeWriter.close_file."""
        if not self._stopped:
            self._orders.put(path)

    async def flush(self) -> None:
        """See VolumeWriter.flush."""
        if self._stopped:
            return
        reached = asyncio.Event()
        self._orders.put(reached.set)
        await reached.wait()

    async def close(self) -> None:
        """Carry out what is queued, then end the threads; may be called twice."""
        if not self._stopped:
            await self.flush()
            self._stopped = True
            self._orders.put(None)
        # The threads have nothing left but to close their files.
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _write_all(self) -> None:
        while True:
            order = self._orders.get()
            if isinstance(order, Append):
                began_s = time.perf_counter()
                self._done.put(_Written(order, self._write(order), began_s))
            else:
                self._done.put(order)
                if order is None:
                    return

    def _write(self, append: Append) -> Appended:
        try:
            return self._appender.write(append)
        except Exception as error:  # noqa: BLE001  a bug must not end the only writer silently
            _log.exception("storage.writer_failed", thread=self._name)
            return Appended(error=VolumeCondemned(f"{self._name}: the writer failed: {error}"))

    def _sync_all(self) -> None:
        batch = _Batch()
        while not batch.ended:
            batch = _Batch()
            batch.take(self._done.get())
            while not batch.ended:
                try:
                    batch.take(self._done.get_nowait())
                except queue.Empty:
                    break
            answers = self._settle(batch.written)
            for path in batch.closed:
                self._appender.close_file(path)
            self._answer(answers, batch.reached)
        self._appender.close()

    def _settle(self, written: list[_Written]) -> list[tuple[Append, Appended]]:
        """Sync each file of a batch once; the answers in the order of the appends."""
        if not written:
            return []
        paths = dict.fromkeys(one.append.path for one in written if one.answer.error is None)
        try:
            failures = self._appender.sync(list(paths))
        except Exception as error:  # noqa: BLE001  as above
            _log.exception("storage.writer_failed", thread=self._name)
            failure = VolumeCondemned(f"{self._name}: the writer failed: {error}")
            failures = dict.fromkeys(paths, failure)
        self._times_ms.append((time.perf_counter() - written[0].began_s) * 1000)
        answers: list[tuple[Append, Appended]] = []
        for one in written:
            failed = failures.get(one.append.path) if one.answer.error is None else None
            answers.append((one.append, Appended(error=failed) if failed else one.answer))
        return answers

    def _answer(
        self, answers: list[tuple[Append, Appended]], reached: list[Callable[[], None]]
    ) -> None:
        if not answers and not reached:
            return
        try:
            self._loop.call_soon_threadsafe(_deliver, answers, reached)
        except RuntimeError:  # the loop is closed; what was written stays written
            _log.warning("storage.answers_dropped", count=len(answers))


def _deliver(answers: list[tuple[Append, Appended]], reached: list[Callable[[], None]]) -> None:
    for append, answer in answers:
        try:
            append.done(append, answer)
        except Exception:  # noqa: BLE001  the others must still be told
            _log.exception("storage.listener_failed", path=append.path)
    for tell in reached:
        tell()
