"""The data folder itself: which installation it is, who uses it, which volumes it has used."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vedette.base.errors import ConfigError, Conflict
from vedette.base.ids import new_id

_FILE = "installation.json"
_LOCK = "server.lock"


@dataclass(frozen=True, slots=True)
class Installation:
    """What makes one Vedette distinct from another.

    Attributes:
        id: UUIDv7, made with the data folder; volumes carry it.
        volumes: Identifier of the volume last seen at each folder, by absolute path.
    """

    id: str
    volumes: dict[str, str]


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


def read_installation(folder: Path) -> Installation:
    """Read who we are; a fresh data folder becomes an installation.

    Raises:
        ConfigError: The file is damaged.
    """
    file = folder / _FILE
    try:
        record: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return Installation(str(record["id"]), dict(record["volumes"]))
    except FileNotFoundError:
        fresh = Installation(new_id(), {})
        _write(file, fresh)
        return fresh
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{file} is damaged; put it back from a backup, or write the id that the volumes' "
            "identity files name"
        ) from None


def remember_volumes(folder: Path, volumes: dict[str, str]) -> None:
    """Note which volume lies where, so that another in its place is refused."""
    known = read_installation(folder)
    if known.volumes != volumes:
        _write(folder / _FILE, Installation(known.id, volumes))


def _write(file: Path, installation: Installation) -> None:
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as target:
        json.dump({"id": installation.id, "volumes": installation.volumes}, target, indent=2)
        target.flush()
        os.fsync(target.fileno())
    part.replace(file)


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
