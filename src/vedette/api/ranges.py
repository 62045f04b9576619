"""One byte range of a file (RFC 9110, section 14), sent in bounded pieces."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vedette.api.problems import problem

_RANGE = re.compile(r"^bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*$", re.ASCII | re.IGNORECASE)
PIECE_BYTES = 256 * 1024
_SEND_TIMEOUT_S = 30.0


class Unsatisfiable(Exception):
    """The range lies outside the file."""


class ByteRange(NamedTuple):
    """First byte, and the one after the last."""

    start: int
    end: int


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The range that a request asks for, cut to the file.

    Args:
        header: The ``Range`` field, or None.
        size: Bytes of the file.

    Returns:
        None for the whole file: no header, another unit, several ranges, or nonsense, all of
        which RFC 9110 lets a server ignore.

    Raises:
        Unsatisfiable: Nothing of the range lies in the file.
    """
    found = _RANGE.match(header) if header is not None else None
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.group(1), found.group(2)
    if not first:  # the last so many bytes
        wanted = int(last)
        if wanted == 0 or size == 0:
            raise Unsatisfiable
        return ByteRange(max(0, size - wanted), size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, min(size, int(last) + 1) if last else size)


Read = Callable[[int, int], Awaitable[bytes]]
"""Gives bytes by offset and size, all of them or an error."""


def ranged(
    request: Request,
    read: Read,
    size: int,
    *,
    tag: str,
    caching: str,
    media_type: str = "video/mp4",
    name: str = "",
) -> Response:
    """Answer with a file, one range of it, or the news that the caller has it already.

    Args:
        request: For its conditions and range.
        read: Where the bytes come from.
        size: Of the file.
        tag: Entity tag with its quotes; another one whenever the bytes change.
        caching: The ``Cache-Control`` field.
        media_type: Of the file.
        name: Under which a browser should save it; empty where it should show it.
    """
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": caching}
    if name:
        headers["Content-Disposition"] = attachment(name)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if asked is not None and request.headers.get("if-range", tag) != tag:
        asked = None
    try:
        chosen = parse_range(asked, size)
    except Unsatisfiable:
        beyond = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        detail = f"the file has {size} bytes; ask for a range inside it"
        return problem(416, "bad-range", detail, headers=beyond)
    if chosen is not None:
        headers["Content-Range"] = f"bytes {chosen.start}-{chosen.end - 1}/{size}"
    return RangeResponse(
        read,
        chosen or ByteRange(0, size),
        status_code=200 if chosen is None else 206,
        headers=headers,
        media_type=media_type,
    )


def attachment(name: str) -> str:
    """The ``Content-Disposition`` of a file to save (RFC 6266), also for names beyond ASCII."""
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.+") else "_" for one in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class RangeResponse(Response):
    """Part of a file in pieces of 256 KiB, read ahead of nothing: one piece in memory at a time.

    Each piece is read by offset, so that no file stays open whatever the client does.
    """

    def __init__(
        self,
        read: Read,
        chosen: ByteRange,
        *,
        status_code: int,
        headers: Mapping[str, str],
        media_type: str = "video/mp4",
    ) -> None:
        super().__init__(status_code=status_code, headers=dict(headers), media_type=media_type)
        self.headers["content-length"] = str(chosen.end - chosen.start)
        self._read = read
        self._range = chosen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI; a failure of the first read still becomes a problem answer."""
        del receive  # sending fails by itself once the client has left
        at, end = self._range
        head = scope["method"] == "HEAD"
        piece = b"" if head or at == end else await self._read(at, min(PIECE_BYTES, end - at))
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        while not head and at < end:
            at += len(piece)
            async with asyncio.timeout(_SEND_TIMEOUT_S):  # a client that takes nothing goes
                await send({"type": "http.response.body", "body": piece, "more_body": at < end})
            if at < end:
                piece = await self._read(at, min(PIECE_BYTES, end - at))
        if head or self._range.start == end:
            await send({"type": "http.response.body", "body": b""})
