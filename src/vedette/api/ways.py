"""Which ways to sign in there are, for the page of somebody who is not signed in yet."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from vedette.api.passkeys import party_of
from vedette.api.services import House
from vedette.base.errors import Refused

router = APIRouter(prefix="/session", tags=["session"])


class ProviderShape(BaseModel):
    """A provider of single sign-on."""

    id: str
    name: str = Field(description="What the button says")


class WaysAnswer(BaseModel):
    """What to offer beside name and password."""

    passkeys: bool = Field(description="Whether passkeys can be used under this address")
    passkeys_detail: str = Field(description="Why not, and the way out; empty when they can")
    sign_on: list[ProviderShape]


@router.get("/ways")
async def ways(house: House, request: Request) -> WaysAnswer:
    """Which ways to sign in there are."""
    try:
        party_of(house, request)
        detail = ""
    except Refused as refusal:
        detail = str(refusal)
    providers = [ProviderShape(id=key, name=name) for key, name in house.entrance.sign_on.providers]
    return WaysAnswer(passkeys=not detail, passkeys_detail=detail, sign_on=providers)
