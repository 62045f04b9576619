"""Sites in the database. Every method takes the organisation first and sees nothing of another."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vedette.base.errors import Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.site import Site
from vedette.sites.decide import checked
from vedette.sites.floors import drop_unused_plans

_NAMED = 3
"""So many cameras are named when a site cannot be removed."""


class SiteStore:
    """The sites of every organisation, each seen by its own only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, organisation: str) -> list[Site]:
        """The sites of an organisation, by name."""
        table = schema.site
        question = select(table).where(table.c.organisation == organisation).order_by(table.c.name)
        return await self._database.read(lambda at: [_to_site(row) for row in at.execute(question)])

    async def get(self, organisation: str, site: str) -> Site:
        """One site.

        Raises:
            NotFound: There is none.
        """
        return await self._database.read(lambda at: _to_site(_row_of(at, organisation, site)))

    async def add(self, organisation: str, site: Site) -> Site:
        """Add a site.

        Returns:
            The site as it was stored.

        Raises:
            BadRequest: It belongs to another organisation, or a field makes no sense.
            Conflict: The organisation has a site of that name.
            NotFound: There is no such organisation.
        """
        site = checked(organisation, site)

        def change(connection: Connection) -> None:
            known = select(schema.organisation.c.id).where(schema.organisation.c.id == organisation)
            if connection.execute(known).first() is None:
                raise NotFound(f"there is no organisation {organisation}")
            _refuse_double(connection, site)
            connection.execute(insert(schema.site), [_to_row(site)])

        await self._write(change, site)
        return site

    async def update(self, organisation: str, site: Site) -> Site:
        """Replace everything but the identifier and the time of its making.

        Returns:
            The site as it was stored.

        Raises:
            BadRequest: As ``add``.
            Conflict: Another site has that name.
            NotFound: There is no such site.
        """
        site = checked(organisation, site)
        row = _to_row(site)
        del row["created_us"]

        def change(connection: Connection) -> Site:
            before = _row_of(connection, organisation, site.id)
            _refuse_double(connection, site)
            connection.execute(update(schema.site).where(*_is(organisation, site.id)), [row])
            return replace(site, created_us=before.created_us)

        return await self._write(change, site)

    async def remove(self, organisation: str, site: str) -> None:
        """Remove a site that has no cameras any more, with its floors and their plans.

        Raises:
            NotFound: There is no such site.
            Conflict: It still has cameras.
        """
        camera = schema.camera
        here = (camera.c.organisation == organisation, camera.c.site == site)
        living = select(camera.c.name).where(*here, camera.c.removed_us.is_(None))

        def change(connection: Connection) -> None:
            name = _row_of(connection, organisation, site).name
            names = list(connection.execute(living.order_by(camera.c.name)).scalars())
            if names:
                raise Conflict(_still_has(name, names))
            # Removed cameras are there for their footage only; they need no place for it.
            connection.execute(update(camera).where(*here).values(site=None))
            connection.execute(delete(schema.site).where(*_is(organisation, site)))
            drop_unused_plans(connection, organisation)

        try:
            await self._database.write(change)
        except IntegrityError as error:
            raise Conflict("a camera was just given to that site; move it and try again") from error

    async def _write(self, change: Any, site: Site) -> Any:
        """Write; a name taken by another process meanwhile is a conflict too."""
        try:
            return await self._database.write(change)
        except IntegrityError as error:
            raise Conflict(_taken(site)) from error


def _to_row(site: Site) -> dict[str, Any]:
    return {
        "id": site.id,
        "organisation": site.organisation,
        "name": site.name,
        "time_zone": site.time_zone,
        "address": site.address,
        "latitude": site.latitude,
        "longitude": site.longitude,
        "created_us": site.created_us,
    }


def _to_site(row: Row[Any]) -> Site:
    return Site(**{name: getattr(row, name) for name in Site.__slots__})


def _is(organisation: str, site: str) -> tuple[Any, Any]:
    return schema.site.c.organisation == organisation, schema.site.c.id == site


def _row_of(connection: Connection, organisation: str, site: str) -> Row[Any]:
    row = connection.execute(select(schema.site).where(*_is(organisation, site))).first()
    if row is None:
        raise NotFound(f"there is no site {site}; the list of sites shows which there are")
    return row


def _refuse_double(connection: Connection, site: Site) -> None:
    table = schema.site
    question = select(table.c.id).where(
        table.c.organisation == site.organisation, table.c.name == site.name, table.c.id != site.id
    )
    if connection.execute(question).first() is not None:
        raise Conflict(_taken(site))


def _taken(site: Site) -> str:
    return f"there is already a site named {site.name!r}; choose another name"


def _still_has(site: str, cameras: list[str]) -> str:
    named = ", ".join(repr(name) for name in cameras[:_NAMED])
    more = f" and {len(cameras) - _NAMED} more" if len(cameras) > _NAMED else ""
    return (
        f"site {site!r} still has cameras: {named}{more}; move them to another site or remove "
        "them, then remove the site"
    )
