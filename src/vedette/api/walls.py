"""Walls: list, make, change, remove; and what every spot shows."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from vedette.accounts.access import Access
from vedette.api.fields import Line, Uuid, WallId
from vedette.api.places import is_shown
from vedette.api.rights import May, must_see
from vedette.api.services import House, Who
from vedette.base.errors import NotFound, Refused
from vedette.base.ids import new_id
from vedette.bus.topics import (
    SPOT_TAKEN,
    WALL_CHANGED,
    SpotTaken,
    WallChange,
    WallChanged,
)
from vedette.model.rights import Right
from vedette.model.wall import Cell, CellKind, Wall
from vedette.walls.decide import cameras_of

router = APIRouter(prefix="/walls", tags=["walls"])

Grid = Annotated[int, Field(ge=1, le=8)]
Revision = Annotated[int, Field(ge=1, le=2**53)]


class CellShape(BaseModel, extra="forbid"):
    """A part of the grid and what it shows."""

    x: Annotated[int, Field(ge=0, le=7, description="First column, from 0")]
    y: Annotated[int, Field(ge=0, le=7, description="First row, from 0")]
    w: Annotated[int, Field(ge=1, le=8, description="Columns that it covers")] = 1
    h: Annotated[int, Field(ge=1, le=8, description="Rows that it covers")] = 1
    kind: CellKind
    cameras: Annotated[
        list[Uuid],
        Field(max_length=64, description="One; in order of a sequence; none of a spot"),
    ] = []
    dwell_s: Annotated[
        int, Field(ge=0, le=600, description="Seconds per camera of a sequence, from 2; else 0")
    ] = 0


class WallAnswer(BaseModel):
    """A wall."""

    id: str
    name: str
    shared: bool = Field(description="Seen by everybody of the organisation, not by one only")
    columns: int
    rows: int
    cells: list[CellShape]
    revision: int = Field(description="To be sent back with a change")
    created_us: int
    changed_us: int


class WallsAnswer(BaseModel):
    """The shared walls and one's own, by name."""

    walls: list[WallAnswer]


class WallBody(BaseModel, extra="forbid"):
    """A wall to make."""

    name: Line
    shared: bool = False
    columns: Grid
    rows: Grid
    cells: Annotated[list[CellShape], Field(max_length=64)] = []


class WallChangeBody(WallBody, extra="forbid"):
    """A wall as it is to be from now on."""

    revision: Annotated[
        Revision, Field(description="On which the change was made; refused when it is not the last")
    ]


class SpotBody(BaseModel, extra="forbid"):
    """A camera that every spot of the organisation is to show."""

    camera: Uuid
    reason: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[^\x00-\x1f\x7f]*$",
            description="A few words for whoever watches, such as Door forced",
        ),
    ] = ""


@router.get("")
async def list_walls(house: House, who: Who, access: May) -> WallsAnswer:
    """One's own walls, and those that the organisation shares and on which you see something."""
    walls = await house.walls.list(who.organisation, who.person)
    known = [wall for wall in walls if is_shown(wall, access)]
    return WallsAnswer(
        walls=[_answer(wall) for wall in sorted(known, key=lambda one: one.name.casefold())]
    )


@router.post("", status_code=201)
async def add_wall(
    house: House, who: Who, access: May, request: Request, body: WallBody
) -> WallAnswer:
    """Make a wall; one that is shared only by whoever may change settings."""
    _check_shared(access, shared=body.shared)
    now_us = house.clock.wall_us()
    wall = _wall(body, who, new_id(house.clock), now_us)
    await must_see(request, access, sorted(cameras_of(wall)))
    wall = await house.walls.add(who.organisation, who.person, wall)
    house.bus.publish(WALL_CHANGED, _news(wall, WallChange.ADDED))
    return _answer(wall)


@router.post("/spot", status_code=204)
async def take_spot(house: House, who: Who, access: May, request: Request, body: SpotBody) -> None:
    """Show a camera on every spot that people of the organisation are watching now.

    It is passed on, not kept: a page that is opened later begins with an empty spot.
    """
    await must_see(request, access, [body.camera])
    if not access.may(Right.PTZ, body.camera):
        raise Refused("what everybody's spot shows is chosen by those who may steer that camera")
    camera = await house.cameras.get(who.organisation, body.camera)
    taken = SpotTaken(who.organisation, camera.id, body.reason.strip(), house.clock.wall_us())
    house.bus.publish(SPOT_TAKEN, taken)


@router.get("/{wall_id}")
async def get_wall(house: House, who: Who, access: May, wall_id: WallId) -> WallAnswer:
    """One wall."""
    wall = await house.walls.get(who.organisation, who.person, wall_id)
    if not is_shown(wall, access):
        raise NotFound(f"there is no wall {wall_id}")
    return _answer(wall)


@router.put("/{wall_id}")
async def change_wall(  # noqa: PLR0917  FastAPI names them all
    house: House,
    who: Who,
    access: May,
    request: Request,
    wall_id: WallId,
    body: WallChangeBody,
) -> WallAnswer:
    """Replace a wall, unless somebody else did so since ``revision``."""
    before = await house.walls.get(who.organisation, who.person, wall_id)
    _check_shared(access, shared=body.shared or before.owner is None)
    wall = _wall(body, who, wall_id, house.clock.wall_us(), body.revision)
    # What hangs there already may be somebody else's choice.
    await must_see(request, access, sorted(cameras_of(wall) - cameras_of(before)))
    wall = await house.walls.update(who.organisation, who.person, wall)
    house.bus.publish(WALL_CHANGED, _news(wall, WallChange.CHANGED))
    return _answer(wall)


@router.delete("/{wall_id}", status_code=204)
async def remove_wall(
    house: House,
    who: Who,
    access: May,
    wall_id: WallId,
    revision: Annotated[
        int | None,
        Query(ge=1, le=2**53, description="Refused when somebody changed the wall since"),
    ] = None,
) -> None:
    """Forget a wall; the cameras on it stay as they are."""
    before = await house.walls.get(who.organisation, who.person, wall_id)
    _check_shared(access, shared=before.owner is None)
    wall = await house.walls.remove(who.organisation, who.person, wall_id, revision)
    house.bus.publish(WALL_CHANGED, _news(wall, WallChange.REMOVED))


def _check_shared(access: Access, *, shared: bool) -> None:
    """What everybody sees is changed by those who may change settings.

    Raises:
        Refused: It is shared, and the person may not.
    """
    if shared and not access.may(Right.CONFIGURE):
        raise Refused("you may not change shared walls; save one of your own instead")


def _wall(body: WallBody, who: Who, wall_id: str, now_us: int, revision: int = 1) -> Wall:
    cells = tuple(
        Cell(one.x, one.y, one.kind, tuple(one.cameras), one.dwell_s, one.w, one.h)
        for one in body.cells
    )
    owner = None if body.shared else who.person
    return Wall(
        wall_id,
        who.organisation,
        owner,
        body.name,
        body.columns,
        body.rows,
        cells,
        revision,
        now_us,
        now_us,
    )


def _answer(wall: Wall) -> WallAnswer:
    return WallAnswer(
        id=wall.id,
        name=wall.name,
        shared=wall.owner is None,
        columns=wall.columns,
        rows=wall.rows,
        cells=[CellShape.model_validate(cell, from_attributes=True) for cell in wall.cells],
        revision=wall.revision,
        created_us=wall.created_us,
        changed_us=wall.changed_us,
    )


def _news(wall: Wall, change: WallChange) -> WallChanged:
    return WallChanged(wall.organisation, wall.id, wall.owner, change, wall.revision)
