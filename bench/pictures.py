"""H.265 turned into VP9 for browsers without H.265: processor time of a picture, beside ffmpeg.

Both decode one thread wide, scale to at most 1280 pixels and encode with the same library and
settings, in turns. Ours is what a process of `vedette.playback.picture` does with each access unit;
ffmpeg reads the same pictures from a file and writes to nowhere.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess  # ffmpeg, by its full path, is the peer
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.measure import machine, now
from vedette.model.packet import Codec, StreamOpened
from vedette.playback.picture.encoder import PictureEncoder
from vedette.playback.picture.wire import Picture
from vedette.playback.picture.works import size_of
from vedette.testing.camera.clip import Clip
from vedette.testing.numbered import numbered_clip
from vedette.testing.recorded import format_of, packets_of

RESULTS = Path(__file__).parent / "results" / "pictures.json"
_SIZES = ((640, 368), (1280, 720), (1920, 1088), (2560, 1440))
_RATE, _FRAMES, _GRAIN = 25, 100, 10
_START = b"\0\0\0\1"


def ours(clip: Clip) -> float:
    """Processor milliseconds per picture of our encoder."""
    video = format_of(clip).video
    encoder = PictureEncoder(Codec.HEVC, video.config, *size_of(video), lambda: 0)
    pictures = [
        Picture(one.pts, one.dts, one.arrival_ns, one.wall_us, one.key, one.payload)
        for one in packets_of(clip, StreamOpened("bench", format_of(clip), 0, 0))
    ]
    begun = time.process_time()
    made = sum(len(encoder.encode(one)) for one in pictures)
    return (time.process_time() - begun) * 1000 / max(1, made)


def theirs(ffmpeg: str, clip: Clip, folder: Path) -> float:
    """The same of ffmpeg, its start included."""
    video = format_of(clip).video
    width, height = size_of(video)
    source = folder / "pictures.hevc"
    units = [unit for one in clip.frames for unit in one.units]
    source.write_bytes(b"".join(_START + unit for unit in [*clip.format.parameter_sets, *units]))
    rate = str(round(width * height * 1.6))
    command = [
        *(ffmpeg, "-v", "error", "-threads", "1", "-r", str(_RATE), "-i", str(source)),
        *("-vf", f"scale={width}:{height}", "-c:v", "libvpx-vp9", "-deadline", "realtime"),
        *("-cpu-used", "8", "-lag-in-frames", "0", "-auto-alt-ref", "0", "-g", "50"),
        *("-b:v", rate, "-threads", "1", "-f", "null", "-"),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent * 1000 / len(clip.frames)


def measure(rounds: int) -> list[dict[str, Any]]:
    """One row per size."""
    ffmpeg = shutil.which("ffmpeg")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="vedette-pictures-") as name:
        for width, height in _SIZES:
            clip = numbered_clip(
                *(width, height), codec=Codec.HEVC, frames=_FRAMES, frame_rate=_RATE, grain=_GRAIN
            )
            mine: list[float] = []
            peer: list[float] = []
            for _ in range(rounds):
                mine.append(ours(clip))
                if ffmpeg:
                    peer.append(theirs(ffmpeg, clip, Path(name)))
            here = statistics.median(mine)
            there = statistics.median(peer) if peer else None
            to = size_of(format_of(clip).video)
            rows.append(
                {
                    "camera": f"{width}x{height}",
                    "shown": f"{to[0]}x{to[1]}",
                    "ms_per_picture": round(here, 1),
                    "core_percent_at_25": round(here * _RATE / 10, 1),
                    "ffmpeg_ms": round(there, 1) if there else None,
                    "ratio": round(here / there, 2) if there else None,
                }
            )
    return rows


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print the table, and write the results file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="vedette bench pictures", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    given = parser.parse_args(argv)
    rows = measure(given.rounds)
    result: dict[str, Any] = {
        "name": "pictures",
        "when": now(),
        "machine": machine(),
        "command": f"vedette bench pictures --rounds {given.rounds}",
        "rows": rows,
        "notes": [
            f"{_FRAMES} noisy pictures, a key frame each second, one thread, processor time",
            "ffmpeg's figure contains its start, which a process that lasts pays once",
        ],
    }
    table = Table(title="pictures")
    for head in rows[0]:
        table.add_column(head, justify="right")
    for each in rows:
        table.add_row(*(str(value) for value in each.values()))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
