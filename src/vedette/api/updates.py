"""News for the page: health, footage, cameras, volumes."""

import json

from fastapi import APIRouter, WebSocket

from vedette.api.feed import Feed
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.api.sockets import send_within, serve_socket

router = APIRouter(tags=["updates"])


@router.websocket("/updates")
async def updates(websocket: WebSocket, house: House, who: Who, access: May) -> None:
    """Send what changes in the organisation, as it changes."""
    feed = Feed(house.bus, who.organisation, access, who.person)

    async def send_all() -> None:
        while True:
            await send_within(websocket.send_text(json.dumps(await feed.next())))

    try:
        await serve_socket(websocket, house, send_all)
    finally:
        feed.close()
