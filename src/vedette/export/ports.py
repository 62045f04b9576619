"""What exporting asks of the places where footage lies, and of whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vedette.storage.ports import VolumeReader


class FootageFiles(Protocol):
    """The volumes that hold footage; ``storage.volumes.Volumes`` is one."""

    def reader(self, volume: str) -> VolumeReader:
        """A volume by its identifier.

        Raises:
            NotFound: No such volume is mounted.
        """
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is.

    Attributes:
        done_bytes: Source bytes copied plus bytes of files read back.
        done_us: Footage copied, or found missing, all cameras together.
        file_bytes: Written to files so far.
    """

    done_bytes: int
    done_us: int
    file_bytes: int


Report = Callable[[Progress], None]
"""Called often, on the event loop; raises StorageError to end the export."""
