"""Cameras come, fail in every way and come back, while their neighbours lose nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from vedette.base.clock import SystemClock
from vedette.base.errors import SourceLost, StorageError
from vedette.base.registry import Kind
from vedette.bus.drivers.memory import MemoryBus
from vedette.bus.topics import STREAM_HEALTH
from vedette.hub.drivers.memory import MemoryHub
from vedette.ingest.ports import (
    MediaReceiver,
    MediaSource,
    SourceCounters,
    SourceFrame,
    SourceRequest,
)
from vedette.ingest.service import IngestService
from vedette.ingest.settings import IngestSettings
from vedette.media import g711
from vedette.model.camera import Camera, Credentials, StreamKey, StreamRole, StreamSource
from vedette.model.footage import LossMinute
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import (
    Codec,
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamFormat,
    StreamOpened,
    TrackKind,
    VideoTrack,
)
from vedette.testing.camera import Refusal, ServerSettings, SimulatedSite
from vedette.testing.clock import FakeClock
from vedette.testing.media import ClipSpec, make_clip

CLIP = ClipSpec(key_interval=5, frames=30)
SOON = IngestSettings(
    connect_timeout_s=2,
    stall_timeout_s=1.2,
    retry_min_s=0.1,
    retry_max_s=0.2,
    refused_retry_min_s=0.3,
    refused_retry_max_s=0.4,
    max_bits_per_s=1_500_000,
)


class Book:
    """See LossBook."""

    def __init__(self) -> None:
        self.rows: dict[tuple[StreamKey, int], LossMinute] = {}
        self.broken = False

    async def add_minutes(self, organisation: str, minutes: Sequence[LossMinute]) -> None:
        if self.broken:
            raise StorageError("the disk is gone")
        for row in minutes:
            assert row.stream.organisation == organisation
            self.rows[row.stream, row.minute_us] = row

    async def forget_before(self, organisation: str, before_us: int) -> None:
        del organisation
        self.rows = {key: row for key, row in self.rows.items() if key[1] >= before_us}

    async def minutes(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int
    ) -> list[LossMinute]:
        del organisation
        return [
            row
            for (key, minute_us), row in sorted(self.rows.items())
            if key == stream and start_us <= minute_us < end_us
        ]


@dataclass
class Viewer:
    """See StreamSink; keeps what it gets and wakes whoever waits for it."""

    items: list[HubItem] = field(default_factory=list[HubItem])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def receive(self, item: HubItem) -> None:
        self.items.append(item)
        self.changed.set()

    async def until(self, enough: Callable[["Viewer"], bool]) -> None:
        async with asyncio.timeout(15):
            while not enough(self):
                self.changed.clear()
                await self.changed.wait()

    @property
    def video(self) -> list[Packet]:
        return [i for i in self.items if isinstance(i, Packet) and i.track is TrackKind.VIDEO]

    @property
    def opened(self) -> list[StreamOpened]:
        return [item for item in self.items if isinstance(item, StreamOpened)]

    @property
    def reasons(self) -> list[GapReason]:
        return [item.reason for item in self.items if isinstance(item, StreamClosed)]


def camera_at(name: str, address: str, **changes: object) -> Camera:
    streams = {StreamRole.MAIN: StreamSource(address)}
    return Camera(id=name, organisation="school", name=name, streams=streams, **changes)  # pyright: ignore[reportArgumentType]


@dataclass
class Site:
    """A service with a site of simulated cameras, and what came of each."""

    site: SimulatedSite
    service: IngestService
    book: Book
    health: dict[str, list[StreamHealth]]
    hub: MemoryHub

    def watch(self, name: str) -> Viewer:
        viewer = Viewer()
        self.hub.attach(StreamKey("school", name, StreamRole.MAIN), viewer)
        return viewer

    async def begin(self, name: str, credentials: Credentials | None = None) -> Viewer:
        viewer = self.watch(name)
        await self.service.put(camera_at(name, self.site.cameras[name].url), credentials)
        return viewer


def tell(
    story: Callable[[Site], Awaitable[None]],
    *names: str,
    settings: ServerSettings | None = None,
) -> None:
    async def run() -> None:
        hub, bus, book = MemoryHub(), MemoryBus(), Book()
        health: dict[str, list[StreamHealth]] = {}
        bus.subscribe(
            STREAM_HEALTH, lambda one: health.setdefault(one.stream.camera, []).append(one)
        )
        service = IngestService(hub, bus, SystemClock(), SOON, book)
        clips = {name: make_clip(CLIP) for name in names}
        async with SimulatedSite(clips, settings) as site:
            await service.start([])
            try:
                await story(Site(site, service, book, health, hub))
            finally:
                await service.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task was left behind"

    async def in_time() -> None:
        async with asyncio.timeout(40):
            await run()

    asyncio.run(in_time())


def whole(viewer: Viewer) -> bool:
    """Whether every frame of the (single) run is there, in step."""
    times = [packet.dts for packet in viewer.video]
    return times == list(range(0, len(times) * 3600, 3600)) and not any(
        packet.lost_frames for packet in viewer.video
    )


FAILURES: dict[str, tuple[dict[str, object], GapReason]] = {
    "drops": ({"disconnect_after_frames": 8}, GapReason.UNREACHABLE),
    "stalls": ({"stall_after_frames": 8}, GapReason.STALLED),
    "garbage": ({"refuse": Refusal.GARBAGE}, GapReason.UNREACHABLE),
    "endless header": ({"refuse": Refusal.ENDLESS_HEADER}, GapReason.PROTOCOL),
    "floods": ({"bitrate_factor": 50}, GapReason.PROTOCOL),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failing_camera_comes_back_and_its_neighbour_loses_nothing(case: str) -> None:
    faults, reason = FAILURES[case]

    async def story(site: Site) -> None:
        for name, value in faults.items():
            setattr(site.site.cameras["bad"].faults, name, value)
        good, bad = await site.begin("good"), await site.begin("bad")
        await bad.until(lambda viewer: bool(viewer.reasons))
        assert bad.reasons[0] in {reason, GapReason.PROTOCOL}
        opened_before = len(bad.opened)
        site.site.cameras["bad"].faults.clear()
        await bad.until(lambda viewer: len(viewer.opened) > opened_before)
        await bad.until(lambda viewer: len(viewer.video) > 10)
        await good.until(lambda viewer: len(viewer.video) >= 30)
        assert len(good.opened) == 1
        assert whole(good)
        [health] = [one for one in site.service.health() if one.stream.camera == "bad"]
        assert health.state is StreamState.LIVE
        assert health.reconnects >= 1

    tell(story, "good", "bad")


def test_wrong_password_is_tried_slowly_and_told_without_it() -> None:
    async def story(site: Site) -> None:
        viewer = await site.begin("gate", Credentials("guard", "wr0ng"))
        await viewer.until(lambda one: one.reasons == [GapReason.REFUSED])
        await asyncio.sleep(0.05)
        [health] = site.service.health()
        assert health.state is StreamState.REFUSED
        assert "gate" in health.detail
        assert "wr0ng" not in repr((health, viewer.items))
        camera = camera_at("gate", site.site.cameras["gate"].url)
        await site.service.put(camera, Credentials("guard", "right"))
        await viewer.until(lambda one: len(one.video) > 3)
        assert site.service.health()[0].state is StreamState.LIVE

    tell(story, "gate", settings=ServerSettings(credentials=Credentials("guard", "right")))


def test_changed_resolution_begins_a_new_run_without_a_gap() -> None:
    async def story(site: Site) -> None:
        viewer = await site.begin("gate")
        await viewer.until(lambda one: len(one.video) >= 7)
        site.site.cameras["gate"].switch(make_clip(ClipSpec(width=640, height=360, frames=30)))
        await viewer.until(lambda one: len(one.opened) == 2 and len(one.video) > 30)
        assert [one.format.video.width for one in viewer.opened] == [320, 640]
        assert viewer.opened[0].run != viewer.opened[1].run
        index = viewer.items.index(viewer.opened[1])
        first = viewer.items[index + 1]
        assert isinstance(first, Packet)
        assert first.key
        assert (first.dts, first.lost_frames) == (0, 0)
        assert viewer.reasons == []

    tell(story, "gate")


def test_camera_whose_clock_leaps_goes_on_in_a_new_run() -> None:
    async def story(site: Site) -> None:
        faults = site.site.cameras["gate"].faults
        faults.rtp_jump_after_frames, faults.rtp_jump_ticks = 12, 90_000 * 3600
        viewer = await site.begin("gate")
        await viewer.until(lambda one: len(one.opened) == 2 and len(one.video) > 20)
        assert viewer.reasons == [GapReason.TIMESTAMP_JUMP]
        [health] = site.service.health()
        assert (health.reconnects, health.state) == (0, StreamState.LIVE)
        index = viewer.items.index(viewer.opened[1])
        first = viewer.items[index + 1]
        assert isinstance(first, Packet)
        assert first.key
        total = len(viewer.video) + sum(packet.lost_frames for packet in viewer.video)
        assert total == site.site.cameras["gate"].clients[0].frames

    tell(story, "gate")


def test_b_frames_are_presented_in_order() -> None:
    async def story(site: Site) -> None:
        spec = ClipSpec(key_interval=10, frames=30, b_frames=2)
        site.site.add("b", make_clip(spec))
        viewer = await site.begin("b")
        await viewer.until(lambda one: len(one.video) >= 30)
        packets = viewer.video
        assert all(packet.dts <= packet.pts for packet in packets)
        shown = sorted(packet.pts for packet in packets[:20])
        assert {b - a for a, b in pairwise(shown)} == {3600}
        assert viewer.opened[0].format.video.reorder >= 1

    tell(story)


def test_loss_and_health_are_accounted_for() -> None:
    async def story(site: Site) -> None:
        faults = site.site.cameras["gate"].faults
        faults.lose_every = 15
        faults.ntp_offset_us = 5_000_000
        viewer = await site.begin("gate")
        await viewer.until(lambda one: len(one.video) >= 50)
        account = site.site.cameras["gate"].clients[0]
        await site.service.stop()
        rows = list(site.book.rows.values())
        got, expected = sum(r.received_frames for r in rows), sum(r.expected_frames for r in rows)
        assert got == len(viewer.video)
        lost = sum(packet.lost_frames for packet in viewer.video)
        assert expected - got == lost
        assert abs(lost - len(account.damaged_frames)) <= 1
        missing = sum(row.expected_packets - row.received_packets for row in rows)
        assert abs(missing - account.lost_packets) <= 1
        offset = rows[-1].clock_offset_us
        assert offset is not None
        assert abs(offset - 5_000_000) < 500_000
        assert sum(row.connected_us for row in rows) > 1_000_000
        seen = site.health["gate"][-1]
        assert seen.frame_rate > 15
        assert seen.bitrate > 0
        assert (seen.width, seen.key_interval_s) == (320, 0.2)

    tell(story, "gate")


def test_disabled_and_removed_cameras_stop_and_say_so() -> None:
    async def story(site: Site) -> None:
        viewer = await site.begin("gate")
        await viewer.until(lambda one: bool(one.video))
        address = site.site.cameras["gate"].url
        await site.service.put(camera_at("gate", address, enabled=False), None)
        assert viewer.reasons == [GapReason.STOPPED]
        assert [one.state for one in site.service.health()] == [StreamState.DISABLED]
        await site.service.put(camera_at("gate", address), None)
        await viewer.until(lambda one: len(one.opened) == 2)
        await site.service.remove("gate")
        assert viewer.reasons == [GapReason.STOPPED] * 2
        assert site.service.health() == []
        assert not any(client.playing for client in site.site.cameras["gate"].clients)

    tell(story, "gate")


def test_renamed_camera_plays_on() -> None:
    async def story(site: Site) -> None:
        viewer = await site.begin("gate")
        await viewer.until(lambda one: bool(one.video))
        camera = camera_at("gate", site.site.cameras["gate"].url)
        renamed = Camera(camera.id, camera.organisation, "North gate", camera.streams)
        await site.service.put(renamed, None)
        await viewer.until(lambda one: len(one.video) >= 10)
        assert len(viewer.opened) == 1

    tell(story, "gate")


# with a source of our own and a clock that stands still

FORMAT = StreamFormat(
    VideoTrack(Codec.H264, b"\x01", "avc1.4D401F", 320, 180), g711.audio_track(Codec.PCM_ALAW)
)


@dataclass
class Puppet:
    """A MediaSource that a test plays by hand."""

    request: SourceRequest
    receiver: MediaReceiver | None = None
    ended: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    counters: SourceCounters = field(default_factory=SourceCounters)

    async def describe(self) -> StreamFormat:
        return FORMAT

    async def play(self, receiver: MediaReceiver) -> None:
        self.receiver = receiver
        await self.ended

    def video(self, pts: int, arrival_ns: int, *, key: bool = False, lost: int = 0) -> None:
        assert self.receiver is not None
        frame = SourceFrame(TrackKind.VIDEO, pts, None, arrival_ns, key, b"v", lost)
        self.receiver.frame(frame)


class Puppets(Kind[MediaSource]):
    """A registry with one driver that remembers what it made."""

    __slots__ = ("made",)

    def __init__(self) -> None:
        super().__init__("puppets")
        object.__setattr__(self, "made", [])
        self.made: list[Puppet]

    def load(self, driver: str) -> Callable[..., MediaSource]:
        del driver

        def make(request: SourceRequest) -> MediaSource:
            self.made.append(Puppet(request))
            return self.made[-1]

        return make


def test_attempts_slow_down_and_nothing_is_forgotten_while_the_book_is_closed() -> None:
    async def story() -> None:
        clock, hub, book, puppets = FakeClock(), MemoryHub(), Book(), Puppets()
        settings = IngestSettings(retry_min_s=1, retry_max_s=8, steady_s=5)
        service = IngestService(
            hub, MemoryBus(), clock, settings, book, sources=puppets, dice=lambda: 0.999_999
        )
        viewer = Viewer()
        hub.attach(StreamKey("school", "gate", StreamRole.MAIN), viewer)
        await service.start([(camera_at("gate", "rtsp://192.0.2.1/"), None)])
        await clock.advance(0)
        book.broken = True
        waits: list[float] = []
        for _ in range(5):
            count = len(puppets.made)
            puppets.made[-1].ended.set_exception(SourceLost("gate: gone"))
            waited = 0.0
            while len(puppets.made) == count:
                await clock.advance(0.5)
                waited += 0.5
            waits.append(waited)
        assert waits == [1.0, 2.0, 4.0, 8.0, 8.0]
        assert viewer.reasons == [GapReason.UNREACHABLE], "said once, not with every attempt"
        last = puppets.made[-1]
        assert last.receiver is not None
        last.receiver.opened(FORMAT)
        start = clock.monotonic_ns()
        for number in range(10):
            last.video(90_000 + number * 3600, start + number * 40_000_000, key=number == 0)
        await clock.advance(90)
        assert book.rows == {}
        book.broken = False
        await clock.advance(60)
        await service.stop()
        rows = await book.minutes("school", last_key(), 0, 1 << 62)
        assert sum(row.received_frames for row in rows) == 10
        assert sum(row.reconnects for row in rows) == 5
        assert all(row.connected_us <= 60_000_000 for row in rows)

    asyncio.run(asyncio.wait_for(story(), 20))


def last_key() -> StreamKey:
    return StreamKey("school", "gate", StreamRole.MAIN)


def test_frames_lost_in_the_camera_are_counted_by_their_time_stamps() -> None:
    async def story() -> None:
        clock, hub, puppets = FakeClock(), MemoryHub(), Puppets()
        service = IngestService(hub, MemoryBus(), clock, IngestSettings(), Book(), sources=puppets)
        viewer = Viewer()
        hub.attach(last_key(), viewer)
        await service.start([(camera_at("gate", "rtsp://192.0.2.1/"), None)])
        await clock.advance(0)
        [puppet] = puppets.made
        assert puppet.receiver is not None
        puppet.receiver.opened(FORMAT)
        start = clock.monotonic_ns()
        for number in (0, 1, 2, 3, 4, 9, 10):
            lost = 30 if number == 9 else 0
            puppet.video(number * 3600, start + number * 40_000_000, key=number == 0, lost=lost)
        assert [packet.lost_frames for packet in viewer.video] == [0, 0, 0, 0, 0, 4, 0]
        clock.step_wall(-3600)
        puppet.video(11 * 3600, start + 440_000_000)
        before, after = viewer.video[-2:]
        step = (after.wall_us - after.arrival_ns // 1000) - (
            before.wall_us - before.arrival_ns // 1000
        )
        assert step == -3_600_000_000
        await service.stop()

    asyncio.run(asyncio.wait_for(story(), 20))


def test_media_clock_that_leaps_for_ever_makes_few_runs() -> None:
    async def story() -> None:
        clock, hub, puppets = FakeClock(), MemoryHub(), Puppets()
        service = IngestService(hub, MemoryBus(), clock, IngestSettings(), Book(), sources=puppets)
        viewer = Viewer()
        hub.attach(last_key(), viewer)
        await service.start([(camera_at("gate", "rtsp://192.0.2.1/"), None)])
        await clock.advance(0)
        [puppet] = puppets.made
        assert puppet.receiver is not None
        puppet.receiver.opened(FORMAT)
        start = clock.monotonic_ns()
        for number in range(500):
            puppet.video(number * 90_000 * 60, start + number * 40_000_000, key=True)
        assert len(viewer.opened) < 10
        told = len(viewer.video) + sum(packet.lost_frames for packet in viewer.video)
        assert told > 300, "what was left out is counted"
        await service.stop()

    asyncio.run(asyncio.wait_for(story(), 20))
