"""What the listening socket asks of TCP."""

import socket
from pathlib import Path

import pytest

from vedette.api.server import Listen, bind

_SYSTEM = Path("/proc/sys/net/ipv4")
pytestmark = pytest.mark.skipif(
    not hasattr(socket, "TCP_CONGESTION"), reason="this system lets nobody choose"
)


def congestion(one: socket.socket) -> str:
    return one.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def accepted_with(wanted: str) -> str:
    """How a connection that the server accepts answers loss."""
    with bind(Listen(port=0, congestion=wanted)) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            return congestion(accepted)


def test_connections_answer_loss_as_the_setting_says() -> None:
    allowed = (_SYSTEM / "tcp_allowed_congestion_control").read_text().split()
    for name in allowed:
        assert accepted_with(name) == name


def test_a_system_without_it_keeps_its_own() -> None:
    assert accepted_with("no-such-thing") == accepted_with("")
