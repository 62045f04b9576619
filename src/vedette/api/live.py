"""Live view: text says what comes, binary is what plays; see docs/reference/api.md."""

import json
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from vedette.api.audit import Seen, actor_of
from vedette.api.fields import CameraId, Role
from vedette.api.services import House, Who
from vedette.api.sockets import send_within, serve_socket
from vedette.model.camera import StreamKey, StreamRole
from vedette.playback.viewer import (
    LiveClock,
    LiveFormat,
    LiveItem,
    LiveMedia,
    LiveOffline,
    Viewer,
)

router = APIRouter(tags=["live"])


@router.websocket("/cameras/{camera_id}/live")
async def live(
    *,
    websocket: WebSocket,
    house: House,
    who: Who,
    camera_id: CameraId,
    role: Role = StreamRole.MAIN,
    audio: Annotated[bool, Query(description="Whether sound is wanted")] = False,
    encode: Annotated[
        bool,
        Query(
            description="Whether H.265 shall be turned into VP9, which every browser plays; it "
            "costs the server much, so only a few cameras at once get it"
        ),
    ] = False,
) -> None:
    """Send one stream as it comes."""
    await house.cameras.get(who.organisation, camera_id)
    stream = StreamKey(who.organisation, camera_id, role)
    now_us = house.clock.wall_us()
    seen, actor = Seen(camera_id, "live", now_us, now_us, role.value), actor_of(who, websocket)
    await house.audit.saw(who.organisation, actor, seen)
    viewer, leave = house.live.watch(stream, audio=audio, encode=encode)
    house.audit.watching(who.organisation, actor, seen, 1)
    try:
        await serve_socket(websocket, house, lambda: _send_all(websocket, viewer))
    finally:
        leave()
        house.audit.watching(who.organisation, actor, seen, -1)


async def _send_all(websocket: WebSocket, viewer: Viewer) -> None:
    while (item := await viewer.next()) is not None:
        await send_within(send_item(websocket, item))


async def send_item(websocket: WebSocket, item: LiveItem) -> None:
    """Send one item as text, bytes or both."""
    if isinstance(item, LiveMedia):
        await websocket.send_bytes(item.data)
        return
    await websocket.send_text(_text(item))
    if isinstance(item, LiveFormat):
        await websocket.send_bytes(item.init)


def _text(item: LiveItem) -> str:
    if isinstance(item, LiveFormat):
        fields = asdict(item)
        del fields["init"]
        kind = "format"
    elif isinstance(item, LiveClock):
        kind, fields = "clock", asdict(item)
    elif isinstance(item, LiveOffline):
        kind, fields = "offline", asdict(item)
    else:
        kind, fields = "lost", {"frames": item.frames}
    return json.dumps({"type": kind, **fields})
