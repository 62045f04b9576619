"""What every answer carries, whoever gives it: security headers, limits, a line in the log."""

import re
import time

import structlog
from fastapi.exceptions import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vedette.api import problems

_log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 256 * 1024
"""No request of ours is larger than a few kilobytes, but for uploads."""
_UPLOADS = ((re.compile(r"/api/v1/floors/[0-9a-f-]{36}/plan"), 8 * 1024 * 1024),)
"""Paths to which more may be sent, and how many bytes."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""For what the page does not cover itself: it loads nothing from elsewhere, and nobody frames it;
``blob:`` is where players get their media from."""

_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Envelope:
    """The outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        began_s = time.monotonic()
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                status = message["status"]
                _dress(message)
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        try:
            await self._limited(scope, receive, dressed)
        except Exception:
            _log.exception("api.failed", method=scope.get("method"), path=scope["path"])
            if scope["type"] != "http" or status:
                raise
            answer = problems.problem(
                500, "bug", "Vedette made a mistake; its log says more, please report it"
            )
            await answer(scope, receive, dressed)
        finally:
            # The path only: a query may carry what belongs to nobody's log.
            _log.debug(
                "api.request",
                method=scope.get("method", "WEBSOCKET"),
                path=scope["path"],
                status=status,
                ms=round((time.monotonic() - began_s) * 1000, 1),
            )

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_bytes(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > most:
            await problems.problem(413, "too-large", _too_large(most))(scope, receive, send)
            return
        left = most

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, _too_large(most))
            return message

        await self._app(scope, counted, send)

    def _most_bytes(self, scope: Scope) -> int:
        if scope["method"] == "PUT":
            for path, most in _UPLOADS:
                if path.fullmatch(scope["path"]):
                    return max(most, self._max_body_bytes)
        return self._max_body_bytes


def _too_large(most: int) -> str:
    return f"the request is larger than {most} bytes; send less"


def _dress(message: Message) -> None:
    headers = MutableHeaders(raw=message.setdefault("headers", []))
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if "json" in headers.get("content-type", ""):
        headers.setdefault("cache-control", "no-store")
