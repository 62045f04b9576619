"""Floors and the pictures of their plans in the database; each organisation sees its own only."""

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from vedette.base.errors import Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.upsert import insert_or_ignore
from vedette.model.site import Floor, PlanImage
from vedette.sites.decide import checked_floor
from vedette.sites.images import checked_image

_FLOOR, _PLAN = schema.floor, schema.floor_plan


class FloorStore:
    """The floors of every organisation's sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, organisation: str) -> list[Floor]:
        """Every floor, by building and from the lowest."""
        question = _floors(organisation).order_by(_FLOOR.c.building, _FLOOR.c.level, _FLOOR.c.name)
        return await self._database.read(
            lambda at: [_to_floor(row) for row in at.execute(question)]
        )

    async def get(self, organisation: str, floor: str) -> Floor:
        """One floor.

        Raises:
            NotFound: There is none.
        """
        return await self._database.read(lambda at: _floor_of(at, organisation, floor))

    async def add(self, organisation: str, floor: Floor) -> Floor:
        """Add a floor without a plan.

        Raises:
            BadRequest: It belongs to another organisation, or a field makes no sense.
            Conflict: The building has a floor of that name.
            NotFound: There is no such site.
        """
        floor = replace(checked_floor(organisation, floor), plan=None)
        known = select(schema.site.c.id).where(
            schema.site.c.organisation == organisation, schema.site.c.id == floor.site
        )

        def change(connection: Connection) -> None:
            if connection.execute(known).first() is None:
                raise NotFound(f"there is no site {floor.site}")
            connection.execute(insert(_FLOOR), [_to_row(floor)])

        await self._write(change, floor)
        return floor

    async def update(self, organisation: str, floor: Floor) -> Floor:
        """Replace the building, the level and the name; the site and the plan stay.

        Raises:
            BadRequest: As ``add``.
            Conflict: The building has another floor of that name.
            NotFound: There is no such floor.
        """
        floor = checked_floor(organisation, floor)
        row = {"building": floor.building, "level": floor.level, "name": floor.name}

        def change(connection: Connection) -> Floor:
            _floor_of(connection, organisation, floor.id)
            connection.execute(update(_FLOOR).where(*_is(organisation, floor.id)), [row])
            return _floor_of(connection, organisation, floor.id)

        return await self._write(change, floor)

    async def remove(self, organisation: str, floor: str) -> None:
        """Remove a floor with its plan; cameras that were placed on it are placed nowhere then.

        Raises:
            NotFound: There is no such floor.
        """

        def change(connection: Connection) -> None:
            _floor_of(connection, organisation, floor)
            connection.execute(delete(_FLOOR).where(*_is(organisation, floor)))
            drop_unused_plans(connection, organisation)

        await self._database.write(change)

    async def set_plan(self, organisation: str, floor: str, data: bytes) -> Floor:
        """Keep a picture as the floor's plan, in place of the one before.

        Raises:
            BadRequest: It is no PNG, JPEG or WebP that can be decoded, or is too large.
            NotFound: There is no such floor.
        """
        await self.get(organisation, floor)
        image = await asyncio.to_thread(checked_image, data)
        row = {
            "organisation": organisation,
            "sha256": image.sha256,
            "media_type": image.media_type,
            "width_px": image.width_px,
            "height_px": image.height_px,
            "data": data,
        }

        def change(connection: Connection) -> Floor:
            _floor_of(connection, organisation, floor)
            insert_or_ignore(connection, _PLAN, [row])
            named = update(_FLOOR).where(*_is(organisation, floor))
            connection.execute(named.values(plan_sha256=image.sha256))
            drop_unused_plans(connection, organisation)
            return _floor_of(connection, organisation, floor)

        try:
            return await self._database.write(change)
        except IntegrityError as error:
            raise Conflict("the floor was changed at the same moment; try again") from error

    async def plan(self, organisation: str, floor: str) -> tuple[PlanImage, bytes]:
        """The picture of a floor's plan.

        Raises:
            NotFound: There is no such floor, or it has no plan yet.
        """
        question = select(_PLAN).join(_FLOOR, _joined()).where(*_is(organisation, floor))
        row = await self._database.read(lambda at: at.execute(question).first())
        if row is None:
            raise NotFound(f"floor {floor} has no plan; bring one first")
        return PlanImage(row.sha256, row.media_type, row.width_px, row.height_px), row.data

    async def _write(self, change: Any, floor: Floor) -> Any:
        try:
            return await self._database.write(change)
        except IntegrityError as error:
            raise Conflict(
                f"there is already a floor named {floor.name!r} in that building; "
                "choose another name"
            ) from error


def _joined() -> Any:
    return (_PLAN.c.organisation == _FLOOR.c.organisation) & (
        _PLAN.c.sha256 == _FLOOR.c.plan_sha256
    )


def _floors(organisation: str) -> Any:
    """Floors with what is known of their plans, without the bytes."""
    columns = (_FLOOR, _PLAN.c.media_type, _PLAN.c.width_px, _PLAN.c.height_px)
    return (
        select(*columns)
        .select_from(_FLOOR.outerjoin(_PLAN, _joined()))
        .where(_FLOOR.c.organisation == organisation)
    )


def _is(organisation: str, floor: str) -> tuple[Any, Any]:
    return _FLOOR.c.organisation == organisation, _FLOOR.c.id == floor


def _floor_of(connection: Connection, organisation: str, floor: str) -> Floor:
    row = connection.execute(_floors(organisation).where(_FLOOR.c.id == floor)).first()
    if row is None:
        raise NotFound(f"there is no floor {floor}; the list of floors shows which there are")
    return _to_floor(row)


def _to_row(floor: Floor) -> dict[str, Any]:
    return {
        "id": floor.id,
        "organisation": floor.organisation,
        "site": floor.site,
        "building": floor.building,
        "level": floor.level,
        "name": floor.name,
        "plan_sha256": None,
        "created_us": floor.created_us,
    }


def _to_floor(row: Row[Any]) -> Floor:
    plan = None
    if row.plan_sha256 is not None:
        plan = PlanImage(row.plan_sha256, row.media_type, row.width_px, row.height_px)
    return Floor(
        id=row.id,
        organisation=row.organisation,
        site=row.site,
        building=row.building,
        level=row.level,
        name=row.name,
        plan=plan,
        created_us=row.created_us,
    )


def drop_unused_plans(connection: Connection, organisation: str) -> None:
    """Forget pictures that no floor shows any more; two floors may show the same."""
    used = exists().where(_joined())
    connection.execute(delete(_PLAN).where(_PLAN.c.organisation == organisation, ~used))
