"""Replay over a real server: ranges, playlists in other players, hostile questions."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import av
import httpx
import pytest

from vedette.api.server import Listen, serve
from vedette.model.camera import StreamRole
from vedette.model.footage import SegmentState
from vedette.model.packet import Codec
from vedette.testing.house import House, open_house
from vedette.testing.media import ClipSpec, make_clip

pytestmark = pytest.mark.server

SILENT = make_clip(ClipSpec(frames=100))
SPEAKING = make_clip(ClipSpec(frames=50, audio=Codec.AAC))
TELEPHONE = make_clip(ClipSpec(frames=50, audio=Codec.PCM_MULAW, width=160, height=96))
PATIENCE_S = 20


@asynccontextmanager
async def served(folder: Path) -> AsyncGenerator[tuple[House, httpx.AsyncClient], None]:
    async with open_house(folder) as house:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        server = asyncio.create_task(
            serve(house.app, Listen(port=0), stop.wait, ready=port.set_result)
        )
        try:
            async with (
                asyncio.timeout(PATIENCE_S),
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{await port}/api/v1/cameras/{house.camera.id}",
                    headers={"Authorization": f"Bearer {house.token}"},
                ) as script,
            ):
                yield house, script
        finally:
            stop.set()
            await server


def play(url: str, token: str, kind: str = "video") -> list[float]:
    """Presentation times of everything that FFmpeg decodes behind an address."""
    options = {"headers": f"Authorization: Bearer {token}\r\n"}
    with cast("Any", av.open(url, options=options, timeout=PATIENCE_S)) as container:
        streams = [one for one in container.streams if one.type == kind]
        return [float(frame.time) for one in streams for frame in container.decode(one)]


def test_a_playlist_plays_in_ffmpeg_across_files_gaps_and_formats(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            start_us = house.clock.wall_us()
            await house.record(SILENT, start_us)
            await house.record(SILENT, start_us + 4_000_000)
            await house.record(SILENT, start_us + 60_000_000)
            query = f"?start_us={start_us}&end_us={start_us + 90_000_000}"
            text = (await script.get(f"/hls/index.m3u8{query}")).text
            assert text.count("#EXTINF") == 12
            assert text.count("#EXT-X-DISCONTINUITY") == 1
            assert text.count("#EXT-X-PROGRAM-DATE-TIME") == 2
            assert house.token not in text
            url = f"{script.base_url}hls/index.m3u8{query}"
            times = await asyncio.to_thread(play, url, house.token)
            assert len(times) == 300, "every frame of every file"
            assert times == sorted(times)
            assert [round(one, 2) for one in (times[0], times[100], times[200])] == [0, 4, 60]

    asyncio.run(story())


def test_sound_plays_where_players_know_it_and_is_left_out_where_not(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            start_us = house.clock.wall_us()
            for number, (clip, audible) in enumerate(((SPEAKING, True), (TELEPHONE, False))):
                at_us = start_us + number * 60_000_000
                await house.record(clip, at_us)
                url = (
                    f"{script.base_url}hls/index.m3u8?start_us={at_us}&end_us={at_us + 10_000_000}"
                )
                assert len(await asyncio.to_thread(play, url, house.token)) == 50
                if audible:
                    assert len(await asyncio.to_thread(play, url, house.token, "audio")) > 20
                else:
                    assert await asyncio.to_thread(play, url, house.token, "audio") == []

    asyncio.run(story())


def test_the_file_of_a_segment_plays_alone(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            segment = await house.record(TELEPHONE, house.clock.wall_us())
            url = f"{script.base_url}segments/{segment.start_us}/media"
            assert len(await asyncio.to_thread(play, url, house.token)) == 50
            assert len(await asyncio.to_thread(play, url, house.token, "audio")) > 90

    asyncio.run(story())


def test_ranges_of_a_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            segment = await house.record(SILENT, house.clock.wall_us(), turns=60)
            path = f"/segments/{segment.start_us}/media"
            whole = await script.get(path)
            assert whole.status_code == 200
            assert len(whole.content) == segment.bytes > 1_000_000
            assert whole.headers["accept-ranges"] == "bytes"
            assert "immutable" in whole.headers["cache-control"]
            assert whole.headers["cache-control"].startswith("private")
            for asked, start, end in (
                ("bytes=0-9", 0, 10),
                ("bytes=100000-899999", 100_000, 900_000),
                ("bytes=-7", segment.bytes - 7, segment.bytes),
                (f"bytes={segment.bytes - 5}-", segment.bytes - 5, segment.bytes),
            ):
                part = await script.get(path, headers={"Range": asked})
                assert part.status_code == 206
                assert part.content == whole.content[start:end]
                expected = f"bytes {start}-{end - 1}/{segment.bytes}"
                assert part.headers["content-range"] == expected
            beyond = await script.get(path, headers={"Range": f"bytes={segment.bytes}-"})
            assert beyond.status_code == 416
            assert beyond.headers["content-range"] == f"bytes */{segment.bytes}"
            head = await script.head(path)
            assert head.status_code == 200
            assert int(head.headers["content-length"]) == segment.bytes
            tag = whole.headers["etag"]
            assert (await script.get(path, headers={"If-None-Match": tag})).status_code == 304
            old = {"Range": "bytes=0-9", "If-Range": '"old"'}
            assert (await script.get(path, headers=old)).status_code == 200

    asyncio.run(story())


def test_of_a_file_being_written_only_what_is_safe_is_given(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            segment = await house.record(
                SILENT,
                house.clock.wall_us(),
                state=SegmentState.WRITING,
                unsafe=b"not yet synced",
            )
            path = f"/segments/{segment.start_us}/media"
            answer = await script.get(path)
            assert len(answer.content) == segment.bytes
            assert b"not yet synced" not in answer.content
            assert "immutable" not in answer.headers["cache-control"]
            late = await script.get(path, headers={"Range": f"bytes={segment.bytes}-"})
            assert late.status_code == 416

    asyncio.run(story())


def test_a_file_that_vanished_is_said_and_not_cut_short(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            segment = await house.record(SILENT, house.clock.wall_us())
            (tmp_path / "footage" / segment.path).unlink()
            answer = await script.get(f"/segments/{segment.start_us}/media")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
            assert str(tmp_path) not in answer.text

    asyncio.run(story())


def test_a_client_that_breaks_off_leaves_no_open_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            segment = await house.record(SILENT, house.clock.wall_us(), turns=40)
            path = f"/segments/{segment.start_us}/media"
            before = len(asyncio.all_tasks())
            for _ in range(5):
                async with script.stream("GET", path) as answer:
                    async for _piece in answer.aiter_bytes(1000):
                        break
            assert (await script.get(path, headers={"Range": "bytes=0-0"})).status_code == 206
            assert len(asyncio.all_tasks()) <= before + 1

    asyncio.run(story())


def test_pictures_at_a_time_and_now(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            assert (await script.get("/snapshot.jpg")).status_code == 404
            start_us = house.clock.wall_us()
            await house.record(SILENT, start_us)
            house.play(SILENT)
            now = await script.get("/snapshot.jpg", params={"width": 160})
            then = await script.get("/snapshot.jpg", params={"at_us": start_us + 500_000})
            for answer in (now, then):
                assert answer.status_code == 200
                assert answer.headers["content-type"] == "image/jpeg"
                assert answer.content[:2] == b"\xff\xd8"
            assert then.headers["x-picture-us"] == str(start_us)
            assert StreamRole.MAIN in house.camera.streams

    asyncio.run(story())


@pytest.mark.parametrize(
    "path",
    [
        "/segments/..%2f..%2fvedette.db/media",
        "/segments/../../../../healthz/media",
        "/segments/-1/media",
        "/segments/1e3/media",
        "/segments/99999999999999999999999/media",
        "/formats/..%2f..%2fx/init.mp4",
        "/formats/%00/init.mp4",
        "/../%2e%2e/session",
    ],
)
def test_paths_that_climb_lead_nowhere(tmp_path: Path, path: str) -> None:
    async def story() -> None:
        async with served(tmp_path) as (_, script):
            answer = await script.get(path)
            assert 400 <= answer.status_code < 500
            assert answer.headers["content-type"] == "application/problem+json"

    asyncio.run(story())


def test_small_pictures_key_frames_and_the_calendar(tmp_path: Path) -> None:
    async def story() -> None:
        async with served(tmp_path) as (house, script):
            start_us = house.clock.wall_us()  # noon in UTC, two in the afternoon in Berlin
            segment = await house.record(SILENT, start_us)
            picture = await script.get(f"/thumbnail.jpg?at_us={start_us + 1_500_000}&width=160")
            assert picture.headers["content-type"] == "image/jpeg"
            assert picture.headers["x-picture-us"] == str(start_us + 1_000_000)
            nothing = await script.get(f"/thumbnail.jpg?at_us={start_us - 1}")
            assert (nothing.status_code, nothing.content) == (204, b"")
            span = f"start_us={start_us}&end_us={segment.end_us}"
            keys = await script.get(f"/segments/{start_us}/keys?{span}")
            assert keys.content.count(b"moof") == 4
            assert len(keys.content) < segment.bytes / 2
            assert (await script.get(f"/segments/{start_us + 1}/keys?{span}")).status_code == 404
            root = str(script.base_url).partition("/cameras/")[0]
            mine = f"{root}/calendar?camera={house.camera.id}&year=2026"
            for zone, day in (("UTC", "2026-05-01"), ("Pacific/Auckland", "2026-05-02")):
                answer = (await script.get(f"{mine}&zone={zone}")).json()
                assert answer == {"cameras": [{"camera": house.camera.id, "days": [day]}]}
            for zone in ("Nowhere", "../etc", "Europe/"):
                assert (await script.get(f"{mine}&zone={zone}")).status_code == 400
            foreign = f"{root}/calendar?camera={house.foreign_camera.id}&year=2026"
            assert (await script.get(foreign)).status_code == 404

    asyncio.run(story())
