"""The data folder: made private, and used by one server at a time."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from vedette.base.errors import ConfigError, Conflict

_LOCK = "server.lock"


def make_data_folder(folder: Path) -> None:
    """Make the data folder, readable for its owner only.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be made ({error.strerror}); give another --data"
        ) from None


class ServerLock:
    """Held while a server uses the data folder; tells others which process it is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _LOCK
        self._file = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            Conflict: Another server has it.
        """
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(self._file, 32).decode("ascii", "replace").strip() or "another process"
            os.close(self._file)
            raise Conflict(
                f"Vedette runs already on {self._path.parent} (process {owner}); stop it first, "
                "or give another --data"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        os.close(self._file)


def server_process(folder: Path) -> int | None:
    """The process that serves the data folder now, or None."""
    try:
        file = os.open(folder / _LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.read(file, 32).decode("ascii", "replace").strip()
        return int(text) if text.isdigit() else 0
    finally:
        os.close(file)
    return None
