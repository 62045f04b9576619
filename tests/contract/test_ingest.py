"""What every ingest driver must do, asked of each against a simulated camera."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from vedette.base.errors import SourceLost, SourceRefused
from vedette.ingest.ports import (
    SOURCES,
    MediaSource,
    SenderReport,
    SourceFrame,
    SourceRequest,
)
from vedette.media import nal
from vedette.model.camera import Credentials, StreamSource
from vedette.model.packet import Codec, StreamFormat, TrackKind
from vedette.testing.camera import Faults, Refusal, ServerSettings, SimulatedCamera
from vedette.testing.media import ClipSpec, make_clip

GUARD = Credentials("guard", "open sesame 7")
CLIP = ClipSpec(key_interval=10, frames=30)

Make = Callable[[SourceRequest], MediaSource]


MAKE: dict[str, Make] = {name: SOURCES.load(name) for name in ("libav", "rtsp")}


@pytest.fixture(params=sorted(MAKE))
def make(request: pytest.FixtureRequest) -> Make:
    return MAKE[request.param]


def test_every_installed_driver_is_asked() -> None:
    assert sorted(MAKE) == SOURCES.names()


def _nothing() -> list[SourceFrame]:
    return []


@dataclass
class Collector:
    """See MediaReceiver; finishes ``enough`` after so many video frames."""

    wanted: int
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    formats: list[StreamFormat] = field(default_factory=list[StreamFormat])
    video: list[SourceFrame] = field(default_factory=_nothing)
    audio: list[SourceFrame] = field(default_factory=_nothing)
    order: list[str] = field(default_factory=list[str])

    def opened(self, stream_format: StreamFormat) -> None:
        self.formats.append(stream_format)
        self.order.append("opened")

    def frame(self, frame: SourceFrame) -> None:
        kept = self.video if frame.track is TrackKind.VIDEO else self.audio
        kept.append(frame)
        self.order.append(frame.track)
        if len(self.video) >= self.wanted:
            self.enough.set()

    def sender_report(self, report: SenderReport) -> None:
        self.order.append(f"report {report.track}")


def request_for(camera: SimulatedCamera, **changes: object) -> SourceRequest:
    plain = SourceRequest(
        name="Gate",
        source=StreamSource(camera.url),
        connect_timeout_s=3.0,
        stall_timeout_s=2.0,
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


async def collect(source: MediaSource, frames: int) -> Collector:
    collector = Collector(frames)
    playing = asyncio.ensure_future(source.play(collector))
    waiting = asyncio.ensure_future(collector.enough.wait())
    await asyncio.wait({playing, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if playing.done():
        playing.result()
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing
    assert collector.enough.is_set(), "too few frames came"
    return collector


async def fails(action: Awaitable[object], *kinds: type[SourceLost]) -> SourceLost:
    with pytest.raises(kinds or (SourceLost,)) as caught:
        await asyncio.wait_for(action, 20)
    assert "Gate" in str(caught.value), "the error names the camera"
    assert GUARD.password not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


def pictures(frames: Sequence[SourceFrame]) -> list[tuple[bytes, ...]]:
    return [tuple(nal.split_lengths(frame.payload)) for frame in frames]


@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_format_is_learnt_without_playing(make: Make, codec: Codec) -> None:
    async def story() -> None:
        spec = replace(CLIP, codec=codec, audio=Codec.PCM_ALAW)
        async with SimulatedCamera(make_clip(spec)) as camera:
            found = await make(request_for(camera)).describe()
        assert (found.video.codec, found.video.width, found.video.height) == (codec, 320, 180)
        assert found.video.config
        assert found.audio is not None
        assert (found.audio.codec, found.audio.sample_rate) == (Codec.PCM_ALAW, 8000)

    asyncio.run(story())


@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_pictures_come_whole_untouched_and_in_order(make: Make, codec: Codec) -> None:
    async def story() -> None:
        clip = make_clip(replace(CLIP, codec=codec))
        async with SimulatedCamera(clip) as camera:
            source = make(request_for(camera))
            got = await collect(source, 25)
            counters = source.counters
        assert got.order[0] == "opened"
        assert got.video[0].key
        sent = [frame.units for frame in clip.frames] * 3
        start = sent.index(pictures(got.video)[0])
        assert pictures(got.video) == sent[start : start + len(got.video)]
        assert [frame.key for frame in got.video[:21]].count(True) == 3
        times = [frame.pts for frame in got.video]
        assert {later - earlier for earlier, later in pairwise(times)} == {3600}
        arrivals = [frame.arrival_ns for frame in got.video]
        assert arrivals == sorted(arrivals)
        assert not any(frame.lost_packets or frame.damaged_frames for frame in got.video)
        assert counters.received_frames >= 25
        assert counters.lost_packets == 0

    asyncio.run(story())


@pytest.mark.parametrize("codec", [Codec.PCM_MULAW, Codec.PCM_ALAW, Codec.AAC])
def test_audio_comes_beside_the_video(make: Make, codec: Codec) -> None:
    async def story() -> None:
        clip = make_clip(replace(CLIP, audio=codec))
        async with SimulatedCamera(clip) as camera:
            got = await collect(make(request_for(camera)), 20)
        assert clip.format.audio is not None
        audio = got.formats[0].audio
        assert audio is not None
        assert (audio.codec, audio.sample_rate) == (codec, clip.format.audio.sample_rate)
        assert len(got.audio) >= 5
        assert all(frame.payload in clip.format.audio.frames for frame in got.audio)
        times = [frame.pts for frame in got.audio]
        steps = {later - earlier for earlier, later in pairwise(times)}
        assert steps == {clip.format.audio.frame_samples}

    asyncio.run(story())


def test_right_password_opens(make: Make) -> None:
    async def story() -> None:
        settings = ServerSettings(credentials=GUARD)
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            await collect(make(request_for(camera, credentials=GUARD)), 3)

    asyncio.run(story())


@pytest.mark.parametrize("credentials", [None, Credentials("guard", "wrong")])
def test_wrong_password_is_refused(make: Make, credentials: Credentials | None) -> None:
    async def story() -> None:
        settings = ServerSettings(credentials=GUARD)
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            request = request_for(camera, credentials=credentials)
            await fails(make(request).describe(), SourceRefused)
            await fails(make(request).play(Collector(1)), SourceRefused)

    asyncio.run(story())


def test_camera_that_is_not_there_is_lost(make: Make) -> None:
    async def story() -> None:
        camera = SimulatedCamera(make_clip(CLIP))
        async with camera:
            request = request_for(camera)
        await fails(make(request).describe())
        await fails(make(request).play(Collector(1)))

    asyncio.run(story())


@pytest.mark.parametrize(
    "refusal", [Refusal.SILENT, Refusal.HANG_UP, Refusal.NOT_FOUND, Refusal.GARBAGE]
)
def test_camera_that_does_not_do_its_part_is_lost(make: Make, refusal: Refusal) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.refuse = refusal
            await fails(make(request_for(camera)).play(Collector(1)))

    asyncio.run(story())


@pytest.mark.parametrize(
    "faults",
    [Faults(stall_after_frames=40), Faults(disconnect_after_frames=40)],
    ids=["stall", "disconnect"],
)
def test_camera_that_stops_in_the_middle_is_lost(make: Make, faults: Faults) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.stall_after_frames = faults.stall_after_frames
            camera.faults.disconnect_after_frames = faults.disconnect_after_frames
            collector = Collector(1)
            await fails(make(request_for(camera)).play(collector))
            assert collector.video, "what came before was handed over"

    asyncio.run(story())


def test_stopping_lets_the_camera_go(make: Make) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            await collect(make(request_for(camera)), 2)
            for _ in range(100):
                if not any(client.playing for client in camera.clients):
                    return
                await asyncio.sleep(0.02)
            pytest.fail("the camera is still being played")

    asyncio.run(story())


def test_noise_in_the_middle_is_passed_over_or_ends_the_connection(make: Make) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.garbage_after_frames = 12
            with contextlib.suppress(SourceLost):
                got = await collect(make(request_for(camera)), 20)
                assert len(got.video) >= 20

    asyncio.run(story())
