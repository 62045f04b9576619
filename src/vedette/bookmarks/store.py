"""Bookmarks in the database. Every method takes the organisation first and sees no other's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from vedette.base.errors import NotFound
from vedette.bookmarks.decide import checked, pattern, searched, words
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.bookmark import Bookmark

_TABLE, _CAMERAS = schema.bookmark, schema.bookmark_camera


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back the footage of some cameras may be seen.

    Attributes:
        earliest_us: From when; 0 for all of it.
        cameras: Of which cameras; empty means of all.
    """

    earliest_us: int
    cameras: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BookmarkQuery:
    """Which bookmarks are asked for; everything that is given must hold.

    Attributes:
        cameras: Of at least one of these; empty means of any.
        start_us: That end at or after this.
        end_us: That begin before this.
        text: Words, all of which stand in title, note or the name of who made it.
        before: Start and identifier of the last one of the page before.
        limit: Most bookmarks in the answer, 1 or more.
        within: That end within at least one of these, of one of its cameras; empty sets no limit.
    """

    cameras: Sequence[str] = ()
    start_us: int | None = None
    end_us: int | None = None
    text: str = ""
    before: tuple[int, str] | None = None
    limit: int = 100
    within: Sequence[Reach] = ()


class BookmarkStore:
    """The bookmarks of every organisation, each seen by its own only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, organisation: str, query: BookmarkQuery) -> list[Bookmark]:
        """Those that are asked for, newest first."""
        question = (
            select(_TABLE)
            .where(_TABLE.c.organisation == organisation, *_conditions(organisation, query))
            .order_by(_TABLE.c.start_us.desc(), _TABLE.c.id.desc())
            .limit(query.limit)
        )

        def ask(connection: Connection) -> list[Bookmark]:
            rows = connection.execute(question).all()
            return _with_cameras(connection, organisation, rows)

        return await self._database.read(ask)

    async def get(self, organisation: str, bookmark: str) -> Bookmark:
        """One bookmark.

        Raises:
            NotFound: There is none.
        """
        return await self._database.read(lambda at: _one(at, organisation, bookmark))

    async def add(self, organisation: str, bookmark: Bookmark) -> Bookmark:
        """Keep a bookmark.

        Returns:
            The bookmark as it was stored.

        Raises:
            BadRequest: It belongs to another organisation, or a field makes no sense.
            NotFound: The organisation has no such camera, removed ones included.
        """
        bookmark = checked(organisation, bookmark)

        def change(connection: Connection) -> None:
            _refuse_unknown(connection, organisation, bookmark.cameras)
            connection.execute(insert(_TABLE), [_to_row(bookmark)])
            connection.execute(insert(_CAMERAS), _camera_rows(bookmark))

        await self._database.write(change)
        return bookmark

    async def update(self, organisation: str, bookmark: Bookmark) -> Bookmark:
        """Replace its time, text and cameras; who made it and when stays.

        Returns:
            The bookmark as it was stored.

        Raises:
            BadRequest: As ``add``.
            NotFound: There is no such bookmark or camera.
        """

        def change(connection: Connection) -> Bookmark:
            before = _one(connection, organisation, bookmark.id)
            after = checked(
                organisation,
                replace(
                    bookmark,
                    person=before.person,
                    person_name=before.person_name,
                    created_us=before.created_us,
                ),
            )
            _refuse_unknown(connection, organisation, after.cameras)
            connection.execute(
                update(_TABLE).where(*_is(organisation, bookmark.id)), [_to_row(after)]
            )
            connection.execute(delete(_CAMERAS).where(*_of(organisation, bookmark.id)))
            connection.execute(insert(_CAMERAS), _camera_rows(after))
            return after

        return await self._database.write(change)

    async def remove(self, organisation: str, bookmark: str) -> None:
        """Forget a bookmark; the footage stays as it is.

        Raises:
            NotFound: There is none.
        """

        def change(connection: Connection) -> None:
            _row_of(connection, organisation, bookmark)
            connection.execute(delete(_CAMERAS).where(*_of(organisation, bookmark)))
            connection.execute(delete(_TABLE).where(*_is(organisation, bookmark)))

        await self._database.write(change)


def _conditions(organisation: str, query: BookmarkQuery) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.cameras:
        found.append(_marks(organisation, query.cameras))
    if query.within:
        found.append(or_(*(_reached(organisation, one) for one in query.within)))
    if query.start_us is not None:
        found.append(_TABLE.c.end_us >= query.start_us)
    if query.end_us is not None:
        found.append(_TABLE.c.start_us < query.end_us)
    found += [_TABLE.c.searched.like(pattern(word), escape="\\") for word in words(query.text)]
    if query.before is not None:
        start_us, last = query.before
        earlier = _TABLE.c.start_us < start_us
        found.append(or_(earlier, and_(_TABLE.c.start_us == start_us, _TABLE.c.id < last)))
    return found


def _marks(organisation: str, cameras: Sequence[str]) -> ColumnElement[bool]:
    of_camera = select(_CAMERAS.c.bookmark).where(
        _CAMERAS.c.organisation == organisation, _CAMERAS.c.camera.in_(cameras)
    )
    return _TABLE.c.id.in_(of_camera)


def _reached(organisation: str, reach: Reach) -> ColumnElement[bool]:
    recent = _TABLE.c.end_us >= reach.earliest_us
    return and_(recent, _marks(organisation, reach.cameras)) if reach.cameras else recent


def _is(organisation: str, bookmark: str) -> tuple[Any, Any]:
    return _TABLE.c.organisation == organisation, _TABLE.c.id == bookmark


def _of(organisation: str, bookmark: str) -> tuple[Any, Any]:
    return _CAMERAS.c.organisation == organisation, _CAMERAS.c.bookmark == bookmark


def _row_of(connection: Connection, organisation: str, bookmark: str) -> Row[Any]:
    row = connection.execute(select(_TABLE).where(*_is(organisation, bookmark))).first()
    if row is None:
        raise NotFound(f"there is no bookmark {bookmark}; somebody may have deleted it")
    return row


def _one(connection: Connection, organisation: str, bookmark: str) -> Bookmark:
    row = _row_of(connection, organisation, bookmark)
    return _with_cameras(connection, organisation, [row])[0]


def _with_cameras(
    connection: Connection, organisation: str, rows: Sequence[Row[Any]]
) -> list[Bookmark]:
    cameras: dict[str, list[str]] = {row.id: [] for row in rows}
    question = (
        select(_CAMERAS.c.bookmark, _CAMERAS.c.camera)
        .where(_CAMERAS.c.organisation == organisation, _CAMERAS.c.bookmark.in_(list(cameras)))
        .order_by(_CAMERAS.c.place)
    )
    for bookmark, camera in connection.execute(question):
        cameras[bookmark].append(camera)
    names = [name for name in Bookmark.__slots__ if name != "cameras"]
    return [
        Bookmark(cameras=tuple(cameras[row.id]), **{name: getattr(row, name) for name in names})
        for row in rows
    ]


def _refuse_unknown(connection: Connection, organisation: str, cameras: Sequence[str]) -> None:
    table = schema.camera
    question = select(table.c.id).where(
        table.c.organisation == organisation, table.c.id.in_(list(cameras))
    )
    unknown = set(cameras) - set(connection.execute(question).scalars())
    if unknown:
        raise NotFound(f"there is no camera {min(unknown)}")


def _to_row(bookmark: Bookmark) -> dict[str, Any]:
    row = {name: getattr(bookmark, name) for name in Bookmark.__slots__ if name != "cameras"}
    return row | {"searched": searched(bookmark)}


def _camera_rows(bookmark: Bookmark) -> list[dict[str, Any]]:
    return [
        {
            "organisation": bookmark.organisation,
            "bookmark": bookmark.id,
            "camera": camera,
            "place": place,
        }
        for place, camera in enumerate(bookmark.cameras)
    ]
