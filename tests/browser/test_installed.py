"""The console on a telephone: it opens without a network, says so, and never grows stale."""

import json
import re
import shutil
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import SLOW_MS, wait_for
from vedette.console import mount_console
from vedette.console.pages import STATIC
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

AWAY = "Vedette does not answer"
CONTROLLED = "() => navigator.serviceWorker.controller?.state === 'activated'"
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    kept[name] = requests.map(({ url }) => new URL(url).pathname + new URL(url).search);
  }
  return kept;
}"""
TELEPHONE: Any = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WORKER: Any = {"service_workers": "allow"}


@pytest.fixture
def installed(browser: Browser, server: RunningServer, signed_in: Path) -> Iterator[Page]:
    """A telephone's page, signed in, with its service worker."""
    context = browser.new_context(
        base_url=server.url, storage_state=signed_in, **WORKER, **TELEPHONE
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


def test_the_console_opens_without_a_network_says_so_and_comes_back(installed: Page) -> None:
    page = installed
    page.goto("/camera/nowhere?at=1")
    wait_for(page, CONTROLLED)
    page.goto("/bookmarks")
    expect(page.get_by_role("heading", name="Bookmarks")).to_be_visible()
    page.goto("/")
    page.wait_for_selector(".tile[data-state=playing]", timeout=SLOW_MS)
    ((name, kept),) = page.evaluate(KEPT).items()
    assert re.fullmatch("vedette-[0-9a-f]{12}", name)
    shell, *assets = sorted(kept)
    assert shell == "/", "the shell is kept under one address, without the page's own"
    assert assets
    assert all(re.fullmatch(r"/assets/[^/?]+", one) for one in assets), assets

    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    page.goto("/map")
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()

    page.context.set_offline(False)
    page.wait_for_selector(".tile[data-state=playing]", timeout=SLOW_MS)
    expect(page.get_by_text(AWAY)).to_have_count(0)


@contextmanager
def serving(static: Path, port: int = 0) -> Generator[int]:
    """The console's routes alone, on a port of this machine; yields the port."""
    app = FastAPI()
    mount_console(app, static)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + SLOW_MS / 1000
    while not server.started:
        assert thread.is_alive(), "the port is taken"
        assert time.monotonic() < deadline
        thread.join(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(SLOW_MS / 1000)


def rebuild(static: Path) -> None:
    """Make of a built page the next one: other names, another shell, another worker."""
    page = (static / "index.html").read_text()
    ((script, name),) = re.findall(r'src="/(assets/(index-[\w-]+\.js))"', page)
    renamed = "index-NextOne1.js"
    for path in (static / "index.html", static / "service-worker.js", *static.glob("assets/*.js")):
        path.write_text(path.read_text().replace(name, renamed))
    (static / script).rename(static / "assets" / renamed)
    worker = (static / "service-worker.js").read_text()
    declared, _, code = worker.partition(";\n")
    build = json.loads(declared.partition("=")[2]) | {"version": "next"}
    (static / "service-worker.js").write_text(f"self.VEDETTE_BUILD={json.dumps(build)};\n{code}")
    fresh = (static / "index.html").read_text().replace("<html ", '<html data-build="next" ')
    (static / "index.html").write_text(fresh)


def test_a_new_build_takes_over_at_once_and_the_old_one_leaves_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    static = tmp_path / "static"
    shutil.copytree(STATIC, static)
    context = browser.new_context(**WORKER)
    context.set_default_timeout(30_000)
    page = context.new_page()
    html = page.locator("html")
    with serving(static) as port:
        address = f"http://127.0.0.1:{port}/"
        page.goto(address)
        wait_for(page, CONTROLLED)
        (old,) = page.evaluate(KEPT)
        rebuild(static)
        page.reload()
        expect(html).to_have_attribute("data-build", "next", timeout=1000)
        wait_for(page, "async () => (await caches.keys()).join() === 'vedette-next'")
        wait_for(page, CONTROLLED)
        assert old != "vedette-next"
        assert "/assets/index-NextOne1.js" in page.evaluate(KEPT)["vedette-next"]
    page.reload()
    expect(html).to_have_attribute("data-build", "next")
    expect(page.get_by_role("status").filter(has_text=AWAY)).to_be_visible()
    with serving(static, port):
        expect(page.get_by_text(AWAY)).to_have_count(0)
    context.close()
