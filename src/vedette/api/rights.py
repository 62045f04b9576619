"""What each route needs, in one table; a route that is not in it is for administrators only.

The check runs before the handler. A camera for which somebody has no right at all does not exist
for them; one that they may see, but not so, is refused with words.
"""

import contextlib
from collections.abc import Iterable
from typing import Annotated, cast

from fastapi import Depends
from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection

from vedette.accounts.access import Access
from vedette.api.audit import note
from vedette.api.rights_table import ACTS, ADMINISTRATORS, RULES, WORDS, Needs
from vedette.api.services import Services, identity_of, services_of
from vedette.base.errors import NotFound, Refused
from vedette.base.units import us_to_text
from vedette.model.reason import Act
from vedette.model.rights import Right

_TIMES = ("segment_start_us", "fragment_start_us", "at_us", "start_us")


async def access_of(connection: HTTPConnection) -> Access:
    """What whoever asks may do; worked out once per request."""
    state = connection.scope["state"]
    if "access" not in state:
        house, who = services_of(connection), identity_of(connection)
        state["access"] = await house.accounts.roles.access(who.organisation, who)
    return cast("Access", state["access"])


May = Annotated[Access, Depends(access_of)]


async def allowed(connection: HTTPConnection) -> None:
    """Let a request through to its handler, or not.

    Raises:
        Refused: The person may not do that.
        NotFound: There is no such camera, as far as the person may know.
        ReasonAsked: They may, once they said why.
    """
    await _check_rights(connection)
    await _check_reason(connection)


async def _check_reason(connection: HTTPConnection) -> None:
    """Only of those who may; nobody learns what is asked of others."""
    name = connection.scope["route"].name
    recorded = name == "get_snapshot" and "at_us" in connection.query_params
    act = Act.REPLAY if recorded else ACTS.get(name)
    if act is None:
        return
    house, who = services_of(connection), identity_of(connection)
    reason = await house.accounts.reasons.need(who.organisation, who.credential, act)
    if reason is not None:
        note(connection, reason=reason.text)


async def _check_rights(connection: HTTPConnection) -> None:
    rule = RULES.get(connection.scope["route"].name, ADMINISTRATORS)
    if rule.needs in {Needs.NOTHING, Needs.ANYBODY}:
        return
    access = await access_of(connection)
    right = rule.right
    if right is not None and rule.needs is Needs.ORGANISATION:
        if not access.may(right):
            raise Refused(_no(right))
    elif right is not None and rule.needs is Needs.ANYWHERE:
        if not access.may_anywhere(right):
            raise Refused(_no(right))
    elif rule.needs is Needs.QUERY:
        for camera in QueryParams(connection.scope["query_string"]).getlist("camera"):
            await _check_asked(connection, access, camera, right)
    else:
        await _check_asked(connection, access, str(connection.path_params.get("camera_id")), right)


async def _check_asked(
    connection: HTTPConnection, access: Access, camera: str, right: Right | None
) -> None:
    """Whether a camera may be used so.

    Raises:
        Refused: It may be seen, but not so.
        NotFound: It may not be seen at all.
    """
    await must_see(connection, access, [camera])
    _check_camera(connection, access, camera, right)


async def must_see(connection: HTTPConnection, access: Access, cameras: Iterable[str]) -> None:
    """Whether somebody sees the cameras that they name, wherever they name them.

    The log keeps who asked for a camera that is there, but not for them; they are not told.

    Raises:
        NotFound: One of them is not there, as far as the person may know.
    """
    for camera in cameras:
        if access.sees(camera):
            continue
        house, who = services_of(connection), identity_of(connection)
        with contextlib.suppress(NotFound):
            await house.cameras.get(who.organisation, camera, even_removed=True)
            note(connection, hidden_camera=camera)
        raise NotFound(f"there is no camera {camera}")


def _check_camera(
    connection: HTTPConnection, access: Access, camera: str, right: Right | None
) -> None:
    """Whether a camera that one sees may be used so, at the instant that the request names."""
    if right is None:
        return
    query = connection.query_params
    if right is Right.LIVE and "at_us" in query:
        right = Right.REPLAY
    if not access.may(right, camera):
        raise Refused(_no(right))
    if right is Right.REPLAY:
        _check_reach(connection, services_of(connection), access, camera)


def _check_reach(connection: HTTPConnection, house: Services, access: Access, camera: str) -> None:
    """Refuse footage that is older than the role allows."""
    earliest_us = access.earliest_us(Right.REPLAY, camera, house.clock.wall_us())
    if not earliest_us:
        return
    if connection.scope["route"].name in {"get_footage", "get_calendar"}:
        return  # that there is footage may be known
    for name in _TIMES:
        given = connection.path_params.get(name) or connection.query_params.get(name) or ""
        if str(given).isdecimal() and int(given) < earliest_us:
            raise Refused(
                f"your role shows footage from {us_to_text(earliest_us)} on; "
                "ask whoever handles people and roles for more"
            )


def _no(right: Right) -> str:
    return f"you may not {WORDS[right]} here; ask whoever handles people and roles"
