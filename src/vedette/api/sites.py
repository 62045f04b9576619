"""Sites: list, add, change, remove."""

from dataclasses import replace
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from vedette.api.fields import Line, SiteId
from vedette.api.places import known_site, known_sites
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.base.ids import new_id
from vedette.bus.topics import SITE_CHANGED, SiteChange, SiteChanged
from vedette.model.site import Site

router = APIRouter(prefix="/sites", tags=["sites"])

Latitude = Annotated[float, Field(ge=-90, le=90, description="Degrees north, WGS 84")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="Degrees east, WGS 84")]
TimeZone = Annotated[
    str,
    Field(
        max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$", description="IANA name such as Europe/Vienna"
    ),
]
PostalAddress = Annotated[
    str,
    Field(max_length=500, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$", description="Of several lines"),
]


class SiteAnswer(BaseModel):
    """A site."""

    id: str
    name: str
    time_zone: str
    address: str
    latitude: float | None
    longitude: float | None
    created_us: int


class SitesAnswer(BaseModel):
    """Sites, by name."""

    sites: list[SiteAnswer]


class SiteBody(BaseModel, extra="forbid"):
    """A site to add."""

    name: Line
    time_zone: TimeZone = "UTC"
    address: PostalAddress = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give both latitude and longitude, or neither")
        return self


class SitePatch(BaseModel, extra="forbid"):
    """What to change of a site; a latitude and longitude of null forget where it is."""

    name: Line | None = None
    time_zone: TimeZone | None = None
    address: PostalAddress | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


@router.get("")
async def list_sites(house: House, who: Who, access: May) -> SitesAnswer:
    """Every site of the organisation at which you may do something."""
    known = sorted(await known_sites(house, who, access), key=lambda one: one.name.casefold())
    return SitesAnswer(sites=[_answer(site) for site in known])


@router.post("", status_code=201)
async def add_site(house: House, who: Who, body: SiteBody) -> SiteAnswer:
    """Add a site."""
    site = Site(
        id=new_id(house.clock),
        organisation=who.organisation,
        created_us=house.clock.wall_us(),
        **body.model_dump(),
    )
    site = await house.sites.add(who.organisation, site)
    house.bus.publish(SITE_CHANGED, SiteChanged(who.organisation, site.id, SiteChange.ADDED))
    return _answer(site)


@router.get("/{site_id}")
async def get_site(house: House, who: Who, access: May, site_id: SiteId) -> SiteAnswer:
    """One site."""
    return _answer(await known_site(house, who, access, site_id, f"site {site_id}"))


@router.patch("/{site_id}")
async def change_site(house: House, who: Who, site_id: SiteId, body: SitePatch) -> SiteAnswer:
    """Change what is named and leave the rest."""
    site = patched(await house.sites.get(who.organisation, site_id), body)
    site = await house.sites.update(who.organisation, site)
    house.bus.publish(SITE_CHANGED, SiteChanged(who.organisation, site.id, SiteChange.CHANGED))
    return _answer(site)


@router.delete("/{site_id}", status_code=204)
async def remove_site(house: House, who: Who, site_id: SiteId) -> None:
    """Remove a site; refused while it has cameras."""
    await house.sites.remove(who.organisation, site_id)
    house.bus.publish(SITE_CHANGED, SiteChanged(who.organisation, site_id, SiteChange.REMOVED))


def patched(site: Site, body: SitePatch) -> Site:
    """The site with what the change names; null means something only for the place."""
    given = body.model_dump(exclude_unset=True)
    places = {"latitude", "longitude"}
    return replace(
        site,
        **{name: value for name, value in given.items() if value is not None or name in places},
    )


def _answer(site: Site) -> SiteAnswer:
    return SiteAnswer.model_validate(site, from_attributes=True)
