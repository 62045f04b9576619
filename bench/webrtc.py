"""WebRTC beside Media Source Extensions: the same camera on the same link, in turns.

Needs aiortc and a machine that lets root make network namespaces; see ``bench.whep``. Each turn is
a fresh page that is watched for a while: how far what stands on the screen is behind, how long the
longest wait for the next picture was, and what share of the camera's pictures was shown at all.
"""

import argparse
import importlib.util
import itertools
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.live import FRAME_RATE, introduce, quantile
from bench.live_camera import CameraProcess
from bench.live_page import LivePage, chromium
from bench.lossy_link import NEAR, LossyLink, NoLink, enter_own_network
from bench.measure import cpu_ns, machine, now
from bench.whep import WhepProcess
from vedette.testing.running import RunningServer

RESULTS = Path(__file__).parent / "results" / "webrtc.json"
LINKS = ((0.0, 0.0), (0.0, 60.0), (0.02, 60.0), (0.05, 60.0))
"""Share of packets lost each way, and delay to the viewer in ms."""
_SETTLE_MS = 5000
_FREEZE_MS = 200
_CONNECT_TRIES = 100

PLAYERS = {"mse": None, "webrtc": 0, "webrtc, 100 ms in hand": 100}
"""And the least that the browser shall keep in hand, ms; 0 leaves it to the browser."""
_EACH_MS = 5

Values = dict[str, list[float]]


def on_screen(frames: Sequence[dict[str, float | None]]) -> list[float]:
    """How old what stands on the screen is, every few milliseconds.

    A player that leaves pictures out shows few old ones; what stands meanwhile grows old all the
    same.
    """
    ages: list[float] = []
    known = [(one["at"] or 0, age) for one in frames if (age := one["age"]) is not None]
    for (at, age), (until, _) in itertools.pairwise(known):
        ages += [age + late for late in range(0, max(1, int(until - at)), _EACH_MS)]
    return ages


def look(frames: list[dict[str, float | None]], seconds: float) -> dict[str, float]:
    """One turn in figures; ages of 0 when nothing was shown."""
    ages = [age for one in frames if (age := one["age"]) is not None]
    behind = on_screen(frames)
    times = [one["at"] or 0 for one in frames]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)] or [seconds * 1000]
    return {
        "behind p50 ms": round(quantile(behind, 0.5), 1),
        "behind p95 ms": round(quantile(behind, 0.95), 1),
        "age when shown ms": round(statistics.median(ages or [0]), 1),
        "longest gap ms": round(max(gaps), 1),
        "freezes over 200 ms": sum(gap > _FREEZE_MS for gap in gaps),
        "shown %": round(100 * len(frames) / seconds / FRAME_RATE, 1),
    }


class Turns:
    """The two players on one page.

    Args:
        page: Beyond the link.
        camera: Identifier, for the console's page.
        whep: Gives the other page.
        server: Process of the console's server.
    """

    def __init__(self, page: LivePage, camera: str, whep: WhepProcess, server: int) -> None:
        self._page = page
        self._camera = camera
        self._whep = whep
        self._server = server

    def take(self, player: str, seconds: float) -> dict[str, float]:
        """One turn."""
        page = self._page.page
        page.goto("about:blank")
        in_hand_ms = PLAYERS[player]
        pid = self._server if in_hand_ms is None else self._whep.pid
        if in_hand_ms is None:
            self._page.open_camera(self._camera)
        else:
            page.goto(f"{self._whep.url}?ms={in_hand_ms}")
            for _ in range(_CONNECT_TRIES):
                if page.evaluate("() => document.querySelector('video').videoWidth > 0"):
                    break
                page.wait_for_timeout(100)
        page.wait_for_timeout(_SETTLE_MS)
        began = cpu_ns(pid)
        seen = look(self._page.watch(seconds), seconds)
        used = (cpu_ns(pid) - began) / seconds / 1e7
        return {**seen, "process CPU %": round(used, 2)}


def measure(given: argparse.Namespace, console: Console) -> tuple[dict[str, Values], list[str]]:
    """All turns of all rounds.

    Raises:
        NoLink: This machine cannot make the link.
    """
    found: dict[str, Values] = {}
    enter_own_network()
    with (
        tempfile.TemporaryDirectory(prefix="vedette-webrtc-") as name,
        LossyLink(0, 0) as link,
        CameraProcess(FRAME_RATE) as camera,
        RunningServer(
            Path(name) / "vedette",
            {"VEDETTE_LOG__LEVEL": "warning", "VEDETTE_SERVER__HOST": NEAR},
        ) as server,
        WhepProcess(camera.url, NEAR) as whep,
    ):
        _, identifier = introduce(server, camera.url)
        program = link.program_beyond(chromium() or "chromium", Path(name))
        with LivePage(server.link, program) as page:
            turns = Turns(page, identifier, whep, server.pid)
            for number, (loss, delay) in itertools.product(range(given.rounds), LINKS):
                link.set(delay, loss)
                # Who comes first changes from round to round.
                names, first = list(PLAYERS), (number + given.first) % len(PLAYERS)
                for player in [*names[first:], *names[:first]]:
                    seen = turns.take(player, given.seconds)
                    console.print(f"{loss:.0%} loss, {delay:g} ms, {player}: {seen}")
                    values = found.setdefault(f"{loss:.0%} loss, {delay:g} ms|{player}", {})
                    for what, value in seen.items():
                        values.setdefault(what, []).append(value)
            return found, [
                f"link made by {link.made_by}; losses both ways",
                f"headless Chromium {page.version}, decoding in software on the same machine",
            ]


def rows_of(found: dict[str, Values]) -> list[dict[str, Any]]:
    """Medians of the rounds; how far behind and the longest gap also of each round."""
    rows: list[dict[str, Any]] = []
    for name, values in sorted(found.items()):
        where, _, player = name.partition("|")
        medians = {what: round(statistics.median(each), 2) for what, each in values.items()}
        rows.append(
            {
                "link": where,
                "player": player,
                **medians,
                "behind p50s": values["behind p50 ms"],
                "longest gaps": values["longest gap ms"],
            }
        )
    return rows


def run(given: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Run the benchmark; adds to earlier rounds when asked.

    Returns:
        What ``bench/results/webrtc.json`` holds.

    Raises:
        NoLink: This machine cannot make the link.
    """
    before = os.getloadavg()
    found, notes = measure(given, console)
    load = ", ".join(f"{one:.1f}" for one in (*before, *os.getloadavg()))
    notes.append(f"load average before and after (1, 5, 15 min each): {load}")
    if given.add and given.output.exists():
        earlier = json.loads(given.output.read_text())
        for name, values in earlier["values"].items():
            mine = found.setdefault(name, {})
            for what, each in values.items():
                mine[what] = [*each, *mine.get(what, [])]
        notes = list(dict.fromkeys([*earlier["notes"], *notes]))
    return {
        "name": "webrtc",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench webrtc --rounds 3 --seconds {given.seconds:g}",
        "rows": rows_of(found),
        "notes": notes,
        "values": found,
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title="webrtc")
    for head in result["rows"][0]:
        table.add_column(head, justify="left" if head in {"link", "player"} else "right")
    for each in result["rows"]:
        table.add_row(*(str(value) for value in each.values()))
    Console(width=None if sys.stdout.isatty() else 180).print(table)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench webrtc", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="watched per turn")
    parser.add_argument("--first", type=int, default=0, help="which player goes first")
    parser.add_argument("--add", action="store_true", help="to the rounds of the results file")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    missing = [] if chromium() else ["chromium"]
    missing += [] if importlib.util.find_spec("aiortc") else ["aiortc (see bench/whep.py)"]
    if missing:
        print(f"the webrtc benchmark cannot run: install {', '.join(missing)}", file=sys.stderr)
        return 2
    try:
        result = run(given, Console(stderr=True))
    except NoLink as error:
        print(f"the webrtc benchmark cannot run on this machine: {error}", file=sys.stderr)
        return 2
    show(result)
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
