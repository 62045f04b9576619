"""What every storage driver must do."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from vedette.base.errors import NotFound
from vedette.storage.drivers.local import LocalVolume
from vedette.storage.drivers.memory import MemoryVolume
from vedette.storage.ports import VOLUMES, Append, Appended, Volume, VolumeRequest

MAKE: dict[str, Callable[[VolumeRequest], Volume]] = {
    "local": LocalVolume,
    "memory": MemoryVolume,
}
PATH = "org/cam/main/2026/05/01/120000-000000.mp4"

Story = Callable[[Volume], Awaitable[None]]


def test_every_driver_is_tested() -> None:
    assert sorted(MAKE) == VOLUMES.names()


@pytest.fixture(params=sorted(MAKE))
def on_volume(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Story], None]:
    def run(story: Story) -> None:
        async def main() -> None:
            volume = MAKE[request.param](VolumeRequest(tmp_path / "volume", "installation"))
            await volume.open()
            try:
                await story(volume)
            finally:
                await volume.close()

        asyncio.run(main())

    return run


class Writing:
    """Appends to files and keeps the answers."""

    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.answers: list[tuple[Append, Appended]] = []
        self.lengths: dict[str, int] = {}

    def append(self, path: str, *parts: bytes, hashed_from: int = 0) -> None:
        size = sum(map(len, parts))
        offset = self.lengths.get(path, 0)
        self.lengths[path] = offset + size
        append = Append(path, offset, parts, size, self.done, hashed_from)
        self.volume.append(append)

    def done(self, append: Append, answer: Appended) -> None:
        self.answers.append((append, answer))


def test_appends_are_answered_in_order_with_their_hash(on_volume: Callable[[Story], None]) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        writing.append(PATH, b"head", b"one", hashed_from=1)
        for index in range(2000):
            writing.append(PATH, b"x" * index, b"y")
        await volume.flush()
        assert [append.offset for append, _ in writing.answers] == sorted(
            append.offset for append, _ in writing.answers
        )
        assert len(writing.answers) == 2001
        for append, answer in writing.answers:
            expected = hashlib.sha256(b"".join(append.parts[append.hashed_from :])).digest()
            assert (answer.error, answer.sha256) == (None, expected)
        assert await volume.size(PATH) == writing.lengths[PATH]
        content = b"".join(b"".join(append.parts) for append, _ in writing.answers)
        assert await volume.read(PATH, 0, len(content) + 10) == content
        assert await volume.read(PATH, 4, 3) == b"one"
        assert volume.id

    on_volume(story)


def test_many_parts_in_one_append(on_volume: Callable[[Story], None]) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        writing.append(PATH, *[bytes([index & 255]) for index in range(5000)])
        await volume.flush()
        assert await volume.size(PATH) == 5000

    on_volume(story)


def test_a_wrong_offset_fails_and_changes_nothing(on_volume: Callable[[Story], None]) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        writing.append(PATH, b"one")
        volume.append(Append(PATH, 7, [b"two"], 3, writing.done))
        await volume.flush()
        assert [answer.error is None for _, answer in writing.answers] == [True, False]
        assert await volume.read(PATH, 0, 100) == b"one"

    on_volume(story)


def test_files_are_found_cut_and_erased(on_volume: Callable[[Story], None]) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        second = "org/cam/main/2026/05/02/120000-000000.mp4"
        for path in (PATH, second):
            writing.append(path, b"0123456789")
        await volume.flush()
        for path in (PATH, second):
            volume.close_file(path)
        await volume.flush()
        assert await volume.folders("org/cam/main/2026/05") == ["01", "02"]
        assert await volume.folders("org/nobody") == []
        (file,) = await volume.files("org/cam/main/2026/05/01")
        assert (file.path, file.bytes) == (PATH, 10)
        await volume.truncate(PATH, 4)
        assert await volume.read(PATH, 0, 100) == b"0123"
        await volume.erase([PATH, second])
        await volume.erase([PATH])
        assert await volume.folders("org/cam/main/2026/05") == []
        assert await volume.files("org/cam/main/2026/05/01") == []
        with pytest.raises(NotFound):
            await volume.size(PATH)
        # The folders that went along come back when they are needed.
        writing.lengths.clear()
        writing.append(PATH, b"again")
        await volume.flush()
        assert await volume.size(PATH) == 5

    on_volume(story)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../secret", "org/../../secret", "org//x", "org/.hidden", "a\\b", "a\0b",
     "org/./x", "/".join("x" * 40)],
)  # fmt: skip
def test_no_path_leaves_the_volume(on_volume: Callable[[Story], None], path: str) -> None:
    async def story(volume: Volume) -> None:
        with pytest.raises(NotFound):
            volume.path(path)
        with pytest.raises(NotFound):
            await volume.read(path, 0, 1)
        with pytest.raises(NotFound):
            await volume.erase([path])

    on_volume(story)


def test_space_and_writing_time_are_known(on_volume: Callable[[Story], None]) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        writing.append(PATH, b"x")
        await volume.flush()
        space = await volume.space()
        assert 0 < space.free_bytes <= space.total_bytes
        assert volume.write_ms > 0

    on_volume(story)


def test_after_closing_appends_are_refused_and_answered(
    on_volume: Callable[[Story], None],
) -> None:
    async def story(volume: Volume) -> None:
        writing = Writing(volume)
        writing.append(PATH, b"kept")
        await volume.close()
        writing.append(PATH, b"late")
        await asyncio.sleep(0)
        assert [answer.error is None for _, answer in writing.answers] == [True, False]
        await volume.close()

    on_volume(story)
