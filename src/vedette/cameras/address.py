"""Taking credentials out of an address, so that the password never reaches the address; pure."""

from ipaddress import ip_address
from urllib.parse import unquote, urlsplit, urlunsplit

from vedette.base.errors import BadRequest
from vedette.model.camera import Credentials, StreamSource, Transport

_SCHEMES = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "srt", "http", "https", "udp", "rtp"})
"""What a person may point Vedette at; ``file:`` would let them read the server's files."""
_OWN_CLIENT = frozenset({"rtsp", "rtsps"})


def split_address(address: str) -> tuple[str, Credentials | None]:
    """Separate ``rtsp://user:password@host/path`` into the address and what opens it.

    Many cameras' passwords hold an unescaped ``@``, ``/``, ``?`` or ``#``, so everything up to the
    last ``@`` counts as credentials when it can be nothing else; an address that can be read in two
    ways is refused, lest part of a password be stored as its path. Escaped characters are
    unescaped.

    Args:
        address: As typed.

    Returns:
        The address without credentials, and the credentials if it held any.

    Raises:
        BadRequest: The address has no scheme or host, or is ambiguous; the message does not repeat
            it.
    """
    address = address.strip()
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in address):
        raise BadRequest("the address holds a control character; type it again")
    scheme, mark, rest = address.partition("://")
    if not mark or not scheme:
        raise BadRequest("the address has no scheme; write it like rtsp://192.0.2.7/stream")
    credentials = None
    cut = _credentials_end(rest)
    if cut >= 0:
        username, _, password = rest[:cut].partition(":")
        rest = rest[cut + 1 :]
        if username or password:
            credentials = Credentials(unquote(username), unquote(password))
    try:
        parts = urlsplit(f"{scheme.lower()}://{rest}")
        _ = parts.port
    except ValueError:
        raise BadRequest("the address has a malformed host or port; check it") from None
    if not parts.hostname and parts.scheme != "file":
        raise BadRequest("the address names no host; write it like rtsp://192.0.2.7/stream")
    return urlunsplit(parts), credentials


def _credentials_end(rest: str) -> int:
    """Index of the ``@`` that ends the credentials, or -1.

    Before the first ``/``, ``?`` or ``#`` stands the authority, and its last ``@`` ends them.
    A password may hold such a character itself, though: when something other than a port follows
    the authority's colon, the last ``@`` of the whole text ends it; and behind an IP address, which
    is nobody's name, an ``@`` belongs to the path.

    Raises:
        BadRequest: An ``@`` may end a password or belong to the path, and nothing tells which.
    """
    stops = [index for index in (rest.find(each) for each in "/?#") if index >= 0]
    authority = rest[: min(stops)] if stops else rest
    inside, last = authority.rfind("@"), rest.rfind("@")
    if last == inside or not authority:
        return inside
    host, colon, port = _host_and_port(authority)
    is_port = port.isascii() and port.isdecimal()
    if inside < 0:
        if _is_ip(host) and (is_port or not colon):
            return -1
        if colon and not is_port:
            return last
        if ":" not in rest[:last]:
            return -1  # whatever it is, it holds no password
    raise BadRequest(
        "the address has an @ after its first / or ?, so it is unclear where a password ends; give "
        "user name and password apart from the address, and write @ as %40 and / as %2F inside it"
    )


def _host_and_port(text: str) -> tuple[str, str, str]:
    """What stands before and after the colon of the port; brackets belong to the host."""
    if text.startswith("["):
        host, bracket, after = text.partition("]")
        return host + bracket, after[:1], after[1:]
    return text.partition(":")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        return False
    return True


def source_at(address: str, driver: str | None, transport: Transport) -> StreamSource:
    """Where a stream comes from, with the driver that its scheme asks for when none is named.

    Raises:
        BadRequest: Nobody may point Vedette at addresses of that scheme.
    """
    scheme = address.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        known = ", ".join(sorted(_SCHEMES))
        raise BadRequest(f"the address must begin with one of {known}, such as rtsp://HOST/PATH")
    return StreamSource(
        address, driver or ("rtsp" if scheme in _OWN_CLIENT else "libav"), transport
    )
