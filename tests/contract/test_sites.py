"""What the store of sites must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.site import Site
from vedette.sites import SiteStore

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
