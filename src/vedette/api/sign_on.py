"""Single sign-on: to a provider, back from it, and linking one's account with it."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from vedette.accounts.second_factor import PersonRef
from vedette.accounts.sign_on import Arrival, Departure, Linked, SignOnFailed
from vedette.accounts.sign_on_roles import RoleChanges
from vedette.api.audit import actor_of, note
from vedette.api.entering import (
    Proven,
    give_cookie,
    is_https,
    keep_began,
    keep_refused,
    say_access_changed,
    visit_of,
)
from vedette.api.services import House, Services, Who
from vedette.base.errors import TooManyAttempts
from vedette.model.event import Actor

router = APIRouter(tags=["sign-on"])

CALLBACK = "/api/v1/session/sign-on/callback"
_BINDING = "vedette_sign_on"
_BINDING_S = 600

_PROVIDER = r"^[a-z0-9-]{1,60}$"
ProviderId = Annotated[str, Path(pattern=_PROVIDER, description="From GET /session/ways")]
Told = Annotated[str, Query(max_length=4096)]


class SignOnBody(BaseModel, extra="forbid"):
    """With which provider."""

    provider: Annotated[str, Field(pattern=_PROVIDER)]


class DepartureAnswer(BaseModel):
    """Where the browser shall go."""

    address: str


class SignOnLinkShape(BaseModel):
    """A provider that knows the person."""

    provider: str = Field(description="Its name")
    issuer: str
    created_us: int
    used_us: int | None


class SignOnLinksAnswer(BaseModel):
    """Every provider that knows the person."""

    links: list[SignOnLinkShape]


def _redirect_uri(house: Services, request: Request) -> str:
    """Where providers send browsers back to; to be registered there as it is."""
    here = f"{request.url.scheme}://{request.headers.get('host', '')}"
    ours = house.public_origins[0] if house.public_origins else request.headers.get("origin", here)
    return ours.rstrip("/") + CALLBACK


def _departing(house: Services, request: Request, departure: Departure) -> Response:
    response = Response(
        DepartureAnswer(address=departure.address).model_dump_json(),
        media_type="application/json",
    )
    # Lax, because the browser comes back from another site; it opens nothing by itself.
    response.set_cookie(
        _BINDING,
        departure.binding,
        max_age=_BINDING_S,
        path=CALLBACK,
        httponly=True,
        samesite="lax",
        secure=is_https(house, request),
    )
    return response


@router.post("/session/sign-on", response_model=DepartureAnswer)
async def depart(house: House, request: Request, body: SignOnBody) -> Response:
    """Begin signing on; the page sends the browser to the address."""
    departure = await house.entrance.sign_on.depart(body.provider, _redirect_uri(house, request))
    return _departing(house, request, departure)


@router.get(
    "/session/sign-on/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses={303: {"description": "To the page, which says how it went"}},
)
async def arrive(  # noqa: PLR0917  each is a parameter of the standard
    house: House,
    request: Request,
    state: Told = "",
    code: Told = "",
    iss: Told = "",
    error: Told = "",
    binding: Annotated[str, Cookie(alias=_BINDING, max_length=512)] = "",
) -> Response:
    """Where the provider sends the browser back to (OpenID Connect Core, 3.1.2.5)."""
    given = {"state": state, "code": code, "iss": iss, "error": error}
    answer = {name: value for name, value in given.items() if value}
    try:
        arrived = await house.entrance.sign_on.arrive(answer, binding, visit_of(request))
    except SignOnFailed as failed:
        await keep_refused(
            house, request, "", str(failed), failed.organisation, through=failed.provider
        )
        return _to_page(f"/{'account' if failed.linking else 'sign-in'}#{failed.why}")
    except TooManyAttempts:
        return _to_page("/sign-in#wait")
    if isinstance(arrived, Linked):
        await _keep_linked(house, request, arrived)
        return _to_page("/account#linked")
    await _keep_arrived(house, request, arrived)
    response = _to_page("/")
    await give_cookie(house, request, response, arrived.secret)
    return response


async def _keep_linked(house: Services, request: Request, linked: Linked) -> None:
    person = linked.person
    await house.audit.keep(
        person.organisation,
        "person.link_added",
        Actor(person.person, linked.name, "sign-on", "", visit_of(request).source),
        f"{linked.name} linked a single sign-on: {linked.provider}",
        subject=f"person/{person.person}",
        provider=linked.provider,
    )


async def _keep_arrived(house: Services, request: Request, arrived: Arrival) -> None:
    """Keep that somebody came, whether an account was made for it, and what the groups changed."""
    who, actor = arrived.who, actor_of(arrived.who, request)
    subject = f"person/{who.person}"
    if arrived.added:
        await house.audit.keep(
            who.organisation,
            "person.added",
            actor,
            f"{who.name} was added by {arrived.provider}",
            subject=subject,
            provider=arrived.provider,
        )
    names = {one.id: one.name for one in await house.accounts.roles.roles(who.organisation)}
    for kind, verb, grants in (
        ("person.role_given", "got", arrived.changes.given),
        ("person.role_taken", "lost", arrived.changes.taken),
    ):
        for grant in grants:
            await house.audit.keep(
                who.organisation,
                kind,
                actor,
                f"{who.name} {verb} a role by {arrived.provider}: {names.get(grant.role, '')}",
                subject=subject,
                provider=arrived.provider,
                role=grant.role,
                scope=grant.scope.value,
                scope_id=grant.scope_id,
            )
    if arrived.changes != RoleChanges():
        say_access_changed(house, who.organisation, who.person)
    await keep_began(house, request, who)


def _to_page(address: str) -> Response:
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    response.delete_cookie(_BINDING, path=CALLBACK, httponly=True, samesite="lax")
    return response


@router.get("/account/sign-on")
async def list_sign_on_links(house: House, who: Who) -> SignOnLinksAnswer:
    """By which providers one is known."""
    links = await house.entrance.sign_on.links(who.organisation, who.person)
    return SignOnLinksAnswer(
        links=[
            SignOnLinkShape(
                provider=one.provider,
                issuer=one.issuer,
                created_us=one.created_us,
                used_us=one.used_us,
            )
            for one in links
        ]
    )


@router.post("/account/sign-on", response_model=DepartureAnswer)
async def begin_linking(house: House, who: Proven, request: Request, body: SignOnBody) -> Response:
    """Begin linking one's account with a provider."""
    note(request, name=body.provider)
    departure = await house.entrance.sign_on.depart(
        body.provider,
        _redirect_uri(house, request),
        link=PersonRef(who.organisation, who.person),
    )
    return _departing(house, request, departure)


@router.delete("/account/sign-on/{provider_id}", status_code=204)
async def unlink(house: House, who: Proven, request: Request, provider_id: ProviderId) -> None:
    """Let a provider open one's account no more; every other session ends."""
    note(request, name=provider_id)
    await house.entrance.sign_on.unlink(
        who.organisation, who.person, provider_id, keep=who.credential
    )
    say_access_changed(house, who.organisation, who.person)
