"""Volumes, and what each camera takes of them."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vedette.api.services import House, Who
from vedette.api.tenancy import seen_by
from vedette.catalog.ports import StreamUsage
from vedette.model.camera import Camera, StreamRole
from vedette.model.health import VolumeState

router = APIRouter(tags=["storage"])


class VolumeShape(BaseModel):
    """A volume; bytes, bytes per hour, milliseconds."""

    id: str
    path: str
    state: VolumeState
    detail: str
    total_bytes: int
    free_bytes: int
    reserve_bytes: int
    bytes_per_hour: int
    write_ms: float


class UsageShape(BaseModel):
    """What a stream holds; of removed cameras too, for as long as they hold anything."""

    camera: str
    name: str = Field(description="Of the camera; empty when nobody knows it any more")
    removed_us: int | None = Field(description="When the camera was removed")
    role: StreamRole
    bytes: int
    protected_bytes: int
    segments: int
    oldest_us: int | None
    newest_us: int | None


class StorageAnswer(BaseModel):
    """Volumes and usage."""

    volumes: list[VolumeShape]
    usage: list[UsageShape]


@router.get("/storage")
async def get_storage(house: House, who: Who) -> StorageAnswer:
    """Volumes, and how much footage each stream of the organisation holds."""
    known = [
        *await house.cameras.removed(who.organisation),
        *await house.cameras.list(who.organisation),
    ]
    cameras = {one.id: one for one in known}
    return StorageAnswer(
        volumes=[
            VolumeShape.model_validate(seen_by(who.organisation, one), from_attributes=True)
            for one in house.health.volumes()
        ],
        usage=[
            _usage_shape(one, cameras.get(one.stream.camera))
            for one in await house.catalog.usage(who.organisation)
        ],
    )


def _usage_shape(usage: StreamUsage, camera: Camera | None) -> UsageShape:
    return UsageShape(
        camera=usage.stream.camera,
        name=camera.name if camera is not None else "",
        removed_us=camera.removed_us if camera is not None else None,
        role=usage.stream.role,
        bytes=usage.bytes,
        protected_bytes=usage.protected_bytes,
        segments=usage.segments,
        oldest_us=usage.oldest_us,
        newest_us=usage.newest_us,
    )
