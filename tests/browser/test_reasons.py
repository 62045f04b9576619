"""Story of being asked why: an organisation wants a reason before recorded footage is watched."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.looking import SLOW_MS, wait_for
from tests.browser.test_console import open_camera
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SHOWN = "() => { const it = document.querySelector('li img'); return it?.naturalWidth > 0 }"
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


def test_pictures_that_waited_for_a_reason_come_by_themselves(
    stranger: Page, server: RunningServer
) -> None:
    origin = {"Origin": server.url}
    asking, api = stranger.request, "/api/v1"
    somebody = {"name": "guard", "password": PASSWORD}
    assert asking.post(f"{api}/session", headers=origin, data=somebody).ok
    cameras = asking.get(f"{api}/cameras").json()["cameras"]
    lobby = next(one["id"] for one in cameras if one["name"] == "Lobby")
    span: list[dict[str, int]] = []
    while not span:  # the first footage, at most a few seconds after the server began
        now_us = int(time.time() * 1e6)
        hour: dict[str, str | float | bool] = {
            "camera": lobby,
            "start_us": now_us - 3_600_000_000,
            "end_us": now_us,
        }
        span = asking.get(f"{api}/footage", params=hour).json()["streams"][0]["spans"]
        stranger.wait_for_timeout(50)
    marked: dict[str, Any] = {
        "cameras": [lobby],
        "start_us": span[0]["start_us"] + 1,
        "title": "A bicycle",
    }
    made = asking.post(f"{api}/bookmarks", headers=origin, data=marked)
    assert made.ok, made.text()
    try:
        assert asking.put(f"{api}/reasons", headers=origin, data={"asked": ["replay"]}).ok
        stranger.goto("/bookmarks")
        expect(stranger.get_by_text("shown once you have said why")).to_be_visible()
        expect(stranger.get_by_role("dialog")).to_have_count(0)
        assert stranger.locator("li img").count() == 0
        # Said in another window of the same browser: both show their pictures.
        other = stranger.context.new_page()
        other.goto(f"{server.url}/bookmarks")
        other.get_by_role("button", name="Say why").click()
        other.get_by_label("Reason").fill("a bicycle was stolen")
        other.get_by_role("button", name="Go on").click()
        for page in (other, stranger):
            wait_for(page, SHOWN)
            expect(page.get_by_text("shown once you have said why")).to_have_count(0)
    finally:
        asking.put(f"{api}/reasons", headers=origin, data={"asked": []})
        asking.delete(f"{api}/bookmarks/{made.json()['id']}", headers=origin)
