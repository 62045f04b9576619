"""Cameras and their sealed credentials in the database.

Every method takes the organisation first and sees nothing of any other. A removed camera keeps its
row, without credentials, for as long as it has footage: its policy says how long that is kept, its
name whose it is. Only ``removed`` and ``forget_removed`` see it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from vedette.base.clock import Clock, SystemClock
from vedette.base.errors import Conflict, NotFound
from vedette.cameras.decide import checked, without_credentials
from vedette.cameras.rows import to_camera, to_row
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.sealed_rows import holds_sealed
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, Credentials


class CameraStore:
    """The cameras of every organisation, each seen by its own only."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock | None = None) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock or SystemClock()

    async def check_key(self) -> None:
        """Make sure that stored credentials can be opened; call it at start.

        Raises:
            ConfigError: Credentials are stored, but the key file is missing or unusable.
        """
        if await self._database.read(holds_sealed):
            self._sealer.require_key()

    async def organisations(self) -> list[str]:
        """Identifiers of every organisation, for the wiring to go through."""
        table = schema.organisation
        return await self._database.read(
            lambda at: list(at.execute(select(table.c.id).order_by(table.c.id)).scalars())
        )

    async def add(
        self, organisation: str, camera: Camera, credentials: Credentials | None
    ) -> Camera:
        """Add a camera.

        Credentials inside an address are taken out of it; they count when ``credentials`` is
        None.

        Returns:
            The camera as it was stored.

        Raises:
            BadRequest: The camera belongs to another organisation or has no main stream, or an
                address makes no sense.
            Conflict: The organisation has a camera of that name or identifier.
            NotFound: There is no such organisation, or no such site in it.
            ConfigError: The key file cannot be used.
        """
        (added,) = await self.add_all(organisation, [(camera, credentials)])
        return added

    async def add_all(
        self, organisation: str, cameras: Sequence[tuple[Camera, Credentials | None]]
    ) -> Sequence[Camera]:
        """Add cameras, all of them or none; each as ``add`` does.

        Returns:
            The cameras as they were stored.

        Raises:
            BadRequest: As ``add``, of any of them.
            Conflict: As ``add``, of any of them.
            NotFound: As ``add``, of any of them.
            ConfigError: The key file cannot be used.
        """
        stored: list[Camera] = []
        rows: list[dict[str, Any]] = []
        for one, credentials in cameras:
            camera, found = without_credentials(checked(organisation, one))
            given = credentials or found
            if given is not None:
                await self.check_key()
            stored.append(camera)
            rows.append(to_row(camera) | {"sealed_credentials": self._sealed(camera, given)})

        def change(connection: Connection) -> None:
            known = select(schema.organisation.c.id).where(schema.organisation.c.id == organisation)
            if connection.execute(known).first() is None:
                raise NotFound(f"there is no organisation {organisation}")
            for camera, row in zip(stored, rows, strict=True):
                _refuse_double(connection, camera)
                _check_site(connection, camera)
                connection.execute(insert(schema.camera), [row])

        await self._write(change, *stored)
        return stored

    async def removed(self, organisation: str) -> list[Camera]:
        """The removed cameras of an organisation that are not forgotten, newest removal first.

        Several may have the same name.

        Raises:
            ConfigError: A stored camera cannot be understood.
        """
        table = schema.camera
        question = (
            select(table)
            .where(table.c.organisation == organisation, table.c.removed_us.is_not(None))
            .order_by(table.c.removed_us.desc(), table.c.id.desc())
        )
        return await self._database.read(
            lambda at: [to_camera(row) for row in at.execute(question)]
        )

    async def list(self, organisation: str) -> list[Camera]:
        """The cameras of an organisation that are not removed, by name.

        Raises:
            ConfigError: A stored camera cannot be understood.
        """
        table = schema.camera
        question = (
            select(table)
            .where(table.c.organisation == organisation, table.c.removed_us.is_(None))
            .order_by(table.c.name)
        )
        return await self._database.read(
            lambda at: [to_camera(row) for row in at.execute(question)]
        )

    async def get(self, organisation: str, camera: str, *, even_removed: bool = False) -> Camera:
        """One camera by its identifier.

        Args:
            organisation: Who asks.
            camera: Its identifier.
            even_removed: For footage, which a removed camera leaves behind.

        Raises:
            NotFound: There is none.
            ConfigError: The stored camera cannot be understood.
        """
        return await self._database.read(
            lambda at: to_camera(_row_of(at, organisation, camera, even_removed=even_removed))
        )

    async def by_name(self, organisation: str, name: str) -> Camera:
        """One camera by its name.

        Raises:
            NotFound: There is none.
            ConfigError: The stored camera cannot be understood.
        """
        table = schema.camera
        question = select(table).where(
            table.c.organisation == organisation,
            table.c.name == name.strip(),
            table.c.removed_us.is_(None),
        )
        row = await self._database.read(lambda at: at.execute(question).first())
        if row is None:
            raise NotFound(f"there is no camera named {name!r}; see: vedette camera list")
        return to_camera(row)

    async def update(self, organisation: str, camera: Camera) -> Camera:
        """Replace everything but the credentials, the identifier and the times.

        Credentials inside an address are taken out of it and replace the stored ones.

        Returns:
            The camera as it was stored.

        Raises:
            BadRequest: As ``add``.
            Conflict: Another camera has that name.
            NotFound: There is no such camera, or no such site.
        """
        camera, found = without_credentials(checked(organisation, camera))
        row = to_row(camera)
        del row["created_us"]
        if found is not None:
            await self.check_key()
            row["sealed_credentials"] = self._sealed(camera, found)

        def change(connection: Connection) -> Camera:
            before = _row_of(connection, organisation, camera.id)
            _refuse_double(connection, camera)
            _check_site(connection, camera)
            connection.execute(update(schema.camera).where(*_is(organisation, camera.id)), [row])
            return replace(camera, created_us=before.created_us)

        return await self._write(change, camera)

    async def remove(self, organisation: str, camera: str) -> None:
        """Mark a camera as removed, forget its credentials, and free its name.

        Its footage stays until retention takes it, by the camera's own policy.

        Raises:
            NotFound: There is no such camera, or it is removed already.
        """
        gone = {
            "removed_us": self._clock.wall_us(),
            "enabled": False,
            "sealed_credentials": None,
        }

        def change(connection: Connection) -> None:
            _row_of(connection, organisation, camera)
            connection.execute(update(schema.camera).where(*_is(organisation, camera)), [gone])

        await self._database.write(change)

    async def forget_removed(self, organisation: str, camera: str) -> None:
        """Drop a removed camera that holds no footage any more.

        Raises:
            NotFound: No removed camera has that identifier.
            Conflict: It still holds footage, which would lose its policy and its name.
        """
        footage = select(schema.stream.c.number).where(
            schema.stream.c.organisation == organisation,
            schema.stream.c.camera == camera,
            schema.stream.c.segments > 0,
        )

        def change(connection: Connection) -> None:
            known = select(schema.camera).where(*_is(organisation, camera))
            row = connection.execute(known).first()
            if row is None or row.removed_us is None:
                raise NotFound(f"there is no removed camera {camera}")
            if connection.execute(footage).first() is not None:
                raise Conflict(f"the removed camera {row.name!r} still holds footage; keep it")
            connection.execute(delete(schema.camera).where(*_is(organisation, camera)))

        await self._database.write(change)

    async def credential_marks(self, organisation: str) -> dict[str, str]:
        """The cameras for which credentials are stored; nothing is opened.

        Returns:
            By identifier a mark that changes whenever the credentials are stored anew.
        """
        table = schema.camera
        question = select(table.c.id, table.c.sealed_credentials).where(
            table.c.organisation == organisation, table.c.sealed_credentials.is_not(None)
        )
        return await self._database.read(
            lambda at: {
                camera: hashlib.sha256(sealed).hexdigest()
                for camera, sealed in at.execute(question)
            }
        )

    async def credentials(self, organisation: str, camera: str) -> Credentials | None:
        """What the camera asks for, or None when nothing is stored.

        Raises:
            NotFound: There is no such camera.
            ConfigError: The key file is missing or does not belong to this database.
        """
        row = await self._database.read(lambda at: _row_of(at, organisation, camera))
        if row.sealed_credentials is None:
            return None
        opened = json.loads(
            self._sealer.open(row.sealed_credentials, _context(organisation, camera))
        )
        return Credentials(opened["username"], opened["password"])

    async def set_credentials(
        self, organisation: str, camera: str, credentials: Credentials | None
    ) -> None:
        """Store what the camera asks for; None forgets it.

        Raises:
            NotFound: There is no such camera.
            ConfigError: The key file cannot be used.
        """
        if credentials is not None:
            await self.check_key()

        def change(connection: Connection) -> None:
            row = _row_of(connection, organisation, camera)
            sealed = None
            if credentials is not None:
                sealed = self._seal(row.organisation, row.id, credentials)
            connection.execute(
                update(schema.camera)
                .where(*_is(organisation, camera))
                .values(sealed_credentials=sealed)
            )

        await self._database.write(change)

    def _sealed(self, camera: Camera, credentials: Credentials | None) -> bytes | None:
        if credentials is None:
            return None
        return self._seal(camera.organisation, camera.id, credentials)

    def _seal(self, organisation: str, camera: str, credentials: Credentials) -> bytes:
        text = json.dumps({"username": credentials.username, "password": credentials.password})
        return self._sealer.seal(text.encode(), _context(organisation, camera))

    async def _write(self, change: Any, *cameras: Camera) -> Any:
        """Write; a name taken, or a site removed, by another process meanwhile is a conflict."""
        try:
            return await self._database.write(change)
        except IntegrityError as error:
            if "fk_camera_site" in str(error.orig):
                raise Conflict("the site was removed meanwhile; choose another one") from error
            raise Conflict(_taken(*cameras)) from error


def _is(organisation: str, camera: str) -> tuple[Any, Any]:
    return schema.camera.c.organisation == organisation, schema.camera.c.id == camera


def _row_of(
    connection: Connection, organisation: str, camera: str, *, even_removed: bool = False
) -> Row[Any]:
    question = select(schema.camera).where(*_is(organisation, camera))
    row = connection.execute(question).first()
    if row is None or (row.removed_us is not None and not even_removed):
        raise NotFound(f"there is no camera {camera}; see: vedette camera list")
    return row


def _refuse_double(connection: Connection, camera: Camera) -> None:
    table = schema.camera
    question = select(table.c.id).where(
        table.c.organisation == camera.organisation,
        table.c.name == camera.name,
        table.c.id != camera.id,
        table.c.removed_us.is_(None),
    )
    if connection.execute(question).first() is not None:
        raise Conflict(_taken(camera))


def _check_site(connection: Connection, camera: Camera) -> None:
    """The foreign key does not look at whose the site is."""
    table = schema.site
    question = select(table.c.id).where(
        table.c.organisation == camera.organisation, table.c.id == camera.site
    )
    if camera.site is not None and connection.execute(question).first() is None:
        raise NotFound(f"there is no site {camera.site}; the list of sites shows which there are")


def _taken(*cameras: Camera) -> str:
    if len(cameras) == 1:
        return f"there is already a camera named {cameras[0].name!r}; choose another name"
    return "a name was taken by another camera meanwhile; nothing was added, try again"


def _context(organisation: str, camera: str) -> bytes:
    """Binds sealed credentials to their row, unambiguously whatever the identifiers hold."""
    return json.dumps(["camera-credentials", organisation, camera]).encode()
