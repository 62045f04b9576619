"""What playback asks of the places where footage lies."""

from typing import Protocol

from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth
from vedette.storage.ports import VolumeReader


class FootageFiles(Protocol):
    """The volumes that hold footage; ``storage.volumes.Volumes`` is one."""

    def reader(self, volume: str) -> VolumeReader:
        """A volume by its identifier.

        Raises:
            NotFound: No such volume is mounted.
        """
        ...


class HealthSource(Protocol):
    """Tells why a stream is silent."""

    def stream(self, key: StreamKey) -> StreamHealth | None:
        """Health of one stream; None when Vedette does not connect to it."""
        ...
