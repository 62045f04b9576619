"""What a simulated ONVIF device answers, as SOAP bodies; no I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from xml.sax.saxutils import escape, unescape

from vedette.base.clock import Clock
from vedette.base.units import us_to_datetime
from vedette.testing.onvif_head import HeadRefused, SimulatedHead

_NS = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
    'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" '
    'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" '
    'xmlns:ter="http://www.onvif.org/ver10/error"'
)
_TINY_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
DEVICE_PATH = "/onvif/device_service"


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
        http_digest: Whether SOAP messages are authenticated by HTTP digest in place of WS-Security.
        get_services: Whether it knows GetServices; older ones only have GetCapabilities.
        snapshot: JPEG.
        head: What turns; None for a camera that hangs fixed.
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
    http_digest: bool = False
    get_services: bool = True
    snapshot: bytes = _TINY_JPEG
    trouble: Trouble = Trouble.NONE
    head: SimulatedHead | None = None
    profiles: Sequence[DeviceProfile] = field(default_factory=tuple[DeviceProfile, ...])


def found(pattern: str, text: str) -> str:
    """The first group of a regular expression in a text, or empty."""
    match = re.search(pattern, text, re.DOTALL)
    return match.group(1).strip() if match else ""


def element(name: str, text: str) -> str:
    """Text of the first element of that local name, or empty."""
    return found(rf"<(?:[\w-]+:)?{name}(?:\s[^>]*)?>([^<]*)<", text)


class Answers:
    """Answers of one device.

    Args:
        script: How it behaves.
        clock: Ours, from which the device's differs.
        base: ``http://host:port`` at which it is asked.
    """

    def __init__(self, script: DeviceScript, clock: Clock, base: str) -> None:
        self.script = script
        self._clock = clock
        self._base = base

    def answer(self, operation: str, body: str) -> tuple[str, str]:
        """Status line and SOAP body for a question that may be asked."""
        if self.script.trouble is Trouble.FAULT:
            return "500 Internal Server Error", fault("ter:ActionNotSupported", "not today")
        if operation == "GetProfiles" and "ver20/media" in body:
            return "200 OK", self._profiles2()
        makers = {
            "GetSystemDateAndTime": self._date_and_time,
            "GetDeviceInformation": self._information,
            **({"GetServices": self._services} if self.script.get_services else {}),
            "GetCapabilities": self._capabilities,
            "GetProfiles": self._profiles1,
        }
        if operation in makers:
            return "200 OK", makers[operation]()
        if operation in ("GetStreamUri", "GetSnapshotUri"):
            return self._uri(operation, body)
        if self.script.head is not None and "ver20/ptz" in body:
            return self._turned(self.script.head, operation, body)
        return "500 Internal Server Error", fault("ter:ActionNotSupported", "not implemented")

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
        host = self.script.reported_host
        if host is None:
            return f"{self._base}{path}"
        return f"http://{host}:{self._base.rpartition(':')[2]}{path}"

    def _services(self) -> str:
        versions = {"ver10/device": "device", "ver10/media": "media"}
        if self.script.media2:
            versions["ver20/media"] = "media2"
        if self.script.head is not None:
            versions["ver20/ptz"] = "ptz"
        services = "".join(
            f"<tds:Service><tds:Namespace>http://www.onvif.org/{version}/wsdl</tds:Namespace>"
            f"<tds:XAddr>{escape(self._url(f'/onvif/{path}'))}</tds:XAddr><tds:Version>"
            "<tt:Major>20</tt:Major><tt:Minor>12</tt:Minor></tds:Version></tds:Service>"
            for version, path in versions.items()
        )
        return f"<tds:GetServicesResponse>{services}</tds:GetServicesResponse>"

    def _capabilities(self) -> str:
        turning = ""
        if self.script.head is not None:
            turning = f"<tt:PTZ><tt:XAddr>{escape(self._url('/onvif/ptz'))}</tt:XAddr></tt:PTZ>"
        return (
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
            f"<tt:XAddr>{escape(self._url('/onvif/media'))}</tt:XAddr><tt:StreamingCapabilities/>"
            f"</tt:Media>{turning}</tds:Capabilities></tds:GetCapabilitiesResponse>"
        )

    def _profiles1(self) -> str:
        turning = ""
        if self.script.head is not None:
            turning = (
                '<tt:PTZConfiguration token="ptz"><tt:Name>ptz</tt:Name><tt:UseCount>1'
                "</tt:UseCount><tt:NodeToken>node</tt:NodeToken></tt:PTZConfiguration>"
            )
        profiles = "".join(
            f'<trt:Profiles token="{escape(one.name)}" fixed="true"><tt:Name>{escape(one.name)}'
            f'</tt:Name><tt:VideoEncoderConfiguration token="{escape(one.name)}"><tt:Name>v'
            f"</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{one.encoding}</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{one.width}</tt:Width><tt:Height>{one.height}</tt:Height>"
            f"</tt:Resolution><tt:Quality>1</tt:Quality><tt:RateControl><tt:FrameRateLimit>"
            f"{one.frame_rate}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            "<tt:BitrateLimit>4096</tt:BitrateLimit></tt:RateControl>"
            "<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>"
            f"{turning}</trt:Profiles>"
            for one in self.script.profiles
            if one.encoding != "H265"
        )
        return f"<trt:GetProfilesResponse>{profiles}</trt:GetProfilesResponse>"

    def _profiles2(self) -> str:
        turning = ""
        if self.script.head is not None:
            turning = '<tr2:PTZ token="ptz"><tt:NodeToken>node</tt:NodeToken></tr2:PTZ>'
        profiles = "".join(
            f'<tr2:Profiles token="{escape(one.name)}" fixed="true"><tr2:Name>{escape(one.name)}'
            f'</tr2:Name><tr2:Configurations><tr2:VideoEncoder token="{escape(one.name)}">'
            f"<tt:Name>v</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>{one.encoding}"
            f"</tt:Encoding><tt:Resolution><tt:Width>{one.width}</tt:Width>"
            f"<tt:Height>{one.height}</tt:Height></tt:Resolution><tt:RateControl>"
            f"<tt:FrameRateLimit>{one.frame_rate}</tt:FrameRateLimit></tt:RateControl>"
            f"<tt:Quality>1</tt:Quality></tr2:VideoEncoder>{turning}</tr2:Configurations>"
            "</tr2:Profiles>"
            for one in self.script.profiles
        )
        return f"<tr2:GetProfilesResponse>{profiles}</tr2:GetProfilesResponse>"

    def _uri(self, operation: str, body: str) -> tuple[str, str]:
        token = element("ProfileToken", body)
        profile = next((one for one in self.script.profiles if one.name == token), None)
        if profile is None:
            return "400 Bad Request", fault("ter:NoProfile", "no such profile")
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

    def _turned(self, head: SimulatedHead, operation: str, body: str) -> tuple[str, str]:
        profile = unescape(element("ProfileToken", body))
        known = {one.name for one in self.script.profiles}
        if profile and profile not in known:
            return "400 Bad Request", fault("ter:NoProfile", "no such profile")
        try:
            return "200 OK", head.answer(operation, body)
        except HeadRefused as refusal:
            return "400 Bad Request", fault(refusal.code, str(refusal))

    def match(self, question: str) -> str | None:
        """The answer to a WS-Discovery probe, or None when the question is something else."""
        message = element("MessageID", question)
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
        address = escape(self._base + DEVICE_PATH)
        return (
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
            "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>"
            f"<a:RelatesTo>{escape(message)}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>"
            "<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address>"
            f"</a:EndpointReference><d:Scopes>{escape(scopes)}</d:Scopes>"
            f"<d:XAddrs>http://192.0.2.9/onvif/device_service {address}</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body>"
            "</s:Envelope>"
        )


def fault(code: str, reason: str) -> str:
    """A SOAP fault."""
    return (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>"
        f"{code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>{escape(reason)}"
        "</s:Text></s:Reason></s:Fault>"
    )


def enveloped(trouble: Trouble, body: str) -> str:
    """A SOAP message around a body, spoiled as the trouble wants it."""
    envelope = f'<?xml version="1.0"?><s:Envelope {_NS}><s:Body>{body}</s:Body></s:Envelope>'
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
