"""A place with an address and a clock of its own, where an organisation's cameras are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """A school, a depot, a car park: where cameras are, and whose time zone they live in.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        name: What people call it; unique among the organisation's sites.
        time_zone: IANA name, such as ``Europe/Vienna``.
        address: As one would write it on an envelope, lines included, or empty.
        latitude: Degrees north of the equator (WGS 84), -90 to 90; None when nobody said.
        longitude: Degrees east of Greenwich (WGS 84), -180 to 180; None exactly when latitude is.
        created_us: When it was made.
    """

    id: str
    organisation: str
    name: str
    time_zone: str = "UTC"
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    created_us: int = 0
