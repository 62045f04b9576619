"""How long questions to a long event log take, and its proof, on SQLite and PostgreSQL.

A million entries of a year, made by two hundred people about two hundred cameras, appended through
``SqlJournal`` as the house does. The words of one entry in a hundred thousand are rare. The peer of
a search for words is the same search in an index of three-letter pieces (FTS5, pg_trgm) beside the
table, where the database has one.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bench.catalog_fill import settle
from bench.databases import ask_each, quantile, size_bytes, time_asking
from vedette.db.engine import Database
from vedette.journal import EventQuery, SqlJournal
from vedette.journal.decide import fold
from vedette.model.event import Actor, Event
from vedette.model.person import DEFAULT_ORGANISATION

RESULTS = Path(__file__).parent / "results" / "journal.json"
ORGANISATION = DEFAULT_ORGANISATION
"""There from the start."""
FIRST_US = 1_767_225_600_000_000
"""2026-01-01."""
DAY_US = 86_400_000_000
YEAR_US = 365 * DAY_US
AT_ONCE = 500
PEOPLE = 200
CAMERAS = 200
RARE = "quicksilver"
"""Said by one entry in a hundred thousand."""
KINDS = (
    *(("footage.watched", "watched the footage of"), ("footage.exported", "exported footage of")),
    *(("camera.changed", "changed"), ("session.begun", "signed in, last seen at")),
    *(("camera.steered", "steered"), ("share.used", "looked through a share at")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        database: ``sqlite`` or ``postgresql``.
        question: What was asked.
        answers: Mean number of entries that came back.
        p50_ms: Through ``SqlJournal``, thread hop included.
        p95_ms: Likewise.
        peer_p50_ms: The same words in the peer's index, the identifiers alone; None without one.
    """

    database: str
    question: str
    answers: float
    p50_ms: float
    p95_ms: float
    peer_p50_ms: float | None = None


def some_events(count: int) -> Iterator[Event]:
    """The same events in every run, in the order in which they are observed."""
    chance = random.Random(1)  # noqa: S311  the same in every run
    for n in range(count):
        observed_us = FIRST_US + n * (YEAR_US // count) + chance.randrange(1000)
        kind, did = KINDS[min(int(chance.expovariate(1)), len(KINDS) - 1)]
        person, camera = chance.randrange(PEOPLE), chance.randrange(CAMERAS)
        purpose = RARE if n % 100_000 == 50_000 else "patrol"
        yield Event(
            id=f"{n:032x}",
            organisation=ORGANISATION,
            kind=kind,
            observed_us=observed_us,
            received_us=observed_us,
            source="api",
            subject=f"camera/{camera:032x}",
            actor=Actor(f"{person:032x}", f"officer {person}", "session", "", "10.0.0.7"),
            text=f"officer {person} {did} Gate {camera}",
            data={"reason": f"{purpose} {n % 7919}", "camera": f"Gate {camera}"},
            site=f"site-{camera % 20}",
        )


async def fill(journal: SqlJournal, count: int, progress: Progress) -> float:
    """Append them; returns the seconds in which the journal did so."""
    task = progress.add_task("append", total=count)
    events, took = some_events(count), 0.0
    for at in range(0, count, AT_ONCE):
        some = [next(events) for _ in range(min(AT_ONCE, count - at))]
        began = time.perf_counter()
        await journal.append(ORGANISATION, some)
        took += time.perf_counter() - began
        progress.advance(task, len(some))
    return took


def index_words(at: Connection) -> str:
    """The peer: an index of three-letter pieces; returns a question for a word's identifiers."""
    if at.dialect.name == "postgresql":
        at.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        at.execute(text("CREATE INDEX peer ON event USING gin (words gin_trgm_ops)"))
        at.execute(text("ANALYZE event"))
        return (
            "SELECT sequence FROM event WHERE words LIKE '%' || :word || '%' "
            "ORDER BY observed_us DESC LIMIT 101"
        )
    made = "CREATE VIRTUAL TABLE peer USING fts5(words, content='', tokenize='trigram')"
    at.execute(text(made))
    at.execute(text("INSERT INTO peer (rowid, words) SELECT sequence, words FROM event"))
    return "SELECT rowid FROM peer WHERE words MATCH :word ORDER BY rowid DESC LIMIT 101"


class Questions:
    """Asks what the page of the log asks."""

    def __init__(self, database: Database, count: int, times: int) -> None:
        self._database = database
        self._journal = SqlJournal(database)
        self._count = count
        self._times = times
        self._random = random.Random(2)  # noqa: S311  the same questions in every run

    async def ask(self, name: str, make: Callable[[], EventQuery]) -> Row:
        """One question, many times."""

        async def once() -> int:
            return len((await self._journal.events(ORGANISATION, make())).entries)

        taken = await time_asking(self._times, once)
        p50_ms, p95_ms = quantile(taken, 0.5), quantile(taken, 0.95)
        return Row(self._database.dialect, name, taken.answers, p50_ms, p95_ms)

    async def all(self) -> list[Row]:
        """Everything but the search for words in the peer's index."""

        def a_day() -> tuple[int, int]:
            start_us = FIRST_US + self._random.randrange(YEAR_US - DAY_US)
            return start_us, start_us + DAY_US

        def of_a_day(words: str = "", **more: Any) -> EventQuery:
            start_us, end_us = a_day()
            return EventQuery(start_us=start_us, end_us=end_us, text=words, **more)

        def person() -> str:
            return f"{self._random.randrange(PEOPLE):032x}"

        return [
            await self.ask("the newest 100", EventQuery),
            await self.ask("100 of a day", of_a_day),
            await self.ask("the newest 100 of a rare kind", lambda: EventQuery(kinds=("share.",))),
            await self.ask("the newest 100 of a person", lambda: EventQuery(person=person())),
            await self.ask("a person's on a day", lambda: of_a_day(person=person())),
            await self.ask("common word, newest 100", lambda: EventQuery(text="Patrol")),
            await self.ask("rare word, a day", lambda: of_a_day(RARE)),
            await self.ask("rare word, a year", lambda: EventQuery(text=RARE)),
            await self.ask("word of none, a year", lambda: EventQuery(text="nowhere")),
        ]

    async def peer(self, rows: list[Row]) -> tuple[list[Row], str]:
        """The searches over the whole year beside an index of words, where there is one."""
        before = await self._database.read(size_bytes)
        began = time.perf_counter()
        try:
            question = await self._database.write(index_words)
        except SQLAlchemyError as error:
            said = str(error.__cause__ or error).splitlines()[0]
            return rows, f"{self._database.dialect}: no peer ({said})"
        seconds = time.perf_counter() - began
        grown = (await self._database.read(size_bytes) - before) / 1e6
        words = {"rare word, a year": fold([RARE]), "word of none, a year": "nowhere"}

        async def timed(word: str) -> float:
            async def once() -> int:
                asked = {"word": word}
                return len(
                    await self._database.read(lambda at: at.execute(text(question), asked).all())
                )

            return quantile(await time_asking(self._times, once), 0.5)

        beside = [
            replace(row, peer_p50_ms=await timed(words[row.question]))
            if row.question in words
            else row
            for row in rows
        ]
        return beside, (
            f"{self._database.dialect}: the peer's index took {seconds:.0f} s and {grown:,.0f} MB"
        )


async def measure(
    url: str, count: int, times: int, progress: Progress
) -> tuple[list[Row], list[str]]:
    """Fill one database and ask it."""
    database = Database.open(url)
    try:
        await database.migrate()
        journal = SqlJournal(database)
        seconds = await fill(journal, count, progress)
        await asyncio.to_thread(settle, url)
        size = await database.read(size_bytes)
        began = time.perf_counter()
        proof = await journal.verify(ORGANISATION)
        proved = time.perf_counter() - began
        if proof.fault is not None or proof.entries != count:
            raise RuntimeError(f"the log that was just written is broken: {proof}")
        rows, peer = await (asked := Questions(database, count, times)).peer(await asked.all())
        note = (
            f"{database.dialect}: {count:,} entries appended in {seconds:.0f} s "
            f"({count / seconds:,.0f} per second, {AT_ONCE} at once), {size / 1e6:,.0f} MB; "
            f"the whole chain proven in {proved:.0f} s ({count / proved:,.0f} per second)"
        )
        return rows, [note, peer]
    finally:
        await database.close()


def run(
    count: int,
    times: int,
    databases: Sequence[str] = ("sqlite", "postgresql"),
    *,
    console: Console | None = None,
) -> dict[str, Any]:
    """Run the benchmark; returns what ``bench/results/journal.json`` holds."""
    return ask_each(
        "journal",
        f"vedette bench journal --entries {count} --questions {times}",
        databases,
        lambda url, progress: measure(url, count, times, progress),
        notes=[
            "milliseconds through SqlJournal (thread hop included), 100 entries a page",
            (
                "statistics of the tables were brought up to date once after filling, "
                "as autovacuum does"
            ),
        ],
        console=console,
    )


def show(result: dict[str, Any], console: Console) -> None:
    """Print it as a table."""
    heads = list(result["rows"][0])
    table = Table(*heads, title="event log, ms")
    for row in result["rows"]:
        table.add_row(*("" if row[head] is None else str(row[head]) for head in heads))
    console.print(table)
    for note in result["notes"]:
        console.print(note, style="dim")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench journal", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    output: Path = given.output
    result = run(given.entries, given.questions, given.database or ("sqlite", "postgresql"))
    show(result, Console(width=None if sys.stdout.isatty() else 160))
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
