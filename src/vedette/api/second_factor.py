"""The second step: set up and removed by its owner, reset by an administrator."""

import io
from typing import Annotated

import segno
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, SecretStr

from vedette.api.entering import Proven, say_access_changed
from vedette.api.services import House, Who

router = APIRouter(tags=["account"])

PersonId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Person")]


class SecondFactorAnswer(BaseModel):
    """What is set up."""

    confirmed_us: int | None = Field(description="Since when codes are asked; null: they are not")
    recovery_codes: int = Field(description="How many are left")


class EnrolmentAnswer(BaseModel):
    """What goes into the authenticator app, shown this once."""

    secret: str = Field(description="Base32, for typing")
    address: str = Field(description="What the QR code says")
    qr_svg: str = Field(description="The QR code as an SVG image")


class ConfirmBody(BaseModel, extra="forbid"):
    """A code that the app shows."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100)]


class RecoveryCodesAnswer(BaseModel):
    """Codes for when the telephone is lost, shown this once; each works once."""

    codes: list[str]


@router.get("/account/second-factor")
async def get_second_factor(house: House, who: Who) -> SecondFactorAnswer:
    """What is set up."""
    state = await house.entrance.second_factor.state(who.organisation, who.person)
    return SecondFactorAnswer(confirmed_us=state.confirmed_us, recovery_codes=state.recovery_codes)


@router.post("/account/second-factor", status_code=201)
async def enrol_second_factor(house: House, who: Proven) -> EnrolmentAnswer:
    """Begin: a secret for the authenticator app; nothing is asked until it is confirmed."""
    begun = await house.entrance.second_factor.enrol(who.organisation, who.person)
    return EnrolmentAnswer(
        secret=begun.secret, address=begun.address, qr_svg=_qr_svg(begun.address)
    )


@router.post("/account/second-factor/confirm")
async def confirm_second_factor(
    house: House, who: Proven, body: ConfirmBody
) -> RecoveryCodesAnswer:
    """Ask for codes from now on; every other session ends."""
    codes = await house.entrance.second_factor.confirm(
        who.organisation, who.person, body.code.get_secret_value(), keep=who.credential
    )
    say_access_changed(house, who.organisation, who.person)
    return RecoveryCodesAnswer(codes=codes)


@router.post("/account/recovery-codes")
async def renew_recovery_codes(house: House, who: Proven) -> RecoveryCodesAnswer:
    """New recovery codes; the old ones become worthless."""
    codes = await house.entrance.second_factor.renew_recovery_codes(who.organisation, who.person)
    return RecoveryCodesAnswer(codes=codes)


@router.delete("/account/second-factor", status_code=204)
async def remove_second_factor(house: House, who: Proven) -> None:
    """Ask for no codes any more; every other session ends."""
    await house.entrance.second_factor.remove(who.organisation, who.person, keep=who.credential)
    say_access_changed(house, who.organisation, who.person)


@router.delete("/people/{person_id}/second-factor", status_code=204)
async def reset_second_factor(house: House, who: Who, person_id: PersonId) -> None:
    """For somebody who lost telephone and recovery codes; that person is signed out."""
    await house.entrance.second_factor.remove(who.organisation, person_id)
    say_access_changed(house, who.organisation, person_id)


def _qr_svg(text: str) -> str:
    """A QR code, dark on white whatever the page's colours, because telephones want it so."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, border=3, dark="#000", light="#fff", omitsize=True
    )
    return drawn.getvalue().decode()
