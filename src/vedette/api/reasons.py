"""Reasons: which acts ask for one, and giving one."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from vedette.accounts.reasons import LONGEST, SHORTEST, VALID_S
from vedette.api.audit import note
from vedette.api.services import House, Who
from vedette.model.reason import Act

router = APIRouter(tags=["reasons"])


class ReasonRules(BaseModel):
    """What a reason is asked for."""

    asked: list[Act] = Field(description="In the organisation of whoever asks")
    valid_s: int = Field(description="How long a reason stands, seconds")


class ReasonRulesBody(BaseModel, extra="forbid"):
    """What a reason shall be asked for."""

    asked: set[Act]


class ReasonBody(BaseModel, extra="forbid"):
    """A reason."""

    act: Act
    text: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


class ReasonAnswer(BaseModel):
    """The reason as it was kept."""

    act: Act
    text: str
    until_us: int = Field(description="When it must be given again, µs since the epoch")


async def _rules(house: House, who: Who) -> ReasonRules:
    asked = await house.accounts.reasons.asked(who.organisation)
    return ReasonRules(asked=[act for act in Act if act in asked], valid_s=VALID_S)


@router.get("/reasons")
async def get_reason_rules(house: House, who: Who) -> ReasonRules:
    """Before which acts the organisation asks for a reason."""
    return await _rules(house, who)


@router.put("/reasons")
async def set_reason_rules(
    house: House, who: Who, request: Request, body: ReasonRulesBody
) -> ReasonRules:
    """Ask for a reason before these acts, and before no others; it counts at once."""
    note(request, name=", ".join(sorted(body.asked)) or "nothing")
    await house.accounts.reasons.ask(who.organisation, body.asked)
    return await _rules(house, who)


@router.post("/session/reason")
async def give_reason(house: House, who: Who, request: Request, body: ReasonBody) -> ReasonAnswer:
    """Say why, before an act that was answered with ``reason-asked``; then ask for it again."""
    reason = await house.accounts.reasons.give(
        who.organisation, who.credential, body.act, body.text
    )
    note(request, name=f"{reason.act.value}: {reason.text}", act=reason.act.value)
    return ReasonAnswer(act=reason.act, text=reason.text, until_us=reason.until_us)
