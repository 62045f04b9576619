"""What the stores of shares and guests must do, on SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from vedette.accounts import Accounts, AccountSettings
from vedette.accounts.organisations import Organisations
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused, TooManyAttempts
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.model.share import Share
from vedette.sharing import GuestStore, ShareStore
from vedette.sharing.guests import hash_secret, new_secret
from vedette.testing.clock import FakeClock

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]
CHEAP = AccountSettings(hash_memory_kib=8, hash_passes=1, hash_lanes=1)
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Town:
    """Two organisations and the stores between them."""

    clock: FakeClock
    shares: ShareStore
    guests: GuestStore
    school: str
    police: str
    camera: str
    cameras: CameraStore

    def share(self, recipient: str | None, **changes: object) -> Share:
        now_us = self.clock.wall_us()
        made = Share(
            id=new_id(),
            organisation=self.school,
            recipient=recipient,
            recipient_name="Police",
            cameras=(self.camera,),
            live=True,
            footage_start_us=now_us - HOUR,
            footage_end_us=None,
            sound=False,
            from_us=now_us,
            until_us=now_us + HOUR,
            purpose="Break-in",
            made_by="ann",
            made_by_name="Ann",
            made_us=now_us,
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    async def make(self, share: Share, secret: str | None = None) -> Share:
        digest = None if secret is None else hash_secret(secret)
        return await self.shares.make(share.organisation, share, self.clock.wall_us(), digest)


async def a_town(database: Database, folder: Path) -> Town:
    clock = FakeClock()
    organisations = Organisations(database, Accounts(database, clock, CHEAP).attempts)
    school, police = [(await organisations.add(f"{name} {new_id()}")).id for name in ("S", "P")]
    cameras = CameraStore(database, Sealer(folder / "key"))
    streams = {StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main")}
    camera = await cameras.add(school, Camera(new_id(), school, "Gate", streams), None)
    shares, guests = ShareStore(database), GuestStore(database, clock)
    return Town(clock, shares, guests, school, police, camera.id, cameras)


def test_a_share_is_kept_found_by_both_sides_and_ended_once(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        share, now_us = town.share(town.police), town.clock.wall_us()
        assert await town.make(replace(share, uses=7, ended_us=1, ended_by_name="x")) == share
        assert await town.shares.get(town.school, share.id) == share
        assert await town.shares.list(town.school) == [share]
        assert await town.shares.given_to(town.police, now_us) == [share]
        assert await town.shares.received(town.police, share.id) == share
        ended = await town.shares.end(town.school, share.id, "Ann", now_us + 5)
        assert ended == replace(share, ended_us=now_us + 5, ended_by_name="Ann")
        assert await town.shares.end(town.school, share.id, "Bob", now_us + 9) == ended
        assert await town.shares.given_to(town.police, now_us) == []
        assert await town.shares.list(town.school) == [ended], "what was shared is remembered"

    on_database(story)


def test_neither_side_reaches_what_is_the_others(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        share, now_us = await town.make(town.share(town.police)), town.clock.wall_us()
        for question in (
            town.shares.get(town.police, share.id),
            town.shares.end(town.police, share.id, "x", now_us),
            town.shares.received(town.school, share.id),
        ):
            with pytest.raises(NotFound):
                await question
        assert await town.shares.list(town.police) == []
        assert await town.shares.given_to(town.school, now_us) == []
        theirs = town.share(None, organisation=town.police)
        with pytest.raises(NotFound, match="no camera"):
            await town.make(theirs, new_secret())
        with pytest.raises(BadRequest, match="does not belong"):
            await town.shares.make(town.police, share, now_us)

    on_database(story)


def test_what_cannot_be_shared_is_refused(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        with pytest.raises(BadRequest, match="your own organisation"):
            await town.make(town.share(town.school))
        with pytest.raises(NotFound, match="no organisation"):
            await town.make(town.share(new_id()))
        with pytest.raises(BadRequest, match="has a link"):
            await town.make(town.share(None))
        with pytest.raises(BadRequest, match="has a link"):
            await town.make(town.share(town.police), new_secret())
        await town.cameras.remove(town.school, town.camera)
        with pytest.raises(NotFound, match="no camera"):
            await town.make(town.share(town.police))

    on_database(story)


def test_a_share_is_given_only_while_it_is_in_force(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        now_us = town.clock.wall_us()
        share = town.share(town.police, from_us=now_us + HOUR, until_us=now_us + 2 * HOUR)
        await town.make(share)
        for at_us, given in ((0, False), (HOUR, True), (2 * HOUR - 1, True), (2 * HOUR, False)):
            found = await town.shares.given_to(town.police, now_us + at_us)
            assert (found == [share]) is given, at_us

    on_database(story)


def test_a_link_opens_as_often_as_it_may_and_no_secret_is_stored(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        secret = new_secret()
        share = await town.make(town.share(None, most_uses=2), secret)
        assert await town.guests.find_link(secret) == share
        assert await town.guests.find_link("guess") is None
        cookies = [await town.guests.enter(town.school, share.id) for _ in range(2)]
        with pytest.raises(Refused, match="used up"):
            await town.guests.enter(town.school, share.id)
        (first, one), (second, other) = cookies
        assert one.session != other.session
        assert (await town.guests.by_secret(first)).share == replace(share, uses=2)
        await town.guests.leave(town.school, one.session)
        with pytest.raises(Refused):
            await town.guests.by_secret(first)
        assert (await town.guests.by_secret(second)).session == other.session
        for wrong in (secret, "guess", ""):
            with pytest.raises(Refused):
                await town.guests.by_secret(wrong)
        tables = (schema.share, schema.guest_session)
        rows = await database.read(
            lambda at: [repr(row) for table in tables for row in at.execute(table.select())]
        )
        for hidden in (secret, first, second):
            assert not any(hidden in row for row in rows)

    on_database(story)


def test_two_who_take_the_last_use_at_once_do_not_both_get_it(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        share = await town.make(town.share(None, most_uses=1), new_secret())
        both = await asyncio.gather(
            *(town.guests.enter(town.school, share.id) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(one, tuple) for one in both) == 1
        assert sum(isinstance(one, Refused) for one in both) == 3

    on_database(story)


def test_a_guest_looks_no_longer_than_the_share_lasts_nor_half_a_day(
    on_database: OnDatabase, tmp_path: Path
) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        brief = await town.make(town.share(None), new_secret())
        long = await town.make(
            town.share(None, until_us=town.clock.wall_us() + 48 * HOUR), new_secret()
        )
        ended = await town.make(town.share(None), new_secret())
        cookies = [
            (await town.guests.enter(town.school, share.id))[0] for share in (brief, long, ended)
        ]
        await town.shares.end(town.school, ended.id, "Ann", town.clock.wall_us())
        with pytest.raises(Refused, match="has ended"):
            await town.guests.by_secret(cookies[2])
        with pytest.raises(Refused, match="has ended"):
            await town.guests.enter(town.school, ended.id)
        await town.clock.advance(3600)
        with pytest.raises(Refused):
            await town.guests.by_secret(cookies[0])
        with pytest.raises(Refused):
            await town.guests.enter(town.school, brief.id)
        assert await town.guests.by_secret(cookies[1])
        await town.clock.advance(11 * 3600)
        with pytest.raises(Refused):
            await town.guests.by_secret(cookies[1])
        _, again = await town.guests.enter(town.school, long.id)
        assert again.share.uses == 2, "the link itself still stands"

    on_database(story)


def test_a_link_belongs_to_its_owner(on_database: OnDatabase, tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        town = await a_town(database, tmp_path)
        link = await town.make(town.share(None), new_secret())
        plain = await town.make(town.share(town.police))
        secret, guest = await town.guests.enter(town.school, link.id)
        for owner, share in ((town.police, link), (town.school, plain)):
            with pytest.raises(NotFound):
                await town.guests.enter(owner, share.id)
        await town.guests.leave(town.police, guest.session)
        assert (await town.guests.by_secret(secret)).session == guest.session

    on_database(story)


def test_an_organisation_is_found_by_its_exact_name_and_few_guesses(
    on_database: OnDatabase,
) -> None:
    async def story(database: Database) -> None:
        clock = FakeClock()
        book = Organisations(database, Accounts(database, clock, CHEAP).attempts)
        name = f"Police {new_id()}"
        made = await book.add(f" {name} ")
        assert await book.name(made.id) == name
        assert await book.find(f"  {name.upper()}", "me") == made
        with pytest.raises(Conflict):
            await book.add(name.lower())
        await book.ensure(made.id, "Another")
        assert await book.name(made.id) == name, "one that is there keeps its name"
        await book.rename(made.id, name.upper())
        assert made.id in {one.id for one in await book.all()}
        twin = new_id()
        await book.ensure(twin, name)
        with pytest.raises(NotFound):
            await book.find(name, "me")  # which of the two?
        with pytest.raises(Conflict):
            await book.rename(twin, name)
        with pytest.raises(NotFound):
            await book.rename(new_id(), "Nobody")
        await clock.advance(3600)
        for _ in range(10):
            with pytest.raises(NotFound, match="exactly that name"):
                await book.find("Polic", "me")
        with pytest.raises(TooManyAttempts):
            await book.find(name, "me")
        with pytest.raises(NotFound):
            await book.find("Polic", "others")

    on_database(story)
