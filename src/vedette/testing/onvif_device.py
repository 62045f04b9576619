"""A simulated ONVIF device: SOAP over HTTP, WS-Discovery, and trouble on demand.

It answers what `vedette.ingest.onvif` and other makers' programs ask of a camera before they play
it: clock, information, services, profiles (Media1 and Media2), addresses, snapshot. Passwords are
checked as WS-Security digests (SOAP) and as HTTP digest (snapshot).
"""

import asyncio
import base64
import contextlib
import hashlib
import secrets
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast
from xml.sax.saxutils import escape

from vedette.base.clock import Clock, SystemClock
from vedette.base.units import US_PER_S, datetime_to_us
from vedette.testing.onvif_answers import (
    DEVICE_PATH,
    Answers,
    DeviceProfile,
    DeviceScript,
    Trouble,
    element,
    enveloped,
    fault,
    found,
)

__all__ = ["DeviceProfile", "DeviceScript", "SimulatedOnvifDevice", "Trouble"]

_MAX_REQUEST_BYTES = 64 * 1024
_CLOCK_TOLERANCE_US = 60 * US_PER_S
_REALM = "simulated camera"


class SimulatedOnvifDevice:
    """Serves one device on a port of its own; use with ``async with``.

    Attributes:
        script: How it behaves.
        asked: Names of the operations asked so far.
    """

    def __init__(
        self,
        script: DeviceScript,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str = "",
        password: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.script = script
        self.asked: list[str] = []
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._clock = clock or SystemClock()
        self._nonce = secrets.token_hex(8)
        self._server: asyncio.Server | None = None
        self._discovery: asyncio.DatagramTransport | None = None
        self._busy: set[asyncio.Task[Any]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, TCP for questions, UDP for discovery."""
        return self._port

    @property
    def address(self) -> str:
        """Its device service URL."""
        return f"http://{self._host}:{self._port}{DEVICE_PATH}"

    @property
    def answers(self) -> Answers:
        """What it says."""
        return Answers(self.script, self._clock, f"http://{self._host}:{self._port}")

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=_MAX_REQUEST_BYTES
        )
        self._port = int(self._server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._discovery, _ = await loop.create_datagram_endpoint(
            lambda: _Discovery(self), local_addr=(self._host, self._port)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        if self._discovery is not None:
            self._discovery.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        try:
            await self._exchange(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side left, or speaks no HTTP
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, *_ = head.split(" ", 2)
        length = int(found(r"(?i)\r\ncontent-length:\s*(\d+)", head) or 0)
        if length > _MAX_REQUEST_BYTES:
            return
        body = (await reader.readexactly(length)).decode()
        if method == "GET":
            await self._send_snapshot(head, path, writer)
        else:
            wants_digest = self.script.http_digest and bool(self._password)
            if wants_digest and not self._http_digest_is_right(head, f"POST:{path}"):
                await self._challenge(writer)
                return
            await self._send_answer(body, writer)

    async def _send_snapshot(self, head: str, path: str, writer: asyncio.StreamWriter) -> None:
        self.asked.append("snapshot")
        if self._password and not self._http_digest_is_right(head, f"GET:{path}"):
            await self._challenge(writer)
            return
        await _send(writer, "200 OK", self.script.snapshot, "Content-Type: image/jpeg\r\n")

    async def _challenge(self, writer: asyncio.StreamWriter) -> None:
        challenge = f'Digest realm="{_REALM}", nonce="{self._nonce}", qop="auth"'
        await _send(writer, "401 Unauthorized", b"", f"WWW-Authenticate: {challenge}\r\n")

    async def _send_answer(self, body: str, writer: asyncio.StreamWriter) -> None:
        operation = found(r"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)", body)
        self.asked.append(operation)
        trouble = self.script.trouble
        if trouble is Trouble.SILENT:
            await asyncio.sleep(3600)
        if trouble is Trouble.HUGE:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n<a>")
            for _ in range(1024):
                writer.write(b"x" * 65536)
                await writer.drain()
            return
        if trouble is Trouble.REDIRECT:
            await _send(writer, "302 Found", b"", "Location: http://127.0.0.1:1/\r\n")
            return
        status, answer = self._answer(operation, body)
        data = enveloped(trouble, answer).encode()
        if trouble is Trouble.SLOW:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
            for byte in data:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(0.1)
            return
        await _send(writer, status, data, "Content-Type: application/soap+xml; charset=utf-8\r\n")

    def _answer(self, operation: str, body: str) -> tuple[str, str]:
        """Status line and SOAP body."""
        clock_is_asked = operation == "GetSystemDateAndTime"
        open_to_all = self.script.http_digest or (
            clock_is_asked and not self.script.clock_needs_password
        )
        if self._password and not open_to_all and not self._wsse_is_right(body):
            return "400 Bad Request", fault("ter:NotAuthorized", "Sender not authorized")
        return self.answers.answer(operation, body)

    def _wsse_is_right(self, body: str) -> bool:
        """Whether the message carries the digest of the password, and of a time near ours."""
        created = element("Created", body)
        try:
            nonce = base64.b64decode(element("Nonce", body))
            said_us = datetime_to_us(datetime.fromisoformat(created).astimezone(UTC))
        except ValueError:
            return False
        ours_us = self._clock.wall_us() + self.script.clock_offset_us
        digest = hashlib.sha1(nonce + created.encode() + self._password.encode())  # noqa: S324  WSS
        return (
            abs(said_us - ours_us) < _CLOCK_TOLERANCE_US
            and element("Username", body) == escape(self._username)
            and element("Password", body) == base64.b64encode(digest.digest()).decode()
        )

    def _http_digest_is_right(self, head: str, request: str) -> bool:
        """RFC 7616 with MD5 and ``auth``."""

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  by the RFC

        sent = found(r"(?i)\r\nauthorization:\s*digest ([^\r]*)", head)
        said = {
            name: found(rf'(?:^|[ ,]){name}="?([^",]*)', sent)
            for name in ("nonce", "nc", "cnonce", "response", "uri")
        }
        ha1 = md5(f"{self._username}:{_REALM}:{self._password}")
        expected = md5(f"{ha1}:{self._nonce}:{said['nc']}:{said['cnonce']}:auth:{md5(request)}")
        return said["nonce"] == self._nonce and said["response"] == expected


class _Discovery(asyncio.DatagramProtocol):
    """Answers probes that reach the device's own UDP port."""

    def __init__(self, device: SimulatedOnvifDevice) -> None:
        self._device = device
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Up to Python 3.11 asyncio's own datagram transport is no subclass of its interface.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        answer = self._device.answers.match(data.decode(errors="replace"))
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer.encode(), addr)


async def _send(writer: asyncio.StreamWriter, status: str, data: bytes, headers: str) -> None:
    writer.write(
        f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(data)}\r\n"
        "Connection: close\r\n\r\n".encode()
        + data
    )
    await writer.drain()
