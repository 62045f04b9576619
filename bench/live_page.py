"""A headless Chromium that reads a camera's own clock off the pictures that it shows."""

import os
import shutil
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import BrowserContext, Page, sync_playwright

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    # Ours alone: WebRTC would else wait for names that no server in the namespace can tell.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
_PATIENCE_MS = 30_000

WATCH = """(() => {
  const strip = new OffscreenCanvas(256, 16);
  const context = strip.getContext('2d', { willReadFrequently: true });
  const seen = (window.seen = { frames: [], clicked: 0, asked: 0 });
  // Low 32 bits of the milliseconds of the wall clock; null where the check does not hold.
  const read = (video) => {
    const cell = video.videoWidth / 160;
    context.drawImage(
      video, 0, video.videoHeight - 2 * cell, 32 * cell, 2 * cell, 0, 0, 256, 16);
    const { data } = context.getImageData(0, 0, 256, 16);
    let upper = 0, lower = 0;
    for (let bit = 0; bit < 32; bit++) {
      upper = upper * 2 + (data[(4 * 256 + bit * 8 + 4) * 4] > 127 ? 1 : 0);
      lower = lower * 2 + (data[(12 * 256 + bit * 8 + 4) * 4] > 127 ? 0 : 1);
    }
    return upper === lower ? upper : null;
  };
  const wall = (ms) => performance.timeOrigin + ms;
  const watched = new WeakSet();
  window.watchVideo = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    const look = (_now, facts) => {
      const at = performance.now();
      const drawn = video.videoWidth > 0 ? read(video) : null;
      const age = drawn === null ? null : (wall(at) % 4294967296) - drawn;
      seen.frames.push({ at, age, glass: facts.expectedDisplayTime - at });
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  window.forget = () => Object.assign(seen, { frames: [], clicked: 0, asked: 0 });
  new MutationObserver(() =>
    document.querySelectorAll('.stage > video').forEach(window.watchVideo),
  ).observe(document, { subtree: true, childList: true });
  addEventListener('click', () => { seen.clicked = performance.now(); }, true);
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      if (String(given[0]).includes('/live')) seen.asked = performance.now();
    }
  };
})();"""
"""Notes when each frame of the stage is shown and how old it is, milliseconds."""


def chromium() -> str | None:
    """Where the browser is; None without one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


class LivePage:
    """A page of the console, signed in.

    Args:
        link: Signs in once.
        program: The browser, or what starts it elsewhere.
    """

    def __init__(self, link: str, program: str) -> None:
        self._link = link
        self._program = program
        self._playwright: Any = None
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        self.version = ""

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        browser = self._playwright.chromium.launch(executable_path=self._program, args=list(_FLAGS))
        self.version = browser.version
        base = self._link.partition("/enter#")[0]
        self._context = context = browser.new_context(
            base_url=base, viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(WATCH)
        self._page = page = context.new_page()
        page.goto(self._link)
        page.wait_for_selector("nav")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._page = self._context = None
        self._playwright.stop()

    @property
    def page(self) -> Page:
        """The page.

        Raises:
            RuntimeError: It was not opened.
        """
        if self._page is None:
            raise RuntimeError("use LivePage as a context")
        return self._page

    def watch(self, seconds: float) -> list[dict[str, float | None]]:
        """Every frame that the open page shows in that time: ``at``, ``age``, ``glass`` in ms."""
        self.page.evaluate("() => window.forget()")
        self.page.wait_for_timeout(seconds * 1000)
        return self.page.evaluate("() => window.seen.frames")

    def open_camera(self, camera: str) -> None:
        """The page of one camera, showing its live picture."""
        self.page.goto(f"/camera/{camera}")
        self.page.wait_for_selector(".stage[data-state=playing]")

    def first_picture(self, wait_ms: float) -> dict[str, float] | None:
        """From the wall to the camera's page by a click on its tile.

        Args:
            wait_ms: On the wall, before the click.

        Returns:
            ``clicked`` and ``asked`` (when the player opened its connection), both milliseconds
            before the first picture, and its ``age``; None when none came.
        """
        page = self.page
        page.goto("/")
        page.wait_for_selector(".tile[data-state=playing]")
        page.wait_for_timeout(wait_ms)
        page.evaluate("() => window.forget()")
        page.click(".tile")
        for _ in range(200):
            page.wait_for_timeout(25)
            seen = page.evaluate(
                "() => ({ ...window.seen, frames: window.seen.frames.slice(0, 1) })"
            )
            if seen["frames"]:
                first = seen["frames"][0]
                return {
                    "clicked": first["at"] - seen["clicked"],
                    "asked": first["at"] - seen["asked"],
                    "age": first["age"],
                }
        return None
