"""After a crash: files and catalogue are brought together, and nothing whole is thrown away."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from tests.unit.record.site import ORGANISATION, Site, running, some_camera
from vedette.catalog.ports import FootageBatch
from vedette.db.engine import Database
from vedette.model.camera import StreamRole
from vedette.model.footage import Segment, SegmentState
from vedette.record.settings import RecordSettings
from vedette.testing.feed import Feed

CAMERA = some_camera()
STREAM = CAMERA.key(StreamRole.MAIN)


async def record(root: Path, seconds: float) -> list[Segment]:
    """Record and crash: the segments as the catalogue knows them, the last one unfinished."""
    settings = RecordSettings(segment_s=3600, commit_s=0.05)
    async with running(root, [CAMERA], settings=settings, stop=False) as site:
        feed = Feed(audio=True)
        site.hub.publish(STREAM, feed.opened())
        for packet in feed.seconds(seconds):
            site.hub.publish(STREAM, packet)
        await site.settle()
        return await site.segments(STREAM)


async def forget(root: Path, statement: str, **values: int) -> None:
    """Let the catalogue forget rows that were never committed."""
    database = Database.open(f"sqlite:///{root / 'vedette.db'}")
    await database.write(lambda at: at.execute(text(statement), values))
    await database.close()


async def checked(site: Site) -> list[Segment]:
    """The segments, each finished and equal to its rows."""
    for verdict in await site.verdicts(STREAM):
        assert verdict.findings == ()
        assert verdict.segment.state is SegmentState.FINISHED
    return await site.segments(STREAM)


def test_a_torn_tail_is_cut_off(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 10.04)
        assert segment.state is SegmentState.WRITING
        with (tmp_path / "disk" / segment.path).open("ab") as file:
            file.write(b"\0\0\0\x20prft half a fragment")
        async with running(tmp_path, [CAMERA]) as site:
            (mended,) = await checked(site)
            assert (mended.bytes, mended.frames) == (segment.bytes, 250)
            assert (tmp_path / "disk" / segment.path).stat().st_size == segment.bytes

    asyncio.run(story())


def test_whole_fragments_without_a_row_get_theirs_back(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 10.04)
        async with running(tmp_path, [], stop=False) as site:
            before = await site.fragments(STREAM)
        # As if the last two commits had never happened.
        third = before[3]
        await forget(
            tmp_path, "DELETE FROM fragment WHERE start_us >= :start", start=third.start_us
        )
        await forget(
            tmp_path,
            "UPDATE segment SET bytes = :end, frames = 150, finished = 0, end_us = :start",
            end=third.offset,
            start=third.start_us,
        )
        async with running(tmp_path, [CAMERA]) as site:
            (mended,) = await checked(site)
            assert await site.fragments(STREAM) == before
            assert (mended.bytes, mended.frames, mended.end_us) == (
                segment.bytes,
                250,
                segment.end_us,
            )

    asyncio.run(story())


def test_a_file_that_never_made_it_into_the_catalogue_is_adopted(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 10.04)
        async with running(tmp_path, [], stop=False) as site:
            before = await site.fragments(STREAM)
            (segment,) = await site.segments(STREAM)
        stump = (tmp_path / "disk" / segment.path).with_name("120000-999999.mp4")
        data = (tmp_path / "disk" / segment.path).read_bytes()
        stump.write_bytes(data[:2000])
        (tmp_path / "disk" / segment.path).with_name("notes.txt").write_text("mine")
        for table in ("fragment", "segment", "stream"):
            await forget(tmp_path, f"DELETE FROM {table}")  # noqa: S608  our own three names
        async with running(tmp_path, [CAMERA]) as site:
            (adopted,) = await checked(site)
            assert adopted == segment
            assert await site.fragments(STREAM) == before
        assert not stump.exists()
        assert (tmp_path / "disk" / segment.path).with_name("notes.txt").exists()

    asyncio.run(story())


def test_an_erasure_that_was_begun_is_finished(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 10.04)
        async with running(tmp_path, [], stop=False) as site:
            (segment,) = await site.segments(STREAM)
            await site.catalog.condemn(ORGANISATION, [segment])
        assert (tmp_path / "disk" / segment.path).exists()
        async with running(tmp_path, [CAMERA]) as site:
            assert await site.segments(STREAM) == []
            volume = segment.volume
            assert await site.catalog.unfinished(ORGANISATION, volume) == []
        assert not (tmp_path / "disk" / segment.path).exists()

    asyncio.run(story())


def test_a_vanished_file_is_dropped_from_the_catalogue(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 10.04)
        (tmp_path / "disk" / segment.path).unlink()
        async with running(tmp_path, [CAMERA]) as site:
            assert await site.segments(STREAM) == []

    asyncio.run(story())


def test_a_worker_mends_only_its_own_cameras(tmp_path: Path) -> None:
    async def story() -> None:
        (segment,) = await record(tmp_path, 4.04)
        other = some_camera("other").key(StreamRole.MAIN)
        async with running(tmp_path, [], stop=False) as site:
            row = await site.catalog.format(ORGANISATION, segment.format_id)
            theirs = Segment(other, 1, 2, "r", segment.volume, "x/y.mp4", row.id, 10, 1, 0)
            await site.catalog.commit(ORGANISATION, FootageBatch((row,), (theirs,)))
        async with running(tmp_path, [CAMERA], sole=False) as site:
            left = await site.catalog.unfinished(ORGANISATION, segment.volume)
            assert [one.stream for one in left] == [other]

    asyncio.run(story())
