"""Signing in and out of the page."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.api.entering import (
    SessionAnswer,
    keep_refused,
    say_access_changed,
    signed_in,
    visit_of,
)
from vedette.api.guard import COOKIE
from vedette.api.problems import refused_entry
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.base.errors import CodeAsked, Refused, TooManyAttempts
from vedette.model.rights import Right

router = APIRouter(prefix="/session", tags=["session"])


class SignInBody(BaseModel, extra="forbid"):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class EntryBody(BaseModel, extra="forbid"):
    """The secret of a one-time link, from behind its ``#``."""

    secret: Annotated[SecretStr, Field(min_length=1, max_length=512)]


class SecondStepAnswer(BaseModel):
    """The password was right; a code is to follow."""

    second_step: str = Field(description="To be sent with the code, within five minutes")


class CodeBody(BaseModel, extra="forbid"):
    """The second step."""

    second_step: Annotated[SecretStr, Field(min_length=1, max_length=512)]
    code: Annotated[SecretStr, Field(min_length=1, max_length=100)]


class OwnSessionAnswer(SessionAnswer):
    """Who is signed in, and what they may do."""

    rights: list[Right] = Field(description="For the whole organisation")
    rights_somewhere: list[Right] = Field(description="For at least one camera")


@router.get("")
async def get_session(who: Who, access: May) -> OwnSessionAnswer:
    """Who is signed in, and what they may do."""
    return OwnSessionAnswer(
        name=who.name,
        organisation=who.organisation,
        rights=[right for right in Right if access.may(right)],
        rights_somewhere=[right for right in Right if access.may_anywhere(right)],
    )


@router.post(
    "",
    response_model=SessionAnswer,
    responses={202: {"model": SecondStepAnswer, "description": "A code is asked, too"}},
)
async def sign_in(house: House, request: Request, body: SignInBody) -> Response:
    """Sign in; the answer sets the session's cookie, or asks for a code (202)."""
    visit = visit_of(request)
    try:
        secret, who = await house.accounts.sign_in(
            body.name,
            body.password.get_secret_value(),
            source=visit.source,
            user_agent=visit.user_agent,
        )
    except CodeAsked as asked:
        answer = SecondStepAnswer(second_step=asked.second_step)
        return Response(answer.model_dump_json(), 202, media_type="application/json")
    except Refused as refusal:
        if not isinstance(refusal, TooManyAttempts):
            await keep_refused(house, request, body.name, str(refusal))
        return refused_entry(refusal)
    return await signed_in(house, request, secret, who)


@router.post("/code", response_model=SessionAnswer)
async def enter_code(house: House, request: Request, body: CodeBody) -> Response:
    """Finish signing in with a code of the authenticator app, or a recovery code."""
    try:
        secret, who = await house.entrance.second_factor.finish_sign_in(
            body.second_step.get_secret_value(), body.code.get_secret_value(), visit_of(request)
        )
    except Refused as refusal:
        if not isinstance(refusal, TooManyAttempts):
            await keep_refused(house, request, "", str(refusal))
        return refused_entry(refusal)
    return await signed_in(house, request, secret, who)


@router.post("/entry", response_model=SessionAnswer)
async def enter(house: House, request: Request, body: EntryBody) -> Response:
    """Sign in with a one-time link."""
    visit = visit_of(request)
    try:
        secret, who = await house.accounts.redeem_entry(
            body.secret.get_secret_value(), source=visit.source, user_agent=visit.user_agent
        )
    except Refused as refusal:
        if not isinstance(refusal, TooManyAttempts):
            await keep_refused(house, request, "", str(refusal))
        return refused_entry(refusal)
    return await signed_in(house, request, secret, who)


@router.delete("", status_code=204)
async def sign_out(house: House, who: Who, response: Response) -> None:
    """Sign out: a session ends, and its cookie with it; a token is left alone."""
    if who.how == "session":
        await house.accounts.sign_out(who.organisation, who.credential)
        say_access_changed(house, who.organisation, who.person)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
