"""The second step after a password, on SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select

from tests.contract.test_accounts import CHEAP, PASSWORD, some_name
from vedette.accounts import Accounts
from vedette.accounts.entrance import open_entrance
from vedette.accounts.second_factor import SecondFactor
from vedette.base.errors import CodeAsked, Conflict, NotFound, Refused, TooManyAttempts
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.person import Identity, Visit
from vedette.testing.clock import FakeClock

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]

HERE = Visit("192.0.2.1", "test")
SETTINGS = CHEAP.model_copy(update={"source_attempts": 100, "name_attempts": 100})


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Path:
    """One key for everything that is sealed in the module's database."""
    del database_url
    return tmp_path_factory.mktemp("keys") / "key"


@dataclass
class Desk:
    """A person with a password, and what asks for codes."""

    accounts: Accounts
    factor: SecondFactor
    clock: FakeClock
    organisation: str
    person: str
    name: str
    secret: str = ""

    def code(self) -> str:
        """What the app shows now."""
        return TOTP(self.secret).at(self.clock.wall_us() // 1_000_000)

    async def set_up(self) -> list[str]:
        begun = await self.factor.enrol(self.organisation, self.person)
        self.secret = begun.secret
        codes = await self.factor.confirm(self.organisation, self.person, self.code(), keep=None)
        await self.clock.advance(30)
        return codes

    async def password(self) -> str:
        """Sign in as far as the second step."""
        with pytest.raises(CodeAsked) as asked:
            await self.accounts.sign_in(self.name, PASSWORD, source=HERE.source)
        return asked.value.second_step

    async def sign_in(self, code: str) -> tuple[str, Identity]:
        return await self.factor.finish_sign_in(await self.password(), code, HERE)


async def some_desk(database: Database, key_file: Path) -> Desk:
    clock = FakeClock()
    accounts = Accounts(database, clock, SETTINGS)
    organisation, name = new_id(), some_name()
    await accounts.ensure_organisation(organisation, "School")
    person = await accounts.create_person(organisation, name, PASSWORD)
    entrance = open_entrance(accounts, database, clock, Sealer(key_file))
    return Desk(accounts, entrance.second_factor, clock, organisation, person.id, name)


def test_once_set_up_a_code_is_asked_and_a_password_alone_opens_nothing(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        begun = await desk.factor.enrol(desk.organisation, desk.person)
        desk.secret = begun.secret
        earlier, _ = await desk.accounts.sign_in(desk.name, PASSWORD, source="s")
        kept, mine = await desk.accounts.sign_in(desk.name, PASSWORD, source="s")
        with pytest.raises(Refused, match="code is wrong"):
            await desk.factor.confirm(desk.organisation, desk.person, "000000", keep=None)
        codes = await desk.factor.confirm(
            desk.organisation, desk.person, desk.code(), keep=mine.credential
        )
        assert len(codes) == 10
        await desk.accounts.by_session(kept)
        with pytest.raises(Refused):
            await desk.accounts.by_session(earlier)
        second_step = await desk.password()
        with pytest.raises(Refused):
            await desk.accounts.by_session(second_step)
        with pytest.raises(Refused):
            await desk.factor.finish_sign_in(second_step, "000000", HERE)
        await desk.clock.advance(30)
        secret, who = await desk.factor.finish_sign_in(second_step, desk.code(), HERE)
        assert who.person == desk.person
        assert await desk.accounts.by_session(secret) == who
        session = await desk.accounts.sessions.get(desk.organisation, who.credential)
        assert session.method == "password and code"

    on_database(story)


def test_a_code_works_once_even_for_two_at_the_same_time(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        await desk.set_up()
        code = desk.code()
        steps = [await desk.password() for _ in range(3)]
        answers = await asyncio.gather(
            *(desk.factor.finish_sign_in(step, code, HERE) for step in steps),
            return_exceptions=True,
        )
        assert sum(isinstance(one, tuple) for one in answers) == 1
        with pytest.raises(Refused, match="used already"):
            await desk.sign_in(code)

    on_database(story)


def test_the_first_step_is_good_for_five_minutes_and_for_one_session(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        await desk.set_up()
        used, late = await desk.password(), await desk.password()
        await desk.factor.finish_sign_in(used, desk.code(), HERE)
        await desk.clock.advance(270)
        with pytest.raises(Refused, match="begin again"):
            await desk.factor.finish_sign_in(used, desk.code(), HERE)
        await desk.clock.advance(30)
        with pytest.raises(Refused, match="begin again"):
            await desk.factor.finish_sign_in(late, desk.code(), HERE)

    on_database(story)


def test_a_recovery_code_works_once(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        codes = await desk.set_up()
        _, who = await desk.sign_in(codes[0].upper())
        session = await desk.accounts.sessions.get(desk.organisation, who.credential)
        assert session.method == "recovery code"
        with pytest.raises(Refused):
            await desk.sign_in(codes[0])
        state = await desk.factor.state(desk.organisation, desk.person)
        assert state.recovery_codes == 9
        renewed = await desk.factor.renew_recovery_codes(desk.organisation, desk.person)
        with pytest.raises(Refused):
            await desk.sign_in(codes[1])
        await desk.sign_in(renewed[0])

    on_database(story)


def test_guessing_codes_is_slowed_down_even_with_the_password(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        await desk.set_up()
        for _ in range(5):
            with pytest.raises(Refused, match="wrong"):
                await desk.sign_in("000000")
        with pytest.raises(TooManyAttempts, match="try again in 120 s"):
            await desk.sign_in(desk.code())
        await desk.clock.advance(120)
        await desk.sign_in(desk.code())

    on_database(story)


def test_who_lost_the_telephone_is_reset(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        await desk.set_up()
        secret, _ = await desk.sign_in(desk.code())
        with pytest.raises(Conflict):
            await desk.factor.enrol(desk.organisation, desk.person)
        await desk.factor.remove(desk.organisation, desk.person)
        with pytest.raises(Refused):
            await desk.accounts.by_session(secret)
        await desk.accounts.sign_in(desk.name, PASSWORD, source="s")
        with pytest.raises(NotFound):
            await desk.factor.remove(desk.organisation, desk.person)
        await desk.set_up()  # and a new telephone
        await desk.sign_in(desk.code())

    on_database(story)


def test_neither_secret_nor_recovery_code_is_stored_as_it_is(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        desk = await some_desk(database, key_file)
        codes = await desk.set_up()
        written = b""
        for table in (schema.second_factor, schema.recovery_code):
            mine = select(table).where(table.c.person == desk.person)
            rows = await database.read(lambda at, mine=mine: at.execute(mine).all())
            assert rows
            written += repr(rows).encode()
        for hidden in (desk.secret, *codes, *(code.replace("-", "") for code in codes)):
            assert hidden.encode() not in written

    on_database(story)
