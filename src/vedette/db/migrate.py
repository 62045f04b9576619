"""Bring a database up to the schema that this code expects."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from vedette.base.errors import ConfigError

LOG = structlog.get_logger(__name__)

_LOCK = 0x7665_6465_7474_6531  # "vedette1": any number that nobody else locks


def upgrade(connection: Connection) -> None:
    """Apply the missing migrations inside the caller's transaction.

    In SQLite the caller's BEGIN IMMEDIATE is the lock; in PostgreSQL an advisory lock is, held
    until the transaction ends. Whoever waited finds nothing left to do.

    Raises:
        ConfigError: The database was written by a newer Vedette.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in scripts.walk_revisions()}
    head = scripts.get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present not in known:
        raise ConfigError(
            f"the database has schema {present}, which is newer than this Vedette ({head}); "
            "install the newer version again, or restore a backup made before the upgrade"
        )
    if present == head:
        return
    LOG.info("db.migrate", present=present, wanted=head)
    command.upgrade(config, "head")
