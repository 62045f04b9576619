"""Single sign-on against a provider that a test can make lie, on SQLite and PostgreSQL alike."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.contract.test_accounts import CHEAP, PASSWORD, some_name
from vedette.accounts import Accounts
from vedette.accounts.openid import OpenIdProvider
from vedette.accounts.second_factor import PersonRef
from vedette.accounts.settings import SignOnSettings
from vedette.accounts.sign_on import Arrival, Linked, SignOn, SignOnFailed
from vedette.accounts.sign_on_roles import RoleChanges
from vedette.base.errors import Conflict, NotFound
from vedette.base.ids import new_id
from vedette.db.engine import Database
from vedette.model.person import Visit
from vedette.model.site import Site
from vedette.sites import SiteStore
from vedette.testing.clock import FakeClock

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]

ISSUER = "https://id.example.org/realm"
BACK = "https://video.example.org/api/v1/session/sign-on/callback"
HERE = Visit("192.0.2.1", "test")
SECRET = "the-client-s/secret"
SETTINGS = CHEAP.model_copy(update={"source_attempts": 1000})


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class LyingProvider:
    """Answers as OpenID Connect says, but for what a test changes.

    Attributes:
        changes: To the identity token's claims; None takes a claim out.
        key: Signs; what is published are ``published``.
        asked: Paths, in order.
    """

    clock: FakeClock
    key: Any = field(default_factory=lambda: new_key("k1"))
    published: list[Any] = field(default_factory=list[Any])
    changes: dict[str, Any] = field(default_factory=dict[str, Any])
    discovery: dict[str, Any] = field(default_factory=dict[str, Any])
    userinfo: dict[str, Any] = field(default_factory=dict[str, Any])
    algorithm: str = "ES256"
    subject: str = "248289761001"
    name: str = "ann"
    asked: list[str] = field(default_factory=list[str])
    challenge: str = ""
    nonce: str = ""

    def __post_init__(self) -> None:
        self.published = self.published or [self.key]

    def follow(self, address: str) -> str:
        """As a browser whose person signs in there.

        Returns:
            The state that comes back.
        """
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{ISSUER}/authorize?")
        assert query["redirect_uri"] == BACK
        assert query["code_challenge_method"] == "S256"
        assert query["scope"].split()[0] == "openid"
        self.challenge, self.nonce = query["code_challenge"], query["nonce"]
        return query["state"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/realm")
        self.asked.append(path)
        match path:
            case "/.well-known/openid-configuration":
                told: dict[str, Any] = {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                    "userinfo_endpoint": f"{ISSUER}/userinfo",
                }
                return httpx.Response(200, json=told | self.discovery)
            case "/keys":
                keys = [key.as_dict(private=False) for key in self.published]
                return httpx.Response(200, json={"keys": keys})
            case "/userinfo":
                told = {"sub": self.subject, "preferred_username": self.name}
                return httpx.Response(200, json=told | self.userinfo)
            case "/token":
                return self._token(request)
            case _:
                return httpx.Response(404)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        proved = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        assert proved.rstrip(b"=").decode() == self.challenge
        pair = base64.b64decode(request.headers["authorization"].partition(" ")[2]).decode()
        assert pair == "vedette:the-client-s%2Fsecret"
        if form["code"] != "good":
            return httpx.Response(400, json={"error": "invalid_grant"})
        now = self.clock.wall_us() // 1_000_000
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": self.subject,
            "aud": "vedette",
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce,
        } | self.changes
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        token = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        return httpx.Response(200, json={"id_token": token, "access_token": "a-token"})


@dataclass
class Desk:
    """An organisation with one person, and a provider."""

    accounts: Accounts
    sign_on: SignOn
    provider: LyingProvider
    clock: FakeClock
    me: PersonRef
    name: str
    arrival: Arrival | None = None

    async def arrive(self, *, link: PersonRef | None = None, **changes: str) -> Any:
        departure = await self.sign_on.depart("town-hall", BACK, link=link)
        state = self.provider.follow(departure.address)
        answer = {"state": state, "code": "good"} | changes
        arrived = await self.sign_on.arrive(answer, departure.binding, HERE)
        if isinstance(arrived, Linked):
            return arrived.person
        self.arrival = arrived
        return arrived.secret, arrived.who

    async def refused(self, why: str, **changes: str) -> None:
        with pytest.raises(SignOnFailed) as failed:
            await self.arrive(link=None, **changes)
        assert failed.value.why == why


async def some_desk(database: Database, folder: Path, **changes: Any) -> Desk:
    clock = FakeClock()
    accounts = Accounts(database, clock, SETTINGS)
    organisation, name = new_id(), some_name()
    await accounts.ensure_organisation(organisation, "School")
    person = await accounts.create_person(organisation, name, PASSWORD)
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    given: dict[str, Any] = {
        "name": "Town hall",
        "issuer": ISSUER,
        "client_id": "vedette",
        "client_secret_file": secret,
        "organisation": organisation,
    }
    told = SignOnSettings.model_validate(given | changes)
    provider = LyingProvider(clock, subject=new_id(), name=some_name())
    http = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    openid = OpenIdProvider(told, http, lambda: clock.wall_us() // 1_000_000)
    sign_on = SignOn(
        database, clock, [openid], sessions=accounts.sessions, attempts=accounts.attempts
    )
    return Desk(accounts, sign_on, provider, clock, PersonRef(organisation, person.id), name)


def test_who_is_linked_signs_on_and_nobody_else(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path)
        await desk.refused("unknown")
        assert await desk.arrive(link=desk.me) == desk.me
        secret, who = await desk.arrive()
        assert who.person == desk.me.person
        assert await desk.accounts.by_session(secret) == who
        session = await desk.accounts.sessions.get(who.organisation, who.credential)
        assert session.method == "Town hall"
        [link] = await desk.sign_on.links(who.organisation, who.person)
        assert (link.provider, link.issuer) == ("Town hall", ISSUER)
        with pytest.raises(NotFound):
            await desk.sign_on.unlink(new_id(), who.person, "town-hall", keep=None)
        await desk.sign_on.unlink(who.organisation, who.person, "town-hall", keep=None)
        await desk.refused("unknown")

    on_database(story)


def test_the_same_name_or_address_opens_no_account(on_database: OnDatabase, tmp_path: Path) -> None:
    """Linked by issuer and subject only: whoever may choose a name there chooses nobody here."""

    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add")
        desk.provider.name = desk.name
        await desk.refused("taken")
        desk.provider.name = some_name()
        _, added = await desk.arrive()
        assert added.person != desk.me.person
        assert added.name == desk.provider.name
        assert not await desk.accounts.has_password(added.organisation, added.person)
        desk.provider.name = desk.name  # renamed there: still the same person here
        _, again = await desk.arrive()
        assert again.person == added.person
        with pytest.raises(SignOnFailed) as failed:  # somebody else's already
            await desk.arrive(link=desk.me)
        assert (failed.value.why, failed.value.linking) == ("taken", True)
        assert (failed.value.provider, failed.value.organisation) == (
            "Town hall",
            desk.me.organisation,
        )

    on_database(story)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.test"},
        {"aud": "another client"},
        {"aud": ["vedette", "another"], "azp": "another"},
        {"nonce": "replayed"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 1 << 40},
        {"sub": None},
        {"sub": "somebody else than userinfo says"},
    ],
    ids="-".join,
)
def test_a_token_that_does_not_hold_opens_nothing(
    on_database: OnDatabase, tmp_path: Path, changes: dict[str, Any]
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add")
        desk.provider.changes = changes
        await desk.refused("provider")
        desk.provider.changes = {}
        await desk.arrive()

    on_database(story)


def test_keys_rotate_and_made_up_ones_open_nothing(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add")
        await desk.arrive()
        await desk.arrive()
        assert desk.provider.asked.count("/keys") == 1, "kept for an hour"
        forged = new_key("k1")  # the right name on the wrong key
        right, desk.provider.key = desk.provider.key, forged
        await desk.refused("provider")
        desk.provider.key = new_key("k2")
        await desk.refused("provider")
        # The client's secret, or the public key, is no key to sign people in with.
        desk.provider.key = OctKey.import_key(SECRET * 3, {"kid": "k1"})
        desk.provider.algorithm = "HS256"
        await desk.refused("provider")
        desk.provider.key, desk.provider.algorithm = right, "ES256"
        await desk.arrive()

    on_database(story)


def test_a_new_key_is_looked_for(
    on_database: OnDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add")
        await desk.arrive()
        monkeypatch.setattr("vedette.accounts.openid._KEYS_AGAIN_S", 0.0)
        desk.provider.key = new_key("k2")
        desk.provider.published = [desk.provider.key]
        await desk.arrive()
        assert desk.provider.asked.count("/keys") == 2

    on_database(story)


def test_only_the_browser_that_left_comes_back_once_and_in_time(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add")
        departure = await desk.sign_on.depart("town-hall", BACK)
        answer = {"state": desk.provider.follow(departure.address), "code": "good"}
        for binding in ("", "another browser's"):
            with pytest.raises(SignOnFailed, match="begin again"):
                await desk.sign_on.arrive(answer, binding, HERE)
        # Whoever tried to take it over has ended it.
        with pytest.raises(SignOnFailed, match="begin again"):
            await desk.sign_on.arrive(answer, departure.binding, HERE)
        departure = await desk.sign_on.depart("town-hall", BACK)
        answer = {"state": desk.provider.follow(departure.address), "code": "good"}
        await desk.sign_on.arrive(answer, departure.binding, HERE)
        for late in (answer, {"state": "made up", "code": "good"}, {}):
            with pytest.raises(SignOnFailed, match="begin again"):
                await desk.sign_on.arrive(late, departure.binding, HERE)
        departure = await desk.sign_on.depart("town-hall", BACK)
        answer = {"state": desk.provider.follow(departure.address), "code": "good"}
        await desk.clock.advance(600)
        with pytest.raises(SignOnFailed, match="begin again"):
            await desk.sign_on.arrive(answer, departure.binding, HERE)

    on_database(story)


def test_what_the_provider_sends_back_is_said_in_words(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path, unknown="add", allowed_groups=["guards"])
        await desk.refused("cancelled", error="access_denied")
        await desk.refused("provider", error="server_error")
        await desk.refused("provider", code="stolen")
        await desk.refused("provider", iss="https://evil.test")
        await desk.refused("not-allowed")
        desk.provider.userinfo = {"groups": ["guards"]}
        await desk.arrive(iss=ISSUER)
        other = PersonRef(new_id(), new_id())
        with pytest.raises(Conflict, match="another organisation"):
            await desk.sign_on.depart("town-hall", BACK, link=other)
        with pytest.raises(NotFound):
            await desk.sign_on.depart("nowhere", BACK)

    on_database(story)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://evil.test"},
        {"authorization_endpoint": "http://id.example.org/authorize"},
        {"token_endpoint": None},
        {"jwks_uri": "javascript:alert(1)"},
    ],
    ids="-".join,
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    on_database: OnDatabase, tmp_path: Path, discovery: dict[str, Any]
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, tmp_path)
        desk.provider.discovery = discovery
        with pytest.raises(SignOnFailed, match="provider does not answer as it should"):
            await desk.sign_on.depart("town-hall", BACK)

    on_database(story)


def test_neither_secret_nor_code_nor_token_reaches_the_log(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database.open(f"sqlite:///{tmp_path}/vedette.db")
        try:
            await database.migrate()
            with structlog.testing.capture_logs() as lines:
                desk = await some_desk(database, tmp_path, unknown="add")
                await desk.refused("provider", code="a-stolen-code")
                desk.provider.changes = {"nonce": "replayed"}
                await desk.refused("provider")
            written = repr(lines)
            assert "accounts.sign_on_failed" in written
            for hidden in (SECRET, "a-stolen-code", "a-token", "eyJ", desk.provider.nonce):
                assert hidden not in written
        finally:
            await database.close()

    asyncio.run(story())


def test_who_is_added_gets_what_the_settings_say(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        for added_role, held in (("", []), ("Viewer", ["viewer"]), ("no such role", [])):
            desk = await some_desk(database, tmp_path, unknown="add", added_role=added_role)
            _, who = await desk.arrive()
            assert desk.arrival is not None
            assert desk.arrival.added
            grants = await desk.accounts.roles.grants(who.organisation, who.person)
            assert [(one.role, one.scope_id, one.provider) for one in grants] == [
                (role, "", None) for role in held
            ]
            assert desk.arrival.changes == RoleChanges(tuple(grants))
            for grant in grants:  # taken by hand, it stays away
                await desk.accounts.roles.new_grant(
                    who.organisation, desk.me.person, "administrator"
                )
                await desk.accounts.roles.revoke(who.organisation, who.person, grant.id)
            await desk.arrive()
            assert not desk.arrival.added
            assert not await desk.accounts.roles.grants(who.organisation, who.person)

    on_database(story)


def test_groups_give_roles_and_who_leaves_a_group_loses_its_role(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        roles = [
            {"group": "chiefs", "role": "administrator"},
            {"group": "guards", "role": "Operator", "site": "School"},
            {"group": "guards", "role": "viewer", "site": "nowhere"},
        ]
        desk = await some_desk(database, tmp_path, roles=roles)
        mine, me = desk.me.organisation, desk.me.person
        site = await SiteStore(database).add(mine, Site(new_id(), mine, "School"))
        assert await desk.sign_on.check() == ["Town hall: there is no site 'nowhere'"]
        await desk.arrive(link=desk.me)
        by_hand = await desk.accounts.roles.new_grant(mine, me, "auditor")

        async def signs_on(*groups: str) -> set[tuple[str, str]]:
            desk.provider.userinfo = {"groups": list(groups)}
            await desk.arrive()
            held = await desk.accounts.roles.grants(mine, me)
            assert by_hand in held, "what a person gave is nothing to the provider"
            return {(one.role, one.scope_id) for one in held if one.provider == ISSUER}

        assert await signs_on() == set()
        assert await signs_on("guards", "others") == {("operator", site.id)}
        assert await signs_on("guards") == {("operator", site.id)}
        theirs = [one for one in await desk.accounts.roles.grants(mine, me) if one.provider]
        with pytest.raises(Conflict, match="single sign-on"):
            await desk.accounts.roles.change_grant(mine, replace(theirs[0], role="viewer"))
        assert desk.arrival is not None
        assert desk.arrival.changes == RoleChanges()
        assert await signs_on("chiefs") == {("administrator", "")}
        assert [one.role for one in desk.arrival.changes.taken] == ["operator"]
        # Nobody else may give roles: the provider cannot lock the organisation out of its house.
        assert await signs_on("guards") == {("operator", site.id), ("administrator", "")}
        with pytest.raises(Conflict, match="nobody would be left"):
            await desk.sign_on.unlink(mine, me, "town-hall", keep=None)
        other = await desk.accounts.create_person(mine, some_name(), PASSWORD)
        await desk.accounts.roles.new_grant(mine, other.id, "administrator")
        assert await signs_on("guards") == {("operator", site.id)}
        await desk.sign_on.unlink(mine, me, "town-hall", keep=None)
        assert await desk.accounts.roles.grants(mine, me) == [by_hand]

    on_database(story)
