"""The few questions of ONVIF's Media2 service: SOAP bodies out, elements in; no I/O.

Source: ONVIF Media2 Service Specification 20.12; WS-Security UsernameToken Profile 1.0.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from vedette.base.clock import Clock
from vedette.base.errors import SourceProtocol
from vedette.base.units import us_to_datetime
from vedette.model.camera import Credentials

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_DIGEST = f"{_WSS}-username-token-profile-1.0#PasswordDigest"
_BASE64 = f"{_WSS}-soap-message-security-1.0#Base64Binary"


@dataclass(frozen=True, slots=True)
class Media2Profile:
    """A profile as it stands in the answer; nothing is checked yet."""

    token: str
    name: str
    encoding: str
    width: str
    height: str
    frame_rate: str


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64 of SHA-1 over nonce, time and password, as the profile prescribes."""
    data = nonce + created.encode() + password.encode()
    return base64.b64encode(hashlib.sha1(data).digest()).decode()  # noqa: S324  by the profile


def envelope(body: str, credentials: Credentials | None, clock: Clock, offset_us: int) -> str:
    """A SOAP 1.2 message, signed with the camera's idea of the time when there is a password."""
    header = ""
    if credentials is not None:
        nonce = secrets.token_bytes(16)
        created = us_to_datetime(clock.wall_us() + offset_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        digest = password_digest(nonce, created, credentials.password)
        header = (
            f'<s:Header><w:Security xmlns:w="{_WSS}-wssecurity-secext-1.0.xsd" '
            f's:mustUnderstand="1"><w:UsernameToken>'
            f"<w:Username>{escape(credentials.username)}</w:Username>"
            f'<w:Password Type="{_DIGEST}">{digest}</w:Password>'
            f'<w:Nonce EncodingType="{_BASE64}">{base64.b64encode(nonce).decode()}</w:Nonce>'
            f'<u:Created xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd">{created}</u:Created>'
            "</w:UsernameToken></w:Security></s:Header>"
        )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_SOAP}">{header}'
        f'<s:Body xmlns:m="{_MEDIA2}">{body}</s:Body></s:Envelope>'
    )


def get_profiles() -> str:
    """Ask for every profile with its video encoder."""
    return "<m:GetProfiles><m:Type>VideoEncoder</m:Type></m:GetProfiles>"


def get_stream_uri(token: str) -> str:
    """Ask for the RTSP address of a profile."""
    return (
        "<m:GetStreamUri><m:Protocol>RTSP</m:Protocol>"
        f"<m:ProfileToken>{escape(token)}</m:ProfileToken></m:GetStreamUri>"
    )


def get_snapshot_uri(token: str) -> str:
    """Ask where a profile's snapshot is."""
    return f"<m:GetSnapshotUri><m:ProfileToken>{escape(token)}</m:ProfileToken></m:GetSnapshotUri>"


def _named(element: Any, name: str) -> Iterator[Any]:
    """Elements of that local name; the makers do not agree on namespaces."""
    return element.iter(f"{{*}}{name}")


def _first(element: Any, *path: str) -> str:
    """Text of the first element down a path of local names, or empty."""
    for name in path:
        element = next(_named(element, name), None)
        if element is None:
            return ""
    return str(element.text or "").strip()


def read_profiles(root: Any) -> list[Media2Profile]:
    """The profiles that carry video."""
    found: list[Media2Profile] = []
    for one in _named(root, "Profiles"):
        encoder = next(_named(one, "VideoEncoder"), None)
        token = str(one.get("token") or "")
        if encoder is None or not token:
            continue
        found.append(
            Media2Profile(
                token=token,
                name=_first(one, "Name"),
                encoding=_first(encoder, "Encoding"),
                width=_first(encoder, "Resolution", "Width"),
                height=_first(encoder, "Resolution", "Height"),
                frame_rate=_first(encoder, "RateControl", "FrameRateLimit"),
            )
        )
    return found


def read_uri(root: Any) -> str:
    """The address in an answer.

    Raises:
        SourceProtocol: There is none.
    """
    address = _first(root, "Uri")
    if not address:
        raise SourceProtocol("the camera's answer names no address")
    return address


def read_fault(root: Any) -> str:
    """Codes and reason of a SOAP fault in one line, or empty."""
    fault = next(_named(root, "Fault"), None)
    if fault is None:
        return ""
    words = [str(one.text) for one in fault.iter() if one.text and str(one.text).strip()]
    return " ".join(" ".join(words).split()) or "without a reason"
