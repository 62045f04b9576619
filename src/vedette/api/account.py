"""One's own account: password, and where one is signed in."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.api.entering import InPerson, SessionAnswer, say_access_changed, signed_in, visit_of
from vedette.api.services import House, Who
from vedette.api.sessions import SessionId, SessionShape, session_shape
from vedette.base.errors import ProveAgain

router = APIRouter(prefix="/account", tags=["account"])


class AccountAnswer(BaseModel):
    """The person who asks."""

    id: str
    name: str
    has_password: bool = Field(description="False for people who sign in otherwise only")
    password_min_length: int


class PasswordBody(BaseModel, extra="forbid"):
    """A new password, and the old one for those who have one."""

    current: Annotated[SecretStr | None, Field(max_length=1000)] = None
    new: Annotated[SecretStr, Field(min_length=1, max_length=1000)]


class OwnSessionShape(SessionShape):
    """A session of one's own."""

    here: bool = Field(description="Whether it is the one that asks")


class OwnSessionsAnswer(BaseModel):
    """Where the person is signed in."""

    sessions: list[OwnSessionShape]


class EndedAnswer(BaseModel):
    """How much ended."""

    ended: int


@router.get("")
async def get_account(house: House, who: Who) -> AccountAnswer:
    """One's own account."""
    return AccountAnswer(
        id=who.person,
        name=who.name,
        has_password=await house.accounts.has_password(who.organisation, who.person),
        password_min_length=house.accounts.password_min_length,
    )


@router.post("/password", response_model=SessionAnswer)
async def change_password(
    house: House, who: InPerson, request: Request, body: PasswordBody
) -> Response:
    """Change one's password; every other session ends, and this one begins anew."""
    new = body.new.get_secret_value()
    if await house.accounts.has_password(who.organisation, who.person):
        current = body.current.get_secret_value() if body.current else ""
        await house.accounts.change_password(who.organisation, who.person, current, new)
    elif await house.accounts.sessions.is_fresh(who.organisation, who.credential):
        await house.accounts.set_password(who.organisation, who.person, new)
    else:
        raise ProveAgain("sign in once more before you set a password")
    secret, again = await house.accounts.begin_again(
        who.organisation, who.person, visit_of(request)
    )
    say_access_changed(house, who.organisation, who.person)
    return await signed_in(house, request, secret, again)


@router.get("/sessions")
async def list_own_sessions(house: House, who: Who) -> OwnSessionsAnswer:
    """Where one is signed in, the last used first."""
    sessions = await house.accounts.sessions.list(who.organisation, who.person)
    return OwnSessionsAnswer(
        sessions=[
            OwnSessionShape(**session_shape(one).model_dump(), here=one.id == who.credential)
            for one in sessions
        ]
    )


@router.delete("/sessions")
async def end_other_sessions(house: House, who: InPerson) -> EndedAnswer:
    """Sign out everywhere else."""
    ended = await house.accounts.sessions.end_all(who.organisation, who.person, but=who.credential)
    say_access_changed(house, who.organisation, who.person)
    return EndedAnswer(ended=ended)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_own_session(house: House, who: InPerson, session_id: SessionId) -> None:
    """Sign out one other browser."""
    await house.accounts.sessions.end(who.organisation, session_id, who.person)
    say_access_changed(house, who.organisation, who.person)
