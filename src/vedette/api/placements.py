"""Where cameras are on the map and on floors."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vedette.api.fields import CameraId, Uuid
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.api.sites import Latitude, Longitude
from vedette.bus.topics import CAMERA_CHANGED, CameraChange, CameraChanged
from vedette.model.site import Placement

router = APIRouter(tags=["sites"])

_FRACTION = Field(ge=0, le=1, description="From the left or upper edge of the floor's plan")


class PlacementBody(BaseModel, extra="forbid"):
    """A place: on the map with ``latitude``, ``longitude`` and ``range_m``, or on a floor.

    On a floor give ``floor``, ``x`` in widths and ``y`` in heights of its plan, and how far the
    camera sees in widths of the plan, ``range_widths``.
    """

    direction_deg: Annotated[
        float, Field(ge=-360, le=720, description="Clockwise from north, or from the plan's top")
    ] = 0.0
    view_deg: Annotated[float, Field(gt=0, le=360, description="Width of the view")] = 90.0
    floor: Uuid | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    range_m: Annotated[float | None, Field(gt=0, le=20_000)] = None
    x: Annotated[float | None, _FRACTION] = None
    y: Annotated[float | None, _FRACTION] = None
    range_widths: Annotated[float | None, Field(gt=0, le=2)] = None


class PlacementAnswer(BaseModel):
    """Where a camera is; on the map when ``floor`` is null."""

    camera: str
    direction_deg: float
    view_deg: float
    floor: str | None
    latitude: float | None
    longitude: float | None
    range_m: float | None
    x: float | None
    y: float | None
    range_widths: float | None


class PlacementsAnswer(BaseModel):
    """The places of all cameras that are placed."""

    placements: list[PlacementAnswer]


@router.get("/placements")
async def list_placements(house: House, who: Who, access: May) -> PlacementsAnswer:
    """Where the organisation's cameras are, as far as they are placed."""
    return PlacementsAnswer(
        placements=[
            _answer(one)
            for one in await house.placements.list(who.organisation)
            if access.sees(one.camera)
        ]
    )


@router.put("/cameras/{camera_id}/placement")
async def place_camera(
    house: House, who: Who, camera_id: CameraId, body: PlacementBody
) -> PlacementAnswer:
    """Place a camera on the map or on a floor of its site, or move it."""
    placement = Placement(who.organisation, camera_id, **body.model_dump())
    placement = await house.placements.put(who.organisation, placement)
    _tell(house, placement.organisation, camera_id)
    return _answer(placement)


@router.delete("/cameras/{camera_id}/placement", status_code=204)
async def unplace_camera(house: House, who: Who, camera_id: CameraId) -> None:
    """Take a camera off the map or the floor; the camera itself stays."""
    await house.placements.remove(who.organisation, camera_id)
    _tell(house, who.organisation, camera_id)


def _tell(house: House, organisation: str, camera: str) -> None:
    house.bus.publish(CAMERA_CHANGED, CameraChanged(organisation, camera, CameraChange.CHANGED))


def _answer(placement: Placement) -> PlacementAnswer:
    return PlacementAnswer.model_validate(placement, from_attributes=True)
