"""A simulated ONVIF device: SOAP over HTTP, WS-Discovery, and trouble on demand.

It answers what `vedette.ingest.onvif` and other makers' programs ask of a camera before they play
it: clock, information, services, profiles (Media1 and Media2), addresses, snapshot. Passwords are
checked as WS-Security digests (SOAP) and as HTTP digest (snapshot).
"""

import asyncio
import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Self, cast
from xml.sax.saxutils import escape

from vedette.base.clock import Clock, SystemClock
from vedette.base.units import US_PER_S, datetime_to_us, us_to_datetime

_NS = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" '
    'xmlns:ter="http://www.onvif.org/ver10/error"'
)
_MAX_REQUEST_BYTES = 64 * 1024
_CLOCK_TOLERANCE_US = 60 * US_PER_S
_REALM = "simulated camera"
_TINY_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


class Trouble(StrEnum):
    """What the device does wrong with every SOAP answer."""

    NONE = "none"
    SILENT = "silent"  # takes the question and says nothing
    SLOW = "slow"  # one byte of the answer per tenth of a second
    HUGE = "huge"  # an answer of 64 MiB
    GARBAGE = "garbage"  # bytes that are no XML
    BOMB = "bomb"  # entities that unfold to gigabytes
    EMPTY = "empty"  # a body without any element
    FAULT = "fault"  # a SOAP fault
    REDIRECT = "redirect"  # somewhere else


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """A stream that the device offers.

    Attributes:
        name: Also its token.
        address: What GetStreamUri answers.
        encoding: ONVIF's word: ``H264``, ``H265`` (told by Media2 only) or ``JPEG``.
    """

    name: str
    address: str
    encoding: str = "H264"
    width: int = 1920
    height: int = 1080
    frame_rate: int = 25


@dataclass(slots=True)
class DeviceScript:
    """How the device behaves; may be changed while it runs.

    Attributes:
        clock_offset_us: Its clock minus ours.
        media2: Whether it has the Media2 service.
        reported_host: Host in the addresses that it reports, None for the one it is asked on.
        clock_needs_password: As some cameras do, against the standard.
        snapshot: JPEG.
    """

    make: str = "Vedette"
    model: str = "Simulated camera"
    firmware: str = "1.0"
    serial: str = "000001"
    location: str = "Front gate"
    clock_offset_us: int = 0
    media2: bool = True
    reported_host: str | None = None
    clock_needs_password: bool = False
    snapshot: bytes = _TINY_JPEG
    trouble: Trouble = Trouble.NONE
    profiles: Sequence[DeviceProfile] = field(default_factory=tuple[DeviceProfile, ...])


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.DOTALL)
    return match.group(1).strip() if match else ""


def _element(name: str, text: str) -> str:
    return _found(rf"<(?:[\w-]+:)?{name}(?:\s[^>]*)?>([^<]*)<", text)


class SimulatedOnvifDevice:
    """Serves one device on a port of its own; use with ``async with``.

    Attributes:
        script: How it behaves.
        asked: Names of the operations asked so far.
    """

    def __init__(
        self,
        script: DeviceScript,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str = "",
        password: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.script = script
        self.asked: list[str] = []
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._clock = clock or SystemClock()
        self._nonce = secrets.token_hex(8)
        self._server: asyncio.Server | None = None
        self._discovery: asyncio.DatagramTransport | None = None
        self._busy: set[asyncio.Task[Any]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, TCP for questions, UDP for discovery."""
        return self._port

    @property
    def address(self) -> str:
        """Its device service URL."""
        return f"http://{self._host}:{self._port}/onvif/device_service"

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self._port, limit=_MAX_REQUEST_BYTES
        )
        self._port = int(self._server.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        self._discovery, _ = await loop.create_datagram_endpoint(
            lambda: _Discovery(self), local_addr=(self._host, self._port)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        if self._discovery is not None:
            self._discovery.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)
        try:
            await self._exchange(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side left, or speaks no HTTP
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, *_ = head.split(" ", 2)
        length = int(_found(r"(?i)\r\ncontent-length:\s*(\d+)", head) or 0)
        if length > _MAX_REQUEST_BYTES:
            return
        body = (await reader.readexactly(length)).decode()
        if method == "GET":
            await self._send_snapshot(head, path, writer)
        else:
            await self._send_answer(body, writer)

    async def _send_snapshot(self, head: str, path: str, writer: asyncio.StreamWriter) -> None:
        self.asked.append("snapshot")
        if self._password and not self._http_digest_is_right(head, path):
            challenge = f'Digest realm="{_REALM}", nonce="{self._nonce}", qop="auth"'
            await _send(writer, "401 Unauthorized", b"", f"WWW-Authenticate: {challenge}\r\n")
            return
        await _send(writer, "200 OK", self.script.snapshot, "Content-Type: image/jpeg\r\n")

    async def _send_answer(self, body: str, writer: asyncio.StreamWriter) -> None:
        operation = _found(r"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)", body)
        self.asked.append(operation)
        trouble = self.script.trouble
        if trouble is Trouble.SILENT:
            await asyncio.sleep(3600)
        if trouble is Trouble.HUGE:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n<a>")
            for _ in range(1024):
                writer.write(b"x" * 65536)
                await writer.drain()
            return
        if trouble is Trouble.REDIRECT:
            await _send(writer, "302 Found", b"", "Location: http://127.0.0.1:1/\r\n")
            return
        status, answer = self._answer(operation, body)
        envelope = f'<?xml version="1.0"?><s:Envelope {_NS}><s:Body>{answer}</s:Body></s:Envelope>'
        data = _spoiled(trouble, envelope).encode()
        if trouble is Trouble.SLOW:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
            for byte in data:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(0.1)
            return
        await _send(writer, status, data, "Content-Type: application/soap+xml; charset=utf-8\r\n")

    def _answer(self, operation: str, body: str) -> tuple[str, str]:
        """Status line and body."""
        clock_is_asked = operation == "GetSystemDateAndTime"
        open_to_all = clock_is_asked and not self.script.clock_needs_password
        if self._password and not open_to_all and not self._wsse_is_right(body):
            return "400 Bad Request", _fault("ter:NotAuthorized", "Sender not authorized")
        if self.script.trouble is Trouble.FAULT:
            return "500 Internal Server Error", _fault("ter:ActionNotSupported", "not today")
        if operation == "GetProfiles" and "ver20/media" in body:
            return "200 OK", self._profiles2()
        makers = {
            "GetSystemDateAndTime": self._date_and_time,
            "GetDeviceInformation": self._information,
            "GetServices": self._services,
            "GetCapabilities": self._capabilities,
            "GetProfiles": self._profiles1,
        }
        if operation in makers:
            return "200 OK", makers[operation]()
        if operation in ("GetStreamUri", "GetSnapshotUri"):
            return self._uri(operation, body)
        return "500 Internal Server Error", _fault("ter:ActionNotSupported", "not implemented")

    def _date_and_time(self) -> str:
        now = us_to_datetime(self._clock.wall_us() + self.script.clock_offset_us)
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
            "<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false"
            "</tt:DaylightSavings><tt:UTCDateTime><tt:Time>"
            f"<tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
            "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

    def _information(self) -> str:
        script = self.script
        return (
            "<tds:GetDeviceInformationResponse>"
            f"<tds:Manufacturer>{escape(script.make)}</tds:Manufacturer>"
            f"<tds:Model>{escape(script.model)}</tds:Model>"
            f"<tds:FirmwareVersion>{escape(script.firmware)}</tds:FirmwareVersion>"
            f"<tds:SerialNumber>{escape(script.serial)}</tds:SerialNumber>"
            "<tds:HardwareId>1</tds:HardwareId></tds:GetDeviceInformationResponse>"
        )

    def _url(self, path: str) -> str:
        return f"http://{self.script.reported_host or self._host}:{self._port}{path}"

    def _services(self) -> str:
        versions = {"ver10/device": "device", "ver10/media": "media"}
        if self.script.media2:
            versions["ver20/media"] = "media2"
        services = "".join(
            f"<tds:Service><tds:Namespace>http://www.onvif.org/{version}/wsdl</tds:Namespace>"
            f"<tds:XAddr>{escape(self._url(f'/onvif/{path}'))}</tds:XAddr><tds:Version>"
            "<tt:Major>20</tt:Major><tt:Minor>12</tt:Minor></tds:Version></tds:Service>"
            for version, path in versions.items()
        )
        return f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>"

    def _capabilities(self) -> str:
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
            f"<tt:XAddr>{escape(self._url('/onvif/media'))}</tt:XAddr><tt:StreamingCapabilities/>"
            "</tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _profiles1(self) -> str:
        profiles = "".join(
            f'<trt:Profiles token="{escape(one.name)}" fixed="true"><tt:Name>{escape(one.name)}'
            f'</tt:Name><tt:VideoEncoderConfiguration token="{escape(one.name)}"><tt:Name>v'
            f"</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{one.encoding}</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{one.width}</tt:Width><tt:Height>{one.height}</tt:Height>"
            f"</tt:Resolution><tt:Quality>1</tt:Quality><tt:RateControl><tt:FrameRateLimit>"
            f"{one.frame_rate}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            "<tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>"
            "<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
            "</trt:Profiles>"
            for one in self.script.profiles
            if one.encoding != "H265"
        )
        return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"

    def _profiles2(self) -> str:
        profiles = "".join(
            f'<tr2:Profiles token="{escape(one.name)}" fixed="true"><tr2:Name>{escape(one.name)}'
            f'</tr2:Name><tr2:Configurations><tr2:VideoEncoder token="{escape(one.name)}">'
            f"<tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{one.encoding}"
            f"</tt:Encoding><tt:Resolution><tt:Width>{one.width}</tt:Width>"
            f"<tt:Height>{one.height}</tt:Height></tt:Resolution><tt:RateControl>"
            f"<tt:FrameRateLimit>{one.frame_rate}</tt:FrameRateLimit></tt:RateControl>"
            "<tt:Quality>1</tt:Quality></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
            for one in self.script.profiles
        )
        return f"<tr2:GetProfilesResponse>{profiles}</tr2:GetProfilesResponse>"

    def _uri(self, operation: str, body: str) -> tuple[str, str]:
        token = _element("ProfileToken", body)
        profile = next((one for one in self.script.profiles if one.name == token), None)
        if profile is None:
            return "400 Bad Request", _fault("ter:NoProfile", "no such profile")
        uri = profile.address if operation == "GetStreamUri" else self._url("/snapshot.jpg")
        if "ver20/media" in body:
            answer = f"<tr2:Uri>{escape(uri)}</tr2:Uri>"
            return "200 OK", f"<tr2:{operation}Response>{answer}</tr2:{operation}Response>"
        return "200 OK", (
            f"<trt:{operation}Response><trt:MediaUri><tt:Uri>{escape(uri)}</tt:Uri>"
            "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false"
            "</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri>"
            f"</trt:{operation}Response>"
        )

    def _wsse_is_right(self, body: str) -> bool:
        """Whether the message carries the digest of the password, and of a time near ours."""
        created = _element("Created", body)
        try:
            nonce = base64.b64decode(_element("Nonce", body))
            said_us = datetime_to_us(datetime.fromisoformat(created).astimezone(UTC))
        except ValueError:
            return False
        ours_us = self._clock.wall_us() + self.script.clock_offset_us
        digest = hashlib.sha1(nonce + created.encode() + self._password.encode())  # noqa: S324  WSS
        return (
            abs(said_us - ours_us) < _CLOCK_TOLERANCE_US
            and _element("Username", body) == escape(self._username)
            and _element("Password", body) == base64.b64encode(digest.digest()).decode()
        )

    def _http_digest_is_right(self, head: str, path: str) -> bool:
        """RFC 7616 with MD5 and ``auth``."""

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  by the RFC

        sent = _found(r"(?i)\r\nauthorization:\s*digest ([^\r]*)", head)
        said = {
            name: _found(rf'(?:^|[ ,]){name}="?([^",]*)', sent)
            for name in ("nonce", "nc", "cnonce", "response", "uri")
        }
        ha1 = md5(f"{self._username}:{_REALM}:{self._password}")
        expected = md5(
            f"{ha1}:{self._nonce}:{said['nc']}:{said['cnonce']}:auth:{md5(f'GET:{path}')}"
        )
        return said["nonce"] == self._nonce and said["response"] == expected

    def match(self, question: str) -> str | None:
        """The answer to a WS-Discovery probe, or None when the question is something else."""
        message = _element("MessageID", question)
        if "Probe" not in question or not message:
            return None
        scopes = " ".join(
            f"onvif://www.onvif.org/{kind}/{word.replace(' ', '%20')}"
            for kind, word in (
                ("name", self.script.make),
                ("hardware", self.script.model),
                ("location", self.script.location),
            )
        )
        return (
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
            "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>"
            f"<a:RelatesTo>{escape(message)}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>"
            "<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address>"
            f"</a:EndpointReference><d:Scopes>{escape(scopes)}</d:Scopes>"
            f"<d:XAddrs>http://192.0.2.9/onvif/device_service {escape(self.address)}</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body>"
            "</s:Envelope>"
        )


class _Discovery(asyncio.DatagramProtocol):
    """Answers probes that reach the device's own UDP port."""

    def __init__(self, device: SimulatedOnvifDevice) -> None:
        self._device = device
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Up to Python 3.11 asyncio's own datagram transport is no subclass of its interface.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        answer = self._device.match(data.decode(errors="replace"))
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer.encode(), addr)


def _fault(code: str, reason: str) -> str:
    return (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>"
        f"{code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>{escape(reason)}"
        "</s:Text></s:Reason></s:Fault>"
    )


def _spoiled(trouble: Trouble, envelope: str) -> str:
    if trouble is Trouble.GARBAGE:
        return "\x01\x02 this is no XML <<<"
    if trouble is Trouble.EMPTY:
        return f"<s:Envelope {_NS}><s:Body/></s:Envelope>"
    if trouble is Trouble.BOMB:
        layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        return envelope.replace(
            '<?xml version="1.0"?>',
            f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY l0 "ha">{layers}]>',
        ).replace("</s:Body>", "<b>&l11;</b></s:Body>")
    return envelope


async def _send(writer: asyncio.StreamWriter, status: str, data: bytes, headers: str) -> None:
    writer.write(
        f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(data)}\r\n"
        "Connection: close\r\n\r\n".encode()
        + data
    )
    await writer.drain()
