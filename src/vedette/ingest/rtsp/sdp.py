"""What a camera offers, from its session description (RFC 8866), read as leniently as it is safe.

Cameras send trailing commas, lone line feeds, missing and doubled slashes, no ``rtpmap`` for
static payload types, upper case where lower is meant and bytes that are no text.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from vedette.base.errors import SourceProtocol

MAX_LINES = 2000
MAX_MEDIA = 32
MAX_LINE_CHARS = 16 * 1024
_RTPMAP = re.compile(r"(\d{1,3})\s+([\w.+-]+)\s*/\s*(\d{1,9})(?:\s*/\s*(\d{1,2}))?")
_MEDIA = re.compile(r"(\w+)\s+(\d+)(?:/\d+)?\s+(\S+)\s+(.+)")
_FMTP = re.compile(r"(\d{1,3})\s+(.*)")
_STATIC = {
    0: ("pcmu", 8000, 1),
    8: ("pcma", 8000, 1),
    26: ("jpeg", 90_000, 1),
    32: ("mpv", 90_000, 1),
    33: ("mp2t", 90_000, 1),
}


def _no_parameters() -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class MediaOffer:
    """One payload type of one ``m=`` line.

    Attributes:
        kind: ``video``, ``audio``, ``application`` or whatever else stands there.
        payload_type: 0 to 127.
        encoding: Lower case, such as ``h264``; empty when nothing says it.
        clock_rate: Ticks per second, > 0.
        channels: 1 to 8.
        control: As written, perhaps empty.
        parameters: Of ``a=fmtp``, by lower-case name.
    """

    kind: str
    payload_type: int
    encoding: str
    clock_rate: int
    channels: int
    control: str
    parameters: dict[str, str] = field(default_factory=_no_parameters)


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A session description.

    Attributes:
        control: Of the session as a whole, perhaps empty.
        media: Offers in their order; the payload types of one line share a control.
    """

    control: str
    media: tuple[MediaOffer, ...]


def parse_sdp(body: bytes) -> SessionDescription:
    """Read a session description.

    Raises:
        SourceProtocol: It is beyond a limit, or describes nothing.
    """
    lines = re.split(r"[\r\n\x00]+", body.decode("utf-8", "replace"))
    if len(lines) > MAX_LINES:
        raise SourceProtocol(f"the camera describes itself in more than {MAX_LINES} lines")
    sections: list[list[str]] = [[]]
    for line in lines:
        text = line.strip()[:MAX_LINE_CHARS]
        if text[:2].lower() == "m=":
            sections.append([])
            if len(sections) > MAX_MEDIA + 1:
                raise SourceProtocol(f"the camera offers more than {MAX_MEDIA} tracks")
        sections[-1].append(text)
    offers = [offer for section in sections[1:] for offer in _media(section)]
    if not offers:
        raise SourceProtocol("the camera describes no track at all")
    return SessionDescription(_attribute(sections[0], "control"), tuple(offers))


def _attribute(lines: list[str], name: str) -> str:
    start = f"a={name}:"
    for line in lines:
        if line[: len(start)].lower() == start:
            return line[len(start) :].strip()
    return ""


def _media(lines: list[str]) -> list[MediaOffer]:
    match = _MEDIA.match(lines[0][2:].strip())
    if match is None:
        return []
    types = [int(word) for word in match.group(4).split() if re.fullmatch(r"\d{1,3}", word)]
    maps: dict[int, tuple[str, int, int]] = {}
    parameters: dict[int, dict[str, str]] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "a=rtpmap" and (found := _RTPMAP.match(value.strip())):
            channels = min(max(int(found.group(4) or 1), 1), 8)
            maps[int(found.group(1))] = (
                found.group(2).lower(),
                max(int(found.group(3)), 1),
                channels,
            )
        elif name.lower() == "a=fmtp" and (found := _FMTP.match(value.strip())):
            parameters.setdefault(int(found.group(1)), {}).update(_parameters(found.group(2)))
    control = _attribute(lines, "control")
    offers: list[MediaOffer] = []
    for number in dict.fromkeys(one for one in types if one < 128):
        encoding, rate, channels = maps.get(number) or _STATIC.get(number) or ("", 90_000, 1)
        offers.append(
            MediaOffer(
                kind=match.group(1).lower(),
                payload_type=number,
                encoding=encoding,
                clock_rate=rate,
                channels=channels,
                control=control,
                parameters=parameters.get(number, {}),
            )
        )
    return offers


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals and name.strip():
            found[name.strip().lower()] = value.strip().strip('"')
    return found


def parameter_sets(offer: MediaOffer) -> list[bytes]:
    """The parameter sets of an H.264 or H.265 offer, in order; unreadable ones are left out."""
    names = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
    sets: list[bytes] = []
    for name in names:
        for text in offer.parameters.get(name, "").split(","):
            stripped = re.sub(r"\s+", "", text)
            try:
                raw = base64.b64decode(stripped + "=" * (-len(stripped) % 4))
            except (binascii.Error, ValueError):
                continue
            unit = raw.removeprefix(b"\x00\x00\x00\x01")
            if unit:
                sets.append(unit)
    return sets
