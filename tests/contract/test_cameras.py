"""What the store of cameras must do, on SQLite and PostgreSQL alike."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from vedette.accounts import Accounts, AccountSettings
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, ConfigError, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.cameras import CameraStore
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import (
    Camera,
    Credentials,
    RecordingMode,
    RecordingPolicy,
    SchedulePeriod,
    StreamRole,
    StreamSource,
    Transport,
)
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.testing.clock import FakeClock

Story = Callable[[Database], Awaitable[None]]
OnDatabase = Callable[[Story], None]

SECRET = "p@ss/word:ü#1"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Path:
    """One for each database, as in an installation."""
    return tmp_path_factory.mktemp(database_url.partition(":")[0]) / "keys" / "sealing.key"


async def fresh_organisation(database: Database) -> str:
    organisation = new_id()
    accounts = Accounts(database, SystemClock(), AccountSettings())
    await accounts.ensure_organisation(organisation, "Somebody")
    return organisation


def some_camera(organisation: str, name: str = "Front door") -> Camera:
    return Camera(
        id=new_id(),
        organisation=organisation,
        name=name,
        streams={
            StreamRole.MAIN: StreamSource("rtsp://192.0.2.7/main", transport=Transport.UDP),
            StreamRole.SUB: StreamSource("http://192.0.2.7/sub.mjpeg", driver="libav"),
        },
        policy=RecordingPolicy(
            mode=RecordingMode.SCHEDULE,
            schedule=(SchedulePeriod(0, 480, 1_080), SchedulePeriod(6, 0, 1_440)),
            time_zone="Europe/Vienna",
            keep_bytes=10**13,
        ),
        onvif_address="http://192.0.2.7/onvif/device_service",
        make="Maker",
        model="M 1",
        created_us=1_777_636_800_000_000,
    )


def test_a_camera_comes_back_as_it_was_added(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = CameraStore(database, Sealer(key_file)), DEFAULT_ORGANISATION
        camera = some_camera(organisation, f"Gate {new_id()}")
        assert await store.add(organisation, camera, Credentials("root", SECRET)) == camera
        assert await store.get(organisation, camera.id) == camera
        assert await store.by_name(organisation, f" {camera.name} ") == camera
        assert camera in await store.list(organisation)
        assert await store.credentials(organisation, camera.id) == Credentials("root", SECRET)
        assert organisation in await store.organisations()

    on_database(story)


def test_many_are_added_together_or_not_at_all(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = CameraStore(database, Sealer(key_file)), DEFAULT_ORGANISATION
        before = await store.list(organisation)
        names = [f"{new_id()} {n}" for n in range(3)]
        first, second, third = (some_camera(organisation, name) for name in names)
        double = replace(some_camera(organisation), name=names[0])
        with pytest.raises(Conflict, match="choose another name"):
            await store.add_all(organisation, [(first, None), (second, None), (double, None)])
        with pytest.raises(NotFound, match="no site"):
            await store.add_all(organisation, [(first, None), (replace(third, site="x"), None)])
        assert await store.list(organisation) == before
        given = Credentials("root", SECRET)
        await store.add_all(organisation, [(first, given), (second, None)])
        assert await store.credentials(organisation, first.id) == given
        assert await store.credentials(organisation, second.id) is None

    on_database(story)


def test_a_camera_can_be_changed_and_removed(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = CameraStore(database, Sealer(key_file)), DEFAULT_ORGANISATION
        camera = some_camera(organisation, f"Yard {new_id()}")
        await store.add(organisation, camera, None)
        changed = replace(
            camera,
            name=f"Back {new_id()}",
            enabled=False,
            streams={StreamRole.MAIN: StreamSource("rtsps://cam.example:322/x")},
            policy=RecordingPolicy(keep_s=None),
        )
        assert await store.update(organisation, replace(changed, created_us=5)) == changed
        assert await store.get(organisation, camera.id) == changed

        assert await store.credentials(organisation, camera.id) is None
        await store.set_credentials(organisation, camera.id, Credentials("a", "b"))
        await store.update(organisation, changed)
        assert await store.credentials(organisation, camera.id) == Credentials("a", "b")
        await store.set_credentials(organisation, camera.id, None)
        assert await store.credentials(organisation, camera.id) is None

        await store.remove(organisation, camera.id)
        for gone in (
            store.get(organisation, camera.id),
            store.by_name(organisation, changed.name),
            store.remove(organisation, camera.id),
            store.update(organisation, changed),
            store.credentials(organisation, camera.id),
            store.set_credentials(organisation, camera.id, Credentials("a", "b")),
        ):
            with pytest.raises(NotFound):
                await gone

    on_database(story)


def test_a_removed_camera_keeps_its_policy_and_frees_its_name(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        clock = FakeClock()
        store = CameraStore(database, Sealer(key_file), clock)
        organisation = await fresh_organisation(database)
        first = replace(some_camera(organisation), policy=RecordingPolicy(keep_s=None))
        await store.add(organisation, first, Credentials("root", SECRET))
        assert await store.removed(organisation) == []
        await store.remove(organisation, first.id)
        gone = replace(first, enabled=False, removed_us=clock.wall_us())
        assert await store.removed(organisation) == [gone]
        assert await store.list(organisation) == []
        assert await store.credential_marks(organisation) == {}
        with pytest.raises(NotFound):
            await store.remove(organisation, first.id)

        await clock.advance(1)
        second = await store.add(organisation, replace(gone, id=new_id(), enabled=True), None)
        assert second.removed_us is None
        assert await store.by_name(organisation, first.name) == second
        assert await store.list(organisation) == [second]
        await store.remove(organisation, second.id)
        assert [one.id for one in await store.removed(organisation)] == [second.id, first.id]

        def sealed(connection: Connection) -> list[bytes | None]:
            column = schema.camera.c.sealed_credentials
            mine = schema.camera.c.organisation == organisation
            return list(connection.execute(select(column).where(mine)).scalars())

        assert await database.read(sealed) == [None, None]

    on_database(story)


def test_a_removed_camera_is_forgotten_when_its_footage_is_gone(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        store = CameraStore(database, Sealer(key_file))
        organisation = await fresh_organisation(database)
        camera = await store.add(organisation, some_camera(organisation), None)

        def holds(segments: int) -> Callable[[Connection], None]:
            row = {"camera": camera.id, "role": "main", "segments": segments}

            def change(connection: Connection) -> None:
                connection.execute(delete(schema.stream).where(schema.stream.c.camera == camera.id))
                connection.execute(insert(schema.stream), [row | {"organisation": organisation}])

            return change

        with pytest.raises(NotFound, match="no removed camera"):
            await store.forget_removed(organisation, camera.id)
        await store.remove(organisation, camera.id)
        with pytest.raises(NotFound):
            await store.forget_removed(organisation, new_id())
        await database.write(holds(3))
        with pytest.raises(Conflict, match="'Front door' still holds footage"):
            await store.forget_removed(organisation, camera.id)
        await database.write(holds(0))
        await store.forget_removed(organisation, camera.id)
        assert await store.removed(organisation) == []
        with pytest.raises(NotFound):
            await store.forget_removed(organisation, camera.id)

    on_database(story)


def test_a_name_is_taken_within_its_organisation_only(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        store = CameraStore(database, Sealer(key_file))
        one, two = await fresh_organisation(database), await fresh_organisation(database)
        await store.add(one, some_camera(one), None)
        await store.add(two, some_camera(two), None)
        with pytest.raises(Conflict, match="already a camera named 'Front door'"):
            await store.add(one, some_camera(one, " Front door"), None)
        other = await store.add(one, some_camera(one, "Other"), None)
        with pytest.raises(Conflict):
            await store.update(one, replace(other, name="Front door"))
        with pytest.raises(Conflict):
            await store.add(one, replace(other, name="Same identifier"), None)

    on_database(story)


def test_credentials_in_an_address_never_reach_it(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = (
            CameraStore(database, Sealer(key_file)),
            await fresh_organisation(database),
        )
        camera = replace(
            some_camera(organisation),
            streams={StreamRole.MAIN: StreamSource("rtsp://admin:s3cret@192.0.2.7:554/main?x=1")},
            onvif_address="http://admin:s3cret@192.0.2.7/onvif",
        )
        stored = await store.add(organisation, camera, None)
        assert stored.streams[StreamRole.MAIN].address == "rtsp://192.0.2.7:554/main?x=1"
        assert stored.onvif_address == "http://192.0.2.7/onvif"
        assert await store.credentials(organisation, camera.id) == Credentials("admin", "s3cret")

        again = replace(
            stored, streams={StreamRole.MAIN: StreamSource("rtsp://admin:newpass@192.0.2.7/main")}
        )
        await store.update(organisation, again)
        assert await store.credentials(organisation, camera.id) == Credentials("admin", "newpass")

        def everything(connection: Connection) -> str:
            rows = connection.execute(select(schema.camera)).all()
            return repr(rows)

        written = await database.read(everything)
        assert "s3cret" not in written
        assert "newpass" not in written

    on_database(story)


def test_sealed_credentials_open_in_their_own_row_only(
    on_database: OnDatabase, key_file: Path
) -> None:
    async def story(database: Database) -> None:
        store, organisation = (
            CameraStore(database, Sealer(key_file)),
            await fresh_organisation(database),
        )
        mine, theirs = some_camera(organisation, "Mine"), some_camera(organisation, "Theirs")
        await store.add(organisation, mine, Credentials("me", "known to me"))
        await store.add(organisation, theirs, Credentials("they", "unknown"))
        table = schema.camera
        await database.write(
            lambda at: at.execute(
                update(table)
                .where(table.c.id == mine.id)
                .values(
                    sealed_credentials=select(table.c.sealed_credentials)
                    .where(table.c.id == theirs.id)
                    .scalar_subquery()
                )
            )
        )
        with pytest.raises(ConfigError, match="does not open"):
            await store.credentials(organisation, mine.id)

    on_database(story)


def test_a_missing_key_is_noticed_at_start(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        organisation = await fresh_organisation(database)
        store = CameraStore(database, Sealer(key_file))
        camera = some_camera(organisation)
        await store.add(organisation, camera, Credentials("a", "b"))
        await store.check_key()
        lost = key_file.with_name("elsewhere")
        late = CameraStore(database, Sealer(lost))
        for attempt in (
            late.check_key(),
            late.credentials(organisation, camera.id),
            late.add(organisation, some_camera(organisation, "New"), Credentials("a", "b")),
            late.set_credentials(organisation, camera.id, Credentials("a", "b")),
        ):
            with pytest.raises(ConfigError, match="is missing"):
                await attempt
        assert not Sealer(lost).has_key, "a fresh key would hide that the old one is lost"
        await database.write(
            lambda at: at.execute(update(schema.camera).values(sealed_credentials=None))
        )
        await late.check_key()

    on_database(story)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"streams": {}},
        {"streams": {StreamRole.MAIN: StreamSource("no address")}},
        {"streams": {StreamRole.MAIN: StreamSource("rtsp:///nohost")}},
        {"organisation": "another"},
    ],
    ids=["no name", "line break", "long", "no stream", "no scheme", "no host", "foreign"],
)
def test_a_senseless_camera_is_refused(
    on_database: OnDatabase, key_file: Path, wrong: dict[str, Any]
) -> None:
    async def story(database: Database) -> None:
        store, organisation = CameraStore(database, Sealer(key_file)), DEFAULT_ORGANISATION
        camera = some_camera(organisation, f"Hall {new_id()}")
        with pytest.raises(BadRequest):
            await store.add(organisation, replace(camera, **wrong), None)
        await store.add(organisation, camera, None)
        with pytest.raises(BadRequest):
            await store.update(organisation, replace(camera, **wrong))
        await store.remove(organisation, camera.id)

    on_database(story)


def test_an_unknown_organisation_has_no_cameras(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = CameraStore(database, Sealer(key_file)), new_id()
        assert await store.list(organisation) == []
        with pytest.raises(NotFound, match="no organisation"):
            await store.add(organisation, some_camera(organisation), None)

    on_database(story)


def test_a_damaged_row_is_named(on_database: OnDatabase, key_file: Path) -> None:
    async def story(database: Database) -> None:
        store, organisation = (
            CameraStore(database, Sealer(key_file)),
            await fresh_organisation(database),
        )
        camera = some_camera(organisation)
        await store.add(organisation, camera, None)
        table = schema.camera
        await database.write(
            lambda at: at.execute(
                update(table).where(table.c.id == camera.id).values(policy='{"mode": "sometimes"}')
            )
        )
        with pytest.raises(ConfigError, match=r"'Front door'.*mode"):
            await store.get(organisation, camera.id)

    on_database(story)
