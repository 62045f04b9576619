"""People of the organisation, and which roles they hold where."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from vedette.api.audit import note
from vedette.api.entering import say_access_changed
from vedette.api.fields import MAX_US
from vedette.api.services import House, Services, Who
from vedette.base.errors import BadRequest
from vedette.base.ids import new_id
from vedette.model.person import Identity
from vedette.model.rights import Grant, Offer, ScopeKind

router = APIRouter(prefix="/people", tags=["people"])

PersonId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Person")]
GrantId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Of what was given")]


class GrantBody(BaseModel, extra="forbid"):
    """Which role, and where."""

    role: Annotated[str, Field(pattern=r"^([0-9a-f-]{36}|[a-z]{3,20})$")]
    scope: ScopeKind = ScopeKind.ORGANISATION
    scope_id: Annotated[
        str,
        Field(
            pattern=r"^([0-9a-f-]{36})?$",
            description="Of the site, group or camera; empty for the organisation",
        ),
    ] = ""
    expires_us: Annotated[int | None, Field(ge=0, le=MAX_US)] = None


class OfferShape(BaseModel):
    """A role that somebody is to hold."""

    role: str
    scope: ScopeKind
    scope_id: str
    expires_us: int | None


class GrantShape(OfferShape):
    """A role that somebody holds."""

    id: str
    given_by: str = Field(
        description="Name of the single sign-on whose groups gave it; empty when a person did"
    )


class PersonShape(BaseModel):
    """Somebody, and what they hold."""

    id: str
    name: str
    created_us: int
    grants: list[GrantShape]


class PeopleAnswer(BaseModel):
    """Everybody of the organisation, by name."""

    people: list[PersonShape]


def _shape(house: Services, grant: Grant) -> GrantShape:
    return GrantShape(
        id=grant.id,
        given_by=house.entrance.sign_on.name_of(grant.provider) if grant.provider else "",
        **offer_shape(grant).model_dump(),
    )


def offer_shape(offer: Offer | Grant) -> OfferShape:
    """A role and where it holds."""
    return OfferShape.model_validate(offer, from_attributes=True)


def to_offer(body: GrantBody) -> Offer:
    """What is asked for.

    Raises:
        BadRequest: The place makes no sense.
    """
    if (body.scope is ScopeKind.ORGANISATION) != (body.scope_id == ""):
        raise BadRequest("scope_id names the site, group or camera, and nothing else")
    return Offer(body.role, body.scope, body.scope_id, body.expires_us)


@router.get("")
async def list_people(house: House, who: Who) -> PeopleAnswer:
    """Everybody of the organisation with the roles they hold."""
    held: dict[str, list[GrantShape]] = {}
    for grant in await house.accounts.roles.grants(who.organisation):
        held.setdefault(grant.person, []).append(_shape(house, grant))
    return PeopleAnswer(
        people=[
            PersonShape(
                id=one.id,
                name=one.name,
                created_us=one.created_us,
                grants=held.get(one.id, []),
            )
            for one in await house.accounts.people(who.organisation)
        ]
    )


async def _names(house: Services, who: Identity, person: str, role: str) -> tuple[str, str]:
    """What the log calls a role and a person; empty for what is not there."""
    people = await house.accounts.people(who.organisation)
    roles = await house.accounts.roles.roles(who.organisation)
    return (
        next((one.name for one in roles if one.id == role), ""),
        next((one.name for one in people if one.id == person), ""),
    )


@router.post("/{person_id}/roles", status_code=201)
async def give_role(
    house: House, who: Who, request: Request, person_id: PersonId, body: GrantBody
) -> GrantShape:
    """Give somebody a role; it holds at once."""
    offer = to_offer(body)
    await _note_role(house, who, request, person_id, body)
    grant = _grant(who, new_id(house.clock), person_id, offer)
    given = await house.accounts.roles.grant(who.organisation, grant, giver=who)
    say_access_changed(house, who.organisation, person_id)
    return _shape(house, given)


@router.put("/{person_id}/roles/{grant_id}")
async def change_given_role(
    house: House,
    who: Who,
    request: Request,
    *,
    person_id: PersonId,
    grant_id: GrantId,
    body: GrantBody,
) -> GrantShape:
    """Let somebody hold another role, or elsewhere, or until another time; it holds at once."""
    offer = to_offer(body)
    await _note_role(house, who, request, person_id, body)
    grant = _grant(who, grant_id, person_id, offer)
    given = await house.accounts.roles.change_grant(who.organisation, grant, giver=who)
    say_access_changed(house, who.organisation, person_id)
    return _shape(house, given)


async def _note_role(
    house: Services, who: Identity, request: Request, person: str, body: GrantBody
) -> None:
    """Let the log say which role, for whom and where."""
    note(request, name=" to ".join(await _names(house, who, person, body.role)))
    note(request, role=body.role, scope=body.scope.value, scope_id=body.scope_id)


def _grant(who: Identity, grant: str, person: str, offer: Offer) -> Grant:
    return Grant(
        grant,
        who.organisation,
        person,
        offer.role,
        offer.scope,
        offer.scope_id,
        offer.expires_us,
    )


@router.delete("/{person_id}/roles/{grant_id}", status_code=204)
async def take_role(
    house: House, who: Who, request: Request, person_id: PersonId, grant_id: GrantId
) -> None:
    """Take a role away; live pictures that it allowed stop at once."""
    taken = await house.accounts.roles.revoke(who.organisation, person_id, grant_id)
    note(request, name=" from ".join(await _names(house, who, person_id, taken.role)))
    note(request, role=taken.role, scope=taken.scope.value, scope_id=taken.scope_id)
    say_access_changed(house, who.organisation, person_id)


@router.delete("/{person_id}", status_code=204)
async def remove_person(house: House, who: Who, request: Request, person_id: PersonId) -> None:
    """Remove somebody: sessions and tokens end at once; what the event log says stays."""
    if person_id == who.person:
        raise BadRequest("you cannot remove yourself; ask another administrator")
    known = {one.id: one.name for one in await house.accounts.people(who.organisation)}
    note(request, name=known.get(person_id))
    await house.accounts.roles.remove_person(who.organisation, person_id)
    say_access_changed(house, who.organisation, person_id)
