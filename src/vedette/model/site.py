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


@dataclass(frozen=True, slots=True)
class PlanImage:
    """A picture of a floor's plan, without its bytes.

    Attributes:
        sha256: Of the bytes, in hexadecimal; also its name in the store.
        media_type: ``image/png``, ``image/jpeg`` or ``image/webp``.
        width_px: Pixels, at least 1.
        height_px: Pixels, at least 1.
    """

    sha256: str
    media_type: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Floor:
    """One storey of a building of a site.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        site: Identifier of the site.
        building: What people call the building, or empty when the site has one only.
        level: 0 is at street level, -1 the one below.
        name: What people call the floor; unique within the building.
        plan: The picture that cameras are placed on; None until somebody brings one.
        created_us: When it was made.
    """

    id: str
    organisation: str
    site: str
    building: str
    level: int
    name: str
    plan: PlanImage | None = None
    created_us: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a camera is and which way it looks: on the map of the world, or on a floor's plan.

    Attributes:
        organisation: Whose camera it is.
        camera: Identifier of the camera.
        direction_deg: The middle of its view, clockwise: from north on the map, from the top of
            the picture on a plan; 0 included, 360 excluded.
        view_deg: Width of its view, over 0 to 360.
        floor: Identifier of the floor; None when it is on the map.
        latitude: On the map: degrees north (WGS 84).
        longitude: On the map: degrees east.
        range_m: On the map: how far it sees, metres.
        x: On a plan: from the left edge, in widths of the picture, 0 to 1.
        y: On a plan: from the upper edge, in heights of the picture, 0 to 1.
        range_widths: On a plan: how far it sees, in widths of the picture.
    """

    organisation: str
    camera: str
    direction_deg: float = 0.0
    view_deg: float = 90.0
    floor: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    range_m: float | None = None
    x: float | None = None
    y: float | None = None
    range_widths: float | None = None
