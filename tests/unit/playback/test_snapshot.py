import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import av
import pytest

from vedette.base.errors import BadRequest, NotFound
from vedette.model.camera import StreamRole
from vedette.model.packet import Codec
from vedette.playback.jpeg import to_jpeg
from vedette.playback.settings import PlaybackSettings
from vedette.testing.house import House, open_house
from vedette.testing.media import ClipSpec, make_clip
from vedette.testing.numbered import FRAME_RATE, numbered_clip

CLIP = make_clip(ClipSpec(audio=Codec.PCM_ALAW))


def run(
    folder: Path,
    story: Callable[[House], Awaitable[None]],
    playback: PlaybackSettings | None = None,
) -> None:
    async def all_of_it() -> None:
        async with open_house(folder, playback=playback) as house:
            await story(house)

    asyncio.run(all_of_it())


def size_of(jpeg: bytes) -> tuple[int, int]:
    assert jpeg[:2] == b"\xff\xd8"
    with cast("Any", av.open(io.BytesIO(jpeg), format="jpeg_pipe")) as container:
        frame = next(container.decode(video=0))
        return frame.width, frame.height


@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_the_newest_key_frame(tmp_path: Path, codec: Codec) -> None:
    async def story(house: House) -> None:
        stream = house.camera.key(StreamRole.MAIN)
        with pytest.raises(NotFound):
            await house.services.snapshots.latest(stream, 640)
        house.play(make_clip(ClipSpec(codec=codec)))
        picture = await house.services.snapshots.latest(stream, 160)
        assert size_of(picture.jpeg) == (160, 90)
        assert picture.at_us == house.clock.wall_us() + 1_000_000
        assert await house.services.snapshots.latest(stream, 160) is picture
        full = await house.services.snapshots.latest(stream, 1920)
        assert size_of(full.jpeg) == (320, 180), "a small picture is not enlarged"

    run(tmp_path, story)


def test_the_recorded_key_frame_at_a_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        await house.record(CLIP, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        picture = await house.services.snapshots.recorded(stream, start_us + 1_400_000, 320)
        assert picture.at_us == start_us + 1_000_000
        assert size_of(picture.jpeg) == (320, 180)
        with pytest.raises(NotFound):
            await house.services.snapshots.recorded(stream, start_us - 1, 320)

    run(tmp_path, story)


def test_finished_pictures_are_kept_up_to_a_number_of_bytes(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.play(CLIP)
        stream = house.camera.key(StreamRole.MAIN)
        first = await house.services.snapshots.latest(stream, 64)
        again = await house.services.snapshots.latest(stream, 64)
        assert again is not first
        assert again.jpeg == first.jpeg

    run(tmp_path, story, PlaybackSettings(snapshot_cache_bytes=0))


def test_nonsense_is_refused() -> None:
    with pytest.raises(BadRequest):
        to_jpeg(b"\0\0\0\x08ftyp" + bytes(1000), 320)


NUMBERED = numbered_clip(320, 176, frames=3 * FRAME_RATE)


def number_of(jpeg: bytes) -> int:
    """The number that a frame carries in its bars."""
    with cast("Any", av.open(io.BytesIO(jpeg), format="jpeg_pipe")) as container:
        luma = next(container.decode(video=0)).to_ndarray(format="gray")
    row = luma[luma.shape[0] // 16]
    bits = [row[(2 * bit + 1) * luma.shape[1] // 16] > 127 for bit in range(8)]
    return sum(1 << (7 - bit) for bit, lit in enumerate(bits) if lit)


@pytest.mark.parametrize("frame", [0, 1, FRAME_RATE - 1, FRAME_RATE, 2 * FRAME_RATE + 7])
def test_the_very_frame_of_an_instant(tmp_path: Path, frame: int) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        segment = await house.record(NUMBERED, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        at_us = start_us + frame * 1_000_000 // FRAME_RATE
        picture = await house.services.snapshots.exact(stream, at_us)
        assert number_of(picture.jpeg) == number_of(
            (await house.services.snapshots.exact(stream, at_us + 1_000)).jpeg
        )
        assert number_of(picture.jpeg) == frame
        assert abs(picture.at_us - at_us) <= 1
        assert size_of(picture.jpeg) == (320, 176)
        with pytest.raises(NotFound, match="a few seconds later"):
            await house.services.snapshots.exact(stream, segment.end_us)

    run(tmp_path, story)


def test_the_very_frame_where_frames_are_reordered(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        clip = make_clip(ClipSpec(b_frames=2))
        await house.record(clip, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        step_us = 1_000_000 // round(clip.format.frame_rate)
        seen = [
            (await house.services.snapshots.exact(stream, start_us + n * step_us + 100_000)).at_us
            for n in range(8)
        ]
        assert seen == sorted(set(seen)), "each is another frame, in the order of showing"

    run(tmp_path, story)
