"""What a simulated server offers, and to whom."""

from dataclasses import dataclass, field

from vedette.model.camera import Credentials
from vedette.testing.camera.auth import AuthScheme
from vedette.testing.camera.faults import Faults
from vedette.testing.camera.feed import Feed
from vedette.testing.camera.session import ClientAccount


@dataclass(slots=True)
class Mount:
    """One stream of the server.

    Attributes:
        feed: Gives its frames.
        faults: May be changed at any time; shared by the streams of a camera.
        clients: Everyone who ever played it, in order.
    """

    feed: Feed
    faults: Faults
    clients: list[ClientAccount] = field(default_factory=list[ClientAccount])


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server behaves for every client.

    Attributes:
        credentials: Asked for; None lets everyone in.
        auth: What is offered when credentials are asked for.
        qop: Whether Digest offers ``qop="auth"``.
        stale_after: Digest nonces go stale after that many requests; 0 never.
        session_timeout_s: Clients must be heard from within it.
        udp: Whether RTP over UDP is allowed.
        tcp: Whether RTP over TCP is allowed.
        speed: 1 plays in real time; infinity as fast as the clients read.
        seed: Makes identifiers and losses repeatable.
    """

    credentials: Credentials | None = None
    auth: AuthScheme = AuthScheme.DIGEST_MD5
    qop: bool = False
    stale_after: int = 0
    session_timeout_s: float = 60.0
    udp: bool = True
    tcp: bool = True
    speed: float = 1.0
    seed: str = "vedette"
