"""A folder of this machine, usually the root of a mounted disk."""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from vedette.base.clock import SystemClock
from vedette.base.errors import NotFound, StorageError
from vedette.storage.disk import DiskAppender, DiskCalls
from vedette.storage.identity import VolumeLock, check_identity, sync_folder
from vedette.storage.paths import checked_parts
from vedette.storage.ports import Append, Space, StoredFile, VolumeRequest
from vedette.storage.writer import WriterThread


class LocalVolume:
    """See Volume.

    Args:
        request: The folder.
        calls: How to reach the disk; tests give one that fails.
    """

    def __init__(self, request: VolumeRequest, calls: DiskCalls | None = None) -> None:
        self._request = request
        self._root = request.root
        self._calls = calls or DiskCalls()
        self._id = ""
        self._lock = VolumeLock(request.root, request.owner)
        self._writer: WriterThread | None = None

    @property
    def id(self) -> str:
        """See Volume.id."""
        return self._id

    @property
    def write_ms(self) -> float:
        """See VolumeWriter.write_ms."""
        return self._writer.write_ms if self._writer else 0.0

    async def open(self) -> None:
        """See Volume.open."""
        try:
            self._id = await asyncio.to_thread(self._enter)
        except OSError as error:
            raise StorageError(
                f"{self._root} cannot be used as a volume ({error.strerror or error}); check the "
                "mount and its permissions"
            ) from error
        if not self._request.read_only:
            appender = DiskAppender(self._root, self._calls)
            self._writer = WriterThread(appender, f"volume {self._root}")

    def _enter(self) -> str:
        identity = check_identity(self._request, SystemClock().wall_us())
        if not self._request.read_only:
            self._lock.take()
        return identity

    async def close(self) -> None:
        """See Volume.close."""
        if self._writer is not None:
            await self._writer.close()
        self._lock.release()

    def append(self, append: Append) -> None:
        """See VolumeWriter.append."""
        self._open_writer().append(append)

    def close_file(self, path: str) -> None:
        """See VolumeWriter.close_file."""
        self._open_writer().close_file(path)

    async def flush(self) -> None:
        """See VolumeWriter.flush."""
        await self._open_writer().flush()

    def _open_writer(self) -> WriterThread:
        if self._writer is None:
            raise StorageError(f"{self._root} is open for reading only")
        return self._writer

    def path(self, relative: str) -> Path:
        """See VolumeReader.path."""
        return self._root.joinpath(*checked_parts(relative))

    async def size(self, relative: str) -> int:
        """See VolumeReader.size."""
        path = self.path(relative)
        try:
            return (await asyncio.to_thread(path.stat)).st_size
        except OSError as error:
            raise _not_there(relative, error) from error

    async def read(self, relative: str, offset: int, size: int) -> bytes:
        """See VolumeReader.read."""
        path = self.path(relative)

        def read() -> bytes:
            with path.open("rb", buffering=0) as file:
                chunks: list[bytes] = []
                position, end = offset, offset + size
                while position < end:
                    chunk = os.pread(file.fileno(), end - position, position)
                    if not chunk:
                        break
                    chunks.append(chunk)
                    position += len(chunk)
                return b"".join(chunks)

        try:
            return await asyncio.to_thread(read)
        except OSError as error:
            raise _not_there(relative, error) from error

    async def truncate(self, relative: str, size: int) -> None:
        """See VolumeCare.truncate."""
        path = self.path(relative)

        def truncate() -> None:
            with path.open("r+b", buffering=0) as file:
                file.truncate(size)
                os.fsync(file.fileno())

        try:
            await asyncio.to_thread(truncate)
        except OSError as error:
            raise _not_there(relative, error) from error

    async def erase(self, relatives: Sequence[str]) -> None:
        """See VolumeCare.erase."""
        paths = [self.path(relative) for relative in relatives]
        try:
            await asyncio.to_thread(_erase, self._root, paths)
        except OSError as error:
            raise StorageError(f"cannot erase on {self._root}: {error}") from error

    async def folders(self, relative: str) -> list[str]:
        """See VolumeCare.folders."""

        def listed() -> list[str]:
            with os.scandir(self.path(relative) if relative else self._root) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir())

        try:
            return await asyncio.to_thread(listed)
        except FileNotFoundError:
            return []

    async def files(self, relative: str) -> list[StoredFile]:
        """See VolumeCare.files."""

        def listed() -> list[StoredFile]:
            with os.scandir(self.path(relative)) as entries:
                return sorted(
                    (
                        StoredFile(f"{relative}/{entry.name}", entry.stat().st_size)
                        for entry in entries
                        if entry.is_file()
                    ),
                    key=lambda file: file.path,
                )

        try:
            return await asyncio.to_thread(listed)
        except FileNotFoundError:
            return []

    async def space(self) -> Space:
        """See VolumeCare.space."""
        try:
            status = await asyncio.to_thread(os.statvfs, self._root)
        except OSError as error:
            raise StorageError(f"{self._root} cannot be measured: {error}") from error
        return Space(status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize)


def _not_there(relative: str, error: OSError) -> NotFound | StorageError:
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return NotFound(f"{relative} is not on its volume")
    return StorageError(f"{relative} cannot be read: {error.strerror or error}")


def _erase(root: Path, paths: Sequence[Path]) -> None:
    """Unlink, sync the folders, then drop folders that became empty."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        current = folder
        # A folder that is not empty refuses to go; the recorder may just have put a file there.
        with contextlib.suppress(OSError):
            while current != root:
                current.rmdir()
                current = current.parent
        while not current.is_dir():
            current = current.parent
        sync_folder(current)
