"""Every page of the console, asked by axe whether everybody can use it.

The rules are those of WCAG 2.0, 2.1 and 2.2 at the levels A and AA, and axe's own on landmarks and
headings. What it cannot see stands in ``docs/design/accessibility.md``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.furnished import PASSWORD, Furnished, furnished
from tests.browser.test_console import wait_for
from vedette.testing.running import SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""All that another theme can change."""
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}

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

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    """Something that a person can look at.

    Attributes:
        path: Its address, with names of ``Furnished.ids``.
        shown: A selector that is there once it shows what it has.
        act: What to do there first, such as opening a dialog.
        signed_in: False for what strangers see.
    """

    path: str
    shown: str
    act: Act | None = None
    signed_in: bool = True


def press(name: str) -> Act:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def key(name: str) -> Act:
    return lambda page: page.keyboard.press(name)


def edit_wall(page: Page) -> None:
    press("Edit this wall")(page)
    page.locator("[data-slot='0,1']").click()


def be_asked_why(page: Page) -> None:
    """The window that asks for a reason opens when replay begins."""
    origin = {"Origin": re.match(r"https?://[^/]+", page.url)[0]}  # pyright: ignore[reportOptionalSubscript]
    page.request.put("/api/v1/reasons", headers=origin, data={"asked": ["replay"]})
    try:
        page.get_by_role("button", name="10 seconds back").click()
        expect(page.get_by_role("dialog", name="Why?")).to_be_visible()
    finally:
        page.request.put("/api/v1/reasons", headers=origin, data={"asked": []})


PLACES: dict[str, Place] = {
    "wall": Place("/", ".tile[data-state=playing]"),
    "wall, replay": Place("/?at={at}", ".tile[data-state=shown]"),
    "wall, go to": Place("/", ".tile", key("g")),
    "saved wall": Place("/wall/{wall}", ".cell .tile"),
    "wall editor": Place("/wall/{wall}", ".cell .tile", edit_wall),
    "wall without chrome": Place("/wall/{wall}?chrome=off", ".cell .tile"),
    "camera": Place(
        "/camera/{camera}", ".stage[data-state=playing]", press("Facts about the stream")
    ),
    "camera, replay": Place(
        "/camera/{camera}?at={at}", ".stage[data-mode=replay][data-state=playing]"
    ),
    "camera, bookmark": Place("/camera/{camera}", ".stage[data-state=playing]", key("b")),
    "camera, reason": Place("/camera/{camera}", ".stage[data-state=playing]", be_asked_why),
    "camera, export": Place("/camera/{camera}", ".stage", press("Export footage")),
    "camera's settings": Place("/cameras/{camera}", ".plots"),
    "cameras": Place("/cameras", "table tbody tr"),
    "adding cameras": Place("/cameras/add", "h1"),
    "map": Place("/map?site={site}", ".map-page li"),
    "floor": Place("/map?site={site}&floor={floor}&camera={camera}", ".sheet .camera"),
    "new site": Place("/map", ".map-page li", press("Add a site")),
    "health": Place("/health", ".trouble"),
    "storage": Place("/storage", ".volume"),
    "exports": Place("/exports", "[data-export]"),
    "bookmarks": Place("/bookmarks", "li.card"),
    "shares": Place("/shares", "li"),
    "share form": Place("/shares", "li", press("Share cameras")),
    "shared": Place("/shared", "main li"),
    "shared camera": Place("/shared/{given}/{theirs}", ".stage[data-state=playing]"),
    "people": Place("/people", ".people li"),
    "people, give a role": Place("/people", ".people li", press("Give a role")),
    "event log": Place("/log", "main li"),
    "account": Place("/account", ".rows li"),
    "help": Place("/", ".tile", key("?")),
    "nowhere": Place("/nowhere", "h1"),
    "sign in": Place("/", "form", signed_in=False),
    "join": Place("/join#{invited}", "form", signed_in=False),
    "guest": Place("/guest#{guest}", ".stage[data-state=playing]", signed_in=False),
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe; it is run by Playwright and never becomes part of a page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `make web/node_modules/.ready`")
    return AXE.read_text()


@pytest.fixture(scope="module")
def house(site: SiteThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished(site, tmp_path_factory.mktemp("furnished")) as made:
        yield made


@pytest.fixture(scope="module", params=SIZES)
def screen(
    request: pytest.FixtureRequest, browser: Browser, house: Furnished
) -> Iterator[dict[bool, Page]]:
    """Two pages of one size: of somebody who is signed in (True) and of a stranger (False)."""
    pages: dict[bool, Page] = {}
    for signed_in in (True, False):
        # Without motion no colour is looked at on its way to another one.
        context: BrowserContext = browser.new_context(
            base_url=house.server.url,
            reduced_motion="reduce",
            color_scheme="light",
            **SIZES[request.param],
        )
        if signed_in:
            body = {"name": "guard", "password": PASSWORD}
            origin = {"Origin": house.server.url}
            assert context.request.post("/api/v1/session", data=body, headers=origin).ok
        pages[signed_in] = context.new_page()
    yield pages
    for page in pages.values():
        page.context.close()


def complaints(page: Page, only: dict[str, Any]) -> list[str]:
    return [
        f"{one['rule']}: {one['help']}\n    {html}\n    {why}"
        for one in page.evaluate(RUN, only)
        for html, why in one["elements"]
    ]


@pytest.mark.parametrize("name", PLACES)
def test_everybody_can_use(name: str, screen: dict[bool, Page], house: Furnished, axe: str) -> None:
    place = PLACES[name]
    page = screen[place.signed_in]
    page.goto("about:blank")  # an address that differs in its fragment only would not be loaded
    page.goto(house.address(place.path))
    page.wait_for_selector(place.shown, timeout=45_000)
    if place.act:
        place.act(page)
    page.evaluate(axe)
    wrong: list[str] = []
    for theme, only in (
        ("light", {"type": "tag", "values": TAGS}),
        ("dark", {"type": "rule", "values": COLOURS}),
    ):
        page.emulate_media(color_scheme=theme)
        wait_for(
            page,
            "dark => matchMedia('(prefers-color-scheme: dark)').matches === dark",
            theme == "dark",
        )
        wrong += [f"{name}, {theme}: {one}" for one in complaints(page, only)]
    page.emulate_media(color_scheme="light")
    assert not wrong, "\n".join(wrong)
