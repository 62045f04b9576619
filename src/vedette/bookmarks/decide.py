"""What a bookmark may be, and what a search looks for; pure."""

from dataclasses import replace

from vedette.base.errors import BadRequest
from vedette.model.bookmark import LONGEST_NOTE, LONGEST_TITLE, MOST_CAMERAS, Bookmark


def checked(organisation: str, bookmark: Bookmark) -> Bookmark:
    """The bookmark as it may be stored: cameras once each, no blanks around the text.

    Raises:
        BadRequest: A field makes no sense.
    """
    title, note = " ".join(bookmark.title.split()), bookmark.note.strip()
    cameras = tuple(dict.fromkeys(bookmark.cameras))
    if bookmark.organisation != organisation:
        raise BadRequest(f"bookmark {title!r} does not belong to organisation {organisation}")
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise BadRequest(f"a bookmark's title has 1 to {LONGEST_TITLE} printable characters")
    if len(note) > LONGEST_NOTE:
        raise BadRequest(f"a bookmark's note has at most {LONGEST_NOTE} characters")
    if not cameras or len(cameras) > MOST_CAMERAS:
        raise BadRequest(f"a bookmark is of 1 to {MOST_CAMERAS} cameras")
    if not 0 <= bookmark.start_us <= bookmark.end_us:
        raise BadRequest("a bookmark ends where it begins, or later")
    return replace(bookmark, cameras=cameras, title=title, note=note)


def searched(bookmark: Bookmark) -> str:
    """The text in which a search looks, folded so that no letter is large or small."""
    return f"{bookmark.title}\n{bookmark.note}\n{bookmark.person_name}".casefold()


def pattern(word: str) -> str:
    r"""An SQL LIKE pattern with escape ``\`` for one word of a search, wherever it stands."""
    folded = word.casefold()
    for special in ("\\", "%", "_"):
        folded = folded.replace(special, f"\\{special}")
    return f"%{folded}%"


def words(text: str) -> list[str]:
    """The words of a search, all of which must be found; at most eight."""
    return text.split()[:8]
