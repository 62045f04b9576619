"""Stories of people and rights: what somebody is given, sees, and what the log says of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.looking import sign_in
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
    lea.get_by_role("button", name="Take away Viewer everywhere from lea").click()
    expect(lea.get_by_text("May sign in, but see nothing.")).to_be_visible()
    lea.get_by_role("button", name="Give a role").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Where").select_option("camera")
    dialog.get_by_label("Which").select_option(label="Lobby")
    dialog.get_by_role("button", name="Give the role").click()
    expect(lea.get_by_text("for Lobby")).to_be_visible()

    sign_in(stranger, "lea")
    expect(stranger.get_by_role("link", name="Lobby")).to_be_visible()
    expect(stranger.get_by_role("link", name="Playground")).to_have_count(0)
    expect(stranger.get_by_role("link", name="People")).to_have_count(0)

    # Taken away while she looks: the camera goes, and nobody touches her browser.
    lea.get_by_role("button", name="Take away Viewer for Lobby from lea").click()
    expect(stranger.get_by_role("link", name="Lobby")).to_have_count(0)

    page.get_by_role("link", name="Event log").click()
    expect(page.get_by_role("heading", name="Event log")).to_be_visible()
    rows = page.get_by_role("listitem")
    expect(rows.filter(has_text="lea").filter(has_text="of Lobby").first).to_be_visible()
    page.get_by_label("Kind").select_option("person.")
    expect(rows.filter(has_text="took a role away").first).to_be_visible()
    page.get_by_role("button", name="Prove it").click()
    expect(page.get_by_text("entries are as they were written")).to_be_visible()


def test_roles_and_groups_of_ones_own_are_made_changed_and_removed(
    server: RunningServer, page: Page
) -> None:
    server.command("person", "add", "noor", environment={"VEDETTE_PASSWORD": PASSWORD})
    page.goto("/people")
    dialog, rows = page.get_by_role("dialog"), page.get_by_role("listitem")
    page.get_by_role("button", name="Make a group").click()
    dialog.get_by_label("Name").fill("Doors")
    dialog.get_by_label("Lobby").check()
    dialog.get_by_role("button", name="Make the group").click()
    page.get_by_role("button", name="Make a role").click()
    dialog.get_by_label("Name").fill("Night shift")
    dialog.get_by_label("steer cameras").check()
    dialog.get_by_label("Footage of the last").fill("0.5")
    dialog.get_by_role("button", name="Make the role").click()
    night = rows.filter(has_text="Night shift").filter(has=page.get_by_text("may watch live"))
    expect(night).to_contain_text("watch live, steer cameras; footage of the last 12 hours")

    noor = rows.filter(has=page.get_by_role("heading", name="noor", exact=True))
    noor.get_by_role("button", name="Change Viewer everywhere of noor").click()
    dialog.get_by_label("Role").select_option(label="Night shift")
    dialog.get_by_label("Where").select_option("group")
    dialog.get_by_role("button", name="Save").click()
    expect(noor.get_by_text("for Doors")).to_be_visible()
    expect(noor.get_by_text("everywhere")).to_have_count(0)

    page.get_by_role("button", name="Change the role Night shift").click()
    expect(dialog.get_by_label("steer cameras")).to_be_checked()
    dialog.get_by_label("Name").fill("Late shift")
    dialog.get_by_label("steer cameras").uncheck()
    dialog.get_by_label("watch recorded footage").check()
    dialog.get_by_label("Footage of the last").fill("7")
    dialog.get_by_role("button", name="Save the role").click()
    late = rows.filter(has_text="Late shift").filter(has=page.get_by_text("may watch live"))
    expect(late).to_contain_text("watch recorded footage; footage of the last 7 days")
    expect(noor.get_by_text("Late shift", exact=True)).to_be_visible()

    page.get_by_role("button", name="Change the group Doors").click()
    dialog.get_by_label("Name").fill("Ways in")
    dialog.get_by_label("Car park").check()
    dialog.get_by_role("button", name="Save the group").click()
    group = rows.filter(has_text="Ways in").filter(has_text="Car park")
    expect(group).to_contain_text("Lobby")
    expect(noor.get_by_text("for Ways in")).to_be_visible()

    page.get_by_role("button", name="Remove the group Ways in").click()
    page.get_by_role("button", name="Yes, remove Ways in").click()
    expect(page.get_by_text("None yet. A group gives")).to_be_visible()
    expect(noor.get_by_text("May sign in, but see nothing.")).to_be_visible()
    page.get_by_role("button", name="Remove the role Late shift").click()
    page.get_by_role("button", name="Yes, remove Late shift").click()
    expect(page.get_by_text("Late shift")).to_have_count(0)
