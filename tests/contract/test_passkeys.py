"""Passkeys, on SQLite and PostgreSQL alike, with an authenticator in software."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.test_accounts import CHEAP, PASSWORD, some_name
from vedette.accounts import Accounts
from vedette.accounts.ceremonies import Ceremonies
from vedette.accounts.entrance import Entrance, open_entrance
from vedette.accounts.relying_party import RelyingParty
from vedette.base.errors import BeginAgain, Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.person import Identity, Visit
from vedette.model.rights import ADMINISTRATOR
from vedette.testing.clock import FakeClock
from vedette.testing.passkey import SoftPasskey

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]

HERE = Visit("192.0.2.1", "test")
ORIGIN = "https://video.example.org"
PARTY = RelyingParty("video.example.org", (ORIGIN,))
SETTINGS = CHEAP.model_copy(update={"source_attempts": 1000})
DAY_S = 86_400


@dataclass
class Desk:
    """An organisation with a person, and the ways in."""

    accounts: Accounts
    entrance: Entrance
    clock: FakeClock
    organisation: str
    person: str
    name: str

    @property
    def me(self) -> Identity:
        return Identity(self.organisation, self.person, self.name, "session", "c")

    async def add(self, passkey: SoftPasskey, name: str = "Key ring") -> str:
        ceremony, options = await self.entrance.passkeys.begin_registration(
            self.organisation, self.person, PARTY
        )
        made = await self.entrance.passkeys.finish_registration(
            self.organisation,
            self.person,
            ceremony,
            passkey.create(options),
            name=name,
            keep=None,
        )
        return made.id

    async def sign_in(self, passkey: SoftPasskey) -> tuple[str, Identity]:
        ceremony, options = await self.entrance.passkeys.begin_sign_in(PARTY)
        return await self.entrance.passkeys.finish_sign_in(ceremony, passkey.get(options), HERE)


async def some_desk(database: Database) -> Desk:
    clock = FakeClock()
    accounts = Accounts(database, clock, SETTINGS)
    organisation, name = new_id(), some_name()
    await accounts.ensure_organisation(organisation, "School")
    person = await accounts.create_person(organisation, name, PASSWORD)
    await accounts.roles.new_grant(organisation, person.id, ADMINISTRATOR)
    entrance = open_entrance(accounts, database, clock, Sealer(Path("/nonexistent/key")))
    return Desk(accounts, entrance, clock, organisation, person.id, name)


def test_a_person_signs_in_with_a_passkey_and_types_nothing(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        passkey, ring = SoftPasskey(ORIGIN), SoftPasskey(ORIGIN, count=0, synced=True)
        await desk.add(passkey, "Stick")
        await desk.clock.advance(60)
        await desk.add(ring, "Key ring")
        for one in (passkey, ring, passkey, ring):
            secret, who = await desk.sign_in(one)
            assert who.person == desk.person
            assert await desk.accounts.by_session(secret) == who
        session = await desk.accounts.sessions.get(desk.organisation, who.credential)
        assert session.method == "passkey"
        listed = await desk.entrance.passkeys.list(desk.organisation, desk.person)
        assert [(one.name, one.synced) for one in listed] == [("Key ring", True), ("Stick", False)]
        assert all(one.used_us == desk.clock.wall_us() for one in listed)

    on_database(story)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://video.example.org.evil.test"},
        {"origin": "http://video.example.org"},
        {"rp_id": "evil.test"},
        {"verifies": False},
    ],
    ids=["look-alike", "no TLS", "other party", "owner not checked"],
)
def test_what_an_honest_browser_would_not_send_is_refused(
    on_database: OnDatabase, change: dict[str, Any]
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        good = SoftPasskey(ORIGIN)
        with pytest.raises(Refused, match="could not be checked"):
            await desk.add(replace(good, **change))
        assert await desk.entrance.passkeys.list(desk.organisation, desk.person) == []
        await desk.add(good)
        with pytest.raises(Refused, match="could not be checked"):
            await desk.sign_in(replace(good, **change))
        await desk.sign_in(replace(good, count=9))

    on_database(story)


def test_a_challenge_is_answered_once_in_time_and_by_whom_it_was_made_for(
    on_database: OnDatabase,
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        passkeys, passkey = desk.entrance.passkeys, SoftPasskey(ORIGIN)
        await desk.add(passkey)
        ceremony, options = await passkeys.begin_sign_in(PARTY)
        answer = passkey.get(options)
        await passkeys.finish_sign_in(ceremony, answer, HERE)
        with pytest.raises(BeginAgain):  # replayed
            await passkeys.finish_sign_in(ceremony, answer, HERE)
        other, _ = await passkeys.begin_sign_in(PARTY)
        with pytest.raises(Refused, match="could not be checked"):  # another challenge's answer
            await passkeys.finish_sign_in(other, passkey.get(options), HERE)
        late, options = await passkeys.begin_sign_in(PARTY)
        await desk.clock.advance(300)
        with pytest.raises(BeginAgain):
            await passkeys.finish_sign_in(late, passkey.get(options), HERE)
        colleague = await desk.accounts.create_person(desk.organisation, some_name(), PASSWORD)
        ceremony, options = await passkeys.begin_registration(
            desk.organisation, colleague.id, PARTY
        )
        with pytest.raises(BeginAgain):  # somebody else's registration
            await passkeys.finish_registration(
                desk.organisation,
                desk.person,
                ceremony,
                SoftPasskey(ORIGIN).create(options),
                name="x",
                keep=None,
            )

    on_database(story)


def test_a_copied_passkey_shows_by_its_counter(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        passkey = SoftPasskey(ORIGIN)
        await desk.add(passkey)
        copy = replace(passkey)
        await desk.sign_in(passkey)
        await desk.sign_in(passkey)
        with pytest.raises(Refused):
            await desk.sign_in(copy)

    on_database(story)


def test_a_foreign_or_unknown_passkey_opens_nothing(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        desk, foreign = await some_desk(database), await some_desk(database)
        mine, theirs = SoftPasskey(ORIGIN), SoftPasskey(ORIGIN)
        await desk.add(mine)
        their_id = await foreign.add(theirs)
        with pytest.raises(NotFound):
            await desk.entrance.passkeys.remove(
                desk.organisation, foreign.person, their_id, keep=None
            )
        with pytest.raises(NotFound):
            await desk.entrance.passkeys.remove(desk.organisation, desk.person, their_id, keep=None)
        with pytest.raises(NotFound):
            await desk.entrance.passkeys.begin_registration(
                desk.organisation, foreign.person, PARTY
            )
        with pytest.raises(Refused, match="not known here"):
            await desk.sign_in(SoftPasskey(ORIGIN, user_handle=desk.person.encode()))
        # Somebody's key that claims to be somebody else's.
        with pytest.raises(Refused, match="not known here"):
            await desk.sign_in(replace(theirs, user_handle=desk.person.encode()))
        with pytest.raises(Conflict):
            await desk.add(replace(theirs))
        _, who = await desk.sign_in(theirs)
        assert who.organisation == foreign.organisation

    on_database(story)


def test_removing_a_passkey_ends_the_sessions_that_it_may_have_opened(
    on_database: OnDatabase,
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database)
        passkey = SoftPasskey(ORIGIN)
        made = await desk.add(passkey)
        secret, _ = await desk.sign_in(passkey)
        kept, here = await desk.accounts.sign_in(desk.name, PASSWORD, source="s")
        await desk.entrance.passkeys.remove(
            desk.organisation, desk.person, made, keep=here.credential
        )
        with pytest.raises(Refused):
            await desk.accounts.by_session(secret)
        await desk.accounts.by_session(kept)
        with pytest.raises(Refused, match="not known"):
            await desk.sign_in(passkey)

    on_database(story)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("id", "rawId", "type", "response", "authenticatorAttachment"), JSON),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWERS)
def test_nonsense_is_refused_in_words(credential: dict[str, Any]) -> None:
    ceremonies = Ceremonies(FakeClock())
    ceremony, _ = ceremonies.registration(PARTY, "o", "p", name="n", known=[])
    with pytest.raises(Refused):
        ceremonies.registered(ceremony, "o", "p", credential)
    ceremony, _ = ceremonies.authentication(PARTY)
    with pytest.raises(Refused):
        ceremonies.signed(ceremony, credential, b"no key", 0)
