"""Which rows hold what was sealed, so that a lost key is noticed before a new one is made."""

from sqlalchemy import Connection, select

from vedette.db import schema

_SEALED = (schema.camera.c.sealed_credentials, schema.second_factor.c.sealed_secret)


def holds_sealed(connection: Connection) -> bool:
    """Whether anything is sealed with the installation's key."""
    return any(
        connection.execute(select(column).where(column.is_not(None)).limit(1)).first() is not None
        for column in _SEALED
    )
