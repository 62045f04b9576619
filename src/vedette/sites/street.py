"""Street maps that the operator dropped into the data folder: PMTiles files under ``maps/``."""

import asyncio
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from vedette.base.errors import NotFound
from vedette.base.units import NS_PER_US

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.pmtiles")
_MAGIC = b"PMTiles"


@dataclass(frozen=True, slots=True)
class StreetMap:
    """A file of map tiles.

    Attributes:
        name: Of the file.
        size: Bytes.
        changed_us: When it was last written, wall time.
    """

    name: str
    size: int
    changed_us: int


class StreetMaps:
    """What lies in the folder now; a file may come, go or change at any time.

    Args:
        folder: Need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def list(self) -> list[StreetMap]:
        """Every street map, by name; files that are none are left out."""
        return await asyncio.to_thread(_list, self._folder)

    async def get(self, name: str) -> StreetMap:
        """One of them.

        Raises:
            NotFound: There is none of that name.
        """
        return await asyncio.to_thread(_get, self._folder, name)

    async def read(self, name: str, offset: int, size: int) -> bytes:
        """Bytes of one of them, all of them.

        Raises:
            NotFound: It is gone, or became shorter.
        """
        return await asyncio.to_thread(_read, self._folder / name, offset, size)


def _list(folder: Path) -> list[StreetMap]:
    if not folder.is_dir():
        return []
    found: list[StreetMap] = []
    for name in sorted(one.name for one in folder.iterdir()):
        with contextlib.suppress(NotFound):
            found.append(_get(folder, name))
    return found


def _get(folder: Path, name: str) -> StreetMap:
    if _NAME.fullmatch(name) is None:
        raise NotFound(f"there is no street map {name!r}")
    path = folder / name
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
        status = path.stat()
    except OSError:
        raise NotFound(f"there is no street map {name!r}") from None
    if magic != _MAGIC:
        raise NotFound(f"{name!r} is no PMTiles file")
    return StreetMap(name, status.st_size, status.st_mtime_ns // NS_PER_US)


def _read(path: Path, offset: int, size: int) -> bytes:
    data = b""
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) < size:
        raise NotFound(f"the street map {path.name!r} was changed or removed; load the page again")
    return data
