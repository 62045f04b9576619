"""Writes ``docs/reference/benchmarks.md`` from ``bench/results/*.json``; ``--check`` compares.

    python -m bench.report [--check]

A results file is ``{"name", "when", "machine", "command", "rows": [{...}], "notes": [...]}``. Rows
may have any columns; of two benchmarks the ratios are worked out here.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"

_HEAD = """# Benchmarks

<!-- Written by `python -m bench.report` from `bench/results/`; do not edit. -->

Peers run beside us in the same run, in turns, on the same machine. Each section says how to repeat
it. Figures are medians; where we lose, it says so like everything else.
"""


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if isinstance(value, list):
        return " · ".join(_text(each) for each in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _table(rows: Sequence[dict[str, Any]]) -> list[str]:
    heads = list(rows[0])
    numeric = {head for head in heads if isinstance(rows[0][head], int | float)}
    lines = ["| " + " | ".join(head.replace("_", " ") for head in heads) + " |"]
    lines.append("|" + "|".join("---:" if head in numeric else "---" for head in heads) + "|")
    lines += ["| " + " | ".join(_text(row.get(head)) for head in heads) + " |" for row in rows]
    return lines


def _record_ratios(rows: Sequence[dict[str, Any]]) -> list[str]:
    """One sentence per number of cameras and peer: CPU and memory of ours over theirs."""
    ours = {row["cameras"]: row for row in rows if row["recorder"] == "vedette"}
    lines = ["", "Vedette over the peer, so less than 1 is better:", ""]
    for row in rows:
        base = ours.get(row["cameras"])
        if base is None or row is base:
            continue
        cpu = base["cpu_percent"] / max(row["cpu_percent"], 1e-9)
        rss = base["rss_mb"] / max(row["rss_mb"], 1e-9)
        pss = base["pss_mb"] / max(row["pss_mb"], 1e-9)
        lost = " (we lose)" if max(cpu, rss, pss) > 1 else ""
        lines.append(
            f"* {row['cameras']} cameras, {row['recorder']}: CPU {cpu:.2f}, RSS {rss:.2f}, "
            f"PSS {pss:.2f}{lost}"
        )
    return lines


def section(result: dict[str, Any]) -> str:
    """One benchmark as Markdown."""
    lines = [f"## {result['name']}", "", f"`{result['command']}`", ""]
    lines += [f"{result['when']}, {result['machine']}", "", *_table(result["rows"])]
    if result["name"] == "record":
        lines += _record_ratios(result["rows"])
    if result["notes"]:
        lines += ["", *(f"* {note}" for note in result["notes"])]
    return "\n".join(lines) + "\n"


def page(folder: Path = RESULTS) -> str:
    """The whole page."""
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return "\n".join([_HEAD, *(section(result) for result in results)])


def write_page(argv: Sequence[str] | None = None) -> int:
    """Write or check the page; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is not up to date")
    given = parser.parse_args(argv)
    text = page()
    if given.check:
        if not PAGE.exists() or PAGE.read_text() != text:
            print(f"{PAGE.relative_to(ROOT)} is stale; run python -m bench.report", file=sys.stderr)
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(write_page())
