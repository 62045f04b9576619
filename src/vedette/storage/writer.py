"""One thread per volume that takes appends, and answers a whole batch with one wake-up."""

import asyncio
import queue
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from vedette.base.errors import VolumeCondemned
from vedette.storage.ports import Append, Appended

_log = structlog.get_logger(__name__)
_BATCH_BYTES = 64 * 1024 * 1024


class Appender(Protocol):
    """What the thread drives; called from that thread alone."""

    def carry_out(self, batch: Iterable[Append]) -> list[tuple[Append, Appended]]:
        """Write and sync a batch; must not raise."""
        ...

    def close_file(self, path: str) -> None:
        """Let go of a file."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


_Item = Append | str | Callable[[], None] | None


class WriterThread:
    """Feeds an appender from the event loop.

    While one batch is on its way to the disk the next one gathers, so that a slow disk is
    answered with larger batches and fewer syncs per file, and a fast one with short delays.

    Args:
        appender: Driven by the thread alone.
        name: Of the thread, for debuggers.
    """

    def __init__(self, appender: Appender, name: str) -> None:
        self._appender = appender
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._times_ms: deque[float] = deque(maxlen=32)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def write_ms(self) -> float:
        """Median time of the last batches, milliseconds."""
        times = list(self._times_ms)
        return statistics.median(times) if times else 0.0

    def append(self, append: Append) -> None:
        """See VolumeWriter.append."""
        if self._stopped:
            closed = Appended(error=VolumeCondemned(f"{append.path}: the volume is closed"))
            self._loop.call_soon(append.done, append, closed)
        else:
            self._queue.put(append)

    def close_file(self, path: str) -> None:
        """See VolumeWriter.close_file."""
        if not self._stopped:
            self._queue.put(path)

    async def flush(self) -> None:
        """See VolumeWriter.flush."""
        if self._stopped:
            return
        reached = asyncio.Event()
        self._queue.put(reached.set)
        await reached.wait()

    async def close(self) -> None:
        """Carry out what is queued, then end the thread; may be called twice."""
        if not self._stopped:
            await self.flush()
            self._stopped = True
            self._queue.put(None)
        # The thread has nothing left but to close its files.
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        running = True
        while running:
            item = self._queue.get()
            batch: list[Append] = []
            closed: list[str] = []
            reached: list[Callable[[], None]] = []
            size = 0
            while True:
                if isinstance(item, Append):
                    batch.append(item)
                    size += item.size
                elif isinstance(item, str):
                    closed.append(item)
                elif item is None:
                    running = False
                    break
                else:
                    reached.append(item)
                if size > _BATCH_BYTES:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            answers = self._carry_out(batch)
            for path in closed:
                self._appender.close_file(path)
            self._answer(answers, reached)
        self._appender.close()

    def _carry_out(self, batch: list[Append]) -> list[tuple[Append, Appended]]:
        if not batch:
            return []
        began = time.perf_counter()
        try:
            answers = self._appender.carry_out(batch)
        except Exception as error:  # noqa: BLE001  a bug must not end the only writer silently
            _log.exception("storage.writer_failed", thread=self._thread.name)
            failure = VolumeCondemned(f"{self._thread.name}: the writer failed: {error}")
            answers = [(append, Appended(error=failure)) for append in batch]
        self._times_ms.append((time.perf_counter() - began) * 1000)
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
