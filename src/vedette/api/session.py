"""Signing in and out of the page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.api.entering import SessionAnswer, say_access_changed, signed_in, visit_of
from vedette.api.guard import COOKIE
from vedette.api.problems import not_signed_in
from vedette.api.services import House, Who
from vedette.base.errors import Refused, TooManyAttempts

router = APIRouter(prefix="/session", tags=["session"])


class SignInBody(BaseModel, extra="forbid"):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class EntryBody(BaseModel, extra="forbid"):
    """The secret of a one-time link, from behind its ``#``."""

    secret: Annotated[SecretStr, Field(min_length=1, max_length=512)]


@router.get("")
async def get_session(who: Who) -> SessionAnswer:
    """Who is signed in."""
    return SessionAnswer(name=who.name, organisation=who.organisation)


@router.post("", response_model=SessionAnswer)
async def sign_in(house: House, request: Request, body: SignInBody) -> Response:
    """Sign in; the answer sets the session's cookie."""
    visit = visit_of(request)
    try:
        secret, who = await house.accounts.sign_in(
            body.name,
            body.password.get_secret_value(),
            source=visit.source,
            user_agent=visit.user_agent,
        )
    except TooManyAttempts:
        raise
    except Refused as refusal:
        return not_signed_in(str(refusal))
    return await signed_in(house, request, secret, who)


@router.post("/entry", response_model=SessionAnswer)
async def enter(house: House, request: Request, body: EntryBody) -> Response:
    """Sign in with a one-time link."""
    visit = visit_of(request)
    try:
        secret, who = await house.accounts.redeem_entry(
            body.secret.get_secret_value(), source=visit.source, user_agent=visit.user_agent
        )
    except TooManyAttempts:
        raise
    except Refused as refusal:
        return not_signed_in(str(refusal))
    return await signed_in(house, request, secret, who)


@router.delete("", status_code=204)
async def sign_out(house: House, who: Who, response: Response) -> None:
    """Sign out: a session ends, and its cookie with it; a token is left alone."""
    if who.how == "session":
        await house.accounts.sign_out(who.organisation, who.credential)
        say_access_changed(house, who.organisation, who.person)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
