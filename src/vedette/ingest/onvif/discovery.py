"""Searching the local network for cameras: WS-Discovery over UDP multicast.

Source: Web Services Dynamic Discovery (April 2005), as ONVIF Core section 7 prescribes it.
"""

import asyncio
import contextlib
import socket
import struct
import uuid
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from vedette.base.errors import SourceLost
from vedette.ingest.onvif import library as guard
from vedette.ingest.onvif.library import Library
from vedette.ingest.onvif.plan import split_credentials
from vedette.model.probe import DiscoveredDevice

MULTICAST = ("239.255.255.250", 3702)
MAX_DEVICES = 512
_MAX_DATAGRAMS = 4096
_REPEAT_AFTER_S = 0.3
_TYPES = ("dn:NetworkVideoTransmitter", "tds:Device")
_PROBE = """<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Header>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>
<a:MessageID>{message}</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>
<s:Body><d:Probe><d:Types>{types}</d:Types></d:Probe></s:Body></s:Envelope>"""
_log = structlog.get_logger(__name__)


def read_matches(
    library: Library, data: bytes, sender: str, asked: frozenset[str]
) -> list[DiscoveredDevice]:
    """The devices in one datagram.

    Args:
        library: For its parser.
        data: The datagram; anybody may have sent it.
        sender: IP address it came from; of several addresses of a device the one there counts.
        asked: Message ids of our questions; answers to others' questions are left out.

    Raises:
        SourceProtocol: It is no XML.
    """
    root = guard.parse(library, data)
    if next((one.text or "" for one in root.iter("{*}RelatesTo")), "").strip() not in asked:
        return []
    devices: list[DiscoveredDevice] = []
    for match in root.iter("{*}ProbeMatch"):
        addresses = [
            split_credentials(one)[0]
            for one in _text(match, "XAddrs").split()
            if one.lower().startswith(("http://", "https://"))
        ]
        address = next((one for one in addresses if _host(one) == sender), None)
        if address is None:
            address = next((one for one in addresses if _host(one)), None)
        if address is None or len(address) > 500:
            continue
        scopes = _text(match, "Scopes").split()
        devices.append(
            DiscoveredDevice(
                address=address,
                name=_scope(scopes, "name"),
                hardware=_scope(scopes, "hardware"),
                location=_scope(scopes, "location"),
            )
        )
    return devices


def _text(match: Any, name: str) -> str:
    return next((str(one.text or "") for one in match.iter(f"{{*}}{name}")), "")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _scope(scopes: list[str], kind: str) -> str:
    prefix = f"onvif://www.onvif.org/{kind}/"
    words = [
        " ".join(unquote(scope[len(prefix) :]).split())
        for scope in scopes
        if scope.lower().startswith(prefix)
    ]
    return ", ".join(word for word in words if word)[:200]


class _Collector(asyncio.DatagramProtocol):
    """Keeps datagrams, a bounded number of them."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if len(self.received) < _MAX_DATAGRAMS:
            self.received.append((data, str(addr[0])))

    def error_received(self, exc: Exception) -> None:
        """An ICMP answer, such as "port unreachable"; others may still answer."""


def _sockets(destination: tuple[str, int]) -> list[socket.socket]:
    """One socket per network interface, as each has its own neighbours."""
    sockets: list[socket.socket] = []
    for index, _name in socket.if_nameindex():
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            one.setblocking(False)  # noqa: FBT003  it has no keyword
            one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            one.setsockopt(
                socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("@4s4si", b"", b"", index)
            )
            one.bind(("", 0))
        except OSError:
            one.close()
            continue
        sockets.append(one)
        if destination is not MULTICAST:
            break
    return sockets


async def discover(
    timeout_s: float, *, destination: tuple[str, int] = MULTICAST
) -> tuple[DiscoveredDevice, ...]:
    """Ask every neighbour on the local networks and collect answers for ``timeout_s``.

    Args:
        timeout_s: How long to listen; cameras may wait half a second before they answer.
        destination: Where to ask; a single device's address in place of everybody.

    Returns:
        At most 512 devices, sorted by address. Their words are not verified.

    Raises:
        SourceLost: No network interface of this machine carries the question.
    """
    library = await guard.load()
    loop = asyncio.get_running_loop()
    questions = {f"urn:uuid:{uuid.uuid4()}": types for types in _TYPES}
    collector = _Collector()
    transports: list[asyncio.DatagramTransport] = []
    sockets = _sockets(destination)
    sent = 0
    try:
        for one in sockets:
            transport, _ = await loop.create_datagram_endpoint(lambda: collector, sock=one)
            transports.append(transport)
            sent += _ask(one, questions, destination)
        if not sent:
            raise SourceLost(
                "this machine's network carries no multicast, so cameras cannot be searched; "
                "give a camera's address instead"
            )
        repeat_s = min(_REPEAT_AFTER_S, timeout_s / 2)
        await asyncio.sleep(repeat_s)  # datagrams get lost, so ask once more
        for one in sockets:
            _ask(one, questions, destination)
        await asyncio.sleep(timeout_s - repeat_s)
    finally:
        for transport in transports:
            transport.close()
        await asyncio.sleep(0)  # lets the transports close their sockets
    found: dict[str, DiscoveredDevice] = {}
    for data, sender in collector.received:
        try:
            devices = read_matches(library, data, sender, frozenset(questions))
        except SourceLost as error:
            _log.warning("onvif.bad_discovery_answer", sender=sender, detail=str(error))
            continue
        for device in devices:
            if len(found) < MAX_DEVICES:
                found.setdefault(device.address, device)
    return tuple(sorted(found.values(), key=lambda one: one.address))


def _ask(one: socket.socket, questions: dict[str, str], destination: tuple[str, int]) -> int:
    """Send every question; how many the network took."""
    sent = 0
    for message, types in questions.items():
        with contextlib.suppress(OSError):
            one.sendto(_PROBE.format(message=message, types=types).encode(), destination)
            sent += 1
    return sent
