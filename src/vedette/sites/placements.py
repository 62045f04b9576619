"""Where cameras are placed, in the database; each organisation sees its own only."""

from typing import Any

from sqlalchemy import Connection, delete, or_, select

from vedette.base.errors import Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.upsert import insert_or_replace
from vedette.model.site import Placement
from vedette.sites.decide import checked_placement

_PLACEMENT, _CAMERA, _FLOOR = schema.placement, schema.camera, schema.floor


class PlacementStore:
    """The places of every organisation's cameras.

    A camera that was moved to another site is placed nowhere until it is placed there: its place
    on the old site's floor is kept, but counts only while the camera is at that site.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, organisation: str) -> list[Placement]:
        """The places of all cameras that are placed and not removed."""
        question = _placed(organisation).order_by(_PLACEMENT.c.camera)
        return await self._database.read(
            lambda at: [
                Placement(**{name: getattr(row, name) for name in Placement.__slots__})
                for row in at.execute(question)
            ]
        )

    async def put(self, organisation: str, placement: Placement) -> Placement:
        """Place a camera, or move it.

        Raises:
            BadRequest: It belongs to another organisation, or a number makes no sense.
            NotFound: There is no such camera, or no such floor.
            Conflict: The floor is at another site than the camera.
        """
        placement = checked_placement(organisation, placement)
        row = {name: getattr(placement, name) for name in Placement.__slots__}

        def change(connection: Connection) -> None:
            _check_camera(connection, placement)
            insert_or_replace(connection, _PLACEMENT, [row])

        await self._database.write(change)
        return placement

    async def remove(self, organisation: str, camera: str) -> None:
        """Take a camera off the map or the floor.

        Raises:
            NotFound: It is placed nowhere.
        """
        here = (_PLACEMENT.c.organisation == organisation, _PLACEMENT.c.camera == camera)

        def change(connection: Connection) -> None:
            if connection.execute(delete(_PLACEMENT).where(*here)).rowcount == 0:
                raise NotFound(f"camera {camera} is placed nowhere")

        await self._database.write(change)


def _placed(organisation: str) -> Any:
    joined = _PLACEMENT.join(
        _CAMERA,
        (_CAMERA.c.organisation == _PLACEMENT.c.organisation)
        & (_CAMERA.c.id == _PLACEMENT.c.camera),
    ).outerjoin(_FLOOR, _FLOOR.c.id == _PLACEMENT.c.floor)
    return (
        select(_PLACEMENT)
        .select_from(joined)
        .where(
            _PLACEMENT.c.organisation == organisation,
            _CAMERA.c.removed_us.is_(None),
            or_(_PLACEMENT.c.floor.is_(None), _FLOOR.c.site == _CAMERA.c.site),
        )
    )


def _check_camera(connection: Connection, placement: Placement) -> None:
    camera = connection.execute(
        select(_CAMERA.c.name, _CAMERA.c.site).where(
            _CAMERA.c.organisation == placement.organisation,
            _CAMERA.c.id == placement.camera,
            _CAMERA.c.removed_us.is_(None),
        )
    ).first()
    if camera is None:
        raise NotFound(f"there is no camera {placement.camera}; see: vedette camera list")
    if placement.floor is None:
        return
    floor = connection.execute(
        select(_FLOOR.c.site, _FLOOR.c.name).where(
            _FLOOR.c.organisation == placement.organisation, _FLOOR.c.id == placement.floor
        )
    ).first()
    if floor is None:
        raise NotFound(f"there is no floor {placement.floor}")
    if floor.site != camera.site:
        raise Conflict(
            f"floor {floor.name!r} is at another site than camera {camera.name!r}; give the "
            "camera that site first"
        )
