"""What the scene keeps is bounded by bytes, whatever it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from vedette.testing.scene.held import Held


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 150)), max_size=60))
def test_never_more_bytes_than_allowed(wanted: list[tuple[int, int]]) -> None:
    held: Held[bytes] = Held(100, len)
    for key, size in wanted:
        assert held.get((key, size), lambda size=size: bytes(size)) == bytes(size)
        assert held.bytes <= 100


def test_what_was_used_last_stays() -> None:
    held: Held[bytes] = Held(3, len)
    for key in "abcad":
        held.get(key, lambda: b"x")
    assert [key in held for key in "abcd"] == [True, False, True, True]
