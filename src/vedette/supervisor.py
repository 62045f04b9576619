"""Starts and watches worker processes; a crash touches only that worker's cameras."""

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog

from vedette.base.clock import Clock, SystemClock
from vedette.base.errors import ConfigError

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
_HEALTHY_AFTER_NS = 60_000_000_000
_MAX_NAMED_CAMERAS = 20
_log = structlog.get_logger(__name__)


def worker_of(camera: str, workers: int) -> int:
    """Which of ``workers`` processes (> 0) takes a camera.

    The camera goes to the worker with the highest hash over both names, so that one worker more
    or less moves only that worker's share, and everyone who asks gets the same answer.

    Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (rendezvous
    hashing), 1998.
    """

    def weight(worker: int) -> bytes:
        return hashlib.blake2b(f"{worker}/{camera}".encode(), digest_size=8).digest()

    return max(range(workers), key=weight)


def assign(cameras: Iterable[str], workers: int) -> tuple[tuple[str, ...], ...]:
    """The cameras of each worker, in the order in which they were given."""
    shares: list[list[str]] = [[] for _ in range(workers)]
    for camera in cameras:
        shares[worker_of(camera, workers)].append(camera)
    return tuple(map(tuple, shares))


def delay_s(failures: int) -> float:
    """Seconds to wait before the next start after so many short lives in a row (>= 1)."""
    return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 1, 16))


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker as an operator should see it.

    Attributes:
        number: 0 up to the number of workers - 1.
        pid: None while it does not run.
        starts: How often it was started.
    """

    number: int
    pid: int | None
    starts: int


class Supervisor:
    """Keeps a number of worker processes running; use with ``async with``.

    Workers get a session of their own, so that Ctrl-C reaches them only through us, and a standard
    input that ends when we do: a worker that awaits `orphaned` never outlives its supervisor, even
    one that was killed.

    Args:
        command: The command line of a worker by its number. No secrets: everybody on the machine
            can read it.
        workers: How many.
        environment: What is added to the workers' environment; secrets may go here, as only our
            own user can read it.
        cameras_of: Names of a worker's cameras, for the log.
        on_change: Told the number of a worker that started or ended.
        farewell_s: How long a worker may take to stop before it is killed.
        clock: For the waiting between restarts.
    """

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        workers: int,
        *,
        environment: Mapping[str, str] | None = None,
        cameras_of: Callable[[int], Sequence[str]] | None = None,
        on_change: Callable[[int], None] | None = None,
        farewell_s: float = 15.0,
        clock: Clock | None = None,
    ) -> None:
        self._command = command
        self._workers = workers
        self._environment = {**os.environ, **(environment or {})}
        self._cameras_of = cameras_of or _no_cameras
        self._on_change = on_change or _tell_nobody
        self._farewell_s = farewell_s
        self._clock = clock or SystemClock()
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._starts = [0] * workers
        self._keepers: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def states(self) -> tuple[WorkerState, ...]:
        """Every worker, by number."""
        return tuple(
            WorkerState(
                number,
                self._processes[number].pid if number in self._processes else None,
                self._starts[number],
            )
            for number in range(self._workers)
        )

    async def start(self) -> None:
        """Start every worker.

        Raises:
            ConfigError: The command cannot be run at all.
        """
        for number in range(self._workers):
            try:
                await self._start_one(number)
            except OSError as error:
                await self.stop()
                program = self._command(number)[0]
                raise ConfigError(
                    f"worker {number} cannot be started: {program}: {error}"
                ) from None
        self._keepers = [
            asyncio.create_task(self._keep(number), name=f"worker {number}")
            for number in range(self._workers)
        ]

    async def _start_one(self, number: int) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command(number),
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._processes[number] = process
        self._starts[number] += 1
        _log.info(
            "supervisor.worker_started",
            worker=number,
            pid=process.pid,
            cameras=len(self._cameras_of(number)),
        )
        self._on_change(number)

    async def _keep(self, number: int) -> None:
        """Wait for one worker's end, and start it again, for ever."""
        failures = 0
        begun_ns = self._clock.monotonic_ns()
        while not self._is_stopping:
            process = self._processes.get(number)
            status: int | None = None
            if process is not None:
                status = await process.wait()
                await _let_go(process)
                self._processes.pop(number, None)
            if self._is_stopping:
                return
            lived_ns = self._clock.monotonic_ns() - begun_ns
            failures = 1 if lived_ns > _HEALTHY_AFTER_NS else failures + 1
            self._tell_death(number, status, delay_s(failures))
            await self._clock.sleep(delay_s(failures))
            begun_ns = self._clock.monotonic_ns()
            try:
                await self._start_one(number)
            except OSError as error:
                _log.error("supervisor.worker_not_started", worker=number, detail=str(error))

    def _tell_death(self, number: int, status: int | None, restart_in_s: float) -> None:
        cameras = list(self._cameras_of(number))
        how = f"status {status}"
        if status is not None and status < 0:
            with contextlib.suppress(ValueError):
                how = signal.Signals(-status).name
        _log.error(
            "supervisor.worker_died",
            worker=number,
            how=how,
            cameras=len(cameras),
            touched=cameras[:_MAX_NAMED_CAMERAS],
            restart_in_s=restart_in_s,
        )
        self._on_change(number)

    async def stop(self) -> None:
        """Ask every worker to end, wait, kill those that do not; may be called twice."""
        self._is_stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers = []
        processes, self._processes = self._processes, {}
        for process in processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await asyncio.gather(*(self._bury(one, two) for one, two in processes.items()))

    async def _bury(self, number: int, process: asyncio.subprocess.Process) -> None:
        try:
            await asyncio.wait_for(process.wait(), self._farewell_s)
        except TimeoutError:
            _log.warning("supervisor.worker_killed", worker=number, pid=process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await _let_go(process)

    async def __aenter__(self) -> Self:
        """See start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """See stop."""
        await self.stop()


def _no_cameras(_: int) -> Sequence[str]:
    return ()


def _tell_nobody(_: int) -> None:
    return None


async def _let_go(process: asyncio.subprocess.Process) -> None:
    """Close our end of a dead process's standard input."""
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()


async def orphaned() -> None:
    """In a worker: return when the supervisor is gone, however it went."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while await reader.read(4096):
            pass
    finally:
        transport.close()
