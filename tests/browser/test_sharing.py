"""The story of sharing: another agency looks, and is shut out; a guest with a link, too."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.looking import sign_in
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module", autouse=True)
def police(server: RunningServer) -> None:
    """Another organisation on the same server, with one person."""
    words = ("organisation", "add", "City Police", "--administrator", "officer")
    server.command(*words, environment={"VEDETTE_PASSWORD": PASSWORD})


@pytest.fixture
def officer(stranger: Page) -> Page:
    """Her page."""
    sign_in(stranger, "officer")
    expect(stranger.get_by_role("link", name="Shared with us")).to_be_visible()
    return stranger


@pytest.fixture
def guest(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """Somebody's telephone, that nobody has signed in on."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def share_lobby(page: Page, purpose: str, *, link_for: str = "") -> None:
    page.goto("/shares")
    page.get_by_role("button", name="Share cameras").click()
    dialog = page.get_by_role("dialog")
    if link_for:
        dialog.get_by_label("One person, by a link").check()
        dialog.get_by_label("Name of the person").fill(link_for)
    else:
        dialog.get_by_label("Exact name of the organisation").fill("city police")
    dialog.get_by_label("Lobby").check()
    dialog.get_by_label("Recorded footage").check()
    dialog.get_by_label("Purpose").fill(purpose)
    dialog.get_by_role("button", name="Make the link" if link_for else "Share", exact=True).click()


def test_another_agency_watches_what_is_shared_until_it_is_revoked(
    page: Page, officer: Page
) -> None:
    officer.get_by_role("link", name="Shared with us").click()
    expect(officer.get_by_text("Nobody shares cameras with you now")).to_be_visible()
    expect(officer.get_by_text("City Police")).to_be_visible()
    share_lobby(page, "Break-in at the depot")

    # Nobody touches her browser: it is told.
    expect(officer.get_by_text("Break-in at the depot")).to_be_visible()
    expect(officer.get_by_role("link", name="Playground")).to_have_count(0)
    officer.get_by_role("link", name="Lobby").click()
    stage = officer.locator(".stage")
    expect(stage).to_have_attribute("data-state", "playing")
    officer.get_by_role("button", name="10 seconds back").click()
    replayed_us = time.time() * 1e6 - 10e6
    expect(stage).to_have_attribute("data-mode", "replay")
    expect(stage).to_have_attribute("data-state", "shown")
    # The timeline shows small pictures, the calendar the days of what is shared.
    timeline = officer.get_by_label("Timeline")
    timeline.get_by_role("button", name="1 min").click()
    track = timeline.locator("canvas")
    box = track.bounding_box()
    assert box is not None
    start_us = int(track.get_attribute("data-start-us") or 0)
    span_us = int(track.get_attribute("data-span-us") or 1)
    x = box["width"] * (replayed_us - start_us) / span_us
    track.hover(position={"x": x, "y": box["height"] * 0.5})
    expect(officer.locator(".timeline img")).to_be_visible()
    officer.get_by_role("button", name="Go to a date and time").click()
    calendar = officer.get_by_role("dialog", name="Go to a date and time")
    # Yesterday has footage too when this story is told at midnight.
    expect(calendar.locator("td .has[aria-current=date]")).to_have_count(1)
    officer.keyboard.press("Escape")
    expect(officer.get_by_role("button", name="Export")).to_have_count(0)
    officer.get_by_role("button", name="Back to live").click()
    expect(stage).to_have_attribute("data-state", "playing")

    mine = page.get_by_role("listitem").filter(has_text="Break-in at the depot")
    mine.get_by_role("button", name="Who looked").click()
    uses = mine.get_by_role("row").filter(has_text="officer (City Police)")
    expect(uses.filter(has_text="watching since").first).to_be_visible()
    expect(uses.filter(has_text="footage").first).to_be_visible()
    # She closes it: the owner's page is told.
    officer.get_by_role("link", name="Back to what is shared with us").click()
    expect(uses.filter(has_text="watching since")).to_have_count(0)
    officer.get_by_role("link", name="Lobby").click()
    expect(uses.filter(has_text="watching since").first).to_be_visible()
    mine.get_by_role("button", name="End what is shared").click()
    mine.get_by_role("button", name="Yes, end it now").click()
    expect(officer.get_by_text("This share has ended.")).to_be_visible(timeout=2_000)
    expect(officer.locator("video")).to_have_count(0)
    expect(mine.get_by_text(re.compile("Ended by guard"))).to_be_visible()

    # Her own log says what became of it, and the house is as closed as it was.
    officer.get_by_role("link", name="Event log").click()
    rows = officer.get_by_role("listitem")
    expect(rows.filter(has_text="ended what it shared with us")).to_be_visible()
    officer.get_by_role("link", name="Cameras").click()
    expect(officer.get_by_text("Lobby")).to_have_count(0)


def test_a_guest_opens_a_link_once_and_sees_nothing_else(page: Page, guest: Page) -> None:
    share_lobby(page, "Insurance", link_for="Inspector Ray")
    link = page.get_by_role("dialog").get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Done").click()
    guest.goto(link)
    stage = guest.locator(".stage")
    expect(stage).to_have_attribute("data-state", "playing")
    assert guest.url.endswith("/guest"), "the secret is gone from the address bar"
    box = stage.bounding_box()
    assert box is not None
    assert box["height"] > 150, "the picture has its place on a phone"
    guest.reload()
    expect(stage).to_have_attribute("data-state", "playing")
    guest.get_by_role("button", name="10 seconds back").click()
    expect(stage).to_have_attribute("data-state", "shown")
    # Inside the console the guest is nobody.
    guest.goto("/")
    expect(guest.get_by_label("Password", exact=True)).to_be_visible()
    guest.goto("/guest")
    expect(stage).to_have_attribute("data-state", "playing")

    again = guest.context.browser
    assert again is not None
    elsewhere = again.new_page()
    elsewhere.goto(link)
    expect(elsewhere.get_by_text("the link was used up")).to_be_visible()
    elsewhere.close()

    page.reload()
    mine = page.get_by_role("listitem").filter(has_text="Insurance")
    expect(mine.get_by_text("opened 1 of 1 time")).to_be_visible()
    mine.get_by_role("button", name="End what is shared").click()
    mine.get_by_role("button", name="Yes, end it now").click()
    expect(guest.get_by_text("What was shared with you has ended")).to_be_visible(timeout=2_000)
    expect(guest.locator("video")).to_have_count(0)


def test_a_wrong_name_is_refused_in_words(page: Page) -> None:
    page.goto("/shares")
    page.get_by_role("button", name="Share cameras").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("exactly as its people tell you")
