"""Which footage there is, what it is made of, and what was lost."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from vedette.api.fields import MAX_RANGE_US, CameraId, Role, Span, Uuid, span_of
from vedette.api.services import House, Who
from vedette.catalog.ports import Footage
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.packet import GapReason
from vedette.playback.replay import FragmentIndex

router = APIRouter(tags=["footage"])
_MAX_CAMERAS = 256
Range = Annotated[Span, Depends(span_of)]


class SpanShape(BaseModel):
    """Footage without a hole."""

    start_us: int
    end_us: int
    lost_frames: int


class GapShape(BaseModel):
    """No footage, and why."""

    start_us: int
    end_us: int | None
    reason: GapReason
    detail: str


class ClockStepShape(BaseModel):
    """The wall clock was stepped."""

    at_us: int
    step_us: int


class StreamFootage(BaseModel):
    """The footage of one stream."""

    camera: str
    role: StreamRole
    spans: list[SpanShape]
    gaps: list[GapShape]
    clock_steps: list[ClockStepShape]


class FootageAnswer(BaseModel):
    """One entry per camera that was asked for, in that order."""

    streams: list[StreamFootage]


class FormatShape(BaseModel):
    """How to decode; codecs are RFC 6381 strings."""

    video_codec: str
    audio_codec: str
    width: int
    height: int
    video_timescale: int


class FragmentShape(BaseModel):
    """One group of pictures: where its bytes lie, and when it is."""

    start_us: int
    duration_us: int
    segment_start_us: int
    offset: int
    size: int
    video_size: int
    media_start: int
    media_duration: int
    frames: int
    lost_frames: int
    key: bool
    format_id: str


class FragmentsAnswer(BaseModel):
    """What a player needs for a range."""

    formats: dict[str, FormatShape]
    fragments: list[FragmentShape]
    next_us: int | None = Field(description="Where to ask on when the limit cut the answer short")


class MinuteShape(BaseModel):
    """The account of one minute."""

    minute_us: int
    expected_packets: int
    received_packets: int
    expected_frames: int
    received_frames: int
    bytes: int
    reconnects: int
    jitter_us: int
    clock_offset_us: int | None
    connected_us: int


class LossAnswer(BaseModel):
    """Minutes, oldest first."""

    minutes: list[MinuteShape]


@router.get("/footage")
async def get_footage(
    *,
    house: House,
    who: Who,
    span: Range,
    camera: Annotated[list[Uuid], Query(min_length=1, max_length=_MAX_CAMERAS)],
    role: Role = StreamRole.MAIN,
    resolution_us: Annotated[
        int,
        Query(
            ge=0,
            le=MAX_RANGE_US,
            description="What is shorter cannot be seen: footage less than this apart is joined, "
            "and of shorter gaps only some are told; 0 tells everything, µs",
        ),
    ] = 0,
) -> FootageAnswer:
    """Footage and gaps of some cameras in a range, for drawing a timeline."""
    known = {one.id for one in await house.cameras.list(who.organisation)}
    for camera_id in camera:
        if camera_id not in known:
            await house.cameras.get(who.organisation, camera_id, even_removed=True)
    streams = [StreamKey(who.organisation, camera_id, role) for camera_id in camera]
    found = await house.catalog.footage(
        who.organisation, streams, span.start_us, span.end_us, resolution_us=resolution_us
    )
    return FootageAnswer(streams=[_shape(one) for one in found])


@router.get("/cameras/{camera_id}/fragments", response_model=FragmentsAnswer)
async def get_fragments(
    *,
    house: House,
    who: Who,
    camera_id: CameraId,
    span: Range,
    role: Role = StreamRole.MAIN,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """Fragments of one stream that overlap a range, and those before it that decoding needs."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    index = await house.replay.fragments(stream, span.start_us, span.end_us, limit)
    # Ten thousand take a tenth of a second, for which live view would stand still.
    return Response(await asyncio.to_thread(index_json, index), media_type="application/json")


def index_json(index: FragmentIndex) -> str:
    """A ``FragmentsAnswer`` as text."""
    answer = FragmentsAnswer(
        formats={
            format_id: FormatShape.model_validate(row, from_attributes=True)
            for format_id, row in index.formats.items()
        },
        fragments=[
            FragmentShape(
                start_us=one.start_us,
                duration_us=one.duration_us,
                segment_start_us=one.segment_start_us,
                offset=one.offset,
                size=one.size,
                video_size=one.video_size,
                media_start=one.media_start,
                media_duration=one.media_duration,
                frames=one.frames,
                lost_frames=one.lost_frames,
                key=one.key,
                format_id=format_id,
            )
            for one, format_id in index.fragments
        ],
        next_us=index.next_us,
    )
    return answer.model_dump_json()


@router.get("/cameras/{camera_id}/loss")
async def get_loss(
    *, house: House, who: Who, camera_id: CameraId, span: Range, role: Role = StreamRole.MAIN
) -> LossAnswer:
    """What came and what did not, minute by minute."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    minutes = await house.catalog.minutes(who.organisation, stream, span.start_us, span.end_us)
    return LossAnswer(
        minutes=[MinuteShape.model_validate(one, from_attributes=True) for one in minutes]
    )


def _shape(found: Footage) -> StreamFootage:
    return StreamFootage(
        camera=found.stream.camera,
        role=found.stream.role,
        spans=[SpanShape.model_validate(one, from_attributes=True) for one in found.spans],
        gaps=[GapShape.model_validate(one, from_attributes=True) for one in found.gaps],
        clock_steps=[
            ClockStepShape.model_validate(one, from_attributes=True) for one in found.clock_steps
        ],
    )
