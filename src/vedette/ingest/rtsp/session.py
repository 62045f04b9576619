"""The conversation with a camera, from the first OPTIONS to PLAY, and its keeping alive."""

import re
import ssl
from dataclasses import dataclass, field

import structlog

from vedette.base.errors import SourceLost, SourceProtocol, SourceRefused, SourceUnsupported
from vedette.ingest.ports import SourceRequest
from vedette.ingest.rtsp import address as addresses
from vedette.ingest.rtsp import sdp
from vedette.ingest.rtsp.address import Address
from vedette.ingest.rtsp.auth import Authenticator
from vedette.ingest.rtsp.connection import Connection
from vedette.ingest.rtsp.sdp import SessionDescription
from vedette.ingest.rtsp.wire import Message

_log = structlog.get_logger(__name__)
_MAX_REDIRECTS = 5
_MAX_CHALLENGES = 3
_SESSION_TIMEOUT_S = 60.0
_MIN_SESSION_TIMEOUT_S = 5.0
_MAX_SESSION_TIMEOUT_S = 3600.0
_MAX_SESSION_CHARS = 512
_TEARDOWN_S = 1.0
_REDIRECTS = frozenset({301, 302, 303, 305, 307, 308})
_UNSUPPORTED_TRANSPORT = 461
_REASONS = {
    403: "the camera forbids this stream to this user; check the rights of the account",
    404: "the camera knows no stream of this path; check the address",
    453: "the camera has too many connections or too little bandwidth; close others",
    454: "the camera forgot the session",
    503: "the camera is too busy to answer; it may have reached its number of connections",
}


class TransportRefused(SourceLost):
    """The camera does not do the transport that was asked for."""


@dataclass(slots=True)
class Session:
    """A conversation over one connection; redirects open another.

    Attributes:
        request: What to open.
        address: Where we ended up.
        connection: See Connection.
        methods: What the camera says that it can do, upper case; empty when it does not say.
        id: Of the session, empty before the first SETUP.
        timeout_s: After which the camera forgets a silent session.
        base: What controls are relative to.
    """

    request: SourceRequest
    address: Address
    connection: Connection
    methods: frozenset[str] = frozenset()
    id: str = ""
    timeout_s: float = _SESSION_TIMEOUT_S
    base: str = ""
    aggregate: str = ""
    _authenticator: Authenticator | None = field(default=None, repr=False)
    _trusted: bool = True

    @classmethod
    async def open(cls, request: SourceRequest) -> "Session":
        """Connect.

        Raises:
            SourceLost: As Connection.open.
            SourceUnsupported: The address is none of ours.
        """
        address = addresses.parse_address(request.source.address)
        connection = await _connect(request, address)
        session = cls(request, address, connection)
        if request.credentials is not None:
            session._authenticator = Authenticator(request.credentials)
        return session

    async def describe(self) -> SessionDescription:
        """OPTIONS and DESCRIBE, along redirects.

        Raises:
            SourceRefused, SourceUnsupported, SourceProtocol, SourceLost: See MediaSource.describe.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            options = await self._exchange("OPTIONS", self.address.url, {})
            if options.status < 300:
                words = re.split(r"[\s,]+", ",".join(options.headers.get("public", [])))
                self.methods = frozenset(word.upper() for word in words if word)
            answer = await self._exchange(
                "DESCRIBE", self.address.url, {"Accept": "application/sdp"}
            )
            if answer.status not in _REDIRECTS:
                break
            await self._redirect(answer.get("location"))
        else:
            raise SourceProtocol(f"the camera redirects more than {_MAX_REDIRECTS} times")
        _raise_for(answer, "DESCRIBE")
        base = answer.get("content-base") or answer.get("content-location") or self.address.url
        self.base = addresses.resolve(self.address.url, base) if base else self.address.url
        description = sdp.parse_sdp(answer.body)
        self.aggregate = addresses.resolve(self.base, description.control)
        return description

    async def _redirect(self, location: str) -> None:
        target, trusted = addresses.redirected(self.address, location)
        await self.connection.close()
        self._trusted = self._trusted and trusted
        if not self._trusted:
            self._authenticator = None
        elif self._authenticator is not None:
            self._authenticator = Authenticator(self._authenticator.credentials)
        self.address = target
        self.connection = await _connect(self.request, target)

    async def setup(self, control: str, transport: str) -> Message:
        """SETUP of one track.

        Raises:
            TransportRefused: Another transport may do.
            SourceLost: And its children, as in ``describe``.
        """
        headers = {"Transport": transport}
        if self.id:
            headers["Session"] = self.id
        target = addresses.resolve(self.aggregate, control)
        if not control.strip() or control.strip() == "*":
            target = self.base
        answer = await self._exchange("SETUP", target, headers)
        if answer.status == _UNSUPPORTED_TRANSPORT:
            raise TransportRefused("the camera does not send over this transport; choose another")
        _raise_for(answer, "SETUP")
        self._note_session(answer.get("session"))
        return answer

    def _note_session(self, header: str) -> None:
        name, _, rest = header.partition(";")
        if len(name) > _MAX_SESSION_CHARS:
            raise SourceProtocol("the camera gives its session an endless name")
        self.id = name.strip() or self.id
        found = re.search(r"timeout\s*=\s*(\d{1,6})", rest, re.IGNORECASE)
        if found:
            stated = float(found.group(1))
            self.timeout_s = min(max(stated, _MIN_SESSION_TIMEOUT_S), _MAX_SESSION_TIMEOUT_S)

    async def play(self) -> None:
        """PLAY from now on.

        Raises:
            SourceLost: And its children, as in ``describe``.
        """
        answer = await self._exchange(
            "PLAY", self.aggregate, {**self._session_header(), "Range": "npt=0.000-"}
        )
        _raise_for(answer, "PLAY")

    def keep_alive(self) -> None:
        """Tell the camera that we are still here.

        Some cameras never answer that while they play; whether one is gone is told by its media.
        """
        method = "GET_PARAMETER" if "GET_PARAMETER" in self.methods else "OPTIONS"
        self._post(method)

    def _post(self, method: str) -> None:
        headers = {**self._session_header(), **self._common(method, self.aggregate)}
        self.connection.post(method, self.aggregate, headers, self._kept_alive)

    def _kept_alive(self, answer: Message) -> None:
        if answer.status == 401:
            challenges = answer.headers.get("www-authenticate", [])
            if self._authenticator is not None and self._authenticator.take(challenges):
                self._post("GET_PARAMETER" if "GET_PARAMETER" in self.methods else "OPTIONS")
        elif answer.status == 454:
            self.connection.fail(SourceLost(_REASONS[454]))
        elif answer.status in {405, 451, 501, 551}:
            self.methods -= {"GET_PARAMETER"}

    async def close(self) -> None:
        """TEARDOWN when there is a session, and close; takes at most about two seconds."""
        if self.id and not self.connection.failed.done():
            try:
                headers = {
                    **self._session_header(),
                    **self._common("TEARDOWN", self.aggregate),
                }
                await self.connection.request(
                    "TEARDOWN", self.aggregate, headers, timeout_s=_TEARDOWN_S
                )
            except SourceLost:
                _log.debug("rtsp.teardown_unanswered", camera=self.request.name)
        await self.connection.close()

    def _session_header(self) -> dict[str, str]:
        return {"Session": self.id} if self.id else {}

    def _common(self, method: str, target: str) -> dict[str, str]:
        headers = {"User-Agent": "Vedette"}
        if self._authenticator is not None:
            authorization = self._authenticator.header(method, target)
            if authorization:
                headers["Authorization"] = authorization
        return headers

    async def _exchange(self, method: str, target: str, headers: dict[str, str]) -> Message:
        """One request with its answer, signing in when asked to.

        Raises:
            SourceRefused: The credentials are wrong, or missing.
            SourceLost: No answer.
        """
        for _ in range(_MAX_CHALLENGES):
            answer = await self.connection.request(
                method,
                target,
                {**headers, **self._common(method, target)},
                timeout_s=self.request.connect_timeout_s,
            )
            if answer.status != 401:
                if self._authenticator is not None and answer.status < 400:
                    self._authenticator.proven = True
                return answer
            self._challenged(answer)
        raise SourceRefused("the camera asks for the credentials again and again")

    def _challenged(self, answer: Message) -> None:
        if self._authenticator is None:
            if not self._trusted:
                raise SourceRefused(
                    f"the camera redirected to {self.address.host}, which asks for credentials;"
                    " they are not passed on, so enter that address itself"
                )
            raise SourceRefused("the camera asks for a user name and password; enter them")
        challenges = answer.headers.get("www-authenticate", [])
        if not self._authenticator.take(challenges):
            raise SourceRefused("the camera refused the user name or password")


async def _connect(request: SourceRequest, address: Address) -> Connection:
    tls = _tls(verify=request.verify_tls) if address.secure else None
    return await Connection.open(address, timeout_s=request.connect_timeout_s, tls=tls)


def _tls(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _raise_for(answer: Message, method: str) -> None:
    status = answer.status
    if status < 300:
        return
    reason = _REASONS.get(status)
    if status == 403:
        raise SourceRefused(reason or "")
    if reason is None and status in {415, 451, 459, 460, 505, 551}:
        raise SourceUnsupported(f"the camera refuses {method} with status {status}")
    text = re.sub(r"[^\x20-\x7e]", "?", answer.target[:80])
    raise SourceLost(reason or f"the camera answers {method} with {status} {text}".rstrip())
