"""Volumes, and what each camera takes of them."""

from fastapi import APIRouter
from pydantic import BaseModel

from vedette.api.services import House, Who
from vedette.api.tenancy import seen_by
from vedette.model.camera import StreamRole
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
    """What a stream holds."""

    camera: str
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
    return StorageAnswer(
        volumes=[
            VolumeShape.model_validate(seen_by(who.organisation, one), from_attributes=True)
            for one in house.health.volumes()
        ],
        usage=[
            UsageShape(
                camera=one.stream.camera,
                role=one.stream.role,
                bytes=one.bytes,
                protected_bytes=one.protected_bytes,
                segments=one.segments,
                oldest_us=one.oldest_us,
                newest_us=one.newest_us,
            )
            for one in await house.catalog.usage(who.organisation)
        ],
    )
