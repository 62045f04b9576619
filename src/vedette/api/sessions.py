"""Who is signed in where, in the whole organisation."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from vedette.accounts.device import device_words
from vedette.api.audit import note
from vedette.api.entering import say_access_changed
from vedette.api.services import House, Who
from vedette.model.person import Session

router = APIRouter(prefix="/sessions", tags=["sessions"])

SessionId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Session")]


class SessionShape(BaseModel):
    """A person signed in with one browser."""

    id: str
    method: str = Field(description="How the person proved who it is, such as password")
    device: str = Field(description="The browser in words, by its own account")
    source: str = Field(description="Network address from which the person signed in")
    created_us: int
    seen_us: int = Field(description="Last used, to the minute")
    expires_us: int


class PersonsSessionShape(SessionShape):
    """A session, and whose."""

    person: str
    person_name: str


class SessionsAnswer(BaseModel):
    """Every session of the organisation."""

    sessions: list[PersonsSessionShape]


def session_shape(session: Session) -> SessionShape:
    """A session for its owner."""
    return SessionShape(
        id=session.id,
        method=session.method,
        device=device_words(session.visit.user_agent),
        source=session.visit.source,
        created_us=session.created_us,
        seen_us=session.seen_us,
        expires_us=session.expires_us,
    )


@router.get("")
async def list_sessions(house: House, who: Who) -> SessionsAnswer:
    """Who is signed in, the last used first."""
    return SessionsAnswer(
        sessions=[
            PersonsSessionShape(
                **session_shape(one).model_dump(),
                person=one.person,
                person_name=one.person_name,
            )
            for one in await house.accounts.sessions.list(who.organisation)
        ]
    )


@router.delete("/{session_id}", status_code=204)
async def end_session(house: House, who: Who, request: Request, session_id: SessionId) -> None:
    """Sign somebody out; live pictures stop at once."""
    ended = await house.accounts.sessions.get(who.organisation, session_id)
    note(request, name=ended.person_name)
    await house.accounts.sessions.end(who.organisation, session_id)
    say_access_changed(house, who.organisation, ended.person)
