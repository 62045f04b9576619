"""The database: threads, transactions, migrations, and clear errors."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from vedette.base.errors import ConfigError, Conflict
from vedette.db import engine, schema
from vedette.db.engine import Database
from vedette.model.person import DEFAULT_ORGANISATION


def on_file(path: Path, story: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database.open(f"sqlite:///{path}")
        try:
            await story(database)
        finally:
            await database.close()

    asyncio.run(run())


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(schema.organisation.c.id)).scalars())


def test_the_migrations_make_what_the_code_expects(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        await database.migrate()

        def differences(connection: Connection) -> list[object]:
            return compare_metadata(MigrationContext.configure(connection), schema.metadata)

        assert await database.read(differences) == []
        assert await database.read(names) == [DEFAULT_ORGANISATION]

    on_file(tmp_path / "v.db", story)


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from vedette.db.engine import Database\n"
        "async def run():\n"
        "    database = Database.open(sys.argv[1]); await database.migrate()\n"
        "    await database.close()\n"
        "asyncio.run(run())\n"
    )
    url = f"sqlite:///{tmp_path}/v.db"
    started = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", program, url]) for _ in range(3)
    ]
    assert [each.wait(60) for each in started] == [0, 0, 0]


def test_a_newer_schema_is_refused_clearly(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        await database.write(
            lambda at: at.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))
        )
        with pytest.raises(ConfigError, match=r"v9999, which is newer.*restore a backup"):
            await database.migrate()

    on_file(tmp_path / "v.db", story)


def test_a_commit_is_durable_and_private(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        pragmas = ("journal_mode", "synchronous", "foreign_keys")
        told = [
            await database.write(
                lambda at, pragma=pragma: at.execute(text(f"PRAGMA {pragma}")).scalar_one()
            )
            for pragma in pragmas
        ]
        assert told == ["wal", 2, 1]

    on_file(tmp_path / "v.db", story)
    assert stat.S_IMODE((tmp_path / "v.db").stat().st_mode) == 0o600


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()

        def half(connection: Connection) -> None:
            connection.execute(insert(schema.organisation), [{"id": "o", "name": "O"}])
            raise RuntimeError("the power went")

        with pytest.raises(RuntimeError, match="the power went"):
            await database.write(half)
        assert await database.read(names) == [DEFAULT_ORGANISATION]
        with pytest.raises(IntegrityError):
            await database.write(
                lambda at: at.execute(
                    insert(schema.organisation), [{"id": DEFAULT_ORGANISATION, "name": ""}]
                )
            )

    on_file(tmp_path / "v.db", story)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        with pytest.raises(ConfigError, match="readonly"):
            await database.read(lambda at: at.execute(text("DELETE FROM organisation")))

    on_file(tmp_path / "v.db", story)


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        other = sqlite3.connect(tmp_path / "v.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM organisation")
        assert await database.read(names) == [DEFAULT_ORGANISATION]
        other.execute("ROLLBACK")
        other.close()

    on_file(tmp_path / "v.db", story)


def test_a_writer_that_never_gets_its_turn_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_S", 0.05)

    async def story(database: Database) -> None:
        await database.migrate()
        other = sqlite3.connect(tmp_path / "v.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict, match="another process has held the database"):
            await database.write(names)
        other.close()
        await database.write(names)

    on_file(tmp_path / "v.db", story)


def test_many_questions_at_once_share_few_connections(tmp_path: Path) -> None:
    async def story(database: Database) -> None:
        await database.migrate()
        count = select(func.count()).select_from(schema.organisation)
        answers = await asyncio.gather(
            *(database.read(lambda at: at.execute(count).scalar_one()) for _ in range(200))
        )
        assert answers == [1] * 200

    on_file(tmp_path / "v.db", story)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://root:secret@host/db", "no database 'mysql'"),
        ("secret gibberish", "cannot be read"),
        ("sqlite:////nowhere/at/all.db", "cannot be opened"),
    ],
)
def test_a_wrong_url_is_explained_without_its_password(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refusal:
        Database.open(url)
    assert "secret" not in str(refusal.value)


def test_an_unreachable_server_is_explained_without_its_password() -> None:
    async def run() -> None:
        database = Database.open("postgresql://me:secret@/x?host=/nowhere")
        try:
            with pytest.raises(ConfigError, match="cannot be used") as refusal:
                await database.migrate()
            assert "secret" not in str(refusal.value)
            assert "secret" not in database.address
        finally:
            await database.close()

    asyncio.run(run())
