"""Stories of somebody who has a keyboard and no mouse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.furnished import Furnished
from tests.browser.looking import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const ring = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)
    || style.boxShadow !== 'none'
    || one.type === 'date'; // of its parts the browser draws the ring, where no style reaches
  window.visited ??= 0;
  if (!one.dataset.visited) one.dataset.visited = String(++window.visited);
  return {
    number: Number(one.dataset.visited),
    name: one.getAttribute('aria-label') || one.innerText || one.title || one.labels?.[0]?.innerText
      || one.tagName,
    ring,
    seen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    inWindow: one.closest('dialog') !== null,
  };
}"""
"""What has the keyboard, and whether somebody sees that it does."""

MISSED = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && !one.dataset.visited
    && one.checkVisibility() && !(one.type === 'radio' && !one.checked))
  .map((one) => one.outerHTML.slice(0, 160))"""
"""What could have the keyboard and did not get it."""


@pytest.fixture(scope="module")
def desk(browser: Browser, house: Furnished) -> Iterator[Page]:
    context = browser.new_context(
        base_url=house.server.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    context.add_cookies(house.session)
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


def tab_to(page: Page, name: str, most: int = 90) -> None:
    """Press Tab until something of that name has the keyboard."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.match(name, (page.evaluate(FOCUSED) or {"name": ""})["name"]):
            return
    raise AssertionError(f"Tab never reached {name}")


TOUR = {
    "wall": ("/", ".tile"),
    "wall in a replay": ("/?at={at}", ".tile[data-state=shown]"),
    "saved wall": ("/wall/{wall}", ".cell .tile"),
    "camera": ("/camera/{camera}?at={at}", ".stage[data-state=playing]"),
    "camera's settings": ("/cameras/{camera}", ".plots"),
    "cameras": ("/cameras", "tbody tr"),
    "adding cameras": ("/cameras/add", "h1"),
    "map": ("/map?site={site}", ".map-camera"),
    "floor": ("/map?site={site}&floor={floor}&camera={camera}", ".sheet .camera"),
    "health": ("/health", ".trouble"),
    "bookmarks": ("/bookmarks", "li.card"),
    "shares": ("/shares", "main li"),
    "people": ("/people", ".people li"),
    "event log": ("/log", "main li"),
    "account": ("/account", ".rows li"),
}


@pytest.mark.parametrize("name", TOUR)
def test_tab_visits_everything_and_is_always_in_sight(
    name: str, desk: Page, house: Furnished
) -> None:
    path, shown = TOUR[name]
    desk.goto(house.address(path))
    desk.wait_for_selector(shown)
    desk.evaluate("document.activeElement?.blur()")
    blind: list[str] = []
    last = 0
    for _ in range(200):
        desk.keyboard.press("Tab")
        at = desk.evaluate(FOCUSED)
        if at is None:
            continue  # from the last to the first it goes by way of the browser's own
        if at["number"] < last:
            break  # once round
        last = at["number"]
        if not at["ring"]:
            blind.append(f"no ring around {at['name']}")
        if not at["seen"]:
            blind.append(f"{at['name']} is out of sight")
    assert not blind
    assert desk.evaluate(MISSED) == []


def test_the_skip_link_leads_past_the_navigation(desk: Page, house: Furnished) -> None:
    desk.goto("/cameras")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.closest('main') !== null")
    assert desk.url == f"{house.server.url}/cameras"
    # The page that a link within the content leads to begins at its content, too.
    tab_to(desk, "Car park")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Car park")).to_be_visible()
    expect(desk.locator("main")).to_be_focused()
    expect(desk).to_have_title("Car park · Vedette")


def test_a_camera_is_watched_and_its_footage_searched(desk: Page, house: Furnished) -> None:
    desk.goto("/wall/all")
    desk.wait_for_selector(".tile")
    tab_to(desk, "Car park, ")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Dome")).to_be_visible()
    desk.goto(house.address("/camera/{camera}?at={at}"))
    desk.wait_for_selector(".stage[data-mode=replay][data-state=playing]")
    desk.keyboard.press("k")
    tab_to(desk, "Recorded footage")
    slider = desk.get_by_role("slider", name="Recorded footage")
    said = slider.get_attribute("aria-valuetext") or ""
    assert re.fullmatch(r"\w{3} \d+ \w{3} \d\d:\d\d:\d\d", said), "the moment, in words"
    now = "() => Number(document.querySelector('[role=slider]').getAttribute('aria-valuenow'))"
    at = desk.evaluate(now)
    for key, by in (("ArrowLeft", -5), ("ArrowRight", 5), ("ArrowUp", 5), ("ArrowDown", -5)):
        desk.keyboard.press(key)
        at += by
        wait_for(desk, f"at => Math.abs(({now})() - at) <= 1", at)
    assert slider.get_attribute("aria-valuetext") == said
    span_s = int(slider.get_attribute("data-span-us") or 0) / 1e6
    desk.keyboard.press("PageDown")
    wait_for(desk, f"at => Math.abs(({now})() - at) <= 2", at - span_s / 10)
    desk.keyboard.press("+")
    wait_for(desk, "s => document.querySelector('[role=slider]').dataset.spanUs < s * 1e6", span_s)
    desk.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("live", re.IGNORECASE))


@pytest.mark.parametrize("leave", ["Escape", "Cancel"])
def test_a_window_keeps_the_keyboard_and_gives_it_back(
    leave: str, desk: Page, house: Furnished
) -> None:
    desk.goto(house.address("/camera/{camera}"))
    desk.wait_for_selector(".stage[data-state=playing]")
    tab_to(desk, "Export footage")
    desk.keyboard.press("Enter")
    window = desk.get_by_role("dialog", name="Export footage")
    expect(window).to_be_visible()
    for _ in range(30):
        desk.keyboard.press("Tab")
        at = desk.evaluate(FOCUSED)
        assert at is None or at["inWindow"], f"the keyboard went behind the window, to {at}"
    if leave == "Cancel":
        tab_to(desk, "Cancel")
        desk.keyboard.press("Enter")
    else:
        desk.keyboard.press("Escape")
    expect(window).to_have_count(0)
    expect(desk.get_by_role("button", name="Export footage")).to_be_focused()


def test_what_opens_beside_its_button_gives_the_keyboard_back(desk: Page, house: Furnished) -> None:
    desk.goto(house.address("/camera/{camera}"))
    desk.wait_for_selector(".clock span")
    for name, inside in (
        ("Bookmark this moment", "Title"),
        ("Go to a date and time", "Go to"),
    ):
        tab_to(desk, name)
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("textbox", name=inside)).to_be_focused()
        desk.keyboard.press("Escape")
        expect(desk.get_by_role("textbox", name=inside)).to_have_count(0)
        expect(desk.get_by_role("button", name=name)).to_be_focused()
    expect(desk.get_by_role("heading", name="Lobby")).to_be_visible()


def test_a_wall_is_arranged(desk: Page, house: Furnished) -> None:
    desk.goto(house.address("/wall/{wall}"))
    desk.wait_for_selector(".cell .tile")
    tab_to(desk, "Edit this wall")
    desk.keyboard.press("Enter")
    tab_to(desk, "row 1, column 1")
    said = desk.locator("[aria-live=assertive]")
    desk.keyboard.press("Delete")
    expect(desk.locator("[data-slot='0,0']")).to_have_attribute(
        "aria-label", "row 1, column 1: empty"
    )
    desk.keyboard.press("Control+z")
    desk.keyboard.press("Enter")
    expect(said).to_contain_text("Lobby is picked up")
    desk.keyboard.press("Escape")
    expect(desk.locator("[data-slot='0,0']")).to_have_attribute(
        "aria-label", "row 1, column 1: Lobby"
    )
    tab_to(desk, "Cancel")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-face]").first).to_be_visible()


def test_cameras_of_the_map_are_a_list(desk: Page, house: Furnished) -> None:
    desk.goto(house.address("/map?site={site}"))
    desk.wait_for_selector(".map-camera")
    tab_to(desk, "Gate north")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("region", name="Gate north")).to_be_visible()
    tab_to(desk, "Watch")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Gate north")).to_be_visible()
