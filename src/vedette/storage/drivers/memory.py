"""A volume in memory, for tests and for trying things out; it is gone when the process ends."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from vedette.base.errors import NotFound, StorageError, VolumeFull
from vedette.base.ids import new_id
from vedette.storage.paths import checked_parts
from vedette.storage.ports import Append, Appended, Space, StoredFile, VolumeRequest
from vedette.storage.writer import WriterThread

DEFAULT_BYTES = 256 * 1024 * 1024


class _MemoryAppender:
    """Appends to byte arrays; driven by the writer's threads."""

    def __init__(self, files: dict[str, bytearray], total_bytes: int) -> None:
        self._files = files
        self._total_bytes = total_bytes

    def write(self, append: Append) -> Appended:
        file = self._files.get(append.path)
        if (len(file) if file is not None else 0) != append.offset:
            return Appended(error=VolumeFull(f"{append.path} does not end at {append.offset}"))
        used = sum(len(content) for content in list(self._files.values()))
        if used + append.size > self._total_bytes:
            return Appended(error=VolumeFull(f"no room in memory for {append.path}"))
        # A whole new object, so that a reader on the event loop never sees half an append.
        self._files[append.path] = bytearray(b"".join((file or b"", *append.parts)))
        return Appended(hashlib.sha256(b"".join(append.parts[append.hashed_from :])).digest())

    def sync(self, paths: Sequence[str]) -> dict[str, StorageError]:
        del paths  # nothing outlives the process
        return {}

    def close_file(self, path: str) -> None:
        pass

    def close(self) -> None:
        pass


class MemoryVolume:
    """See Volume; holds at most ``total_bytes``."""

    def __init__(self, request: VolumeRequest, total_bytes: int = DEFAULT_BYTES) -> None:
        self._request = request
        self._total_bytes = total_bytes
        self._files: dict[str, bytearray] = {}
        self._id = ""
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
        # What was expected is gone with the process that made it, as everybody knows of memory.
        self._id = self._request.expected or new_id()
        appender = _MemoryAppender(self._files, self._total_bytes)
        self._writer = WriterThread(appender, f"volume {self._id}")

    async def close(self) -> None:
        """See Volume.close."""
        if self._writer is not None:
            await self._writer.close()

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
            raise StorageError("the memory volume is not open")
        return self._writer

    def _file(self, relative: str) -> bytearray:
        checked_parts(relative)
        if relative not in self._files:
            raise NotFound(f"{relative} is not on its volume")
        return self._files[relative]

    def path(self, relative: str) -> Path | None:
        """See VolumeReader.path."""
        checked_parts(relative)
        return None

    async def size(self, relative: str) -> int:
        """See VolumeReader.size."""
        await asyncio.sleep(0)
        return len(self._file(relative))

    async def read(self, relative: str, offset: int, size: int) -> bytes:
        """See VolumeReader.read."""
        await asyncio.sleep(0)
        return bytes(self._file(relative)[offset : offset + size])

    async def truncate(self, relative: str, size: int) -> None:
        """See VolumeCare.truncate."""
        await asyncio.sleep(0)
        self._files[relative] = self._file(relative)[:size]

    async def erase(self, relatives: Sequence[str]) -> None:
        """See VolumeCare.erase."""
        await asyncio.sleep(0)
        for relative in relatives:
            checked_parts(relative)
            self._files.pop(relative, None)

    async def folders(self, relative: str) -> list[str]:
        """See VolumeCare.folders."""
        await asyncio.sleep(0)
        prefix = f"{relative}/" if relative else ""
        below = [path[len(prefix) :] for path in self._files if path.startswith(prefix)]
        return sorted({path.split("/", 1)[0] for path in below if "/" in path})

    async def files(self, relative: str) -> list[StoredFile]:
        """See VolumeCare.files."""
        await asyncio.sleep(0)
        return sorted(
            (
                StoredFile(path, len(content))
                for path, content in self._files.items()
                if path.rpartition("/")[0] == relative
            ),
            key=lambda file: file.path,
        )

    async def space(self) -> Space:
        """See VolumeCare.space."""
        await asyncio.sleep(0)
        used = sum(len(content) for content in self._files.values())
        return Space(self._total_bytes, self._total_bytes - used)
