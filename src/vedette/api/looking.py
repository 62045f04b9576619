"""Who looks through which share, and what the logs are told of it.

Two ways lead here: a person of the organisation that received the share, and a guest who opened a
link. What follows is the same for both: nothing is shown that ``sharing.decide`` does not allow.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from vedette.accounts.access import Access
from vedette.api.audit import Seen, actor_of
from vedette.api.fields import ShareId
from vedette.api.guard import GUEST_COOKIE, cookie_of
from vedette.api.rights import May
from vedette.api.services import House, Services, Who
from vedette.api.sockets import RECHECK_S, CloseCode, first_of, still_allowed
from vedette.base.errors import NotFound, Refused
from vedette.base.units import US_PER_S
from vedette.bus.topics import SHARE_CHANGED, ShareChanged
from vedette.model.camera import Camera
from vedette.model.event import Actor
from vedette.model.person import Identity
from vedette.model.rights import Right
from vedette.model.share import Guest, Share
from vedette.sharing.decide import (
    Denial,
    Seer,
    Window,
    footage_of,
    guest,
    live_denied,
    sees,
)

_ABSENT = "there is no such share; it may have ended"


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks through a share.

    Attributes:
        share: As it was when asked.
        seer: Who, for deciding.
        actor: Who, for the owner's log.
        home: Organisation and person, for the log of the recipient; None for a guest.
    """

    share: Share
    seer: Seer
    actor: Actor
    home: tuple[str, Actor] | None = None


def seer_of(who: Identity, access: Access, now_us: int) -> Seer:
    """What a person's own organisation allows of whatever others share with it.

    A role counts only where it holds for the whole organisation: another agency's camera is at no
    site and in no group of ours.
    """
    return Seer(
        organisation=who.organisation,
        live=access.may(Right.LIVE),
        earliest_us=access.earliest_us(Right.REPLAY, "", now_us),
    )


def sharing_party(share: Share) -> str:
    """How the owner's log calls whoever looks through a share, for want of a person."""
    return f"share/{share.id}"


async def look_as_person(
    connection: HTTPConnection, house: House, who: Who, access: May, share_id: ShareId
) -> None:
    """A person looks through what another organisation has shared.

    Raises:
        NotFound: There is no such share, as far as this person may know.
    """
    share = await house.shares.received(who.organisation, share_id)
    mark = hashlib.sha256(f"{share.id} {who.credential}".encode()).hexdigest()[:16]
    look = Look(
        share,
        seer_of(who, access, house.clock.wall_us()),
        # Other organisations need no identifiers or addresses of ours.
        Actor(sharing_party(share), f"{who.name} ({share.recipient_name})", "share", mark),
        (who.organisation, actor_of(who, connection)),
    )
    _remember(connection, house, look)


async def look_as_guest(connection: HTTPConnection, house: House) -> None:
    """Somebody with a link looks; the guard knows which.

    Raises:
        NotFound: The share has just ended.
    """
    found = cast("Guest", connection.scope["state"]["guest"])
    _remember(connection, house, Look(found.share, guest(found.share.id), guest_actor(connection)))


def guest_actor(connection: HTTPConnection, found: Guest | None = None) -> Actor:
    """A guest, as the owner's log names one."""
    found = found or cast("Guest", connection.scope["state"]["guest"])
    address = connection.client.host if connection.client else ""
    name = f"{found.share.recipient_name} (link)"
    return Actor(sharing_party(found.share), name, "share", found.session, address)


def _remember(connection: HTTPConnection, house: Services, look: Look) -> None:
    if not sees(look.share, look.seer, house.clock.wall_us()):
        raise NotFound(_ABSENT)
    connection.scope["state"]["look"] = look


def _remembered(connection: HTTPConnection) -> Look:
    return cast("Look", connection.scope["state"]["look"])


Looking = Annotated[Look, Depends(_remembered)]
"""For handlers of a router that depends on ``look_as_person`` or ``look_as_guest``."""


async def live_camera(house: Services, look: Look, camera: str) -> Camera:
    """A camera that may be watched live through a share.

    Raises:
        NotFound: There is none.
        Refused: It may not be watched live.
    """
    denial = live_denied(look.share, look.seer, camera, house.clock.wall_us())
    if denial is not None:
        raise _said(denial, "live pictures", "watch live")
    return await house.cameras.get(look.share.organisation, camera)


async def footage_window(house: Services, look: Look, camera: str) -> tuple[Camera, Window]:
    """A camera of which footage may be watched through a share, and which.

    Raises:
        NotFound: There is none.
        Refused: No footage of it may be watched.
    """
    found = footage_of(look.share, look.seer, camera, house.clock.wall_us())
    if isinstance(found, Denial):
        raise _said(found, "recorded footage", "watch recorded footage")
    return await house.cameras.get(look.share.organisation, camera), found


def _said(denial: Denial, what: str, doing: str) -> NotFound | Refused:
    if denial is Denial.ABSENT:
        return NotFound(_ABSENT)
    if denial is Denial.MODE:
        return Refused(f"{what} of this camera are not shared with you; ask its owner")
    return Refused(
        f"your role does not let you {doing} of the whole organisation; ask whoever handles people "
        "and roles"
    )


async def saw(house: Services, look: Look, camera: Camera, seen: Seen) -> None:
    """Keep what is about to be shown, in the owner's log and in the recipient's."""
    for organisation, actor, told in _records(look, camera, seen):
        await house.audit.saw(organisation, actor, told)


def watching(house: Services, look: Look, camera: Camera, seen: Seen, by: int) -> None:
    """A live picture opened (1) or closed (-1)."""
    for organisation, actor, told in _records(look, camera, seen):
        house.audit.watching(organisation, actor, told, by)


def _records(look: Look, camera: Camera, seen: Seen) -> list[tuple[str, Actor, Seen]]:
    seen = replace(seen, share=look.share.id)
    records = [(look.share.organisation, look.actor, seen)]
    if look.home is not None:
        # In the recipient's log nobody else says how the camera is called.
        records.append((*look.home, replace(seen, told={"camera": camera.name})))
    return records


async def share_stands(
    websocket: WebSocket,
    house: Services,
    look: Look,
    check: Callable[[Look], Awaitable[object]],
) -> int:
    """Returns the code to close with, as soon as the share or what it allows is over.

    Asked again when the bus says that the share changed, when its time is up, and every half minute
    in any case.

    Args:
        websocket: Whose session is looked at, too.
        house: For everything.
        look: As it began.
        check: Raises when what is being shown may be shown no longer.
    """
    changed = asyncio.Event()

    def hear(said: ShareChanged) -> None:
        if said.share == look.share.id:
            changed.set()

    listening = house.bus.subscribe(SHARE_CHANGED, hear)
    try:
        while True:
            # First at once: the share may have ended before anybody listened.
            await check(replace(look, share=await _again(websocket, house, look)))
            left_us = look.share.until_us - house.clock.wall_us()
            pause_s = min(RECHECK_S, left_us / US_PER_S)
            await first_of(house.clock.sleep(pause_s), changed.wait())
            changed.clear()
    except (NotFound, Refused):
        return CloseCode.SHARE_OVER
    finally:
        listening.cancel()


async def _again(websocket: WebSocket, house: Services, look: Look) -> Share:
    if look.home is not None:
        share = await house.shares.received(look.home[0], look.share.id)
    else:
        share = (await house.guests.by_secret(cookie_of(websocket.headers, GUEST_COOKIE))).share
    if not sees(share, look.seer, house.clock.wall_us()):
        raise NotFound(_ABSENT)
    return share


def stands(
    websocket: WebSocket,
    house: Services,
    look: Look,
    check: Callable[[Look], Awaitable[object]],
) -> Callable[[], Awaitable[int]]:
    """For ``serve_socket``: whether the share stands, and of a person the session, too."""

    async def watched() -> int:
        watches = [asyncio.create_task(share_stands(websocket, house, look, check))]
        if look.home is not None:
            watches.append(asyncio.create_task(still_allowed(websocket, house)))
        try:
            done, _ = await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            return next(task.result() for task in watches if task in done)
        finally:
            for task in watches:
                task.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    return watched
