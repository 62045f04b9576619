"""Tokens for scripts."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from vedette.api.entering import say_access_changed
from vedette.api.fields import MAX_US, Line
from vedette.api.services import House, Who
from vedette.base.errors import BadRequest
from vedette.model.person import ApiToken

router = APIRouter(prefix="/tokens", tags=["tokens"])


class TokenBody(BaseModel, extra="forbid"):
    """What a new token shall be."""

    name: Line
    expires_us: Annotated[int | None, Field(ge=0, le=MAX_US)] = None


class TokenAnswer(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    created_us: int
    expires_us: int | None
    last_used_us: int | None


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
    )


@router.get("")
async def list_tokens(house: House, who: Who) -> TokensAnswer:
    """Every token of the organisation, without secrets."""
    return TokensAnswer(
        tokens=[_fields(one) for one in await house.accounts.tokens(who.organisation)]
    )


@router.post("", status_code=201)
async def make_token(house: House, who: Who, body: TokenBody) -> NewTokenAnswer:
    """Make a token; keep its secret, it is not shown again."""
    if body.expires_us is not None and body.expires_us <= house.clock.wall_us():
        raise BadRequest("expires_us lies in the past; give a later instant or none")
    secret, token = await house.accounts.make_token(
        who.organisation, who.person, body.name, body.expires_us
    )
    return NewTokenAnswer(secret=secret, **_fields(token).model_dump())


@router.delete("/{token_id}", status_code=204)
async def revoke_token(
    house: House, who: Who, token_id: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
) -> None:
    """End a token at once."""
    await house.accounts.revoke_token(who.organisation, token_id)
    say_access_changed(house, who.organisation)
