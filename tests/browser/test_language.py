"""Story of somebody who reads Arabic: the whole page turns, pictures and time do not."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import SLOW_MS
from tests.browser.test_console import scroll_widths

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

PAGES = (
    *("cameras", "map", "health", "exports", "bookmarks", "storage"),
    *("shares", "shared", "people", "log", "account"),
)
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
ARABIC = re.compile("[\u0600-\u06ff]{2,}")


def in_arabic(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("combobox", name="Language").select_option("ar")
    page.wait_for_selector("html[dir=rtl][lang=ar]", timeout=SLOW_MS)


def test_a_page_in_arabic_reads_from_the_right_and_stays_so(page: Page) -> None:
    in_arabic(page)
    page.goto("/")
    page.wait_for_selector(".tile[data-state=playing]", timeout=SLOW_MS)
    nav = page.get_by_role("navigation").first.bounding_box()
    tile = page.locator(".tile").first.bounding_box()
    assert nav is not None
    assert tile is not None
    assert nav["x"] > tile["x"], "the navigation stands at the right"
    assert ARABIC.search(page.get_by_role("navigation").first.inner_text())


def test_no_page_is_left_half_english_or_too_wide(page: Page) -> None:
    in_arabic(page)
    for name in PAGES:
        page.goto(f"/{name}")
        heading = page.get_by_role("heading", level=1).first
        expect(heading).to_have_text(ARABIC, timeout=SLOW_MS)
        assert not LATIN_WORD.search(heading.inner_text()), name
        assert max(scroll_widths(page)) <= 0, name


def test_the_timeline_still_runs_from_left_to_right(page: Page) -> None:
    in_arabic(page)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Lobby")).click()
    page.wait_for_selector(".stage[data-state=playing]", timeout=SLOW_MS)
    line = page.get_by_role("slider").first
    box = line.bounding_box()
    assert box is not None
    end = float(line.get_attribute("aria-valuemax") or 0)
    # Early is left: a click near the left edge leads back in time.
    page.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] / 2)
    expect(page.locator(".stage")).to_have_attribute("data-mode", "replay", timeout=SLOW_MS)
    now = float(line.get_attribute("aria-valuenow") or 0)
    start = float(line.get_attribute("aria-valuemin") or 0)
    assert now - start < end - now


def test_english_comes_back_when_it_is_chosen(page: Page) -> None:
    in_arabic(page)
    page.locator("main select").first.select_option("en")
    page.wait_for_selector("html[dir=ltr][lang=en]", timeout=SLOW_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
