"""Small pictures: once each, newest first, within a budget, and only for whoever still waits."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from vedette.base.errors import NotFound, StorageError
from vedette.model.camera import StreamKey, StreamRole
from vedette.playback.settings import PlaybackSettings
from vedette.playback.thumbnails import Thumbnails
from vedette.testing.house import House, open_house
from vedette.testing.media import ClipSpec, make_clip

S = 1_000_000
CLIP = make_clip(ClipSpec(frames=250, key_interval=25))
"""Ten seconds, a key frame in each."""


def run(
    folder: Path,
    story: Callable[[House, Thumbnails, StreamKey, int], Awaitable[None]],
    playback: PlaybackSettings | None = None,
) -> None:
    async def all_of_it() -> None:
        async with open_house(folder, playback=playback) as house:
            start_us = house.clock.wall_us()
            await house.record(CLIP, start_us)
            stream = house.camera.key(StreamRole.MAIN)
            await story(house, house.services.snapshots.thumbnails, stream, start_us)

    asyncio.run(all_of_it())


def test_moments_of_one_group_share_a_picture_that_is_decoded_once(tmp_path: Path) -> None:
    async def story(_: House, it: Thumbnails, stream: StreamKey, start_us: int) -> None:
        moments = (start_us + 3 * S, start_us + 3 * S + 1, start_us + 4 * S - 1)
        pictures = await asyncio.gather(*(it.picture(stream, at, 160) for at in moments))
        assert {one.at_us for one in pictures} == {start_us + 3 * S}
        assert it.decoded == 1
        assert (await it.picture(stream, start_us + 3 * S, 160)) is pictures[0]
        await it.picture(stream, start_us + 3 * S, 80)
        assert it.decoded == 2, "another width is another picture"
        with pytest.raises(NotFound):
            await it.picture(stream, start_us - 1, 160)

    run(tmp_path, story)


def test_the_newest_wish_comes_first_and_the_oldest_is_given_up(tmp_path: Path) -> None:
    async def story(_: House, it: Thumbnails, stream: StreamKey, start_us: int) -> None:
        done: list[int] = []
        asked, gate = asyncio.Event(), asyncio.Event()

        async def held() -> bool:
            asked.set()
            await gate.wait()
            return True

        async def ask(second: int) -> None:
            try:
                await it.picture(stream, start_us + second * S, 160)
                done.append(second)
            except StorageError:
                done.append(-second)

        first = asyncio.create_task(it.picture(stream, start_us, 160, held))
        await asked.wait()
        tasks: list[asyncio.Task[None]] = []
        for second in range(1, 7):
            tasks.append(asyncio.create_task(ask(second)))
            while it.waiting < min(3, second) or len(done) < second - 3:  # noqa: ASYNC110  a database's thread decides when
                await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *tasks)
        assert done == [-1, -2, -3, 6, 5, 4]

    run(tmp_path, story, PlaybackSettings(thumbnail_queue=3))


def test_whoever_has_moved_on_costs_nothing(tmp_path: Path) -> None:
    async def story(_: House, it: Thumbnails, stream: StreamKey, start_us: int) -> None:
        async def gone() -> bool:
            return False

        with pytest.raises(StorageError, match="nobody"):
            await it.picture(stream, start_us, 160, gone)
        assert it.decoded == 0
        # Of two who want the same, one is still there.
        asked, gate = asyncio.Event(), asyncio.Event()

        async def held() -> bool:
            asked.set()
            await gate.wait()
            return True

        first = asyncio.create_task(it.picture(stream, start_us + S, 160, held))
        await asked.wait()
        other = asyncio.create_task(it.picture(stream, start_us, 160))
        while not it.waiting:  # noqa: ASYNC110  a database's thread decides when
            await asyncio.sleep(0)
        left = asyncio.create_task(it.picture(stream, start_us, 160, gone))
        gate.set()
        await asyncio.gather(first, other, left)
        assert it.decoded == 2

    run(tmp_path, story)


def test_no_more_is_remembered_than_the_budget_allows(tmp_path: Path) -> None:
    async def story(_: House, it: Thumbnails, stream: StreamKey, start_us: int) -> None:
        size = len((await it.picture(stream, start_us, 160)).jpeg)
        for second in range(10):
            await it.picture(stream, start_us + second * S, 160)
            assert it.kept_bytes <= 5_000
        assert it.kept_bytes > 5_000 - 2 * size
        before = it.decoded
        await it.picture(stream, start_us + 9 * S, 160)
        assert it.decoded == before, "the newest is still there"
        await it.picture(stream, start_us, 160)
        assert it.decoded == before + 1, "the oldest is not"

    run(tmp_path, story, PlaybackSettings(thumbnail_cache_bytes=5_000))
