"""Bookmarks: find, make, change, delete."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, model_validator

from vedette.accounts.access import Access
from vedette.api.audit import note
from vedette.api.fields import MAX_US, BookmarkId, Line, Uuid
from vedette.api.rights import May, must_see
from vedette.api.services import House, Who
from vedette.base.errors import BadRequest, NotFound, Refused
from vedette.base.ids import new_id
from vedette.bookmarks import BookmarkQuery, Reach
from vedette.bus.topics import BOOKMARK_CHANGED, BookmarkChange, BookmarkChanged
from vedette.model.bookmark import LONGEST_NOTE, MOST_CAMERAS, Bookmark
from vedette.model.rights import Right

router = APIRouter(prefix="/bookmarks", tags=["bookmarks"])

Note = Annotated[
    str,
    Field(
        max_length=LONGEST_NOTE,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$",
        description="Of several lines",
    ),
]
Cameras = Annotated[list[Uuid], Field(min_length=1, max_length=MOST_CAMERAS)]
Instant = Annotated[int, Field(ge=0, le=MAX_US, description="Wall time, µs since the epoch")]
_SHOWN = (
    "id",
    "start_us",
    "end_us",
    "title",
    "note",
    "person",
    "person_name",
    "created_us",
    "changed_us",
)
_CURSOR = r"^[0-9]{1,17}\.[0-9a-f-]{36}$"


class BookmarkAnswer(BaseModel):
    """A moment or a stretch of time that somebody marked."""

    id: str
    cameras: list[str]
    start_us: int
    end_us: int
    title: str
    note: str
    person: str
    person_name: str = Field(description="Of who made it, as it was then")
    created_us: int
    changed_us: int
    may_change: bool = Field(description="Whether you may change and delete it")


class BookmarksAnswer(BaseModel):
    """Bookmarks, newest first."""

    bookmarks: list[BookmarkAnswer]
    next: str | None = Field(description="Ask on with this as `before`; null when that was all")


class BookmarkBody(BaseModel, extra="forbid"):
    """A bookmark to make; without an end it is a moment."""

    cameras: Cameras
    start_us: Instant
    end_us: Instant | None = None
    title: Line
    note: Note = ""

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.end_us is not None and self.end_us < self.start_us:
            raise ValueError("end_us must not be less than start_us")
        return self


class BookmarkPatch(BaseModel, extra="forbid"):
    """What to change of a bookmark; null and what is left out stay."""

    cameras: Cameras | None = None
    start_us: Instant | None = None
    end_us: Instant | None = None
    title: Line | None = None
    note: Note | None = None


@router.get("")
async def list_bookmarks(
    *,
    house: House,
    who: Who,
    may: May,
    camera: Annotated[list[Uuid], Query(max_length=MOST_CAMERAS, description="Of these")] = [],  # noqa: B006  FastAPI copies it
    start_us: Annotated[int | None, Query(ge=0, le=MAX_US, description="Ends at or after")] = None,
    end_us: Annotated[int | None, Query(ge=0, le=MAX_US, description="Begins before")] = None,
    text: Annotated[
        str, Query(max_length=200, description="Words in title, note or name, all of them")
    ] = "",
    before: Annotated[str, Query(pattern=_CURSOR, description="See `next`")] | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> BookmarksAnswer:
    """Find bookmarks by camera, time and text."""
    now_us = house.clock.wall_us()
    within = _reach(may, camera, now_us)
    if not within:
        return BookmarksAnswer(bookmarks=[], next=None)
    place = _read_cursor(before)
    query = BookmarkQuery(camera, start_us, end_us, text, place, limit + 1, within)
    found = await house.bookmarks.find(who.organisation, query)
    more = len(found) > limit
    found = found[:limit]
    return BookmarksAnswer(
        bookmarks=[_answer(one, who, may, now_us) for one in found],
        next=f"{found[-1].start_us}.{found[-1].id}" if more else None,
    )


@router.post("", status_code=201)
async def add_bookmark(
    house: House, who: Who, may: May, request: Request, body: BookmarkBody
) -> BookmarkAnswer:
    """Mark a moment, or a stretch of time."""
    note(request, name=body.title, cameras=" ".join(body.cameras), start_us=body.start_us)
    await _check(request, may, body.cameras)
    now_us = house.clock.wall_us()
    bookmark = Bookmark(
        id=new_id(house.clock),
        organisation=who.organisation,
        cameras=tuple(body.cameras),
        start_us=body.start_us,
        end_us=body.start_us if body.end_us is None else body.end_us,
        title=body.title,
        note=body.note,
        person=who.person,
        person_name=who.name,
        created_us=now_us,
        changed_us=now_us,
    )
    _check_time(may, bookmark, now_us)
    bookmark = await house.bookmarks.add(who.organisation, bookmark)
    _tell(house, bookmark, BookmarkChange.ADDED)
    return _answer(bookmark, who, may, now_us)


@router.get("/{bookmark_id}")
async def get_bookmark(house: House, who: Who, may: May, bookmark_id: BookmarkId) -> BookmarkAnswer:
    """One bookmark."""
    bookmark = await _seen(house, who, may, bookmark_id)
    return _answer(bookmark, who, may, house.clock.wall_us())


@router.patch("/{bookmark_id}")
async def change_bookmark(  # noqa: PLR0917  FastAPI names them all
    house: House,
    who: Who,
    may: May,
    request: Request,
    bookmark_id: BookmarkId,
    body: BookmarkPatch,
) -> BookmarkAnswer:
    """Change what is named and leave the rest; of one's own, or with the right to configure."""
    before = await _own(house, who, may, bookmark_id)
    note(request, name=before.title)
    await _check(request, may, body.cameras or ())
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    if "cameras" in given:
        given["cameras"] = tuple(given["cameras"])
    changed = replace(before, **given, changed_us=house.clock.wall_us())
    if changed.end_us < changed.start_us:
        raise BadRequest("end_us must not be less than start_us; give both")
    _check_time(may, changed, changed.changed_us)
    bookmark = await house.bookmarks.update(who.organisation, changed)
    _tell(house, bookmark, BookmarkChange.CHANGED)
    return _answer(bookmark, who, may, changed.changed_us)


@router.delete("/{bookmark_id}", status_code=204)
async def remove_bookmark(
    house: House, who: Who, may: May, request: Request, bookmark_id: BookmarkId
) -> None:
    """Delete a bookmark, one's own or with the right to configure; the footage stays as it is."""
    bookmark = await _own(house, who, may, bookmark_id)
    note(request, name=bookmark.title)
    await house.bookmarks.remove(who.organisation, bookmark_id)
    _tell(house, bookmark, BookmarkChange.REMOVED)


def _read_cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    start_us, _, last = text.partition(".")
    return int(start_us), last


def _tell(house: House, bookmark: Bookmark, change: BookmarkChange) -> None:
    house.bus.publish(BOOKMARK_CHANGED, BookmarkChanged(bookmark.organisation, bookmark.id, change))


def _writes(may: Access, camera: str) -> bool:
    """A bookmark is for everybody who watches: making one takes more than watching."""
    return may.may(Right.REPLAY, camera) and may.may(Right.EXPORT, camera)


async def _check(request: Request, may: Access, cameras: Sequence[str]) -> None:
    """Whoever may not see a camera's footage marks nothing in it, nor whoever only watches."""
    await must_see(request, may, cameras)
    for camera in cameras:
        if not may.may(Right.REPLAY, camera):
            raise NotFound(f"there is no camera {camera} whose footage you may watch")
        if not _writes(may, camera):
            raise Refused(
                "you may look at bookmarks here, but not make them; that takes the rights of an "
                "operator: ask whoever handles people and roles"
            )


async def _seen(house: House, who: Who, may: Access, bookmark: str) -> Bookmark:
    """A bookmark of at least one camera whose footage the person may watch."""
    found = await house.bookmarks.get(who.organisation, bookmark)
    if not _cameras_seen(may, found, house.clock.wall_us()):
        raise NotFound(f"there is no bookmark {bookmark}; somebody may have deleted it")
    return found


def _changes(bookmark: Bookmark, who: Who, may: Access) -> bool:
    """One's own, while one may make any; everybody's with the right to configure."""
    own = bookmark.person == who.person and any(_writes(may, one) for one in bookmark.cameras)
    return own or may.may(Right.CONFIGURE)


async def _own(house: House, who: Who, may: Access, bookmark: str) -> Bookmark:
    found = await _seen(house, who, may, bookmark)
    if not _changes(found, who, may):
        raise Refused(
            "you may no longer change bookmarks here; ask whoever handles people and roles"
            if found.person == who.person
            else f"{found.person_name} made this bookmark; ask them to change it"
        )
    return found


def _reach(may: Access, asked: Sequence[str], now_us: int) -> list[Reach]:
    """Which bookmarks somebody may know of: those of footage that their roles show.

    Args:
        may: Their access.
        asked: The cameras in question; empty means all.
        now_us: The present.
    """
    everywhere = may.earliest_us(Right.REPLAY, "", now_us)
    found = [] if everywhere is None else [Reach(everywhere, asked)]
    further: dict[int, list[str]] = {}
    for camera in may.cameras:
        earliest = may.earliest_us(Right.REPLAY, camera, now_us)
        if earliest is None or (asked and camera not in asked):
            continue
        if everywhere is None or earliest < everywhere:
            further.setdefault(earliest, []).append(camera)
    return found + [Reach(earliest, cameras) for earliest, cameras in further.items()]


def _cameras_seen(may: Access, bookmark: Bookmark, now_us: int) -> list[str]:
    """The cameras of a bookmark whose footage of that time somebody may watch."""
    found: list[str] = []
    for camera in bookmark.cameras:
        earliest = may.earliest_us(Right.REPLAY, camera, now_us)
        if earliest is not None and bookmark.end_us >= earliest:
            found.append(camera)
    return found


def _check_time(may: Access, bookmark: Bookmark, now_us: int) -> None:
    if not _cameras_seen(may, bookmark, now_us):
        raise Refused(
            "your role does not show footage of that time; ask whoever handles people and roles"
        )


def _answer(bookmark: Bookmark, who: Who, may: Access, now_us: int) -> BookmarkAnswer:
    return BookmarkAnswer.model_validate(
        {
            **{name: getattr(bookmark, name) for name in _SHOWN},
            "cameras": _cameras_seen(may, bookmark, now_us),
            "may_change": _changes(bookmark, who, may),
        }
    )
