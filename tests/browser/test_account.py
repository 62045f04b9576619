"""Stories of people and their accounts: a real browser on a real server."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pyotp.totp import TOTP

from tests.browser.conftest import PASSWORD
from tests.browser.looking import sign_in
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]


def add_person(server: RunningServer, name: str) -> None:
    server.command("person", "add", name, environment={"VEDETTE_PASSWORD": PASSWORD})


def test_a_person_signs_out_a_forgotten_browser_and_changes_the_password(
    browser: Browser, server: RunningServer, stranger: Page
) -> None:
    add_person(server, "ann")
    sign_in(stranger, "ann")
    forgotten = browser.new_context(base_url=server.url)
    try:
        elsewhere = forgotten.new_page()
        sign_in(elsewhere, "ann")
        expect(elsewhere.get_by_role("link", name="Wall", exact=True)).to_be_visible()

        stranger.get_by_role("link", name="ann").click()
        expect(stranger.get_by_role("heading", name="Your account")).to_be_visible()
        expect(stranger.get_by_text("this browser")).to_have_count(1)
        stranger.get_by_role("button", name="Sign out Chrome on Linux").click()
        # Nobody touches the other browser: the server tells it.
        expect(elsewhere.get_by_label("Password", exact=True)).to_be_visible()

        sign_in(elsewhere, "ann")
        expect(elsewhere.get_by_role("link", name="Wall", exact=True)).to_be_visible()
        stranger.get_by_role("button", name="Change…").click()
        stranger.get_by_label("Current password").fill(PASSWORD)
        stranger.get_by_label("New password").fill("battery staple correct")
        stranger.get_by_role("button", name="Change password").click()
        expect(stranger.get_by_text("The password is changed.")).to_be_visible()
        expect(elsewhere.get_by_label("Password", exact=True)).to_be_visible()
        sign_in(elsewhere, "ann")
        expect(elsewhere.get_by_role("alert")).to_contain_text("password is wrong")
        sign_in(elsewhere, "ann", "battery staple correct")
        expect(elsewhere.get_by_role("link", name="Wall", exact=True)).to_be_visible()
    finally:
        forgotten.close()


def test_a_person_sets_up_a_second_step_and_needs_it_from_then_on(
    server: RunningServer, stranger: Page
) -> None:
    add_person(server, "ben")
    sign_in(stranger, "ben")
    stranger.get_by_role("link", name="ben").click()
    stranger.get_by_role("button", name="Set up…").click()
    expect(stranger.get_by_role("img", name="QR code")).to_be_visible()
    app = TOTP(stranger.locator("code.secret").inner_text().replace(" ", ""))
    stranger.get_by_label("Code that the app shows").fill(app.now())
    stranger.get_by_role("button", name="Switch on").click()
    codes = stranger.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    on_paper = codes.first.inner_text()
    stranger.get_by_role("button", name="I have kept them").click()
    expect(stranger.get_by_text("10 recovery codes are left")).to_be_visible()

    stranger.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(stranger, "ben")
    stranger.get_by_label("Code from your authenticator app").fill("000000")
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("alert")).to_contain_text("code is wrong")
    stranger.get_by_role("button", name="Telephone lost?").click()
    stranger.get_by_label("Recovery code").fill(on_paper)
    stranger.get_by_role("button", name="Sign in", exact=True).click()
    expect(stranger.get_by_role("link", name="ben")).to_be_visible()
    server.command("person", "reset-second-factor", "ben")
    stranger.goto("/")
    sign_in(stranger, "ben")
    expect(stranger.get_by_role("link", name="ben")).to_be_visible()


def give_authenticator(page: Page) -> None:
    """A virtual fingerprint reader (Web Authentication Level 3, 11), as Chromium has it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_person_makes_a_passkey_and_signs_in_without_typing(
    server: RunningServer, stranger: Page
) -> None:
    add_person(server, "cleo")
    give_authenticator(stranger)
    sign_in(stranger, "cleo")
    stranger.get_by_role("link", name="cleo").click()
    stranger.get_by_role("button", name="Add a passkey…").click()
    stranger.get_by_label("Name of the passkey").fill("Work laptop")
    stranger.get_by_role("button", name="Add", exact=True).click()
    expect(stranger.get_by_text("not used yet")).to_be_visible()

    stranger.get_by_role("button", name="Sign out", exact=True).click()
    stranger.get_by_role("button", name="Sign in with a passkey").click()
    stranger.get_by_role("link", name="cleo").click()
    expect(stranger.get_by_text("by passkey")).to_be_visible()
    expect(stranger.get_by_text("· last used")).to_be_visible()
    stranger.get_by_role("button", name="Remove Work laptop").click()
    expect(stranger.get_by_text("Work laptop")).to_have_count(0)


def test_an_administrator_invites_somebody_who_makes_a_passkey(
    browser: Browser, server: RunningServer, page: Page
) -> None:
    page.goto("/people")
    page.get_by_role("button", name="Invite somebody…").click()
    page.get_by_label("Name to sign in with").fill("dora")
    page.get_by_role("combobox", name="Role").select_option("operator")
    page.get_by_role("combobox", name="Where").select_option("camera")
    expect(page.get_by_role("button", name="Make the link")).to_be_disabled()
    page.get_by_role("checkbox", name="Lobby").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Link for dora").input_value()
    assert link.startswith(f"{server.url}/join#")
    expect(page.get_by_text("Invited by guard")).to_be_visible()
    expect(page.get_by_text("Operator for Lobby")).to_be_visible()

    elsewhere = browser.new_context(base_url=server.url)
    try:
        guest = elsewhere.new_page()
        give_authenticator(guest)
        guest.goto(link)
        expect(guest.get_by_text("Welcome, dora")).to_be_visible()
        expect(guest.get_by_text("as operator")).to_be_visible()
        assert guest.evaluate("location.hash") == "", "the secret does not stay in the address"
        guest.get_by_role("button", name="Make a passkey").click()
        expect(guest.get_by_role("link", name="dora")).to_be_visible()
        guest.goto("about:blank")
        guest.goto(link)
        expect(guest.get_by_role("alert")).to_contain_text("ask for a new one")
        guest.goto("/")
        expect(guest.get_by_role("link", name="dora")).to_be_visible()
        expect(guest.get_by_role("link", name="Lobby")).to_be_visible()
        expect(guest.get_by_role("link", name="Playground")).to_have_count(0)

        page.reload()
        expect(page.get_by_text("Invited by guard")).to_have_count(0)
        page.get_by_role("button", name="Sign out dora on Chrome on Linux").click()
        expect(guest.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    finally:
        elsewhere.close()


def test_an_invited_person_chooses_a_password_instead(page: Page, stranger: Page) -> None:
    page.goto("/people")
    page.get_by_role("button", name="Invite somebody…").click()
    page.get_by_label("Name to sign in with").fill("emil")
    page.get_by_role("button", name="Make the link").click()
    stranger.goto(page.get_by_label("Link for emil").input_value())
    stranger.get_by_label("A new password").fill("short")
    expect(stranger.get_by_text("5 more characters are needed")).to_be_visible()
    stranger.get_by_label("A new password").fill(PASSWORD)
    stranger.get_by_role("button", name="Continue with this password").click()
    expect(stranger.get_by_role("link", name="emil")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign out emil on Chrome on Linux")).to_be_visible()
    page.get_by_role("link", name="Event log").click()
    rows = page.get_by_role("listitem")
    expect(rows.filter(has_text="emil").filter(has_text="joined, invited by guard")).to_be_visible()
    expect(rows.filter(has_text="guard").filter(has_text="invited somebody: emil")).to_be_visible()
