"""Tokens for scripts."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from vedette.api.audit import note
from vedette.api.entering import say_access_changed
from vedette.api.fields import MAX_US, Line
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.base.errors import BadRequest, NotFound, Refused
from vedette.model.person import ApiToken
from vedette.model.rights import Right

router = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenBody(BaseModel, extra="forbid"):
    """What a new token shall be."""

    name: Line
    expires_us: Annotated[int | None, Field(ge=0, le=MAX_US)] = None
    rights: Annotated[
        set[Right] | None,
        Field(min_length=1, description="Of what you may do; none means all of it"),
    ] = None


class TokenAnswer(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    created_us: int
    expires_us: int | None
    last_used_us: int | None
    rights: list[Right] | None


class TokensAnswer(BaseModel):
    """Every token of the organisation."""

    tokens: list[TokenAnswer]


class NewTokenAnswer(TokenAnswer):
    """A token with its secret, shown this once."""

    secret: str


def _fields(token: ApiToken) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        created_us=token.created_us,
        expires_us=token.expires_us,
        last_used_us=token.last_used_us,
        rights=None if token.rights is None else [one for one in Right if one in token.rights],
    )


@router.get("")
async def list_tokens(house: House, who: Who, access: May) -> TokensAnswer:
    """Your tokens, without secrets; of everybody for those who handle people."""
    return TokensAnswer(
        tokens=[
            _fields(one)
            for one in await house.accounts.tokens(who.organisation)
            if one.person == who.person or access.may(Right.PEOPLE)
        ]
    )


async def _end_of(house: House, who: Who) -> int | None:
    """When the token ends by which somebody asks; a session makes tokens of any end."""
    if who.how != "token":
        return None
    known = await house.accounts.tokens(who.organisation)
    # One that was revoked since it was let in has ended.
    return next((one.expires_us for one in known if one.id == who.credential), 0)


@router.post("", status_code=201)
async def make_token(house: House, who: Who, request: Request, body: TokenBody) -> NewTokenAnswer:
    """Make a token; keep its secret, it is not shown again."""
    if body.expires_us is not None and body.expires_us <= house.clock.wall_us():
        raise BadRequest("expires_us lies in the past; give a later instant or none")
    rights = who.rights if body.rights is None else frozenset(body.rights)
    if who.rights is not None and (rights is None or not rights <= who.rights):
        raise Refused("a token cannot make one that may do more than itself")
    ends_us = await _end_of(house, who)
    if ends_us is not None and (body.expires_us is None or body.expires_us > ends_us):
        raise Refused(f"a token cannot make one that outlives it; give expires_us up to {ends_us}")
    note(request, name=body.name, rights=None if rights is None else ", ".join(sorted(rights)))
    secret, token = await house.accounts.make_token(
        who.organisation, who.person, body.name, body.expires_us, rights
    )
    return NewTokenAnswer(secret=secret, **_fields(token).model_dump())


@router.delete("/{token_id}", status_code=204)
async def revoke_token(
    house: House,
    who: Who,
    access: May,
    token_id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")],
) -> None:
    """End a token at once."""
    found = {one.id: one.person for one in await house.accounts.tokens(who.organisation)}
    if found.get(token_id) != who.person and not access.may(Right.PEOPLE):
        raise NotFound(f"there is no token {token_id}")
    await house.accounts.revoke_token(who.organisation, token_id)
    say_access_changed(house, who.organisation)
