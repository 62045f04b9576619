"""Taking credentials out of an address, so that the password never reaches the address; pure."""

from urllib.parse import unquote, urlsplit, urlunsplit

from vedette.base.errors import BadRequest
from vedette.model.camera import Credentials


def split_address(address: str) -> tuple[str, Credentials | None]:
    """Separate ``rtsp://user:password@host/path`` into the address and what opens it.

    Many cameras' passwords hold an unescaped ``@``, ``/``, ``?`` or ``#``, so everything up to the
    last ``@`` that is followed by a host counts as credentials when it looks like that; escaped
    characters are unescaped.

    Args:
        address: As typed.

    Returns:
        The address without credentials, and the credentials if it held any.

    Raises:
        BadRequest: The address has no scheme or host; the message does not repeat it.
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

    Inside the authority it is the last ``@``. If there is none but what stands before the first
    ``/``, ``?`` or ``#`` has a colon that no port number follows, the password itself holds such
    a character, and the last ``@`` of the whole text ends it.
    """
    stops = [index for index in (rest.find(each) for each in "/?#") if index >= 0]
    authority = rest[: min(stops)] if stops else rest
    inside = authority.rfind("@")
    if inside >= 0:
        return inside
    host, colon, port = authority.rpartition(":")
    if colon and host and not authority.endswith("]") and not port.isdecimal():
        return rest.rfind("@")
    return -1
