"""Steering a camera: what it can do, its presets, and a socket with a dead man's handle."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, WebSocket
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.requests import HTTPConnection

from vedette.api.audit import actor_of, note
from vedette.api.fields import CameraId, Line
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.api.sockets import send_within, serve_socket
from vedette.base.errors import Conflict, SourceUnsupported
from vedette.ingest.ptz.service import Held, PtzView, Wheel, WheelNews
from vedette.model.person import Identity
from vedette.model.ptz import Preset, PtzAbilities, Steersman, Wish
from vedette.model.rights import Right

router = APIRouter(prefix="/cameras/{camera_id}/ptz", tags=["ptz"])

PresetToken = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f/]+$",
        description="The camera's own name for a preset",
    ),
]
Share = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
PresetName = Annotated[Line, Field(max_length=64)]


class PresetShape(BaseModel):
    """A position that the camera remembers."""

    token: str
    name: str


class PtzAnswer(BaseModel):
    """What there is to steer."""

    steerable: bool
    why_not: str = Field(description="One sentence; empty when the camera can be steered")
    pans: bool
    tilts: bool
    zooms: bool
    has_home: bool
    moves_by_distance: bool = Field(description="Whether it also knows relative moves")
    moves_to_position: bool = Field(description="Whether it also knows absolute moves")
    max_presets: int
    may_keep_presets: bool = Field(description="Whether you may set and delete them")
    presets: list[PresetShape]
    held_by: str | None = Field(description="Name of the person who steers it now")
    held_by_me: bool


class PresetBody(BaseModel, extra="forbid"):
    """Under which name to remember where the camera looks now."""

    name: PresetName


class _Move(BaseModel, extra="forbid"):
    type: Literal["move"]
    pan: Share = 0.0
    tilt: Share = 0.0
    zoom: Share = 0.0
    take: bool = False


class _Stop(BaseModel, extra="forbid"):
    type: Literal["stop"]


_Message = Annotated[_Move | _Stop, Field(discriminator="type")]
_MESSAGE: TypeAdapter[_Move | _Stop] = TypeAdapter(_Message)


def _steersman(who: Who, may: May, camera_id: CameraId, connection: HTTPConnection) -> Steersman:
    """Whoever may change the camera's settings takes it from those who may only steer."""
    rank = int(may.may(Right.CONFIGURE, camera_id))
    return Steersman(who.person, who.name, rank, actor_of(who, connection))


Me = Annotated[Steersman, Depends(_steersman)]


def _shape(preset: Preset) -> PresetShape:
    return PresetShape(token=preset.token, name=preset.name)


def _answer(view: PtzView, me: Steersman, why_not: str = "") -> PtzAnswer:
    can, holder = view.abilities, view.held_by
    if not why_not and not can.moves:
        why_not = "the camera has PTZ, but offers no way to move for as long as a key is held"
    return PtzAnswer(
        steerable=not why_not,
        why_not=why_not,
        pans=can.pan is not None,
        tilts=can.tilt is not None,
        zooms=can.zoom is not None,
        has_home=can.home,
        moves_by_distance=can.relative,
        moves_to_position=can.absolute,
        max_presets=can.max_presets,
        may_keep_presets=me.rank > 0,
        presets=[_shape(preset) for preset in view.presets],
        held_by=holder.name if holder else None,
        held_by_me=holder is not None and holder.person == me.person,
    )


@router.get("")
async def get_ptz(house: House, who: Who, me: Me, camera_id: CameraId) -> PtzAnswer:
    """Ask the camera what it can do; one that cannot turn says so and is no error."""
    try:
        view = await house.steering.view(who.organisation, camera_id)
    except (SourceUnsupported, Conflict) as error:
        return _answer(PtzView(PtzAbilities(), (), None), me, str(error))
    return _answer(view, me)


@router.post("/home", status_code=204)
async def go_home(house: House, who: Who, me: Me, camera_id: CameraId) -> None:
    """Go to the home position."""
    await house.steering.go_to(who.organisation, camera_id, me, None)


@router.post("/presets", status_code=201)
async def add_preset(
    house: House, who: Who, request: Request, camera_id: CameraId, body: PresetBody
) -> PresetShape:
    """Remember where the camera looks now."""
    note(request, name=body.name)
    return _shape(await house.steering.keep(who.organisation, camera_id, body.name))


@router.put("/presets/{preset}")
async def replace_preset(  # noqa: PLR0917  FastAPI names them all
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    preset: PresetToken,
    body: PresetBody,
) -> PresetShape:
    """Remember where the camera looks now in place of a preset; ONVIF cannot rename alone."""
    note(request, name=body.name)
    return _shape(await house.steering.keep(who.organisation, camera_id, body.name, preset))


@router.post("/presets/{preset}/go", status_code=204)
async def go_to_preset(
    house: House, who: Who, me: Me, camera_id: CameraId, preset: PresetToken
) -> None:
    """Go to a preset."""
    await house.steering.go_to(who.organisation, camera_id, me, preset)


@router.delete("/presets/{preset}", status_code=204)
async def remove_preset(house: House, who: Who, camera_id: CameraId, preset: PresetToken) -> None:
    """Forget a preset."""
    await house.steering.forget(who.organisation, camera_id, preset)


@router.websocket("/steer")
async def steer(
    *, websocket: WebSocket, house: House, who: Who, me: Me, camera_id: CameraId
) -> None:
    """Steer by messages; the camera stops when none comes for half a second.

    The client sends ``{"type": "move", "pan", "tilt", "zoom", "take"}``, again at least every
    300 ms while it goes on, and ``{"type": "stop"}``. The server sends ``{"type": "held", "by",
    "mine"}`` when the camera changes hands and ``{"type": "trouble", "detail"}``.
    """
    wheel = await house.steering.join(who.organisation, camera_id, me)

    async def send_all() -> None:
        while True:
            await send_within(websocket.send_text(_text(await wheel.next(), who)))

    try:
        await serve_socket(websocket, house, send_all, lambda text: _follow(wheel, text))
    finally:
        await wheel.leave()


async def _follow(wheel: Wheel, text: str) -> None:
    try:
        message = _MESSAGE.validate_json(text)
    except ValidationError:
        return  # a newer page may say more than we understand; the handle goes on running out
    if isinstance(message, _Stop):
        wheel.stop()
    else:
        wish = Wish(message.pan, message.tilt, message.zoom)
        await wheel.move(wish, take=message.take)


def _text(news: WheelNews, who: Identity) -> str:
    said: dict[str, Any]
    if isinstance(news, Held):
        mine = news.by is not None and news.by.person == who.person
        said = {"type": "held", "by": news.by.name if news.by else None, "mine": mine}
    else:
        said = {"type": "trouble", "detail": news.detail}
    return json.dumps(said)
