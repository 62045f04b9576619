import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from vedette.base.errors import NotFound
from vedette.catalog.ports import FootageBatch, FootageIndex
from vedette.media.boxes import boxes
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.packet import Codec
from vedette.playback.ports import FootageFiles
from vedette.playback.replay import Replay
from vedette.playback.tracks import video_only
from vedette.testing.house import House, open_house
from vedette.testing.media import ClipSpec, make_clip

CLIP = make_clip(ClipSpec(frames=100))
SPEAKING = make_clip(ClipSpec(frames=50, audio=Codec.PCM_ALAW))


def run(folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with open_house(folder) as house:
            await story(house)

    asyncio.run(all_of_it())


def test_a_range_gives_its_fragments_and_their_formats(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        await house.record(CLIP, start_us)
        await house.record(SPEAKING, start_us + 60_000_000)
        stream = house.camera.key(StreamRole.MAIN)
        replay = house.services.replay
        found = await replay.fragments(stream, start_us + 1_500_000, start_us + 70_000_000, 100)
        starts = [one.start_us - start_us for one, _ in found.fragments]
        assert starts == [1_000_000, 2_000_000, 3_000_000, 60_000_000, 61_000_000]
        assert len(found.formats) == 2
        assert {row.audio_codec for row in found.formats.values()} == {"", "alaw"}
        assert found.next_us is None
        nothing = await replay.fragments(stream, start_us + 5_000_000, start_us + 6_000_000, 100)
        assert (nothing.fragments, nothing.formats) == ((), {})

    run(tmp_path, story)


def test_a_limit_says_where_to_ask_on(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        await house.record(CLIP, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        first = await house.services.replay.fragments(stream, start_us, start_us + 9_000_000, 3)
        assert len(first.fragments) == 3
        assert first.next_us is not None
        assert first.next_us == start_us + 3_000_000
        rest = await house.services.replay.fragments(stream, first.next_us, start_us + 9_000_000, 3)
        assert [one.start_us for one, _ in rest.fragments] == [first.next_us]
        assert rest.next_us is None

    run(tmp_path, story)


def test_decoding_may_start_at_the_first_fragment(tmp_path: Path) -> None:
    """A long group of pictures is split; whoever asks for its second half gets the first too."""

    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        segment = await house.record(CLIP, start_us)
        stream = house.camera.key(StreamRole.MAIN)
        owner = stream.organisation
        split_us = start_us + 20_000_000
        rows = await house.catalog.fragments(owner, stream, start_us, start_us + 9_000_000)
        moved = [
            replace(
                row,
                start_us=row.start_us + 20_000_000,
                segment_start_us=split_us,
                key=number == 0,
            )
            for number, row in enumerate(rows)
        ]
        again = replace(
            segment, start_us=split_us, end_us=segment.end_us + 20_000_000, path="x/y.mp4"
        )
        await house.catalog.commit(owner, FootageBatch((), (again,), tuple(moved)))
        found = await house.services.replay.fragments(
            stream, split_us + 2_500_000, split_us + 3_500_000, 10
        )
        starts = [one.start_us - split_us for one, _ in found.fragments]
        assert starts == [0, 1_000_000, 2_000_000, 3_000_000]
        assert found.fragments[0][0].key

    run(tmp_path, story)


def test_footage_of_others_is_not_found(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        start_us = house.clock.wall_us()
        segment = await house.record(CLIP, start_us, camera=house.foreign_camera)
        theirs = segment.stream
        foreign = StreamKey(house.camera.organisation, theirs.camera, theirs.role)
        replay = house.services.replay
        assert (await replay.fragments(foreign, 0, start_us * 2, 9)).fragments == ()
        with pytest.raises(NotFound):
            await replay.segment(foreign, start_us)
        with pytest.raises(NotFound):
            await replay.init(house.camera.organisation, segment.format_id, video_alone=False)

    run(tmp_path, story)


def test_a_file_shorter_than_its_row_is_said(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        segment = await house.record(CLIP, house.clock.wall_us())
        with pytest.raises(NotFound, match="ends before"):
            await house.services.replay.read(segment, segment.bytes - 10, 20)

    run(tmp_path, story)


def test_an_initialisation_segment_without_its_sound_still_plays(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        segment = await house.record(SPEAKING, house.clock.wall_us())
        owner = segment.stream.organisation
        whole = await house.services.replay.init(owner, segment.format_id, video_alone=False)
        alone = await house.services.replay.init(owner, segment.format_id, video_alone=True)
        assert whole.count(b"trak") == 2
        assert alone.count(b"trak") == 1
        assert alone.count(b"trex") == 1
        assert b"vide" in alone
        assert b"alaw" not in alone
        assert [one.kind for one in boxes(alone, 0, len(alone))] == [b"ftyp", b"moov"]
        assert video_only(alone) == alone

    run(tmp_path, story)


def test_a_segment_that_began_to_be_erased_is_left_out() -> None:
    class Erasing:
        async def fragments(self, *_: object) -> list[object]:
            return [replace_fragment]

        async def segments(self, *_: object) -> list[object]:
            return []

    class Row:
        key = True
        start_us = 5
        segment_start_us = 5

    replace_fragment = Row()
    replay = Replay(cast("FootageIndex", Erasing()), cast("FootageFiles", None))
    stream = StreamKey("o", "c", StreamRole.MAIN)
    found = asyncio.run(replay.fragments(stream, 0, 10, 5))
    assert found.fragments == ()
