"""A camera's packets become files that play, rows that tell the truth, and gaps with reasons."""

import asyncio
import io
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.container import InputContainer

from tests.unit.record.site import ORGANISATION, Site, running, some_camera
from vedette.base.ids import new_id
from vedette.media.h264 import video_track
from vedette.model.camera import RecordingMode, RecordingPolicy, SchedulePeriod, StreamRole
from vedette.model.footage import SegmentState
from vedette.model.packet import GapReason, Packet, StreamClosed
from vedette.record.settings import RecordSettings
from vedette.testing.clock import FakeClock
from vedette.testing.feed import Feed
from vedette.testing.media import ClipSpec, make_clip

CAMERA = some_camera()
STREAM = CAMERA.key(StreamRole.MAIN)
S = 1_000_000


def publish(site: Site, packets: Iterable[Packet]) -> None:
    for packet in packets:
        site.hub.publish(STREAM, packet)


def closed(feed: Feed, reason: GapReason = GapReason.UNREACHABLE) -> StreamClosed:
    return StreamClosed(reason, "the cable was pulled", 0, feed.now_us)


def opened(data: bytes) -> InputContainer:
    container = av.open(io.BytesIO(data))
    assert isinstance(container, InputContainer)
    return container


def test_every_group_becomes_a_fragment_with_its_row(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(20))
            await site.settle()
            fragments = await site.fragments(STREAM)
            # The tenth group waits for the next key frame, which tells how long it lasts.
            assert len(fragments) == 9
            assert [row.start_us for row in fragments] == [
                feed.start_us + 20_000 + index * 2 * S for index in range(9)
            ]
            assert {row.duration_us for row in fragments} == {2 * S}
            assert {(row.frames, row.key, row.media_duration) for row in fragments} == {
                (50, True, 180_000)
            }
            assert site.service.recording(STREAM)
        async with running(tmp_path, [CAMERA]) as site:
            (segment,) = await site.segments(STREAM)
            assert segment.state is SegmentState.FINISHED
            assert segment.frames == 500
            assert segment.end_us - segment.start_us == 20 * S
            (verdict,) = await site.verdicts(STREAM)
            assert verdict.findings == ()
            assert verdict.fragments == 10
            assert verdict.bytes == segment.bytes

    asyncio.run(story())


@pytest.mark.parametrize("b_frames", [0, 2])
def test_each_file_plays_alone(tmp_path: Path, b_frames: int) -> None:
    clip = make_clip(ClipSpec(b_frames=b_frames, frames=75))
    track = video_track(*clip.format.parameter_sets[:2])

    async def story() -> None:
        feed = Feed(clip=clip, config=track.config, audio=True)
        async with running(
            tmp_path, [CAMERA], settings=RecordSettings(segment_s=3, commit_s=0.05)
        ) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(12))
        async with running(tmp_path, [CAMERA]) as site:
            segments = await site.segments(STREAM)
            assert len(segments) >= 4
            assert sum(segment.frames for segment in segments) == 300
            heard = 0
            for segment in segments:
                data = await site.file(segment)
                with opened(data) as container:
                    frames = list(container.decode(video=0))
                    times = [frame.time or 0.0 for frame in frames]
                assert len(frames) == segment.frames
                steps = [after - before for before, after in pairwise(times)]
                assert steps == pytest.approx([0.04] * len(steps))
                with opened(data) as container:
                    sounds = [packet for packet in container.demux(audio=0) if packet.size]
                    heard += len(sounds)
                    first = float((sounds[0].pts or 0) * (sounds[0].time_base or 0))
                assert abs(first - (times[0] - b_frames * 0.04)) < 0.09, "sound in sync"
            assert heard == feed._audio_index

    asyncio.run(story())


def test_files_are_cut_at_key_frames_and_not_all_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        cameras = [some_camera(str(index)) for index in range(4)]
        settings = RecordSettings(segment_s=20, commit_s=0.05)
        async with running(tmp_path, cameras, settings=settings) as site:
            for camera in cameras:
                feed = Feed(frame_rate=5, key_interval=10)
                site.hub.publish(camera.key(StreamRole.MAIN), feed.opened())
                for packet in feed.seconds(70):
                    site.hub.publish(camera.key(StreamRole.MAIN), packet)
            await site.settle()
            starts = set[tuple[int, ...]]()
            for camera in cameras:
                stream = camera.key(StreamRole.MAIN)
                segments = await site.segments(stream)
                starts.add(tuple(segment.start_us for segment in segments[1:]))
                firsts = {segment.start_us for segment in segments}
                keys = {row.start_us for row in await site.fragments(stream) if row.key}
                assert firsts <= keys
                for before, after in pairwise(segments):
                    assert before.end_us == after.start_us
                    assert before.state is SegmentState.FINISHED
            assert len(starts) > 1

    asyncio.run(story())


def test_a_long_group_is_split_so_that_a_crash_costs_little(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed(key_interval=250)
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(20.04))
            await site.settle()
            fragments = await site.fragments(STREAM)
            assert [row.key for row in fragments] == [True, *[False] * 4] * 2
            assert {row.frames for row in fragments} == {50}

    asyncio.run(story())


def test_a_lost_connection_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(5))
            site.hub.publish(STREAM, closed(feed))
            site.hub.publish(STREAM, closed(feed))
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.start_us == feed.start_us + 20_000 + 5 * S
            assert gap.reason is GapReason.UNREACHABLE
            assert [one.end_us for one in await site.catalog.open_gaps(ORGANISATION)] == [None]

            later = Feed(start_us=feed.start_us + 60 * S, start_ns=feed.start_ns + 60 * 10**9)
            site.hub.publish(STREAM, later.opened())
            publish(site, later.seconds(5))
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.end_us == later.start_us + 20_000
            assert not await site.catalog.open_gaps(ORGANISATION)
            first, second = await site.segments(STREAM)
            assert first.run != second.run

    asyncio.run(story())


def test_stopping_and_crashing_leave_different_gaps(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4.04))
        async with running(tmp_path, [CAMERA], stop=False) as site:
            (gap,) = await site.catalog.open_gaps(ORGANISATION)
            assert gap.reason is GapReason.STOPPED
            later = Feed(start_us=feed.start_us + 100 * S)
            site.hub.publish(STREAM, later.opened())
            publish(site, later.seconds(4.04))
            await site.settle()
            assert not await site.catalog.open_gaps(ORGANISATION)
        async with running(tmp_path, [CAMERA], stop=False) as site:
            await site.settle()
            (gap,) = await site.catalog.open_gaps(ORGANISATION)
            assert gap.reason is GapReason.CRASHED
            assert gap.start_us == later.start_us + 20_000 + 4 * S
            assert all(not verdict.findings for verdict in await site.verdicts(STREAM))

    asyncio.run(story())


def test_a_stall_within_a_connection_is_a_gap(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4))
            feed.skip(250)
            publish(site, feed.seconds(4.04))
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.reason is GapReason.STALLED
            assert (gap.end_us or 0) - gap.start_us == 10 * S

    asyncio.run(story())


def test_a_changed_format_begins_another_file(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4))
            later = Feed(start_us=feed.now_us, start_ns=feed.start_ns + 4 * 10**9, audio=True)
            site.hub.publish(STREAM, later.opened())
            publish(site, later.seconds(4.04))
            await site.settle()
            first, second = await site.segments(STREAM)
            assert first.format_id != second.format_id
            assert first.frames == 100
            assert (await site.footage(STREAM)).gaps == ()

    asyncio.run(story())


def test_a_stepped_clock_begins_another_file_and_a_row(tmp_path: Path) -> None:
    async def story() -> None:
        feed = Feed()
        async with running(tmp_path, [CAMERA]) as site:
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(5))
            for packet in feed.seconds(5.04):
                site.hub.publish(STREAM, replace(packet, wall_us=packet.wall_us + 3600 * S))
            await site.settle()
            answer = await site.footage(STREAM)
            (step,) = answer.clock_steps
            assert step.step_us == 3600 * S
            first, second = answer.spans
            # The group in which it happened keeps the old clock; the next key frame has the new.
            assert first.end_us == feed.start_us + 20_000 + 6 * S
            assert second.start_us == feed.start_us + 20_000 + 3606 * S

    asyncio.run(story())


def test_in_event_mode_the_seconds_before_the_event_are_kept(tmp_path: Path) -> None:
    async def story() -> None:
        clock = FakeClock()
        policy = RecordingPolicy(RecordingMode.EVENT, pre_event_s=10, post_event_s=5)
        async with running(tmp_path, [some_camera("yard", policy)], clock=clock) as site:
            feed = Feed(start_us=clock.wall_us())
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(60))
            assert not site.service.recording(STREAM)
            clock.step_wall(60)
            site.service.trigger(ORGANISATION, CAMERA.id, 0, "somebody at the gate")
            publish(site, feed.seconds(30))
            await site.settle()
            answer = await site.footage(STREAM)
            (span,) = answer.spans
            begin, end = (us - feed.start_us - 20_000 for us in (span.start_us, span.end_us))
            assert 46 * S <= begin <= 50 * S
            assert 65 * S <= end <= 68 * S
            assert [gap.reason for gap in answer.gaps] == [GapReason.NOT_WANTED] * 2
            assert answer.gaps[0].end_us == span.start_us
            assert answer.gaps[1].start_us == span.end_us

    asyncio.run(story())


def test_a_schedule_keeps_its_hours(tmp_path: Path) -> None:
    async def story() -> None:
        # 2026-05-01 is a Friday; noon in UTC is two o'clock in Oslo.
        policy = RecordingPolicy(
            RecordingMode.SCHEDULE,
            schedule=(SchedulePeriod(4, 14 * 60, 14 * 60 + 1),),
            time_zone="Europe/Oslo",
        )
        async with running(tmp_path, [some_camera("yard", policy)]) as site:
            feed = Feed(frame_rate=5, key_interval=10, start_us=1_777_636_800_000_000 - 30 * S)
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(120))
            await site.settle()
            answer = await site.footage(STREAM)
            (span,) = answer.spans
            noon = 1_777_636_800_000_000
            assert span.start_us <= noon < span.start_us + 2 * S
            assert span.end_us - 2 * S < noon + 60 * S <= span.end_us
            assert len(answer.gaps) == 2

    asyncio.run(story())


def test_switching_off_and_removing_say_so(tmp_path: Path) -> None:
    async def story() -> None:
        off = some_camera("yard", RecordingPolicy(RecordingMode.OFF))
        async with running(tmp_path, [CAMERA]) as site:
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4.04))
            await site.service.put(off)
            publish(site, feed.seconds(10))
            assert not site.service.recording(STREAM)
            await site.service.put(CAMERA)
            publish(site, feed.seconds(4))
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.reason is GapReason.NOT_WANTED
            await site.service.remove(ORGANISATION, CAMERA.id)
            gaps = (await site.footage(STREAM)).gaps
            assert [one.reason for one in gaps] == [GapReason.NOT_WANTED, GapReason.STOPPED]

    asyncio.run(story())


def test_absurd_times_cost_one_camera_its_group_and_nobody_else_anything(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            feed = Feed(run=new_id())
            site.hub.publish(STREAM, feed.opened())
            for packet in feed.seconds(2):
                site.hub.publish(STREAM, replace(packet, dts=packet.dts - (1 << 40)))
            publish(site, feed.seconds(6))
            await site.settle()
            answer = await site.footage(STREAM)
            assert answer.spans
            assert site.service.recording(STREAM)

    asyncio.run(story())
