"""What every way to sign in shares: where the request comes from, and the cookie at its end."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from vedette.accounts.device import device_words
from vedette.api.audit import actor_of
from vedette.api.guard import COOKIE, cookie_of
from vedette.api.services import House, Services, Who
from vedette.base.errors import ProveAgain, Refused
from vedette.bus.topics import ACCESS_CHANGED, AccessChanged
from vedette.model.event import Actor, Outcome
from vedette.model.person import DEFAULT_ORGANISATION, Identity, Visit

_COOKIE_S = 30 * 86400


class SessionAnswer(BaseModel):
    """Who is signed in."""

    name: str
    organisation: str


async def keep_refused(
    house: Services,
    request: Request,
    name: str,
    why: str,
    organisation: str = "",
    *,
    through: str = "",
) -> None:
    """Keep in the log that somebody was not let in; what was typed is kept only when it is a name.

    A password typed into the wrong field must not end up there. Without a known name it belongs
    to ``organisation``, or to the one that a fresh installation starts with. ``through`` names the
    single sign-on.
    """
    known = await house.accounts.find(name) if name else None
    organisation = known.organisation if known else organisation or DEFAULT_ORGANISATION
    person = known.name if known else ""
    attempt = f"a sign-on through {through}" if through else "a sign-in"
    await house.audit.keep(
        organisation,
        "session.refused",
        Actor(known.id if known else "", person, "nobody", "", visit_of(request).source),
        f"{attempt} as {person} was refused" if person else f"{attempt} was refused",
        outcome=Outcome.REFUSED,
        why=why,
    )


def visit_of(request: HTTPConnection) -> Visit:
    """Where a request comes from."""
    source = request.client.host if request.client else ""
    return Visit(source, request.headers.get("user-agent", ""))


def is_https(house: Services, request: HTTPConnection) -> bool:
    """Whether browsers reach us by https, be it through a proxy."""
    return request.url.scheme == "https" or any(
        origin.startswith("https:") for origin in house.public_origins
    )


async def keep_began(house: Services, request: Request, who: Identity) -> None:
    """Keep in the log that somebody came in, and how."""
    session = await house.accounts.sessions.get(who.organisation, who.credential)
    await house.audit.keep(
        who.organisation,
        "session.began",
        actor_of(who, request),
        f"{who.name} signed in",
        device=device_words(visit_of(request).user_agent),
        method=session.method,
    )


async def signed_in(house: Services, request: Request, secret: str, who: Identity) -> Response:
    """The answer that signs a browser in; the session that it brought along ends."""
    await keep_began(house, request, who)
    answer = SessionAnswer(name=who.name, organisation=who.organisation)
    response = Response(answer.model_dump_json(), media_type="application/json")
    await give_cookie(house, request, response, secret)
    return response


async def give_cookie(house: Services, request: Request, response: Response, secret: str) -> None:
    """Put a new session into a browser; the one that it brought along ends."""
    earlier = cookie_of(request.headers)
    if earlier:
        await house.accounts.sessions.end_by_secret(earlier)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=_COOKIE_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_https(house, request),
    )


def by_session(who: Who) -> Identity:
    """Who is asking, in person.

    Raises:
        Refused: A token asks; it may not change what proves who its person is.
    """
    if who.how != "session":
        raise Refused("a token cannot do that; sign in with a browser")
    return who


InPerson = Annotated[Identity, Depends(by_session)]


async def by_fresh_session(house: House, who: InPerson) -> Identity:
    """Who is asking, having signed in a moment ago.

    Raises:
        ProveAgain: That was too long ago; an unlocked computer must not be enough.
    """
    if not await house.accounts.sessions.is_fresh(who.organisation, who.credential):
        raise ProveAgain("sign in once more before you change this")
    return who


Proven = Annotated[Identity, Depends(by_fresh_session)]


def say_access_changed(house: Services, organisation: str, person: str | None = None) -> None:
    """Make whoever serves the person look again, so that live pictures stop at once."""
    house.bus.publish(ACCESS_CHANGED, AccessChanged(organisation, person))
