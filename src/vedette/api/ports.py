"""What the API asks of the rest of the house; ``vedette.app`` wires the real things to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from vedette.catalog.ports import FootageIndex, LossBook, StreamUsage
from vedette.model.camera import Camera, Credentials, StreamKey
from vedette.model.health import StreamHealth, VolumeHealth
from vedette.model.probe import DiscoveredDevice, ProbeResult


class CameraRows(Protocol):
    """Cameras as an organisation has added them."""

    async def add(
        self, organisation: str, camera: Camera, credentials: Credentials | None
    ) -> object:
        """Add a camera.

        Raises:
            Conflict: The name is taken.
        """
        ...

    async def add_all(
        self, organisation: str, cameras: Sequence[tuple[Camera, Credentials | None]]
    ) -> object:
        """Add many, all of them or none.

        Raises:
            Conflict: A name is taken.
        """
        ...

    async def list(self, organisation: str) -> Sequence[Camera]:
        """All of them that are not removed."""
        ...

    async def removed(self, organisation: str) -> Sequence[Camera]:
        """The removed ones that still have footage."""
        ...

    async def get(self, organisation: str, camera: str, *, even_removed: bool = False) -> Camera:
        """One of them; even a removed one, for footage, which it leaves behind.

        Raises:
            NotFound: There is none.
        """
        ...

    async def update(self, organisation: str, camera: Camera) -> object:
        """Change one.

        Raises:
            NotFound: There is none.
            Conflict: The name is taken.
        """
        ...

    async def remove(self, organisation: str, camera: str) -> object:
        """Remove one; its footage stays until retention erases it.

        Raises:
            NotFound: There is none.
        """
        ...


class CameraSecrets(Protocol):
    """Sealed credentials."""

    async def credential_marks(self, organisation: str) -> Mapping[str, str]:
        """By identifier of the cameras for which credentials are stored, a mark of these."""
        ...

    async def set_credentials(
        self, organisation: str, camera: str, credentials: Credentials | None
    ) -> object:
        """Seal new credentials, or forget them."""
        ...


class CameraBook(CameraRows, CameraSecrets, Protocol):
    """``cameras.store.CameraStore``."""


class UsageCounters(Protocol):
    """How much footage is held."""

    async def usage(self, organisation: str) -> Sequence[StreamUsage]:
        """Counters of every stream that holds footage."""
        ...


class FootageCatalog(FootageIndex, LossBook, UsageCounters, Protocol):
    """``catalog.store.SqlCatalog``, as much of it as the API reads."""


class HealthBoard(Protocol):
    """How streams and volumes are doing right now."""

    def streams(self, organisation: str) -> Sequence[StreamHealth]:
        """Health of every stream of the organisation that Vedette connects to."""
        ...

    def stream(self, key: StreamKey) -> StreamHealth | None:
        """Health of one stream."""
        ...

    def volumes(self) -> Sequence[VolumeHealth]:
        """Health of every volume."""
        ...


Prober = Callable[[str, Credentials | None], Awaitable[ProbeResult]]
"""Asks the device at an address what it is; raises SourceLost and its kinds."""

Discoverer = Callable[[float], Awaitable[Sequence[DiscoveredDevice]]]
"""Asks the local network which devices there are, waiting so many seconds for answers."""
