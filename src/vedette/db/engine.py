"""Run functions against the database in threads, one transaction each.

SQLite and PostgreSQL behave alike here: ``write`` runs one at a time per process, sees and locks
out other writers from its beginning, and is durable when it returns; ``read`` sees one consistent
state and cannot write.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from vedette.base.errors import ConfigError, Conflict, VedetteError
from vedette.db.migrate import upgrade

Result = TypeVar("Result")

LOG = structlog.get_logger(__name__)

BUSY_S = 15.0
"""How long a writer waits for another process before it gives up, seconds."""

_ATTEMPTS = 4
_RETRY_STATES = frozenset({"40001", "40P01"})  # PostgreSQL: serialisation failure, deadlock


class Database:
    """One database, with a thread that writes and a few that read."""

    def __init__(self, url: URL, writer: Engine, reader: Engine, readers: int) -> None:
        self._url = url
        self._writer = writer
        self._reader = reader
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(readers, thread_name_prefix="db-read")

    @classmethod
    def open(cls, url: str, *, readers: int = 4) -> "Database":
        """Prepare to use a database; nothing is connected before the first use.

        Args:
            url: ``sqlite:////absolute/file.db`` or ``postgresql://user:password@host/name``.
            readers: Most questions answered at the same time, at least 1.

        Raises:
            ConfigError: The URL names no such database.
        """
        parsed = _parse(url)
        if parsed.get_backend_name() == "sqlite":
            _create_private(Path(parsed.database or ""))
            writer = _sqlite_engine(parsed, size=1, begin="BEGIN IMMEDIATE", query_only=False)
            reader = _sqlite_engine(parsed, size=readers, begin="BEGIN", query_only=True)
        else:
            writer = _postgresql_engine(parsed, size=1, read_only=False)
            reader = _postgresql_engine(parsed, size=readers, read_only=True)
        return cls(parsed, writer, reader, readers)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._url.get_backend_name()

    @property
    def address(self) -> str:
        """The URL without its password, for messages."""
        return self._url.render_as_string(hide_password=True)

    async def read(self, question: Callable[[Connection], Result]) -> Result:
        """Run ``question`` in a thread, in a transaction that cannot write.

        Raises:
            ConfigError: The database cannot be reached.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_threads, self._run, self._reader, question)

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        """Run ``change`` in the writing thread; it is durable when this returns.

        Whatever it raises rolls everything back. It may be run again when PostgreSQL had to break
        a deadlock, so it must not keep state of its own.

        Raises:
            ConfigError: The database cannot be reached.
            Conflict: Another process held the database for longer than ``BUSY_S``.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_thread, self._run, self._writer, change)

    async def migrate(self) -> None:
        """Bring the schema up to date, under a lock that holds off other processes.

        Raises:
            ConfigError: The database was written by a newer Vedette.
        """
        await self.write(upgrade)

    async def close(self) -> None:
        """Finish what was begun and let go of every connection and thread."""
        await asyncio.to_thread(self._shut_down)

    def _shut_down(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        self._reader.dispose()
        self._writer.dispose()

    def _run(self, engine: Engine, work: Callable[[Connection], Result]) -> Result:
        attempt = 1
        while True:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt < _ATTEMPTS and _may_retry(error):
                    LOG.warning("db.retry", database=self.address, attempt=attempt)
                    attempt += 1
                    continue
                explained = self._explain(error)
                if explained is None:
                    raise
                raise explained from error

    def _explain(self, error: DBAPIError) -> VedetteError | None:
        """Say what an operator can do about an error that is not the code's fault, or None."""
        cause = str(error.orig)
        if isinstance(error, OperationalError) and "is locked" in cause:
            return Conflict(
                f"another process has held the database {self.address} for {BUSY_S:.0f} s; "
                "try again, and look for a stuck backup or a second server"
            )
        if isinstance(error, OperationalError):
            return ConfigError(f"the database {self.address} cannot be used: {cause.strip()}")
        return None


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text itself may hold a password, so it is not repeated.
        raise ConfigError(
            "the database URL cannot be read; write sqlite:////path/file.db "
            "or postgresql://user:password@host/name"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise ConfigError("the database URL names no file; write sqlite:////path/file.db")
        return parsed.set(drivername="sqlite+pysqlite")
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError(f"there is no database {backend!r}; use sqlite or postgresql")


def _create_private(path: Path) -> None:
    """Make the file unreadable for others; SQLite gives its log files the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(f"the database file {path} cannot be opened: {error.strerror}") from error


def _may_retry(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _RETRY_STATES


def _sqlite_engine(url: URL, *, size: int, begin: str, query_only: bool) -> Engine:
    engine = create_engine(url, pool_size=size, max_overflow=0, connect_args={"timeout": BUSY_S})

    def on_connect(dbapi: Any, _record: object) -> None:
        # The driver's own transactions begin too late (at the first write) and would end at DDL.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        if not query_only:
            cursor.execute("PRAGMA journal_mode = WAL")
        for pragma in (
            "synchronous = FULL",  # a commit is on the disk, not only in the operating system
            "fullfsync = ON",  # macOS: past the drive's cache too
            "foreign_keys = ON",
            "cache_size = -32768",
            "journal_size_limit = 67108864",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def _postgresql_engine(url: URL, *, size: int, read_only: bool) -> Engine:
    options = "-c timezone=UTC -c synchronous_commit=on"
    if read_only:
        options += " -c default_transaction_read_only=on"
    return create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10},
    )
