"""Every page of the console, asked by axe whether everybody can use it.

The rules are those of WCAG 2.0, 2.1 and 2.2 at the levels A and AA, and axe's own on landmarks and
headings. What it cannot see stands in ``docs/design/accessibility.md``.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.furnished import Furnished
from tests.browser.looking import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""All that another theme can change."""
DESKTOP, PHONE = (1440, 900), (390, 844)
LOOKS: list[tuple[str, tuple[int, int], Literal["light", "dark"], dict[str, Any]]] = [
    ("desktop, light", DESKTOP, "light", {"type": "tag", "values": TAGS}),
    ("desktop, dark", DESKTOP, "dark", {"type": "rule", "values": COLOURS}),
    ("phone, dark", PHONE, "dark", {"type": "rule", "values": COLOURS}),
    ("phone, light", PHONE, "light", {"type": "tag", "values": TAGS}),
]

RUN = """async (only) => {
  const found = await axe.run(document, {
    runOnly: only, resultTypes: ['violations'], elementRef: false,
  });
  return found.violations.map(({ id, help, nodes }) => ({
    rule: id,
    help,
    elements: nodes.map(({ html, any, all, none }) => [
      html.length > 160 ? html.slice(0, 160) + '…' : html,
      [...any, ...all, ...none].map(({ message }) => message).join(' '),
    ]),
  }));
}"""

Act = Callable[[Page, Furnished], None]
WINDOW = "dialog[open]"


@dataclass(frozen=True)
class Place:
    """Something that a person can look at.

    Attributes:
        path: Its address, with names of ``Furnished.ids``.
        shown: A selector that is there once it shows what it has.
        act: What to do there first, such as opening a dialog.
        then: A selector that is there once that is done.
        signed_in: False for what strangers see.
        on: Sizes of the screen on which it exists.
    """

    path: str
    shown: str
    act: Act | None = None
    then: str = ""
    signed_in: bool = True
    on: tuple[tuple[int, int], ...] = (DESKTOP, PHONE)


def press(name: str) -> Act:
    return lambda page, _: page.get_by_role("button", name=name, exact=True).first.click()


def key(name: str) -> Act:
    return lambda page, _: page.keyboard.press(name)


def edit_wall(page: Page, house: Furnished) -> None:
    press("Edit this wall")(page, house)
    page.locator("[data-slot='0,1']").click()


def leave_unsaved(page: Page, house: Furnished) -> None:
    press("New wall")(page, house)
    page.get_by_label("Name of the wall").fill("Half done")
    press("Cancel")(page, house)


def ask_cameras(page: Page, house: Furnished) -> None:
    """One camera is found on the network, and another one is asked what it offers."""
    found = {"address": "192.0.2.7", "name": "Door", "hardware": "D1", "location": "Hall"}
    answer = json.dumps({"devices": [found]})
    page.route(
        "**/api/v1/discovery",
        lambda route: route.fulfill(content_type="application/json", body=answer),
    )
    press("Look around")(page, house)
    page.get_by_label("Address").first.fill(house.ids["address"])
    press("Ask the camera")(page, house)


def unfold(page: Page, _: Furnished) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def be_asked_why(page: Page, house: Furnished) -> None:
    """A reason is asked for when replay begins."""

    def ask_for(acts: list[str]) -> None:
        origin = {"Origin": house.server.url}
        page.request.put("/api/v1/reasons", headers=origin, data={"asked": acts})

    ask_for(["replay"])
    try:
        press("10 seconds back")(page, house)
        expect(page.get_by_role("dialog", name="Why?")).to_be_visible()
    finally:
        ask_for([])


LIVE = ".stage[data-state=playing]"
CAMERA = "/camera/{camera}"
PLAN = "/map?site={site}&floor={floor}&camera={camera}"
ON_PLAN = ".sheet .camera"
SITE = ".map-page li"
PERSON = ".people li"
PLACES: dict[str, Place] = {
    "wall": Place("/", ".tile[data-state=playing]"),
    "wall in a replay": Place("/?at={at}", ".tile[data-state=shown]"),
    "wall, go to a time": Place("/", ".tile", key("g"), ".panel"),
    "saved wall": Place("/wall/{wall}", ".cell .tile"),
    "wall editor": Place("/wall/{wall}", ".cell .tile", edit_wall, ".cell.cursor"),
    "wall editor, leaving": Place("/", ".tile", leave_unsaved, WINDOW),
    "wall in a second window": Place("/wall/{wall}?chrome=off", ".cell .tile"),
    "camera": Place(CAMERA, LIVE, press("Facts about the stream"), "aside dl"),
    "camera in a replay": Place(
        CAMERA + "?at={at}", ".stage[data-mode=replay][data-state=playing]"
    ),
    "camera, bookmark": Place(CAMERA, ".clock span", key("b"), "form.mark"),
    "camera, which picture": Place(CAMERA, LIVE, press("Which picture"), ".drop"),
    "camera, steering": Place("/camera/{dome}", LIVE, key("v"), ".ptz[data-state=ready]"),
    "camera, reason": Place(CAMERA, LIVE, be_asked_why, WINDOW),
    "camera, export": Place(CAMERA, ".stage", press("Export footage"), WINDOW),
    "camera's settings": Place("/cameras/{camera}", ".plots", unfold),
    "cameras": Place("/cameras", "table tbody tr"),
    "adding cameras": Place("/cameras/add", "h1", ask_cameras, ".found"),
    "map": Place("/map?site={site}", SITE),
    "floor": Place(PLAN, ON_PLAN),
    "placing a camera": Place(PLAN, ON_PLAN, press("Move or turn"), ".handle"),
    "new floor": Place("/map?site={site}", SITE, press("Add a floor"), WINDOW),
    "new site": Place("/map", SITE, press("Add a site"), WINDOW),
    "health": Place("/health", ".trouble", press("Lobby"), ".detail figure"),
    "storage": Place("/storage", ".volume"),
    "exports": Place("/exports", "[data-state=done]", unfold),
    "bookmarks": Place("/bookmarks", "li.card"),
    "bookmark, changing": Place("/bookmarks", "li.card", press("Change"), "li form"),
    "shares": Place("/shares", "main li", press("Who looked"), "main table"),
    "sharing": Place("/shares", "main li", press("Share cameras"), WINDOW),
    "shared": Place("/shared", "main li"),
    "shared camera": Place("/shared/{given}/{theirs}", LIVE),
    "people": Place("/people", PERSON, unfold),
    "people, inviting": Place("/people", PERSON, press("Invite somebody…"), "form"),
    "people, giving a role": Place("/people", PERSON, press("Give a role"), WINDOW),
    "event log": Place("/log", "main li", press("Prove it"), ".notice code"),
    "account": Place("/account", ".rows li", press("Set up…"), ".enrol"),
    "account, password": Place("/account", ".rows li", press("Change…"), "form"),
    "account's sheet": Place("/", ".tile", press("More"), WINDOW, on=(PHONE,)),
    "keyboard help": Place("/", ".tile", key("?"), WINDOW),
    "no such page": Place("/nowhere", "h1"),
    "sign in": Place("/", "form", signed_in=False),
    "join": Place("/join#{invited}", "form", signed_in=False),
    "guest": Place("/guest#{guest}", LIVE, signed_in=False),
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe; it is run by Playwright and never becomes part of a page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `make web/node_modules/.ready`")
    return AXE.read_text()


@pytest.fixture(scope="module")
def pages(browser: Browser, house: Furnished) -> Iterator[dict[bool, Page]]:
    """A page of somebody who is signed in (True) and one of a stranger (False)."""
    made: dict[bool, Page] = {}
    for signed_in in (True, False):
        # Without motion no colour is looked at on its way to another one.
        context = browser.new_context(base_url=house.server.url, reduced_motion="reduce")
        if signed_in:
            context.add_cookies(house.session)
        made[signed_in] = context.new_page()
    yield made
    for page in made.values():
        page.context.close()


def look_at(page: Page, size: tuple[int, int], theme: Literal["light", "dark"]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=theme)
    wait_for(
        page,
        """([width, theme]) => innerWidth === width &&
            matchMedia(`(prefers-color-scheme: ${theme})`).matches""",
        [size[0], theme],
    )


def complaints(page: Page, only: dict[str, Any]) -> list[str]:
    return [
        f"{one['rule']}: {one['help']}\n    {html}\n    {why}"
        for one in page.evaluate(RUN, only)
        for html, why in one["elements"]
    ]


def go_to(page: Page, place: Place, house: Furnished) -> None:
    """Open a page, or a window of it, and wait until it is there."""
    page.goto("about:blank")  # an address that differs in its fragment only would not be loaded
    page.goto(house.address(place.path))
    page.wait_for_selector(place.shown, timeout=45_000)
    if place.act:
        place.act(page, house)
    if place.then:
        page.wait_for_selector(place.then)


@pytest.mark.parametrize("name", PLACES)
def test_everybody_can_use(name: str, pages: dict[bool, Page], house: Furnished, axe: str) -> None:
    place = PLACES[name]
    page = pages[place.signed_in]
    looks = [one for one in LOOKS if one[1] in place.on]
    look_at(page, looks[0][1], "light")
    go_to(page, place, house)
    page.evaluate(axe)
    wrong: list[str] = []
    for words, size, theme, only in looks:
        look_at(page, size, theme)
        wrong += [f"{name}, {words}: {one}" for one in complaints(page, only)]
    assert not wrong, "\n".join(wrong)
