"""RTSP messages and interleaved frames out of one byte stream (RFC 2326, sections 4 to 10.12).

The reader owns one buffer that the socket fills directly, so that the packets of a hundred cameras
are parsed where they landed. Everything is bounded: a header by 64 KiB, a body by 1 MiB.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vedette.base.errors import SourceProtocol

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
MAX_HEADERS = 256
BUFFER_BYTES = 128 * 1024  # holds the longest interleaved frame, 65 539 bytes, with room to read
CHANNELS = 256

_DOLLAR = 0x24
_LINE_ENDS = b"\r\n"
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FIRST = re.compile(rb"[A-Za-z_]+(?:[ /][ -~]*)?\Z")
_METHOD = re.compile(r"[A-Z_]{3,20}\Z")

FrameSink = Callable[[bytearray, int, int], None]
"""Takes the frame ``buffer[start:stop]``; must copy what it keeps."""

BurstSink = Callable[[memoryview, int, int, int], int]
"""Takes the frames that continue one just taken; see ``burst.Burst.take``."""


def _no_headers() -> dict[str, list[str]]:
    return {}


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request that the server makes.

    Attributes:
        status: Of a response, 100 to 999; 0 for a request.
        method: Of a request; empty for a response.
        target: URL of a request, reason of a response.
        headers: By lower-case name, in order, with every repetition.
        body: At most ``MAX_BODY_BYTES``.
    """

    status: int = 0
    method: str = ""
    target: str = ""
    headers: dict[str, list[str]] = field(default_factory=_no_headers)
    body: bytes = b""

    def get(self, name: str) -> str:
        """The first value of a header by its lower-case name, or an empty string."""
        values = self.headers.get(name)
        return values[0] if values else ""


def encode_request(
    method: str, target: str, sequence: int, headers: dict[str, str], body: bytes = b""
) -> bytes:
    """A request; line ends in a target or header are refused.

    Raises:
        SourceProtocol: Something in it would break out of its line.
    """
    lines = [f"{method} {target} RTSP/1.0", f"CSeq: {sequence}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise SourceProtocol("the camera gave an address or session with a line break in it")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + body


def encode_response(request: Message, status: int, reason: str, extra: str = "") -> bytes:
    """An answer to a request of the server's.

    Args:
        request: What is answered; its sequence number and session are repeated.
        status: Such as 200.
        reason: Such as ``OK``.
        extra: One more header line without its end, or nothing.
    """
    lines = [f"RTSP/1.0 {status} {reason}", f"CSeq: {request.get('cseq')[:20]}"]
    if extra:
        lines.append(extra)
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def parse_head(head: bytes) -> Message:
    """Read a start line and its headers, without the blank line.

    Makers differ: line ends may be a lone line feed, names any case, values padded, lines folded.

    Raises:
        SourceProtocol: The start line is no RTSP, or there are too many headers.
    """
    lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    first = lines[0].strip()
    if len(lines) > MAX_HEADERS:
        raise SourceProtocol(f"the camera sent more than {MAX_HEADERS} header lines")
    headers: dict[str, list[str]] = {}
    last: list[str] = []
    for line in lines[1:]:
        if line[:1] in {" ", "\t"} and last:
            last[-1] = f"{last[-1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = headers.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return _start_line(first, headers)


def _start_line(first: str, headers: dict[str, list[str]]) -> Message:
    words = first.split(None, 2)
    if len(words) >= 2 and words[0].upper().startswith("RTSP/"):
        if not words[1].isascii() or not words[1].isdigit() or len(words[1]) != 3:
            raise SourceProtocol("the camera answered with a status that is no number")
        reason = words[2] if len(words) == 3 else ""
        return Message(status=int(words[1]), target=reason, headers=headers)
    if len(words) >= 2 and _METHOD.match(words[0]):
        return Message(method=words[0], target=words[1], headers=headers)
    if words and words[0].upper().startswith("HTTP/"):
        raise SourceProtocol("a web server answers at this address, not RTSP; check the port")
    raise SourceProtocol("what answers at this address does not speak RTSP; check the port")


def content_length(message: Message) -> int:
    """How many bytes of body follow.

    Raises:
        SourceProtocol: It is no number, or more than ``MAX_BODY_BYTES``.
    """
    text = message.get("content-length")
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise SourceProtocol("the camera announced a body whose length is no number")
    if int(text) > MAX_BODY_BYTES:
        raise SourceProtocol(f"the camera announced a body of more than {MAX_BODY_BYTES} bytes")
    return int(text)


class WireReader:
    """Takes bytes as they come, hands out interleaved frames and messages.

    Attributes:
        sinks: By channel number, what takes its frames; frames of other channels are dropped.
        bursts: By channel number, what is asked first whether the frames behind one that a sink
            took merely continue it, or None.
    """

    def __init__(self, on_message: Callable[[Message], None]) -> None:
        self.sinks: list[FrameSink | None] = [None] * CHANNELS
        self.bursts: list[BurstSink | None] = [None] * CHANNELS
        self._on_message = on_message
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._searched = 0  # bytes in which the end of a header is known not to be
        self._message: Message | None = None  # whose body is being read
        self._body = bytearray()
        self._body_left = 0

    def deafen(self) -> None:
        """Drop interleaved frames from now on."""
        self.sinks[:] = [None] * CHANNELS
        self.bursts[:] = [None] * CHANNELS

    def space(self) -> memoryview:
        """Where to write what comes next; never empty."""
        return self._view[self._filled :]

    def feed(self, data: bytes) -> None:
        """Take bytes from elsewhere.

        Raises:
            SourceProtocol: As ``received``.
        """
        position = 0
        while position < len(data):
            space = self.space()
            part = data[position : position + len(space)]
            space[: len(part)] = part
            self.received(len(part))
            position += len(part)

    def received(self, count: int) -> None:
        """Parse after ``count`` bytes were written into ``space()``.

        Raises:
            SourceProtocol: The bytes are no RTSP, or exceed a limit.
        """
        buffer, sinks, bursts = self._buffer, self.sinks, self.bursts
        end = self._filled = self._filled + count
        start = 0
        while start < end:
            if buffer[start] == _DOLLAR and self._message is None:
                stop = start + 4
                if stop > end:
                    break
                stop += buffer[start + 2] << 8 | buffer[start + 3]
                if stop > end:
                    break
                channel = buffer[start + 1]
                sink = sinks[channel]
                if sink is not None:
                    sink(buffer, start + 4, stop)
                    burst = bursts[channel]
                    if burst is not None and stop - start <= end - stop:
                        stop = burst(self._view, start, stop, end)
                start = stop
            else:
                following = self._read_message(start, end)
                if following == start:
                    break
                start = following
        if start:
            self._filled = left = end - start
            self._searched = 0
            if left:
                buffer[:left] = buffer[start:end]

    def _read_message(self, start: int, end: int) -> int:
        """Read on in a message; returns where to go on, ``start`` when more bytes are needed."""
        buffer = self._buffer
        if self._message is not None:
            stop = min(end, start + self._body_left)
            self._body += buffer[start:stop]
            self._body_left -= stop - start
            if not self._body_left:
                self._finish()
            return stop
        if buffer[start] in _LINE_ENDS:
            return start + 1
        if not self._searched:
            _check_first(bytes(buffer[start : min(end, start + 5)]))
        found = _HEADER_END.search(buffer, start + max(0, self._searched - 3), end)
        if found is None:
            self._searched = end - start
            if end - start > MAX_HEADER_BYTES:
                raise SourceProtocol(f"the camera sent a header beyond {MAX_HEADER_BYTES} bytes")
            return start
        if found.start() - start > MAX_HEADER_BYTES:
            raise SourceProtocol(f"the camera sent a header beyond {MAX_HEADER_BYTES} bytes")
        self._searched = 0
        self._message = parse_head(bytes(buffer[start : found.start()]))
        self._body_left = content_length(self._message)
        if not self._body_left:
            self._finish()
        return found.end()

    def _finish(self) -> None:
        message, body = self._message, bytes(self._body)
        self._message = None
        self._body.clear()
        if message is not None:
            self._on_message(
                Message(message.status, message.method, message.target, message.headers, body)
            )


def _check_first(start: bytes) -> None:
    """Refuse at once what cannot become a message, rather than wait for its end."""
    if not _FIRST.match(start):
        raise SourceProtocol("what answers at this address does not speak RTSP; check the port")
