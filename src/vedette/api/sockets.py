"""What every WebSocket of ours does: watch for the other side leaving, and never wait for ever.

A handler that only sends notices nothing when the client leaves while there is nothing to send; it
would live on, and the server could not stop. So three things run side by side, and the first to
end ends all: the sender, a watch on what comes in, and a look whether the session or token still
and what it allows still
holds: at once when the bus says that something changed, and every half minute in any case, for
what was changed by another process, such as the command line.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from enum import IntEnum
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from vedette.api.guard import bearer_of, cookie_of, identify
from vedette.api.rights import access_of
from vedette.api.services import Services, identity_of
from vedette.base.errors import Refused
from vedette.base.units import NS_PER_US, US_PER_S
from vedette.bus.topics import ACCESS_CHANGED, AccessChanged

SEND_TIMEOUT_S = 15.0
"""A client that takes nothing for so long is gone."""
RECHECK_S = 30.0
_CLOSE_TIMEOUT_S = 1.0
_MAX_UNASKED = 100
_MAX_A_SECOND = 40
"""Messages from a client that may talk; a hand on a joystick needs half of that."""
_MAX_TEXT = 4096


class CloseCode(IntEnum):
    """Why we close, beside the codes of RFC 6455."""

    RESTART = 1012  # come again in a moment
    UNASKED = 1008  # the client talks although nobody asks
    SLOW = 4408  # the client took nothing for SEND_TIMEOUT_S
    SIGNED_OUT = 4401  # the session or token ended meanwhile
    SHARE_OVER = 4410  # what was shared has ended


async def serve_socket(
    websocket: WebSocket,
    house: Services,
    sender: Callable[[], Awaitable[None]],
    listener: Callable[[str], Awaitable[None]] | None = None,
    *,
    stands: Callable[[], Awaitable[int]] | None = None,
) -> None:
    """Accept, run ``sender`` until it ends or the client leaves, close.

    Args:
        websocket: Not yet accepted; the guard knows who it is.
        house: For the clock and the accounts.
        sender: Sends by ``send_within``; its end means that the server lets the client go.
        listener: Takes each text of the client; None for a client that shall not talk.
        stands: Returns a code when the client may look no longer; None asks for the session or
            token alone.
    """
    stands = stands or (lambda: still_allowed(websocket, house))
    await websocket.accept()
    tasks = [
        asyncio.create_task(_sending(sender), name="socket sender"),
        asyncio.create_task(_watching(websocket, house, listener), name="socket watch"),
        asyncio.create_task(_standing(stands), name="socket session"),
    ]
    code: int | None = None
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next((task.result() for task in tasks if task in done), None)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if code is not None and websocket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                    await websocket.close(code)


async def send_within(sending: Awaitable[None]) -> None:
    """Await one send.

    Raises:
        TimeoutError: The client took nothing for too long.
    """
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await sending


async def _sending(sender: Callable[[], Awaitable[None]]) -> int | None:
    try:
        await sender()
    except TimeoutError:
        return CloseCode.SLOW
    except (WebSocketDisconnect, RuntimeError):
        return None  # the client left between two messages
    return CloseCode.RESTART


async def _standing(stands: Callable[[], Awaitable[int]]) -> int:
    return await stands()


async def _watching(
    websocket: WebSocket, house: Services, listener: Callable[[str], Awaitable[None]] | None
) -> int | None:
    """None when the client left; a code when it talks too much."""
    left, filled_ns = float(_MAX_UNASKED), house.clock.monotonic_ns()
    while left >= 1:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        left -= 1
        if listener is None:
            continue
        now_ns = house.clock.monotonic_ns()
        left = min(
            _MAX_UNASKED, left + (now_ns - filled_ns) / (NS_PER_US * US_PER_S) * _MAX_A_SECOND
        )
        filled_ns = now_ns
        text = message.get("text") or ""
        if len(text) <= _MAX_TEXT:
            await listener(text)
    return CloseCode.UNASKED


async def still_allowed(websocket: WebSocket, house: Services) -> int:
    """Returns the code to close with, once the session or token or what it allows has changed."""
    token, session = bearer_of(websocket.headers), cookie_of(websocket.headers)
    who, access = identity_of(websocket), await access_of(websocket)
    changed = asyncio.Event()

    def hear(said: AccessChanged) -> None:
        if said.organisation == who.organisation and said.person in {None, who.person}:
            changed.set()

    listening = house.bus.subscribe(ACCESS_CHANGED, hear)
    try:
        while True:
            # First at once: the session may have ended before anybody listened.
            asking = await identify(house.accounts, token=token, session=session)
            if await house.accounts.roles.access(asking.organisation, asking) != access:
                return CloseCode.RESTART  # whoever comes again gets what is allowed now
            await first_of(house.clock.sleep(RECHECK_S), changed.wait())
            changed.clear()
    except Refused:
        return CloseCode.SIGNED_OUT
    finally:
        listening.cancel()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first is done; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
