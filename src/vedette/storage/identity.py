"""The identity file of a volume, and the lock that keeps a second Vedette away.

A disk that was not mounted leaves an empty folder behind, and a disk may be plugged in elsewhere:
both would be written to, or cleaned up, by mistake. So every volume names itself and the
installation it belongs to in ``vedette-volume.json``, and an installation remembers which volume
it expects where.
"""

import contextlib
import fcntl
import os
import secrets
import time
from pathlib import Path

from pydantic import BaseModel, ValidationError

from vedette.base.errors import StorageError, WrongVolume
from vedette.base.ids import new_id
from vedette.storage.ports import VolumeRequest

IDENTITY_NAME = "vedette-volume.json"
LOCK_NAME = "vedette-volume.lock"
_MAX_BYTES = 4096
_ENTRY_ATTEMPTS = 20
_ENTRY_WAIT_S = 0.02


class Identity(BaseModel, frozen=True, extra="ignore"):
    """What the identity file says.

    Attributes:
        volume: UUIDv7 of the volume.
        installation: Identifier of the installation that made it.
        created_us: Wall time of its making.
    """

    volume: str
    installation: str
    created_us: int


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: The folder cannot be opened or synced.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_identity(root: Path) -> Identity | None:
    """The identity of the volume at ``root``; None when there is no identity file.

    Raises:
        WrongVolume: The file is there, but makes no sense.
        OSError: It cannot be read.
    """
    try:
        with (root / IDENTITY_NAME).open("rb") as file:
            return Identity.model_validate_json(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise WrongVolume(
            f"{root / IDENTITY_NAME} is damaged; restore it from a backup, or empty the folder"
        ) from error


def check_identity(request: VolumeRequest, wall_us: int) -> str:
    """Find out which volume lies at ``request.root``, and make a new one where nothing is.

    Returns:
        Identifier of the volume.

    Raises:
        WrongVolume: Another volume or installation, or an expected volume is not there.
        OSError: The folder cannot be read or written.
    """
    root = request.root
    found = read_identity(root)
    if found is None:
        return _make_identity(request, wall_us)
    if found.installation != request.installation:
        raise WrongVolume(
            f"{root} belongs to another installation of Vedette ({found.installation}); "
            "mount the right disk, or choose an empty folder"
        )
    if request.expected is not None and found.volume != request.expected:
        raise WrongVolume(
            f"{root} holds volume {found.volume}, but {request.expected} was there before; "
            "mount the right disk, or change the setting"
        )
    return found.volume


def _make_identity(request: VolumeRequest, wall_us: int) -> str:
    root = request.root
    if request.expected is not None:
        raise WrongVolume(
            f"volume {request.expected} is not at {root}; mount its disk, or remove the volume "
            "from the settings"
        )
    if request.read_only:
        raise WrongVolume(f"there is no volume at {root} yet; start Vedette once to make it")
    root.mkdir(parents=True, exist_ok=True)
    strangers = [entry.name for entry in root.iterdir() if entry.name != LOCK_NAME]
    if set(strangers) - {"lost+found"}:
        raise WrongVolume(
            f"{root} is not empty (it holds {min(strangers)!r}) and is no volume of Vedette; "
            "choose an empty folder"
        )
    identity = Identity(volume=new_id(), installation=request.installation, created_us=wall_us)
    fresh = root / f"{IDENTITY_NAME}.new"
    with fresh.open("xb") as file:
        file.write(identity.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(root / IDENTITY_NAME)
    sync_folder(root)
    sync_folder(root.parent)
    return identity.volume


class VolumeLock:
    """Held by every process of one running Vedette; a second Vedette does not get it.

    All processes hold a shared lock on one file, which contains the name of the owner. Only who
    finds nobody there may write that name. The lock goes with the process, however it ends.
    """

    def __init__(self, root: Path, owner: str) -> None:
        self._path = root / LOCK_NAME
        self._owner = (owner or secrets.token_hex(16)).encode()
        self._descriptor = -1

    def take(self) -> None:
        """Take the lock.

        Raises:
            StorageError: Another Vedette holds it.
            OSError: The lock file cannot be made.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._enter(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _enter(self, descriptor: int) -> None:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, self._owner, 0)
        for _ in range(_ENTRY_ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_ENTRY_WAIT_S)  # somebody is just entering, and will be the owner
            else:
                break
        if os.pread(descriptor, 256, 0) == self._owner:
            return
        raise StorageError(
            f"{self._path.parent} is in use by another running Vedette; stop that one first, or "
            "give each its own folder"
        )

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
