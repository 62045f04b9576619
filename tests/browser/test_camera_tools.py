"""Steering, bookmarks, saved pictures and sound: a real browser and a camera that turns."""

import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import av
import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.looking import sign_in, signed_in_as
from vedette.testing.numbered import FRAME_RATE
from vedette.testing.onvif_device import DeviceProfile, DeviceScript, SimulatedOnvifDevice
from vedette.testing.onvif_head import Position, SimulatedHead
from vedette.testing.running import RunningServer, SiteThread

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 60_000
S = 1_000_000


LOOK = """() => [...document.querySelectorAll('.stage video')].map((video) => [
  video.muted, video.paused, video.readyState, video.currentTime,
  video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : null,
])"""


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for something outside the page."""
    deadline = time.monotonic() + SLOW_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, (
            "it never came about",
            page.locator(".stage").get_attribute("data-state"),
            page.locator(".notes").inner_text(),
            page.evaluate(LOOK),
        )
        page.wait_for_timeout(20)


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=120) as one:
        body = {"name": "guard", "password": PASSWORD}
        one.post("/api/v1/session", json=body).raise_for_status()
        yield one


def added(client: httpx.Client, **camera: Any) -> Iterator[str]:
    made = client.post("/api/v1/cameras", json=camera)
    made.raise_for_status()
    yield made.json()["id"]
    client.delete(f"/api/v1/cameras/{made.json()['id']}").raise_for_status()


@pytest.fixture
def head() -> SimulatedHead:
    return SimulatedHead()


@pytest.fixture
def dome(client: httpx.Client, site: SiteThread, head: SimulatedHead) -> Iterator[str]:
    """A camera that turns, by its identifier; `head` says where it points."""
    camera = site.site.cameras["back-door"]
    script = DeviceScript(head=head, profiles=(DeviceProfile("main", camera.url),))
    device = SimulatedOnvifDevice(script)
    site.run(device.__aenter__())
    try:
        yield from added(
            client,
            name="Dome",
            address=camera.url,
            sub_address=camera.sub_url,
            onvif_address=device.address,
        )
    finally:
        site.run(device.__aexit__(None, None, None))


@pytest.fixture
def intercom(client: httpx.Client, site: SiteThread) -> Iterator[str]:
    """A camera with sound that no browser plays."""
    yield from added(client, name="Intercom", address=site.site.cameras["intercom"].url)


def watch(page: Page, camera: str) -> None:
    page.goto(f"/camera/{camera}")
    page.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)


def steer(page: Page, camera: str) -> None:
    watch(page, camera)
    page.keyboard.press("v")
    page.wait_for_selector(".ptz[data-state=ready]", timeout=SLOW_MS)
    expect(page.locator(".ptz").get_by_role("status")).to_have_text("Free", timeout=SLOW_MS)


def test_arrow_keys_turn_the_camera_for_as_long_as_they_are_held(
    page: Page, dome: str, head: SimulatedHead
) -> None:
    steer(page, dome)
    page.keyboard.down("ArrowRight")
    until(page, lambda: head.position.pan > 0.05)
    expect(page.locator(".ptz").get_by_role("status")).to_have_text("You are steering")
    page.keyboard.up("ArrowRight")
    until(page, lambda: not head.moving)
    rested = head.position
    assert rested.tilt == 0
    page.wait_for_timeout(700)
    assert head.position == rested, "it stands still"
    page.keyboard.down("+")
    until(page, lambda: head.position.zoom > 0.02)
    page.keyboard.up("+")
    until(page, lambda: not head.moving)
    near = head.position.zoom
    page.get_by_role("button", name="Zoom out, hold").focus()
    page.keyboard.down("Enter")
    until(page, lambda: head.position.zoom < near)
    page.keyboard.up("Enter")
    until(page, lambda: not head.moving)
    assert "live" in (page.locator(".stage").get_attribute("data-mode") or ""), (
        "no key was taken twice"
    )


def test_an_operator_steers_who_may_change_no_settings(
    stranger: Page, server: RunningServer, dome: str, head: SimulatedHead
) -> None:
    words = ("person", "add", "olga", "--role", "operator")
    server.command(*words, environment={"VEDETTE_PASSWORD": PASSWORD})
    signed_in_as(stranger, "olga")
    steer(stranger, dome)
    stranger.keyboard.down("ArrowRight")
    until(stranger, lambda: head.position.pan > 0.05)
    stranger.keyboard.up("ArrowRight")
    until(stranger, lambda: not head.moving)


def test_a_drag_on_the_picture_turns_it_and_leaving_the_page_stops_it(
    page: Page, dome: str, head: SimulatedHead
) -> None:
    steer(page, dome)
    box = page.locator(".stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y - 150, steps=4)
    until(page, lambda: head.position.pan < -0.03 and head.position.tilt > 0.03)
    # Not let go: the page simply is no more.
    page.goto("about:blank")
    until(page, lambda: not head.moving)
    rested = head.position
    page.wait_for_timeout(700)
    assert head.position == rested


def test_presets_are_kept_and_visited(page: Page, dome: str, head: SimulatedHead) -> None:
    head.point(Position(0.5, -0.5, 0.25))
    steer(page, dome)
    page.get_by_label("Name of this view").fill("Gate")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Gate", exact=True)).to_be_visible()
    page.get_by_role("button", name="Home").click()
    until(page, lambda: head.position == Position())
    page.get_by_role("button", name="Gate", exact=True).click()
    until(page, lambda: head.position == Position(0.5, -0.5, 0.25))


def test_a_moment_is_bookmarked_while_it_plays_on_and_found_again(
    page: Page, client: httpx.Client
) -> None:
    cameras = client.get("/api/v1/cameras").json()["cameras"]
    lobby = next(one["id"] for one in cameras if one["name"] == "Lobby")
    watch(page, lobby)
    page.wait_for_timeout(4000)
    page.keyboard.press("b")
    form = page.get_by_role("form", name="Bookmark")
    form.get_by_label("Title").fill("Boxes at the desk")
    form.get_by_label("Note").fill("two of them, s or b or v")
    assert page.locator(".stage").get_attribute("data-state") == "playing"
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Bookmark saved.")).to_be_visible()
    (bookmark,) = client.get("/api/v1/bookmarks", params={"text": "boxes"}).json()["bookmarks"]
    hover_marker(page, bookmark["start_us"])
    expect(page.locator(".timeline")).to_contain_text("Boxes at the desk")
    page.keyboard.press("[")
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    at_us = int(page.locator(".clock").get_attribute("data-position-us") or 0)
    # The player knows milliseconds.
    assert -1000 <= at_us - bookmark["start_us"] < 20e6
    page.goto("/bookmarks")
    page.get_by_placeholder("Search bookmarks").fill("desk nobody")
    expect(page.get_by_text("No bookmark fits")).to_be_visible()
    page.get_by_placeholder("Search bookmarks").fill("DESK guard")
    page.get_by_role("link", name="Boxes at the desk", exact=True).click()
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    assert bookmark["person_name"] == "guard"
    at_us = int(page.locator(".clock").get_attribute("data-position-us") or 0)
    # The player knows milliseconds.
    assert -1000 <= at_us - bookmark["start_us"] < 20e6
    page.goto("/bookmarks")
    row = page.get_by_role("listitem").filter(has_text="Boxes at the desk")
    row.get_by_role("button", name="Change").click()
    changing = page.get_by_role("listitem").filter(has=page.get_by_label("Title"))
    changing.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog")
    question.get_by_role("button", name="Keep it").click()
    assert client.get(f"/api/v1/bookmarks/{bookmark['id']}").is_success
    changing.get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("deleted. The footage stays")).to_be_visible()
    assert client.get(f"/api/v1/bookmarks/{bookmark['id']}").status_code == 404


def test_a_moment_is_bookmarked_while_no_picture_comes(page: Page, client: httpx.Client) -> None:
    for camera in added(client, name="Away", address="rtsp://127.0.0.1:9/nobody"):
        begun_us = time.time_ns() // 1000
        page.goto(f"/camera/{camera}")
        page.get_by_role("button", name="Bookmark this moment").click()
        form = page.get_by_role("form", name="Bookmark")
        form.get_by_label("Title").fill("A bang behind the wall")
        form.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Bookmark saved.")).to_be_visible()
        (made,) = client.get("/api/v1/bookmarks", params={"text": "bang"}).json()["bookmarks"]
        assert begun_us - S <= made["start_us"] <= time.time_ns() // 1000 + S
        client.delete(f"/api/v1/bookmarks/{made['id']}").raise_for_status()


def test_a_bookmark_stands_on_the_timeline_of_the_wall(page: Page, client: httpx.Client) -> None:
    cameras = client.get("/api/v1/cameras").json()["cameras"]
    gate = next(one["id"] for one in cameras if one["name"] == "Gate north")
    now_us = int(time.time() * 1e6)
    body = {"cameras": [gate], "start_us": now_us - 5_000_000, "title": "Seen on the wall"}
    made = client.post("/api/v1/bookmarks", json=body).raise_for_status().json()
    with page.expect_response(lambda answer: "/api/v1/bookmarks?" in answer.url):
        page.goto("/")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.keyboard.press("[")
    at = page.locator("[data-position-us]")
    until(page, lambda: at.get_attribute("data-position-us") not in {None, ""})
    at_us = int(at.get_attribute("data-position-us") or 0)
    assert 0 <= at_us - made["start_us"] < 20e6
    client.delete(f"/api/v1/bookmarks/{made['id']}").raise_for_status()


def test_a_bookmark_shows_on_the_timeline_however_many_came_after_it(
    page: Page, client: httpx.Client
) -> None:
    cameras = client.get("/api/v1/cameras").json()["cameras"]
    gate = next(one["id"] for one in cameras if one["name"] == "Gate north")
    now_us = int(time.time() * 1e6)
    old_us = now_us - 40 * 60_000_000
    made: list[str] = []
    for start_us in (old_us, *range(now_us - 60_000_000, now_us - 10_000_000, 100_000)):
        body = {"cameras": [gate], "start_us": start_us, "title": f"{(now_us - start_us) // 1000}"}
        made.append(client.post("/api/v1/bookmarks", json=body).raise_for_status().json()["id"])
    try:
        page.goto(f"/camera/{gate}")
        page.wait_for_selector(".timeline canvas")
        hover_marker(page, old_us)
        expect(page.locator(".timeline .mark")).to_have_text("2400000")
    finally:
        for one in made:
            client.delete(f"/api/v1/bookmarks/{one}").raise_for_status()


def hover_marker(page: Page, us: int) -> None:
    """Rest the mouse on a moment of the timeline."""
    track = page.locator(".timeline canvas")
    box = track.bounding_box()
    assert box is not None
    start_us, span_us = (int(track.get_attribute(f"data-{of}-us") or 0) for of in ("start", "span"))
    page.mouse.move(box["x"] + (us - start_us) / span_us * box["width"], box["y"] + 30)


def size_and_text(file: Path) -> tuple[int, int]:
    data = file.read_bytes()
    assert data[:2] == b"\xff\xd8"
    with cast("Any", av.open(io.BytesIO(data), format="jpeg_pipe")) as container:
        frame = next(container.decode(video=0))
        return frame.width, frame.height


def test_what_is_shown_is_saved_at_full_size_and_the_original_too(
    page: Page, client: httpx.Client, tmp_path: Path
) -> None:
    cameras = client.get("/api/v1/cameras").json()["cameras"]
    gate = next(one["id"] for one in cameras if one["name"] == "Gate north")
    watch(page, gate)
    page.wait_for_timeout(1000)
    with page.expect_download() as saved:
        page.keyboard.press("s")
    assert page.url.endswith(f"/camera/{gate}"), "the key was not the one of the storage page"
    assert re.fullmatch(
        r"Gate north \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.jpg", saved.value.suggested_filename
    )
    saved.value.save_as(tmp_path / "shown.jpg")
    width, height = size_and_text(tmp_path / "shown.jpg")
    assert (width, height) == (640, 368 + 20), "with a strip beneath the picture"
    page.keyboard.press("j")
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    page.get_by_role("button", name="Which picture").click()
    with page.expect_download() as original:
        page.get_by_role("button", name=re.compile("^Original")).click()
    assert "original" in original.value.suggested_filename
    original.value.save_as(tmp_path / "original.jpg")
    assert size_and_text(tmp_path / "original.jpg") == (640, 368)


def test_the_sound_of_a_camera_in_g711_is_heard_live(page: Page, intercom: str) -> None:
    watch(page, intercom)
    decoded = """() => [...document.querySelectorAll('.stage video')]
        .map((video) => video.webkitAudioDecodedByteCount ?? 0)
        .reduce((sum, count) => sum + count, 0)"""
    assert page.evaluate(decoded) == 0
    page.keyboard.press("m")
    until(page, lambda: page.evaluate(decoded) > 0)
    before = page.evaluate(decoded)
    shown = (
        "() => document.querySelector('.stage video').getVideoPlaybackQuality().totalVideoFrames"
    )
    frames = page.evaluate(shown)
    page.wait_for_timeout(2000)
    assert page.evaluate(decoded) > before, "sound goes on"
    assert page.evaluate(shown) - frames > FRAME_RATE, "and so does the picture"
    page.keyboard.press("m")
    page.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)


def test_a_thumb_on_the_pad_turns_the_camera_and_lets_it_stand(
    phone: Page, dome: str, head: SimulatedHead
) -> None:
    watch(phone, dome)
    phone.get_by_role("button", name="Steer the camera").tap()
    phone.wait_for_selector(".ptz[data-state=ready]", timeout=SLOW_MS)
    expect(phone.locator(".ptz").get_by_role("status")).to_have_text("Free", timeout=SLOW_MS)
    pad = phone.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = phone.context.new_cdp_session(phone)

    def finger(kind: str, *points: tuple[float, float]) -> None:
        there = [{"x": left, "y": top} for left, top in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": there})

    scrolled = phone.evaluate("() => document.querySelector('main').scrollTop")
    finger("touchStart", (x, y))
    for step in range(1, 6):
        finger("touchMove", (x + 10 * step, y - 6 * step))
    until(phone, lambda: head.position.pan > 0.03 and head.position.tilt > 0.01)
    finger("touchEnd")
    until(phone, lambda: not head.moving)
    assert phone.evaluate("() => document.querySelector('main').scrollTop") == scrolled
    rested = head.position
    phone.wait_for_timeout(700)
    assert head.position == rested
    width = phone.evaluate("() => document.documentElement.scrollWidth")
    assert width == 390, "nothing makes the page wider than the phone"


def test_whoever_only_watches_is_offered_neither_steering_nor_bookmarks(
    stranger: Page, server: RunningServer, client: httpx.Client, dome: str
) -> None:
    server.command("person", "add", "vera", environment={"VEDETTE_PASSWORD": PASSWORD})
    client.post(
        "/api/v1/bookmarks", json={"cameras": [dome], "start_us": 1, "title": "Of the guard"}
    ).raise_for_status()
    sign_in(stranger, "vera", path="/bookmarks")
    row = stranger.get_by_role("listitem").filter(has_text="Of the guard")
    expect(row).to_be_visible()
    expect(row.get_by_role("button", name="Change")).to_have_count(0)
    watch(stranger, dome)
    expect(stranger.get_by_role("button", name="Save this picture")).to_be_visible()
    for tool in ("Steer the camera", "Bookmark this moment"):
        expect(stranger.get_by_role("button", name=tool)).to_have_count(0)
    stranger.keyboard.press("v")
    stranger.keyboard.press("b")
    expect(stranger.locator(".ptz")).to_have_count(0)
    expect(stranger.get_by_role("form", name="Bookmark")).to_have_count(0)
