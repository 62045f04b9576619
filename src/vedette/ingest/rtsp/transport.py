"""The ``Transport`` header (RFC 2326, section 12.39): what we ask for and what we get; pure."""

from dataclasses import dataclass

from vedette.base.errors import SourceProtocol


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a camera agreed to.

    Attributes:
        interleaved: Channels of RTP and RTCP on the connection, or None over UDP.
        server_ports: Ports from which it sends and to which RTCP goes, or None.
        source: Address from which it sends, when it says one.
    """

    interleaved: tuple[int, int] | None = None
    server_ports: tuple[int, int] | None = None
    source: str = ""


def ask_tcp(channel: int) -> str:
    """Ask for the connection's own channels ``channel`` and the next."""
    return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"


def ask_udp(port: int) -> str:
    """Ask for datagrams to ``port`` and the next."""
    return f"RTP/AVP;unicast;client_port={port}-{port + 1}"


def parse_agreed(header: str, *, tcp: bool, channel: int) -> Agreed:
    """Read the answer.

    Args:
        header: As it came; empty when the camera says nothing, which means as asked.
        tcp: What was asked for.
        channel: The first channel that was asked for.

    Raises:
        SourceProtocol: The camera chose another transport, or impossible numbers.
    """
    fields: dict[str, str] = {}
    for part in header.split(",", maxsplit=1)[0].split(";"):
        name, _, value = part.strip().partition("=")
        fields[name.lower()] = value.strip()
    if not tcp:
        if "interleaved" in fields or "rtp/avp/tcp" in fields:
            raise SourceProtocol("the camera was asked for UDP and answers with TCP")
        if "multicast" in fields:
            raise SourceProtocol("the camera insists on multicast; allow unicast in its settings")
        ports = _pair(fields.get("server_port", ""), 65_535)
        return Agreed(server_ports=ports, source=fields.get("source", ""))
    if "client_port" in fields and "interleaved" not in fields:
        raise SourceProtocol("the camera was asked for TCP and answers with UDP")
    channels = _pair(fields.get("interleaved", ""), 255) or (channel, channel + 1)
    return Agreed(interleaved=channels)


def _pair(text: str, largest: int) -> tuple[int, int] | None:
    first, _, second = text.partition("-")
    if not first.isascii() or not first.isdigit() or len(first) > 5:
        return None
    low = int(first)
    high = int(second) if second.isascii() and second.isdigit() and len(second) < 6 else low + 1
    if low > largest or high > largest:
        raise SourceProtocol("the camera answers with a port or channel that cannot be")
    return low, high
