"""Story of being asked why: an organisation wants a reason before recorded footage is watched."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_console import SLOW_MS, open_camera
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

REPLAY = ".stage[data-mode=replay][data-state=playing]"


def test_replay_begins_once_somebody_said_why_and_the_log_tells_it(
    page: Page, server: RunningServer
) -> None:
    try:
        page.goto("/people")
        rules = page.get_by_role("group", name="Ask people why")
        rules.get_by_label("watch recorded footage").check()
        expect(page.get_by_text("A reason is asked from now on.")).to_be_visible()

        open_camera(page, "Lobby")
        page.get_by_role("button", name="10 seconds back").click()
        window = page.get_by_role("dialog", name="Why?")
        expect(window).to_contain_text("watch recorded footage")
        expect(window.get_by_role("button", name="Go on")).to_be_disabled()
        assert page.locator(REPLAY).count() == 0
        window.get_by_label("Reason").fill("a bicycle was stolen")
        window.get_by_role("button", name="Go on").click()
        page.wait_for_selector(REPLAY, timeout=SLOW_MS)
        expect(window).to_have_count(0)

        page.goto("/log")
        rows = page.get_by_role("listitem")
        told = rows.filter(has_text="gave a reason").filter(has_text="a bicycle was stolen")
        expect(told.first).to_be_visible()
    finally:
        page.request.put("/api/v1/reasons", headers={"Origin": server.url}, data={"asked": []})
