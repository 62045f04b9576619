"""Pictures through a share: the same for people of another organisation and for guests.

Nothing here trusts the caller's range: each answer is cut to what ``sharing.decide`` allows at this
instant, and is never cached. Addresses of cameras, the reasons of gaps and everything else that the
owner knows of the camera stay with the owner.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, WebSocket

from vedette.api.audit import Seen
from vedette.api.calendar import CalendarAnswer, get_shared_calendar
from vedette.api.fields import MAX_RANGE_US, MAX_US, CameraId, Role
from vedette.api.footage import (
    FootageAnswer,
    FragmentsAnswer,
    Range,
    SpanShape,
    StreamFootage,
    index_json,
)
from vedette.api.live import send_item
from vedette.api.looking import (
    Look,
    Looking,
    footage_window,
    live_camera,
    saw,
    stands,
    watching,
)
from vedette.api.services import House, Services
from vedette.api.shared_feed import ShareFeed
from vedette.api.sockets import send_within, serve_socket
from vedette.base.errors import NotFound, Refused
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.packet import GapReason
from vedette.playback.replay import FragmentIndex
from vedette.playback.viewer import LiveItem, LiveOffline, Viewer
from vedette.sharing.decide import Window, blanked, part_of, shown

SegmentStart = Annotated[int, Path(ge=0, le=MAX_US, description="Names the segment, µs")]
MOST_BYTES = 64 * 1024 * 1024
"""Of one answer; held in memory, since what must not be heard is taken out of it."""
_UNCACHED = {"Cache-Control": "no-store"}
_VIDEO = "video/mp4"
_GONE = "this footage is not shared with you, or is there no longer"


async def live(
    *,
    websocket: WebSocket,
    house: House,
    look: Looking,
    camera_id: CameraId,
    role: Role = StreamRole.MAIN,
    audio: Annotated[bool, Query(description="Whether sound is wanted")] = False,
) -> None:
    """Send one stream as it comes."""
    camera = await live_camera(house, look, camera_id)
    now_us = house.clock.wall_us()
    seen = Seen(camera_id, "live", now_us, now_us, role.value)
    await saw(house, look, camera, seen)
    stream = StreamKey(look.share.organisation, camera_id, role)
    viewer, leave = house.live.watch(stream, audio=audio and look.share.sound)
    watching(house, look, camera, seen, 1)

    async def check(now: Look) -> object:
        return await live_camera(house, now, camera_id)

    try:
        await serve_socket(
            websocket,
            house,
            lambda: _send_all(websocket, viewer, look),
            stands=stands(websocket, house, look, check),
        )
    finally:
        leave()
        watching(house, look, camera, seen, -1)


async def _send_all(websocket: WebSocket, viewer: Viewer, look: Look) -> None:
    while (item := await viewer.next()) is not None:
        await send_within(send_item(websocket, outward(item, look.share.from_us)))


def outward(item: LiveItem, from_us: int) -> LiveItem:
    """What others may know of a stream: that nothing comes, not why, nor since before the share."""
    if not isinstance(item, LiveOffline):
        return item
    reason = item.reason
    if reason not in {"connecting", GapReason.UNSUPPORTED.value}:
        reason = GapReason.UNREACHABLE.value
    return replace(item, reason=reason, detail="", since_us=max(item.since_us, from_us))


async def updates(*, websocket: WebSocket, house: House, look: Looking) -> None:
    """Say what was recorded, and close at once when the share is over."""
    feed = ShareFeed(house.bus, look.share)

    async def send_all() -> None:
        while True:
            stream, start_us, end_us = await feed.next()
            cut = await _growth(house, look, stream, Window(start_us, end_us))
            if cut is not None:
                news = {
                    "type": "footage",
                    "camera": stream.camera,
                    "role": stream.role.value,
                    "start_us": cut.start_us,
                    "end_us": cut.end_us,
                }
                await send_within(websocket.send_text(json.dumps(news)))

    async def check(_: Look) -> object:
        return None  # that it stands is all

    try:
        watch = stands(websocket, house, look, check)
        await serve_socket(websocket, house, send_all, stands=watch)
    finally:
        feed.close()


async def _growth(house: Services, look: Look, stream: StreamKey, grown: Window) -> Window | None:
    try:
        _, window = await footage_window(house, look, stream.camera)
    except (NotFound, Refused):
        return None
    return window.cut(grown.start_us, grown.end_us)


async def get_footage(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    span: Range,
    role: Role = StreamRole.MAIN,
    resolution_us: Annotated[
        int, Query(ge=0, le=MAX_RANGE_US, description="What is shorter cannot be seen, µs")
    ] = 0,
) -> FootageAnswer:
    """Where there is footage of what is shared, for drawing a timeline; not why there is none."""
    _, window = await footage_window(house, look, camera_id)
    spans: list[SpanShape] = []
    if (cut := window.cut(span.start_us, span.end_us)) is not None:
        stream = StreamKey(look.share.organisation, camera_id, role)
        (found,) = await house.catalog.footage(
            stream.organisation, [stream], cut.start_us, cut.end_us, resolution_us=resolution_us
        )
        spans = [
            SpanShape(start_us=part.start_us, end_us=part.end_us, lost_frames=one.lost_frames)
            for one in found.spans
            if (part := cut.cut(one.start_us, one.end_us)) is not None
        ]
    one = StreamFootage(camera=camera_id, role=role, spans=spans, gaps=[], clock_steps=[])
    return FootageAnswer(streams=[one])


async def get_fragments(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    span: Range,
    role: Role = StreamRole.MAIN,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """The groups of pictures of a range that lie wholly within what is shared."""
    _, window = await footage_window(house, look, camera_id)
    index = FragmentIndex({}, (), None)
    if (cut := window.cut(span.start_us, span.end_us)) is not None:
        stream = StreamKey(look.share.organisation, camera_id, role)
        found = await house.replay.fragments(stream, cut.start_us, cut.end_us, limit)
        index = _cut_index(found, window, sound=look.share.sound)
    text = await asyncio.to_thread(index_json, index)
    return Response(text, media_type="application/json", headers=_UNCACHED)


def _cut_index(index: FragmentIndex, window: Window, *, sound: bool) -> FragmentIndex:
    format_of = {one.start_us: format_id for one, format_id in index.fragments}
    kept = shown((one for one, _ in index.fragments), window)
    fragments = tuple((one, format_of[one.start_us]) for one in kept)
    formats = {
        key: row if sound else replace(row, audio_codec="")
        for key, row in index.formats.items()
        if key in {format_id for _, format_id in fragments}
    }
    next_us = index.next_us
    return FragmentIndex(formats, fragments, next_us if (next_us or 0) < window.end_us else None)


async def get_init(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    segment_start_us: SegmentStart,
    role: Role = StreamRole.MAIN,
    tracks: Annotated[str, Query(pattern="^(video|all)$")] = "all",
) -> Response:
    """The initialisation segment that goes before fragments of a segment."""
    _, window = await footage_window(house, look, camera_id)
    stream = StreamKey(look.share.organisation, camera_id, role)
    segment = await house.replay.segment(stream, segment_start_us)
    if window.cut(segment.start_us, segment.end_us) is None:
        raise NotFound(_GONE)
    alone = tracks == "video" or not look.share.sound
    init = await house.replay.init(stream.organisation, segment.format_id, video_alone=alone)
    return Response(init, media_type=_VIDEO, headers=_UNCACHED)


async def get_part(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    segment_start_us: SegmentStart,
    offset: Annotated[int, Query(ge=0, le=1 << 50, description="First byte in the file")],
    size: Annotated[int, Query(ge=1, le=MOST_BYTES, description="Bytes")],
    role: Role = StreamRole.MAIN,
) -> Response:
    """Bytes of a segment's file that hold nothing but shared footage; unshared sound is blank."""
    camera, window = await footage_window(house, look, camera_id)
    stream = StreamKey(look.share.organisation, camera_id, role)
    segment = await house.replay.segment(stream, segment_start_us)
    cut = window.cut(segment.start_us, segment.end_us)
    if cut is None:
        raise NotFound(_GONE)
    rows = [
        one
        for one in await house.catalog.fragments(
            stream.organisation, stream, cut.start_us, cut.end_us
        )
        if one.segment_start_us == segment_start_us
    ]
    part = part_of(rows, window, offset, size, sound=look.share.sound)
    if part is None:
        raise NotFound(_GONE)
    given = [one for one in rows if one.offset < offset + size and one.offset + one.size > offset]
    start_us = min(one.start_us for one in given)
    end_us = max(one.start_us + one.duration_us for one in given)
    await saw(house, look, camera, Seen(camera_id, "replay", start_us, end_us, role.value))
    data = blanked(await house.replay.read(segment, offset, size), part)
    return Response(data, media_type=_VIDEO, headers=_UNCACHED)


async def get_keys(
    *,
    house: House,
    look: Looking,
    camera_id: CameraId,
    segment_start_us: SegmentStart,
    span: Range,
    role: Role = StreamRole.MAIN,
) -> Response:
    """The key frames alone of the groups that begin in a range, for fast replay."""
    camera, window = await footage_window(house, look, camera_id)
    cut = window.cut(span.start_us, span.end_us)
    if cut is None:
        raise NotFound(_GONE)
    stream = StreamKey(look.share.organisation, camera_id, role)
    await saw(house, look, camera, Seen(camera_id, "replay", cut.start_us, cut.end_us, role.value))
    media = await house.replay.keys(stream, segment_start_us, cut.start_us, cut.end_us)
    return Response(media, media_type=_VIDEO, headers=_UNCACHED)


async def get_thumbnail(
    *,
    house: House,
    look: Looking,
    request: Request,
    camera_id: CameraId,
    at_us: Annotated[int, Query(ge=0, le=MAX_US, description="Instant, µs")],
    role: Role = StreamRole.MAIN,
    width: Annotated[int, Query(ge=64, le=640, description="Pixels")] = 320,
) -> Response:
    """A small picture of the recorded key frame at or before an instant that is shared."""
    camera, window = await footage_window(house, look, camera_id)
    nothing = Response(status_code=204, headers=_UNCACHED)
    if window.cut(at_us, at_us + 1) is None:
        return nothing

    async def wanted() -> bool:
        return not await request.is_disconnected()

    stream = StreamKey(look.share.organisation, camera_id, role)
    try:
        picture = await house.snapshots.thumbnails.picture(stream, at_us, width, wanted)
    except NotFound:
        return nothing
    if picture.at_us < window.start_us:
        return nothing
    seen = Seen(camera_id, "thumbnails", picture.at_us, picture.at_us, role.value)
    await saw(house, look, camera, seen)
    headers = _UNCACHED | {"X-Picture-Us": str(picture.at_us)}
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


def _binary(media_type: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": "The bytes", "content": content}}


_NO_PICTURE: dict[int | str, dict[str, Any]] = {
    204: {"description": "No footage at that moment, or none that is shared"}
}
_Handler = Callable[..., Any]


def add_media_routes(router: APIRouter, prefix: str) -> None:
    """Give a router that knows who looks its pictures.

    Args:
        router: Depends on one of ``api.looking``.
        prefix: Of the routes' names.
    """
    router.add_api_websocket_route("/cameras/{camera_id}/live", live, f"{prefix}_live")
    router.add_api_websocket_route("/updates", updates, f"{prefix}_updates")
    of_segment = "/segments/{segment_start_us}"
    json_routes: list[tuple[str, _Handler, str, Any]] = [
        ("/footage", get_footage, "footage", FootageAnswer),
        ("/fragments", get_fragments, "fragments", FragmentsAnswer),
        ("/calendar", get_shared_calendar, "calendar", CalendarAnswer),
    ]
    for path, handler, name, model in json_routes:
        router.add_api_route(
            f"/cameras/{{camera_id}}{path}", handler, name=f"{prefix}_{name}", response_model=model
        )
    binary: list[tuple[str, _Handler, str, dict[int | str, dict[str, Any]]]] = [
        (f"{of_segment}/init.mp4", get_init, "init", _binary(_VIDEO)),
        (f"{of_segment}/part", get_part, "part", _binary(_VIDEO)),
        (f"{of_segment}/keys", get_keys, "keys", _binary(_VIDEO)),
        ("/thumbnail.jpg", get_thumbnail, "thumbnail", _binary("image/jpeg") | _NO_PICTURE),
    ]
    for path, handler, name, responses in binary:
        router.add_api_route(
            f"/cameras/{{camera_id}}{path}",
            handler,
            name=f"{prefix}_{name}",
            response_class=Response,
            responses=responses,
        )
