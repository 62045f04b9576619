"""The bytes themselves: files by range, initialisation segments, playlists, pictures."""

import asyncio
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from vedette.api.audit import Seen, actor_of, reason_of
from vedette.api.fields import MAX_RANGE_US, MAX_US, CameraId, FormatId, Role
from vedette.api.footage import Range
from vedette.api.ranges import ranged
from vedette.api.services import House, Who
from vedette.base.errors import BadRequest, NotFound
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import SegmentState
from vedette.playback.hls import Links, playlist

router = APIRouter(prefix="/cameras/{camera_id}", tags=["media"])

SegmentStart = Annotated[int, Path(ge=0, le=MAX_US, description="Names the segment, µs")]
Tracks = Annotated[Literal["video", "all"], Query(description="Whether to leave the sound out")]
_FOR_EVER = "private, max-age=31536000, immutable"
_PLAYLIST_LIMIT = 50_000
"""More than a day of groups of pictures of two seconds."""
_VIDEO = "video/mp4"
_HLS = "application/vnd.apple.mpegurl"


def _binary(media_type: str, *, partial: bool = False) -> dict[int | str, dict[str, object]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    answers: dict[int | str, dict[str, object]] = {
        200: {"description": "The bytes", "content": content}
    }
    if partial:
        answers[206] = {"description": "The range that was asked for", "content": content}
        answers[304] = {"description": "The caller has these bytes already"}
        answers[416] = {"description": "The range lies outside the file"}
    return answers


async def _show(house: House, who: Who, request: Request, seen: Seen) -> None:
    """Keep what is about to be shown, and why if a reason was given."""
    seen = replace(seen, told=reason_of(request))
    await house.audit.saw(who.organisation, actor_of(who, request), seen)


@router.get(
    "/segments/{segment_start_us}/media",
    response_class=Response,
    responses=_binary(_VIDEO, partial=True),
)
@router.head("/segments/{segment_start_us}/media", include_in_schema=False)
async def get_media(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    segment_start_us: SegmentStart,
    role: Role = StreamRole.MAIN,
) -> Response:
    """The file of a segment, or one range of it; of one being written what is safe on disk."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    segment = await house.replay.segment(stream, segment_start_us)
    finished = segment.state is SegmentState.FINISHED
    seen = Seen(camera_id, "replay", segment.start_us, segment.end_us, role.value)
    await _show(house, who, request, seen)

    async def read(offset: int, size: int) -> bytes:
        return await house.replay.read(segment, offset, size)

    return ranged(
        request,
        read,
        segment.bytes,
        tag=f'"{segment.start_us:x}-{segment.bytes:x}-{segment.format_id[:8]}"',
        caching=_FOR_EVER if finished else "private, no-cache",
    )


@router.get("/segments/{segment_start_us}/keys", response_class=Response, responses=_binary(_VIDEO))
async def get_keys(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    segment_start_us: SegmentStart,
    span: Range,
    role: Role = StreamRole.MAIN,
) -> Response:
    """The key frames alone of the groups of a segment that begin in a range, for fast replay."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    media = await house.replay.keys(stream, segment_start_us, span.start_us, span.end_us)
    seen = Seen(camera_id, "replay", span.start_us, span.end_us, role.value)
    await _show(house, who, request, seen)
    return Response(media, media_type=_VIDEO, headers={"Cache-Control": "private, max-age=3600"})


@router.get(
    "/formats/{format_id}/init.mp4",
    response_class=Response,
    responses=_binary(_VIDEO, partial=True),
)
async def get_init(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    format_id: FormatId,
    tracks: Tracks = "all",
) -> Response:
    """The initialisation segment that goes before fragments of a format."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    init = await house.replay.init(who.organisation, format_id, video_alone=tracks == "video")

    async def read(offset: int, size: int) -> bytes:
        return init[offset : offset + size]

    return ranged(request, read, len(init), tag=f'"{format_id}-{tracks}"', caching=_FOR_EVER)


@router.get("/hls/index.m3u8", response_class=Response, responses=_binary(_HLS))
async def get_playlist(
    *, house: House, who: Who, camera_id: CameraId, span: Range, role: Role = StreamRole.MAIN
) -> Response:
    """A playlist of a range for other players."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    index = await house.replay.fragments(stream, span.start_us, span.end_us, _PLAYLIST_LIMIT)
    if index.next_us is not None:
        raise BadRequest("the range is too long for one playlist; ask for a day or less")
    links = Links(
        # FFmpeg plays only what has a file extension that it knows.
        media=lambda start_us, shift_us, video_alone: (
            f"{start_us}.m4s?stream={role.value}&shift_us={shift_us}&tracks={_tracks(video_alone)}"
        ),
        init=lambda format_id, video_alone: (
            f"../formats/{format_id}/init.mp4?tracks={_tracks(video_alone)}"
        ),
    )
    # A day takes a quarter of a second, for which live view would stand still.
    text = await asyncio.to_thread(playlist, index, links)
    return Response(text, media_type=_HLS, headers={"Cache-Control": "no-store"})


def _tracks(video_alone: bool) -> str:
    return "video" if video_alone else "all"


@router.get("/hls/{fragment_start_us}.m4s", response_class=Response, responses=_binary(_VIDEO))
async def get_playlist_entry(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    fragment_start_us: Annotated[int, Path(ge=0, le=MAX_US, description="Of the fragment, µs")],
    role: Role = StreamRole.MAIN,
    shift_us: Annotated[
        int, Query(ge=0, le=MAX_RANGE_US, description="How much later its media time begins, µs")
    ] = 0,
    tracks: Tracks = "all",
) -> Response:
    """One fragment on the time line of a playlist."""
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)
    seen = Seen(camera_id, "replay", fragment_start_us, fragment_start_us, role.value)
    await _show(house, who, request, seen)
    media = await house.replay.moved(
        stream, fragment_start_us, shift_us=shift_us, video_alone=tracks == "video"
    )
    return Response(media, media_type=_VIDEO, headers={"Cache-Control": _FOR_EVER})


@router.get("/snapshot.jpg", response_class=Response, responses=_binary("image/jpeg"))
async def get_snapshot(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    role: Role = StreamRole.MAIN,
    at_us: Annotated[
        int | None, Query(ge=0, le=MAX_US, description="Instant, µs; none means now")
    ] = None,
    width: Annotated[int, Query(ge=64, le=3840, description="Pixels")] = 640,
    exact: Annotated[
        bool, Query(description="The very frame of that instant, at full size; needs `at_us`")
    ] = False,
) -> Response:
    """A picture: the newest key frame, or the recorded one at or before an instant."""
    recorded = at_us is not None
    await house.cameras.get(who.organisation, camera_id, even_removed=recorded)
    stream = StreamKey(who.organisation, camera_id, role)
    if exact and at_us is None:
        raise BadRequest("name the instant as at_us, or leave exact out")
    if exact and at_us is not None:
        picture = await house.snapshots.exact(stream, at_us)
    elif at_us is None:
        picture = await house.snapshots.latest(stream, width)
    else:
        picture = await house.snapshots.recorded(stream, at_us, width)
    seen = Seen(camera_id, "picture", picture.at_us, picture.at_us, role.value)
    await _show(house, who, request, seen)
    caching = "no-store" if at_us is None else "private, max-age=3600"
    headers = {"Cache-Control": caching, "X-Picture-Us": str(picture.at_us)}
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


@router.get(
    "/thumbnail.jpg",
    response_class=Response,
    responses=_binary("image/jpeg")
    | {204: {"description": "No footage at that moment, nor within 15 s before it"}},
)
async def get_thumbnail(
    *,
    house: House,
    who: Who,
    request: Request,
    camera_id: CameraId,
    at_us: Annotated[int, Query(ge=0, le=MAX_US, description="Instant, µs")],
    role: Role = StreamRole.MAIN,
    width: Annotated[int, Query(ge=64, le=640, description="Pixels")] = 320,
) -> Response:
    """A small picture of the recorded key frame at or before an instant, for timelines.

    Decoded one at a time and with low priority; whoever hangs up is left out.
    """
    await house.cameras.get(who.organisation, camera_id, even_removed=True)
    stream = StreamKey(who.organisation, camera_id, role)

    async def wanted() -> bool:
        return not await request.is_disconnected()

    try:
        picture = await house.snapshots.thumbnails.picture(stream, at_us, width, wanted)
    except NotFound:
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    seen = Seen(camera_id, "thumbnails", picture.at_us, picture.at_us, role.value)
    await _show(house, who, request, seen)
    headers = {"Cache-Control": "private, max-age=3600", "X-Picture-Us": str(picture.at_us)}
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)
