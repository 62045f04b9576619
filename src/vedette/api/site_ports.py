"""What the API asks about sites, floors, places and templates; see ``api.ports``."""

from collections.abc import Sequence
from typing import Protocol

from vedette.model.site import Floor, Placement, PlanImage, Site
from vedette.model.template import CameraTemplate
from vedette.sites.street import StreetMap


class TemplateBook(Protocol):
    """``cameras.templates.TemplateStore``."""

    async def list(self, organisation: str) -> Sequence[CameraTemplate]:
        """All of them, by name."""
        ...

    async def add(self, organisation: str, template: CameraTemplate) -> CameraTemplate:
        """Keep one.

        Raises:
            Conflict: The name is taken.
            NotFound: There is no such site.
        """
        ...

    async def remove(self, organisation: str, template: str) -> object:
        """Forget one.

        Raises:
            NotFound: There is none.
        """
        ...


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
