"""Cameras: list, add, change, remove, and keep the footage of an event."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from vedette.accounts.access import Access
from vedette.api.audit import note
from vedette.api.camera_shapes import (
    CameraAnswer,
    CameraBody,
    CameraPatch,
    camera_answer,
    camera_from,
    credentials_from,
    patched,
)
from vedette.api.fields import CameraId, Line
from vedette.api.rights import May
from vedette.api.services import House, Services, Who
from vedette.base.errors import BadRequest, Refused
from vedette.base.units import US_PER_S
from vedette.bus.topics import (
    CAMERA_CHANGED,
    RECORDING_TRIGGER,
    CameraChange,
    CameraChanged,
    RecordingTrigger,
)
from vedette.cameras.decide import strange_hosts
from vedette.model.camera import Camera
from vedette.model.rights import Right, ScopeKind

router = APIRouter(prefix="/cameras", tags=["cameras"])


class CamerasAnswer(BaseModel):
    """Every camera of the organisation, by name."""

    cameras: list[CameraAnswer]


class TriggerBody(BaseModel, extra="forbid"):
    """Why and how long to keep footage."""

    duration_s: Annotated[float, Field(gt=0, le=86400, description="Seconds from now")] = 30.0
    reason: Line = "asked for by a person"


class TriggerAnswer(BaseModel):
    """Until when footage is kept."""

    until_us: int


@router.get("")
async def list_cameras(house: House, who: Who, access: May) -> CamerasAnswer:
    """Every camera that you may see, with its health and what you may do with it."""
    health = {one.stream: one for one in house.health.streams(who.organisation)}
    known = sorted(await house.cameras.list(who.organisation), key=lambda one: one.name.casefold())
    sealed = await house.cameras.credential_marks(who.organisation)
    return CamerasAnswer(
        cameras=[
            camera_answer(camera, health, access, has_credentials=camera.id in sealed)
            for camera in known
            if access.sees(camera.id)
        ]
    )


@router.post("", status_code=201)
async def add_camera(
    house: House, who: Who, access: May, request: Request, body: CameraBody
) -> CameraAnswer:
    """Add a camera; Vedette connects to it at once."""
    camera = camera_from(body, who.organisation, house.clock)
    note(request, name=camera.name, camera=camera.id)
    await house.cameras.add(who.organisation, camera, credentials_from(body))
    house.bus.publish(
        CAMERA_CHANGED, CameraChanged(who.organisation, camera.id, CameraChange.ADDED)
    )
    return await get_camera(house, who, access, camera.id)


@router.get("/{camera_id}")
async def get_camera(
    house: House,
    who: Who,
    access: May,
    camera_id: CameraId,
    *,
    even_removed: Annotated[
        bool, Query(description="A removed one too, for as long as its footage is kept")
    ] = False,
) -> CameraAnswer:
    """One camera with its health."""
    camera = await house.cameras.get(who.organisation, camera_id, even_removed=even_removed)
    sealed = await house.cameras.credential_marks(who.organisation)
    health = {one.stream: one for one in house.health.streams(who.organisation)}
    return camera_answer(camera, health, access, has_credentials=camera_id in sealed)


def _check_move(access: Access, before: str | None, after: str | None) -> None:
    """Whether a camera may change its site: whoever holds a role at a site gains or loses it.

    Raises:
        Refused: Not both sites are theirs to configure.
    """
    if before == after or access.may(Right.CONFIGURE):
        return
    for site in (before, after):
        held = access.scopes.get((ScopeKind.SITE, site or ""), {})
        if Right.CONFIGURE not in held:
            raise Refused(
                "a camera is moved by those who may change settings at both sites, "
                "or in the whole organisation; ask one of them"
            )


async def _check_hosts(house: Services, before: Camera, after: Camera, body: CameraPatch) -> None:
    """Whether stored credentials stay with the hosts that they were given for.

    Raises:
        BadRequest: They would be sent to another one, which may not be the camera at all.
    """
    if body.sets_credentials():
        return
    strange = strange_hosts(before, after)
    if strange and before.id in await house.cameras.credential_marks(before.organisation):
        raise BadRequest(
            f"{', '.join(sorted(strange))} is another host: give user name and password again "
            "with the new address, so that they go nowhere unasked"
        )


@router.patch("/{camera_id}")
async def change_camera(
    *,
    house: House,
    who: Who,
    access: May,
    request: Request,
    camera_id: CameraId,
    body: CameraPatch,
) -> CameraAnswer:
    """Change what is named and leave the rest; Vedette reconnects where it must."""
    before = await house.cameras.get(who.organisation, camera_id)
    camera = patched(before, body)
    _check_move(access, before.site, camera.site)
    await _check_hosts(house, before, camera, body)
    note(request, name=camera.name, fields=", ".join(sorted(body.model_fields_set)))
    await house.cameras.update(who.organisation, camera)
    if body.sets_credentials():
        await house.cameras.set_credentials(who.organisation, camera_id, credentials_from(body))
    house.bus.publish(
        CAMERA_CHANGED, CameraChanged(who.organisation, camera_id, CameraChange.CHANGED)
    )
    return await get_camera(house, who, access, camera_id)


@router.delete("/{camera_id}", status_code=204)
async def remove_camera(house: House, who: Who, request: Request, camera_id: CameraId) -> None:
    """Remove a camera; its footage stays until retention erases it."""
    note(request, name=(await house.cameras.get(who.organisation, camera_id)).name)
    await house.cameras.remove(who.organisation, camera_id)
    house.bus.publish(
        CAMERA_CHANGED, CameraChanged(who.organisation, camera_id, CameraChange.REMOVED)
    )


@router.post("/{camera_id}/trigger", status_code=202)
async def trigger_recording(
    house: House, who: Who, camera_id: CameraId, body: TriggerBody
) -> TriggerAnswer:
    """Keep the footage of a camera in event mode for a while."""
    await house.cameras.get(who.organisation, camera_id)
    until_us = house.clock.wall_us() + round(body.duration_s * US_PER_S)
    house.bus.publish(
        RECORDING_TRIGGER, RecordingTrigger(who.organisation, camera_id, until_us, body.reason)
    )
    return TriggerAnswer(until_us=until_us)
