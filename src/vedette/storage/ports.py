"""What a storage driver must do: take appended footage, give it back, and be looked after.

A volume is a place for files, named by paths relative to its root with ``/`` between the parts.
Files grow at their end only and never change afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from vedette.base.errors import StorageError
from vedette.base.registry import Kind


@dataclass(frozen=True, slots=True)
class VolumeRequest:
    """Which place to open.

    Attributes:
        root: Folder, or any name for a driver without folders.
        installation: Identifier of this installation; a volume of another one is refused.
        expected: Identifier that the volume had when it was last used; None when it is new.
        owner: Names one running Vedette with all its worker processes; a second one is refused.
        read_only: Open beside a running Vedette, to read only.
    """

    root: Path
    installation: str
    expected: str | None = None
    owner: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Bytes for the end of a file.

    Attributes:
        path: Of the file; it is made, with its folders, when ``offset`` is 0.
        offset: Length that the file has before; anything else fails this append.
        parts: What to write, in order.
        size: Sum of their lengths.
        hashed_from: Parts before this index are left out of the hash.
        done: Called on the event loop once the bytes are safe on disk, or will never be.
        last: Whether the file is complete with this append.
    """

    path: str
    offset: int
    parts: Sequence[bytes] = field(repr=False)
    size: int
    done: Callable[["Append", "Appended"], None] = field(repr=False)
    hashed_from: int = 0


@dataclass(frozen=True, slots=True)
class Appended:
    """How an append ended.

    Attributes:
        sha256: 32 bytes, when it succeeded.
        error: VolumeFull or VolumeCondemned, when it did not; then nothing of the append counts,
            and every later append to the file fails too.
    """

    sha256: bytes = b""
    error: StorageError | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes of the file system, and what is free for us."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies on the volume."""

    path: str
    bytes: int


class VolumeWriter(Protocol):
    """What a recorder needs."""

    def append(self, append: Append) -> None:
        """Take bytes for a file; returns at once and never raises.

        Appends are carried out in order. ``append.done`` is called on the event loop of ``open``,
        exactly once, after file and folder are durable.
        """
        ...

    def close_file(self, path: str) -> None:
        """No more comes for this file; returns at once."""
        ...

    async def flush(self) -> None:
        """Return once every append so far has been carried out and answered."""
        ...

    @property
    def write_ms(self) -> float:
        """Median time of the last writes with their sync, milliseconds; 0 before the first."""
        ...


class VolumeReader(Protocol):
    """What playback and verification need. Every method refuses a path that leaves the volume.

    Raises:
        NotFound: There is no such file, or the path leaves the volume.
    """

    def path(self, relative: str) -> Path | None:
        """Where the file lies for plain file access; None when the driver has no files."""
        ...

    async def size(self, relative: str) -> int:
        """Length of a file in bytes."""
        ...

    async def read(self, relative: str, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from ``offset``; fewer at the end of the file."""
        ...


class VolumeCare(Protocol):
    """What repair and retention need; changes are durable when the method returns."""

    async def truncate(self, relative: str, size: int) -> None:
        """Cut a file to ``size`` bytes."""
        ...

    async def erase(self, relatives: Sequence[str]) -> None:
        """Remove files; one that is gone already is no error."""
        ...

    async def folders(self, relative: str) -> list[str]:
        """Names of the folders directly in a folder, sorted; none when it does not exist."""
        ...

    async def files(self, relative: str) -> list[StoredFile]:
        """Files directly in a folder, sorted by path; none when it does not exist."""
        ...

    async def space(self) -> Space:
        """How full the volume is, measured now."""
        ...


class Volume(VolumeWriter, VolumeReader, VolumeCare, Protocol):
    """A place for footage, made from a ``VolumeRequest``."""

    @property
    def id(self) -> str:
        """UUIDv7 from the identity file; empty before ``open``."""
        ...

    async def open(self) -> None:
        """Check or make the identity, take the lock, start to accept appends.

        Raises:
            WrongVolume: The identity is missing, another's, or another Vedette uses the volume.
            StorageError: The place cannot be used: not there, read-only, no permission.
        """
        ...

    async def close(self) -> None:
        """Carry out what was appended, then let go."""
        ...


VOLUMES: Kind[Volume] = Kind("storage")
"""Each driver is made with one ``VolumeRequest``."""
