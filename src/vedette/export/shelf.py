"""The folder in which exports lie: one folder for each, private, and nothing else of anybody's.

A folder is called as its export, with ``.part`` behind it until it is complete. Blocking.
"""

import re
import shutil
from collections.abc import Collection
from pathlib import Path

from vedette.base.errors import NotFound
from vedette.storage.ports import Space

_OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.part)?")


class Shelf:
    """Makes and clears folders of exports.

    Args:
        root: Made when it is needed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self, export: str) -> Path:
        """An empty folder to work in; what an interrupted attempt left is gone."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = self._part(export)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def complete(self, export: str) -> None:
        """The folder holds everything now."""
        self._part(export).rename(self.root / export)

    def erase(self, export: str) -> None:
        """Remove what there is of an export, finished or not."""
        for folder in (self._part(export), self.root / export):
            if folder.exists():
                shutil.rmtree(folder)

    def clear(self, finished: Collection[str]) -> list[str]:
        """Remove what belongs to no finished export; other people's files stay.

        Returns:
            Names of the folders that were removed.
        """
        if not self.root.is_dir():
            return []
        stray = [
            folder
            for folder in self.root.iterdir()
            if folder.is_dir() and _OURS.fullmatch(folder.name) and folder.name not in finished
        ]
        for folder in stray:
            shutil.rmtree(folder)
        return sorted(folder.name for folder in stray)

    def file(self, export: str, name: str) -> Path:
        """A file of a finished export.

        Raises:
            NotFound: It is not there.
        """
        path = self.root / export / name
        if not path.is_file():
            raise NotFound(
                f"{name} is not in the export's folder any more; somebody removed it there"
            )
        return path

    def space(self) -> Space:
        """How full the file system is."""
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        usage = shutil.disk_usage(folder)
        return Space(usage.total, usage.free)

    def _part(self, export: str) -> Path:
        return self.root / f"{export}.part"
