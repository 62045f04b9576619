"""Basic and Digest authentication (RFC 7616, RFC 7617, RFC 2069 for servers without ``qop``)."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from vedette.base.errors import SourceUnsupported
from vedette.model.camera import Credentials

_SCHEME = re.compile(r"(?:^|,)\s*(Basic|Digest)\b", re.IGNORECASE)
_PARAMETER = re.compile(r'([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_DIGESTS = {"MD5": "md5", "SHA-256": "sha256"}
_STRENGTH = {"SHA-256": 3, "MD5": 2, "": 1}
_MAX_CHALLENGE_CHARS = 8192


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for.

    Attributes:
        algorithm: ``SHA-256`` or ``MD5`` for Digest, empty for Basic.
        realm: As the server says it.
        nonce: Empty for Basic.
        opaque: To be repeated, or None.
        auth: Whether ``qop=auth`` is offered.
        stale: Whether only the nonce was too old.
    """

    algorithm: str
    realm: str
    nonce: str = ""
    opaque: str | None = None
    auth: bool = False
    stale: bool = False


def parse_challenges(headers: list[str]) -> list[Challenge]:
    """Every challenge that we can meet, from all ``WWW-Authenticate`` headers."""
    found: list[Challenge] = []
    for header in headers:
        text = header[:_MAX_CHALLENGE_CHARS]
        starts = list(_SCHEME.finditer(text))
        for index, match in enumerate(starts):
            end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
            challenge = _challenge(match.group(1).lower(), text[match.end() : end])
            if challenge is not None:
                found.append(challenge)
    return found


def _challenge(scheme: str, text: str) -> Challenge | None:
    fields = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare
        for name, quoted, bare in _PARAMETER.findall(text)
    }
    realm = fields.get("realm", "")
    if scheme == "basic":
        return Challenge("", realm)
    algorithm = fields.get("algorithm", "MD5").upper()
    if algorithm not in _DIGESTS or not fields.get("nonce"):
        return None
    offered = {word.strip().lower() for word in fields.get("qop", "").split(",")}
    if fields.get("qop") and "auth" not in offered:
        return None
    return Challenge(
        algorithm=algorithm,
        realm=realm,
        nonce=fields["nonce"],
        opaque=fields.get("opaque"),
        auth="auth" in offered,
        stale=fields.get("stale", "").lower() == "true",
    )


def strongest(challenges: list[Challenge]) -> Challenge:
    """SHA-256 before MD5 before Basic, so that Basic is used only where nothing else is offered.

    Raises:
        SourceUnsupported: Nothing that we know is offered.
    """
    if not challenges:
        raise SourceUnsupported(
            "the camera asks for a kind of sign-in that is neither Basic nor Digest with MD5 or"
            " SHA-256; allow one of these in the camera's settings"
        )
    return max(challenges, key=lambda challenge: _STRENGTH[challenge.algorithm])


@dataclass(slots=True)
class Authenticator:
    """Answers the challenges of one server with one person's credentials.

    Attributes:
        credentials: Whose.
        proven: Whether the server has accepted them before.
    """

    credentials: Credentials = field(repr=False)
    proven: bool = False
    _challenge: Challenge | None = None
    _count: int = 0

    def take(self, headers: list[str]) -> bool:
        """Note a challenge.

        Returns:
            Whether to try (again): not when the same credentials were just refused, so that a
            wrong password costs one attempt per connection and locks nobody out.

        Raises:
            SourceUnsupported: No known kind of sign-in is offered.
        """
        previous = self._challenge
        challenge = strongest(parse_challenges(headers))
        self._challenge, self._count = challenge, 0
        if previous is None:
            return True
        if not challenge.nonce:
            return False
        return challenge.stale or (self.proven and challenge.nonce != previous.nonce)

    def header(self, method: str, target: str) -> str:
        """Value of ``Authorization`` for a request, empty while there was no challenge."""
        challenge = self._challenge
        if challenge is None:
            return ""
        name, password = self.credentials.username, self.credentials.password
        if not challenge.algorithm:
            return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        self._count += 1
        return digest(
            challenge,
            self.credentials,
            method=method,
            target=target,
            count=self._count,
            client_nonce=secrets.token_hex(8),
        )


def digest(
    challenge: Challenge,
    credentials: Credentials,
    *,
    method: str,
    target: str,
    count: int,
    client_nonce: str,
) -> str:
    """Value of ``Authorization`` for a Digest challenge (RFC 7616, section 3.4).

    Args:
        challenge: With an algorithm.
        credentials: Whose.
        method: Of the request.
        target: Exactly as in the request line.
        count: How often the nonce was used, from 1.
        client_nonce: Fresh and random.
    """

    def hashed(text: str) -> str:
        return hashlib.new(
            _DIGESTS[challenge.algorithm], text.encode(), usedforsecurity=False
        ).hexdigest()

    name = credentials.username
    secret = hashed(f"{name}:{challenge.realm}:{credentials.password}")
    action = hashed(f"{method}:{target}")
    fields = [
        ("username", name),
        ("realm", challenge.realm),
        ("nonce", challenge.nonce),
        ("uri", target),
    ]
    tail = ""
    if challenge.auth:
        number = f"{count:08x}"
        response = hashed(f"{secret}:{challenge.nonce}:{number}:{client_nonce}:auth:{action}")
        tail = f', qop=auth, nc={number}, cnonce="{client_nonce}"'
    else:
        response = hashed(f"{secret}:{challenge.nonce}:{action}")
    fields.append(("response", response))
    if challenge.opaque is not None:
        fields.append(("opaque", challenge.opaque))
    quoted = ", ".join(f'{key}="{_quote(value)}"' for key, value in fields)
    # MD5 is what a server means that names none, and some choke on hearing it.
    named = "" if challenge.algorithm == "MD5" else f", algorithm={challenge.algorithm}"
    return f"Digest {quoted}{named}{tail}"


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
