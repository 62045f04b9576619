"""For which address passkeys are made; pure.

A passkey belongs to a *relying party id*, the host name under which people reach us (Web
Authentication, 5.1.2 and 13.4.9); a browser offers it to nobody else, which is what makes passkeys
safe from look-alike sites. A network address is no such name, and only ``localhost`` does without
https.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from vedette.base.errors import Refused

_HELP = "passkeys need https and a name: open Vedette under the address set as server.public_url"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to a browser.

    Attributes:
        id: Host name.
        origins: From where answers are taken, such as ``https://video.example.org``.
    """

    id: str
    origins: tuple[str, ...]


def relying_party(public_origins: tuple[str, ...], origin: str) -> RelyingParty:
    """Who we are.

    Args:
        public_origins: As configured; the first one counts.
        origin: The browser's ``Origin``, which counts while nothing is configured, and then for
            ``localhost`` only.

    Raises:
        Refused: No passkey can be made or used under this address.
    """
    ours = public_origins[0] if public_origins else origin
    parts = urlsplit(ours.lower())
    host = parts.hostname or ""
    if public_origins:
        usable = parts.scheme == "https" or host == "localhost"
    else:
        usable = parts.scheme in {"http", "https"} and host == "localhost"
    if not usable or _is_address(host):
        raise Refused(_HELP)
    return RelyingParty(host, (f"{parts.scheme}://{parts.netloc}",))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
