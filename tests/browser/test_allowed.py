"""Stories of people who may see a part of a camera only, or follow a link that leads nowhere."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.looking import signed_in_as
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

SLOW_MS = 60_000
ASK = "ask whoever handles people and roles"


@pytest.fixture
def guard(server: RunningServer) -> Iterator[httpx.Client]:
    """Asks as the administrator."""
    with httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=120) as client:
        body = {"name": "guard", "password": PASSWORD}
        client.post("/api/v1/session", json=body).raise_for_status()
        yield client


def camera_called(guard: httpx.Client, name: str) -> str:
    cameras = guard.get("/api/v1/cameras").raise_for_status().json()["cameras"]
    return next(one["id"] for one in cameras if one["name"] == name)


def newcomer(server: RunningServer, guard: httpx.Client, name: str, *rights: str) -> None:
    """Somebody with a role of their own, everywhere."""
    role = {"name": f"Role of {name}", "rights": list(rights), "replay_s": None}
    guard.post("/api/v1/roles", json=role).raise_for_status()
    given = ("--role", f"Role of {name}")
    server.command("person", "add", name, *given, environment={"VEDETTE_PASSWORD": PASSWORD})


def test_whoever_may_only_watch_live_is_told_so_and_whom_to_ask(
    stranger: Page, server: RunningServer, guard: httpx.Client
) -> None:
    newcomer(server, guard, "porter", "live")
    lobby = camera_called(guard, "Lobby")
    signed_in_as(stranger, "porter")
    stranger.wait_for_selector(".tile[data-state=playing]", timeout=SLOW_MS)
    expect(stranger.get_by_text(ASK)).to_be_visible()
    expect(stranger.get_by_role("slider")).to_have_count(0)

    # A link to a moment leads to what may be seen, and says why it is not that moment.
    before = datetime.fromtimestamp(time.time() - 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stranger.goto(f"/camera/{lobby}?at={before}")
    stranger.wait_for_selector(".stage[data-mode=live][data-state=playing]", timeout=SLOW_MS)
    expect(stranger.get_by_text("You may watch live pictures here")).to_be_visible()
    expect(stranger.get_by_text(ASK)).to_be_visible()
    for what in ("10 seconds back", "Pause", "Go to a date and time", "Export"):
        expect(stranger.get_by_role("button", name=what)).to_have_count(0)
    expect(stranger.get_by_role("slider")).to_have_count(0)
    stranger.keyboard.press("j")
    stranger.keyboard.press("Space")
    expect(stranger.locator(".stage")).to_have_attribute("data-mode", "live")
    expect(stranger.get_by_role("link", name="Bookmarks")).to_have_count(0)


def test_whoever_may_only_replay_is_not_sent_to_a_live_picture(
    stranger: Page, server: RunningServer, guard: httpx.Client
) -> None:
    newcomer(server, guard, "detective", "replay")
    lobby = camera_called(guard, "Lobby")
    signed_in_as(stranger, "detective")
    stranger.goto(f"/camera/{lobby}")
    expect(stranger.get_by_text("You may not watch this camera live")).to_be_visible()
    expect(stranger.get_by_role("button", name="Back to live")).to_have_count(0)
    stranger.get_by_role("button", name="10 seconds back").click()
    stranger.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)
    stranger.keyboard.press("End")
    expect(stranger.locator(".stage")).to_have_attribute("data-mode", "replay")


def test_a_camera_that_is_not_there_or_not_theirs_is_not_told_apart(
    lost: Page, server: RunningServer, guard: httpx.Client
) -> None:
    lobby, yard = camera_called(guard, "Lobby"), camera_called(guard, "Playground")
    server.command("person", "add", "kim", environment={"VEDETTE_PASSWORD": PASSWORD})
    people = guard.get("/api/v1/people").raise_for_status().json()["people"]
    kim = next(one for one in people if one["name"] == "kim")
    (everywhere,) = kim["grants"]
    path = f"/api/v1/people/{kim['id']}/roles"
    body = {"role": "viewer", "scope": "camera", "scope_id": lobby}
    guard.post(path, json=body).raise_for_status()
    guard.delete(f"{path}/{everywhere['id']}").raise_for_status()

    signed_in_as(lost, "kim")
    said: set[str] = set()
    for address in (yard, f"{yard[:-4]}0000", "lobby"):
        lost.goto(f"/camera/{address}")
        expect(lost.get_by_role("heading", name="This camera is not here")).to_be_visible()
        said.add(lost.locator("main").inner_text())
    assert len(said) == 1, "what is somebody else's is not told apart from what is not there"
    (text,) = said
    assert "Playground" not in text
    assert ASK in text
    lost.get_by_role("main").get_by_role("link", name="All cameras").click()
    expect(lost.get_by_role("main").get_by_role("link", name="Lobby")).to_be_visible()
    expect(lost.get_by_text("Playground")).to_have_count(0)
    # So does its page of settings.
    lost.goto(f"/cameras/{yard}")
    expect(lost.get_by_role("heading", name="This camera is not here")).to_be_visible()
    expect(lost.get_by_text(ASK)).to_be_visible()
    # Of what she may watch the page tells how it is, and offers nothing that she may not change.
    lost.goto(f"/cameras/{lobby}")
    expect(lost.get_by_role("heading", name="Bit rate and loss")).to_be_visible()
    for what in ("Save", "Remove this camera…"):
        expect(lost.get_by_role("button", name=what)).to_have_count(0)
