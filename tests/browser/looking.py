"""What stories in a real browser do alike: wait for the page, name a moment, enter by a link."""

import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD
from vedette.testing.running import RunningServer

SLOW_MS = 45_000
"""For whatever waits for cameras, disks and decoders on a busy machine."""


def wait_for(page: Page, script: str, arg: object = None) -> None:
    """Wait until a function in the page says yes.

    Asked from here, again and again: Playwright's own ``wait_for_function`` evaluates text within
    the page, which our Content-Security-Policy forbids, rightly.
    """
    deadline = time.monotonic() + SLOW_MS / 1000
    while not page.evaluate(script, arg):
        assert time.monotonic() < deadline, f"the page never said yes to {script}"
        page.wait_for_timeout(20)


def at(us: int) -> str:
    """A moment as an address names it."""
    second, rest_us = divmod(us, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)) + f".{rest_us // 1000:03}Z"


def sign_in(page: Page, name: str, password: str = PASSWORD, path: str = "/") -> None:
    """Give a name and a password at a page's address; whatever comes of it."""
    page.goto(path)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def signed_in_as(page: Page, name: str) -> None:
    """Sign in, and wait until it is done."""
    sign_in(page, name)
    expect(page.get_by_role("navigation").first).to_be_visible()


def entered(browser: Browser, server: RunningServer, script: str, **options: Any) -> Iterator[Page]:
    """The wall as the administrator sees it, who came by a link.

    Args:
        browser: Where.
        server: Of what.
        script: A function that each page calls before its own scripts.
        **options: Of the browser's context.
    """
    link = server.command("person", "link", "admin").strip().split()[-1]
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1280, "height": 800}, **options
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script(f"({script})()")
    page.goto(f"{server.url}/enter#{link.partition('#')[2]}")
    page.wait_for_selector(".tile")
    yield page
    context.close()
    assert not complaints, complaints
