"""What is photographed: every page of the console, and its windows."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from docs.photograph.town import Town

Act = Callable[[Page, Town], None]
WINDOW = "dialog[open]"


@dataclass(frozen=True)
class Shot:
    """Something that a person can look at.

    Attributes:
        path: Its address, with names of ``Town.ids``.
        shown: A selector that is there once it shows what it has.
        act: What to do there first, such as opening a dialog.
        then: A selector that is there once that is done.
        signed_in: False for what strangers see.
        only: ``desktop`` or ``phone`` for what the other has not.
    """

    path: str
    shown: str
    act: Act | None = None
    then: str = ""
    signed_in: bool = True
    only: str = ""


def press(name: str) -> Act:
    """Press the first button of that name."""
    return lambda page, _: page.get_by_role("button", name=name, exact=True).first.click()


def key(name: str) -> Act:
    """Press a key."""
    return lambda page, _: page.keyboard.press(name)


def both(*acts: Act) -> Act:
    """One after the other."""

    def act(page: Page, place: Town) -> None:
        for one in acts:
            one(page, place)

    return act


def unfold(page: Page, _: Town) -> None:
    """Open whatever is folded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def choose_for_spot(page: Page, place: Town) -> None:
    """Press a picture of the wall; on a phone walls have no spot."""
    if page.locator(".cell[data-kind=spot]").count():
        page.locator(f".cell[data-camera='{place.ids['camera']}']").first.click()
        page.wait_for_selector(".cell[data-kind=spot] video")


def who_looked(page: Page, _: Town) -> None:
    """Unfold the uses of the share with the police."""
    share = page.locator("main li", has=page.get_by_role("heading", name="City Police"))
    share.get_by_role("button", name="Who looked").click()


def find_cell(page: Page, _: Town) -> None:
    """Choose a cell of the wall's editor."""
    page.locator("[data-slot='0,2']").first.click()


def hover(page: Page, _: Town) -> None:
    """Rest the pointer on the timeline."""
    box = page.locator(".track canvas").bounding_box()
    if box:
        page.mouse.move(box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.62, steps=4)
        page.wait_for_timeout(1500)


def ask_camera(page: Page, place: Town) -> None:
    """Ask a camera what it offers."""
    page.get_by_label("Address").first.fill(place.ids["onvif"])
    press("Ask the camera")(page, place)


def be_asked_why(page: Page, place: Town) -> None:
    """Do something that a reason is asked for."""
    press("Export footage")(page, place)
    page.locator(WINDOW).get_by_role("button", name="Start the export").click()


LIVE = ".stage[data-state=playing]"
CAMERA = "/camera/{camera}"
PLAN = "/map?site={school}&floor={floor}&camera={on_floor}"
ON_PLAN = ".sheet .camera"
SITE = ".map-page li"
PERSON = ".people li"
SHOTS: dict[str, Shot] = {
    "wall": Shot("/", ".tile[data-state=playing]"),
    "wall-saved": Shot(
        "/wall/{wall}",
        ".cell .tile[data-state=playing]",
        choose_for_spot,
    ),
    "wall-editor": Shot(
        "/wall/{wall}", ".cell .tile", both(press("Edit this wall"), find_cell), ".cell"
    ),
    "wall-new": Shot("/", ".tile", press("New wall")),
    "wall-replay": Shot("/?at={at}", ".tile[data-state=shown]", hover),
    "go-to": Shot("/", ".tile", key("g"), ".panel"),
    "camera": Shot(CAMERA, LIVE),
    "camera-facts": Shot(CAMERA, LIVE, press("Facts about the stream"), "aside dl"),
    "camera-replay": Shot(CAMERA + "?at={at}", ".stage[data-mode=replay]", hover),
    "camera-bookmark": Shot(CAMERA, LIVE, key("b"), "form.mark"),
    "camera-steer": Shot("/camera/{dome}", LIVE, key("v"), ".ptz[data-state=ready]"),
    "export": Shot(CAMERA + "?at={at}", ".stage", press("Export footage"), WINDOW),
    "why": Shot(
        CAMERA + "?at={at}",
        ".stage",
        be_asked_why,
        "dialog[open] #reason, dialog[aria-label='Why?']",
    ),
    "exports": Shot("/exports", "[data-state=done]", unfold),
    "bookmarks": Shot("/bookmarks", "li.card"),
    "map": Shot("/map", SITE),
    "map-site": Shot("/map?site={hall}&camera={on_map}", SITE),
    "map-floor": Shot(PLAN, ON_PLAN),
    "map-placing": Shot(PLAN, ON_PLAN, press("Move or turn"), ".handle"),
    "map-new-site": Shot("/map", SITE, press("Add a site"), WINDOW),
    "health": Shot("/health", ".trouble"),
    "health-camera": Shot("/health", ".trouble", press("Car park east"), ".detail figure"),
    "storage": Shot("/storage", ".volume"),
    "cameras": Shot("/cameras", "table tbody tr"),
    "camera-add": Shot("/cameras/add", "h1", ask_camera, ".found"),
    "camera-settings": Shot("/cameras/{camera}", ".plots"),
    "people": Shot("/people", PERSON),
    "people-invite": Shot("/people", PERSON, press("Invite somebody…"), "form"),
    "people-role": Shot("/people", PERSON, press("Give a role"), WINDOW),
    "log": Shot("/log", "main li"),
    "shares": Shot("/shares", "main li", who_looked, "main table"),
    "share-new": Shot("/shares", "main li", press("Share cameras"), WINDOW),
    "shared": Shot("/shared", "main li"),
    "shared-camera": Shot("/shared/{given}/{theirs}", LIVE),
    "account": Shot("/account", ".rows li"),
    "account-sheet": Shot("/", ".tile", press("More"), WINDOW, only="phone"),
    "help": Shot("/", ".tile", key("?"), WINDOW),
    "no-page": Shot("/nowhere", "h1"),
    "sign-in": Shot("/", "form", signed_in=False),
    "join": Shot("/join#{invited}", "form", signed_in=False),
    "guest": Shot("/guest#{guest}", LIVE, signed_in=False),
}
