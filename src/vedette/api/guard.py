"""Who is asking, found out before anything else looks at the request.

Everything under ``/api`` and ``/metrics`` needs somebody, so that a new route is guarded from its
first day; what is open to all is listed here.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vedette.api import problems
from vedette.api.account_ports import SignIn
from vedette.api.share_ports import GuestBook
from vedette.base.errors import Refused
from vedette.model.person import Identity

COOKIE = "vedette_session"
GUEST_COOKIE = "vedette_guest"
GUESTS = "/api/v1/guest"
"""Where whoever opened the link of a share may ask; the guest's cookie counts nowhere else."""
OPEN = frozenset(
    {
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/session/code"),
        ("POST", "/api/v1/session/entry"),
        ("GET", "/api/v1/session/ways"),
        ("POST", "/api/v1/session/sign-on"),
        ("GET", "/api/v1/session/sign-on/callback"),
        ("POST", "/api/v1/session/passkey-options"),
        ("POST", "/api/v1/session/passkey"),
        ("POST", "/api/v1/session/invitation"),
        ("POST", "/api/v1/session/invitation/look"),
        ("POST", "/api/v1/session/invitation/passkey-options"),
        ("POST", GUESTS),
        ("GET", "/api/v1/openapi.json"),
        ("HEAD", "/api/v1/openapi.json"),
    }
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_SECRET = 512


def is_guarded(path: str) -> bool:
    """Whether a path belongs to the API and not to the page."""
    return path == "/api" or path.startswith("/api/") or path == "/metrics"


def is_for_guests(path: str) -> bool:
    """Whether a path serves guests, and nobody else."""
    return path == GUESTS or path.startswith(f"{GUESTS}/")


def cookie_of(headers: Headers, name: str = COOKIE) -> str:
    """The secret of the session, or of the guest, or empty."""
    jar = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def bearer_of(headers: Headers) -> str:
    """The token's secret, or empty."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


class Guard:
    """ASGI middleware; leaves the ``Identity`` in the request's state.

    Args:
        app: What to guard.
        accounts: Knows sessions and tokens.
        guests: Knows whoever opened the link of a share.
        public_origins: Accepted beside the Host that a request names.
    """

    def __init__(
        self,
        app: ASGIApp,
        accounts: SignIn,
        guests: GuestBook,
        public_origins: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._guests = guests
        self._origins = frozenset(origin.rstrip("/").lower() for origin in public_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan" or not is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        denied = await self._check(scope)
        if denied is None:
            await self._app(scope, receive, send)
        else:
            # Starlette turns it into a WebSocket denial when the scope is a WebSocket's.
            await denied(scope, receive, send)

    async def _check(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        method = scope.get("method", "WEBSOCKET")
        changes = method not in _SAFE
        if (method, scope["path"]) in OPEN:
            if changes and "origin" in headers and not self._is_ours(headers):
                return self._wrong_origin()
            return None
        if is_for_guests(scope["path"]):
            return await self._check_guest(scope, headers, changes=changes)
        return await self._check_person(scope, headers, changes=changes)

    async def _check_person(
        self, scope: Scope, headers: Headers, *, changes: bool
    ) -> Response | None:
        token, session = bearer_of(headers), cookie_of(headers)
        if not token and not session:
            return problems.not_signed_in()
        if not token and changes and not self._is_ours(headers):
            return self._wrong_origin()
        try:
            identity = await identify(self._accounts, token=token, session=session)
        except Refused as refusal:
            return problems.not_signed_in(str(refusal))
        scope.setdefault("state", {})["identity"] = identity
        return None

    async def _check_guest(
        self, scope: Scope, headers: Headers, *, changes: bool
    ) -> Response | None:
        secret = cookie_of(headers, GUEST_COOKIE)
        if not _is_secret(secret):
            return problems.not_signed_in("open the link that you were sent")
        if changes and not self._is_ours(headers):
            return self._wrong_origin()
        try:
            guest = await self._guests.by_secret(secret)
        except Refused as refusal:
            return problems.not_signed_in(str(refusal))
        scope.setdefault("state", {})["guest"] = guest
        return None

    def _is_ours(self, headers: Headers) -> bool:
        origin = headers.get("origin", "").lower()
        if origin in self._origins:
            return True
        parts = urlsplit(origin)
        host = headers.get("host", "").lower()
        return parts.scheme in {"http", "https"} and bool(host) and parts.netloc == host

    @staticmethod
    def _wrong_origin() -> Response:
        return problems.problem(
            403,
            "wrong-origin",
            "the request comes from another site; open Vedette under its own address, or add that "
            "address as server.public_url",
        )


def _is_secret(text: str) -> bool:
    """Whether it may be one of ours."""
    return bool(text) and text.isascii() and text.isprintable() and len(text) <= _MAX_SECRET


async def identify(accounts: SignIn, *, token: str, session: str) -> Identity:
    """Who a secret belongs to; the token goes first.

    Raises:
        Refused: Nobody.
    """
    secret = token or session
    if not _is_secret(secret):
        raise Refused("the token or session is none of ours; sign in again")
    if token:
        return await accounts.by_token(token)
    return await accounts.by_session(session)
