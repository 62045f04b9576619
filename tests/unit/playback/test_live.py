import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import av

from vedette.bus.topics import STREAM_HEALTH
from vedette.model.camera import StreamRole
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import Codec, GapReason, StreamClosed
from vedette.playback.settings import PlaybackSettings
from vedette.playback.viewer import (
    AudioAnswer,
    LiveClock,
    LiveFormat,
    LiveItem,
    LiveLost,
    LiveMedia,
    LiveOffline,
    Viewer,
)
from vedette.testing.house import House, open_house, packets_of
from vedette.testing.media import ClipSpec, make_clip

CLIP = make_clip(ClipSpec(frames=50, key_interval=25))


def run(
    folder: Path,
    story: Callable[[House], Awaitable[None]],
    playback: PlaybackSettings | None = None,
) -> None:
    async def all_of_it() -> None:
        async with open_house(folder, playback=playback) as house:
            await story(house)

    asyncio.run(all_of_it())


async def waiting(viewer: Viewer) -> list[LiveItem]:
    """What waits for a viewer right now."""
    items: list[LiveItem] = []
    try:
        while True:
            async with asyncio.timeout(0.01):
                item = await viewer.next()
            if item is None:
                return items
            items.append(item)
    except TimeoutError:
        return items


def decode(items: list[LiveItem]) -> list[Any]:
    """The pictures that a browser would show of a format and what follows it."""
    first = items[0]
    assert isinstance(first, LiveFormat)
    data = first.init + b"".join(one.data for one in items if isinstance(one, LiveMedia))
    with cast("Any", av.open(io.BytesIO(data))) as container:
        return list(container.decode(video=0))


def test_the_first_picture_comes_at_once_and_every_frame_after_it_plays(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        opened = house.open_stream(CLIP)
        packets = list(packets_of(CLIP, opened))
        for packet in packets[:35]:
            house.hub.publish(key, packet)
        viewer, leave = house.services.live.watch(key, audio=False)
        items = await waiting(viewer)
        assert [type(item) for item in items] == [LiveFormat, LiveMedia]
        started = items[1]
        assert isinstance(started, LiveMedia)
        assert started.frames == 10, "everything since the key frame, in one message"
        assert len(decode(items)) == 10
        for packet in packets[35:]:
            house.hub.publish(key, packet)
        items += await waiting(viewer)
        assert len(items) == 2 + 15
        pictures = decode(items)
        assert [round(picture.time * 25) for picture in pictures] == list(range(25, 50))
        leave()

    run(tmp_path, story)


def test_the_format_says_what_a_player_must_know(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        house.play(make_clip(ClipSpec(audio=Codec.AAC)))
        for audio, answer, codecs in (
            (True, AudioAnswer.PLAYED, ", mp4a.40.2"),
            (False, AudioAnswer.AVAILABLE, ""),
        ):
            viewer, leave = house.services.live.watch(key, audio=audio)
            described = (await waiting(viewer))[0]
            assert isinstance(described, LiveFormat)
            assert described.mime.startswith('video/mp4; codecs="avc1.')
            assert described.mime.endswith(f'{codecs}"')
            assert described.audio is answer
            assert (described.width, described.height) == (320, 180)
            assert described.target_ms == 60
            assert described.origin_us == house.clock.wall_us()
            leave()

    run(tmp_path, story)


def test_sound_and_picture_share_one_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.play(make_clip(ClipSpec(audio=Codec.AAC)))
        viewer, leave = house.services.live.watch(house.camera.key(StreamRole.MAIN), audio=True)
        items = await waiting(viewer)
        described = items[0]
        assert isinstance(described, LiveFormat)
        data = described.init + b"".join(one.data for one in items if isinstance(one, LiveMedia))
        starts: dict[str, float] = {}
        with cast("Any", av.open(io.BytesIO(data))) as container:
            for packet in container.demux():
                if packet.pts is not None:
                    starts.setdefault(packet.stream.type, float(packet.pts * packet.time_base))
        assert abs(starts["video"] - 1.0) < 0.001
        assert abs(starts["audio"] - starts["video"]) < 0.1
        leave()

    run(tmp_path, story)


def test_reordered_frames_keep_their_order_and_ask_for_a_later_target(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.play(make_clip(ClipSpec(b_frames=2)))
        viewer, leave = house.services.live.watch(house.camera.key(StreamRole.MAIN), audio=False)
        items = await waiting(viewer)
        described = items[0]
        assert isinstance(described, LiveFormat)
        assert described.target_ms == 200
        times = [picture.time for picture in decode(items)]
        assert times == sorted(times)
        assert len(times) == 25
        leave()

    run(tmp_path, story)


def test_decoding_time_below_zero_is_lifted_and_the_origin_with_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        clip = make_clip(ClipSpec(b_frames=2, frames=25))
        assert clip.frames[0].dts < 0
        key = house.camera.key(StreamRole.MAIN)
        viewer, leave = house.services.live.watch(key, audio=False)
        house.play(clip)
        items = await waiting(viewer)
        described = items[0]
        assert isinstance(described, LiveFormat)
        lead_s = -clip.frames[0].dts / 90_000
        first = decode(items)[0]
        assert abs(first.time - lead_s) < 0.001
        shown_us = described.origin_us + first.time * 1e6
        assert abs(shown_us - house.clock.wall_us()) < 0.2e6
        leave()

    run(tmp_path, story)


def test_another_resolution_begins_anew(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        viewer, leave = house.services.live.watch(house.camera.key(StreamRole.MAIN), audio=False)
        house.play(CLIP)
        house.play(make_clip(ClipSpec(width=160, height=96)))
        items = await waiting(viewer)
        formats = [index for index, item in enumerate(items) if isinstance(item, LiveFormat)]
        assert len(formats) == 2
        assert len(decode(items[: formats[1]])) == 50
        again = decode(items[formats[1] :])
        assert {(picture.width, picture.height) for picture in again} == {(160, 96)}
        leave()

    run(tmp_path, story)


def test_a_viewer_is_told_why_there_is_no_picture(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        house.bus.publish(STREAM_HEALTH, StreamHealth(key, StreamState.REFUSED, 7, "bad password"))
        viewer, leave = house.services.live.watch(key, audio=False)
        assert await waiting(viewer) == [LiveOffline("refused", "bad password", 7)]
        connecting = StreamHealth(key, StreamState.CONNECTING, 8)
        house.bus.publish(STREAM_HEALTH, connecting)
        house.bus.publish(STREAM_HEALTH, connecting)
        assert await waiting(viewer) == [LiveOffline("connecting", "", 8)]
        house.play(CLIP)
        await waiting(viewer)
        closed = StreamClosed(GapReason.STALLED, "nothing came for 10 s", 0, 9)
        house.hub.publish(key, closed)
        assert await waiting(viewer) == [LiveOffline("stalled", "nothing came for 10 s", 9)]
        leave()

    run(tmp_path, story)


def test_health_says_nothing_while_pictures_come(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        viewer, leave = house.services.live.watch(key, audio=False)
        house.play(CLIP)
        await waiting(viewer)
        house.bus.publish(STREAM_HEALTH, StreamHealth(key, StreamState.CONNECTING, 8))
        assert await waiting(viewer) == []
        leave()

    run(tmp_path, story)


def test_one_slow_viewer_does_not_disturb_another(tmp_path: Path) -> None:
    limits = PlaybackSettings(viewer_queue_bytes=256 * 1024, viewer_queue_s=1.5)

    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        slow, leave_slow = house.services.live.watch(key, audio=False)
        quick, leave_quick = house.services.live.watch(key, audio=False)
        opened = house.open_stream(CLIP)
        seen: list[LiveItem] = []
        packets = list(packets_of(CLIP, opened, turns=5))[:201]  # the last one is a key frame
        for number, packet in enumerate(packets):
            house.hub.publish(key, packet)
            if number % 10 == 0:
                seen += await waiting(quick)
        assert sum(item.frames for item in seen if isinstance(item, LiveMedia)) == 201
        assert not any(isinstance(item, LiveLost) for item in seen)
        late = await waiting(slow)
        lost = [item for item in late if isinstance(item, LiveLost)]
        assert len(lost) == 1
        kept = [item for item in late if isinstance(item, LiveMedia)]
        assert lost[0].frames + len(kept) == 201
        leave_slow()
        leave_quick()

    run(tmp_path, story, limits)


def test_a_clock_that_drifts_is_told(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        viewer, leave = house.services.live.watch(key, audio=False)
        opened = house.open_stream(CLIP)
        for number, packet in enumerate(packets_of(CLIP, opened, turns=3)):
            if number == 60:
                house.clock.step_wall(5)
            late = packet.wall_us + (5_000_000 if number >= 60 else 0)
            moved = type(packet)(
                packet.track,
                packet.pts,
                packet.dts,
                packet.arrival_ns,
                late,
                packet.key,
                packet.payload,
            )
            house.hub.publish(key, moved)
        clocks = [item for item in await waiting(viewer) if isinstance(item, LiveClock)]
        assert clocks == [LiveClock(opened.wall_us + 5_000_000)]
        leave()

    run(tmp_path, story)


def test_the_stream_is_let_go_a_while_after_the_last_viewer(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        live = house.services.live
        _, leave_first = live.watch(key, audio=False)
        second, leave_second = live.watch(key, audio=False)
        assert live.viewers() == {key: 2}
        leave_first()
        leave_first()
        leave_second()
        assert live.viewers() == {key: 0}
        await house.clock.advance(3)
        _, leave_third = live.watch(key, audio=False)
        await house.clock.advance(10)
        assert live.viewers() == {key: 1}
        leave_third()
        await house.clock.advance(6)
        assert live.viewers() == {}
        assert await second.next() is None

    run(tmp_path, story)


def test_closing_lets_everybody_go(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        key = house.camera.key(StreamRole.MAIN)
        viewer, leave = house.services.live.watch(key, audio=False)
        reading = asyncio.create_task(viewer.next())
        await asyncio.sleep(0)
        await house.services.live.close()
        assert await reading is None
        leave()
        late, leave_late = house.services.live.watch(key, audio=False)
        assert await late.next() is None
        leave_late()

    run(tmp_path, story)
