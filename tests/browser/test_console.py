"""Stories of the console: a real browser on a real server with simulated cameras."""

import contextlib
import re
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Route, expect

from tests.browser.looking import SLOW_MS, wait_for
from vedette.testing.numbered import FRAME_RATE, FRAMES, READ_IN_BROWSER
from vedette.testing.running import RunningServer, SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]


WATCH_FRAMES = """() => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const watched = new WeakSet();
  const read = (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    let number = 0;
    for (let bit = 0; bit < 8; bit++) {
      const x = Math.floor(((bit + 0.5) * canvas.width) / 8);
      const [luma] = context.getImageData(x, Math.floor(canvas.height / 16), 1, 1).data;
      number = number * 2 + (luma > 127 ? 1 : 0);
    }
    return number;
  };
  const watch = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    const look = (_now, { mediaTime }) => {
      if (video.videoWidth > 0) video.shown = { number: read(video), mediaTime };
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  setInterval(() => document.querySelectorAll('.stage video').forEach(watch), 50);
}"""
"""Notes of every frame that the browser shows which number it carries and its own media time.

``currentTime`` would not do: it runs ahead of the picture while the decoder is late, and the
clock beside the picture is written a few times a second only.
"""

READ_STAGE = """() => {
  const video = [...document.querySelectorAll('.stage video')]
    .find((one) => getComputedStyle(one).visibility !== 'hidden' && one.readyState >= 2);
  if (!video?.shown || !video.dataset.epochUs) return null;
  const { number, mediaTime } = video.shown;
  return {
    number,
    frameUs: Number(video.dataset.epochUs) + mediaTime * 1e6,
    positionUs: Number(document.querySelector('.clock').dataset.positionUs),
    paused: video.paused,
    width: video.videoWidth,
  };
}"""


def read_stage(page: Page) -> dict[str, Any]:
    """The number that the shown frame carries, and the wall time that the page gives it."""
    wait_for(page, f"() => ({READ_STAGE})() !== null")
    return page.evaluate(READ_STAGE)


def frames_apart(later: int, earlier: int) -> int:
    """How many frames lie between two numbers, on a clip that begins anew after 256."""
    apart = (later - earlier) % FRAMES
    return apart - FRAMES if apart > FRAMES // 2 else apart


def wait_until_playing(page: Page, count: int) -> None:
    wait_for(
        page,
        "count => document.querySelectorAll('.tile[data-state=playing]').length >= count",
        count,
    )


def open_camera(page: Page, name: str) -> None:
    page.add_init_script(f"({WATCH_FRAMES})()")
    page.goto("/")
    page.get_by_role("link", name=re.compile(f"^{name}")).click()
    page.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)


def scroll_widths(page: Page) -> list[int]:
    return page.evaluate(
        "[...document.querySelectorAll('html, body, main')].map(e => e.scrollWidth - e.clientWidth)"
    )


def test_a_one_time_link_signs_in_and_leaves_no_secret_behind(
    stranger: Page, server: RunningServer
) -> None:
    stranger.goto(server.link)
    stranger.wait_for_selector(".tile", timeout=SLOW_MS)
    assert stranger.url == f"{server.url}/"
    stranger.context.clear_cookies()
    stranger.goto("about:blank")
    stranger.goto(server.link)
    expect(stranger.get_by_role("alert")).to_contain_text("used already")


def test_name_and_password_sign_in_and_mistakes_are_said_in_words(stranger: Page) -> None:
    stranger.goto("/cameras")
    stranger.get_by_label("Name").fill("guard")
    stranger.get_by_label("Password").fill("not this one")
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("alert")).to_have_text(re.compile(r"\w+ \w+.*\.$"))
    stranger.get_by_label("Password").fill("a long enough password")
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("heading", name="Cameras")).to_be_visible()
    stranger.get_by_role("button", name="Sign out").click()
    expect(stranger.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_every_tile_shows_moving_pictures(page: Page) -> None:
    page.goto("/")
    wait_until_playing(page, 4)
    look = """() => [...document.querySelectorAll('.tile video')].map((video) =>
        [video.currentTime, video.getVideoPlaybackQuality().totalVideoFrames])"""
    before = page.evaluate(look)
    page.wait_for_timeout(3000)
    after = page.evaluate(look)
    for (time_before, frames_before), (time_after, frames_after) in zip(before, after, strict=True):
        assert time_after - time_before > 1.5
        assert frames_after - frames_before > FRAME_RATE
    roles = page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.dataset.role)")
    assert roles == ["sub"] * 4, "small tiles take the sub stream"
    expect(page.get_by_role("status").first).to_contain_text("cameras are live")


def test_a_camera_that_fails_says_so_and_comes_back_by_itself(page: Page, site: SiteThread) -> None:
    page.goto("/")
    wait_until_playing(page, 4)
    tile = page.locator(".tile", has_text="Lobby")
    site.fault("lobby", "refuse=hang_up")
    try:
        expect(tile).to_contain_text("Offline since", timeout=SLOW_MS)
        expect(page.get_by_role("status").first).to_contain_text("attention", timeout=SLOW_MS)
    finally:
        site.fault("lobby", "")
    expect(tile).to_have_attribute("data-state", "playing", timeout=SLOW_MS)
    expect(tile).not_to_contain_text("Offline")


def test_the_timeline_replays_the_moment_that_was_clicked(page: Page) -> None:
    open_camera(page, "Gate north")
    live = read_stage(page)
    assert live["width"] == 640, "the large picture is the main stream"
    # Wait until that moment lies well inside what is on disk.
    wait_for(
        page,
        "us => Number(document.querySelector('.clock').dataset.positionUs) > us + 8e6",
        live["frameUs"],
    )
    page.get_by_role("button", name="10 min").click()
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    start_us = int(canvas.get_attribute("data-start-us") or 0)
    span_us = int(canvas.get_attribute("data-span-us") or 1)
    x = (live["frameUs"] - start_us) / span_us * box["width"]
    canvas.click(position={"x": x, "y": 50})
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    page.keyboard.press("k")
    page.wait_for_selector(".stage[data-state=paused]", timeout=SLOW_MS)
    page.wait_for_timeout(400)
    replayed = read_stage(page)
    seconds = (replayed["frameUs"] - live["frameUs"]) / 1e6
    assert abs(seconds) < 20, "the click landed elsewhere"
    frames = frames_apart(replayed["number"], live["number"])
    # Live and replay each place a frame by the least delay that they saw.
    assert abs(frames - seconds * FRAME_RATE) <= 3, (live, replayed)
    away = replayed["positionUs"] - replayed["frameUs"]
    assert abs(away) <= 3e6 / FRAME_RATE, "a paused picture is of the moment that the page tells"


def test_replay_steps_speeds_up_and_goes_back_to_live(page: Page) -> None:
    open_camera(page, "Car park")
    page.wait_for_timeout(6000)
    page.keyboard.press("j")
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    page.keyboard.press(" ")
    page.wait_for_selector(".stage[data-state=paused]")
    page.wait_for_timeout(500)
    before = read_stage(page)
    assert before["paused"]
    for _ in range(3):
        page.keyboard.press(".")
        page.wait_for_timeout(400)
    ahead = read_stage(page)
    assert frames_apart(ahead["number"], before["number"]) in {3, 4}
    page.keyboard.press(",")
    page.wait_for_timeout(400)
    assert frames_apart(read_stage(page)["number"], ahead["number"]) == -1
    page.get_by_role("button", name=re.compile("^4")).click()
    page.keyboard.press("k")
    page.wait_for_timeout(1500)
    quick = read_stage(page)
    assert quick["positionUs"] - ahead["positionUs"] > 2.0e6
    page.keyboard.press("End")
    page.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)
    assert "at=" not in page.url


def test_a_moment_can_be_sent_as_an_address(page: Page) -> None:
    open_camera(page, "Playground")
    page.wait_for_timeout(5000)
    page.keyboard.press("j")
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    address = page.url
    assert "?at=" in address
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)


def test_a_camera_is_added_by_asking_it(page: Page, site: SiteThread) -> None:
    page.goto("/cameras")
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_label("Address").fill(site.site.cameras["back-door"].url)
    page.get_by_role("button", name="Ask the camera").click()
    name = page.get_by_label("Name", exact=True)
    name.wait_for(timeout=SLOW_MS)
    name.fill("Back door")
    page.get_by_role("button", name="Add and record").click()
    expect(page.get_by_role("heading", name="Back door")).to_be_visible(timeout=SLOW_MS)
    page.wait_for_selector(".stage[data-state=playing]", timeout=SLOW_MS)
    page.goto("/cameras")
    page.get_by_role("link", name="Back door").click()
    page.get_by_role("button", name="Remove this camera").click()
    page.get_by_role("button", name="Remove the camera").click()
    expect(page).to_have_url(re.compile("/cameras$"))
    expect(page.get_by_role("table")).not_to_contain_text("Back door")


def test_an_address_without_a_camera_is_explained(page: Page) -> None:
    page.goto("/cameras/add")
    page.get_by_label("Address").fill("rtsp://127.0.0.1:9/nothing")
    page.get_by_role("button", name="Ask the camera").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"\w+ \w+.*\.$"), timeout=SLOW_MS)


def test_a_codec_that_the_browser_lacks_is_named(
    page: Page, site: SiteThread, server: RunningServer
) -> None:
    page.goto("/")
    body = {"name": "Archive", "address": site.site.cameras["archive"].url}
    added = page.request.post(
        f"{server.url}/api/v1/cameras", data=body, headers={"Origin": server.url}
    ).json()
    try:
        tile = page.locator(".tile", has_text="Archive")
        expect(tile).to_contain_text("H.265 cannot be shown here", timeout=SLOW_MS)
        expect(tile).to_contain_text("Open the camera")
        page.add_init_script(f"window.readNumber = {READ_IN_BROWSER}")
        page.goto(f"/camera/{added['id']}")
        page.wait_for_selector(".stage[data-state=playing]", timeout=SLOW_MS)
        expect(page.locator(".stage")).to_contain_text("turns it into VP9 for you")
        number = "window.readNumber(document.querySelector('.stage video'))"
        first = page.evaluate(number)
        assert 0 <= first < 30, "the camera counts its thirty frames in the picture"
        wait_for(page, f"first => {number} !== first", first)
    finally:
        page.request.delete(
            f"{server.url}/api/v1/cameras/{added['id']}", headers={"Origin": server.url}
        )
    expect(page.locator(".tile", has_text="Archive")).to_have_count(0, timeout=SLOW_MS)


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.goto("/")
    wait_until_playing(page, 4)
    page.locator("a.open").first.focus()
    page.keyboard.press("ArrowRight")
    focused = "() => document.activeElement.getAttribute('aria-label') ?? ''"
    assert page.evaluate(focused).startswith("Gate north")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gate north")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Lobby")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    expect(page.get_by_role("heading", name="Lobby")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/$"))
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    page.keyboard.type("play")
    expect(page.locator(".tile")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Playground")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Cameras")).to_be_visible()
    page.keyboard.press("t")
    first = page.evaluate("document.documentElement.dataset.theme")
    page.keyboard.press("t")
    assert {first, page.evaluate("document.documentElement.dataset.theme")} == {"dark", "light"}


def test_a_page_that_is_left_while_it_loads_asks_nothing_more(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/v1/footage?*", lambda route: held.append(route))  # noqa: PLW0108  it is marked by Playwright
    open_camera(page, "Gate north")
    page.wait_for_timeout(500)
    assert held, "the timeline asked for nothing"
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Cameras")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for one in held:
        with contextlib.suppress(PlaywrightError):  # the page let go of it already
            one.continue_()
    page.wait_for_timeout(700)
    assert not [url for url in asked if "/loss" in url]


def test_a_phone_shows_every_page_without_scrolling_sideways(phone: Page) -> None:
    phone.goto("/")
    wait_until_playing(phone, 1)
    camera = phone.locator("a.open").first.get_attribute("href") or ""
    pages = ("/", camera, camera.replace("/camera/", "/cameras/"), "/cameras", "/cameras/add")
    for path in (*pages, "/storage", "/nowhere"):
        phone.goto(path)
        phone.wait_for_timeout(700)
        assert max(scroll_widths(phone)) <= 0, path


def test_tiles_out_of_sight_cost_nothing(phone: Page) -> None:
    phone.goto("/")
    wait_until_playing(phone, 1)
    phone.set_viewport_size({"width": 390, "height": 420})
    sleeping = phone.locator(".tile[data-state=asleep]")
    expect(sleeping).not_to_have_count(0)
    phone.locator(".tile").last.scroll_into_view_if_needed()
    expect(phone.locator(".tile").last).to_have_attribute("data-state", "playing", timeout=SLOW_MS)


def test_cut_connections_come_back_by_themselves(page: Page) -> None:
    page.add_init_script(
        """window.sockets = [];
        window.WebSocket = class extends WebSocket {
          constructor(...parts) { super(...parts); window.sockets.push(this); }
        };"""
    )
    page.goto("/")
    wait_until_playing(page, 4)
    opened = page.evaluate("window.sockets.length")
    page.evaluate("window.sockets.forEach((socket) => socket.close())")
    wait_for(
        page,
        "count => window.sockets.filter((one) => one.readyState === 1).length >= count",
        opened,
    )
    wait_until_playing(page, 4)
