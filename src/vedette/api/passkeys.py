"""Passkeys: one's own, and signing in with one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, SecretStr

from vedette.accounts.relying_party import RelyingParty, relying_party
from vedette.api.audit import note
from vedette.api.entering import (
    Proven,
    SessionAnswer,
    keep_refused,
    say_access_changed,
    signed_in,
    visit_of,
)
from vedette.api.fields import Line
from vedette.api.problems import refused_entry
from vedette.api.services import House, Services, Who
from vedette.base.errors import Refused, TooManyAttempts
from vedette.model.person import Passkey

router = APIRouter(tags=["passkeys"])

PasskeyId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Passkey")]


class PasskeyShape(BaseModel):
    """A passkey by the name that its owner gave it."""

    id: str
    name: str
    created_us: int
    used_us: int | None = Field(description="Last sign-in with it")
    synced: bool = Field(description="Whether it lives in a key ring and not in one device")


class PasskeysAnswer(BaseModel):
    """Every passkey of the person."""

    passkeys: list[PasskeyShape]


class CeremonyAnswer(BaseModel):
    """What the browser shall do, see Web Authentication Level 3, 5.4 and 5.5."""

    ceremony: str = Field(description="To be sent with the browser's answer, within five minutes")
    options: dict[str, Any] = Field(description="publicKey, with bytes as base64url")


class NewPasskeyBody(BaseModel, extra="forbid"):
    """A browser's answer, and a name for the passkey."""

    ceremony: Annotated[SecretStr, Field(min_length=1, max_length=512)]
    credential: dict[str, Any]
    name: Annotated[Line, Field(max_length=100)]


class PasskeyEntryBody(BaseModel, extra="forbid"):
    """A browser's answer to a sign-in."""

    ceremony: Annotated[SecretStr, Field(min_length=1, max_length=512)]
    credential: dict[str, Any]


def party_of(house: Services, request: Request) -> RelyingParty:
    """Who we are to the browser that asks.

    Raises:
        Refused: Passkeys cannot be used under this address.
    """
    # A browser that only reads sends no origin; the guard has compared it where it counts.
    asked = f"{request.url.scheme}://{request.headers.get('host', '')}"
    return relying_party(house.public_origins, request.headers.get("origin", asked))


def _shape(passkey: Passkey) -> PasskeyShape:
    return PasskeyShape(
        id=passkey.id,
        name=passkey.name,
        created_us=passkey.created_us,
        used_us=passkey.used_us,
        synced=passkey.synced,
    )


@router.post("/session/passkey-options")
async def begin_passkey_sign_in(house: House, request: Request) -> CeremonyAnswer:
    """Begin signing in with a passkey; nobody is named."""
    ceremony, options = await house.entrance.passkeys.begin_sign_in(party_of(house, request))
    return CeremonyAnswer(ceremony=ceremony, options=options)


@router.post("/session/passkey", response_model=SessionAnswer)
async def enter_with_passkey(house: House, request: Request, body: PasskeyEntryBody) -> Response:
    """Sign in with a passkey; it proves device and person, so that no code is asked."""
    try:
        secret, who = await house.entrance.passkeys.finish_sign_in(
            body.ceremony.get_secret_value(), body.credential, visit_of(request)
        )
    except Refused as refusal:
        if not isinstance(refusal, TooManyAttempts):
            await keep_refused(house, request, "", str(refusal))
        return refused_entry(refusal)
    return await signed_in(house, request, secret, who)


@router.get("/account/passkeys")
async def list_passkeys(house: House, who: Who) -> PasskeysAnswer:
    """One's passkeys, the newest first."""
    passkeys = await house.entrance.passkeys.list(who.organisation, who.person)
    return PasskeysAnswer(passkeys=[_shape(one) for one in passkeys])


@router.post("/account/passkeys/options")
async def begin_passkey(house: House, who: Proven, request: Request) -> CeremonyAnswer:
    """Begin making a passkey."""
    ceremony, options = await house.entrance.passkeys.begin_registration(
        who.organisation, who.person, party_of(house, request)
    )
    return CeremonyAnswer(ceremony=ceremony, options=options)


@router.post("/account/passkeys", status_code=201)
async def add_passkey(
    house: House, who: Proven, request: Request, body: NewPasskeyBody
) -> PasskeyShape:
    """Keep the passkey that the browser made; every other session ends."""
    note(request, name=body.name)
    passkey = await house.entrance.passkeys.finish_registration(
        who.organisation,
        who.person,
        body.ceremony.get_secret_value(),
        body.credential,
        name=body.name,
        keep=who.credential,
    )
    say_access_changed(house, who.organisation, who.person)
    return _shape(passkey)


@router.delete("/account/passkeys/{passkey_id}", status_code=204)
async def remove_passkey(
    house: House, who: Proven, request: Request, passkey_id: PasskeyId
) -> None:
    """Forget a passkey; every other session ends."""
    name = await house.entrance.passkeys.remove(
        who.organisation, who.person, passkey_id, keep=who.credential
    )
    note(request, name=name)
    say_access_changed(house, who.organisation, who.person)
