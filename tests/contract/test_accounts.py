"""What signing in must do, on SQLite and PostgreSQL alike."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from vedette.accounts import Accounts, AccountSettings
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused, TooManyAttempts
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity
from vedette.testing.clock import FakeClock

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]

PASSWORD = "correct horse"
CHEAP = AccountSettings(
    hash_memory_kib=8, hash_passes=1, hash_lanes=1, name_attempts=3, source_attempts=5
)


async def some_accounts(
    database: Database, settings: AccountSettings = CHEAP
) -> tuple[Accounts, FakeClock, str]:
    clock = FakeClock()
    accounts = Accounts(database, clock, settings)
    organisation = new_id()
    await accounts.ensure_organisation(organisation, "School")
    return accounts, clock, organisation


def some_name() -> str:
    return f"Ann {new_id()}"


def test_a_person_signs_in_and_out(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        person = await accounts.create_person(organisation, f" {name} ", PASSWORD)
        assert await accounts.has_people()
        assert await accounts.people(organisation) == [person]
        secret, identity = await accounts.sign_in(name.upper(), PASSWORD, source="192.0.2.1")
        assert identity == Identity(organisation, person.id, name, "session", identity.credential)
        assert await accounts.by_session(secret) == identity
        await accounts.sign_out(organisation, identity.credential)
        await accounts.sign_out(organisation, identity.credential)
        with pytest.raises(Refused, match="sign in again"):
            await accounts.by_session(secret)

    on_database(story)


def test_a_wrong_name_and_a_wrong_password_say_the_same(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        await accounts.create_person(organisation, name, PASSWORD)
        said: list[str] = []
        for tried, password in [(name, "wrong"), ("nobody", PASSWORD), (name, "x" * 100_000)]:
            with pytest.raises(Refused) as refusal:
                await accounts.sign_in(tried, password, source="192.0.2.1")
            said.append(str(refusal.value))
        assert said == ["the name or the password is wrong"] * 3

    on_database(story)


def test_guessing_one_name_is_slowed_down_and_recovers(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, clock, organisation = await some_accounts(database)
        name = some_name()
        await accounts.create_person(organisation, name, PASSWORD)
        for n in range(3):
            with pytest.raises(Refused):
                await accounts.sign_in(name, "wrong", source=f"192.0.2.{n}")
        with pytest.raises(TooManyAttempts, match="try again in 30 s") as refusal:
            await accounts.sign_in(name.lower(), PASSWORD, source="192.0.2.9")
        assert refusal.value.retry_after_s == 30
        await clock.advance(30)
        for _ in range(9):  # success costs nothing
            await accounts.sign_in(name, PASSWORD, source="192.0.2.9")

    on_database(story)


def test_guessing_from_one_source_is_slowed_down(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        await accounts.create_person(organisation, name, PASSWORD)
        attempts = await asyncio.gather(
            *(accounts.sign_in(f"n{n}", "wrong", source="192.0.2.1") for n in range(20)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, TooManyAttempts) for each in attempts) == 15
        with pytest.raises(TooManyAttempts):
            await accounts.sign_in(name, PASSWORD, source="192.0.2.1")
        await accounts.sign_in(name, PASSWORD, source="192.0.2.2")

    on_database(story)


def test_a_session_ends_when_idle_and_in_any_case(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        settings = CHEAP.model_copy(update={"session_idle_s": 3_600, "session_max_s": 10_000})
        accounts, clock, organisation = await some_accounts(database, settings)
        name = some_name()
        await accounts.create_person(organisation, name, PASSWORD)
        idle, _ = await accounts.sign_in(name, PASSWORD, source="s")
        used, _ = await accounts.sign_in(name, PASSWORD, source="s")
        for _ in range(3):
            await clock.advance(3_000)
            await accounts.by_session(used)
        with pytest.raises(Refused):
            await accounts.by_session(idle)
        await clock.advance(1_000)
        with pytest.raises(Refused):
            await accounts.by_session(used)

    on_database(story)


def test_a_token_works_until_it_expires_or_is_revoked(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, clock, organisation = await some_accounts(database)
        person = await accounts.create_person(organisation, some_name(), PASSWORD)
        now_us = clock.wall_us()
        short, token = await accounts.make_token(
            organisation, person.id, "nightly", now_us + 60_000_000
        )
        long, other = await accounts.make_token(organisation, person.id, "backup", None)
        assert short.startswith("vdt_")
        identity = await accounts.by_token(short)
        assert identity == Identity(organisation, person.id, person.name, "token", token.id)
        assert {each.id for each in await accounts.tokens(organisation)} == {token.id, other.id}
        used = {each.id: each.last_used_us for each in await accounts.tokens(organisation)}
        assert used == {token.id: now_us, other.id: None}
        await clock.advance(60)
        with pytest.raises(Refused):
            await accounts.by_token(short)
        await accounts.by_token(long)
        await accounts.revoke_token(organisation, other.id)
        with pytest.raises(Refused):
            await accounts.by_token(long)
        with pytest.raises(NotFound):
            await accounts.revoke_token(organisation, other.id)
        with pytest.raises(BadRequest):
            await accounts.make_token(organisation, person.id, "late", now_us)
        with pytest.raises(NotFound):
            await accounts.make_token(organisation, new_id(), "whose", None)

    on_database(story)


def test_an_entry_link_opens_once(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, clock, organisation = await some_accounts(database)
        person = await accounts.create_person(organisation, some_name(), PASSWORD)
        link = await accounts.make_entry_link(organisation, person.id, 60)
        both = await asyncio.gather(
            accounts.redeem_entry(link), accounts.redeem_entry(link), return_exceptions=True
        )
        [(secret, identity)] = [each for each in both if isinstance(each, tuple)]
        assert [type(each) for each in both if not isinstance(each, tuple)] == [Refused]
        assert await accounts.by_session(secret) == identity
        late = await accounts.make_entry_link(organisation, person.id, 60)
        await clock.advance(60)
        with pytest.raises(Refused, match="expired"):
            await accounts.redeem_entry(late)
        for ttl_s in (0, -1, 8 * 86_400, float("nan")):
            with pytest.raises(BadRequest):
                await accounts.make_entry_link(organisation, person.id, ttl_s)

    on_database(story)


def test_changing_the_password_ends_every_session(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        person = await accounts.create_person(organisation, name, PASSWORD)
        secret, _ = await accounts.sign_in(name, PASSWORD, source="s")
        link = await accounts.make_entry_link(organisation, person.id, 60)
        with pytest.raises(Refused, match="current password is wrong"):
            await accounts.change_password(organisation, person.id, "wrong", "battery staple")
        await accounts.change_password(organisation, person.id, PASSWORD, "battery staple")
        for attempt in (accounts.by_session(secret), accounts.redeem_entry(link)):
            with pytest.raises(Refused):
                await attempt
        with pytest.raises(Refused):
            await accounts.sign_in(name, PASSWORD, source="s")
        await accounts.sign_in(name, "battery staple", source="s")
        await accounts.set_password(organisation, person.id, "set by operator")
        await accounts.sign_in(name, "set by operator", source="s")

    on_database(story)


def test_a_hash_of_old_strength_is_renewed_at_sign_in(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, clock, organisation = await some_accounts(database)
        name = some_name()
        person = await accounts.create_person(organisation, name, PASSWORD)
        stronger = CHEAP.model_copy(update={"hash_passes": 2})
        await Accounts(database, clock, stronger).sign_in(name, PASSWORD, source="s")
        question = select(schema.person.c.password_hash).where(schema.person.c.id == person.id)
        stored = await database.read(lambda at: at.execute(question).scalar_one())
        assert stored.startswith("$argon2id$v=19$m=8,t=2,p=1$")

    on_database(story)


def test_names_and_passwords_that_cannot_be_used(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        for bad in ("pa55", "x" * 1_025, name.upper(), "aaaaaaaaaaaa"):
            with pytest.raises(BadRequest) as refusal:
                await accounts.create_person(organisation, name, bad)
            assert bad not in str(refusal.value)
        for bad in ("", "a\tb", "x" * 101):
            with pytest.raises(BadRequest):
                await accounts.create_person(organisation, bad, PASSWORD)
        await accounts.create_person(organisation, name, PASSWORD)
        other = new_id()
        await accounts.ensure_organisation(other, "Another")
        with pytest.raises(Conflict):
            await accounts.create_person(other, name.upper(), PASSWORD)
        with pytest.raises(NotFound):
            await accounts.create_person(new_id(), some_name(), PASSWORD)

    on_database(story)


def test_a_password_that_attackers_know_is_refused_wherever_one_is_chosen(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        known = "trustno1trustno1"
        file = tmp_path / "list"
        file.write_text(
            f"{hashlib.sha1(known.encode(), usedforsecurity=False).hexdigest().upper()}:7\n"
        )
        settings = CHEAP.model_copy(update={"breached_passwords": file})
        accounts, _, organisation = await some_accounts(database, settings)
        person = await accounts.create_person(organisation, some_name(), PASSWORD)
        for attempt in (
            accounts.create_person(organisation, some_name(), known),
            accounts.set_password(organisation, person.id, known),
            accounts.change_password(organisation, person.id, PASSWORD, known),
            accounts.hash_new_password(known, "somebody invited"),
        ):
            with pytest.raises(BadRequest, match="attackers know"):
                await attempt

    on_database(story)


def test_no_secret_is_stored_as_it_is(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        accounts, _, organisation = await some_accounts(database)
        name = some_name()
        person = await accounts.create_person(organisation, name, PASSWORD)
        session, _ = await accounts.sign_in(name, PASSWORD, source="s")
        token, _ = await accounts.make_token(organisation, person.id, "t", None)
        link = await accounts.make_entry_link(organisation, person.id, 60)
        written = ""
        for table in (schema.person, schema.session, schema.api_token, schema.entry_link):
            rows = await database.read(lambda at, table=table: at.execute(select(table)).all())
            assert rows
            written += repr(rows)
        for secret in (PASSWORD, session, token, token.removeprefix("vdt_"), link):
            assert secret not in written

    on_database(story)
