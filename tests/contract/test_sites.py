"""What the stores of sites, floors and places must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.site import Floor, Placement, Site
from vedette.sites import FloorStore, PlacementStore, SiteStore
from vedette.testing.pictures import picture

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]


async def fresh_organisation(database: Database) -> str:
    organisation = new_id()
    accounts = Accounts(database, SystemClock(), AccountSettings())
    await accounts.ensure_organisation(organisation, "Somebody")
    return organisation


def some_site(organisation: str, name: str = "North school") -> Site:
    return Site(new_id(), organisation, name, "Europe/Vienna", "1 Lane\nVienna", 48.2, 16.25, 7)


def some_camera(organisation: str, name: str, site: str | None) -> Camera:
    streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
    return Camera(new_id(), organisation, name, streams, site=site)


def test_a_site_is_added_changed_and_removed(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        store, organisation = SiteStore(database), await fresh_organisation(database)
        site, depot = some_site(organisation), some_site(organisation, "Depot")
        assert await store.add(organisation, site) == site
        await store.add(organisation, depot)
        assert await store.list(organisation) == [depot, site]
        assert await store.get(organisation, site.id) == site
        changed = replace(site, name="South school", latitude=None, longitude=None)
        assert await store.update(organisation, replace(changed, created_us=9)) == changed
        assert await store.get(organisation, site.id) == changed
        await store.remove(organisation, site.id)
        assert await store.list(organisation) == [depot]
        for gone in (
            store.get(organisation, site.id),
            store.update(organisation, changed),
            store.remove(organisation, site.id),
        ):
            with pytest.raises(NotFound):
                await gone

    on_database(story)


def test_names_are_unique_within_an_organisation_only(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        store = SiteStore(database)
        ours, theirs = [await fresh_organisation(database) for _ in range(2)]
        await store.add(ours, some_site(ours))
        await store.add(theirs, some_site(theirs))
        with pytest.raises(Conflict, match="choose another name"):
            await store.add(ours, some_site(ours, " North school "))
        other = await store.add(ours, some_site(ours, "Depot"))
        with pytest.raises(Conflict, match="choose another name"):
            await store.update(ours, replace(other, name="North school"))
        with pytest.raises(BadRequest, match="does not belong"):
            await store.add(ours, some_site(theirs, "Theirs"))
        with pytest.raises(NotFound, match="no organisation"):
            await store.add(stranger := new_id(), some_site(stranger))

    on_database(story)


def test_a_site_with_cameras_stays_and_says_what_to_do(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        sites, cameras = SiteStore(database), CameraStore(database, Sealer(tmp_path / "key"))
        organisation = await fresh_organisation(database)
        site = await sites.add(organisation, some_site(organisation))
        here = [
            await cameras.add(organisation, some_camera(organisation, f"Gate {n}", site.id), None)
            for n in range(5)
        ]
        with pytest.raises(Conflict, match=r"'Gate 0', 'Gate 1', 'Gate 2' and 2 more; move them"):
            await sites.remove(organisation, site.id)
        for camera in here[1:]:
            await cameras.remove(organisation, camera.id)
        with pytest.raises(Conflict, match=r"'Gate 0'; move"):
            await sites.remove(organisation, site.id)
        await cameras.update(organisation, replace(here[0], site=None))
        await sites.remove(organisation, site.id)
        assert {one.site for one in await cameras.removed(organisation)} == {None}

    on_database(story)


def test_a_camera_is_at_a_site_of_its_own_organisation(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        sites, cameras = SiteStore(database), CameraStore(database, Sealer(tmp_path / "key"))
        ours, theirs = [await fresh_organisation(database) for _ in range(2)]
        foreign = await sites.add(theirs, some_site(theirs))
        home = await sites.add(ours, some_site(ours))
        camera = await cameras.add(ours, some_camera(ours, "Gate", home.id), None)
        assert (await cameras.get(ours, camera.id)).site == home.id
        for site in (foreign.id, new_id()):
            with pytest.raises(NotFound, match="there is no site"):
                await cameras.add(ours, some_camera(ours, "Yard", site), None)
            with pytest.raises(NotFound, match="there is no site"):
                await cameras.update(ours, replace(camera, site=site))

    on_database(story)


async def furnished(database: Database, folder: Path) -> tuple[Site, Camera]:
    organisation = await fresh_organisation(database)
    site = await SiteStore(database).add(organisation, some_site(organisation))
    cameras = CameraStore(database, Sealer(folder / "key"))
    return site, await cameras.add(organisation, some_camera(organisation, "Gate", site.id), None)


def some_floor(site: Site, name: str = "Ground", level: int = 0) -> Floor:
    return Floor(new_id(), site.organisation, site.id, "Main", level, name, created_us=5)


def test_floors_are_kept_with_their_plans(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        store = FloorStore(database)
        site, _ = await furnished(database, tmp_path)
        owner = site.organisation
        ground, cellar = some_floor(site), some_floor(site, "Cellar", -1)
        for floor in (ground, cellar):
            assert await store.add(owner, floor) == floor
        assert await store.list(owner) == [cellar, ground]
        with pytest.raises(Conflict, match="choose another name"):
            await store.add(owner, some_floor(site))
        with pytest.raises(NotFound, match="no site"):
            await store.add(owner, replace(some_floor(site, "Roof"), site=new_id()))
        with pytest.raises(NotFound, match="no plan"):
            await store.plan(owner, ground.id)
        first, second = picture("image/png"), picture("image/webp", 40, 30)
        with_plan = await store.set_plan(owner, ground.id, first)
        assert with_plan.plan is not None
        assert (await store.plan(owner, ground.id)) == (with_plan.plan, first)
        # Two floors may show the same picture; it stays until the last one lets it go.
        await store.set_plan(owner, cellar.id, first)
        await store.set_plan(owner, ground.id, second)
        assert (await store.plan(owner, cellar.id))[1] == first
        assert (await store.plan(owner, ground.id))[1] == second
        with pytest.raises(BadRequest, match="PNG, JPEG or WebP"):
            await store.set_plan(owner, ground.id, b"<svg/>")
        renamed = await store.update(owner, replace(with_plan, name="Street", level=1))
        assert (renamed.name, renamed.level) == ("Street", 1)
        assert renamed.plan is not None, "a change of the name leaves the plan"
        await store.remove(owner, cellar.id)
        count = await database.read(
            lambda at: at.execute(
                select(func.count())
                .select_from(schema.floor_plan)
                .where(schema.floor_plan.c.organisation == owner)
            ).scalar_one()
        )
        assert count == 1
        for gone in (store.get(owner, cellar.id), store.remove(owner, cellar.id)):
            with pytest.raises(NotFound):
                await gone

    on_database(story)


def test_a_camera_is_placed_moved_and_taken_off(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        floors, store = FloorStore(database), PlacementStore(database)
        site, camera = await furnished(database, tmp_path)
        owner = site.organisation
        floor = await floors.add(owner, some_floor(site))
        outside = Placement(owner, camera.id, 45.0, 70.0, latitude=1.5, longitude=2.5, range_m=30.0)
        inside = Placement(owner, camera.id, 0.0, 360.0, floor=floor.id, x=0, y=1, range_widths=0.2)
        assert await store.list(owner) == []
        assert await store.put(owner, outside) == outside
        assert await store.list(owner) == [outside]
        await store.put(owner, replace(inside, direction_deg=-90))
        assert await store.list(owner) == [replace(inside, direction_deg=270)]
        await store.remove(owner, camera.id)
        assert await store.list(owner) == []
        with pytest.raises(NotFound, match="placed nowhere"):
            await store.remove(owner, camera.id)
        with pytest.raises(NotFound, match="no camera"):
            await store.put(owner, replace(outside, camera=new_id()))
        with pytest.raises(NotFound, match="no floor"):
            await store.put(owner, replace(inside, floor=new_id()))

    on_database(story)


def test_a_place_goes_with_its_floor_its_site_and_its_camera(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        sites, floors, store = SiteStore(database), FloorStore(database), PlacementStore(database)
        cameras = CameraStore(database, Sealer(tmp_path / "key"))
        site, camera = await furnished(database, tmp_path)
        owner = site.organisation
        other = await sites.add(owner, some_site(owner, "Depot"))
        floor = await floors.add(owner, some_floor(site))
        elsewhere = await floors.add(owner, some_floor(other))
        here = Placement(owner, camera.id, floor=floor.id, x=0.5, y=0.5, range_widths=0.1)
        with pytest.raises(Conflict, match="give the camera that site first"):
            await store.put(owner, replace(here, floor=elsewhere.id))
        await store.put(owner, here)
        await cameras.update(owner, replace(camera, site=other.id))
        assert await store.list(owner) == [], "at another site it is on no floor of the old one"
        await cameras.update(owner, camera)
        assert await store.list(owner) == [here]
        await floors.remove(owner, floor.id)
        assert await store.list(owner) == []
        floor = await floors.add(owner, some_floor(site))
        await store.put(owner, replace(here, floor=floor.id))
        await cameras.remove(owner, camera.id)
        assert await store.list(owner) == []
        await floors.set_plan(owner, floor.id, picture())
        await sites.remove(owner, site.id)
        assert [one.id for one in await floors.list(owner)] == [elsewhere.id]

    on_database(story)
