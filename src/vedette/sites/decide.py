"""Whether a site makes sense."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from vedette.base.errors import BadRequest
from vedette.model.site import Site

LONGEST_NAME = 200
"""Characters of a site's name."""
LONGEST_ADDRESS = 500
"""Characters of its postal address."""


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
