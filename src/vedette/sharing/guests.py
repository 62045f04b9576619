"""Guests: whoever opened the link of a share. Secrets are known by their SHA-256 only.

A link's secret and a guest's hold 256 random bits, so a plain hash is enough (as for sessions).
"""

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from vedette.base.clock import Clock
from vedette.base.errors import NotFound, Refused
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.share import Guest, Share
from vedette.sharing.store import to_share

LONGEST_VISIT_S = 12 * 3600
"""How long a browser may look before it must open the link again."""
_CLOSED = "the link has ended or was used up; ask whoever sent it for a new one"


def new_secret() -> str:
    """256 random bits as text for a link's fragment or a cookie."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret, 32 bytes."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class GuestStore:
    """Who may come in with a link, and who has."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find_link(self, secret: str) -> Share | None:
        """The share that a link is for, whether it is still in force or not."""
        table = schema.share
        question = select(table).where(table.c.link_sha256 == hash_secret(secret))
        row = await self._database.read(lambda at: at.execute(question).first())
        return None if row is None else to_share(row)

    async def enter(self, organisation: str, share: str) -> tuple[str, Guest]:
        """Use a link once; of two who take the last use at the same time, one gets it.

        Args:
            organisation: Who made the share.
            share: Identifier.

        Returns:
            The secret for the guest's cookie, and the guest.

        Raises:
            NotFound: The organisation has no such share with a link.
            Refused: The share is not in force, or its link was opened too often.
        """
        secret, now_us = new_secret(), self._clock.wall_us()

        def change(connection: Connection) -> Guest:
            _count_use(connection, organisation, share, now_us)
            opened = _share_of(connection, organisation, share)
            expires_us = min(opened.until_us, now_us + LONGEST_VISIT_S * US_PER_S)
            guest = Guest(new_id(self._clock), opened, expires_us)
            table = schema.guest_session
            connection.execute(delete(table).where(table.c.expires_us <= now_us))
            row = {
                "id": guest.session,
                "organisation": organisation,
                "share": share,
                "secret_sha256": hash_secret(secret),
                "created_us": now_us,
                "expires_us": expires_us,
            }
            connection.execute(insert(table), [row])
            return guest

        return secret, await self._database.write(change)

    async def by_secret(self, secret: str) -> Guest:
        """Whose cookie it is, while the share is in force.

        Raises:
            Refused: Nobody's, or no longer.
        """
        table, share, now_us = schema.guest_session, schema.share, self._clock.wall_us()
        question = (
            select(share, table.c.id.label("guest"), table.c.expires_us.label("guest_expires_us"))
            .join(table, table.c.share == share.c.id)
            .where(
                table.c.secret_sha256 == hash_secret(secret),
                table.c.expires_us > now_us,
                share.c.ended_us.is_(None),
                share.c.from_us <= now_us,
                share.c.until_us > now_us,
            )
        )
        row = await self._database.read(lambda at: at.execute(question).first())
        if row is None:
            raise Refused("what was shared with you has ended; ask whoever sent the link")
        return Guest(row.guest, to_share(row), row.guest_expires_us)

    async def leave(self, organisation: str, session: str) -> None:
        """Forget a guest; one that is gone already is fine."""
        table = schema.guest_session
        change = delete(table).where(table.c.organisation == organisation, table.c.id == session)
        await self._database.write(lambda at: at.execute(change))


def _count_use(connection: Connection, organisation: str, share: str, now_us: int) -> None:
    _share_of(connection, organisation, share)
    table = schema.share
    counted = connection.execute(
        update(table)
        .where(
            table.c.organisation == organisation,
            table.c.id == share,
            table.c.ended_us.is_(None),
            table.c.from_us <= now_us,
            table.c.until_us > now_us,
            or_(table.c.most_uses.is_(None), table.c.uses < table.c.most_uses),
        )
        .values(uses=table.c.uses + 1)
    )
    if counted.rowcount != 1:
        raise Refused(_CLOSED)


def _share_of(connection: Connection, organisation: str, share: str) -> Share:
    table = schema.share
    question = select(table).where(
        table.c.organisation == organisation,
        table.c.id == share,
        table.c.link_sha256.is_not(None),
    )
    row: Row[Any] | None = connection.execute(question).first()
    if row is None:
        raise NotFound("there is no such share with a link")
    return to_share(row)
