"""The MP4 writer at its limits: long offsets, long times, a header that outgrew its room."""

import asyncio
import struct
from pathlib import Path

import pytest

from tests.unit.export.films import NOON, boxes_of, told, watch
from vedette.export.film import Film
from vedette.media.boxes import Box, boxes
from vedette.media.mp4 import Edit, SampleTable, Track, moov, read_entries
from vedette.model.camera import StreamRole
from vedette.testing.house import House
from vedette.testing.numbered import numbered_clip


def find(data: bytes, *path: bytes) -> bytes:
    """The first box along a path, header included."""
    at = Box(b"", 0, 0, len(data))
    for kind in path:
        at = next(one for one in boxes(data, at.body, at.end) if one.kind == kind)
    return data[at.start : at.end]


@pytest.mark.parametrize("room", [8, 300, 100_000])
def test_a_header_finds_its_place_whatever_was_expected(tmp_path: Path, room: int) -> None:
    async def story(house: House) -> None:
        segment = await house.record(numbered_clip(160, 96, frames=30), NOON)
        stream = house.camera.key(StreamRole.MAIN)
        rows = await house.catalog.fragments(stream.organisation, stream, NOON, 2 * NOON)
        row = await house.catalog.format(stream.organisation, segment.format_id)
        reader = house.volumes.reader(segment.volume)
        path = tmp_path / "film.mp4"
        film = Film(
            path, read_entries(row.init)[0], None, start_us=rows[0].start_us, room_bytes=room
        )
        placed = []
        for one in rows:
            data = await reader.read(segment.path, one.offset, one.size)
            placed.append(film.append(one, data))
        shown = await asyncio.to_thread(film.finish)
        assert boxes_of(path)[:2] == ["ftyp", "moov"]
        assert [one.number for one in watch(path)] == list(range(30))
        assert placed[0] is not None
        whole = path.read_bytes()
        first = shown.payload_at + placed[0].offset
        assert struct.unpack_from(">Q", whole, shown.payload_at - 8)[0] == 16 + len(whole) - first

    told(tmp_path, story)
    assert not list(tmp_path.glob("*.anew"))


def entry_of(folder: Path) -> list[SampleTable]:
    found: list[SampleTable] = []

    async def story(house: House) -> None:
        segment = await house.record(numbered_clip(160, 96, frames=10), NOON)
        row = await house.catalog.format(house.camera.organisation, segment.format_id)
        found.append(SampleTable(read_entries(row.init)[0]))

    told(folder, story)
    return found


def test_beyond_four_gibibytes_and_thirteen_hours_numbers_have_64_bits(tmp_path: Path) -> None:
    (table,) = entry_of(tmp_path)
    hours = 90_000 * 3600
    for number in range(20):
        table.add_chunk(number * 400_000_000, [400_000_000], [hours], [0], [True])
    movie = moov([Track(table, (Edit(20 * hours, 0),))], 90_000, NOON, 1000)
    trak = (b"moov", b"trak")
    stbl = (*trak, b"mdia", b"minf", b"stbl")
    places = find(movie, *stbl, b"co64")
    assert struct.unpack(">20Q", places[16:]) == tuple(n * 400_000_000 + 1000 for n in range(20))
    for path in ((b"moov", b"mvhd"), (*trak, b"tkhd"), (*trak, b"mdia", b"mdhd")):
        assert find(movie, *path)[8] == 1, path
    edits = find(movie, *trak, b"edts", b"elst")
    assert struct.unpack_from(">Qq", edits, 16) == (20 * hours, 0)
    assert find(movie, *stbl, b"stts")[12:] == struct.pack(">III", 1, 20, hours)


def test_small_files_keep_to_32_bits(tmp_path: Path) -> None:
    (table,) = entry_of(tmp_path)
    table.add_chunk(0, [10, 20], [100, 100], [5, -5], [True, False])
    table.end_last_sample(300)
    assert table.media_duration == 400
    movie = moov([Track(table, (Edit(400, 5),))], 90_000, NOON, 1000)
    stbl = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    assert find(movie, *stbl, b"stco")[12:] == struct.pack(">II", 1, 1000)
    assert find(movie, *stbl, b"stts")[12:] == struct.pack(">IIIII", 2, 1, 100, 1, 300)
    assert find(movie, *stbl, b"ctts")[8:] == struct.pack(">IIIiIi", 1 << 24, 2, 1, 5, 1, -5)
    assert find(movie, *stbl, b"stss")[12:] == struct.pack(">II", 1, 1)
