"""Key frames alone, as fast replay wants them."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.media.boxes import BadBox
from vedette.media.fmp4 import VIDEO_TRACK_ID, Sample, fragment
from vedette.model.camera import StreamRole
from vedette.model.packet import Codec
from vedette.playback import keyframe
from vedette.playback.keyframe import first_sample, head_size, key_alone
from vedette.testing.house import House, open_house
from vedette.testing.media import ClipSpec, make_clip


def run(folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with open_house(folder) as house:
            await story(house)

    asyncio.run(all_of_it())


samples = st.lists(
    st.builds(
        Sample,
        payload=st.binary(min_size=1, max_size=60),
        duration=st.integers(1, 9000),
        key=st.booleans(),
        cto=st.integers(-9000, 9000),
    ),
    min_size=1,
    max_size=9,
)


@given(samples, st.integers(0, 2**40))
def test_the_first_picture_of_a_fragment_is_found(pictures: list[Sample], base: int) -> None:
    whole = b"".join(fragment(VIDEO_TRACK_ID, 1, base, pictures))
    first = first_sample(whole)
    assert whole[first.offset : first.offset + first.size] == pictures[0].payload
    assert first.base_dts == base
    assert first.cto == (pictures[0].cto if any(one.cto for one in pictures) else 0)
    assert first_sample(whole[: head_size(whole)]) == first
    alone = key_alone(first, pictures[0].payload, 180_000, 1)
    again = first_sample(alone)
    assert alone[again.offset :] == pictures[0].payload
    assert again.base_dts == base


@given(st.binary(max_size=200))
def test_nonsense_is_refused(data: bytes) -> None:
    with pytest.raises(BadBox):
        first_sample(data)
    with pytest.raises(BadBox):
        first_sample(b"\0\0\0\xc0moof" + data)


@pytest.mark.parametrize("head_bytes", [64, 4096])
def test_a_segment_gives_one_picture_for_each_group(
    tmp_path: Path, head_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vedette.playback.replay.HEAD_BYTES", head_bytes)
    assert keyframe.HEAD_BYTES > 0
    clip = make_clip(ClipSpec(frames=100, key_interval=25, b_frames=2, audio=Codec.PCM_ALAW))

    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        segment = await house.record(clip, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        replay = house.services.replay
        keys = await replay.keys(stream, start_us, start_us + 1_000_000, segment.end_us)
        init = await replay.init(stream.organisation, segment.format_id, video_alone=True)
        with cast("Any", av.open(io.BytesIO(init + keys), format="mp4")) as container:
            packets = [one for one in container.demux(video=0) if one.size]
            assert [one.dts for one in packets] == [90_000, 180_000, 270_000]
            assert all(one.is_keyframe for one in packets)
            assert {one.duration for one in packets} == {90_000}
        whole = await replay.read(segment, 0, segment.bytes)
        assert len(keys) < len(whole) / 2
        assert await replay.keys(stream, start_us, segment.end_us, segment.end_us + 1) == b""

    run(tmp_path, story)
