"""Two threads per volume: what is written waits for no sync, and is promised only after its own."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

from vedette.base.errors import StorageError, VolumeCondemned
from vedette.storage.disk import DiskAppender, DiskCalls
from vedette.storage.ports import Append, Appended
from vedette.storage.writer import WriterThread

PATHS = ("one/a.mp4", "two/b.mp4")


class SlowDisk(DiskCalls):
    """Holds every sync until it is told to go on, and says when one began; counts writes."""

    def __init__(self) -> None:
        self.written = threading.Semaphore(0)
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.syncs = 0

    def write(self, descriptor: int, data: memoryview) -> int:
        taken = super().write(descriptor, data)
        self.written.release()
        return taken

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        self.began.set()
        assert self.go_on.wait(30)
        super().sync(descriptor)


class Told:
    """Makes appends of ten bytes and keeps what came of them."""

    def __init__(self, writer: WriterThread) -> None:
        self.writer = writer
        self.answers: list[tuple[str, int, StorageError | None]] = []
        self._lengths: dict[str, int] = {}

    def append(self, path: str) -> None:
        offset = self._lengths.get(path, 0)
        self._lengths[path] = offset + 10
        self.writer.append(Append(path, offset, [b"0123", b"456789"], 10, self._done))

    def _done(self, append: Append, answer: Appended) -> None:
        self.answers.append((append.path, append.offset, answer.error))


def test_a_sync_that_takes_long_holds_up_no_write_and_no_promise_is_early(tmp_path: Path) -> None:
    async def story() -> None:
        disk = SlowDisk()
        writer = WriterThread(DiskAppender(tmp_path, disk), "volume test")
        told = Told(writer)
        told.append(PATHS[0])
        assert await asyncio.to_thread(disk.began.wait, 30)
        for path in (*PATHS, *PATHS):
            told.append(path)
        for _ in range(5):
            assert await asyncio.to_thread(disk.written.acquire, timeout=30)
        assert [len((tmp_path / path).read_bytes()) for path in PATHS] == [30, 20]
        assert told.answers == []
        disk.go_on.set()
        await writer.flush()
        expected = [(0, 0), (0, 10), (1, 0), (0, 20), (1, 10)]
        assert told.answers == [(PATHS[which], offset, None) for which, offset in expected]
        assert disk.syncs == 3, "one for the first, then each file of the batch once"
        await writer.close()

    asyncio.run(story())


def test_a_mistake_in_the_appender_fails_its_appends_and_the_threads_go_on(tmp_path: Path) -> None:
    class Mistaken(DiskAppender):
        wrong = True

        def sync(self, paths: Sequence[str]) -> dict[str, StorageError]:
            if self.wrong:
                raise KeyError("a bug")
            return super().sync(paths)

    async def story() -> None:
        appender = Mistaken(tmp_path, DiskCalls())
        writer = WriterThread(appender, "volume test")
        told = Told(writer)
        told.append(PATHS[0])
        await writer.flush()
        appender.wrong = False
        told.append(PATHS[1])
        await writer.flush()
        (failed, fine) = told.answers
        assert isinstance(failed[2], VolumeCondemned)
        assert fine == (PATHS[1], 0, None)
        await writer.close()
        told.append(PATHS[1])
        await asyncio.sleep(0)
        assert isinstance(told.answers[-1][2], VolumeCondemned), "the volume is closed"

    asyncio.run(story())
