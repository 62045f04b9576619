"""Street maps for the map page, read in ranges by the page itself."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from vedette.api.ranges import ranged
from vedette.api.services import House, Who

router = APIRouter(prefix="/maps", tags=["sites"])

MapName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,100}\.pmtiles$")]


class StreetMapShape(BaseModel):
    """A PMTiles file that whoever runs the machine has put into ``maps/`` of the data folder."""

    name: str
    bytes: int


class StreetMapsAnswer(BaseModel):
    """Every street map, by name."""

    maps: list[StreetMapShape]


@router.get("")
async def list_street_maps(house: House, who: Who) -> StreetMapsAnswer:
    """The street maps that there are; none is a usual answer."""
    del who  # maps are of the machine, for everybody who is signed in
    found = await house.street_maps.list()
    return StreetMapsAnswer(maps=[StreetMapShape(name=one.name, bytes=one.size) for one in found])


@router.get(
    "/{map_name}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file"},
        206: {"content": {"application/octet-stream": {}}, "description": "A range of the file"},
        416: {"description": "The range lies outside of the file"},
    },
)
async def get_street_map(house: House, who: Who, map_name: MapName, request: Request) -> Response:
    """A street map, or a range of it."""
    del who
    found = await house.street_maps.get(map_name)

    async def read(offset: int, size: int) -> bytes:
        return await house.street_maps.read(map_name, offset, size)

    tag = f'"{found.size:x}-{found.changed_us:x}"'
    answer = ranged(request, read, found.size, tag=tag, caching="private, no-cache")
    if answer.status_code in {200, 206}:
        answer.headers["content-type"] = "application/octet-stream"
    return answer
