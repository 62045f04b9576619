"""The simulated camera before clients that are not ours: libav reads it as it reads any camera."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

import av
import numpy as np
import pytest
from av.error import FFmpegError, HTTPUnauthorizedError

from vedette.model.camera import Credentials
from vedette.model.packet import Codec
from vedette.testing.camera import (
    AuthScheme,
    CameraAt,
    Faults,
    Refusal,
    ServerSettings,
    SimulatedCamera,
    SimulatedSite,
)
from vedette.testing.clock import FakeClock
from vedette.testing.media import ClipSpec, make_clip

USER = Credentials("admin", "pa:ss wörd")


@dataclass
class Seen:
    """What libav got."""

    codecs: list[str]
    pictures: int
    packets: int
    size: tuple[int, int]


def look(url: str, transport: str = "tcp", packets: int = 20) -> Seen:
    """Open a camera with libav and decode some of its video."""
    options = {"rtsp_transport": transport, "analyzeduration": "500000"}
    with av.open(url, options=options, timeout=(5, 5)) as container:
        codecs = [stream.codec_context.name for stream in container.streams]
        pictures = count = 0
        size = (0, 0)
        for packet in container.demux(container.streams.video[0]):
            for picture in packet.decode():
                pictures += 1
                size = (picture.width, picture.height)  # type: ignore[attr-defined]
            count += 1
            if count >= packets:
                break
    return Seen(codecs, pictures, count, size)


def with_password(url: str) -> str:
    name, secret = quote(USER.username, safe=""), quote(USER.password, safe="")
    return url.replace("rtsp://", f"rtsp://{name}:{secret}@")


def at(camera: SimulatedCamera, work: Callable[[CameraAt], Awaitable[None]]) -> None:
    async def story() -> None:
        async with camera:
            await work(camera)
        assert camera._server.connections == 0

    asyncio.run(story())


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_libav_decodes_every_picture(codec: Codec, transport: str) -> None:
    camera = SimulatedCamera(
        make_clip(ClipSpec(codec=codec)), settings=ServerSettings(USER, speed=4.0)
    )

    async def work(one: CameraAt) -> None:
        seen = await asyncio.to_thread(look, with_password(one.url), transport)
        assert seen.codecs == [codec.value]
        assert (seen.pictures, seen.size) == (seen.packets, (320, 180))
        (client,) = [each for each in one.clients if each.frames]
        assert client.transport == transport
        assert client.damaged_frames == []

    at(camera, work)


@pytest.mark.parametrize("scheme", [AuthScheme.BASIC, AuthScheme.DIGEST_MD5])
def test_libav_signs_in_and_a_stranger_does_not(scheme: AuthScheme) -> None:
    camera = SimulatedCamera(make_clip(), settings=ServerSettings(USER, scheme, speed=8.0))

    async def work(one: CameraAt) -> None:
        assert (await asyncio.to_thread(look, with_password(one.url))).pictures
        with pytest.raises(HTTPUnauthorizedError):
            await asyncio.to_thread(look, one.url)
        with pytest.raises(HTTPUnauthorizedError):
            await asyncio.to_thread(look, one.url.replace("rtsp://", "rtsp://admin:wrong@"))

    at(camera, work)


@pytest.mark.parametrize("audio", [Codec.PCM_ALAW, Codec.PCM_MULAW, Codec.AAC])
def test_libav_hears_the_tone(audio: Codec) -> None:
    camera = SimulatedCamera(make_clip(ClipSpec(audio=audio)), settings=ServerSettings(speed=4.0))

    def listen(url: str) -> float:
        loudest = 0.0
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(5, 5)) as container:
            (stream,) = container.streams.audio
            assert stream.codec_context.name == audio.value
            for frame in container.decode(stream):
                loudest = max(loudest, float(np.abs(frame.to_ndarray()).max()))
                if frame.time is not None and frame.time > 0.8:
                    break
        return loudest

    async def work(one: CameraAt) -> None:
        assert await asyncio.to_thread(listen, one.url) > 0.1

    at(camera, work)


def test_main_and_sub_of_several_cameras_share_a_port() -> None:
    main, sub = make_clip(), make_clip(ClipSpec(width=160, height=96))

    async def story() -> None:
        settings = ServerSettings(speed=8.0)
        async with SimulatedSite({"gate": (main, sub), "yard": main}, settings) as site:
            gate, yard = site.cameras["gate"], site.cameras["yard"]
            urls = (gate.url, gate.sub_url, yard.url)
            seen = await asyncio.gather(*(asyncio.to_thread(look, url) for url in urls))
            assert [each.size for each in seen] == [(320, 180), (160, 96), (320, 180)]
            assert len({gate.url.split("/")[2], yard.url.split("/")[2]}) == 1

    asyncio.run(story())


def test_losses_are_counted_and_libav_sees_damage() -> None:
    camera = SimulatedCamera(make_clip(), settings=ServerSettings(speed=8.0))
    camera.faults.update("lose_packets=3,20")

    async def work(one: CameraAt) -> None:
        await asyncio.to_thread(look, one.url, "tcp", 30)
        client = max(one.clients, key=lambda each: each.frames)
        assert client.lost_packets == 2
        assert len(client.damaged_frames) == 2

    at(camera, work)


def test_the_line_is_cut_after_so_many_frames() -> None:
    camera = SimulatedCamera(make_clip(), settings=ServerSettings(speed=float("inf")))
    camera.faults.disconnect_after_frames = 60

    async def work(one: CameraAt) -> None:
        seen = await asyncio.to_thread(look, one.url, "tcp", 1000)
        assert seen.packets <= 61  # libav ends a stream with one empty packet
        assert one.clients[-1].frames == 60

    at(camera, work)


def test_the_resolution_changes_in_the_middle() -> None:
    camera = SimulatedCamera(make_clip(), settings=ServerSettings(speed=4.0))

    async def work(one: CameraAt) -> None:
        seeing = asyncio.create_task(asyncio.to_thread(look, one.url, "tcp", 60))
        while not one.clients:  # noqa: ASYNC110  a list tells nobody that it grew
            await asyncio.sleep(0.01)
        await one.clients[-1].wait_frames(25)
        one.switch(make_clip(ClipSpec(width=192, height=112)))
        assert (await seeing).size == (192, 112)

    at(camera, work)


def test_fifty_times_the_bit_rate_still_decodes() -> None:
    plain, padded = (SimulatedCamera(make_clip(), settings=ServerSettings(speed=8.0)),) * 2
    padded.faults.bitrate_factor = 50

    async def work(one: CameraAt) -> None:
        seen = await asyncio.to_thread(look, one.url)
        assert seen.pictures == seen.packets
        client = one.clients[-1]
        usual = sum(len(unit) for frame in make_clip().frames for unit in frame.units) / 50
        assert client.octets / client.frames > 30 * usual

    at(plain, work)


@pytest.mark.parametrize(
    "refusal", [Refusal.HANG_UP, Refusal.BUSY, Refusal.NOT_FOUND, Refusal.GARBAGE]
)
def test_a_refusal_is_an_error_at_the_client(refusal: Refusal) -> None:
    camera = SimulatedCamera(make_clip())
    camera.faults.refuse = refusal

    async def work(one: CameraAt) -> None:
        with pytest.raises((FFmpegError, OSError)):
            await asyncio.to_thread(look, one.url)
        assert one.clients == []

    at(camera, work)


def test_a_query_gives_one_client_its_own_faults() -> None:
    camera = SimulatedCamera(make_clip(), settings=ServerSettings(speed=float("inf")))

    async def work(one: CameraAt) -> None:
        seen = await asyncio.to_thread(look, f"{one.url}?disconnect_after_frames=30", "tcp", 1000)
        assert seen.packets <= 31
        assert one.faults == Faults()
        assert (await asyncio.to_thread(look, one.url, "tcp", 40)).packets == 40

    at(camera, work)


def test_the_feed_waits_for_the_clock_it_was_given() -> None:
    async def story() -> None:
        clock = FakeClock()
        clip = make_clip(ClipSpec(frame_rate=25))
        camera = SimulatedCamera(clip, clock=clock)
        got: list[int] = []

        async def read() -> None:
            async for item in camera.main.feed.play(clock, 1.0):
                got.append(item.ticks)  # noqa: PERF401  read while it grows

        task = asyncio.create_task(read())
        await clock.advance(0.1)
        assert got == [0, 3600, 7200]
        await clock.advance(2.0)
        assert len(got) == 53
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
