"""What libavformat is given to open, and what it may open from there; pure."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from vedette.base.errors import SourceUnsupported
from vedette.model.camera import Credentials

_NETWORK = "tcp,udp,rtp,srtp,tls,http,https,httpproxy,crypto,rtmp,rtmps,rtmpt,srt,rtsp,rtsps"
_SCHEMES = frozenset(
    {"rtsp", "rtsps", "http", "https", "rtmp", "rtmps", "srt", "udp", "rtp", "tcp", "file"}
)


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open a source.

    Attributes:
        url: With credentials, so it is in no ``repr`` and must be in no message.
        options: Of libavformat.
        is_file: Whether it must be paced, because it is read faster than it plays.
        loop: Whether a file begins again at its end.
    """

    url: str = field(repr=False)
    options: dict[str, str]
    is_file: bool = False
    loop: bool = False


def opening(address: str, credentials: Credentials | None, timeout_s: float) -> Opening:
    """Plan how to open an address.

    A file is named by its path or by ``file:///path``; ``file:///path?loop=1`` plays it for ever.

    Args:
        address: URL without credentials.
        credentials: Or None.
        timeout_s: Of the socket.

    Raises:
        SourceUnsupported: The scheme is none that we let libavformat open. What it could open
            besides (``concat:``, ``subfile:``, ``pipe:`` and more) reaches other files.
    """
    scheme, separator, _ = address.partition("://")
    scheme = scheme.lower()
    if not separator:
        return _file(address, loop=False)
    if scheme not in _SCHEMES:
        raise SourceUnsupported(f"{scheme}:// addresses cannot be played; use rtsp:// or http://")
    try:
        parts = urlsplit(address)
    except ValueError:
        raise SourceUnsupported("the stream address is broken") from None
    if scheme == "file":
        return _file(unquote(parts.path), loop=("loop", "1") in parse_qsl(parts.query))
    if credentials is not None:
        userinfo = f"{quote(credentials.username, safe='')}:{quote(credentials.password, safe='')}"
        parts = parts._replace(netloc=f"{userinfo}@{parts.netloc.rpartition('@')[2]}")
    # No "file" here: a playlist from the network must not reach our disk.
    options = {"protocol_whitelist": _NETWORK, "fflags": "nobuffer", "fpsprobesize": "0"}
    # Enough to see the audio; with parameter sets in the description it returns at once.
    options["analyzeduration"] = "1000000"
    if scheme in {"rtsp", "rtsps"}:
        options["rtsp_transport"] = "tcp"
        options["timeout"] = str(int(timeout_s * 1_000_000))
    elif scheme in {"http", "https", "tcp", "rtmp", "rtmps"}:
        options["rw_timeout"] = str(int(timeout_s * 1_000_000))
    return Opening(urlunsplit(parts), options)


def _file(path: str, *, loop: bool) -> Opening:
    # The prefix keeps a path such as "concat:a|b" a path.
    return Opening(f"file:{path}", {"protocol_whitelist": "file"}, is_file=True, loop=loop)
