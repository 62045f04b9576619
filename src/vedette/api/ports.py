"""What the API asks of the rest of the house; ``vedette.app`` wires the real things to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from vedette.catalog.ports import FootageIndex, LossBook, StreamUsage
from vedette.model.camera import Camera, Credentials, StreamKey
from vedette.model.health import StreamHealth, VolumeHealth
from vedette.model.probe import DiscoveredDevice, ProbeResult
from vedette.model.site import Floor, Placement, PlanImage, Site
from vedette.sites.street import StreetMap


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


class SiteBook(Protocol):
    """``sites.store.SiteStore``."""

    async def list(self, organisation: str) -> Sequence[Site]:
        """All sites, by name."""
        ...

    async def get(self, organisation: str, site: str) -> Site:
        """One of them.

        Raises:
            NotFound: There is none.
        """
        ...

    async def add(self, organisation: str, site: Site) -> Site:
        """Add one.

        Raises:
            BadRequest: A field makes no sense.
            Conflict: The name is taken.
        """
        ...

    async def update(self, organisation: str, site: Site) -> Site:
        """Change one.

        Raises:
            NotFound: There is none.
            Conflict: The name is taken.
        """
        ...

    async def remove(self, organisation: str, site: str) -> object:
        """Remove one.

        Raises:
            NotFound: There is none.
            Conflict: It still has cameras.
        """
        ...


class FloorRows(Protocol):
    """The floors of sites."""

    async def list(self, organisation: str) -> Sequence[Floor]:
        """All of them, by building and from the lowest."""
        ...

    async def get(self, organisation: str, floor: str) -> Floor:
        """One of them.

        Raises:
            NotFound: There is none.
        """
        ...

    async def add(self, organisation: str, floor: Floor) -> Floor:
        """Add one without a plan.

        Raises:
            BadRequest: A field makes no sense.
            Conflict: The name is taken.
            NotFound: There is no such site.
        """
        ...

    async def update(self, organisation: str, floor: Floor) -> Floor:
        """Change one; its site and its plan stay.

        Raises:
            NotFound: There is none.
            Conflict: The name is taken.
        """
        ...

    async def remove(self, organisation: str, floor: str) -> object:
        """Remove one with its plan and the places of cameras on it.

        Raises:
            NotFound: There is none.
        """
        ...


class FloorPlans(Protocol):
    """Pictures of floors."""

    async def set_plan(self, organisation: str, floor: str, data: bytes) -> Floor:
        """Keep a picture.

        Raises:
            BadRequest: It is none that can be used.
            NotFound: There is no such floor.
        """
        ...

    async def plan(self, organisation: str, floor: str) -> tuple[PlanImage, bytes]:
        """The picture.

        Raises:
            NotFound: There is none.
        """
        ...


class FloorBook(FloorRows, FloorPlans, Protocol):
    """``sites.floors.FloorStore``."""


class PlacementBook(Protocol):
    """``sites.placements.PlacementStore``."""

    async def list(self, organisation: str) -> Sequence[Placement]:
        """The places of all cameras that are placed."""
        ...

    async def put(self, organisation: str, placement: Placement) -> Placement:
        """Place a camera, or move it.

        Raises:
            BadRequest: A number makes no sense.
            NotFound: There is no such camera, or no such floor.
            Conflict: The floor is at another site.
        """
        ...

    async def remove(self, organisation: str, camera: str) -> object:
        """Take a camera off the map or the floor.

        Raises:
            NotFound: It is placed nowhere.
        """
        ...


class StreetMapFolder(Protocol):
    """``sites.street.StreetMaps``."""

    async def list(self) -> Sequence[StreetMap]:
        """All of them, by name."""
        ...

    async def get(self, name: str) -> StreetMap:
        """One of them.

        Raises:
            NotFound: There is none of that name.
        """
        ...

    async def read(self, name: str, offset: int, size: int) -> bytes:
        """Bytes of one of them, all of them.

        Raises:
            NotFound: It is gone, or became shorter.
        """
        ...


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
