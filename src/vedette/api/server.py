"""Serve the application with uvicorn as we measured it to be cheapest."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from vedette.base.errors import ConfigError

_log = structlog.get_logger(__name__)

GRACE_S = 2
"""Longest that a request may take to end once the server is asked to stop."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen.

    Attributes:
        port: 0 picks a free one.
        tls_certificate: PEM file with the chain; None serves without TLS.
        tls_key: PEM file.
        trusted_proxies: Addresses whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` count.
        congestion: How TCP answers loss, as Linux names it; empty leaves it to the system.
    """

    host: str = "127.0.0.1"
    port: int = 8480
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    congestion: str = ""


def bind(listen: Listen) -> socket.socket:
    """Take the port.

    Raises:
        ConfigError: It is taken, or not allowed.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(f"{listen.host} is no address to listen on: {error}") from None
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        raise ConfigError(
            f"port {listen.port} on {listen.host} cannot be used ({error.strerror}); stop what "
            "uses it, or choose another with --port"
        ) from None
    _choose_congestion(taken, listen.congestion)
    return taken


def _choose_congestion(listening: socket.socket, name: str) -> None:
    """Ask for a way to answer loss, which accepted connections inherit, where the system has it.

    Linux's default, CUBIC, takes each lost packet for a full link: on one that loses 2 % of them,
    60 ms away, it sends 3 Mbit/s at most and a live picture falls behind by seconds. BBR measures
    the link instead (Cardwell et al., 2016).
    """
    if not name or not hasattr(socket, "TCP_CONGESTION"):
        return
    try:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
    except OSError as error:
        _log.info("congestion control is left to the system", wanted=name, why=error.strerror)


class _Server(uvicorn.Server):
    """uvicorn without its own handling of signals, which the caller does."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn.Server.startup; says when it is done."""
        await super().startup(sockets)
        self.answers.set()


async def serve(
    app: ASGIApp,
    listen: Listen,
    stop: Callable[[], Awaitable[object]],
    *,
    ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve until ``stop`` returns, then let requests end within ``GRACE_S`` seconds.

    Args:
        app: What to serve.
        listen: Where.
        stop: Awaited; its return means that the server shall stop, such as ``event.wait``.
        ready: Called with the port once requests are answered.

    Raises:
        ConfigError: The port cannot be used.
    """
    taken = bind(listen)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        loop="asyncio",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=32 * 1024,
        forwarded_allow_ips=list(listen.trusted_proxies),
        ssl_certfile=listen.tls_certificate,
        ssl_keyfile=str(listen.tls_key) if listen.tls_key else None,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[taken]), name="http server")
    stopping = asyncio.create_task(_wait(stop), name="http server stop")
    try:
        answers = asyncio.create_task(server.answers.wait(), name="http server start")
        await asyncio.wait({serving, answers}, return_when=asyncio.FIRST_COMPLETED)
        answers.cancel()
        if server.started:
            ready(taken.getsockname()[1])
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await asyncio.gather(serving, stopping, return_exceptions=True)
        taken.close()
    if not serving.cancelled() and (error := serving.exception()) is not None:
        raise error


async def _wait(stop: Callable[[], Awaitable[object]]) -> None:
    await stop()
