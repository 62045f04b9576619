"""What playback asks of the places where footage lies."""

from typing import Protocol

from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth


class FootageFiles(Protocol):
    """Reads the files of segments, wherever they lie."""

    async def read(self, volume: str, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file.

        Args:
            volume: Identifier of the volume.
            path: Relative to the volume's root, as the catalogue says it.
            offset: First byte, >= 0.
            size: Bytes wanted; fewer come when the file ends before.

        Raises:
            NotFound: There is no such file.
            StorageError: The volume is missing or cannot be read.
        """
        ...


class HealthSource(Protocol):
    """Tells why a stream is silent."""

    def stream(self, key: StreamKey) -> StreamHealth | None:
        """Health of one stream; None when Vedette does not connect to it."""
        ...
