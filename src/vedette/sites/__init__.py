"""The places where an organisation's cameras are: sites, floors, and where on them a camera is.

In: ``Site``, ``Floor``, ``Placement``, the bytes of a floor's plan. Out: the same, of one
organisation. Settings: none. Drivers: none.
"""

from vedette.sites.floors import FloorStore
from vedette.sites.placements import PlacementStore
from vedette.sites.store import SiteStore
from vedette.sites.street import StreetMaps

__all__ = ["FloorStore", "PlacementStore", "SiteStore", "StreetMaps"]
