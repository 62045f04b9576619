"""Stories of people and rights: what somebody is given, sees, and what the log says of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]


def test_an_administrator_gives_one_camera_and_takes_it_away(
    server: RunningServer, page: Page, stranger: Page
) -> None:
    # She came as a viewer of everything; from now on it shall be the lobby alone.
    server.command("person", "add", "lea", environment={"VEDETTE_PASSWORD": PASSWORD})
    page.goto("/people")
    lea = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name="lea", exact=True)
    )
    lea.get_by_role("button", name="Take Viewer everywhere from lea").click()
    expect(lea.get_by_text("May sign in, but see nothing.")).to_be_visible()
    lea.get_by_role("button", name="Give a role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Where").select_option("camera")
    dialog.get_by_label("Which").select_option(label="Lobby")
    dialog.get_by_role("button", name="Give the role").click()
    expect(lea.get_by_text("for Lobby")).to_be_visible()

    stranger.goto("/")
    stranger.get_by_label("Name").fill("lea")
    stranger.get_by_label("Password", exact=True).fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("link", name="Lobby")).to_be_visible()
    expect(stranger.get_by_role("link", name="Playground")).to_have_count(0)
    expect(stranger.get_by_role("link", name="People")).to_have_count(0)

    # Taken away while she looks: the camera goes, and nobody touches her browser.
    lea.get_by_role("button", name="Take Viewer for Lobby from lea").click()
    expect(stranger.get_by_role("link", name="Lobby")).to_have_count(0)

    page.get_by_role("link", name="Event log").click()
    expect(page.get_by_role("heading", name="Event log")).to_be_visible()
    rows = page.get_by_role("listitem")
    expect(rows.filter(has_text="lea").filter(has_text="of Lobby").first).to_be_visible()
    page.get_by_label("Kind").select_option("person.")
    expect(rows.filter(has_text="took a role away").first).to_be_visible()
    page.get_by_role("button", name="Prove it").click()
    expect(page.get_by_text("entries are as they were written")).to_be_visible()
