"""Signing in and out of the page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.api.guard import COOKIE
from vedette.api.problems import not_signed_in
from vedette.api.services import House, Who
from vedette.base.errors import Refused, TooManyAttempts
from vedette.model.person import Identity

router = APIRouter(prefix="/session", tags=["session"])
_COOKIE_S = 30 * 86400


class SignInBody(BaseModel, extra="forbid"):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class EntryBody(BaseModel, extra="forbid"):
    """The secret of a one-time link, from behind its ``#``."""

    secret: Annotated[SecretStr, Field(min_length=1, max_length=512)]


class SessionAnswer(BaseModel):
    """Who is signed in."""

    name: str
    organisation: str


@router.get("")
async def get_session(who: Who) -> SessionAnswer:
    """Who is signed in."""
    return SessionAnswer(name=who.name, organisation=who.organisation)


@router.post("", response_model=SessionAnswer)
async def sign_in(house: House, request: Request, body: SignInBody) -> Response:
    """Sign in; the answer sets the session's cookie."""
    source = request.client.host if request.client else ""
    try:
        secret, who = await house.accounts.sign_in(
            body.name, body.password.get_secret_value(), source=source
        )
    except TooManyAttempts:
        raise
    except Refused as refusal:
        return not_signed_in(str(refusal))
    return _with_cookie(house, request, secret, who)


@router.post("/entry", response_model=SessionAnswer)
async def enter(house: House, request: Request, body: EntryBody) -> Response:
    """Sign in with a one-time link."""
    try:
        secret, who = await house.accounts.redeem_entry(body.secret.get_secret_value())
    except TooManyAttempts:
        raise
    except Refused as refusal:
        return not_signed_in(str(refusal))
    return _with_cookie(house, request, secret, who)


@router.delete("", status_code=204)
async def sign_out(house: House, who: Who, response: Response) -> None:
    """Sign out: a session ends, and its cookie with it; a token is left alone."""
    if who.how == "session":
        await house.accounts.sign_out(who.organisation, who.credential)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def _with_cookie(house: House, request: Request, secret: str, who: Identity) -> Response:
    answer = SessionAnswer(name=who.name, organisation=who.organisation)
    response = Response(answer.model_dump_json(), media_type="application/json")
    response.set_cookie(
        COOKIE,
        secret,
        max_age=_COOKIE_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https"
        or any(origin.startswith("https:") for origin in house.public_origins),
    )
    return response
