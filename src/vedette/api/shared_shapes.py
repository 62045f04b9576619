"""How shares look from outside: to their owner, and to whoever may look."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from vedette.api.services import Services
from vedette.model.share import Share
from vedette.sharing.decide import Denial, Seer, State, footage_of, live_denied, state_of


class CameraName(BaseModel):
    """A camera, and nothing about it but its name."""

    id: str
    name: str


class FootageRange(BaseModel):
    """Recorded footage that is shared."""

    start_us: int
    end_us: int | None = Field(description="Excluded; null goes on for as long as the share lasts")


class ShareShape(BaseModel):
    """A share, as its owner sees it."""

    id: str
    recipient: str = Field(description="Name of the organisation, or whom the link is for")
    link: bool = Field(description="Whether it is for whoever holds the link")
    cameras: list[CameraName]
    live: bool
    footage: FootageRange | None
    sound: bool
    from_us: int
    until_us: int
    purpose: str
    state: State
    made_by: str
    made_us: int
    ended_by: str
    ended_us: int | None
    most_uses: int | None = Field(description="How often the link may be opened")
    uses: int = Field(description="How often the link was opened")


class SharedShape(BaseModel):
    """A share, as whoever may look sees it; what their own role forbids is left out."""

    id: str
    owner: str = Field(description="Name of the organisation whose cameras these are")
    cameras: list[CameraName]
    live: bool
    footage: FootageRange | None
    sound: bool
    until_us: int
    purpose: str


def share_shape(share: Share, names: Mapping[str, str], now_us: int) -> ShareShape:
    """A share for its owner.

    Args:
        share: The share.
        names: Of the owner's cameras, by identifier.
        now_us: The present.
    """
    return ShareShape(
        id=share.id,
        recipient=share.recipient_name,
        link=share.recipient is None,
        cameras=[
            CameraName(id=one, name=names.get(one, "a camera that was removed"))
            for one in share.cameras
        ],
        live=share.live,
        footage=_footage(share),
        sound=share.sound,
        from_us=share.from_us,
        until_us=share.until_us,
        purpose=share.purpose,
        state=state_of(share, now_us),
        made_by=share.made_by_name,
        made_us=share.made_us,
        ended_by=share.ended_by_name,
        ended_us=share.ended_us,
        most_uses=share.most_uses,
        uses=share.uses,
    )


def _footage(share: Share) -> FootageRange | None:
    if share.footage_start_us is None:
        return None
    return FootageRange(start_us=share.footage_start_us, end_us=share.footage_end_us)


async def shared_shape(house: Services, share: Share, seer: Seer) -> SharedShape:
    """A share for whoever may look now; a camera that its owner removed is gone from it."""
    owned = await house.cameras.list(share.organisation)
    names = {one.id: one.name for one in owned if one.id in share.cameras}
    cameras = [
        CameraName(id=one, name=name)
        for one, name in sorted(names.items(), key=lambda pair: pair[1].casefold())
    ]
    now_us, any_camera = house.clock.wall_us(), share.cameras[0]
    window = footage_of(share, seer, any_camera, now_us)
    footage = None
    if not isinstance(window, Denial):
        footage = FootageRange(start_us=window.start_us, end_us=share.footage_end_us)
    return SharedShape(
        id=share.id,
        owner=await house.organisations.name(share.organisation),
        cameras=cameras,
        live=live_denied(share, seer, any_camera, now_us) is None,
        footage=footage,
        sound=share.sound,
        until_us=share.until_us,
        purpose=share.purpose,
    )
