"""Shares in the database. Every method takes the organisation first that asks.

The owner's methods see the organisation's own shares; ``received`` and ``given_to`` see those that
were made for it. A share is never changed but by ending it.
"""

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.share import Share
from vedette.sharing.decide import checked

MOST_SHARES = 500
"""Shares of an organisation that have not ended, and shares in one answer."""


class ShareStore:
    """The shares of every organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(
        self, organisation: str, share: Share, now_us: int, link_sha256: bytes | None = None
    ) -> Share:
        """Keep a new share.

        Args:
            organisation: Who owns the cameras.
            share: Not ended, never used.
            now_us: The present.
            link_sha256: Of the link's secret; None exactly when an organisation receives it.

        Raises:
            BadRequest: It makes no sense, or is for the owner.
            Conflict: There are too many already.
            NotFound: A camera, the organisation or the recipient is not here.
        """
        if share.organisation != organisation:
            raise BadRequest("the share does not belong to the organisation that makes it")
        if share.recipient == organisation:
            raise BadRequest("that is your own organisation; give your people roles instead")
        if (share.recipient is None) != (link_sha256 is not None):
            raise BadRequest("a share is for an organisation or has a link")
        share = checked(replace(share, ended_us=None, ended_by_name="", uses=0), now_us)
        row = _to_row(share) | {"link_sha256": link_sha256}

        def change(connection: Connection) -> None:
            _need_organisation(connection, organisation)
            if share.recipient is not None:
                _need_organisation(connection, share.recipient)
            _need_cameras(connection, share)
            _refuse_too_many(connection, organisation, now_us)
            connection.execute(insert(schema.share), [row])

        await self._database.write(change)
        return share

    async def get(self, organisation: str, share: str) -> Share:
        """One of the organisation's own shares.

        Raises:
            NotFound: There is none.
        """
        table = schema.share
        return await self._one(table.c.organisation == organisation, table.c.id == share)

    async def end(self, organisation: str, share: str, by_name: str, now_us: int) -> Share:
        """End a share for good; one that was ended before stays as it was.

        Raises:
            NotFound: There is none of the organisation's own.
        """
        table = schema.share
        mine = (table.c.organisation == organisation, table.c.id == share)

        def change(connection: Connection) -> Share:
            connection.execute(
                update(table)
                .where(*mine, table.c.ended_us.is_(None))
                .values(ended_us=now_us, ended_by_name=by_name)
            )
            return _row_of(connection, *mine)

        return await self._database.write(change)

    async def given_to(self, organisation: str, now_us: int) -> list[Share]:
        """Shares that others have made for the organisation and that are in force, ending first.

        Args:
            organisation: The recipient.
            now_us: The present.
        """
        table = schema.share
        question = (
            select(table)
            .where(
                table.c.recipient == organisation,
                table.c.ended_us.is_(None),
                table.c.from_us <= now_us,
                table.c.until_us > now_us,
            )
            .order_by(table.c.until_us, table.c.id)
            .limit(MOST_SHARES)
        )
        return await self._database.read(lambda at: [to_share(row) for row in at.execute(question)])

    async def received(self, organisation: str, share: str) -> Share:
        """A share that another organisation has made for this one, whether it is in force or not.

        Raises:
            NotFound: There is none.
        """
        table = schema.share
        return await self._one(table.c.recipient == organisation, table.c.id == share)

    async def list(self, organisation: str) -> list[Share]:
        """The organisation's own shares, the newest first, ended ones too."""
        table = schema.share
        question = (
            select(table)
            .where(table.c.organisation == organisation)
            .order_by(table.c.made_us.desc(), table.c.id.desc())
            .limit(MOST_SHARES)
        )
        return await self._database.read(lambda at: [to_share(row) for row in at.execute(question)])

    async def _one(self, *conditions: ColumnElement[bool]) -> Share:
        return await self._database.read(lambda at: _row_of(at, *conditions))


def _row_of(connection: Connection, *conditions: ColumnElement[bool]) -> Share:
    row = connection.execute(select(schema.share).where(*conditions)).first()
    if row is None:
        raise NotFound("there is no such share; it may have ended")
    return to_share(row)


def _need_organisation(connection: Connection, organisation: str) -> None:
    table = schema.organisation
    question = select(table.c.id).where(table.c.id == organisation)
    if connection.execute(question).first() is None:
        raise NotFound(f"there is no organisation {organisation}")


def _need_cameras(connection: Connection, share: Share) -> None:
    table = schema.camera
    question = select(table.c.id).where(
        table.c.organisation == share.organisation,
        table.c.removed_us.is_(None),
        table.c.id.in_(share.cameras),
    )
    unknown = set(share.cameras) - set(connection.execute(question).scalars())
    if unknown:
        raise NotFound(f"there is no camera {min(unknown)}")


def _refuse_too_many(connection: Connection, organisation: str, now_us: int) -> None:
    table = schema.share
    question = (
        select(table.c.id)
        .where(
            table.c.organisation == organisation,
            table.c.ended_us.is_(None),
            table.c.until_us > now_us,
        )
        .limit(MOST_SHARES)
    )
    if len(connection.execute(question).all()) >= MOST_SHARES:
        raise Conflict(f"there are {MOST_SHARES} shares already; end one that nobody needs")


def _to_row(share: Share) -> dict[str, Any]:
    row = {name: getattr(share, name) for name in Share.__slots__}
    return row | {"cameras": json.dumps(list(share.cameras))}


def to_share(row: Row[Any]) -> Share:
    """A share from its row."""
    values: dict[str, Any] = {name: getattr(row, name) for name in Share.__slots__}
    values["cameras"] = tuple(json.loads(row.cameras))
    return Share(**values)
