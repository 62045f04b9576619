"""What the store of bookmarks must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, NotFound
from vedette.base.ids import new_id
from vedette.bookmarks import BookmarkQuery, BookmarkStore
from vedette.cameras import CameraStore
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.bookmark import Bookmark
from vedette.model.camera import Camera, StreamRole, StreamSource

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]


async def at_home(database: Database, folder: Path) -> tuple[str, Camera, Camera]:
    """An organisation with two cameras."""
    organisation = new_id()
    accounts = Accounts(database, SystemClock(), AccountSettings())
    await accounts.ensure_organisation(organisation, "Somebody")
    cameras = CameraStore(database, Sealer(folder / "key"))
    streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
    gate, yard = (Camera(new_id(), organisation, name, streams) for name in ("Gate", "Yard"))
    for camera in (gate, yard):
        await cameras.add(organisation, camera, None)
    return organisation, gate, yard


def mark(camera: Camera, start_us: int, title: str = "Van", **more: object) -> Bookmark:
    made = Bookmark(new_id(), camera.organisation, (camera.id,), start_us, start_us, title)
    return replace(made, **more)  # pyright: ignore[reportArgumentType]


def test_a_bookmark_is_kept_changed_and_forgotten(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store = BookmarkStore(database)
        us, gate, yard = await at_home(database, tmp_path)
        van = mark(gate, 5, person="p", person_name="Anna", note="white", created_us=7)
        assert await store.add(us, van) == van
        assert await store.get(us, van.id) == van
        both = replace(van, cameras=(yard.id, gate.id), end_us=99, title="Two vans")
        stolen = replace(both, person="q", person_name="Ben", created_us=1)
        assert await store.update(us, stolen) == both, "who made it and when stays"
        assert await store.get(us, van.id) == both
        await store.remove(us, van.id)
        assert await store.find(us, BookmarkQuery()) == []
        for gone in (store.get(us, van.id), store.update(us, van), store.remove(us, van.id)):
            with pytest.raises(NotFound):
                await gone

    on_database(story)


def test_bookmarks_are_found_by_camera_time_and_text(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store = BookmarkStore(database)
        us, gate, yard = await at_home(database, tmp_path)
        van = mark(gate, 10, "White VAN", note="at the Straße", person_name="Anna")
        fight = mark(yard, 20, "Fight", end_us=40)
        late = mark(yard, 50, "100 % sure", note="a_b")
        for one in (van, fight, late):
            await store.add(us, one)

        async def found(**asked: object) -> list[str]:
            query = BookmarkQuery(**asked)  # pyright: ignore[reportArgumentType]
            return [one.title for one in await store.find(us, query)]

        assert await found() == ["100 % sure", "Fight", "White VAN"]
        assert await found(cameras=[gate.id]) == ["White VAN"]
        assert await found(cameras=[gate.id, yard.id], start_us=40) == ["100 % sure", "Fight"]
        assert await found(start_us=10, end_us=20) == ["White VAN"]
        assert await found(end_us=10) == []
        assert await found(text="van strasse") == ["White VAN"]
        assert await found(text="ANNA") == ["White VAN"]
        assert await found(text="van fight") == []
        assert await found(text="%") == ["100 % sure"]
        assert await found(text="a_b") == ["100 % sure"]
        assert await found(text="axb") == []

    on_database(story)


def test_pages_follow_one_another_also_within_one_microsecond(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store = BookmarkStore(database)
        us, gate, _ = await at_home(database, tmp_path)
        made = [await store.add(us, mark(gate, number // 3, str(number))) for number in range(10)]
        seen: list[Bookmark] = []
        before = None
        while page := await store.find(us, BookmarkQuery(before=before, limit=3)):
            seen += page
            before = page[-1].start_us, page[-1].id
        assert len(seen) == len(made)
        assert {one.id for one in seen} == {one.id for one in made}

    on_database(story)


def test_a_bookmark_is_of_cameras_that_there_are(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store = BookmarkStore(database)
        us, gate, _ = await at_home(database, tmp_path)
        them, theirs, _ = await at_home(database, tmp_path)
        for cameras in ((theirs.id,), (gate.id, new_id())):
            with pytest.raises(NotFound, match="no camera"):
                await store.add(us, replace(mark(gate, 1), cameras=cameras))
        with pytest.raises(BadRequest):
            await store.add(us, mark(theirs, 1))
        assert await store.find(us, BookmarkQuery()) == []
        assert await store.find(them, BookmarkQuery()) == []

    on_database(story)


def test_a_bookmark_outlives_its_camera(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store = BookmarkStore(database)
        us, gate, _ = await at_home(database, tmp_path)
        van = await store.add(us, mark(gate, 1))
        cameras = CameraStore(database, Sealer(tmp_path / "key"))
        await cameras.remove(us, gate.id)
        assert await store.get(us, van.id) == van
        await cameras.forget_removed(us, gate.id)
        assert await store.get(us, van.id) == van

    on_database(story)
