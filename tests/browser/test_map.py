"""Stories of the map: cameras are placed on it and on a floor, and are found again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import _FLAGS, _open
from vedette.testing.pictures import picture
from vedette.testing.running import RunningServer
from vedette.testing.street_map import street_map

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 45_000
_SOFTWARE_GL = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One that draws WebGL2 in software, as no machine of ours need have a graphics card."""
    with sync_playwright() as playwright:
        flags = [one for one in _FLAGS if one != "--disable-gpu"]
        started = playwright.chromium.launch(
            executable_path=chromium, args=[*flags, *_SOFTWARE_GL, "--ignore-gpu-blocklist"]
        )
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, server: RunningServer, signed_in: Path) -> Iterator[Page]:
    size = {"width": 1280, "height": 800}
    # Without motion the map stands where it was sent, and is pressed there.
    yield from _open(
        browser, server, storage_state=signed_in, viewport=size, reduced_motion="reduce"
    )


def add_site(page: Page, name: str, latitude: str, longitude: str) -> None:
    page.get_by_role("button", name="Add a site").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Time zone").fill("Europe/Vienna")
    form.get_by_label("Latitude").fill(latitude)
    form.get_by_label("Longitude").fill(longitude)
    form.get_by_role("button", name="Add the site").click()
    expect(form).to_be_hidden()


def placement_of(page: Page, camera: str) -> dict[str, Any]:
    cameras = page.request.get("/api/v1/cameras").json()["cameras"]
    (found,) = [one["id"] for one in cameras if one["name"] == camera]
    placed = page.request.get("/api/v1/placements").json()["placements"]
    (place,) = [one for one in placed if one["camera"] == found]
    return place


def test_a_camera_is_placed_on_the_map_and_found_again(page: Page, server: RunningServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/map")
    add_site(page, "Town hall", "48.2108", "16.3569")
    page.get_by_role("button", name="Gate north").click()
    card = page.get_by_role("region", name="Gate north")
    card.get_by_label("Site").select_option(label="Town hall")
    card.get_by_role("button", name="Place on the map").click()
    canvas = page.locator(".maplibregl-canvas")
    expect(canvas).to_be_visible(timeout=SLOW_MS)
    canvas.click(position={"x": 300, "y": 300})
    mark = page.locator(".map-camera", has_text="Gate north")
    box, ground = mark.bounding_box(), canvas.bounding_box()
    assert box
    assert ground
    assert abs(box["x"] + box["width"] / 2 - ground["x"] - 300) < 4, "it went where was pressed"
    card.get_by_label("Looks towards").fill("90")
    card.get_by_label("Sees so far").fill("55")
    card.get_by_role("button", name="Save the place").click()
    expect(page.get_by_text("Gate north is placed.")).to_be_visible()
    place = placement_of(page, "Gate north")
    assert (place["direction_deg"], place["range_m"], place["floor"]) == (90, 55, None)
    assert abs(place["latitude"] - 48.2108) < 0.02

    # The other one finds it by the site's place in the list.
    page.goto("/map")
    site = page.get_by_role("button", name="Town hall", exact=False).first
    site.click()
    found = page.locator(".map-camera", has_text="Gate north")
    expect(found).to_be_visible(timeout=SLOW_MS)
    found.click()
    card = page.get_by_role("region", name="Gate north")
    expect(card.locator("video")).to_be_visible()
    card.get_by_role("link", name="Watch").click()
    page.wait_for_url("**/camera/*")
    assert {one.split("/", 3)[2] for one in asked if one.startswith("http")} == {
        server.url.split("/", 3)[2]
    }, "nothing is asked of anybody else"


def test_a_camera_is_placed_on_a_floor_with_the_keyboard(page: Page) -> None:
    page.goto("/map")
    add_site(page, "Depot", "", "")
    page.get_by_role("button", name="Add a floor").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Floor", exact=True).fill("Ground floor")
    form.get_by_label("Building").fill("Hall 2")
    plan = {"name": "plan.png", "mimeType": "image/png", "buffer": picture("image/png", 800, 500)}
    form.get_by_label("Plan").set_input_files(plan)  # pyright: ignore[reportArgumentType]
    form.get_by_role("button", name="Add the floor").click()
    expect(page.get_by_alt_text("Plan of Ground floor")).to_be_visible()

    page.get_by_role("button", name="Lobby").click()
    card = page.get_by_role("region", name="Lobby")
    card.get_by_label("Site").select_option(label="Depot")
    card.get_by_role("button", name="Place on this floor").click()
    page.locator("body").press("Shift+ArrowRight")
    page.locator("body").press("ArrowUp")
    page.locator("body").press("]")
    card.get_by_role("button", name="Save the place").click()
    expect(page.get_by_text("Lobby is placed.")).to_be_visible()
    place = placement_of(page, "Lobby")
    assert (place["x"], place["y"], place["direction_deg"]) == (0.55, 0.492, 5)
    page.reload()
    expect(page.get_by_role("region", name="Lobby")).to_be_visible()
    mark = page.locator(".sheet .camera", has_text="Lobby")
    expect(mark).to_be_visible()
    expect(page.locator(".sheet path")).to_have_count(1)


def test_a_street_map_that_was_dropped_in_is_drawn(page: Page, server: RunningServer) -> None:
    folder = server._data / "maps"
    folder.mkdir(exist_ok=True)
    file = folder / "test.pmtiles"
    file.write_bytes(street_map())
    try:
        with page.expect_response(lambda one: one.url.endswith("/test.pmtiles")) as told:
            page.goto("/map")
        assert told.value.status == 206
        page.wait_for_selector(".maplibregl-canvas")
        # The fixture fails when MapLibre complains of the style or of the file.
        expect(page.get_by_text("OpenStreetMap contributors")).to_be_attached(timeout=SLOW_MS)
    finally:
        page.goto("about:blank")  # a map that is looked at goes on asking for the file
        file.unlink()
