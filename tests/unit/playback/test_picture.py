"""H.265 becomes VP9 for browsers that lack H.265: what comes out, when, and how many at once."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.media import vp9
from vedette.media.fmp4 import VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.model.camera import StreamRole
from vedette.model.packet import Codec, GapReason, StreamClosed, StreamFormat, StreamOpened
from vedette.playback.picture.__main__ import serve
from vedette.playback.picture.encoder import PictureEncoder
from vedette.playback.picture.wire import (
    HEAD,
    Picture,
    format_message,
    picture_message,
    read_format,
    read_picture,
)
from vedette.playback.picture.works import size_of
from vedette.playback.settings import PlaybackSettings
from vedette.playback.viewer import LiveFormat, LiveItem, LiveMedia, LiveOffline, Viewer
from vedette.testing.house import House, format_of, open_house, packets_of
from vedette.testing.media import ClipSpec, make_clip

HEVC = make_clip(ClipSpec(codec=Codec.HEVC))
VIDEO = format_of(HEVC).video
SIZE = (VIDEO.width, VIDEO.height)
PICTURES = [
    Picture(one.pts, one.dts, one.arrival_ns, one.wall_us, one.key, one.payload)
    for one in packets_of(HEVC, StreamOpened("run", format_of(HEVC), 0, 0))
]


def decoded(pictures: list[Picture]) -> list[Any]:
    """What a browser would show of VP9 pictures in MP4."""
    track = vp9.video_track(*SIZE)
    parts = [init_segment(StreamFormat(track))]
    for number, one in enumerate(pictures, 1):
        sample = Sample(one.payload, 3600, key=one.key)
        parts += fragment(VIDEO_TRACK_ID, number, one.pts, [sample])
    with cast("Any", av.open(io.BytesIO(b"".join(parts)), format="mp4")) as container:
        assert container.streams.video[0].codec_context.name in {"vp9", "libvpx-vp9"}
        return list(container.decode(video=0))


def original() -> list[Any]:
    """What the camera saw."""
    decoder = cast("Any", av.CodecContext.create("hevc", "r"))
    decoder.extradata = VIDEO.config
    frames = [frame for one in PICTURES for frame in decoder.decode(av.Packet(one.payload))]
    return [*frames, *decoder.decode(None)]


def encoder(now_ns: Callable[[], int] = lambda: 0) -> PictureEncoder:
    return PictureEncoder(Codec.HEVC, VIDEO.config, *SIZE, now_ns)


def test_every_picture_comes_out_at_its_time_and_looks_like_the_cameras() -> None:
    works = encoder()
    made = [one for picture in PICTURES for one in works.encode(picture)]
    times = {one.pts: one.wall_us for one in PICTURES}
    assert [one.pts for one in made] == sorted(times)[: len(made)]
    assert len(made) >= len(PICTURES) - 2, "a decoder may keep the last ones to itself"
    assert all(one.wall_us == times[one.pts] for one in made)
    assert made[0].key
    for shown, seen in zip(decoded(made), original(), strict=False):
        one, other = (frame.to_ndarray(format="gray").astype(int) for frame in (shown, seen))
        assert np.abs(one - other).mean() < 6


def test_what_comes_too_late_is_left_out_so_that_the_picture_stays_close_to_now() -> None:
    delay_ms = dict.fromkeys(range(len(PICTURES)), 10)
    delay_ms |= dict.fromkeys(range(20, 30), 900)
    now: list[int] = []
    works = encoder(lambda: now[-1])
    made: list[Picture] = []
    for number, picture in enumerate(PICTURES):
        now.append(picture.arrival_ns + delay_ms[number] * 1_000_000)
        made += works.encode(picture)
    left_out = {one.pts for one in PICTURES[20:30]}
    assert not left_out & {one.pts for one in made}
    assert len(made) >= len(PICTURES) - len(left_out) - 2
    assert decoded(made), "what is left plays"


def test_a_process_answers_over_its_pipes_and_survives_nonsense() -> None:
    torn = Picture(7, 7, 0, 0, key=False, payload=b"\0\0\0\4junk")
    said = [format_message(VIDEO, *SIZE), picture_message(torn)]
    said += [picture_message(one) for one in PICTURES]
    answers = io.BytesIO()
    assert serve(io.BytesIO(b"".join(said)), answers) == 0
    answers.seek(0)
    made: list[Picture] = []
    while head := answers.read(HEAD.size):
        made.append(read_picture(answers.read(HEAD.unpack(head)[1])))
    assert len(made) >= len(PICTURES) - 2
    assert serve(io.BytesIO(HEAD.pack(b"P", 1 << 31)), io.BytesIO()) == 1, "a length that lies"


@given(
    pts=st.integers(-(1 << 40), 1 << 40),
    key=st.booleans(),
    payload=st.binary(max_size=2000),
    wall_us=st.integers(0, 1 << 60),
)
def test_messages_come_back_as_they_went(
    *, pts: int, key: bool, payload: bytes, wall_us: int
) -> None:
    picture = Picture(pts, pts - 1, 5, wall_us, key, payload)
    message = picture_message(picture)
    assert HEAD.unpack(message[: HEAD.size]) == (b"P", len(message) - HEAD.size)
    assert read_picture(message[HEAD.size :]) == picture


def test_a_message_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cut off"):
        read_picture(b"short")
    with pytest.raises(ValueError, match="lacks a field"):
        read_format(b'{"codec": "hevc"}')


@given(width=st.integers(2, 8192), height=st.integers(2, 8192))
def test_pictures_leave_at_most_1280_wide_in_their_own_shape(width: int, height: int) -> None:
    wide, high = size_of(vp9.video_track(width, height))
    assert 2 <= wide <= min(width, 1280)
    assert wide % 2 == high % 2 == 0
    assert abs(high - height * wide / width) <= height / width + 2


def run(
    folder: Path,
    story: Callable[[House], Awaitable[None]],
    playback: PlaybackSettings | None = None,
) -> None:
    async def all_of_it() -> None:
        async with open_house(folder, playback=playback) as house:
            await story(house)

    asyncio.run(all_of_it())


async def until(viewer: Viewer, kind: type[LiveItem], most_s: float = 60) -> LiveItem:
    """The next item of a kind."""
    async with asyncio.timeout(most_s):
        while not isinstance(item := await viewer.next(), kind):
            assert item is not None, "the viewer was let go"
    return item


def test_a_viewer_who_asks_gets_vp9_and_the_one_who_does_not_the_cameras_own(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        house.play(HEVC)
        plain, leave_plain = house.services.live.watch(key, audio=False)
        viewer, leave = house.services.live.watch(key, audio=False, encode=True)
        described = await until(viewer, LiveFormat)
        assert isinstance(described, LiveFormat)
        assert 'codecs="vp09.00.' in described.mime
        picture = await until(viewer, LiveMedia)
        assert isinstance(picture, LiveMedia)
        with cast("Any", av.open(io.BytesIO(described.init + picture.data))) as container:
            assert next(container.decode(video=0)).width == SIZE[0]
        own = await until(plain, LiveFormat)
        assert isinstance(own, LiveFormat)
        assert "hvc1" in own.mime
        assert house.services.live.encoded_pictures() == 1
        assert house.services.live.viewers() == {key: 2}
        leave_plain()
        leave()

    run(tmp_path, story)


def test_beyond_the_budget_a_viewer_is_told_so_and_gets_its_turn(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        live = house.services.live
        keys = [house.camera.key(role) for role in (StreamRole.MAIN, StreamRole.SUB)]
        house.play(HEVC)
        house.hub.publish(keys[1], StreamOpened("sub", format_of(HEVC), 0, 0))
        first, leave_first = live.watch(keys[0], audio=False, encode=True)
        second, leave_second = live.watch(keys[1], audio=False, encode=True)
        busy = await until(second, LiveOffline)
        assert isinstance(busy, LiveOffline)
        assert busy.reason == "encoding"
        assert "playback.max_encoded_pictures" in busy.detail
        await until(first, LiveMedia)
        leave_first()
        for packet in packets_of(HEVC, StreamOpened("sub", format_of(HEVC), 0, 0)):
            house.hub.publish(keys[1], packet)
        await until(second, LiveMedia)
        assert live.encoded_pictures() == 1
        leave_second()

    run(tmp_path, story, PlaybackSettings(max_encoded_pictures=1))


def test_nobody_gets_more_than_none_where_none_is_allowed(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.play(HEVC)
        key = house.camera.key(StreamRole.MAIN)
        viewer, leave = house.services.live.watch(key, audio=False, encode=True)
        assert isinstance(await until(viewer, LiveOffline), LiveOffline)
        assert house.services.live.encoded_pictures() == 0
        leave()

    run(tmp_path, story, PlaybackSettings(max_encoded_pictures=0))


def test_h264_passes_as_it_is_and_a_closed_stream_ends_the_process(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        house.play(make_clip())
        viewer, leave = house.services.live.watch(key, audio=False, encode=True)
        described = await until(viewer, LiveFormat)
        assert isinstance(described, LiveFormat)
        assert "avc1" in described.mime
        house.hub.publish(key, StreamClosed(GapReason.UNREACHABLE, "gone", 0, 0))
        gone = await until(viewer, LiveOffline)
        assert isinstance(gone, LiveOffline)
        assert gone.detail == "gone"
        leave()

    run(tmp_path, story)
