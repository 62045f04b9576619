"""Stories of adding many cameras: by discovery with the same credentials, and from a table."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from vedette.testing.onvif_device import DeviceProfile, DeviceScript, SimulatedOnvifDevice
from vedette.testing.running import SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 45_000


@contextmanager
def devices(site: SiteThread) -> Generator[list[SimulatedOnvifDevice]]:
    """Three cameras: one to add, one whose clock is wrong, one with another password."""
    stream = site.site.cameras["back-door"].url
    script = DeviceScript(profiles=(DeviceProfile("main", stream),), media2=False)
    late = DeviceScript(
        model="Late camera",
        profiles=(DeviceProfile("main", stream),),
        media2=False,
        clock_offset_us=-240_000_000,
    )
    made = [
        SimulatedOnvifDevice(script, username="root", password="right"),
        SimulatedOnvifDevice(late, username="root", password="right"),
        SimulatedOnvifDevice(DeviceScript(), username="root", password="another"),
    ]

    def wait(work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, site._loop).result(20)

    for device in made:
        wait(device.__aenter__())
    try:
        yield made
    finally:
        for device in made:
            wait(device.__aexit__(None, None, None))


def remove(page: Page, *names: str) -> None:
    origin = page.evaluate("location.origin")
    for one in page.request.get("/api/v1/cameras").json()["cameras"]:
        if one["name"] in names:
            page.request.delete(f"/api/v1/cameras/{one['id']}", headers={"Origin": origin})


def test_many_cameras_are_discovered_asked_and_added(page: Page, site: SiteThread) -> None:
    with devices(site) as found:
        # No multicast reaches a loopback network; what it would have told is told here. All that
        # follows, asking the devices included, is real.
        answer = {
            "devices": [
                {"address": one.address, "name": f"Device {n}", "hardware": "", "location": ""}
                for n, one in enumerate(found)
            ]
        }

        def tell(route: Route) -> None:
            route.fulfill(status=200, content_type="application/json", body=json.dumps(answer))

        page.route("**/api/v1/discovery", tell)
        page.goto("/cameras/add")
        page.get_by_role("button", name="Look around").click()
        many = page.get_by_role("region", name="On this network")
        expect(many.get_by_role("listitem")).to_have_count(3)
        many.get_by_label("User name for all").fill("root")
        many.get_by_label("Password for all").fill("right")
        many.get_by_role("button", name="Ask all").click()
        rows = many.get_by_role("listitem")
        expect(rows.nth(2)).to_contain_text("The password was refused", timeout=SLOW_MS)
        expect(rows.nth(1)).to_contain_text("The camera's clock is 4 min behind", timeout=SLOW_MS)
        expect(rows.nth(0).get_by_role("checkbox")).to_be_checked(timeout=SLOW_MS)
        many.get_by_label(f"Name of {found[0].address}").fill("Back door")
        many.get_by_label(f"Name of {found[1].address}").fill("")
        many.get_by_role("button", name="Add 2 cameras").click()
        expect(rows.nth(0)).to_contain_text("Added", timeout=SLOW_MS)
        expect(rows.nth(1)).to_contain_text("Give it a name", timeout=SLOW_MS)
        expect(many.get_by_role("status")).to_have_text("1 added, 1 could not be added")
        many.get_by_label(f"Name of {found[1].address}").fill("Back door 2")
        many.get_by_role("button", name="Add 1 camera").click()
        expect(many.get_by_role("status")).to_have_text("2 added")
        try:
            rows.nth(0).get_by_role("link", name="Added").click()
            expect(page.get_by_role("heading", name="Back door")).to_be_visible()
            page.wait_for_selector(".stage[data-state=playing]", timeout=SLOW_MS)
        finally:
            remove(page, "Back door", "Back door 2")


def test_a_table_is_checked_before_anything_is_added(page: Page) -> None:
    page.goto("/cameras/add")
    table = page.get_by_role("region", name="From a table")

    def bring(text: str) -> None:
        file = {"name": "cameras.csv", "mimeType": "text/csv", "buffer": text.encode()}
        table.get_by_label("CSV file").set_input_files(file)  # pyright: ignore[reportArgumentType]

    bring("name,address,keep_days\nNew gate,rtsp://127.0.0.1:9/a,7\nLobby,rtsp://127.0.0.1:9/b,x\n")
    expect(table.get_by_role("alert")).to_contain_text("Nothing was added")
    expect(table).to_contain_text("Line 3, name: There is already a camera of that name.")
    expect(table).to_contain_text("Line 3, keep_days: Must be a number of days")
    bring(
        "name,address,mode\nNew gate,rtsp://127.0.0.1:9/a,off\nOld gate,rtsp://127.0.0.1:9/b,off\n"
    )
    table.get_by_role("button", name="Add 2 cameras").click()
    expect(table.get_by_role("status")).to_have_text("2 cameras added.")
    try:
        page.goto("/cameras")
        expect(page.get_by_role("link", name="New gate")).to_be_visible()
        expect(page.get_by_role("link", name="Old gate")).to_be_visible()
    finally:
        remove(page, "New gate", "Old gate")
