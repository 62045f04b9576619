"""How long questions to a full catalogue take, on SQLite and PostgreSQL.

Ten million segments of 60 s from 200 cameras, in the order in which they would have arrived, with a
gap now and then and the fragments of the last hours. Every figure of ours is taken through
``SqlCatalog``, thread hop and all. The peer is the statement for the segments' rows alone, asked of
a table as one would make it without thinking: in order of arrival, indexed by camera and time.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.catalog_ask import Questions, Row
from bench.catalog_fill import S, Scale, fill, settle
from bench.databases import POSTGRESQL_SETTINGS, ask_each, size_bytes
from vedette.db.engine import Database

RESULTS = Path(__file__).parent / "results" / "catalog.json"


async def measure(
    url: str, scale: Scale, *, with_peer: bool, progress: Progress
) -> tuple[list[Row], list[str]]:
    some, many = min(16, scale.cameras), min(64, scale.cameras)
    seconds = await fill(url, scale, progress, with_peer=with_peer)
    settle(url)
    database = Database.open(url)
    try:
        asked = Questions(database, scale, with_peer=with_peer)
        rows = [
            await asked.footage("footage, 1 camera, 10 min", 600 * S),
            await asked.footage("footage, 1 camera, 1 h", 3_600 * S),
            await asked.footage("footage, 1 camera, 24 h", 86_400 * S),
            await asked.footage(f"footage, {some} cameras, 1 h", 3_600 * S, some),
            await asked.segments("segments, 1 camera, 1 h", 3_600 * S),
            await asked.fragments("fragments, 1 camera, 10 min", 600 * S),
            await asked.oldest("oldest 100 that may be erased"),
            await asked.commits(f"commit of {many} fragments, {many} segments", many),
            await asked.gaps("footage, 10 min, flapping camera", 20_000),
        ]
        size = await database.read(size_bytes)
        return rows, [
            f"{database.dialect}: {scale.segments:,} segments and the fragments of the last "
            f"{scale.fragment_hours:g} h filled in {seconds:.0f} s, {size / 1e9:.2f} GB"
            + (" with the peer's table" if with_peer else "")
        ]
    finally:
        await database.close()


def run(
    scale: Scale | None = None,
    databases: Sequence[str] = ("sqlite", "postgresql"),
    *,
    with_peer: bool = True,
    console: Console | None = None,
) -> dict[str, Any]:
    """Run the benchmark.

    Returns:
        What ``bench/results/catalog.json`` holds.
    """
    scale = scale or Scale()
    return ask_each(
        "catalog",
        f"vedette bench catalog --segments {scale.segments} "
        f"--cameras {scale.cameras} --questions {scale.questions}",
        databases,
        lambda url, progress: measure(url, scale, with_peer=with_peer, progress=progress),
        notes=[
            "milliseconds through SqlCatalog (thread hop included), random over the whole time",
            "rows: the segments' rows alone, by one statement",
            "peer: that statement to the same rows in order of arrival, indexed by camera and time",
            "PostgreSQL: " + ", ".join(POSTGRESQL_SETTINGS) + ", vacuumed once after filling",
        ],
        console=console,
    )


def show(result: dict[str, Any], console: Console) -> None:
    table = Table(title="catalogue, ms")
    for head in (
        *("database", "question", "answers", "p50", "p95", "CPU"),
        *("rows p50", "p95", "peer p50", "p95", "ratio"),
    ):
        table.add_column(head)
    for row in result["rows"]:
        times = ("p50_ms", "p95_ms", "cpu_ms", "rows_p50_ms", "rows_p95_ms")
        times = (*times, "peer_p50_ms", "peer_p95_ms")
        figures = ["" if row[name] is None else f"{row[name]:.2f}" for name in times]
        peer = row["peer_p50_ms"]
        ratio = "" if peer is None else f"{peer / row['rows_p50_ms']:.1f} x"
        table.add_row(row["database"], row["question"], f"{row['answers']:g}", *figures, ratio)
    console.print(table)
    for note in result["notes"]:
        console.print(note, style="dim")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench catalog", description=__doc__)
    parser.add_argument("--segments", type=int, default=Scale().segments)
    parser.add_argument("--cameras", type=int, default=Scale().cameras)
    parser.add_argument("--questions", type=int, default=Scale().questions)
    parser.add_argument("--fragment-hours", type=float, default=Scale().fragment_hours)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    parser.add_argument("--no-peer", action="store_true", help="leave the peer's table out")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    scale = Scale(given.segments, given.cameras, given.fragment_hours, given.questions)
    output: Path = given.output
    result = run(scale, given.database or ("sqlite", "postgresql"), with_peer=not given.no_peer)
    show(result, Console(width=None if sys.stdout.isatty() else 160))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
