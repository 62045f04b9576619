"""The event log: asked, exported, proven."""

import json
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from vedette.api.audit import actor_of
from vedette.api.fields import MAX_US
from vedette.api.services import House, Services, Who
from vedette.base.errors import BadRequest
from vedette.journal import EventQuery
from vedette.model.event import LONGEST_KIND, Event, Head, Outcome

router = APIRouter(prefix="/events", tags=["events"])

_AT_ONCE = 1000
Instant = Annotated[int | None, Query(ge=0, le=MAX_US, description="µs since the epoch")]
Text = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class EntryShape(BaseModel):
    """An event in its place in the chain."""

    sequence: int
    sha256: str
    event: Event


class EventsAnswer(BaseModel):
    """Events, the latest first."""

    entries: list[EntryShape]
    next: str | None = Field(description="For `before`, when there is more")


class ProofAnswer(BaseModel):
    """What proving the chain found."""

    entries: int = Field(description="How many were compared")
    head: str = Field(description="The end of the chain; note it elsewhere to prove it later")
    altered: int | None = Field(description="The first entry that is not as it was written")
    detail: str


@router.get("")
async def list_events(
    *,
    house: House,
    who: Who,
    start_us: Instant = None,
    end_us: Instant = None,
    kind: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_KIND, pattern=r"^[a-z_.]+$")]],
        Query(max_length=50, description="Exact, or all beneath: `footage.`"),
    ] = [],  # noqa: B006  FastAPI copies it
    subject: Text = "",
    person: Text = "",
    outcome: Outcome | None = None,
    site: Text = "",
    text: Text = "",
    before: Annotated[str | None, Query(pattern=r"^\d{1,18}\.\d{1,18}$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EventsAnswer:
    """What happened in the organisation, the latest first."""
    if start_us is not None and end_us is not None and start_us >= end_us:
        raise BadRequest("the range is empty; end_us must be later than start_us")
    after = None
    if before is not None:
        instant, _, sequence = before.partition(".")
        after = (int(instant), int(sequence))
    query = EventQuery(
        start_us=start_us,
        end_us=end_us,
        kinds=tuple(kind),
        subject=subject,
        person=person,
        outcome=outcome.value if outcome else "",
        site=site,
        text=text,
        before=after,
        limit=limit,
    )
    page = await house.audit.journal.events(who.organisation, query)
    return EventsAnswer(
        entries=[
            EntryShape(sequence=one.sequence, sha256=one.sha256.hex(), event=one.event)
            for one in page.entries
        ],
        next=None if page.next is None else f"{page.next[0]}.{page.next[1]}",
    )


@router.post("/verify")
async def verify_events(
    house: House,
    who: Who,
    head: Annotated[
        str | None, Query(max_length=90, description="A head that was noted earlier")
    ] = None,
) -> ProofAnswer:
    """Compare every entry with the chain; names the first that was altered."""
    noted = Head.parse(head) if head else None
    proof = await house.audit.journal.verify(who.organisation, noted)
    return ProofAnswer(
        entries=proof.entries,
        head=str(proof.head),
        altered=proof.fault.sequence if proof.fault else None,
        detail=proof.fault.detail if proof.fault else "every entry is as it was written",
    )


@router.get("/export", response_class=StreamingResponse)
async def export_events(
    house: House, who: Who, request: Request, after: Annotated[int, Query(ge=0, le=MAX_US)] = 0
) -> StreamingResponse:
    """The whole log as JSON Lines, in the order of the chain, with what proves it."""
    head = await house.audit.journal.head(who.organisation)
    actor = actor_of(who, request)
    await house.audit.keep(
        who.organisation,
        "log.exported",
        actor,
        f"{who.name} exported the event log",
        upto=str(head),
    )
    return StreamingResponse(
        _lines(house, who.organisation, after, head),
        media_type="application/x-ndjson",
        headers={"Content-Disposition": 'attachment; filename="events.jsonl"'},
    )


async def _lines(house: Services, organisation: str, after: int, head: Head) -> AsyncGenerator[str]:
    while after < head.sequence:
        rows = await house.audit.journal.chain(organisation, after, _AT_ONCE)
        for entry, body in rows:
            if entry.sequence > head.sequence:
                return
            # The body as text: it is what was hashed, to the byte.
            line: dict[str, Any] = {
                "sequence": entry.sequence,
                "sha256": entry.sha256.hex(),
                "body": body,
            }
            yield json.dumps(line, ensure_ascii=False) + "\n"
        if not rows:
            return
        after = rows[-1][0].sequence
