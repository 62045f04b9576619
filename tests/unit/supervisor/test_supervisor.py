"""Workers that die and come back; small real processes."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import ConfigError
from vedette.supervisor import LONGEST_DELAY_S, Supervisor, assign, delay_s, worker_of

PATIENCE_S = 20
CAMERAS = [f"camera-{number}" for number in range(8)]
# Appends a byte to one file per camera every hundredth of a second; ends when it is orphaned.
WORKER = """
import pathlib, select, sys
files = [pathlib.Path(name) for name in sys.argv[1:]]
while True:
    for file in files:
        with file.open("ab") as out:
            out.write(b".")
    if select.select([sys.stdin], [], [], 0.01)[0]:
        sys.exit(0)
"""
STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""
ORPHAN = """
import asyncio, pathlib, sys
from vedette.supervisor import orphaned
async def main():
    pathlib.Path(sys.argv[1]).write_text("lives")
    await orphaned()
    pathlib.Path(sys.argv[1]).write_text("ended")
asyncio.run(main())
"""
PARENT = """
import asyncio, sys
from vedette.supervisor import Supervisor
async def main():
    async with Supervisor(lambda number: [sys.executable, "-c", sys.argv[1], sys.argv[2]], 1):
        await asyncio.sleep(60)
asyncio.run(main())
"""
NAMES = st.lists(st.text(max_size=8), max_size=60, unique=True)


def python(script: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", script, *map(str, arguments)]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  it is other processes that change it
            await asyncio.sleep(0.005)


@given(NAMES, st.integers(1, 16))
def test_every_camera_has_exactly_one_worker(cameras: list[str], workers: int) -> None:
    shares = assign(cameras, workers)
    assert len(shares) == workers
    assert sorted(camera for share in shares for camera in share) == sorted(cameras)
    assert all(worker_of(one, workers) == n for n, share in enumerate(shares) for one in share)


@given(NAMES, st.integers(1, 16))
def test_one_worker_more_takes_cameras_and_moves_no_others(
    cameras: list[str], workers: int
) -> None:
    for camera in cameras:
        after = worker_of(camera, workers + 1)
        assert after in {workers, worker_of(camera, workers)}


def test_the_shares_are_about_equal() -> None:
    sizes = [len(share) for share in assign([f"camera-{n}" for n in range(2000)], 8)]
    assert min(sizes) > 200
    assert max(sizes) < 300


@given(st.integers(1, 10_000))
def test_waiting_grows_to_a_bound(failures: int) -> None:
    assert 0 < delay_s(failures) <= delay_s(failures + 1) <= LONGEST_DELAY_S


def test_a_killed_worker_pauses_only_its_own_cameras(tmp_path: Path) -> None:
    shares = assign(CAMERAS, 2)
    assert all(shares)

    def command(number: int) -> Sequence[str]:
        return python(WORKER, *(tmp_path / camera for camera in shares[number]))

    def size(number: int) -> int:
        files = [tmp_path / camera for camera in shares[number]]
        return min(file.stat().st_size if file.exists() else 0 for file in files)

    async def story() -> list[int]:
        changes: list[int] = []
        async with Supervisor(
            command, 2, cameras_of=lambda number: shares[number], on_change=changes.append
        ) as supervisor:
            await until(lambda: size(0) > 3 and size(1) > 3)
            victim = supervisor.states()[0].pid
            neighbour = supervisor.states()[1].pid
            assert victim is not None
            os.kill(victim, signal.SIGKILL)
            await until(lambda: supervisor.states()[0].pid is None)
            stopped_at, running_at = size(0), size(1)
            await until(lambda: size(1) > running_at + 10)
            assert size(0) == stopped_at
            await until(lambda: size(0) > stopped_at)
            states = supervisor.states()
            assert [one.starts for one in states] == [2, 1]
            assert states[1].pid == neighbour
            pids = [one.pid for one in states]
        for pid in pids:
            assert pid is not None
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        return changes

    assert asyncio.run(story())[:4] == [0, 1, 0, 0]


def test_a_worker_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    async def story() -> None:
        supervisor = Supervisor(
            lambda number: python(STUBBORN, tmp_path / str(number)), 1, farewell_s=0.2
        )
        await supervisor.start()
        await until((tmp_path / "0").exists)
        pid = supervisor.states()[0].pid
        await supervisor.stop()
        await supervisor.stop()
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    asyncio.run(story())


def test_a_command_that_is_not_there_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match="worker 0 cannot be started"):
        asyncio.run(Supervisor(lambda _: ["/absent/vedette"], 1).start())


def test_a_worker_does_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    file = tmp_path / "state"

    async def story() -> None:
        parent = await asyncio.create_subprocess_exec(*python(PARENT, ORPHAN, file))
        await until(lambda: file.exists() and file.read_text() == "lives")
        parent.kill()
        await parent.wait()
        await until(lambda: file.read_text() == "ended")

    asyncio.run(story())
