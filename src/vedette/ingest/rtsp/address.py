"""Addresses of cameras and of their tracks; pure.

Joining follows what cameras expect rather than RFC 3986: a relative control is appended to the
base with one slash, query or not, as every client in the field does it.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from vedette.base.errors import SourceLost, SourceUnsupported

RTSP_PORT = 554
RTSPS_PORT = 322
MAX_ADDRESS_CHARS = 4096


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect and what to ask for.

    Attributes:
        url: Without credentials.
        host: Name or address, without brackets.
        port: 1 to 65535.
        secure: Whether TLS is spoken.
    """

    url: str
    host: str
    port: int
    secure: bool


def parse_address(url: str) -> Address:
    """Take an ``rtsp`` or ``rtsps`` URL apart; credentials in it are dropped.

    Raises:
        SourceUnsupported: It is no such URL.
    """
    if len(url) > MAX_ADDRESS_CHARS or any(ord(char) < 0x20 for char in url):
        raise SourceUnsupported("the address is too long or holds control characters")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceUnsupported("the address is no URL; write rtsp://host/path") from error
    scheme = parts.scheme.lower()
    if scheme not in {"rtsp", "rtsps"} or not host:
        raise SourceUnsupported("the address must look like rtsp://host/path or rtsps://host/path")
    secure = scheme == "rtsps"
    return Address(
        url=_without_credentials(parts).replace(" ", "%20"),
        host=host,
        port=port or (RTSPS_PORT if secure else RTSP_PORT),
        secure=secure,
    )


def _without_credentials(parts: SplitResult) -> str:
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme.lower(), place, parts.path or "/", parts.query, ""))


def resolve(base: str, control: str) -> str:
    """The URL of a track or session from its ``a=control``.

    Args:
        base: Of the session.
        control: Empty or ``*`` for the base itself, absolute, or relative.
    """
    control = control.strip()
    if control in {"", "*"}:
        return base
    if control.lower().startswith(("rtsp://", "rtsps://")):
        return parse_address(control).url
    return f"{base.removesuffix('/')}/{control.lstrip('/')}"


def redirected(current: Address, location: str) -> tuple[Address, bool]:
    """Where a redirect leads, and whether the credentials may go along.

    Credentials stay with the host that they were entered for, and never leave TLS.

    Raises:
        SourceLost: The redirect names no place.
    """
    location = location.strip()
    if not location:
        raise SourceLost("the camera redirects to nowhere; enter its new address")
    if location.startswith("/"):
        parts = urlsplit(current.url)
        location = f"{parts.scheme}://{parts.netloc}{location}"
    target = parse_address(location)
    same_host = target.host.lower() == current.host.lower()
    return target, same_host and (target.secure or not current.secure)
