"""Which days hold footage, as a calendar shows it."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from vedette.api.fields import CameraId, Role, Uuid
from vedette.api.looking import Looking, footage_window
from vedette.api.services import House, Who
from vedette.base.errors import BadRequest
from vedette.base.units import day_bounds
from vedette.model.camera import StreamKey, StreamRole
from vedette.sharing.decide import bounds_within

router = APIRouter(tags=["footage"])
_MAX_CAMERAS = 256


class CameraDays(BaseModel):
    """The days of one camera."""

    camera: str
    days: list[str] = Field(description="Local dates with footage, ascending, as 2026-10-25")


class CalendarAnswer(BaseModel):
    """One entry per camera that was asked for, in that order."""

    cameras: list[CameraDays]


Year = Annotated[int, Query(ge=1970, le=9998)]
Zone = Annotated[
    str, Query(max_length=64, description="IANA name of the time zone, such as Europe/Berlin")
]


@router.get("/calendar")
async def get_calendar(
    *,
    house: House,
    who: Who,
    camera: Annotated[list[Uuid], Query(min_length=1, max_length=_MAX_CAMERAS)],
    year: Year,
    zone: Zone = "UTC",
    role: Role = StreamRole.MAIN,
) -> CalendarAnswer:
    """The days of a year on which some cameras have footage."""
    bounds = _days_of(year, zone)
    answers: list[CameraDays] = []
    for camera_id in camera:
        await house.cameras.get(who.organisation, camera_id, even_removed=True)
        stream = StreamKey(who.organisation, camera_id, role)
        held = await house.catalog.days(who.organisation, stream, [us for us, _ in bounds])
        answers.append(CameraDays(camera=camera_id, days=[bounds[n][1] for n in held]))
    return CalendarAnswer(cameras=answers)


async def get_shared_calendar(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    year: Year,
    zone: Zone = "UTC",
    role: Role = StreamRole.MAIN,
) -> CalendarAnswer:
    """The days of a year on which there is footage that is shared."""
    bounds = _days_of(year, zone)
    _, window = await footage_window(house, look, camera_id)
    first, cut = bounds_within([us for us, _ in bounds], window)
    held: list[int] = []
    if cut:
        stream = StreamKey(look.share.organisation, camera_id, role)
        held = await house.catalog.days(stream.organisation, stream, cut)
    days = [bounds[first + n][1] for n in held]
    return CalendarAnswer(cameras=[CameraDays(camera=camera_id, days=days)])


def _days_of(year: int, zone: str) -> list[tuple[int, str]]:
    try:
        return day_bounds(year, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(
            f"there is no time zone {zone!r}; give an IANA name such as Europe/Berlin"
        ) from error
