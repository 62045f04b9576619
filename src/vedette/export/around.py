"""What every export works with."""

import asyncio
import errno
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from vedette.base.clock import Clock
from vedette.base.errors import StorageError, VolumeFull
from vedette.catalog.ports import FootageIndex
from vedette.export.pace import Pace
from vedette.export.ports import FootageFiles

T = TypeVar("T")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Around:
    """What every export works with.

    Attributes:
        catalog: Says what there is.
        files: Give the bytes.
        clock: For the pace, and to know what lies in the future.
        threads: One thread that writes.
        pace: Shared by all that is read and written.
        software: Name and version, for the manifest.
    """

    catalog: FootageIndex
    files: FootageFiles
    clock: Clock
    threads: Executor
    pace: Pace
    software: str

    async def aside(self, work: Callable[[], T]) -> T:
        """Run blocking work in the thread.

        Raises:
            VolumeFull: The disk has no room.
            StorageError: It cannot be written.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work)
        except OSError as error:
            kind = VolumeFull if error.errno in _NO_ROOM else StorageError
            raise kind(
                f"the export cannot be written ({error.strerror or error}); free space, or set "
                "exports.folder to another disk"
            ) from error
