"""Sites over HTTP, and the camera that is at one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from vedette.base.ids import new_id
from vedette.bus.topics import SITE_CHANGED, SiteChanged
from vedette.testing.house import House, open_house

SITES = "/api/v1/sites"
CAMERAS = "/api/v1/cameras"


def run(folder: Path, story: Callable[[House, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with (
            open_house(folder) as house,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=house.app),
                base_url="http://vedette.test",
                headers={"Authorization": f"Bearer {house.token}"},
            ) as script,
        ):
            await story(house, script)

    asyncio.run(all_of_it())


def test_a_site_is_made_changed_listed_and_removed(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[SiteChanged] = []
        house.bus.subscribe(SITE_CHANGED, said.append)
        body = {"name": "School", "time_zone": "Europe/Vienna", "latitude": 48, "longitude": 16}
        made = await script.post(SITES, json=body)
        assert made.status_code == 201
        site = made.json()
        assert site | body == site
        assert (await script.get(f"{SITES}/{site['id']}")).json() == site
        changed = await script.patch(f"{SITES}/{site['id']}", json={"address": "1 Lane\nVienna"})
        assert changed.json() == site | {"address": "1 Lane\nVienna"}
        nowhere = {"latitude": None, "longitude": None, "name": None}
        forgotten = await script.patch(f"{SITES}/{site['id']}", json=nowhere)
        assert forgotten.json()["latitude"] is None
        assert forgotten.json()["name"] == "School"
        assert [one["name"] for one in (await script.get(SITES)).json()["sites"]] == ["School"]
        assert (await script.post(SITES, json=body)).status_code == 409
        assert (await script.delete(f"{SITES}/{site['id']}")).status_code == 204
        assert (await script.get(SITES)).json() == {"sites": []}
        assert [one.change.value for one in said] == ["added", "changed", "changed", "removed"]

    run(tmp_path, story)


def test_half_a_place_and_unknown_zones_are_refused(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        half = await script.post(SITES, json={"name": "S", "latitude": 1})
        assert half.status_code == 422
        assert "both latitude and longitude" in half.json()["detail"]
        zone = await script.post(SITES, json={"name": "S", "time_zone": "Mars/Olympus"})
        assert zone.status_code == 400
        assert "Europe/Vienna" in zone.json()["detail"]
        site = (await script.post(SITES, json={"name": "S"})).json()["id"]
        half = await script.patch(f"{SITES}/{site}", json={"latitude": 1})
        assert half.status_code == 400

    run(tmp_path, story)


def test_a_camera_moves_between_sites_and_holds_the_last_one(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        site = (await script.post(SITES, json={"name": "School"})).json()["id"]
        camera = f"{CAMERAS}/{house.camera.id}"
        assert (await script.get(camera)).json()["site"] is None
        assert (await script.patch(camera, json={"site": site})).json()["site"] == site
        # A change that does not name the site leaves it.
        assert (await script.patch(camera, json={"name": "Gate"})).json()["site"] == site
        held = await script.delete(f"{SITES}/{site}")
        assert held.status_code == 409
        assert "'Gate'; move them to another site" in held.json()["detail"]
        body = {"name": "Yard", "address": "rtsp://192.0.2.9/", "site": site}
        assert (await script.post(CAMERAS, json=body)).json()["site"] == site
        assert (await script.patch(camera, json={"site": new_id()})).status_code == 404
        assert (await script.patch(camera, json={"site": None})).json()["site"] is None

    run(tmp_path, story)


def test_another_organisation_sees_no_site_and_cannot_use_it(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        site = (await script.post(SITES, json={"name": "School"})).json()["id"]
        theirs = {"Authorization": f"Bearer {house.foreign_token}"}
        assert (await script.get(SITES, headers=theirs)).json() == {"sites": []}
        for answer in (
            await script.get(f"{SITES}/{site}", headers=theirs),
            await script.patch(f"{SITES}/{site}", json={"name": "Mine"}, headers=theirs),
            await script.delete(f"{SITES}/{site}", headers=theirs),
            await script.patch(
                f"{CAMERAS}/{house.foreign_camera.id}", json={"site": site}, headers=theirs
            ),
        ):
            assert answer.status_code == 404

    run(tmp_path, story)
