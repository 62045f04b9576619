"""Whoever opens the link of a share: one browser, one share, nothing else."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.api.entering import is_https, visit_of
from vedette.api.guard import GUEST_COOKIE, GUESTS
from vedette.api.looking import Looking, guest_actor, look_as_guest, sharing_party
from vedette.api.problems import not_signed_in
from vedette.api.services import House, Services
from vedette.api.shared_media import add_media_routes
from vedette.api.shared_shapes import SharedShape, shared_shape
from vedette.base.errors import Refused
from vedette.base.units import US_PER_S
from vedette.model.event import Actor, Outcome
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.model.share import Share
from vedette.sharing.decide import guest

router = APIRouter(prefix="/guest", tags=["guests"])
inside = APIRouter(prefix="/guest", tags=["guests"], dependencies=[Depends(look_as_guest)])

_CLOSED = "this link has ended, was used up, or is not complete; ask whoever sent it for a new one"


class GuestBody(BaseModel, extra="forbid"):
    """The secret of a link, from behind its ``#``."""

    secret: Annotated[SecretStr, Field(min_length=1, max_length=512)]


class GuestAnswer(BaseModel):
    """What a guest may see."""

    name: str = Field(description="Whom the link is for")
    share: SharedShape


@router.post("", response_model=GuestAnswer)
async def enter_as_guest(house: House, request: Request, body: GuestBody) -> Response:
    """Open a link; the answer sets a cookie that counts here and nowhere else."""
    attempts = house.accounts.attempts
    keys = attempts.of_source(visit_of(request).source)
    attempts.spend(keys)
    share = await house.guests.find_link(body.secret.get_secret_value())
    if share is None:
        return await _refused(house, request, share, "there is no such link")
    try:
        secret, entered = await house.guests.enter(share.organisation, share.id)
    except Refused as refusal:
        return await _refused(house, request, share, str(refusal))
    attempts.give_back(keys)
    actor = guest_actor(request, entered)
    await _keep(house, entered.share, actor, "share.opened", "opened the link of a share")
    answer = await _answer(house, entered.share)
    response = Response(answer.model_dump_json(), media_type="application/json")
    left_us = entered.expires_us - house.clock.wall_us()
    response.set_cookie(
        GUEST_COOKIE,
        secret,
        max_age=left_us // US_PER_S,
        path=GUESTS,
        httponly=True,
        samesite="strict",
        secure=is_https(house, request),
    )
    return response


async def _answer(house: Services, share: Share) -> GuestAnswer:
    shape = await shared_shape(house, share, guest(share.id))
    return GuestAnswer(name=share.recipient_name, share=shape)


async def _keep(house: Services, share: Share, actor: Actor, kind: str, words: str) -> None:
    await house.audit.keep(
        share.organisation,
        kind,
        actor,
        f"{actor.name} {words}",
        subject=sharing_party(share),
        share=share.id,
    )


async def _refused(house: Services, request: Request, share: Share | None, why: str) -> Response:
    """Keep it, and say the same to everybody: whoever guesses learns nothing."""
    await house.audit.keep(
        share.organisation if share else DEFAULT_ORGANISATION,
        "share.refused",
        Actor("", share.recipient_name if share else "", "nobody", "", visit_of(request).source),
        "the link of a share was refused",
        subject=sharing_party(share) if share else "",
        outcome=Outcome.REFUSED,
        why=why,
    )
    return not_signed_in(_CLOSED)


@inside.get("")
async def get_guest(house: House, look: Looking) -> GuestAnswer:
    """What may be seen with the link that this browser has opened."""
    return await _answer(house, look.share)


@inside.delete("", status_code=204)
async def leave_as_guest(house: House, request: Request, look: Looking, response: Response) -> None:
    """Close the link in this browser."""
    await _keep(house, look.share, guest_actor(request), "share.left", "closed the link of a share")
    await house.guests.leave(look.share.organisation, look.actor.credential)
    response.delete_cookie(GUEST_COOKIE, path=GUESTS, httponly=True, samesite="strict")


add_media_routes(inside, "guest")
