"""A saved arrangement of cameras on a grid, which people watch side by side."""

from dataclasses import dataclass
from enum import StrEnum

LARGEST_GRID = 8
"""Columns of a wall, and rows."""


class CellKind(StrEnum):
    """What a cell of a wall shows."""

    CAMERA = "camera"
    SEQUENCE = "sequence"
    SPOT = "spot"


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a wall that shows one picture at a time.

    Attributes:
        x: First column that it covers, from 0 at the left.
        y: First row that it covers, from 0 at the top.
        kind: One camera, several in turn, or whichever was chosen last by a person or an alarm.
        cameras: Identifiers: one of a camera's cell, in order of a sequence, none of a spot. A
            camera that was removed since stays named here, so that its place says so.
        dwell_s: Seconds for which a sequence shows each camera, 2 to 600; 0 for other kinds.
        w: Columns that it covers, 1 or more.
        h: Rows that it covers, 1 or more.
    """

    x: int
    y: int
    kind: CellKind
    cameras: tuple[str, ...] = ()
    dwell_s: int = 0
    w: int = 1
    h: int = 1


@dataclass(frozen=True, slots=True)
class Wall:
    """What is watched side by side.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        owner: Identifier of the person who alone sees it; None when the organisation shares it.
        name: What people call it; unique among the shared ones, and among one person's own.
        columns: Of the grid, 1 to 8.
        rows: Of the grid, 1 to 8.
        cells: Without overlap; whatever they leave uncovered stays empty.
        revision: 1 when it was made, one more with each change.
        created_us: When it was made.
        changed_us: When it was changed last.
    """

    id: str
    organisation: str
    owner: str | None
    name: str
    columns: int
    rows: int
    cells: tuple[Cell, ...] = ()
    revision: int = 1
    created_us: int = 0
    changed_us: int = 0
