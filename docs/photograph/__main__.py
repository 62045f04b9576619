"""Every page of the console as pictures: ``python -m docs.photograph FOLDER``.

Light and dark, on a desktop and on a phone; ``sheet-*.png`` show many at once. A page that is
longer than the screen has a second picture, ``*-all``. With ``--guide`` the pictures of the guide
are taken anew, and nothing else.
"""

import argparse
import html
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from docs.photograph.pages import SHOTS, Shot
from docs.photograph.town import Town, town

HERE = Path(__file__).parent
GUIDE = HERE.parent / "guide"
NAMED = re.compile(r"\(pictures/([\w-]+)\.jpg\)")
"""A picture in a page of the guide; ``phone-*`` is one of a telephone."""
GUIDE_QUALITY = 74
SCREENS: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SETTLE_MS = 900
RECOLOUR_MS = 600
"""A map draws itself anew."""
TALLEST_PX = 4000
PER_SHEET = 12
FLAGS = (
    "--no-sandbox",
    "--lang=en-GB",
    "--ignore-gpu-blocklist",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
)
LENGTH = """Math.max(0, ...['main', 'dialog[open]', 'html']
  .map((one) => document.querySelector(one)).filter(Boolean)
  .map((one) => one.scrollHeight - one.clientHeight))"""
"""By how much a page is longer than the screen."""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m docs.photograph", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(".data/pictures"))
    parser.add_argument("--only", default="", help="names of pages, with commas")
    parser.add_argument("--screen", default="", help="desktop or phone")
    parser.add_argument("--guide", action="store_true", help="the pictures of the guide")
    return parser.parse_args(argv)


def _plan(browser: Browser) -> bytes:
    """The plan of a floor as PNG."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_content(f"<style>body{{margin:0}}</style>{(HERE / 'plan.svg').read_text('utf-8')}")
    picture = page.screenshot()
    page.close()
    return picture


def _show(page: Page, shot: Shot, place: Town) -> None:
    """Open a page and do there what is to be done.

    Raises:
        Error: It did not come to show what was waited for.
    """
    page.goto("about:blank")  # an address that differs in its fragment only would not be loaded
    page.goto(place.url + shot.path.format(**place.ids))
    page.wait_for_selector(shot.shown)
    if shot.act:
        shot.act(page, place)
    if shot.then:
        page.wait_for_selector(shot.then)
    page.wait_for_timeout(SETTLE_MS)


def _take(page: Page, name: str, screen: str, folder: Path) -> list[Path]:
    taken: list[Path] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(RECOLOUR_MS)
        taken.append(folder / f"{name}-{screen}-{scheme}.png")
        page.screenshot(path=taken[-1])
    size = SCREENS[screen]
    longer = int(page.evaluate(LENGTH))
    if longer > size["height"] // 20:
        height = min(TALLEST_PX, size["height"] + longer)
        page.set_viewport_size({"width": size["width"], "height": height})
        page.emulate_media(color_scheme="light")
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}-{screen}-all.png")
        page.set_viewport_size(size)
    return taken


def _context(browser: Browser, screen: str, place: Town, *, signed_in: bool) -> Page:
    more: dict[str, Any] = {"has_touch": True, "is_mobile": True} if screen == "phone" else {}
    context = browser.new_context(
        viewport=SCREENS[screen],
        reduced_motion="reduce",
        service_workers="block",
        timezone_id="Europe/Vienna",
        locale="en-GB",
        **more,
    )
    context.set_default_timeout(25_000)
    # What was opened last is remembered; each picture is to show the same whatever came before.
    context.add_init_script("try { localStorage.clear(); } catch { /* about:blank has none */ }")
    if signed_in:
        kept = place.cookies.items()
        context.add_cookies([{"name": it, "value": value, "url": place.url} for it, value in kept])
    return context.new_page()


def _photograph(
    browser: Browser, place: Town, screen: str, names: Sequence[str], folder: Path
) -> list[str]:
    """Take the pictures of one screen.

    Returns:
        What did not come about.
    """
    failed: list[str] = []
    taken: list[Path] = []
    pages = {one: _context(browser, screen, place, signed_in=one) for one in (True, False)}
    for name in names:
        shot = SHOTS[name]
        if shot.only not in {"", screen}:
            continue
        page = pages[shot.signed_in]
        page.emulate_media(color_scheme="light")
        try:
            _show(page, shot, place)
        except Error as error:
            failed.append(f"{name}, {screen}: {str(error).splitlines()[0]}")
        taken += _take(page, name, screen, folder)
        print(f"{name}, {screen}", flush=True)
    for page in pages.values():
        page.context.close()
    for scheme in SCHEMES:
        _sheets(browser, [one for one in taken if one.stem.endswith(scheme)], folder, screen)
    return failed


def _sheets(browser: Browser, pictures: Sequence[Path], folder: Path, screen: str) -> None:
    """Many pictures side by side, with their names."""
    wide, columns = (700, 3) if screen == "desktop" else (300, 6)
    page = browser.new_page(viewport={"width": (wide + 8) * columns, "height": 300})
    for number, at in enumerate(range(0, len(pictures), PER_SHEET), start=1):
        some = pictures[at : at + PER_SHEET]
        figures = "".join(
            f"<figure><figcaption>{html.escape(one.stem)}</figcaption>"
            f"<img width={wide} src='{html.escape(one.name)}'></figure>"
            for one in some
        )
        style = "body{margin:0;display:flex;flex-wrap:wrap;gap:8px;background:#888;"
        style += "font:12px sans-serif}figure{margin:0}img{display:block}"
        sheet = folder / "sheet.html"
        sheet.write_text(f"<style>{style}</style>{figures}", "utf-8")
        page.goto(sheet.resolve().as_uri())
        scheme = some[0].stem.rpartition("-")[2]
        page.screenshot(path=folder / f"sheet-{screen}-{scheme}-{number}.png", full_page=True)
        sheet.unlink()
    page.close()


def _guide(browser: Browser, place: Town) -> list[str]:
    """Take those pictures anew that the guide's pages name."""
    failed: list[str] = []
    texts = [one.read_text("utf-8") for one in GUIDE.glob("*.md")]
    wanted = sorted({name for text in texts for name in NAMED.findall(text)})
    pages = {
        (screen, one): _context(browser, screen, place, signed_in=one)
        for screen in SCREENS
        for one in (True, False)
    }
    for name in wanted:
        screen = "phone" if name.startswith("phone-") else "desktop"
        shot = SHOTS[name.removeprefix("phone-")]
        page = pages[screen, shot.signed_in]
        page.emulate_media(color_scheme="light")
        try:
            _show(page, shot, place)
            page.screenshot(
                path=GUIDE / "pictures" / f"{name}.jpg", type="jpeg", quality=GUIDE_QUALITY
            )
        except Error as error:
            failed.append(f"{name}: {str(error).splitlines()[0]}")
        print(name, flush=True)
    return failed


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures.

    Returns:
        0, 1 when a page did not come to show what it has, 2 without a browser.
    """
    wanted = _arguments(argv)
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    if not program:
        print("no Chromium: install Debian's `chromium`, or set CHROMIUM", file=sys.stderr)
        return 2
    names = [one for one in wanted.only.split(",") if one] or list(SHOTS)
    screens = [wanted.screen] if wanted.screen else list(SCREENS)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="vedette-") as scratch:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            plan = _plan(browser)
            browser.close()
        with town(Path(scratch), plan) as place, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
            if wanted.guide:
                failed = _guide(browser, place)
            else:
                for screen in screens:
                    failed += _photograph(browser, place, screen, names, wanted.folder)
            browser.close()
    print("\n".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
