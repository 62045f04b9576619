"""Stories of taking footage away: from a camera's page or a wall to a file that plays."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import SLOW_MS, wait_for
from tests.browser.test_console import open_camera, scroll_widths
from tests.unit.export.films import watch
from vedette.testing.numbered import FRAMES
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

PLAY = """async (address) => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = address;
  await new Promise((done, failed) => {
    video.onloadeddata = done;
    video.onerror = () => failed(new Error(video.error.message));
  });
  return [video.duration, video.videoWidth];
}"""


def test_footage_is_exported_from_a_cameras_page_and_the_file_plays(
    page: Page, tmp_path: Path
) -> None:
    open_camera(page, "Lobby")
    # A quarter of a minute must be on the disk before it can be taken away.
    page.wait_for_timeout(15_000)
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export footage")
    expect(dialog).to_contain_text("Lobby")
    # Other stories cut this camera off within the last minute; what they left is two files.
    end = datetime.fromisoformat(dialog.get_by_label("To").input_value())
    dialog.get_by_label("From").fill((end - timedelta(seconds=12)).isoformat())
    dialog.get_by_label("Cut").select_option("frame")
    dialog.get_by_label("Reason").fill("a lost umbrella")
    expect(dialog.get_by_role("status")).to_contain_text("of footage", timeout=SLOW_MS)
    dialog.get_by_role("button", name="Start the export").click()
    page.wait_for_selector("[data-state=done]", timeout=SLOW_MS)
    card = page.locator("[data-export]").first
    expect(card).to_contain_text("a lost umbrella")

    with page.expect_download() as downloading:
        card.get_by_role("link", name=re.compile(r"^Download")).click()
    film = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(film)
    assert film.name.startswith("001_Lobby_main_")
    numbers = [one.number for one in watch(film)]
    assert len(numbers) > 20
    assert all((after - before) % FRAMES == 1 for before, after in pairwise(numbers))

    export = card.get_attribute("data-export")
    duration, width = page.evaluate(PLAY, f"/api/v1/exports/{export}/files/1")
    assert width == 640
    assert duration == pytest.approx(len(numbers) / 10, abs=0.11)

    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Yes, delete").click()
    wait_for(page, "id => !document.querySelector(`[data-export='${id}']`)", export)


def test_what_cannot_be_exported_is_said_before_it_begins(page: Page) -> None:
    open_camera(page, "Lobby")
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export footage")
    dialog.get_by_label("From").fill("2020-01-01T00:00:00")
    dialog.get_by_label("To").fill("2020-01-01T00:01:00")
    expect(dialog.get_by_role("status")).to_contain_text(
        "There is no footage in this range", timeout=SLOW_MS
    )
    start = dialog.get_by_role("button", name="Start the export")
    expect(start).to_be_disabled()
    dialog.get_by_label("To").fill("2019-01-01T00:00:00")
    expect(dialog.get_by_role("status")).to_contain_text("The end must be later")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_exports_fit_a_telephone(phone: Page) -> None:
    phone.goto("/exports")
    phone.wait_for_selector("h1")
    assert scroll_widths(phone) == [0, 0, 0]


def test_a_walls_footage_is_exported_in_the_time_of_its_place(
    page: Page, server: RunningServer
) -> None:
    origin = {"Origin": server.url}
    made = page.request.post(
        "/api/v1/sites", headers=origin, data={"name": "Branch", "time_zone": "Asia/Tokyo"}
    )
    site = made.json()["id"]
    cameras = [one["id"] for one in page.request.get("/api/v1/cameras").json()["cameras"]]
    try:
        for camera in cameras:
            page.request.patch(f"/api/v1/cameras/{camera}", headers=origin, data={"site": site})
        page.goto("/")
        page.get_by_role("button", name="Export").click()
        dialog = page.get_by_role("dialog", name="Export footage")
        expect(dialog).to_contain_text("Asia/Tokyo")
        end = datetime.fromisoformat(dialog.get_by_label("To").input_value())
        there = datetime.now(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
        assert abs(there - end) < timedelta(minutes=5)
        dialog.get_by_label("Gate north").uncheck()
        dialog.get_by_role("button", name="Start the export").click()
        card = page.locator("[data-export]").first
        expect(card).to_contain_text("Playground")
        expect(card).not_to_contain_text("Gate north")
        page.wait_for_selector("[data-state=done]", timeout=SLOW_MS)
        expect(card).to_contain_text(f"{there:%H}:")
    finally:
        for camera in cameras:
            page.request.patch(f"/api/v1/cameras/{camera}", headers=origin, data={"site": None})
        page.request.delete(f"/api/v1/sites/{site}", headers=origin)
