"""Replay in a real browser: how fast a moment is shown, and how far cameras drift apart.

A day of eight cameras is put into a data folder (each camera's minutes are one file under many
names); every frame carries its number. Seeks are typed into the page as a person would; a seek ends
when the frame with the right number is on the screen. Drift is the distance between the numbers
that four cameras, replayed in step, show at the same instant.
"""

import argparse
import asyncio
import json
import os
import random
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

from bench.measure import machine, now
from bench.replay_page import ReplayPage
from vedette.testing.camera.clip import Clip
from vedette.testing.numbered import numbered_clip
from vedette.testing.recorded import Past, fill
from vedette.testing.running import RunningServer

RESULTS = Path(__file__).parent / "results" / "replay.json"
S = 1_000_000
RATE = 25
FRAME_US = S // RATE
LOOP = 250
TURNS = 6
SEGMENT_US = LOOP * TURNS * FRAME_US
STAGGER_US = 175 * FRAME_US
"""Files of neighbouring cameras are cut apart, on one grid of frames."""
IN_STEP = 4
LARGE, SMALL = "large", "small"
"""Words in the names of cameras: main stream alone, or both streams recorded."""
AIM_SEEK_MS = 200
AIM_DRIFT = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured.

    Attributes:
        measured: What.
        unit: Of the figures.
        n: How often.
        p50: Median.
        p95: 95th percentile.
        most: The greatest.
        aim: For p95.
        failed: Seeks that showed no right frame within ten seconds.
    """

    measured: str
    unit: str
    n: int
    p50: float
    p95: float
    most: float
    aim: str
    failed: int


def row(measured: str, unit: str, values: Sequence[float], aim: str, failed: int = 0) -> Row:
    """Percentiles of what was measured."""
    if not values:
        return Row(measured, unit, 0, 0, 0, 0, aim, failed)
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Row(
        measured,
        unit,
        len(values),
        round(statistics.median(ordered), 1),
        round(p95, 1),
        round(ordered[-1], 1),
        aim,
        failed,
    )


@dataclass(frozen=True, slots=True)
class Day:
    """The footage that was made.

    Attributes:
        starts_us: When each camera's footage begins, by its name.
        cameras: Identifiers by name.
        end_us: When all of it ends.
        megabits: Per second of one camera.
    """

    starts_us: dict[str, int]
    cameras: dict[str, str]
    end_us: int
    megabits: float

    def number(self, name: str, us: int) -> int:
        """What the frame of a camera at an instant carries."""
        return (us - self.starts_us[name]) // FRAME_US % LOOP


def make_day(data: Path, cameras: int, hours: float, size: str, sub: str = "") -> Day:
    """Fill a data folder.

    Args:
        data: The folder.
        cameras: How many whose main stream alone was recorded.
        hours: Of each.
        size: Of the main stream, such as ``1280x720``.
        sub: Of the sub streams of as many further cameras; empty makes none.
    """
    clip, small = _clip(size), _clip(sub) if sub else None
    count = max(2, int(hours * 3600 * S // SEGMENT_US))
    end_us = (time.time_ns() // 1000 // SEGMENT_US - 2) * SEGMENT_US
    first_us = end_us - count * SEGMENT_US
    starts = {
        f"{LARGE} {'step' if n < IN_STEP else 'other'} {n + 1}": first_us - n * STAGGER_US
        for n in range(cameras)
    }
    if small is not None:
        starts |= {f"{SMALL} {n + 1}": first_us - n * STAGGER_US for n in range(cameras)}
    pasts = [
        Past(
            name,
            clip,
            TURNS,
            [start + k * SEGMENT_US for k in range(count)],
            sub=small if name.startswith(SMALL) else None,
        )
        for name, start in starts.items()
    ]
    identifiers = asyncio.run(fill(data, pasts))
    weight = sum(len(unit) for frame in clip.frames for unit in frame.units)
    return Day(starts, identifiers, end_us, weight * 8 * RATE / LOOP / 1e6)


def _clip(size: str) -> Clip:
    width, height = (int(part) for part in size.split("x"))
    return numbered_clip(
        width, height, frames=LOOP, frame_rate=RATE, key_interval=2 * RATE, grain=10
    )


def measure_seeks(page: ReplayPage, day: Day, count: int, dice: random.Random) -> list[Row]:
    """Far and near seeks on every camera, one camera on the page."""
    far: list[float] = []
    near: list[float] = []
    failed = {"far": 0, "near": 0}
    for name, camera in day.cameras.items():
        if name.startswith(SMALL):
            continue
        span_us = day.end_us - day.starts_us[name] - 600 * S
        page.open_camera(camera, day.starts_us[name] + span_us // 2)
        for _ in range(count):
            us = day.starts_us[name] + dice.randrange(span_us // FRAME_US) * FRAME_US
            for kind, target_us, into in (
                ("far", us, far),
                ("near", us + dice.randrange(-50, 50) * FRAME_US, near),
            ):
                took = page.seek(max(day.starts_us[name], target_us), FRAME_US, day, name)
                if took is None:
                    failed[kind] += 1
                else:
                    into.append(took)
    aim = f"p95 < {AIM_SEEK_MS} ms"
    return [
        row("seek anywhere in the day, one camera", "ms", far, aim, failed["far"]),
        row("seek within two seconds, one camera", "ms", near, aim, failed["near"]),
    ]


def measure_drift(page: ReplayPage, day: Day, seconds: float, dice: random.Random) -> list[Row]:
    """Cameras in step, watched for a while at several speeds."""
    rows: list[Row] = []
    last = max(day.starts_us.values())
    large, small = (sum(name.startswith(word) for name in day.cameras) for word in (LARGE, SMALL))
    walls = [("step", IN_STEP, 1), ("step", IN_STEP, 4), (LARGE, large, 1), (SMALL, small, 1)]
    for word, cameras, speed in walls:
        if cameras:
            at = last + dice.randrange(int((day.end_us - last) // S) - 900) * S
            seen = page.watch_wall(word, cameras, at, speed, seconds)
            drifts = [drift for look in seen if (drift := _drift(look, day)) is not None]
            role = "sub" if word == SMALL else "main"
            if page.roles() != {role}:
                raise RuntimeError(f"the tiles show {page.roles()}, not their {role} streams")
            name = f"drift of {cameras} cameras in step, {speed}x, {role} streams"
            aim = f"p95 <= {AIM_DRIFT} frame" if speed == 1 and word != LARGE else ""
            rows.append(row(name, "frames", drifts, aim))
    return rows


def _drift(look: dict[str, int | None], day: Day) -> float | None:
    """Frames between the first and the last camera; None while one shows nothing."""
    phases: list[int] = []
    for name, number in look.items():
        if number is None:
            return None
        phases.append((number + day.starts_us[name] // FRAME_US) % LOOP)
    if not phases:
        return None
    apart = [(one - phases[0] + LOOP // 2) % LOOP - LOOP // 2 for one in phases]
    return max(apart) - min(apart)


def run(given: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Run the benchmark.

    Returns:
        What ``bench/results/replay.json`` holds.
    """
    before = os.getloadavg()
    dice = random.Random(given.seed)  # noqa: S311  the same moments in every run
    with tempfile.TemporaryDirectory(prefix="vedette-replay-") as name:
        data = Path(name)
        console.print(f"filling {given.hours:g} h of {given.cameras} cameras")
        began = time.perf_counter()
        day = make_day(data, given.cameras, given.hours, given.size, given.sub)
        filled_s = time.perf_counter() - began
        with (
            RunningServer(data, {"VEDETTE_LOG__LEVEL": "warning"}) as server,
            ReplayPage(server.link) as page,
        ):
            console.print("seeking")
            rows = measure_seeks(page, day, given.seeks, dice)
            console.print("watching cameras in step")
            rows += measure_drift(page, day, given.seconds, dice)
            browser = page.version
    load = ", ".join(f"{one:.1f}" for one in (*before, *os.getloadavg()))
    return {
        "name": "replay",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench replay --cameras {given.cameras} --hours {given.hours:g} "
        f"--seeks {given.seeks} --seconds {given.seconds:g} --size {given.size}"
        f" --sub {given.sub or chr(39) * 2}",
        "rows": [asdict(each) for each in rows],
        "notes": [
            f"{given.size} at {RATE} frames/s, a key frame every 2 s, {day.megabits:.1f} Mbit/s",
            f"sub streams: {given.sub or 'none'}, otherwise the same",
            f"headless Chromium {browser}, decoding in software, on the machine of the server",
            "a seek ends when the frame with the right number is on the screen",
            f"the day was made in {filled_s:.0f} s",
            f"load average before and after (1, 5, 15 min each): {load}",
            *([given.note] if given.note else []),
        ],
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title="replay")
    for head in result["rows"][0]:
        table.add_column(head, justify="left" if head in {"measured", "unit", "aim"} else "right")
    for each in result["rows"]:
        table.add_row(*(str(value) for value in each.values()))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for note in result["notes"]:
        console.print(note, style="dim")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench replay", description=__doc__)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seeks", type=int, default=25, help="far and near ones, per camera")
    parser.add_argument("--seconds", type=float, default=20.0, help="watched per speed")
    parser.add_argument("--size", default="1280x720", help="pixels, multiples of 16")
    parser.add_argument("--sub", default="640x360", help="of sub streams; empty records none")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--note", default="", help="goes into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    if not (os.environ.get("CHROMIUM") or shutil.which("chromium")):
        print("the replay benchmark cannot run: install chromium, or set CHROMIUM", file=sys.stderr)
        return 2
    result = run(given, Console(stderr=True))
    show(result)
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
