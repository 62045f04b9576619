"""Sites over HTTP, and the camera that is at one."""

from pathlib import Path

import httpx

from tests.unit.api.asking import run_as_script
from vedette.base.ids import new_id
from vedette.bus.topics import CAMERA_CHANGED, SITE_CHANGED, CameraChanged, SiteChanged
from vedette.testing.house import House
from vedette.testing.pictures import picture

SITES = "/api/v1/sites"
FLOORS = "/api/v1/floors"
PLACEMENTS = "/api/v1/placements"
CAMERAS = "/api/v1/cameras"


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

    run_as_script(tmp_path, story)


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

    run_as_script(tmp_path, story)


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

    run_as_script(tmp_path, story)


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

    run_as_script(tmp_path, story)


async def a_floor(script: httpx.AsyncClient) -> tuple[str, str]:
    site = (await script.post(SITES, json={"name": "School"})).json()["id"]
    body = {"site": site, "name": "Ground", "building": "Main"}
    made = await script.post(FLOORS, json=body)
    assert made.status_code == 201
    return site, made.json()["id"]


def test_a_floor_gets_a_plan_that_browsers_show_as_a_picture_only(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[SiteChanged] = []
        site, floor = await a_floor(script)
        house.bus.subscribe(SITE_CHANGED, said.append)
        plan = f"{FLOORS}/{floor}/plan"
        assert (await script.get(plan)).status_code == 404
        data = picture("image/webp", 800, 500)
        kept = (await script.put(plan, content=data)).json()
        assert (kept["plan"]["media_type"], kept["plan"]["width_px"]) == ("image/webp", 800)
        shown = await script.get(plan)
        assert shown.content == data
        assert shown.headers["content-type"] == "image/webp"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in shown.headers["content-security-policy"]
        again = await script.get(plan, headers={"If-None-Match": shown.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert [(one.site, one.change.value) for one in said] == [(site, "changed")]
        (listed,) = (await script.get(FLOORS)).json()["floors"]
        assert listed == kept
        renamed = await script.patch(f"{FLOORS}/{floor}", json={"level": 2})
        assert renamed.json() == kept | {"level": 2}
        assert (await script.delete(f"{FLOORS}/{floor}")).status_code == 204
        assert (await script.get(FLOORS)).json() == {"floors": []}

    run_as_script(tmp_path, story)


def test_a_plan_may_be_larger_than_other_requests_and_not_endless(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        _site, floor = await a_floor(script)
        plan = f"{FLOORS}/{floor}/plan"
        large = picture() + bytes(1_000_000)
        assert (await script.put(plan, content=large)).status_code == 200
        assert (await script.put(plan, content=bytes(9_000_000))).status_code == 413
        svg = await script.put(plan, content=b"<svg onload='alert(1)'/>")
        assert svg.status_code == 400
        assert "PNG, JPEG or WebP" in svg.json()["detail"]
        assert (await script.patch(plan, content=large)).status_code == 413

    run_as_script(tmp_path, story)


def test_a_camera_is_placed_on_the_map_and_on_a_floor_of_its_site(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[CameraChanged] = []
        house.bus.subscribe(CAMERA_CHANGED, said.append)
        site, floor = await a_floor(script)
        place = f"{CAMERAS}/{house.camera.id}/placement"
        on_map = {"latitude": 48.2, "longitude": 16.4, "range_m": 30, "direction_deg": 400}
        placed = await script.put(place, json=on_map)
        assert placed.json()["direction_deg"] == 40
        assert (await script.get(PLACEMENTS)).json()["placements"] == [placed.json()]
        on_floor = {"floor": floor, "x": 0.1, "y": 0.9, "range_widths": 0.2}
        elsewhere = await script.put(place, json=on_floor)
        assert elsewhere.status_code == 409
        assert "give the camera that site first" in elsewhere.json()["detail"]
        await script.patch(f"{CAMERAS}/{house.camera.id}", json={"site": site})
        moved = (await script.put(place, json=on_floor)).json()
        assert (moved["floor"], moved["x"], moved["latitude"]) == (floor, 0.1, None)
        assert (await script.put(place, json={"latitude": 1})).status_code == 400
        assert (await script.put(place, json={**on_map, "view_deg": 0})).status_code == 422
        theirs = {"Authorization": f"Bearer {house.foreign_token}"}
        assert (await script.get(PLACEMENTS, headers=theirs)).json() == {"placements": []}
        assert (await script.put(place, json=on_map, headers=theirs)).status_code == 404
        assert (await script.delete(place)).status_code == 204
        assert (await script.delete(place)).status_code == 404
        assert (await script.get(PLACEMENTS)).json() == {"placements": []}
        assert len(said) == 4

    run_as_script(tmp_path, story)
