"""Shares of our own cameras: made, listed with every use, ended at once."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from vedette.accounts.access import Access
from vedette.api.audit import note
from vedette.api.fields import MAX_US, Line, ShareId, Uuid
from vedette.api.looking import sharing_party
from vedette.api.rights import May
from vedette.api.services import House, Services, Who
from vedette.api.shared_shapes import CameraName, ShareShape, share_shape
from vedette.base.errors import BadRequest, Refused
from vedette.base.ids import new_id
from vedette.bus.topics import SHARE_CHANGED, ShareChanged
from vedette.journal import EventQuery
from vedette.model.event import Actor, Event
from vedette.model.person import Identity, Organisation
from vedette.model.rights import Right
from vedette.model.share import Share
from vedette.sharing.decide import MOST_CAMERAS, MOST_USES
from vedette.sharing.guests import hash_secret, new_secret

router = APIRouter(prefix="/shares", tags=["shares"])

_MOST_EVENTS = 1000

Instant = Annotated[int, Field(ge=0, le=MAX_US)]


class FootageBody(BaseModel, extra="forbid"):
    """Recorded footage to share."""

    start_us: Instant
    end_us: Annotated[
        Instant | None,
        Field(description="Excluded; null goes on for as long as the share lasts"),
    ] = None


class ShareBody(BaseModel, extra="forbid"):
    """What to share, with whom, for how long and why."""

    organisation: Annotated[
        Line | None, Field(description="Its exact name; null makes a link for one person")
    ] = None
    person: Annotated[Line | None, Field(description="Whom the link is for")] = None
    cameras: Annotated[list[Uuid], Field(min_length=1, max_length=MOST_CAMERAS)]
    live: bool = False
    footage: FootageBody | None = None
    sound: bool = False
    from_us: Annotated[Instant | None, Field(description="Null begins at once")] = None
    until_us: Instant
    purpose: Annotated[str, Field(min_length=1, max_length=500)]
    most_uses: Annotated[
        int | None, Field(ge=1, le=MOST_USES, description="How often the link may be opened")
    ] = None


class SharesAnswer(BaseModel):
    """Every share, the newest first, ended ones too."""

    shares: list[ShareShape]


class MadeShareAnswer(BaseModel):
    """A share that was just made."""

    share: ShareShape
    secret: str | None = Field(
        description="Of a link, shown this once; the link is /guest# and this"
    )


class UseShape(BaseModel):
    """Somebody looked at a camera through a share, for a while."""

    who: str
    address: str = Field(description="Network address of a guest; others' is their own affair")
    camera: CameraName
    mode: str = Field(description="live, replay or thumbnails")
    began_us: int
    ended_us: int | None = Field(description="Null while it goes on, or for a moment's look")
    now: bool = Field(description="Whether a live picture is open")
    start_us: int = Field(description="First instant that was shown")
    end_us: int = Field(description="End of what was shown, excluded")


class UsesAnswer(BaseModel):
    """Every use, the latest first."""

    uses: list[UseShape]
    next: str | None = Field(description="For ``before``, when there is more")


@router.get("")
async def list_shares(house: House, who: Who) -> SharesAnswer:
    """Every share of your organisation's cameras."""
    names, now_us = await _names(house, who), house.clock.wall_us()
    found = await house.shares.list(who.organisation)
    return SharesAnswer(shares=[share_shape(one, names, now_us) for one in found])


async def _names(house: Services, who: Identity) -> dict[str, str]:
    return {one.id: one.name for one in await house.cameras.list(who.organisation)}


@router.post("", status_code=201)
async def make_share(
    house: House, who: Who, access: May, request: Request, body: ShareBody
) -> MadeShareAnswer:
    """Share cameras with another organisation, or make a link for one person."""
    if (body.organisation is None) == (body.person is None):
        raise BadRequest("name an organisation, or the person whom the link is for")
    _check_own(house, access, body)
    recipient = None
    if body.organisation is not None:
        recipient = await house.organisations.find(body.organisation, who.organisation)
    share = _share_of(house, who, body, recipient)
    note(request, name=share.recipient_name, share=share.id, purpose=share.purpose)
    note(request, cameras=len(share.cameras), live=share.live, until_us=share.until_us)
    note(request, footage_start_us=share.footage_start_us, footage_end_us=share.footage_end_us)
    secret = new_secret() if recipient is None else None
    now_us = house.clock.wall_us()
    made = await house.shares.make(
        who.organisation, share, now_us, None if secret is None else hash_secret(secret)
    )
    await _tell(house, made, "share.received", "shared cameras with us")
    names = await _names(house, who)
    return MadeShareAnswer(share=share_shape(made, names, now_us), secret=secret)


def _check_own(house: Services, access: Access, body: ShareBody) -> None:
    """Nobody gives what they may not see themselves.

    Raises:
        Refused: One of the cameras, or how far back its footage is to be seen.
    """
    now_us = house.clock.wall_us()
    for camera in body.cameras:
        if body.live and not access.may(Right.LIVE, camera):
            raise Refused("you may not share live pictures of a camera that you may not watch")
        if body.footage is None:
            continue
        earliest_us = access.earliest_us(Right.REPLAY, camera, now_us)
        if earliest_us is None or body.footage.start_us < earliest_us:
            raise Refused("you may not share footage that you may not watch yourself")


def _share_of(
    house: Services, who: Identity, body: ShareBody, recipient: Organisation | None
) -> Share:
    now_us, footage = house.clock.wall_us(), body.footage
    return Share(
        id=new_id(house.clock),
        organisation=who.organisation,
        recipient=recipient.id if recipient else None,
        recipient_name=recipient.name if recipient else body.person or "",
        cameras=tuple(dict.fromkeys(body.cameras)),
        live=body.live,
        footage_start_us=footage.start_us if footage else None,
        footage_end_us=footage.end_us if footage else None,
        sound=body.sound,
        from_us=now_us if body.from_us is None else body.from_us,
        until_us=body.until_us,
        purpose=body.purpose.strip(),
        made_by=who.person,
        made_by_name=who.name,
        made_us=now_us,
        most_uses=body.most_uses,
    )


@router.post("/{share_id}/end")
async def end_share(house: House, who: Who, request: Request, share_id: ShareId) -> ShareShape:
    """End a share for good; whatever is being watched through it stops at once."""
    now_us = house.clock.wall_us()
    before = await house.shares.get(who.organisation, share_id)
    share = await house.shares.end(who.organisation, share_id, who.name, now_us)
    note(request, name=share.recipient_name)
    # First what stops the pictures, whatever becomes of the rest.
    house.bus.publish(SHARE_CHANGED, _changed(share))
    if before.ended_us is None:
        await _tell(house, share, "share.withdrawn", "ended what it shared with us")
    return share_shape(share, await _names(house, who), now_us)


def _changed(share: Share) -> ShareChanged:
    return ShareChanged(share.organisation, share.id, share.recipient)


async def _tell(house: Services, share: Share, kind: str, words: str) -> None:
    """Say it to pages that are open, and keep it in the recipient's log."""
    house.bus.publish(SHARE_CHANGED, _changed(share))
    if share.recipient is None:
        return
    owner = await house.organisations.name(share.organisation)
    await house.audit.keep(
        share.recipient,
        kind,
        Actor("", owner, "share"),
        f"{owner} {words}",
        subject=sharing_party(share),
        share=share.id,
        purpose=share.purpose,
        cameras=len(share.cameras),
        until_us=share.until_us,
    )


@router.get("/{share_id}/uses")
async def list_share_uses(
    house: House,
    who: Who,
    share_id: ShareId,
    before: Annotated[
        str | None, Query(pattern=r"^\d{1,18}-\d{1,18}$", description="``next`` of an answer")
    ] = None,
) -> UsesAnswer:
    """Who looked through a share, at which camera, when and at what; from the event log."""
    share = await house.shares.get(who.organisation, share_id)
    place = None
    if before is not None:
        at, _, sequence = before.partition("-")
        place = (int(at), int(sequence))
    query = EventQuery(
        kinds=("footage.",), person=sharing_party(share), before=place, limit=_MOST_EVENTS
    )
    page = await house.audit.journal.events(who.organisation, query)
    names, open_now = await _names(house, who), house.audit.going_on()
    uses = put_together([entry.event for entry in page.entries], names, open_now)
    return UsesAnswer(uses=uses, next="-".join(map(str, page.next)) if page.next else None)


def put_together(
    events: list[Event], names: dict[str, str], open_now: frozenset[str]
) -> list[UseShape]:
    """Sights from what the log says of their beginning and of their end.

    Args:
        events: ``footage.seen`` and ``footage.seen_until``, the latest first.
        names: Of cameras.
        open_now: Identifiers of sights that go on.
    """
    last: dict[str, Event] = {}
    uses: list[UseShape] = []
    for event in events:
        if event.kind == "footage.seen_until":
            last.setdefault(event.correlation, event)
            continue
        end = last.get(event.id, event)
        camera = event.subject.partition("/")[2]
        start_us, end_us = event.data.get("start_us"), end.data.get("end_us")
        going_on = event.id in open_now
        uses.append(
            UseShape(
                who=event.actor.name,
                address=event.actor.address,
                camera=CameraName(id=camera, name=names.get(camera, "a camera that was removed")),
                mode=str(event.data.get("mode", "")),
                began_us=event.observed_us,
                ended_us=end.observed_us if end is not event and not going_on else None,
                now=going_on,
                start_us=start_us if isinstance(start_us, int) else event.observed_us,
                end_us=end_us if isinstance(end_us, int) else event.observed_us,
            )
        )
    return uses
