"""Somebody with the database's file changes the event log; ``vedette verify`` says which entry."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from vedette.base.ids import new_id
from vedette.model.event import Event
from vedette.settings import load
from vedette.stores import open_stores


def verify(data: Path, *words: str) -> tuple[int, str]:
    """Exit code and everything that was said."""
    done = subprocess.run(
        [sys.executable, "-m", "vedette.cli", "verify", "--data", str(data), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def write_some(data: Path) -> None:
    async def story() -> None:
        async with open_stores(load(None, data=data)) as stores:
            mine = await stores.organisation()
            for number in range(5):
                text = f"deed {number}"
                event = Event(new_id(), mine, "camera.changed", number, number, "test", text=text)
                await stores.journal.append(mine, [event])

    asyncio.run(story())


def events_of(said: str) -> dict[str, object]:
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    (one,) = [line for line in found if line["type"] == "events"]
    return one


def test_verify_names_the_first_altered_entry(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_some(data)
    code, said = verify(data, "--json")
    proven = events_of(said)
    assert (code, proven["entries"], proven["altered"]) == (0, 5, None)
    statement = "UPDATE event SET body = replace(body, 'deed 2', 'deed 7')"
    database = sqlite3.connect(data / "vedette.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        database.execute(statement)
    with database:
        database.execute("DROP TRIGGER event_no_update")
        database.execute(statement)
    database.close()
    code, said = verify(data, "--json", "--head", str(proven["head"]))
    assert (code, events_of(said)["altered"]) == (1, 3)
    assert "entry 3 was altered" in verify(data)[1]


def test_a_head_that_is_none_is_refused(tmp_path: Path) -> None:
    code, said = verify(tmp_path / "data", "--head", "7")
    assert code != 0
    assert "NUMBER:64 HEX DIGITS" in said
