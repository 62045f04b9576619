"""A ZIP file whose bytes are computed: whole, in pieces, and beyond the old limits."""

import io
import zipfile
import zlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vedette.export.archive import Archive, Member

MADE = datetime(2026, 5, 1, 12, 0, 2, tzinfo=UTC)
CONTENTS = (b"", b"a" * 10, b"bcd" * 1000)


def archive() -> Archive:
    return Archive(
        [Member(f"ordner/{n}_ä.mp4", len(one), zlib.crc32(one)) for n, one in enumerate(CONTENTS)],
        MADE,
    )


def read(made: Archive, offset: int, size: int) -> bytes:
    return b"".join(
        one.literal if one.member < 0 else CONTENTS[one.member][one.offset : one.offset + one.size]
        for one in made.pieces(offset, size)
    )


def test_others_can_read_it() -> None:
    made = archive()
    whole = read(made, 0, made.size)
    assert len(whole) == made.size
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        for number, one in enumerate(CONTENTS):
            assert opened.read(f"ordner/{number}_ä.mp4") == one
        assert opened.infolist()[0].date_time == (2026, 5, 1, 12, 0, 2)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_any_piece_of_it_is_that_piece_of_the_whole(offset: int, size: int) -> None:
    made = archive()
    whole = read(made, 0, made.size)
    assert read(made, offset, size) == whole[offset : offset + size]


class Sparse(io.RawIOBase):
    """The archive as a file, its members full of zeros."""

    def __init__(self, made: Archive) -> None:
        self._made, self._at = made, 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, self._made.size)[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            size = self._made.size - self._at
        parts = [
            one.literal if one.member < 0 else bytes(one.size)
            for one in self._made.pieces(self._at, size)
        ]
        self._at += size
        return b"".join(parts)


def test_large_files_and_many_take_zip64() -> None:
    large = 6 * 1000**3
    members = [Member(f"{n}.mp4", large, 7) for n in range(3)]
    members += [Member(f"small-{n}", 4, zlib.crc32(bytes(4))) for n in range(70_000)]
    made = Archive(members, MADE)
    with zipfile.ZipFile(Sparse(made)) as opened:  # pyright: ignore[reportArgumentType]
        listed = opened.infolist()
        assert [one.file_size for one in listed[:3]] == [large] * 3
        assert listed[2].header_offset > 2 * large
        assert len(listed) == len(members)
        assert opened.read("small-69999") == bytes(4)
