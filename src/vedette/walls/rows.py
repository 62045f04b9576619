"""A wall as a row of the database and back."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row

from vedette.base.errors import ConfigError
from vedette.model.wall import Cell, Wall

_CELLS = TypeAdapter(tuple[Cell, ...])


def to_row(wall: Wall) -> dict[str, Any]:
    """All columns."""
    row = {name: getattr(wall, name) for name in Wall.__slots__}
    # "rows" and "columns" are words of SQL that some tools trip over.
    row["grid_columns"], row["grid_rows"] = row.pop("columns"), row.pop("rows")
    row["cells"] = _CELLS.dump_json(wall.cells).decode()
    return row


def to_wall(row: Row[Any]) -> Wall:
    """A wall from its row.

    Raises:
        ConfigError: Its cells cannot be understood; the text names the wall.
    """
    try:
        cells = _CELLS.validate_json(row.cells)
    except ValidationError:
        raise ConfigError(
            f"wall {row.name!r} ({row.id}) is stored with cells that make no sense; remove it and "
            "make it again"
        ) from None
    return Wall(
        id=row.id,
        organisation=row.organisation,
        owner=row.owner,
        name=row.name,
        columns=row.grid_columns,
        rows=row.grid_rows,
        cells=cells,
        revision=row.revision,
        created_us=row.created_us,
        changed_us=row.changed_us,
    )
