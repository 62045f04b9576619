"""kill -9 at any moment: no finished fragment is lost, and at most one group per camera."""

import asyncio
import contextlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.unit.record.site import ORGANISATION, running, some_camera
from vedette.base.clock import SystemClock
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.media.note import NOTE_BYTES, FragmentNote
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Fragment, SegmentState
from vedette.model.packet import GapReason

CAMERAS = 4
ROUNDS = 3
CHILD = Path(__file__).with_name("recording_child.py")
PROJECT = Path(__file__).parents[2]
# What was published this long before the kill must have reached the kernel even on a busy machine.
SETTLED_US = 1_500_000


def record_and_kill(root: Path, seconds: float) -> tuple[dict[str, tuple[int, int]], int]:
    """Where each camera's run began and how far it had come well before the kill; the kill."""
    process = subprocess.Popen(
        [sys.executable, str(CHILD), str(root), str(CAMERAS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(process)
        for line in process.stdout:
            if line.startswith("cam-"):
                break
        deadline = time.monotonic() + seconds
        for line in process.stdout:
            lines.append(line)
            if time.monotonic() >= deadline:
                break
        killed_us = time.time_ns() // 1000
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    reached: dict[str, tuple[int, int]] = {}
    for line in lines:
        with contextlib.suppress(ValueError):  # the last line may be torn
            camera, start, end = line.split()
            if int(end) <= killed_us - SETTLED_US:
                reached[camera] = int(start), int(end)
    return reached, killed_us


async def committed(root: Path) -> dict[StreamKey, list[Fragment]]:
    """What the catalogue promised when the process died."""
    database = Database.open(f"sqlite:///{root / 'vedette.db'}")
    catalog = SqlCatalog(database)
    streams = [some_camera(str(index)).key(StreamRole.MAIN) for index in range(CAMERAS)]
    rows = {stream: await catalog.fragments(ORGANISATION, stream, 0, 1 << 59) for stream in streams}
    await database.close()
    return rows


async def check(root: Path, reached: dict[str, tuple[int, int]], killed_us: int) -> None:
    promised = await committed(root)
    cameras = [some_camera(str(index)) for index in range(CAMERAS)]
    async with running(root, cameras, clock=SystemClock()) as site:
        await site.settle()
        for camera in cameras:
            stream = camera.key(StreamRole.MAIN)
            fragments = await site.fragments(stream)
            assert set(promised[stream]) <= set(fragments), "a committed fragment vanished"
            for verdict in await site.verdicts(stream):
                assert verdict.segment.state is SegmentState.FINISHED
                assert verdict.findings == ()
            # Every whole fragment in the files has its row: the chain has no hole and no rest.
            for segment in await site.segments(stream):
                mine = [row for row in fragments if row.segment_start_us == segment.start_us]
                data = await site.file(segment)
                offset = mine[0].offset
                for row in mine:
                    assert row.offset == offset
                    note = FragmentNote.decode(data[offset : offset + NOTE_BYTES])
                    assert (note.start_us, note.size) == (row.start_us, row.size)
                    offset += row.size
                assert offset == len(data)
            begin, end = reached[camera.id]
            run = [row for row in fragments if row.start_us >= begin]
            safe_us = max((row.start_us + row.duration_us for row in run), default=begin)
            # The group in progress is 0.2 s long; no more may be missing.
            assert safe_us >= end - 250_000, f"{(end - safe_us) / 1e6:.3f} s are missing"
            assert run[0].start_us == begin
            gaps = (await site.footage(stream)).gaps
            assert gaps[-1].reason is GapReason.CRASHED
            assert gaps[-1].start_us <= killed_us + 1_000_000


def test_kill_at_random_moments(tmp_path: Path) -> None:
    dice = random.Random(20260501)  # noqa: S311  moments, not secrets
    for _ in range(ROUNDS):
        reached, killed_us = record_and_kill(tmp_path, dice.uniform(2.0, 3.5))
        assert len(reached) == CAMERAS
        asyncio.run(check(tmp_path, reached, killed_us))
