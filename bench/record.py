"""Recording N cameras: Vedette beside ffmpeg per camera and PyAV, on the same streams.

Every stream is 1080p25 H.264 at 4 Mbit/s over RTSP/TCP from the GStreamer farm, looped. The
recorders take turns within one run, one round after the other. CPU is percent of ONE core per
camera, the whole process tree. The farm numbers its frames; the numbers are read back from the
files, so that missing frames are counted the same way for everybody.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.farm_process import FarmProcess, bench_clip, why_no_farm
from bench.measure import Cost, cost, disk_bytes, idle_share, machine, now
from bench.recorders import (
    FfmpegRecorder,
    PyavRecorder,
    Recorder,
    VedetteRecorder,
    missing_frames,
    recorded_frames,
)

RESULTS = Path(__file__).parent / "results" / "record.json"
AIM_CPU_RATIO = 0.45
AIM_MEMORY_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One recorder at one number of cameras; medians over the rounds.

    Attributes:
        recorder: Its name.
        cameras: Streams.
        cpu_percent: Of one core per camera.
        cpu_rounds: The same, each round.
        rss_mb: Resident sets, total.
        pss_mb: With shared pages divided, total.
        switches_per_s: Context switches per camera.
        threads: All processes together.
        mbit_per_s: Written per camera.
        missing_frames: Between first and last of each camera, all rounds added.
        frames: Found on disk, all rounds added.
        machine_idle: Share of the machine that was idle, 0 to 1, the least of the rounds.
    """

    recorder: str
    cameras: int
    cpu_percent: float
    cpu_rounds: list[float]
    rss_mb: float
    pss_mb: float
    switches_per_s: float
    threads: int
    mbit_per_s: float
    missing_frames: int
    frames: int
    machine_idle: float


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement; see Row."""

    cpu_percent: float
    after: Cost
    switches_per_s: float
    mbit_per_s: float
    missing: int
    frames: int
    idle: float


def _warm_up(recorder: Recorder, folder: Path, cameras: int) -> None:
    """Wait until every camera is on disk, then for two more groups of pictures."""
    deadline = time.monotonic() + 30 + cameras
    while time.monotonic() < deadline:
        if all(recorder.files(folder, number) for number in range(cameras)):
            break
        time.sleep(0.5)
    time.sleep(4)


def one_round(recorder: Recorder, clip: Path, cameras: int, seconds: float) -> Round:
    """Record for a while and look at what it cost and what is on disk."""
    folder = Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    try:
        with FarmProcess(clip, cameras) as farm:
            pids = recorder.start(farm, folder)
            _warm_up(recorder, folder, cameras)
            before, bytes_before = cost(pids), disk_bytes(folder)
            idle_before, total_before = idle_share()
            started = time.monotonic()
            time.sleep(seconds)
            after, passed = cost(pids), time.monotonic() - started
            idle, total = idle_share()
            written = disk_bytes(folder) - bytes_before
            recorder.stop()
        numbers = [recorded_frames(recorder.files(folder, n)) for n in range(cameras)]
        silent = sum(not each for each in numbers)
        if silent:  # without the numbers nobody knows what was lost, so this is no measurement
            log = folder / "vedette.log"
            last = log.read_text().splitlines()[-3:] if log.exists() else []
            raise RuntimeError(
                f"{recorder.name}: no numbered frame on disk of {silent} cameras; {' '.join(last)}"
            )
        return Round(
            100 * (after.cpu_s - before.cpu_s) / passed / cameras,
            after,
            (after.switches - before.switches) / passed / cameras,
            written * 8 / passed / cameras / 1e6,
            sum(missing_frames(each) for each in numbers),
            sum(len(each) for each in numbers),
            (idle - idle_before) / max(0.01, total - total_before),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def summarise(name: str, cameras: int, rounds: Sequence[Round]) -> Row:
    """Medians over the rounds."""
    return Row(
        recorder=name,
        cameras=cameras,
        cpu_percent=round(statistics.median(one.cpu_percent for one in rounds), 4),
        cpu_rounds=[round(one.cpu_percent, 4) for one in rounds],
        rss_mb=round(statistics.median(one.after.rss_bytes for one in rounds) / 1e6, 1),
        pss_mb=round(statistics.median(one.after.pss_bytes for one in rounds) / 1e6, 1),
        switches_per_s=round(statistics.median(one.switches_per_s for one in rounds), 1),
        threads=round(statistics.median(one.after.threads for one in rounds)),
        mbit_per_s=round(statistics.median(one.mbit_per_s for one in rounds), 2),
        missing_frames=sum(one.missing for one in rounds),
        frames=sum(one.frames for one in rounds),
        machine_idle=round(min(one.idle for one in rounds), 2),
    )


def run(cameras: Sequence[int], rounds: int, seconds: float, console: Console) -> dict[str, Any]:
    """Run the benchmark.

    Returns:
        What ``bench/results/record.json`` holds.
    """
    notes = ["1080p25 H.264 4 Mbit/s, RTSP/TCP on loopback, GStreamer's RTSP server, looped"]
    recorders: list[Recorder] = [VedetteRecorder(), PyavRecorder()]
    if (why := FfmpegRecorder.missing()) is None:
        recorders.insert(1, FfmpegRecorder())
    else:
        notes.append(f"without ffmpeg: {why}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        clip, note = bench_clip(Path(folder))
        notes += [note] if note else []
        for count in cameras:
            taken: dict[str, list[Round]] = {one.name: [] for one in recorders}
            for number in range(rounds):
                for recorder in recorders:
                    console.print(f"{count} cameras, round {number + 1}: {recorder.name}")
                    taken[recorder.name].append(one_round(recorder, clip, count, seconds))
            rows += [summarise(name, count, each) for name, each in taken.items()]
    notes.append("Vedette hashes, indexes and fdatasyncs everything and serves its page meanwhile")
    notes.append("memory: RSS counts shared pages in every process, PSS divides them")
    return {
        "name": "record",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench record --cameras {','.join(map(str, cameras))} "
        f"--rounds {rounds} --seconds {seconds:g}",
        "rows": [asdict(row) for row in rows],
        "notes": notes,
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the table with ratios to Vedette."""
    table = Table(title="recording, CPU in % of one core per camera")
    for head in ("recorder", "N", "CPU", "ratio", "RSS MB", "ratio", "PSS MB", "missing", "idle"):
        table.add_column(head, justify="right")
    ours = {row["cameras"]: row for row in result["rows"] if row["recorder"] == "vedette"}
    for row in result["rows"]:
        base = ours[row["cameras"]]
        table.add_row(
            row["recorder"],
            str(row["cameras"]),
            f"{row['cpu_percent']:.3f}",
            f"{base['cpu_percent'] / max(row['cpu_percent'], 1e-6):.2f}",
            f"{row['rss_mb']:.0f}",
            f"{base['rss_mb'] / row['rss_mb']:.2f}",
            f"{row['pss_mb']:.0f}",
            f"{row['missing_frames']} of {row['frames']}",
            f"{row['machine_idle']:.0%}",
        )
    console.print(table)
    for note in result["notes"]:
        console.print(note, style="dim")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench record", description=__doc__)
    parser.add_argument("--cameras", default="8,32,64,128", help="numbers of streams")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="measured per round")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    if (why := why_no_farm()) is not None:
        print(f"the record benchmark cannot run: {why}", file=sys.stderr)
        return 2
    counts = [int(part) for part in given.cameras.split(",")]
    result = run(counts, given.rounds, given.seconds, Console(stderr=True))
    show(result, Console(width=None if sys.stdout.isatty() else 160))
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
