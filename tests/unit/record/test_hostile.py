"""A camera that sends nonsense costs itself only: nothing escapes, memory is bounded."""

import asyncio
import contextlib
import struct
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.record.site import running, some_camera
from vedette.model.camera import StreamRole
from vedette.model.packet import Packet, TrackKind
from vedette.record.assembler import GroupAssembler
from vedette.record.group import Group, encode, origin_of
from vedette.record.timing import RunClock
from vedette.testing.feed import Feed

CAMERA = some_camera()
STREAM = CAMERA.key(StreamRole.MAIN)

ticks = st.one_of(st.integers(-(1 << 63), 1 << 63), st.integers(-100_000, 1_000_000))
packets = st.lists(
    st.builds(
        Packet,
        track=st.sampled_from(TrackKind),
        pts=ticks,
        dts=ticks,
        arrival_ns=st.integers(0, 1 << 63),
        wall_us=st.integers(0, 1 << 52),
        key=st.booleans(),
        payload=st.binary(max_size=40),
        lost_frames=st.integers(0, 1 << 40),
        lost_packets=st.integers(0, 1 << 40),
    ),
    max_size=25,
)


@given(packets)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_nonsense_is_placed_or_refused_in_one_way(sent: list[Packet]) -> None:
    feed = Feed(audio=True)
    groups: list[Group] = []
    assembler = GroupAssembler(
        feed.format,
        fragment_s=2,
        fragment_bytes=1000,
        complete=lambda group, _: groups.append(group),
    )
    for packet in sent:
        assembler.take(packet)
    assembler.finish()
    clock = RunClock(90_000)
    for group in groups:
        placed = clock.place(group.video, group.end_dts, may_anchor=group.key)
        group.start_us, group.duration_us = placed.start_us, placed.duration_us
        # The recorder turns exactly these into a gap with reason PROTOCOL.
        with contextlib.suppress(ValueError, OverflowError, struct.error):
            encode(group, feed.format, origin_of(group, feed.format), 1, feed.run)


def test_sound_without_pictures_is_bounded_and_counted() -> None:
    feed = Feed(audio=True)
    groups: list[Group] = []
    assembler = GroupAssembler(
        feed.format,
        fragment_s=2,
        fragment_bytes=1 << 20,
        complete=lambda group, _: groups.append(group),
    )
    sent = list(feed.frames(5000))
    first, *_ = [packet for packet in sent if packet.track is TrackKind.VIDEO]
    sounds = [packet for packet in sent if packet.track is TrackKind.AUDIO]
    assembler.take(first)
    for packet in sounds:
        assembler.take(packet)
    assembler.finish()
    (group,) = groups
    assert len(group.audio) <= 1024
    assert len(group.audio) + group.lost_packets == len(sounds)
    assert group.size == sum(len(packet.payload) for packet in [first, *group.audio])


def test_after_nonsense_the_next_run_is_recorded(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            bad = Feed(audio=True)
            site.hub.publish(STREAM, bad.opened())
            for index, packet in enumerate(bad.seconds(20)):
                wrong = -1 if index % 3 else 1 << 62
                site.hub.publish(
                    STREAM,
                    Packet(
                        packet.track,
                        packet.pts * wrong,
                        packet.dts * wrong,
                        packet.arrival_ns,
                        packet.wall_us,
                        packet.key,
                        packet.payload,
                    ),
                )
            good = Feed(start_us=bad.now_us)
            site.hub.publish(STREAM, good.opened())
            for packet in good.seconds(6.04):
                site.hub.publish(STREAM, packet)
            await site.settle()
            mine = [row for row in await site.segments(STREAM) if row.run == good.run]
            assert sum(row.frames for row in mine) == 150

    asyncio.run(story())
