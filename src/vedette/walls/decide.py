"""Whether a wall makes sense."""

from dataclasses import replace

from vedette.base.errors import BadRequest
from vedette.model.wall import LARGEST_GRID, Cell, CellKind, Wall

LONGEST_NAME = 200
"""Characters of a wall's name."""
SHORTEST_DWELL_S = 2
LONGEST_DWELL_S = 600
MOST_IN_SEQUENCE = 64
"""Cameras that one sequence may show in turn."""


def checked(wall: Wall) -> Wall:
    """The wall with its name trimmed and its cells in reading order.

    Raises:
        BadRequest: The name, the grid or one of the cells makes no sense; the text says which.
    """
    name = wall.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"a wall's name has 1 to {LONGEST_NAME} printable characters")
    if not 1 <= wall.columns <= LARGEST_GRID or not 1 <= wall.rows <= LARGEST_GRID:
        raise BadRequest(f"a wall has 1 to {LARGEST_GRID} columns and 1 to {LARGEST_GRID} rows")
    taken: dict[tuple[int, int], Cell] = {}
    for cell in wall.cells:
        _check_place(cell, wall)
        _check_content(cell)
        for slot in slots_of(cell):
            if slot in taken:
                raise BadRequest(
                    f"{_named(cell)} and {_named(taken[slot])} overlap; move or shrink one of them"
                )
            taken[slot] = cell
    cells = tuple(sorted(wall.cells, key=lambda cell: (cell.y, cell.x)))
    return replace(wall, name=name, cells=cells)


def slots_of(cell: Cell) -> list[tuple[int, int]]:
    """Column and row of every place of the grid that a cell covers."""
    return [(x, y) for y in range(cell.y, cell.y + cell.h) for x in range(cell.x, cell.x + cell.w)]


def cameras_of(wall: Wall) -> frozenset[str]:
    """Every camera that the wall names, removed ones included."""
    return frozenset(camera for cell in wall.cells for camera in cell.cameras)


def _named(cell: Cell) -> str:
    return f"the cell at column {cell.x + 1}, row {cell.y + 1}"


def _check_place(cell: Cell, wall: Wall) -> None:
    inside = (
        cell.x >= 0
        and cell.y >= 0
        and cell.w >= 1
        and cell.h >= 1
        and cell.x + cell.w <= wall.columns
        and cell.y + cell.h <= wall.rows
    )
    if not inside:
        raise BadRequest(f"{_named(cell)} does not lie within the grid; move or shrink it")


def _check_content(cell: Cell) -> None:
    count = len(cell.cameras)
    if cell.kind is CellKind.SEQUENCE:
        if not 1 <= count <= MOST_IN_SEQUENCE or len(set(cell.cameras)) != count:
            raise BadRequest(
                f"{_named(cell)} is a sequence: give it 1 to {MOST_IN_SEQUENCE} different cameras"
            )
        if not SHORTEST_DWELL_S <= cell.dwell_s <= LONGEST_DWELL_S:
            raise BadRequest(
                f"{_named(cell)} shows each camera for {SHORTEST_DWELL_S} to {LONGEST_DWELL_S} "
                "seconds"
            )
        return
    if count != (1 if cell.kind is CellKind.CAMERA else 0):
        raise BadRequest(
            f"{_named(cell)} needs exactly one camera"
            if cell.kind is CellKind.CAMERA
            else f"{_named(cell)} is the spot, which names no camera of its own"
        )
    if cell.dwell_s != 0:
        raise BadRequest(f"{_named(cell)} is no sequence; leave dwell_s out")
