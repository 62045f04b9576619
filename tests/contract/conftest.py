"""A database of each kind, empty for each module."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator

import psycopg
import pytest

from vedette.base.errors import ConfigError
from vedette.db.engine import Database
from vedette.testing.postgres import shared_postgresql

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """One server for the whole run, shared by the processes of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    try:
        with shared_postgresql(base if worker_id == "master" else base.parent) as url:
            yield url
    except ConfigError as error:
        pytest.skip(f"PostgreSQL cannot run here: {error}")


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]
)
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty database, one per module and kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/vedette.db"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="module")
def on_database(database_url: str) -> OnDatabase:
    """Run a story on the module's database, migrated once."""

    def run(story: Callable[[Database], Awaitable[None]]) -> None:
        async def open_and_tell() -> None:
            database = Database.open(database_url)
            try:
                await story(database)
            finally:
                await database.close()

        asyncio.run(open_and_tell())

    run(Database.migrate)
    return run
