"""Which walls make sense."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.model.wall import Cell, CellKind, Wall
from vedette.walls.decide import cameras_of, checked, slots_of

GATE = Cell(0, 0, CellKind.CAMERA, ("gate",))
TURN = Cell(1, 0, CellKind.SEQUENCE, ("yard", "roof"), 10, 2, 1)
SPOT = Cell(0, 1, CellKind.SPOT, w=3)
WALL = Wall("w", "ours", None, "Night watch", 3, 2, (GATE, TURN, SPOT))


def test_a_sensible_wall_is_trimmed_and_put_in_reading_order() -> None:
    assert checked(replace(WALL, name="  Night watch ", cells=(SPOT, TURN, GATE))) == WALL
    assert cameras_of(WALL) == {"gate", "yard", "roof"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(WALL, name=" "), "1 to 200"),
        (replace(WALL, name="a\nb"), "printable"),
        (replace(WALL, columns=0), "1 to 8 columns"),
        (replace(WALL, rows=9), "1 to 8 rows"),
        (replace(WALL, cells=(replace(GATE, x=3),)), "column 4, row 1 does not lie within"),
        (replace(WALL, cells=(replace(GATE, x=-1),)), "within the grid"),
        (replace(WALL, cells=(replace(TURN, w=3),)), "within the grid"),
        (replace(WALL, cells=(replace(SPOT, h=2),)), "within the grid"),
        (replace(WALL, cells=(replace(GATE, h=0),)), "within the grid"),
        (replace(WALL, cells=(GATE, replace(TURN, x=0))), "overlap"),
        (replace(WALL, cells=(GATE, GATE)), "overlap"),
        (replace(WALL, cells=(replace(GATE, cameras=()),)), "exactly one camera"),
        (replace(WALL, cells=(replace(GATE, cameras=("a", "b")),)), "exactly one camera"),
        (replace(WALL, cells=(replace(SPOT, cameras=("a",)),)), "names no camera"),
        (replace(WALL, cells=(replace(GATE, dwell_s=5),)), "no sequence"),
        (replace(WALL, cells=(replace(TURN, cameras=()),)), "1 to 64"),
        (replace(WALL, cells=(replace(TURN, cameras=("a", "a")),)), "different cameras"),
        (replace(WALL, cells=(replace(TURN, dwell_s=1),)), "2 to 600 seconds"),
        (replace(WALL, cells=(replace(TURN, dwell_s=601),)), "2 to 600 seconds"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: Wall, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        checked(wrong)


sizes = st.integers(1, 8)
places = st.integers(-1, 8)


@given(
    columns=sizes,
    rows=sizes,
    areas=st.lists(st.tuples(places, places, st.integers(0, 8), st.integers(0, 8)), max_size=6),
)
def test_a_wall_passes_exactly_when_every_slot_has_at_most_one_cell(
    columns: int, rows: int, areas: list[tuple[int, int, int, int]]
) -> None:
    cells = tuple(Cell(x, y, CellKind.SPOT, (), 0, w, h) for x, y, w, h in areas)
    wall = Wall("w", "ours", None, "W", columns, rows, cells)
    covered = [slot for cell in cells for slot in slots_of(cell)]
    inside = all(0 <= x < columns and 0 <= y < rows for x, y in covered)
    sound = inside and len(covered) == len(set(covered)) and all(w and h for *_, w, h in areas)
    if sound:
        assert set(checked(wall).cells) == set(cells)
    else:
        with pytest.raises(BadRequest):
            checked(wall)
