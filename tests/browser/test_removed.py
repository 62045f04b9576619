"""A camera that was removed: its footage does not vanish with it, and a link to it says so."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from vedette.testing.running import RunningServer, SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 60_000


def test_a_link_to_a_removed_camera_shows_what_it_recorded(
    page: Page, server: RunningServer, site: SiteThread
) -> None:
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=120) as client:
        body = {"name": "guard", "password": PASSWORD}
        client.post("/api/v1/session", json=body).raise_for_status()
        body = {"name": "Old yard", "address": site.site.cameras["lobby"].url}
        camera = client.post("/api/v1/cameras", json=body).raise_for_status().json()["id"]
        page.goto(f"/camera/{camera}")
        page.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)
        page.wait_for_timeout(4000)  # something to look back at
        client.delete(f"/api/v1/cameras/{camera}").raise_for_status()
    # It was open meanwhile: the page goes on with what is left.
    expect(page.get_by_text("This camera was removed")).to_be_visible()
    page.goto(f"/camera/{camera}")
    expect(page.get_by_role("heading", name="Old yard")).to_be_visible()
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    # There is nothing live to go back to: neither a button offers it, nor does the key leave.
    expect(page.get_by_role("button", name="10 seconds back")).to_be_visible()
    expect(page.get_by_role("button", name="Back to live")).to_have_count(0)
    page.keyboard.press("End")
    expect(page.locator(".stage")).to_have_attribute("data-mode", "replay")
    # Where its footage ends, nothing promises that more comes, or sends anybody to a live picture.
    expect(page.get_by_text("This was the last of its footage")).to_be_visible(timeout=SLOW_MS)
    page.goto("/storage")
    page.get_by_role("link", name="Old yard").click()
    expect(page.get_by_text("What it recorded stays here")).to_be_visible()
