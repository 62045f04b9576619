"""Live view in a real browser: how old a picture is when it is shown, and what a viewer costs.

A simulated camera burns the wall clock into each picture before it encodes it; headless Chromium
reads it off when the picture is handed to the screen. The same on a link that delays and loses
packets, between two network namespaces of this machine, where the machine allows it.
"""

import argparse
import contextlib
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.live_camera import CameraProcess
from bench.live_page import LivePage, chromium
from bench.live_viewers import Viewers
from bench.lossy_link import NEAR, LossyLink, NoLink, enter_own_network
from bench.measure import cpu_ns, machine, now
from vedette.testing.running import RunningServer

RESULTS = Path(__file__).parent / "results" / "live.json"
VIEWERS = (1, 8, 32)
FRAME_RATE = 25
_SETTLE_S = 2.0
_ENOUGH = 0.95
_NOTES = (
    (
        "1280x720 at 25 frames/s, 2 Mbit/s, H.264 without B-frames, a key frame every 2 s, encoded"
        " live; the clock is burned in before encoding"
    ),
    (
        "viewers for CPU are plain WebSocket clients in a process of their own, since so many"
        " browsers do not fit this machine; what the server does for them is the same"
    ),
    (
        "medians of the rounds, `most` is the worst of all; a place may be measured by itself with"
        " `--where loopback` or `--where link`, and TCP be forced with `--congestion cubic`"
    ),
)
_PASSWORD = "only for this benchmark"  # noqa: S105  of a server that lives for minutes


@dataclass(slots=True)
class Found:
    """What was measured in one place, a list of values for each round.

    Attributes:
        glass: Age of each picture when it was shown, ms.
        gaps: From one shown picture to the next, ms.
        clicked: From a click on a tile to the first picture of the camera's page, ms.
        asked: From the opening of the connection to the first picture, ms.
        cpu: Percent of a core for each viewer, by the number of viewers.
        further: The same for each one beyond the first eight.
        shares: Of the frames, what the plain viewers got.
        screen: From the moment that counts as shown to the expected display, ms.
        notes: What else there is to say.
    """

    glass: list[list[float]] = field(default_factory=list[list[float]])
    gaps: list[list[float]] = field(default_factory=list[list[float]])
    clicked: list[list[float]] = field(default_factory=list[list[float]])
    asked: list[list[float]] = field(default_factory=list[list[float]])
    cpu: dict[int, list[list[float]]] = field(default_factory=dict[int, list[list[float]]])
    further: list[list[float]] = field(default_factory=list[list[float]])
    shares: list[float] = field(default_factory=list[float])
    screen: list[float] = field(default_factory=list[float])
    notes: list[str] = field(default_factory=list[str])


def quantile(values: Sequence[float], share: float) -> float:
    """A value such that ``share`` of all are below it; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured; medians over the rounds, the worst of all for ``most``.

    Attributes:
        where: ``loopback`` or the link.
        measured: What.
        unit: Of the figures.
        n: Values in all rounds.
        p50: Median.
        p95: 95th percentile.
        most: The greatest.
        rounds: The median of each round.
        aim: For the median.
    """

    where: str
    measured: str
    unit: str
    n: int
    p50: float
    p95: float
    most: float
    rounds: list[float]
    aim: str


def row(where: str, measured: str, unit: str, rounds: Sequence[Sequence[float]], aim: str) -> Row:
    """Sum up what several rounds found."""
    full = [one for one in rounds if one]
    if not full:
        return Row(where, measured, unit, 0, 0, 0, 0, [], f"{aim} (nothing came)")
    medians = [round(statistics.median(one), 3) for one in full]
    return Row(
        where,
        measured,
        unit,
        sum(map(len, full)),
        round(statistics.median(medians), 3),
        round(statistics.median(quantile(one, 0.95) for one in full), 3),
        round(max(map(max, full)), 3),
        medians,
        aim,
    )


def rows_of(where: str, found: Found) -> list[Row]:
    """Everything of one place."""
    costs = [
        row(where, f"server CPU for each of {count} viewers", "% of a core", rounds, "")
        for count, rounds in found.cpu.items()
    ]
    return [
        row(where, "glass to glass", "ms", found.glass, "< 130 ms"),
        row(where, "between two pictures", "ms", found.gaps, ""),
        row(where, "first picture, since the player asked", "ms", found.asked, "< 100 ms"),
        row(where, "first picture, since the click", "ms", found.clicked, ""),
        *costs,
        row(
            where, "server CPU for each viewer from 8 to 32", "% of a core", found.further, "<= 0.1"
        ),
    ]


class Scene:
    """Camera, server, browser and viewers of one place, and the measurements in it."""

    def __init__(self, server: RunningServer, camera: str, page: LivePage, crowd: Viewers) -> None:
        self._server = server
        self._camera = camera
        self._page = page
        self._crowd = crowd

    def watch(self, seconds: float, found: Found) -> None:
        """The camera's page, for a while."""
        self._page.open_camera(self._camera)
        self._page.page.wait_for_timeout(_SETTLE_S * 1000)
        frames = self._page.watch(seconds)
        found.glass.append([one["age"] for one in frames if one["age"] is not None])
        found.screen += [one["glass"] for one in frames if one["glass"] is not None]
        times = [one["at"] or 0 for one in frames]
        found.gaps.append([later - earlier for earlier, later in itertools.pairwise(times)])

    def enter(self, count: int, dice: random.Random, found: Found) -> None:
        """First pictures, at moments that have nothing to do with the camera's key frames."""
        seen = [self._page.first_picture(dice.uniform(200, 2200)) for _ in range(count)]
        came = [one for one in seen if one is not None]
        found.clicked.append([one["clicked"] for one in came])
        found.asked.append([one["asked"] for one in came])
        if len(came) < count:
            found.notes.append(f"{count - len(came)} first pictures did not come within 5 s")

    def count(self, seconds: float, found: Found) -> None:
        """CPU of the server with nobody and with several watching."""
        page = self._page.page
        page.goto("about:blank")
        used: dict[int, float] = {}
        for viewers in (0, *VIEWERS):
            self._crowd.watch(viewers)
            page.wait_for_timeout(_SETTLE_S * 1000)
            self._crowd.watch(viewers)
            began = cpu_ns(self._server.pid)
            page.wait_for_timeout(seconds * 1000)
            used[viewers] = (cpu_ns(self._server.pid) - began) / seconds / 1e7
            frames = self._crowd.watch(viewers)["frames"]
            if viewers:
                found.shares.append(frames / (viewers * seconds * FRAME_RATE))
        self._crowd.watch(0)
        for viewers in VIEWERS:
            found.cpu.setdefault(viewers, []).append([(used[viewers] - used[0]) / viewers])
        few, many = VIEWERS[-2:]
        found.further.append([(used[many] - used[few]) / (many - few)])


@contextlib.contextmanager
def scene(data: Path, link: LossyLink | None) -> Generator[tuple[Scene, LivePage]]:
    """Start everything; what watches stands beyond the link when there is one."""
    environment = {"VEDETTE_LOG__LEVEL": "warning"}
    program = chromium() or "chromium"
    if link:
        environment["VEDETTE_SERVER__HOST"] = NEAR
        program = link.program_beyond(program, data)
    with (
        CameraProcess(FRAME_RATE) as camera,
        RunningServer(data / "vedette", environment) as server,
    ):
        token, identifier = introduce(server, camera.url)
        url = f"{server.url.replace('http', 'ws', 1)}/api/v1/cameras/{identifier}/live"
        with (
            Viewers(url, token, link.beyond([]) if link else []) as crowd,
            LivePage(server.link, program) as page,
        ):
            yield Scene(server, identifier, page, crowd), page


def introduce(server: RunningServer, url: str) -> tuple[str, str]:
    """Add the camera; a token, and the camera's identifier."""
    person = ("person", "add", "bench", "--role", "administrator")
    server.command(*person, environment={"VEDETTE_PASSWORD": _PASSWORD})
    with httpx.Client(base_url=f"{server.url}/api/v1", headers={"Origin": server.url}) as client:
        body: dict[str, str] = {"name": "bench", "password": _PASSWORD}
        client.post("/session", json=body).raise_for_status()
        token = client.post("/tokens", json={"name": "viewers"}).raise_for_status().json()
        body = {"name": "Clock", "address": url}
        camera = client.post("/cameras", json=body).raise_for_status().json()
    return token["secret"], camera["id"]


def measure(given: argparse.Namespace, link: LossyLink | None, console: Console) -> Found:
    """All rounds in one place."""
    found = Found()
    dice = random.Random(given.seed)  # noqa: S311  the same pauses in every run
    with (
        tempfile.TemporaryDirectory(prefix="vedette-live-") as name,
        scene(Path(name), link) as (one, page),
    ):
        for number in range(given.rounds):
            console.print(f"round {number + 1}: glass to glass")
            one.watch(given.seconds, found)
            console.print("first pictures")
            one.enter(given.first, dice, found)
            console.print("CPU of the server")
            one.count(given.seconds, found)
        browser = page.version
    if min(found.shares) < _ENOUGH:
        least, most = min(found.shares), max(found.shares)
        found.notes.append(f"the plain viewers got {least:.0%} to {most:.0%} of the frames")
    found.notes.insert(0, f"headless Chromium {browser}, decoding in software on the same machine")
    return found


def link_name(given: argparse.Namespace) -> str:
    """What the link is called in the results."""
    forced = f", {given.congestion}" if given.congestion else ""
    return f"{given.loss:.0%} loss, {given.delay:g} ms{forced}"


def on_link(given: argparse.Namespace, console: Console) -> tuple[list[Row], list[str]]:
    """Rows and notes of the link; no row and the reason where it cannot be made."""
    where = link_name(given)
    try:
        enter_own_network()
        with LossyLink(given.delay, given.loss, given.congestion) as link:
            found = measure(given, link, console)
            made_by = link.made_by
    except NoLink as error:
        why = f"{where}: not measured, because this machine cannot: {error}"
        console.print(why, style="bold")
        return [], [why]
    tcp = f"forced to {given.congestion}" if given.congestion else "as the server asks for it"
    found.notes.insert(0, f"made by {made_by}; TCP {tcp}")
    return rows_of(where, found), [f"{where}: {note}" for note in found.notes]


def on_loopback(given: argparse.Namespace, console: Console) -> tuple[list[Row], list[str]]:
    """Rows and notes of the machine alone."""
    found = measure(given, None, console)
    later_ms = statistics.median(found.screen or [0])
    found.notes.append(
        "shown is when the browser composes the picture; it expects to display it "
        f"{later_ms:.0f} ms later"
    )
    return rows_of("loopback", found), [f"loopback: {note}" for note in found.notes]


def run(given: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Run the benchmark.

    Returns:
        What ``bench/results/live.json`` holds.
    """
    before = os.getloadavg()
    places = {"loopback": on_loopback, "link": on_link}
    chosen = [name for name in places if given.where in {"both", name}]
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for name in chosen:
        new, said = places[name](given, console)
        rows += [asdict(each) for each in new]
        notes += said
    load = ", ".join(f"{one:.1f}" for one in (*before, *os.getloadavg()))
    where = link_name(given) if given.where == "link" else "loopback"
    notes.append(f"{where}: load average before and after (1, 5, 15 min each): {load}")
    notes += [f"{where}: {given.note}"] if given.note else []
    old_rows, old_notes = kept(given.output, {"loopback", link_name(given)}, chosen)
    return {
        "name": "live",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench live --rounds {given.rounds} --seconds {given.seconds:g} "
        f"--first {given.first} --loss {given.loss:g} --delay {given.delay:g}",
        "rows": [*old_rows, *rows],
        "notes": [*_NOTES, *old_notes, *notes],
    }


def kept(path: Path, known: set[str], chosen: Sequence[str]) -> tuple[list[Any], list[str]]:
    """Rows and notes of an earlier run in places that are not measured this time."""
    if not path.exists() or len(chosen) > 1:
        return [], []
    result = json.loads(path.read_text())
    mine = known - {"loopback"} if chosen == ["link"] else {"loopback"}
    others = {each["where"] for each in result["rows"]} - mine
    rows = [each for each in result["rows"] if each["where"] in others]
    return rows, [note for note in result["notes"] if note.partition(":")[0] in others]


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title="live")
    for head in result["rows"][0] if result["rows"] else ():
        words = head in {"where", "measured", "unit", "aim"}
        table.add_column(head, justify="left" if words else "right")
    for each in result["rows"]:
        table.add_row(*(str(value) for value in each.values()))
    console = Console(width=None if sys.stdout.isatty() else 180)
    console.print(table)
    for note in result["notes"]:
        console.print(note, style="dim")


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench live", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="watched, per round and number")
    parser.add_argument("--first", type=int, default=6, help="first pictures, per round")
    parser.add_argument("--where", choices=("both", "loopback", "link"), default="both")
    parser.add_argument("--loss", type=float, default=0.02, help="share of packets, each way")
    parser.add_argument("--delay", type=float, default=60.0, help="ms to the viewer")
    parser.add_argument("--congestion", default="", help="force how TCP answers loss on the link")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--note", default="", help="goes into the results")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    if chromium() is None:
        print("the live benchmark cannot run: install chromium, or set CHROMIUM", file=sys.stderr)
        return 2
    result = run(given, Console(stderr=True))
    show(result)
    output: Path = given.output
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
