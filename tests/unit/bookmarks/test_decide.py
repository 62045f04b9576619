"""What a bookmark may be, and what a search finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.bookmarks.decide import checked, pattern, searched, words
from vedette.model.bookmark import MOST_CAMERAS, Bookmark

FAIR = Bookmark("b", "o", ("c", "d"), 5, 9, "Van at the gate", "white,\nno plate")


def like(text: str, wanted: str) -> bool:
    """SQL's LIKE with escape, written down once more."""
    shape = re.sub(
        r"\\(.)|(%)|(.)",
        lambda found: ".*" if found.group(2) else re.escape(found.group(1) or found.group(3) or ""),
        wanted,
        flags=re.DOTALL,
    )
    return re.fullmatch(shape, text, re.DOTALL) is not None


@given(st.text(max_size=40), st.text(min_size=1, max_size=10), st.text(max_size=40))
def test_a_word_is_found_wherever_it_stands_and_means_nothing_else(
    before: str, word: str, after: str
) -> None:
    assert like((before + word + after).casefold(), pattern(word)) == (
        word.casefold() in (before + word + after).casefold()
    )
    assert not like("", pattern(word)) or not word.casefold()


def test_no_sign_is_a_wild_card() -> None:
    assert not like("hundred percent", pattern("%"))
    assert not like("axb", pattern("a_b"))
    assert like("100 % of a_b\\c", pattern("a_b\\"))


def test_every_word_of_what_people_wrote_is_searched() -> None:
    text = searched(Bookmark("b", "o", ("c",), 0, 0, "GRÜNER Van", "Straße", person_name="Anna"))
    assert all(word.casefold() in text for word in words("van strasse ANNA grüner"))


@given(st.integers(0, 10), st.integers(0, 10), st.text(max_size=5), st.integers(0, 70))
def test_a_bookmark_is_refused_or_tidy(start: int, end: int, title: str, cameras: int) -> None:
    made = Bookmark("b", "o", tuple(str(n) for n in range(cameras)), start, end, title)
    try:
        kept = checked("o", made)
    except BadRequest:
        assert (
            end < start
            or not title.strip()
            or not title.isprintable()
            or (not 0 < cameras <= MOST_CAMERAS)
        )
    else:
        assert kept.title == " ".join(title.split())
        assert start <= end
        assert checked("o", kept) == kept


def test_cameras_count_once_and_blanks_go() -> None:
    made = Bookmark("b", "o", ("d", "c", "d"), 5, 9, "  Van  at the gate ", "\nnote \n")
    kept = checked("o", made)
    assert (kept.cameras, kept.title, kept.note) == (("d", "c"), "Van at the gate", "note")


def test_another_organisations_bookmark_is_refused() -> None:
    with pytest.raises(BadRequest, match="does not belong"):
        checked("another", FAIR)
