"""Many keys as a table that a statement can join.

``(stream, start_us) IN (...)`` would say the same, but SQLite answers it by scanning the whole
table; a join from a short list it answers by one seek per key, as PostgreSQL does.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
)


def keys_of(keys: Iterable[tuple[int, int]]) -> dict[str, str]:
    """The parameter for a statement with ``stream_keys``: stream numbers and starts."""
    return {"keys": json.dumps(list(keys))}


@cache
def stream_keys(dialect: str) -> FromClause:
    """Pairs of stream number and start as the columns ``stream`` and ``start_us``.

    One parameter holds them all (see ``keys_of``), so that the statement stays the same for any
    number of keys, and need not be put together anew.
    """
    value = bindparam("keys", type_=Text())
    if dialect == "sqlite":
        each = func.json_each(value).table_valued("value", name="each")
        return select(
            func.json_extract(each.c.value, "$[0]").label("stream"),
            func.json_extract(each.c.value, "$[1]").label("start_us"),
        ).subquery("wanted")
    pair = func.json_array_elements(cast(value, JSON)).table_valued(
        column("value", JSON), name="each"
    )
    return select(
        cast(pair.c.value.op("->>")(0), Integer).label("stream"),
        cast(pair.c.value.op("->>")(1), BigInteger).label("start_us"),
    ).subquery("wanted")


def joined(table: Table, dialect: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Target and condition for ``select(...).join``: the rows of a table with those keys."""
    keys = stream_keys(dialect)
    return keys, (table.c.stream == keys.c.stream) & (table.c.start_us == keys.c.start_us)


def delete_keys(connection: Connection, table: Table, keys: Sequence[tuple[int, int]]) -> None:
    """Delete the rows of those streams and starts; what is not there is fine."""
    if keys:
        rows = [{"of_stream": stream, "of_start": start_us} for stream, start_us in keys]
        connection.execute(_deletion(table), rows)


@cache
def _deletion(table: Table) -> Delete:
    return delete(table).where(
        table.c.stream == bindparam("of_stream"), table.c.start_us == bindparam("of_start")
    )
