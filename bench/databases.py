"""The databases that a benchmark asks in turn, and how long they take to answer."""

import asyncio
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Connection, text

from vedette.testing.postgres import postgresql

POSTGRESQL_SETTINGS = (
    *("shared_buffers=512MB", "max_wal_size=8GB", "autovacuum=off"),
    *("wal_level=minimal", "max_wal_senders=0"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What asking one question many times took."""

    answers: float
    milliseconds: list[float]
    cpu_ms: float


async def time_asking(times: int, ask: Callable[[], Awaitable[int]]) -> Taken:
    """Ask a question many times; it gives how many answers came."""
    answers = 0
    taken: list[float] = []
    cpu_s = time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        answers += await ask()
        taken.append((time.perf_counter() - began) * 1e3)
    cpu_s = time.process_time() - cpu_s
    return Taken(answers / times, sorted(taken), cpu_s * 1e3 / times)


def quantile(taken: Taken, share: float) -> float:
    """Milliseconds within which a share of the questions, 0 to 1, was answered."""
    values = taken.milliseconds
    return round(values[min(len(values) - 1, int(len(values) * share))], 3)


def size_bytes(connection: Connection) -> int:
    """How large a database is."""
    if connection.dialect.name == "postgresql":
        question = "SELECT pg_database_size(current_database())"
    else:
        question = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    return int(connection.execute(text(question)).scalar_one())


@contextmanager
def _server(kind: str) -> Generator[str, None, None]:
    if kind == "postgresql":
        with postgresql(durable=True, settings=POSTGRESQL_SETTINGS) as url:
            yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    try:
        yield f"sqlite:///{folder}/vedette.db"
    finally:
        shutil.rmtree(folder)


def ask_each(
    name: str,
    command: str,
    databases: Sequence[str],
    measure: Callable[[str, Progress], Coroutine[Any, Any, tuple[Sequence[Any], Sequence[str]]]],
    *,
    notes: Sequence[str],
    console: Console | None,
) -> dict[str, Any]:
    """Run a benchmark on an empty database of each kind.

    Args:
        name: Of the benchmark.
        command: What repeats it.
        databases: ``sqlite``, ``postgresql``.
        measure: Takes the database's address; gives rows (dataclasses) and notes.
        notes: Said of all of them, first.
        console: Where progress is shown; standard error by default.

    Returns:
        What ``bench/results/NAME.json`` holds.
    """
    rows: list[Any] = []
    said = list(notes)
    with Progress(console=console or Console(stderr=True), transient=True) as progress:
        for kind in databases:
            with _server(kind) as url:
                more, also = asyncio.run(measure(url, progress))
            rows += more
            said += also
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return {
        "name": name,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, "
        f"Python {platform.python_version()}, load {load}",
        "command": command,
        "rows": [asdict(row) for row in rows],
        "notes": said,
    }
