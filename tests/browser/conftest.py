"""A real Vedette with simulated cameras, and a real Chromium that looks at it."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.furnished import Furnished, furnished
from vedette.console.pages import STATIC
from vedette.model.packet import Codec
from vedette.testing.media import make_audio
from vedette.testing.numbered import numbered_clip
from vedette.testing.running import RunningServer, SiteThread

CAMERAS = ("Car park", "Gate north", "Lobby", "Playground")
"""Each ``name`` plays at ``rtsp://.../car-park/main`` and ``.../car-park/sub``."""
TURNED_AWAY = "Unexpected response code: 40[34]|no valid credentials available"
"""A live picture of a camera that somebody may see no longer, or a socket that was opened in the
very moment in which its person signed out: Chromium has words of its own for a socket's 401."""
PASSWORD = "a long enough password"
# On a busy machine a password's hash alone takes seconds; what never comes fails all the same.
expect.set_options(timeout=45_000)
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
_QUICK_RETRIES = {
    "VEDETTE_INGEST__RETRY_MAX_S": "2",
    "VEDETTE_INGEST__STALL_TIMEOUT_S": "8",
    "VEDETTE_LOG__LEVEL": "warning",
}


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine: install Debian's `chromium`, or set CHROMIUM")
    if not (STATIC / "index.html").is_file():
        pytest.skip("the page is not built: run `make web`")
    return found


@pytest.fixture(scope="session")
def site(chromium: str) -> Iterator[SiteThread]:
    """Four ordinary cameras, one that nobody has added yet, one that speaks H.265."""
    del chromium  # nothing is worth starting without it
    main, sub = numbered_clip(640, 368), numbered_clip(320, 176)
    cameras: dict[str, Any] = {mount_of(name): (main, sub) for name in (*CAMERAS, "Back door")}
    sounding = replace(main.format, audio=make_audio(Codec.PCM_ALAW))
    cameras["intercom"] = (replace(main, format=sounding), sub)
    cameras["archive"] = numbered_clip(320, 176, codec=Codec.HEVC, frames=30)
    with SiteThread(cameras) as thread:
        yield thread


def mount_of(name: str) -> str:
    return name.lower().replace(" ", "-")


@pytest.fixture(scope="session")
def server(site: SiteThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server with the four cameras and a person called guard."""
    data = tmp_path_factory.mktemp("vedette")
    with RunningServer(data, _QUICK_RETRIES) as running:
        guard = ("person", "add", "guard", "--role", "administrator")
        running.command(*guard, environment={"VEDETTE_PASSWORD": PASSWORD})
        with httpx.Client(base_url=running.url, headers={"Origin": running.url}) as client:
            body = {"name": "guard", "password": PASSWORD}
            client.post("/api/v1/session", json=body).raise_for_status()
            for name in CAMERAS:
                camera = site.site.cameras[mount_of(name)]
                body = {"name": name, "address": camera.url, "sub_address": camera.sub_url}
                client.post("/api/v1/cameras", json=body).raise_for_status()
        yield running


@pytest.fixture(scope="module")
def house(site: SiteThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A server in which every page has something to show; see ``furnished``."""
    with furnished(site, tmp_path_factory.mktemp("furnished")) as made:
        yield made


# Playwright keeps an event loop running in this thread; other modules must find none.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, in which only those contexts have a service worker that ask for one.

    Playwright does not see what a service worker answers, and misses the loading of a window
    that a page opens.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        plain = partial(started.new_context, service_workers="block")
        patch.setattr(started, "new_context", plain)
        yield started
        started.close()


@pytest.fixture(scope="module")
def signed_in(
    browser: Browser, server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A session's cookie, for every page that need not sign in by itself."""
    state = tmp_path_factory.mktemp("session") / "state.json"
    context = browser.new_context()
    answer = context.request.post(
        f"{server.url}/api/v1/session",
        data={"name": "guard", "password": PASSWORD},
        headers={"Origin": server.url},
    )
    assert answer.ok, answer.text()
    context.storage_state(path=state)
    context.close()
    return state


def _open(
    browser: Browser, server: RunningServer, *, lost: str = "", **options: Any
) -> Iterator[Page]:
    """A page; ``lost`` names more statuses that its test asks for on purpose, as a pattern."""
    context: BrowserContext = browser.new_context(base_url=server.url, **options)
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    refused: list[str] = []
    page.on(
        "response",
        lambda answer: (
            refused.append(f"{answer.status} {answer.request.method} {answer.url}")
            if answer.status >= HTTPStatus.BAD_REQUEST
            else None
        ),
    )
    yield page
    context.close()
    # Answers that a test asks for on purpose: nobody is signed in (401), somebody else
    # changed it (409), a reason is asked for (428), no camera there (502).
    unexpected = [
        one
        for one in complaints
        if not re.search(rf"status of (401|409|428|502{lost})|{TURNED_AWAY}", one)
    ]
    assert not unexpected, (unexpected, refused)


@pytest.fixture
def page(browser: Browser, server: RunningServer, signed_in: Path) -> Iterator[Page]:
    """A desktop's page, signed in; the test fails when the console of the browser complains."""
    size = {"width": 1280, "height": 800}
    yield from _open(browser, server, storage_state=signed_in, viewport=size)


@pytest.fixture
def stranger(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """A page of somebody who has not signed in."""
    yield from _open(browser, server)


@pytest.fixture
def lost(browser: Browser, server: RunningServer) -> Iterator[Page]:
    """A page of somebody who has not signed in, and will follow links that lead nowhere."""
    yield from _open(browser, server, lost="|404|422")


@pytest.fixture
def phone(browser: Browser, server: RunningServer, signed_in: Path) -> Iterator[Page]:
    """A telephone's page, signed in."""
    size = {"width": 390, "height": 844}
    yield from _open(
        browser, server, storage_state=signed_in, viewport=size, has_touch=True, is_mobile=True
    )
