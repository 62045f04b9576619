"""The help sheet is true: every key that it lists is pressed and does what it says."""

# ruff: noqa: RUF001  the sheet shows the signs that stand on the keys

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.furnished import Furnished
from tests.browser.looking import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLIDER = "[role=slider]"
CLOCK = "() => Number(document.querySelector('[data-position-us]').dataset.positionUs) / 1e6"
SPAN = f"() => Number(document.querySelector('{SLIDER}').dataset.spanUs)"


@pytest.fixture(scope="module")
def desk(browser: Browser, house: Furnished) -> Iterator[Page]:
    context = browser.new_context(
        base_url=house.server.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    context.add_cookies(house.session)
    context.set_default_timeout(45_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def sheet(desk: Page) -> dict[str, list[str]]:
    """What it lists, by its headings."""
    desk.goto("/cameras")
    desk.wait_for_selector("tbody tr")
    desk.keyboard.press("?")
    desk.get_by_role("dialog", name="Keyboard").wait_for()
    listed: dict[str, list[str]] = desk.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('dialog section')].map((one) => [
            one.querySelector('h3').innerText,
            [...one.querySelectorAll('kbd')].map((key) => key.innerText),
        ]))"""
    )
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    return listed


def moves(page: Page, value: str, key: str, by: float, within: float = 0.02) -> None:
    """Wait until a key moved a number of the page by so much."""
    before = page.evaluate(value)
    page.keyboard.press(key)
    wait_for(
        page,
        f"([to, within]) => Math.abs(({value})() - to) <= within",
        [before + by, within],
    )


def zooms(page: Page) -> None:
    before = page.evaluate(SPAN)
    page.keyboard.press("+")
    wait_for(page, f"before => ({SPAN})() < before", before)
    page.keyboard.press("-")
    wait_for(page, f"before => ({SPAN})() >= before", before)


def replay(page: Page, house: Furnished, path: str, shown: str) -> None:
    """A replay that stands still."""
    page.goto(house.address(path))
    page.wait_for_selector(shown)
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_timeout(300)  # the clock beside the picture is written ten times a second


def full_screen(page: Page) -> None:
    for is_full in (True, False):
        page.keyboard.press("f")
        wait_for(page, "full => (document.fullscreenElement !== null) === full", is_full)


def everywhere(page: Page, house: Furnished) -> set[str]:
    page.goto("/cameras")
    page.wait_for_selector("tbody tr")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key, path in (
        ("m", "map"),
        ("h", "health"),
        ("e", "exports"),
        ("s", "storage"),
        ("c", "cameras"),
    ):
        page.keyboard.press(key)
        expect(page).to_have_url(f"{house.server.url}/{path}")
    page.keyboard.press("w")
    expect(page).to_have_url(f"{house.server.url}/")
    dark = page.evaluate("document.documentElement.dataset.theme")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != dark
    page.keyboard.press("/")
    expect(page.get_by_label("Find a camera")).to_be_focused()
    page.goto(house.address("/camera/{camera}"))
    page.wait_for_selector(".stage")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{house.server.url}/")
    return {"?", "W", "C", "M", "H", "E", "S", "T", "/", "Esc"}


def wall(page: Page, house: Furnished) -> set[str]:
    page.goto(house.address("/wall/{wall}"))
    page.wait_for_selector("[data-face]")
    page.locator("[data-face]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-face]").nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("li.big")).to_have_count(1)
    page.keyboard.press("+")
    near = page.locator("li.big .zoomable")
    expect(near).to_have_attribute("data-scale", "1.25")
    page.keyboard.press("-")
    expect(near).to_have_attribute("data-scale", "1.00")
    page.keyboard.press("+")
    page.keyboard.press("0")
    expect(near).to_have_attribute("data-scale", "1.00")
    page.keyboard.press("Escape")
    expect(page.locator("li.big")).to_have_count(0)
    full_screen(page)
    return {"← ↑ → ↓", "Enter", "Esc", "+ − 0", "F"}


def replays(page: Page, house: Furnished) -> set[str]:
    replay(page, house, "/camera/{camera}?at={at}", ".stage[data-mode=replay][data-state=playing]")
    for key, name in ((" ", "Pause"), ("k", "Play"), ("k", "Pause"), (" ", "Play")):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    page.wait_for_timeout(300)
    moves(page, CLOCK, "j", -10, 0.1)
    moves(page, CLOCK, "l", 10, 0.1)
    moves(page, CLOCK, ".", 0.04)
    moves(page, CLOCK, ",", -0.04)
    speeds = page.get_by_role("group", name="Speed")
    for key, name in (("2", "2×"), ("4", "4×"), ("8", "8×"), ("1", "1×"), ("<", "½×"), (">", "1×")):
        page.keyboard.press(key)
        expect(speeds.get_by_role("button", name=name, exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )
    page.keyboard.press("]")
    wait_for(page, f"to => Math.abs(({CLOCK})() - to) < 0.1", int(house.ids["marked"]) / 1e6)
    page.keyboard.press("j")
    page.keyboard.press("l")
    page.keyboard.press("l")
    page.keyboard.press("[")
    wait_for(page, f"to => Math.abs(({CLOCK})() - to) < 0.1", int(house.ids["marked"]) / 1e6)
    zooms(page)
    page.keyboard.press("g")
    expect(page.get_by_role("dialog", name="Go to a date and time")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    page.wait_for_selector(".stage[data-mode=live]")
    return {"Space, K", "J, L", ", .", "< >", "1 2 4 8", "[ ]", "G", "End", "+ −"}


def timeline(page: Page, house: Furnished) -> set[str]:
    replay(page, house, "/wall/all?at={at}", ".tile[data-state=shown]")
    page.locator(SLIDER).focus()
    moves(page, CLOCK, "ArrowLeft", -5, 0.1)
    moves(page, CLOCK, "ArrowRight", 5, 0.1)
    tenth = page.evaluate(SPAN) / 1e7
    moves(page, CLOCK, "PageDown", -tenth, 0.1)
    moves(page, CLOCK, "PageUp", tenth, 0.1)
    zooms(page)
    start = int(page.locator(SLIDER).get_attribute("data-start-us") or 0) / 1e6
    page.keyboard.press("Home")
    wait_for(page, f"to => Math.abs(({CLOCK})() - to) < 1", start)
    return {"← →", "Page Down, Page Up", "Home", "+ −"}


def camera(page: Page, house: Furnished) -> set[str]:
    replay(page, house, "/camera/{dome}", ".clock span")
    page.keyboard.press("End")
    page.wait_for_selector(".stage[data-mode=live][data-state=playing]")
    page.keyboard.press("i")
    expect(page.get_by_role("heading", name="Facts about the stream")).to_be_attached()
    page.keyboard.press("v")
    expect(page.locator(".ptz")).to_be_visible()
    page.keyboard.press("v")
    expect(page.locator(".ptz")).to_have_count(0)
    page.keyboard.press("b")
    expect(page.get_by_role("form", name="Bookmark")).to_be_visible()
    page.keyboard.press("Escape")
    with page.expect_download() as saved:
        page.keyboard.press("s")
    assert saved.value.suggested_filename.startswith("Dome")
    page.keyboard.press("m")
    expect(page.get_by_text("This camera has no sound.")).to_be_visible()
    full_screen(page)
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Dome")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Dome")).to_be_visible()
    replay(page, house, "/camera/{camera}?at={at}", ".stage[data-mode=replay][data-state=playing]")
    moves(page, CLOCK, "ArrowLeft", -5, 0.1)
    moves(page, CLOCK, "ArrowRight", 5, 0.1)
    return {"← →", "N, P", "B", "S", "I", "V", "M", "F"}


def arranging(page: Page, house: Furnished) -> set[str]:
    page.goto(house.address("/wall/{wall}"))
    page.get_by_role("button", name="Edit this wall").click()
    said = page.locator("[aria-live=assertive]")
    page.locator("[data-slot='0,0']").focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Lobby is picked up")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator("[data-slot='0,0']")).to_have_attribute("aria-label", re.compile("Lobby"))
    page.locator("[data-slot='0,0']").focus()
    page.keyboard.press("Delete")
    empty = page.get_by_role("button", name="row 1, column 1: empty")
    expect(empty).to_be_focused()
    page.keyboard.press("Control+z")
    expect(empty).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(empty).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Delete")
    page.locator("[data-slot='0,1']").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.get_by_label("Name of the wall").fill("Night watch 2")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Night watch 2 is saved for everybody.")).to_be_visible()
    return {
        "Enter",
        "← ↑ → ↓",
        "Shift ← ↑ → ↓",
        "Del",
        "Esc",
        "Ctrl Z, Ctrl Shift Z",
        "Ctrl S",
    }


def placing(page: Page, house: Furnished) -> set[str]:
    page.goto(house.address("/map?site={site}&floor={floor}&camera={camera}"))
    page.get_by_role("button", name="Move or turn").click()
    card = page.get_by_role("region", name="Lobby")
    fields = [
        card.get_by_role("spinbutton").nth(n) for n in range(card.get_by_role("spinbutton").count())
    ]
    page.locator("body").focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "]", "[", "[", "+", "+", "-"):
        before = [one.input_value() for one in fields]
        page.locator("body").press(key)
        wait_for(
            page,
            "before => before !== [...document.querySelectorAll('input[type=number]')]"
            ".map((one) => one.value).join(' ')",
            " ".join(before),
        )
    page.locator("body").press("Escape")
    expect(card.get_by_role("button", name="Move or turn")).to_be_visible()
    return {"← ↑ → ↓", "[ ]", "+ −", "Esc"}


GROUPS: dict[str, Callable[[Page, Furnished], set[str]]] = {
    "Everywhere": everywhere,
    "Wall": wall,
    "Replay, wall and camera": replays,
    "Timeline, once it has the keyboard": timeline,
    "One camera": camera,
    "Arranging a wall": arranging,
    "Placing a camera on the map": placing,
}


@pytest.mark.parametrize("group", GROUPS)
def test_keys_do_what_the_sheet_says(
    group: str, desk: Page, house: Furnished, sheet: dict[str, list[str]]
) -> None:
    assert GROUPS[group](desk, house) == set(sheet[group])


def test_the_sheet_has_no_other_groups(sheet: dict[str, list[str]]) -> None:
    assert set(sheet) == set(GROUPS)
