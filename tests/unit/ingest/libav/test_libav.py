"""The fallback driver against files and small servers of our own."""

import asyncio
import itertools
import socket
import threading
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.ingest.libav.clips import write_clip
from vedette.base.errors import SourceLost, SourceRefused, SourceStalled, SourceUnsupported
from vedette.ingest.ports import SOURCES, MediaSource, SenderReport, SourceFrame, SourceRequest
from vedette.media import nal
from vedette.model.camera import Credentials, StreamSource
from vedette.model.packet import Codec, StreamFormat, TrackKind


class Kept:
    def __init__(self, wanted: int | None = None) -> None:
        self.formats: list[StreamFormat] = []
        self.frames: list[SourceFrame] = []
        self.enough = asyncio.Event()
        self._wanted = wanted

    def opened(self, stream_format: StreamFormat) -> None:
        self.formats.append(stream_format)

    def frame(self, frame: SourceFrame) -> None:
        assert self.formats
        self.frames.append(frame)
        if self._wanted is not None and len(self.frames) >= self._wanted:
            self.enough.set()

    def sender_report(self, report: SenderReport) -> None:
        raise AssertionError(report)

    def of(self, track: TrackKind) -> list[SourceFrame]:
        return [one for one in self.frames if one.track is track]


def source(address: object, **changes: Any) -> MediaSource:
    request = SourceRequest("gate", StreamSource(str(address), driver="libav"))
    return SOURCES.load("libav")(replace(request, **changes))


def play_out(address: object) -> Kept:
    async def story() -> Kept:
        kept = Kept()
        with pytest.raises(SourceLost, match="ended"):
            await source(address).play(kept)
        return kept

    return asyncio.run(story())


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv", "a.flv"])
def test_a_file_plays_in_real_time_whatever_its_container(tmp_path: Path, name: str) -> None:
    clip = write_clip(tmp_path / name, audio="aac", frames=15)
    begun = time.monotonic()
    kept = play_out(clip)
    assert 0.4 < time.monotonic() - begun < 15
    (found,) = kept.formats
    assert (found.video.codec, found.video.width, found.video.height) == (Codec.H264, 160, 96)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.sample_rate) == (Codec.AAC, 8000)
    video = kept.of(TrackKind.VIDEO)
    assert len(video) == 15
    assert [one.key for one in video] == [number % 10 == 0 for number in range(15)]
    steps = {after.pts - before.pts for before, after in itertools.pairwise(video)}
    assert all(abs(step - 3600) <= 90 for step in steps)
    for one in video:
        types = {unit[0] & 31 for unit in nal.split_lengths(one.payload)}
        assert types & {1, 5}
        assert not types & {7, 8, 9}
    assert kept.of(TrackKind.AUDIO)
    assert all(one.payload[:1] != b"\xff" for one in kept.of(TrackKind.AUDIO))


def test_b_frames_keep_their_order_and_are_announced(tmp_path: Path) -> None:
    kept = play_out(write_clip(tmp_path / "a.mp4", b_frames=2))
    video = kept.of(TrackKind.VIDEO)
    assert kept.formats[0].video.reorder > 0
    decoding = [one.dts for one in video]
    assert all(
        before is not None and after is not None and before < after
        for before, after in itertools.pairwise(decoding)
    )
    assert [one.pts for one in video] != sorted(one.pts for one in video)
    assert all(one.dts is not None and one.dts <= one.pts for one in video)


@pytest.mark.parametrize(
    ("codec", "name", "expected"),
    [("libx265", "a.mp4", Codec.HEVC), ("mjpeg", "a.avi", Codec.MJPEG)],
)
def test_other_codecs(tmp_path: Path, codec: str, name: str, expected: Codec) -> None:
    clip = write_clip(tmp_path / name, codec=codec, audio="pcm_alaw" if name == "a.avi" else None)
    kept = play_out(clip)
    (found,) = kept.formats
    assert (found.video.codec, found.video.width) == (expected, 160)
    assert len(kept.of(TrackKind.VIDEO)) == 25
    if expected is Codec.MJPEG:
        assert found.audio is not None
        assert found.audio.codec is Codec.PCM_ALAW
        assert all(
            one.key and one.payload.startswith(b"\xff\xd8") for one in kept.of(TrackKind.VIDEO)
        )


def test_a_loop_goes_on_where_it_ended(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a b.mp4", frames=10)

    async def story() -> Kept:
        kept = Kept(25)
        playing = asyncio.create_task(source(f"file://{tmp_path}/a%20b.mp4?loop=1").play(kept))
        await asyncio.wait_for(kept.enough.wait(), 10)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return kept

    assert clip.exists()
    kept = asyncio.run(story())
    assert len(kept.formats) == 1
    times = [one.pts for one in kept.of(TrackKind.VIDEO)]
    assert all(abs(b - a - 3600) < 10 for a, b in itertools.pairwise(times))


def test_describe_ends_the_thread(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", frames=250)
    found = asyncio.run(source(clip).describe())
    assert found.video.codec_string.startswith("avc1.")
    assert not [one for one in threading.enumerate() if one.name.startswith("libav")]


def test_what_is_not_there_or_makes_no_sense(tmp_path: Path) -> None:
    nonsense = tmp_path / "a.mp4"
    nonsense.write_bytes(b"no media at all" * 1000)
    for address, kind in [
        (tmp_path / "absent.mp4", SourceLost),
        (nonsense, SourceUnsupported),
        ("concat:/etc/hostname", SourceLost),
        ("pipe://0", SourceUnsupported),
        ("rtsp://127.0.0.1:1/x", SourceLost),
    ]:
        with pytest.raises(kind):
            asyncio.run(source(address).describe())


@contextmanager
def server(answer: bytes) -> Generator[int]:
    """Says one thing to everybody and then stays silent."""
    listening = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            kept.append(client)
            if answer:
                client.recv(4096)
                client.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for client in kept:
            client.close()
        thread.join()


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_refused_credentials_appear_nowhere(scheme: str, capfd: pytest.CaptureFixture[str]) -> None:
    refusal = (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if scheme == "http"
        else b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nContent-Length: 0\r\n\r\n"
    )
    with server(refusal) as port:
        credentials = Credentials("admin", "s3cret/@word")
        with pytest.raises(SourceRefused) as caught:
            asyncio.run(
                source(
                    f"{scheme}://127.0.0.1:{port}/x", credentials=credentials, connect_timeout_s=3
                ).describe()
            )
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    captured = capfd.readouterr()
    for text in (told, captured.out, captured.err, repr(caught.value.__context__)):
        assert "s3cret" not in text


def test_a_silent_peer_is_given_up() -> None:
    with server(b"") as port:
        begun = time.monotonic()
        with pytest.raises(SourceLost, match=r"did not answer within 0\.5 s"):
            asyncio.run(source(f"http://127.0.0.1:{port}/x", connect_timeout_s=0.5).describe())
        assert time.monotonic() - begun < 10


def test_cancelling_a_silent_peer_does_not_wait_for_it() -> None:
    async def story(port: int) -> float:
        kept = Kept()
        playing = asyncio.create_task(
            source(f"http://127.0.0.1:{port}/x", connect_timeout_s=6).play(kept)
        )
        await asyncio.sleep(0.1)
        begun = time.monotonic()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        return time.monotonic() - begun

    with server(b"") as port:
        assert asyncio.run(story(port)) < 4
        lingering = [one for one in threading.enumerate() if one.name == "libav gate"]
        for one in lingering:
            one.join(15)
            assert not one.is_alive()


def test_a_stream_that_stops_is_stalled(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.ts", frames=100).read_bytes()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nContent-Length: 99999999\r\n\r\n"

    async def story(port: int) -> Kept:
        kept = Kept()
        with pytest.raises(SourceStalled, match=r"sent nothing for 0\.5 s"):
            await source(f"http://127.0.0.1:{port}/x", stall_timeout_s=0.5).play(kept)
        return kept

    with server(head + clip) as port:
        assert len(asyncio.run(story(port)).frames) > 50


def test_jpeg_over_http_gets_the_time_of_its_arrival(tmp_path: Path) -> None:
    single = write_clip(tmp_path / "a.jpg", codec="mjpeg", frames=1, container_format="mjpeg")
    picture = single.read_bytes()
    part = b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
    body = b"".join(part % (len(picture), picture) for _ in range(5))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n"

    async def story(port: int) -> Kept:
        kept = Kept()
        with pytest.raises(SourceLost):
            await source(f"http://127.0.0.1:{port}/x", stall_timeout_s=0.5).play(kept)
        return kept

    with server(head + body) as port:
        kept = asyncio.run(story(port))
    assert kept.formats[0].video.codec is Codec.MJPEG
    times = [one.pts for one in kept.frames]
    assert len(times) >= 3
    assert times == sorted(times)


def test_too_much_is_cut_off(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", frames=50)
    with pytest.raises(SourceLost, match="fps"):
        asyncio.run(source(clip, max_frames_per_s=2).play(Kept()))
