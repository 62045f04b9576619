"""What the store of walls must do, on SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, ConfigError, Conflict, NotFound, Outdated
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.wall import Cell, CellKind, Wall
from vedette.walls import WallStore

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]

CHEAP = AccountSettings(hash_memory_kib=8, hash_passes=1, hash_lanes=1)


@dataclass(frozen=True)
class Office:
    """An organisation with two people and a camera."""

    organisation: str
    ann: str
    bob: str
    camera: str
    cameras: CameraStore

    def wall(self, owner: str | None = None, name: str = "Night watch") -> Wall:
        cells = (
            Cell(0, 0, CellKind.CAMERA, (self.camera,), w=2, h=2),
            Cell(2, 0, CellKind.SEQUENCE, (self.camera,), dwell_s=10),
            Cell(2, 1, CellKind.SPOT),
        )
        return Wall(new_id(), self.organisation, owner, name, 3, 2, cells, 1, 7, 7)


async def some_office(database: Database, folder: Path) -> Office:
    organisation = new_id()
    accounts = Accounts(database, SystemClock(), CHEAP)
    await accounts.ensure_organisation(organisation, "Somebody")
    people = [
        (await accounts.create_person(organisation, f"{name} {new_id()}", "correct horse")).id
        for name in ("Ann", "Bob")
    ]
    cameras = CameraStore(database, Sealer(folder / "key"))
    streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
    camera = await cameras.add(organisation, Camera(new_id(), organisation, "Gate", streams), None)
    return Office(organisation, people[0], people[1], camera.id, cameras)


def test_a_wall_is_kept_changed_and_forgotten(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann = office.organisation, office.ann
        wall = office.wall()
        assert await store.add(ours, ann, replace(wall, revision=9)) == wall
        assert await store.get(ours, ann, wall.id) == wall
        wider = replace(wall, columns=4, name="Day watch", changed_us=8, created_us=9)
        changed = await store.update(ours, ann, wider)
        assert changed == replace(wider, revision=2, created_us=7)
        assert await store.list(ours, ann) == [changed]
        assert await store.remove(ours, ann, wall.id, 2) == changed
        assert await store.list(ours, ann) == []
        for gone in (
            store.get(ours, ann, wall.id),
            store.update(ours, ann, changed),
            store.remove(ours, ann, wall.id),
        ):
            with pytest.raises(NotFound):
                await gone

    on_database(story)


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann, bob = office.organisation, office.ann, office.bob
        wall = await store.add(ours, ann, office.wall())
        answers = await asyncio.gather(
            *(
                store.update(ours, who, replace(wall, columns=columns))
                for who, columns in ((ann, 4), (bob, 5), (ann, 6))
            ),
            return_exceptions=True,
        )
        kept = [one for one in answers if isinstance(one, Wall)]
        assert len(kept) == 1
        assert sum(isinstance(one, Outdated) for one in answers) == 2
        assert await store.get(ours, ann, wall.id) == kept[0]
        with pytest.raises(Outdated, match="somebody else meanwhile; look at it"):
            await store.remove(ours, bob, wall.id, 1)
        assert (await store.remove(ours, bob, wall.id, 2)).revision == 2

    on_database(story)


def test_a_private_wall_is_its_owners_alone_until_it_is_shared(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann, bob = office.organisation, office.ann, office.bob
        wall = await store.add(ours, ann, office.wall(ann))
        assert await store.list(ours, bob) == []
        for hidden in (
            store.get(ours, bob, wall.id),
            store.update(ours, bob, replace(wall, owner=None)),
            store.update(ours, bob, replace(wall, owner=bob)),
            store.remove(ours, bob, wall.id),
        ):
            with pytest.raises(NotFound):
                await hidden
        with pytest.raises(BadRequest, match="somebody else's own"):
            await store.add(ours, bob, office.wall(ann, "For Ann"))
        # The same name is no trouble where nobody sees both.
        await store.add(ours, bob, office.wall(bob))
        shared = await store.update(ours, ann, replace(wall, owner=None))
        assert shared in await store.list(ours, bob)
        with pytest.raises(BadRequest, match="taken away from the others"):
            await store.update(ours, bob, replace(shared, owner=bob, name="Mine now"))

    on_database(story)


def test_names_are_unique_among_the_shared_and_among_ones_own(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann, bob = office.organisation, office.ann, office.bob
        await store.add(ours, ann, office.wall())
        await store.add(ours, ann, office.wall(ann))
        with pytest.raises(Conflict, match="a shared wall named 'Night watch'; choose another"):
            await store.add(ours, bob, office.wall())
        with pytest.raises(Conflict, match="a wall of yours named"):
            await store.add(ours, ann, office.wall(ann))
        other = await store.add(ours, ann, office.wall(ann, "Other"))
        with pytest.raises(Conflict, match="a wall of yours"):
            await store.update(ours, ann, replace(other, name=" Night watch"))
        with pytest.raises(Conflict, match="a shared wall"):
            await store.update(ours, ann, replace(other, name="Night watch", owner=None))

    on_database(story)


def test_a_removed_camera_keeps_its_place_and_cannot_be_put_elsewhere(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann = office.organisation, office.ann
        wall = await store.add(ours, ann, office.wall())
        await office.cameras.remove(ours, office.camera)
        renamed = await store.update(ours, ann, replace(wall, name="Renamed"))
        assert renamed.cells == wall.cells
        with pytest.raises(BadRequest, match="there is no camera"):
            await store.add(ours, ann, office.wall(name="Another"))
        foreign = await some_office(database, tmp_path)
        borrowed = Cell(0, 0, CellKind.CAMERA, (foreign.camera,))
        with pytest.raises(BadRequest, match="there is no camera"):
            await store.update(ours, ann, replace(renamed, cells=(borrowed,)))

    on_database(story)


def test_a_persons_own_walls_go_with_the_person(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        ours, ann = office.organisation, office.ann
        await store.add(ours, ann, office.wall(ann))
        shared = await store.add(ours, ann, office.wall())
        await database.write(
            lambda at: at.execute(delete(schema.person).where(schema.person.c.id == ann))
        )
        assert await store.list(ours, ann) == [shared]
        with pytest.raises(NotFound, match="no person"):
            await store.add(ours, ann, office.wall(None, "Late"))

    on_database(story)


def test_cells_that_nobody_understands_are_named_not_shown(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        store, office = WallStore(database), await some_office(database, tmp_path)
        wall = await store.add(office.organisation, office.ann, office.wall())
        table = schema.wall
        await database.write(
            lambda at: at.execute(
                update(table).where(table.c.id == wall.id).values(cells='[{"x": "left"}]')
            )
        )
        with pytest.raises(ConfigError, match=r"'Night watch'.*remove it and make it again"):
            await store.get(office.organisation, office.ann, wall.id)

    on_database(story)
