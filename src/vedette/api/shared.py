"""What other organisations share with ours."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from vedette.api.looking import look_as_person, seer_of
from vedette.api.rights import May
from vedette.api.services import House, Who
from vedette.api.shared_media import add_media_routes
from vedette.api.shared_shapes import SharedShape, shared_shape

router = APIRouter(prefix="/shared", tags=["shared with us"])


class SharedAnswer(BaseModel):
    """What is shared with us now, ending first."""

    organisation: str = Field(description="The name that others type to share with us")
    shares: list[SharedShape]


@router.get("")
async def list_shared(house: House, who: Who, access: May) -> SharedAnswer:
    """What others share with your organisation and your role lets you see."""
    now_us = house.clock.wall_us()
    seer = seer_of(who, access, now_us)
    found = [
        await shared_shape(house, share, seer)
        for share in await house.shares.given_to(who.organisation, now_us)
    ]
    return SharedAnswer(
        organisation=await house.organisations.name(who.organisation),
        shares=[one for one in found if one.live or one.footage is not None],
    )


through = APIRouter(
    prefix="/shared/{share_id}", tags=["shared with us"], dependencies=[Depends(look_as_person)]
)
add_media_routes(through, "shared")
