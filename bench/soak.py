"""Ten minutes of eight farm cameras, with a kill -9 in the middle: is every frame accounted for?

The farm numbers its frames. After the run the numbers found on disk are compared with the
catalogue's frames and lost frames, and with each other: before and after the kill nothing may be
missing, and the kill may cost at most the group of pictures that was being received.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.farm_process import FarmProcess, bench_clip, why_no_farm
from bench.measure import cost, machine, now
from bench.recorders import VedetteRecorder, recorded_frames
from vedette.model.camera import StreamRole
from vedette.settings import load
from vedette.stores import open_stores

RESULTS = Path(__file__).parent / "results" / "soak.json"
GOP_FRAMES = 50
NOTICE_FRAMES = 25
"""Frames that the farm may push before it notices that a client is gone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One camera.

    Attributes:
        camera: Its name.
        frames: Found on disk.
        catalogued: Frames that the catalogue counts.
        lost_frames: Frames that the catalogue says are lost.
        unexplained: Missing on disk within the runs, less ``lost_frames``, and any disagreement
            between disk and catalogue.
        lost_at_kill: Pushed by the farm before the kill and not on disk.
        gaps: Gaps in the catalogue.
    """

    camera: str
    frames: int
    catalogued: int
    lost_frames: int
    unexplained: int
    lost_at_kill: int
    gaps: int


def missing_in_run(numbers: Sequence[int], first: int, end: int) -> tuple[int, int]:
    """Frames missing between the recorded ones of a run, and after the last of them.

    Args:
        numbers: Recorded, sorted.
        first: Number of the first frame pushed in the run.
        end: Number after the last one.
    """
    within = [number for number in numbers if first <= number < end]
    if not within:
        return 0, end - first
    return within[-1] - within[0] + 1 - len(within), end - 1 - within[-1]


async def _catalogue(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Frames, lost frames and gaps of each camera by name."""
    answer: dict[str, tuple[int, int, int]] = {}
    end_us = time.time_ns() // 1000 + 86_400_000_000
    async with open_stores(load(None, data=folder)) as stores:
        organisation = await stores.organisation()
        for camera in await stores.cameras.list(organisation):
            key = camera.key(StreamRole.MAIN)
            rows = await stores.catalog.fragments(organisation, key, 0, end_us, limit=1_000_000)
            (footage,) = await stores.catalog.footage(organisation, [key], 0, end_us)
            answer[camera.name] = (
                sum(row.frames for row in rows),
                sum(row.lost_frames for row in rows),
                len(footage.gaps),
            )
    return answer


def _judge(folder: Path, recorder: VedetteRecorder, runs: Sequence[list[list[int]]]) -> list[Row]:
    said = asyncio.run(_catalogue(folder))
    rows: list[Row] = []
    for number, mine in enumerate(runs):
        numbers = recorded_frames(recorder.files(folder, number))
        parts = [
            missing_in_run(numbers, first, end if end >= 0 else 1 << 60) for first, end in mine
        ]
        catalogued, lost, gaps = said[f"cam{number}"]
        rows.append(
            Row(
                camera=f"cam{number}",
                frames=len(numbers),
                catalogued=catalogued,
                lost_frames=lost,
                unexplained=max(0, sum(part[0] for part in parts) - lost)
                + abs(len(numbers) - catalogued),
                lost_at_kill=parts[0][1] if len(parts) > 1 else 0,
                gaps=gaps,
            )
        )
    return rows


def soak(cameras: int, seconds: float, *, kill: bool, console: Console) -> tuple[list[Row], str]:
    """Record, kill, record on, stop, compare; also says what it cost."""
    recorder = VedetteRecorder()
    with tempfile.TemporaryDirectory(prefix="vedette-soak-") as name:
        folder = Path(name)
        clip, note = bench_clip(folder)
        with FarmProcess(clip, cameras) as farm:
            pids = recorder.start(farm, folder)
            halves = 2 if kill else 1
            spent = cost(pids)
            for half in range(halves):
                console.print(f"recording {cameras} cameras for {seconds / halves:g} s")
                time.sleep(seconds / halves)
                spent = cost(pids)
                if half + 1 < halves:
                    recorder.kill()
                    console.print("killed with SIGKILL; starting again")
                    pids = recorder.run(folder)
            recorder.stop()
            counts = farm.counts()
        rows = _judge(folder, recorder, [mount["runs"] for mount in counts["mounts"]])
    late_ms = counts["late_ms"]
    words = f"{spent.rss_bytes / 1e6:.0f} MB at the end; the farm was {late_ms} ms late at worst"
    return rows, f"{words}. {note}".strip()


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; 1 when a frame is unexplained."""
    parser = argparse.ArgumentParser(prog="vedette bench soak", description=__doc__)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    if (why := why_no_farm()) is not None:
        print(f"the soak cannot run: {why}", file=sys.stderr)
        return 2
    kill = not given.no_kill
    rows, note = soak(given.cameras, given.seconds, kill=kill, console=Console(stderr=True))
    table = Table(title="soak")
    for head in asdict(rows[0]):
        table.add_column(head.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(str(value) for value in asdict(row).values()))
    Console().print(table)
    result = {
        "name": "soak",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench soak --cameras {given.cameras} --seconds {given.seconds:g}",
        "rows": [asdict(row) for row in rows],
        "notes": [
            f"a group of pictures has {GOP_FRAMES} frames; the farm notices a kill a little late",
            note,
        ],
    }
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    bad = any(row.unexplained or row.lost_at_kill > GOP_FRAMES + NOTICE_FRAMES for row in rows)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
