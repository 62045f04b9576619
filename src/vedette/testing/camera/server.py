"""An RTSP/1.0 server (RFC 2326) that plays feeds at mounts, with faults on demand."""

import asyncio
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from vedette.base.clock import Clock, SystemClock
from vedette.testing.camera.connection import Connection
from vedette.testing.camera.mounts import Mount, ServerSettings


class RtspServer:
    """Listens on one port and serves any number of mounts.

    Args:
        mounts: By path without the leading slash.
        settings: See ServerSettings.
        clock: Paces the frames and stamps sender reports.
        host: Address to listen on.
        port: 0 takes a free one.
        tls: Speaks ``rtsps`` when given.
    """

    def __init__(
        self,
        mounts: Mapping[str, Mount],
        settings: ServerSettings,
        *,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.mounts = dict(mounts)
        self.settings = settings
        self.clock = clock or SystemClock()
        self._host = host
        self._port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._count = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    def url(self, path: str) -> str:
        """The address of a mount, without credentials."""
        scheme = "rtsps" if self._tls else "rtsp"
        return f"{scheme}://{self._host}:{self._port}/{path}"

    async def start(self) -> None:
        """Begin to listen; on the same port as before when it was stopped.

        Raises:
            OSError: The port is taken.
        """
        self._server = await asyncio.start_server(
            self._accept, self._host, self._port, ssl=self._tls, backlog=256, limit=1 << 16
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everyone and stop listening; may be called twice."""
        if self._server is not None:
            self._server.close()
            await self.disconnect()
            await self._server.wait_closed()
            self._server = None

    async def disconnect(self, mount: Mount | None = None) -> None:
        """Hang up on the clients of a mount, or on all; they may come back."""
        doomed = [
            task
            for task, connection in self._connections.items()
            if mount is None or connection.mount is mount
        ]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many clients are connected at this moment."""
        return len(self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        connection = Connection(
            reader, writer, self.mounts, self.settings, self.clock, number=self._count
        )
        task = asyncio.get_running_loop().create_task(connection.serve())
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
