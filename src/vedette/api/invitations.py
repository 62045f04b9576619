"""Invitations: made by those who administer, taken up by those who come."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.accounts.invitations import LONGEST_S
from vedette.api.audit import actor_of, note
from vedette.api.entering import SessionAnswer, keep_refused, signed_in, visit_of
from vedette.api.fields import Line
from vedette.api.passkeys import CeremonyAnswer, party_of
from vedette.api.people import GrantBody, OfferShape, offer_shape, to_offer
from vedette.api.problems import refused_entry
from vedette.api.services import House, Services, Who
from vedette.base.errors import BadRequest, Refused, TooManyAttempts
from vedette.model.person import Invitation
from vedette.model.rights import Offer

router = APIRouter(tags=["invitations"])

MOST_OFFERS = 100
"""Roles and places of one invitation."""

InvitationId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Invitation")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=512)]


class InvitationBody(BaseModel, extra="forbid"):
    """Whom to invite to what, and for how long."""

    name: Annotated[Line, Field(max_length=100)]
    roles: Annotated[
        list[GrantBody],
        Field(
            min_length=1,
            max_length=MOST_OFFERS,
            description="What the person will hold; no more than who invites holds",
        ),
    ]
    lasts_s: Annotated[int, Field(ge=60, le=LONGEST_S)] = 7 * 86_400


class InvitationShape(BaseModel):
    """An invitation that may still be taken up, without its secret."""

    id: str
    name: str
    invited_by: str
    created_us: int
    expires_us: int
    roles: list[OfferShape]


class InvitationsAnswer(BaseModel):
    """Every open invitation of the organisation."""

    invitations: list[InvitationShape]


class NewInvitationAnswer(InvitationShape):
    """An invitation with its secret, shown this once."""

    secret: str = Field(description="For the link: /join# and this")


class JoinSecretBody(BaseModel, extra="forbid"):
    """The secret of an invitation's link, from behind its ``#``."""

    secret: Secret


class JoinAnswer(BaseModel):
    """What an invited person is told."""

    name: str
    organisation: str
    roles: list[str] = Field(description="Names of the roles that the person will hold")
    expires_us: int
    password_min_length: int


class JoinBody(BaseModel, extra="forbid"):
    """A password, or a passkey with its ceremony."""

    secret: Secret
    password: Annotated[SecretStr | None, Field(min_length=1, max_length=1000)] = None
    ceremony: Annotated[SecretStr | None, Field(min_length=1, max_length=512)] = None
    credential: dict[str, Any] | None = None
    passkey_name: Annotated[Line, Field(max_length=100)] = "First passkey"


def _shape(one: Invitation) -> InvitationShape:
    return InvitationShape(
        id=one.id,
        name=one.name,
        invited_by=one.invited_by,
        created_us=one.created_us,
        expires_us=one.expires_us,
        roles=[offer_shape(offer) for offer in one.offers],
    )


def _words(offers: Sequence[Offer]) -> str:
    """Roles and where, for the event log."""
    return ", ".join(
        f"{one.role} {one.scope.value}" + (f"/{one.scope_id}" if one.scope_id else "")
        for one in offers
    )


async def _role_names(house: Services, invitation: Invitation) -> list[str]:
    offered = {one.role for one in invitation.offers}
    known = await house.accounts.roles.roles(invitation.organisation)
    return [role.name for role in known if role.id in offered]


@router.get("/invitations")
async def list_invitations(house: House, who: Who) -> InvitationsAnswer:
    """The invitations that may still be taken up, the newest first."""
    found = await house.entrance.invitations.list(who.organisation)
    return InvitationsAnswer(invitations=[_shape(one) for one in found])


@router.post("/invitations", status_code=201)
async def invite(
    house: House, who: Who, request: Request, body: InvitationBody
) -> NewInvitationAnswer:
    """Invite somebody; keep the link, it is not shown again."""
    offers = [to_offer(one) for one in body.roles]
    note(request, name=body.name, roles=_words(offers))
    secret, made = await house.entrance.invitations.invite(
        who.organisation, body.name, offers, lasts_s=body.lasts_s, inviter=who
    )
    return NewInvitationAnswer(secret=secret, **_shape(made).model_dump())


@router.delete("/invitations/{invitation_id}", status_code=204)
async def withdraw_invitation(
    house: House, who: Who, request: Request, invitation_id: InvitationId
) -> None:
    """Make an invitation worthless."""
    gone = await house.entrance.invitations.withdraw(who.organisation, invitation_id)
    note(request, name=gone.name, roles=_words(gone.offers))


@router.post("/session/invitation/look", response_model=JoinAnswer)
async def look_at_invitation(
    house: House, request: Request, body: JoinSecretBody
) -> JoinAnswer | Response:
    """Who is invited to what; the secret comes in the body, so that no log keeps it."""
    try:
        found, organisation = await house.entrance.invitations.look(
            body.secret.get_secret_value(), visit_of(request)
        )
    except Refused as refusal:
        return refused_entry(refusal)
    return JoinAnswer(
        name=found.name,
        organisation=organisation,
        roles=await _role_names(house, found),
        expires_us=found.expires_us,
        password_min_length=house.accounts.password_min_length,
    )


@router.post("/session/invitation/passkey-options", response_model=CeremonyAnswer)
async def begin_invited_passkey(
    house: House, request: Request, body: JoinSecretBody
) -> CeremonyAnswer | Response:
    """Begin making the passkey with which the invitation is taken up."""
    party = party_of(house, request)
    try:
        ceremony, options = await house.entrance.invitations.begin_passkey(
            body.secret.get_secret_value(), party, visit_of(request)
        )
    except Refused as refusal:
        return refused_entry(refusal)
    return CeremonyAnswer(ceremony=ceremony, options=options)


@router.post("/session/invitation", response_model=SessionAnswer)
async def join(house: House, request: Request, body: JoinBody) -> Response:
    """Take up an invitation with a password or a passkey; the answer signs in."""
    invitations, visit = house.entrance.invitations, visit_of(request)
    invitation = body.secret.get_secret_value()
    try:
        invited, _ = await invitations.look(invitation, visit)
        if body.password is not None:
            secret, who = await invitations.accept_with_password(
                invitation, body.password.get_secret_value(), visit
            )
        elif body.ceremony is not None and body.credential is not None:
            secret, who = await invitations.accept_with_passkey(
                invitation,
                body.ceremony.get_secret_value(),
                body.credential,
                name=body.passkey_name,
                visit=visit,
            )
        else:
            raise BadRequest("choose a password, or make a passkey")
    except Refused as refusal:
        if not isinstance(refusal, TooManyAttempts):
            await keep_refused(house, request, "", str(refusal))
        return refused_entry(refusal)
    await house.audit.keep(
        who.organisation,
        "person.joined",
        actor_of(who, request),
        f"{who.name} joined, invited by {invited.invited_by}",
        subject=f"person/{who.person}",
        invited_by=invited.invited_by,
        roles=_words(invited.offers),
    )
    return await signed_in(house, request, secret, who)
