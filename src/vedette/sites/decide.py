"""Whether a site, a floor and the place of a camera make sense."""

import math
from dataclasses import replace
from zoneinfo import ZoneInfo

from vedette.base.errors import BadRequest
from vedette.model.site import Floor, Placement, Site

LONGEST_NAME = 200
"""Characters of a site's name."""
LONGEST_ADDRESS = 500
"""Characters of its postal address."""
MOST_RANGE_M = 20_000.0
"""A camera on a mountain sees so far."""
MOST_RANGE_WIDTHS = 2.0


def checked(organisation: str, site: Site) -> Site:
    """The site with its name and address trimmed.

    Raises:
        BadRequest: It belongs to another organisation, or one of its fields makes no sense.
    """
    name, address = site.name.strip(), site.address.strip()
    if site.organisation != organisation:
        raise BadRequest(f"site {name!r} does not belong to organisation {organisation}")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"a site's name has 1 to {LONGEST_NAME} printable characters")
    if len(address) > LONGEST_ADDRESS or not address.replace("\n", "").isprintable():
        raise BadRequest(f"an address has at most {LONGEST_ADDRESS} printable characters")
    _check_place(site.latitude, site.longitude)
    _check_time_zone(site.time_zone)
    return replace(site, name=name, address=address)


def _check_place(latitude: float | None, longitude: float | None) -> None:
    if (latitude is None) != (longitude is None):
        raise BadRequest("give both latitude and longitude, or neither")
    # Written so that a number that is none, which compares with nothing, is refused too.
    if latitude is not None and not -90 <= latitude <= 90:
        raise BadRequest("latitude is in degrees, -90 to 90")
    if longitude is not None and not -180 <= longitude <= 180:
        raise BadRequest("longitude is in degrees, -180 to 180")


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # OSError: a name such as "Europe" is a folder of the time zone database.
        raise BadRequest(
            f"there is no time zone {name!r}; use a name such as Europe/Vienna"
        ) from None


def checked_floor(organisation: str, floor: Floor) -> Floor:
    """The floor with its names trimmed.

    Raises:
        BadRequest: It belongs to another organisation, or one of its fields makes no sense.
    """
    name, building = floor.name.strip(), floor.building.strip()
    if floor.organisation != organisation:
        raise BadRequest(f"floor {name!r} does not belong to organisation {organisation}")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"a floor's name has 1 to {LONGEST_NAME} printable characters")
    if len(building) > LONGEST_NAME or not building.isprintable():
        raise BadRequest(f"a building's name has at most {LONGEST_NAME} printable characters")
    if not -100 <= floor.level <= 1000:
        raise BadRequest("a floor's level is -100 to 1000; 0 is at street level")
    return replace(floor, name=name, building=building)


def checked_placement(organisation: str, placement: Placement) -> Placement:
    """The placement with its direction brought to 0 to 360 and foreign numbers dropped.

    Raises:
        BadRequest: It belongs to another organisation, or one of its numbers makes no sense.
    """
    if placement.organisation != organisation:
        raise BadRequest(f"the camera does not belong to organisation {organisation}")
    if not math.isfinite(placement.direction_deg):
        raise BadRequest("the direction is in degrees, clockwise from north or from the top")
    if not 0 < placement.view_deg <= 360:
        raise BadRequest("the width of the view is in degrees, more than 0 and at most 360")
    placement = replace(placement, direction_deg=_turned(placement.direction_deg))
    if placement.floor is None:
        if placement.latitude is None or placement.longitude is None:
            raise BadRequest("give latitude and longitude, or a floor with x and y")
        _check_place(placement.latitude, placement.longitude)
        _check_range(placement.range_m, MOST_RANGE_M, "range_m")
        return replace(placement, x=None, y=None, range_widths=None)
    for name, value in (("x", placement.x), ("y", placement.y)):
        if value is None or not 0 <= value <= 1:
            raise BadRequest(f"on a floor give {name}, 0 to 1 from the left and upper edge")
    _check_range(placement.range_widths, MOST_RANGE_WIDTHS, "range_widths")
    return replace(placement, latitude=None, longitude=None, range_m=None)


def _turned(direction_deg: float) -> float:
    """The same direction, 0 included and 360 excluded."""
    turned = direction_deg % 360.0
    return 0.0 if turned == 360.0 else turned  # a tiny negative number rounds up to a full turn


def _check_range(value: float | None, most: float, name: str) -> None:
    if value is None or not 0 < value <= most:
        raise BadRequest(f"give {name}, how far the camera sees: more than 0 and at most {most:g}")
