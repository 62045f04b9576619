"""Walls in the database. Every method takes the organisation first, then the person who asks.

A person sees the walls that the organisation shares and the person's own, and no other.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from vedette.base.errors import BadRequest, Conflict, NotFound, Outdated
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.wall import Wall
from vedette.walls.decide import cameras_of, checked
from vedette.walls.rows import to_row, to_wall

MOST_WALLS = 500
"""Shared walls of an organisation, and private ones of a person."""


class WallStore:
    """The walls of every organisation, each seen by those whom it is for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, organisation: str, person: str) -> list[Wall]:
        """The shared walls and the person's own, by name."""
        table = schema.wall
        question = select(table).where(*_seen_by(organisation, person)).order_by(table.c.name)
        return await self._database.read(lambda at: [to_wall(row) for row in at.execute(question)])

    async def get(self, organisation: str, person: str, wall: str) -> Wall:
        """One wall.

        Raises:
            NotFound: There is none, or it is somebody else's own.
        """
        return await self._database.read(
            lambda at: to_wall(_row_of(at, organisation, person, wall))
        )

    async def add(self, organisation: str, person: str, wall: Wall) -> Wall:
        """Keep a new wall, shared or the person's own.

        Returns:
            The wall as it was stored, at revision 1.

        Raises:
            BadRequest: It is for somebody else, or makes no sense, or names an unknown camera.
            Conflict: The name is taken, or there are too many walls already.
            NotFound: There is no such person in the organisation.
        """
        wall = checked(replace(wall, revision=1))
        _refuse_foreign(organisation, person, wall)

        def change(connection: Connection) -> None:
            _refuse_stranger(connection, organisation, person)
            _refuse_too_many(connection, wall)
            _refuse_double(connection, wall)
            _refuse_unknown_cameras(connection, wall, frozenset())
            connection.execute(insert(schema.wall), [to_row(wall)])

        await self._write(change, wall)
        return wall

    async def update(self, organisation: str, person: str, wall: Wall) -> Wall:
        """Replace what a wall shows; ``wall.revision`` is the one on which the change was made.

        A person's own wall may become a shared one, never the other way round: others would lose
        it without a word.

        Returns:
            The wall as it was stored, with the next revision.

        Raises:
            BadRequest: It makes no sense, names an unknown camera, or takes a shared wall away.
            Conflict: The name is taken.
            Outdated: Somebody changed it meanwhile.
            NotFound: There is no such wall, or it is somebody else's own.
        """
        wall = checked(wall)
        _refuse_foreign(organisation, person, wall)

        def change(connection: Connection) -> Wall:
            before = to_wall(_row_of(connection, organisation, person, wall.id))
            _refuse_outdated(before, wall.revision)
            if before.owner is None and wall.owner is not None:
                raise BadRequest(
                    "a shared wall cannot be taken away from the others; save a copy of your own"
                )
            _refuse_double(connection, wall)
            _refuse_unknown_cameras(connection, wall, cameras_of(before))
            after = replace(wall, revision=before.revision + 1, created_us=before.created_us)
            table = schema.wall
            # Only one of two writers on PostgreSQL finds the revision that both have read.
            found = connection.execute(
                update(table)
                .where(*_is(organisation, wall.id), table.c.revision == before.revision)
                .values(to_row(after))
            )
            if found.rowcount != 1:
                raise Outdated(_outdated(before.name))
            return after

        return await self._write(change, wall)

    async def remove(
        self, organisation: str, person: str, wall: str, revision: int | None = None
    ) -> Wall:
        """Forget a wall.

        Args:
            organisation: Whose it is.
            person: Who asks.
            wall: Which.
            revision: The one that the person saw; None removes whichever there is.

        Returns:
            What was removed.

        Raises:
            Outdated: Somebody changed it since.
            NotFound: There is no such wall, or it is somebody else's own.
        """

        def change(connection: Connection) -> Wall:
            before = to_wall(_row_of(connection, organisation, person, wall))
            if revision is not None:
                _refuse_outdated(before, revision)
            table = schema.wall
            found = connection.execute(
                delete(table).where(*_is(organisation, wall), table.c.revision == before.revision)
            )
            if found.rowcount != 1:
                raise Outdated(_outdated(before.name))
            return before

        return await self._database.write(change)

    async def _write(self, change: Any, wall: Wall) -> Any:
        """Write; a name taken by another process meanwhile is a conflict too."""
        try:
            return await self._database.write(change)
        except IntegrityError as error:
            raise Conflict(_taken(wall)) from error


def _seen_by(organisation: str, person: str) -> tuple[ColumnElement[bool], ...]:
    table = schema.wall
    return (
        table.c.organisation == organisation,
        or_(table.c.owner.is_(None), table.c.owner == person),
    )


def _is(organisation: str, wall: str) -> tuple[ColumnElement[bool], ...]:
    return schema.wall.c.organisation == organisation, schema.wall.c.id == wall


def _row_of(connection: Connection, organisation: str, person: str, wall: str) -> Row[Any]:
    question = select(schema.wall).where(*_seen_by(organisation, person), schema.wall.c.id == wall)
    row = connection.execute(question).first()
    if row is None:
        raise NotFound(f"there is no wall {wall}; the list of walls shows which there are")
    return row


def _refuse_foreign(organisation: str, person: str, wall: Wall) -> None:
    if wall.organisation != organisation:
        raise BadRequest(f"wall {wall.name!r} does not belong to organisation {organisation}")
    if wall.owner not in {None, person}:
        raise BadRequest(
            f"wall {wall.name!r} is somebody else's own; make one of yours, or share it"
        )


def _refuse_stranger(connection: Connection, organisation: str, person: str) -> None:
    table = schema.person
    question = select(table.c.id).where(table.c.organisation == organisation, table.c.id == person)
    if connection.execute(question).first() is None:
        raise NotFound(f"there is no person {person}")


def _beside(wall: Wall) -> tuple[ColumnElement[bool], ...]:
    """The walls among which its name is unique."""
    table = schema.wall
    owner = table.c.owner.is_(None) if wall.owner is None else table.c.owner == wall.owner
    return table.c.organisation == wall.organisation, owner


def _refuse_too_many(connection: Connection, wall: Wall) -> None:
    question = select(schema.wall.c.id).where(*_beside(wall)).limit(MOST_WALLS)
    if len(connection.execute(question).all()) >= MOST_WALLS:
        raise Conflict(f"there are {MOST_WALLS} walls already; remove one that nobody needs")


def _refuse_double(connection: Connection, wall: Wall) -> None:
    table = schema.wall
    question = select(table.c.id).where(
        *_beside(wall), table.c.name == wall.name, table.c.id != wall.id
    )
    if connection.execute(question).first() is not None:
        raise Conflict(_taken(wall))


def _refuse_unknown_cameras(connection: Connection, wall: Wall, kept: frozenset[str]) -> None:
    """A camera must be there when it is put on a wall; it may be removed while it hangs there."""
    wanted = cameras_of(wall) - kept
    table = schema.camera
    question = select(table.c.id).where(
        table.c.organisation == wall.organisation,
        table.c.removed_us.is_(None),
        table.c.id.in_(sorted(wanted)),
    )
    unknown = wanted - set(connection.execute(question).scalars())
    if unknown:
        raise BadRequest(f"there is no camera {min(unknown)}; take it off the wall")


def _refuse_outdated(before: Wall, revision: int) -> None:
    if before.revision != revision:
        raise Outdated(_outdated(before.name))


def _outdated(name: str) -> str:
    return (
        f"wall {name!r} was changed by somebody else meanwhile; look at it as it is now, or save "
        "yours as a wall of its own"
    )


def _taken(wall: Wall) -> str:
    whose = "a shared wall" if wall.owner is None else "a wall of yours"
    return f"there is already {whose} named {wall.name!r}; choose another name"
