"""Deciding about addresses, roles and words; pure."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from vedette.base.errors import BadRequest
from vedette.base.units import US_PER_S
from vedette.model.camera import Credentials, StreamRole
from vedette.model.probe import Profile

DEVICE_PATH = "/onvif/device_service"
USUAL_PORTS = (80, 8000, 8080, 2020, 8899)
"""Where makers put the device service: most of them, Reolink, many, TP-Link, Xiongmai."""

_CLOCK_TOLERANCE_US = 5 * US_PER_S
_SUB_PIXELS = 640 * 360
_SCHEMES = ("rtsp", "rtsps", "rtspu", "http", "https", "rtmp", "rtmps", "srt", "udp", "tcp", "file")
_VIDEO_CODECS = ("h264", "hevc", "mjpeg")


@dataclass(frozen=True, slots=True)
class Target:
    """What a person meant by an address.

    Attributes:
        host: Name or IP address, an IPv6 address without brackets.
        services: Device service URLs to try, the likeliest first.
        stream: Stream URL without credentials, when the address was one.
        credentials: What was written into the address.
    """

    host: str
    services: tuple[str, ...]
    stream: str | None = None
    credentials: Credentials | None = None


def _netloc(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def split_credentials(address: str) -> tuple[str, Credentials | None]:
    """Take the credentials out of a URL, whatever characters they are made of.

    A password may hold ``@``, ``/`` or ``#`` unescaped, as makers' manuals print it: the last
    ``@`` before the path's own query counts as long as something that looks like a host follows.

    Returns:
        The URL without credentials, and they, percent-decoded; None when there were none.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address, None
    # Without an unescaped slash in the password the authority ends at the first slash.
    authority, slash, tail = rest.partition("/")
    if "@" not in authority:
        before, at, after = rest.rpartition("@")
        if not at or ":" not in authority or not _port_is_nonsense(authority):
            return address, None
        authority, slash, tail = (before + "@" + after.partition("/")[0], *after.partition("/")[1:])
    userinfo, _, host = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    credentials = Credentials(unquote(username), unquote(password))
    return f"{scheme}://{host}{slash}{tail}", credentials if username else None


def _port_is_nonsense(authority: str) -> bool:
    """Whether what follows the last colon cannot be a port, so that it is half a password."""
    if authority.startswith("[") and authority.endswith("]"):
        return False
    return not authority.rpartition(":")[2].isdigit()


def read_address(address: str) -> Target:
    """Understand ``host``, ``host:port``, an ONVIF device URL or a stream URL.

    Raises:
        BadRequest: It is none of these.
    """
    text = address.strip()
    if not text or any(character.isspace() or ord(character) < 32 for character in text):
        raise BadRequest("the address is empty or has blanks; write 192.0.2.7 or rtsp://192.0.2.7/")
    separator = "://" in text
    if not separator:
        text = f"host://{_netloc(text, None) if _is_ipv6(text) else text}"
    text, credentials = split_credentials(text)
    scheme = text.partition("://")[0].lower()
    if separator and scheme not in _SCHEMES:
        raise BadRequest(f"{scheme}:// is not understood; write rtsp://, http:// or only the host")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadRequest("the address has a broken host or port") from None
    if not host and scheme != "file":
        raise BadRequest("the address names no host; write 192.0.2.7 or rtsp://192.0.2.7/")
    if not separator:
        return Target(host, _services(host, port, parts.path), None, credentials)
    if scheme in ("http", "https") and _looks_like_onvif(parts):
        path = parts.path if parts.path not in ("", "/") else DEVICE_PATH
        service = urlunsplit((scheme, _netloc(host, port), path, parts.query, ""))
        return Target(host, (service,), None, credentials)
    services = () if scheme == "file" else _services(host, None, "")
    return Target(host, services, text, credentials)


def _is_ipv6(text: str) -> bool:
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv6Address)
    except ValueError:
        return False


def _looks_like_onvif(parts: SplitResult) -> bool:
    return (
        parts.path in ("", "/") or "onvif" in parts.path.lower() or "device" in parts.path.lower()
    )


def _services(host: str, port: int | None, path: str) -> tuple[str, ...]:
    ports = USUAL_PORTS if port is None else (port,)
    path = path if path not in ("", "/") else DEVICE_PATH
    urls = tuple(
        f"http://{_netloc(host, None if one == 80 else one)}{path}" for one in ports if one != 443
    )
    return (*urls, f"https://{_netloc(host, port)}{path}") if port in (443, 8443) else urls


def corrected(address: str, asked_host: str, asked_port: int | None = None) -> tuple[str, bool]:
    """An address that a camera reports, made to lead to where the camera was asked.

    Behind NAT a camera reports its inner address; a hostile one reports somebody else's, who
    would be sent our credentials. So the host is always the one that the person named.

    Args:
        address: URL without credentials.
        asked_host: Host under which the camera answered.
        asked_port: Port for services that live on the asked port; None keeps the reported one.

    Returns:
        The address, and whether it had to be changed.
    """
    parts = urlsplit(address)
    if (parts.hostname or "").lower() == asked_host.lower():
        return address, False
    port = parts.port if asked_port is None else asked_port
    return urlunsplit(parts._replace(netloc=_netloc(asked_host, port))), True


def with_roles(profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    """Suggest which stream to record and which to show small.

    Main is the one with the most pixels; among equals H.264 before H.265 (browsers play it) before
    JPEG. Sub is a smaller one whose pixels come closest to 640 x 360, H.264 before others. A
    stream whose size is unknown counts in the order in which the camera lists it.
    """
    usable = [one for one in profiles if one.codec in ("", *_VIDEO_CODECS) and one.address]
    if not usable:
        return tuple(profiles)
    order = {"h264": 0, "": 1, "hevc": 2, "mjpeg": 3}

    def pixels(one: Profile) -> int:
        return one.width * one.height

    main = min(usable, key=lambda one: (-pixels(one), order[one.codec], profiles.index(one)))
    rest = [one for one in usable if one.address != main.address and pixels(one) <= pixels(main)]
    sub = min(
        rest,
        key=lambda one: (
            order[one.codec] > 1,
            abs(pixels(one) - _SUB_PIXELS) if pixels(one) else 0,
            profiles.index(one),
        ),
        default=None,
    )
    roles = {id(main): StreamRole.MAIN} | ({id(sub): StreamRole.SUB} if sub is not None else {})
    return tuple(replace(one, role=roles.get(id(one))) for one in profiles)


def clock_words(offset_us: int) -> str | None:
    """A sentence about a camera clock that is wrong by more than 5 s, else None."""
    distance_us = abs(offset_us)
    if distance_us <= _CLOCK_TOLERANCE_US:
        return None
    seconds = distance_us // US_PER_S
    for size, unit in (
        (365 * 86400, "year"),
        (86400, "day"),
        (3600, "hour"),
        (60, "minute"),
        (1, "second"),
    ):
        if seconds >= size:
            count = round(seconds / size)
            amount = f"{count} {unit}" + ("" if count == 1 else "s")
            break
    else:
        amount = "a few seconds"
    side = "behind" if offset_us < 0 else "ahead"
    return f"the camera's clock is {amount} {side}; set its time server (NTP)"
