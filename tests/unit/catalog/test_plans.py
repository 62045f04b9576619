"""SQLite answers by seeks: the plans of the statements that meet large tables."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, CursorResult, Integer, TextClause, bindparam, select, text

from vedette.catalog import reading
from vedette.db import schema
from vedette.db.engine import Database
from vedette.db.keys import joined, keys_of

WANTED = {"streams": [1, 2], "from_us": 0, "start_us": 5, "end_us": 9}


def plan(folder: Path, explain: Callable[[Connection], CursorResult[Any]]) -> str:
    async def run() -> str:
        database = Database.open(f"sqlite:///{folder}/v.db")
        try:
            await database.migrate()
            return await database.read(lambda at: "\n".join(row[-1] for row in explain(at)))
        finally:
            await database.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("statement", "seek"),
    [
        (reading.SPANS, "(stream=? AND start_us>? AND start_us<?)"),
        (reading.GAPS, "(stream=? AND reach=? AND start_us>? AND start_us<?)"),
        (reading.STEPS, "(stream=? AND at_us>? AND at_us<?)"),
    ],
    ids=["spans", "gaps", "clock steps"],
)
def test_a_question_seeks(tmp_path: Path, statement: TextClause, seek: str) -> None:
    wanted = {name: value for name, value in WANTED.items() if f":{name}" in statement.text}
    streams = bindparam("streams", type_=Integer(), expanding=True)
    explained = text(f"EXPLAIN QUERY PLAN {statement.text}").bindparams(streams)
    assert f"USING PRIMARY KEY {seek}" in plan(tmp_path, lambda at: at.execute(explained, wanted))


def test_many_keys_are_sought_one_by_one(tmp_path: Path) -> None:
    def explain(connection: Connection) -> CursorResult[Any]:
        statement = select(schema.segment).join(*joined(schema.segment, "sqlite"))
        compiled = statement.compile(connection)
        given = {**compiled.params, **keys_of([(1, 2), (3, 4)])}
        values = tuple(given[name] for name in compiled.positiontup or ())
        return connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values)

    assert "SEARCH segment USING PRIMARY KEY (stream=? AND start_us=?)" in plan(tmp_path, explain)
