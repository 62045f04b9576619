"""Append to files on a disk, hash and sync: the work of a volume's two threads.

Nothing here knows about event loops; ``storage.writer`` runs it.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vedette.base.errors import StorageError, VolumeCondemned, VolumeFull
from vedette.storage.identity import sync_folder
from vedette.storage.ports import Append, Appended

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class DiskCalls:
    """The calls into the operating system that may fail, in one place, so that tests can fail them.

    Every method raises OSError.
    """

    def create(self, path: Path) -> int:
        """Make a file that must not exist, and give its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write some of the bytes; how many were taken."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Make the bytes of a file durable."""
        # macOS: plain fsync leaves the bytes in the drive's cache, and there is no fdatasync.
        full = getattr(fcntl, "F_FULLFSYNC", None)
        if full is not None:
            fcntl.fcntl(descriptor, full)
        else:
            os.fdatasync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Make the names in a folder durable."""
        sync_folder(folder)


@dataclass(slots=True)
class _OpenFile:
    descriptor: int
    folder: Path
    length: int = 0
    fresh: bool = True
    error: StorageError | None = None


class DiskAppender:
    """Carries out appends for one volume, in order: see ``writer.Appender``.

    A failed write for want of space concerns its file alone; every other failure condemns the
    volume. One thread writes while another syncs: a file is known to the first until it is closed,
    and only after its last write is it closed.

    Args:
        root: Of the volume.
        calls: How to reach the disk.
    """

    def __init__(self, root: Path, calls: DiskCalls) -> None:
        self._root = root
        self._calls = calls
        self._files: dict[str, _OpenFile] = {}
        self._folders: set[Path] = {root}
        self.condemned: VolumeCondemned | None = None

    def write(self, append: Append) -> Appended:
        """See Appender.write."""
        try:
            return Appended(self._write(append))
        except StorageError as error:
            return Appended(error=error)

    def sync(self, paths: Sequence[str]) -> dict[str, StorageError]:
        """See Appender.sync."""
        failures: dict[str, StorageError] = {}
        for path in paths:
            # A volume condemned by want of space in a sync has lost these bytes as well.
            failure = self.condemned or self._sync(path, self._files[path])
            if failure is not None:
                failures[path] = failure
        return failures

    def close_file(self, path: str) -> None:
        """Let go of a file, synced or not."""
        file = self._files.pop(path, None)
        if file is not None:
            os.close(file.descriptor)

    def close(self) -> None:
        """Let go of every file."""
        for path in list(self._files):
            self.close_file(path)

    def _write(self, append: Append) -> bytes:
        if self.condemned is not None:
            raise self.condemned
        file = self._file(append)
        if file.error is not None:
            raise file.error
        # One piece: each part hashed or written by itself would give up the interpreter's lock and
        # fight for it again with the event loop, fifty times a second and camera.
        data = memoryview(b"".join(append.parts))
        try:
            if file.length != append.offset:
                raise StorageError(  # an earlier append of this file failed
                    f"{append.path} has {file.length} bytes instead of {append.offset}"
                )
            hashed_from = sum(map(len, append.parts[: append.hashed_from]))
            digest = hashlib.sha256(data[hashed_from:]).digest()
            self._write_all(file.descriptor, data)
        except OSError as error:
            self._undo(append, file, error)
            raise self._failed(append.path, "writing", error, file) from error
        file.length += append.size
        return digest

    def _write_all(self, descriptor: int, data: memoryview) -> None:
        while data:
            taken = self._calls.write(descriptor, data)
            if taken <= 0:
                raise OSError(errno.EIO, "the disk takes no bytes")
            data = data[taken:]

    def _file(self, append: Append) -> _OpenFile:
        file = self._files.get(append.path)
        if file is not None:
            return file
        path = self._root / append.path
        if append.offset:
            raise StorageError(f"{append.path} is not open for appending")
        try:
            descriptor = self._create(path)
        except OSError as error:
            raise self._failed(append.path, "making", error, None) from error
        file = self._files[append.path] = _OpenFile(descriptor, path.parent)
        return file

    def _create(self, path: Path) -> int:
        self._make_folder(path.parent)
        try:
            return self._calls.create(path)
        except FileNotFoundError:
            # Erasing the last file of a day takes the folder along, behind our memory of it.
            self._folders = {self._root}
            self._make_folder(path.parent)
            return self._calls.create(path)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._folders:
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        self._calls.sync_folder(folder.parent)
        self._folders.add(folder)

    def _sync(self, path: str, file: _OpenFile) -> StorageError | None:
        try:
            self._calls.sync(file.descriptor)
            if file.fresh:
                self._calls.sync_folder(file.folder)
                file.fresh = False
        except OSError as error:
            # After a failed sync nobody knows which bytes the disk has, and a second try would
            # wrongly succeed (the kernel marks the pages clean). So the volume is not trusted.
            file.error = self._condemn(path, "syncing", error)
            return file.error
        return None

    def _undo(self, append: Append, file: _OpenFile, error: OSError) -> None:
        """Cut what a failed append left, so that the file ends with whole fragments."""
        if error.errno not in _NO_ROOM:
            return
        try:
            os.ftruncate(file.descriptor, append.offset)
            os.lseek(file.descriptor, append.offset, os.SEEK_SET)
        except OSError as second:
            self._condemn(append.path, "cutting", second)

    def _failed(
        self, path: str, doing: str, error: OSError, file: _OpenFile | None
    ) -> StorageError:
        if error.errno == errno.EEXIST:
            return StorageError(f"{path} exists already; it is left as it is")
        if error.errno in _NO_ROOM and self.condemned is None:
            failure: StorageError = VolumeFull(
                f"{self._root} is full while {doing} {path}; free space or add a volume"
            )
        else:
            failure = self._condemn(path, doing, error)
        if file is not None:
            file.error = failure
        return failure

    def _condemn(self, path: str, doing: str, error: OSError) -> VolumeCondemned:
        if self.condemned is None:
            self.condemned = VolumeCondemned(
                f"{self._root} failed while {doing} {path} ({error.strerror or error}); check the "
                "disk, then restart Vedette to use it again"
            )
        return self.condemned
