"""Moments that people marked, so that they and others find them again."""

from dataclasses import dataclass

MOST_CAMERAS = 64
LONGEST_TITLE = 200
LONGEST_NOTE = 4000


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A moment or a stretch of time of one or several cameras.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        cameras: Identifiers, 1 to ``MOST_CAMERAS``; they may have been removed since.
        start_us: Wall time.
        end_us: Wall time; the same as ``start_us`` for a moment.
        title: One line, 1 to ``LONGEST_TITLE`` characters.
        note: Lines of text, may be empty.
        person: Identifier of who made it.
        person_name: Of that person, as it was then.
        created_us: When it was made.
        changed_us: When it was last changed.
    """

    id: str
    organisation: str
    cameras: tuple[str, ...]
    start_us: int
    end_us: int
    title: str
    note: str = ""
    person: str = ""
    person_name: str = ""
    created_us: int = 0
    changed_us: int = 0
