"""One TCP or TLS connection to a camera: requests and answers, frames in between."""

import asyncio
import contextlib
import os
import socket
import ssl
import time
from collections.abc import Callable

from vedette.base.errors import SourceLost, SourceProtocol
from vedette.ingest.rtsp.address import Address
from vedette.ingest.rtsp.rtp import Moment
from vedette.ingest.rtsp.wire import Message, WireReader, encode_request, encode_response

_MAX_UNSENT_BYTES = 256 * 1024
_CLOSE_S = 1.0
_SCRAP_BYTES = 4096
_PUBLIC = "Public: OPTIONS, GET_PARAMETER, SET_PARAMETER, ANNOUNCE"
_ANSWERED = frozenset({"OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE", "TEARDOWN"})


class Connection(asyncio.BufferedProtocol):
    """Speaks RTSP/1.0; one request is under way at a time, as cameras expect.

    An answer belongs to the request under way, whatever its number says: some cameras count wrong.

    Attributes:
        moment: When the bytes that are being parsed arrived.
        failed: Finished with the reason, once nothing more will come.
        reader: Takes the bytes; its ``sinks`` take the interleaved frames.
        after_read: Called with the number of bytes after each read; may raise SourceLost.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.moment = Moment(time.monotonic_ns())
        self.failed: asyncio.Future[SourceLost] = loop.create_future()
        self.reader = WireReader(self._on_message)
        self.after_read: Callable[[int], None] = lambda _count: None
        self._closed: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._sequence = 0
        self._answer: asyncio.Future[Message] | None = None
        self._unawaited = 0
        self._on_unawaited: Callable[[Message], None] = lambda _message: None

    @classmethod
    async def open(
        cls, address: Address, *, timeout_s: float, tls: ssl.SSLContext | None
    ) -> "Connection":
        """Connect.

        Raises:
            SourceLost: The camera cannot be reached, or its certificate is not accepted.
        """
        loop = asyncio.get_running_loop()
        place = f"{address.host}:{address.port}"
        try:
            async with asyncio.timeout(timeout_s):
                _, connection = await loop.create_connection(
                    cls,
                    address.host,
                    address.port,
                    ssl=tls,
                    server_hostname=address.host if tls else None,
                )
        except TimeoutError as error:
            raise SourceLost(f"{place} did not accept a connection in {timeout_s:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise SourceLost(
                f"the certificate of {place} is not valid ({error.verify_message}); install one"
                " that is, or switch off verify_tls"
            ) from error
        except ssl.SSLError as error:
            raise SourceLost(f"{place} does not speak TLS; try rtsp instead of rtsps") from error
        except OSError as error:
            raise SourceLost(f"{place} cannot be reached: {_why(error)}") from error
        return connection

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.BaseProtocol."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """See asyncio.BufferedProtocol."""
        del sizehint
        if self.failed.done():  # TLS may hand over what it had decrypted already
            return memoryview(bytearray(_SCRAP_BYTES))
        return self.reader.space()

    def buffer_updated(self, nbytes: int) -> None:
        """See asyncio.BufferedProtocol."""
        if self.failed.done():
            return
        self.moment.ns = time.monotonic_ns()
        try:
            self.reader.received(nbytes)
            self.after_read(nbytes)
        except SourceLost as error:
            self.fail(error)

    def eof_received(self) -> bool:
        """See asyncio.BufferedProtocol."""
        self.fail(SourceLost("the camera closed the connection"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.BaseProtocol."""
        reason = "the camera closed the connection"
        if isinstance(exc, OSError) and exc.strerror:
            reason = f"the connection broke: {exc.strerror}"
        self.fail(SourceLost(reason))
        if not self._closed.done():
            self._closed.set_result(None)

    # our side

    def fail(self, error: SourceLost) -> None:
        """End the connection for a reason; only the first counts."""
        if not self.failed.done():
            self.failed.set_result(error)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        if self._transport is not None:
            self._transport.abort()

    @property
    def local_host(self) -> str:
        """Our own address on the way to the camera."""
        return self._name("sockname")

    @property
    def peer_host(self) -> str:
        """The camera's address."""
        return self._name("peername")

    def _name(self, which: str) -> str:
        name = self._transport.get_extra_info(which) if self._transport is not None else None
        if not name:
            raise SourceLost("the camera closed the connection")
        return str(name[0])

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises nothing: a peer that does not read fails the connection.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            self.fail(SourceProtocol("the camera does not read what it is sent"))
            return
        transport.write(data)

    def write_frame(self, channel: int, data: bytes) -> None:
        """Send one interleaved frame of at most 65535 bytes."""
        self.write(bytes((0x24, channel)) + len(data).to_bytes(2, "big") + data)

    async def request(
        self, method: str, target: str, headers: dict[str, str], *, timeout_s: float
    ) -> Message:
        """Ask, and wait for the answer.

        Raises:
            SourceLost: No answer, or the connection ended.
        """
        if self.failed.done():
            raise self.failed.result()
        self._sequence += 1
        self._unawaited = 0
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self.write(encode_request(method, target, self._sequence, headers))
            async with asyncio.timeout(timeout_s):
                return await self._answer
        except TimeoutError as error:
            raise SourceLost(
                f"the camera did not answer {method} within {timeout_s:g} s"
            ) from error
        finally:
            answer, self._answer = self._answer, None
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, even when the wait was cancelled

    def post(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        answered: Callable[[Message], None],
    ) -> None:
        """Ask without waiting; ``answered`` gets the answer if one comes."""
        self._sequence += 1
        self._unawaited += 1
        self._on_unawaited = answered
        self.write(encode_request(method, target, self._sequence, headers))

    def _on_message(self, message: Message) -> None:
        if message.method:
            known = message.method in _ANSWERED
            status, reason = (200, "OK") if known else (501, "Not Implemented")
            extra = _PUBLIC if message.method == "OPTIONS" else ""
            self.write(encode_response(message, status, reason, extra))
        elif message.status < 200:
            return  # provisional
        elif self._unawaited:
            self._unawaited -= 1
            self._on_unawaited(message)
        elif self._answer is not None and not self._answer.done():
            self._answer.set_result(message)

    async def close(self) -> None:
        """Close in at most a second."""
        if not self.failed.done():
            self.failed.set_result(SourceLost("the connection was closed"))
        if self._transport is None:
            return
        self._transport.close()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await asyncio.shield(self._closed)
        finally:
            self._transport.abort()


def _why(error: OSError) -> str:
    """The system's words; asyncio's own name a tuple of Python's."""
    if error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno)
    return error.strerror or "none of its addresses answers"
