"""How a simulated camera checks who asks: Basic (RFC 7617) and Digest (RFC 7616)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from vedette.model.camera import Credentials


class AuthScheme(StrEnum):
    """What the camera offers."""

    BASIC = "basic"
    DIGEST_MD5 = "digest_md5"
    DIGEST_SHA256 = "digest_sha256"
    DIGEST_BOTH = "digest_both"  # SHA-256 first, as RFC 7616 asks


_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data).hexdigest(),  # noqa: S324  cameras know nothing else
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(slots=True)
class Doorkeeper:
    """Challenges and checks the requests of one connection.

    Attributes:
        credentials: What is accepted.
        scheme: What is offered.
        nonce: Of this connection.
        qop: Whether ``qop="auth"`` is offered, which most cameras do not.
        stale_after: A nonce is declared stale after that many requests; 0 never.
    """

    credentials: Credentials
    scheme: AuthScheme
    nonce: str
    qop: bool = False
    stale_after: int = 0
    _uses: int = field(init=False, default=0)

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Values of ``WWW-Authenticate``, one header each."""
        if self.scheme is AuthScheme.BASIC:
            return ['Basic realm="Vedette"']
        algorithms = {
            AuthScheme.DIGEST_MD5: [""],
            AuthScheme.DIGEST_SHA256: ["SHA-256"],
        }.get(self.scheme, ["SHA-256", "MD5"])
        tail = (', qop="auth"' if self.qop else "") + (", stale=true" if stale else "")
        return [
            f'Digest realm="Vedette", nonce="{self.nonce}"{tail}'
            + (f", algorithm={name}" if name else "")
            for name in algorithms
        ]

    def check(self, method: str, header: str) -> list[str] | None:
        """None when the request may pass, else the challenges to answer with."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "basic" and self.scheme is AuthScheme.BASIC:
            return None if self._basic(rest) else self.challenges()
        if scheme.lower() == "digest" and self.scheme is not AuthScheme.BASIC:
            if not self._digest(method, rest):
                return self.challenges()
            self._uses += 1
            if self.stale_after and self._uses > self.stale_after:
                self._uses = 0
                self.nonce = hashlib.sha256(self.nonce.encode()).hexdigest()[:32]
                return self.challenges(stale=True)
            return None
        return self.challenges()

    def _basic(self, text: str) -> bool:
        try:
            given = base64.b64decode(text, validate=True)
        except binascii.Error:
            return False
        wanted = f"{self.credentials.username}:{self.credentials.password}".encode()
        return hmac.compare_digest(given, wanted)

    def _digest(self, method: str, text: str) -> bool:
        given = {name.lower(): a or b for name, a, b in _PARAMETER.findall(text)}
        algorithm = given.get("algorithm", "MD5")
        digest = _HASHES.get(algorithm)
        offered = {
            AuthScheme.DIGEST_MD5: {"MD5"},
            AuthScheme.DIGEST_SHA256: {"SHA-256"},
        }.get(self.scheme, {"MD5", "SHA-256"})
        if digest is None or algorithm not in offered or given.get("nonce") != self.nonce:
            return False
        user = self.credentials
        first = digest(f"{user.username}:Vedette:{user.password}".encode())
        second = digest(f"{method}:{given.get('uri', '')}".encode())
        middle = self.nonce
        if self.qop:
            middle += f":{given.get('nc', '')}:{given.get('cnonce', '')}:{given.get('qop', '')}"
        wanted = digest(f"{first}:{middle}:{second}".encode())
        return given.get("username") == user.username and hmac.compare_digest(
            wanted, given.get("response", "")
        )
