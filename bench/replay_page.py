"""The console in a headless Chromium, as the replay benchmark uses it."""

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol, Self

from playwright.sync_api import Page, sync_playwright

from vedette.testing.numbered import READ_IN_BROWSER

_FLAGS = ("--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")
_PATIENCE_MS = 60_000
_SETTLE_MS = 2_000
_INIT = f"""window.readNumber = {READ_IN_BROWSER};
window.seekTo = async (text, wanted) => {{
  const panel = document.querySelector('[data-goto]');
  if (!document.querySelector('.goto form')) panel.click();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  const form = document.querySelector('.goto form');
  const field = form.querySelector('input');
  field.value = text;
  field.dispatchEvent(new Event('input', {{ bubbles: true }}));
  await frame();
  const began = performance.now();
  form.requestSubmit();
  while (performance.now() - began < 10000) {{
    const video = document.querySelector('.stage .replay video');
    if (video && !video.seeking && video.readyState >= 2) {{
      if (window.readNumber(video) === wanted) return performance.now() - began;
    }}
    await frame();
  }}
  return null;
}};
window.watchWall = async (ms) => {{
  const looks = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {{
    const look = {{}};
    for (const tile of document.querySelectorAll('.tile[data-mode=replay]')) {{
      const video = tile.querySelector('video');
      const shows = video && video.readyState >= 2 && tile.dataset.state === 'shown';
      look[tile.querySelector('.name').textContent] = shows ? window.readNumber(video) : null;
    }}
    looks.push(look);
    await new Promise((done) => setTimeout(done, 80));
  }}
  return looks;
}};"""


class Footage(Protocol):
    """Knows which number the frame of a camera at an instant carries."""

    def number(self, name: str, us: int) -> int:
        """See bench.replay.Day.number."""
        ...


def text_of(us: int) -> str:
    """An instant as it can be typed, with milliseconds."""
    instant = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{us // 1000 % 1000:03}Z"


class ReplayPage:
    """A page, signed in.

    Args:
        link: Signs in once.
    """

    def __init__(self, link: str) -> None:
        self._link = link
        self._stack: Any = None
        self._page: Page | None = None
        self.version = ""

    def __enter__(self) -> Self:
        self._stack = sync_playwright().start()
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = self._stack.chromium.launch(executable_path=path, args=list(_FLAGS))
        self.version = browser.version
        base = self._link.partition("/enter#")[0]
        context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(_INIT)
        self._page = page = context.new_page()
        page.goto(self._link)
        page.wait_for_selector(".tile")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._page = None
        self._stack.stop()

    @property
    def page(self) -> Page:
        """The page.

        Raises:
            RuntimeError: It was not opened.
        """
        if self._page is None:
            raise RuntimeError("use ReplayPage as a context")
        return self._page

    def open_camera(self, camera: str, us: int) -> None:
        """One camera, paused at a moment."""
        self.page.goto(f"/camera/{camera}?at={text_of(us)}")
        self.page.wait_for_selector(".stage[data-state=playing]")
        self.page.keyboard.press("k")
        self.page.wait_for_selector(".stage[data-state=paused]")
        self.page.wait_for_timeout(_SETTLE_MS)

    def seek(self, us: int, frame_us: int, day: Footage, name: str) -> float | None:
        """Milliseconds until the frame of that moment is on the screen; None when it never is."""
        # The middle of a frame, so that rounding to a millisecond leaves no doubt which.
        middle_us = us + frame_us // 2
        wanted = day.number(name, middle_us)
        return self.page.evaluate(
            "([text, wanted]) => window.seekTo(text, wanted)", [text_of(middle_us), wanted]
        )

    def roles(self) -> set[str]:
        """Which streams the tiles show."""
        return set(
            self.page.evaluate("[...document.querySelectorAll('.tile')].map((t) => t.dataset.role)")
        )

    def watch_wall(
        self, word: str, cameras: int, us: int, speed: int, seconds: float
    ) -> list[dict[str, int | None]]:
        """What the tiles whose names hold a word show, many times a second."""
        page = self.page
        page.goto(f"/?at={text_of(us)}")
        page.wait_for_selector(".tile[data-mode=replay]")
        if word:
            page.locator("[data-find]").fill(word)
        deadline = time.monotonic() + _PATIENCE_MS / 1000
        while page.locator(".tile[data-state=shown]").count() < cameras:
            if time.monotonic() > deadline:
                raise TimeoutError(f"fewer than {cameras} cameras show a picture")
            page.wait_for_timeout(50)
        page.get_by_role("button", name=f"{speed}\u00d7", exact=True).click()
        page.wait_for_timeout(_SETTLE_MS)
        return page.evaluate("(ms) => window.watchWall(ms)", seconds * 1000)
