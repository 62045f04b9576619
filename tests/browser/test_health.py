"""Stories of the health page: what is wrong is named, with what to do."""

import pytest
from playwright.sync_api import Page, expect

from vedette.testing.running import SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 45_000


def test_a_dead_camera_is_named_and_the_wall_leads_to_it(page: Page, site: SiteThread) -> None:
    page.goto("/")
    expect(page.get_by_role("status").first).to_contain_text("live", timeout=SLOW_MS)
    site.fault("playground", "refuse=hang_up")
    try:
        page.get_by_role("link", name="need", exact=False).first.click(timeout=SLOW_MS)
        expect(page).to_have_url("/health")
        first = page.locator(".trouble").first
        expect(first).to_contain_text("Playground is offline")
        expect(first).to_contain_text("since")
        expect(first).to_contain_text("Check its power")
        page.get_by_role("button", name="Playground").click()
        # Its first counted minute may not be over yet; what draws them is there all the same.
        plots = page.get_by_role("group", name="How much time to show")
        expect(plots).to_be_visible(timeout=SLOW_MS)
        first.get_by_role("link").click()
        expect(page.get_by_role("heading", name="Playground").first).to_be_visible()
    finally:
        site.fault("playground", "")
    page.goto("/health")
    gone = page.get_by_text("Playground is offline")
    expect(gone).to_have_count(0, timeout=SLOW_MS)
