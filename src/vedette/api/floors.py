"""Floors of sites, and the pictures of their plans."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from vedette.api.fields import FloorId, Line, Uuid
from vedette.api.places import known_site, known_sites
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.base.ids import new_id
from vedette.bus.topics import SITE_CHANGED, SiteChange, SiteChanged
from vedette.model.site import Floor

router = APIRouter(prefix="/floors", tags=["sites"])

Building = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Level = Annotated[int, Field(ge=-100, le=1000, description="0 is at street level")]

_PICTURE: Final[dict[str, Any]] = {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in ("image/png", "image/jpeg", "image/webp")
}


class PlanShape(BaseModel):
    """A floor's picture, which lies under ``/floors/{floor_id}/plan``."""

    sha256: str
    media_type: str
    width_px: int
    height_px: int


class FloorAnswer(BaseModel):
    """A floor."""

    id: str
    site: str
    building: str
    level: int
    name: str
    plan: PlanShape | None
    created_us: int


class FloorsAnswer(BaseModel):
    """Every floor of the organisation, by building and from the lowest."""

    floors: list[FloorAnswer]


class FloorBody(BaseModel, extra="forbid"):
    """A floor to add."""

    site: Uuid
    name: Line
    building: Building = ""
    level: Level = 0


class FloorPatch(BaseModel, extra="forbid"):
    """What to change of a floor."""

    name: Line | None = None
    building: Building | None = None
    level: Level | None = None


@router.get("")
async def list_floors(house: House, who: Who, access: May) -> FloorsAnswer:
    """Every floor of the sites at which you may do something."""
    known = {site.id for site in await known_sites(house, who, access)}
    floors = await house.floors.list(who.organisation)
    return FloorsAnswer(floors=[_answer(floor) for floor in floors if floor.site in known])


@router.post("", status_code=201)
async def add_floor(house: House, who: Who, body: FloorBody) -> FloorAnswer:
    """Add a floor to a site."""
    floor = Floor(
        id=new_id(house.clock),
        organisation=who.organisation,
        created_us=house.clock.wall_us(),
        **body.model_dump(),
    )
    return _told(house, await house.floors.add(who.organisation, floor))


@router.patch("/{floor_id}")
async def change_floor(house: House, who: Who, floor_id: FloorId, body: FloorPatch) -> FloorAnswer:
    """Change what is named and leave the rest."""
    floor = await house.floors.get(who.organisation, floor_id)
    floor = replace(floor, **body.model_dump(exclude_none=True))
    return _told(house, await house.floors.update(who.organisation, floor))


@router.delete("/{floor_id}", status_code=204)
async def remove_floor(house: House, who: Who, floor_id: FloorId) -> None:
    """Remove a floor and its plan; cameras that are placed on it are placed nowhere then."""
    floor = await house.floors.get(who.organisation, floor_id)
    await house.floors.remove(who.organisation, floor_id)
    _told(house, floor)


@router.put("/{floor_id}/plan", openapi_extra={"requestBody": {"content": _PICTURE}})
async def set_floor_plan(
    house: House, who: Who, floor_id: FloorId, request: Request
) -> FloorAnswer:
    """Bring a picture of the floor: PNG, JPEG or WebP, at most 8 MB and 40 million pixels."""
    floor = await house.floors.set_plan(who.organisation, floor_id, await request.body())
    return _told(house, floor)


@router.get(
    "/{floor_id}/plan",
    response_class=Response,
    responses={200: {"content": _PICTURE, "description": "The picture"}},
)
async def get_floor_plan(
    house: House, who: Who, access: May, floor_id: FloorId, request: Request
) -> Response:
    """The picture of a floor, as it was brought."""
    floor = await house.floors.get(who.organisation, floor_id)
    await known_site(house, who, access, floor.site, f"floor {floor_id}")
    image, data = await house.floors.plan(who.organisation, floor_id)
    headers = {
        "ETag": f'"{image.sha256}"',
        "Cache-Control": "private, no-cache",
        # Whatever a decoder made of the bytes, a browser shall make a picture of them or nothing.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=image.media_type, headers=headers)


def _told(house: House, floor: Floor) -> FloorAnswer:
    """Tell the pages of the organisation; a floor is a part of its site."""
    message = SiteChanged(floor.organisation, floor.site, SiteChange.CHANGED)
    house.bus.publish(SITE_CHANGED, message)
    return _answer(floor)


def _answer(floor: Floor) -> FloorAnswer:
    return FloorAnswer.model_validate(floor, from_attributes=True)
