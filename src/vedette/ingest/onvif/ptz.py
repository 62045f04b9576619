"""Steering over ONVIF's PTZ service: SOAP bodies out, elements in; see ``ingest.ptz.ports.Head``.

The bodies are ours and not the library's: a command must leave at once and a camera's answer, of
which we need nothing, must not fail because it is a little beside the schema.

Source: ONVIF PTZ Service Specification 20.12; ONVIF Media and Media2 Service Specifications.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from vedette.base.clock import Clock, SystemClock
from vedette.base.errors import SourceLost, SourceProtocol, SourceUnsupported
from vedette.ingest.onvif import library as guard
from vedette.ingest.onvif.device import MEDIA, MEDIA2, PTZ, OnvifDevice, OnvifFault
from vedette.model.camera import Credentials
from vedette.model.ptz import AxisRange, Preset, PtzAbilities, Velocity

_SCHEMA = "http://www.onvif.org/ver10/schema"
_SYSTEM = SystemClock()
_REQUEST_S = 4.0
_OPEN_S = 12.0
MAX_PRESETS = 256
_WORDS = (
    ("NoPTZProfile", "this profile has no PTZ"),
    ("NoProfile", "its profile is gone; it was set up anew"),
    ("NotSupported", "it cannot do that"),
    ("NoHomePosition", "it has no home position"),
    ("TooManyPresets", "it can remember no more presets; delete one"),
    ("PresetExist", "it has a preset of that name"),
    ("InvalidPresetName", "it does not take that name; use fewer and plainer letters"),
    ("NoToken", "it does not know that preset; somebody deleted it"),
    ("CannotOverwriteHome", "its home position is fixed"),
    ("MovingPTZ", "it is moving; wait until it stands still"),
    ("InvalidPosition", "that lies beyond where it can turn"),
    ("SpaceNotSupported", "it does not move that way"),
    ("InvalidVelocity", "it does not move that fast"),
)


@dataclass(frozen=True, slots=True)
class _Spaces:
    """URIs of the coordinate systems that the ranges are meant in; empty where there is none."""

    pan_tilt: str
    zoom: str


def _named(element: Any, name: str) -> Iterator[Any]:
    return element.iter(f"{{*}}{name}")


def _first(element: Any, name: str) -> Any:
    return next(_named(element, name), None)


def _words_of(element: Any, name: str) -> str:
    found = _first(element, name) if element is not None else None
    return "" if found is None else " ".join(str(found.text or "").split())[:200]


def _range(space: Any, name: str) -> AxisRange | None:
    """The speeds of one axis; None when the camera tells none that can be used."""
    found = _first(space, name) if space is not None else None
    try:
        low, high = float(_words_of(found, "Min")), float(_words_of(found, "Max"))
    except ValueError:
        return None
    if not (math.isfinite(low) and math.isfinite(high)) or max(abs(low), abs(high)) > 1e6:
        return None
    axis = AxisRange(min(0.0, low), max(0.0, high))
    return axis if axis.low or axis.high else None


def read_node(root: Any) -> tuple[PtzAbilities, _Spaces]:
    """What the first node of an answer to GetNodes, or the one of GetNode, can do.

    Raises:
        SourceUnsupported: There is no node.
    """
    node = _first(root, "PTZNode")
    if node is None:
        raise SourceUnsupported("the camera has no PTZ: it names no node that could turn")
    turning = _first(node, "ContinuousPanTiltVelocitySpace")
    zooming = _first(node, "ContinuousZoomVelocitySpace")
    try:
        presets = int(_words_of(node, "MaximumNumberOfPresets") or 0)
    except ValueError:
        presets = 0
    abilities = PtzAbilities(
        pan=_range(turning, "XRange"),
        tilt=_range(turning, "YRange"),
        zoom=_range(zooming, "XRange"),
        relative=_first(node, "RelativePanTiltTranslationSpace") is not None,
        absolute=_first(node, "AbsolutePanTiltPositionSpace") is not None,
        home=_words_of(node, "HomeSupported").lower() in {"true", "1"},
        max_presets=min(MAX_PRESETS, max(0, presets)),
    )
    return abilities, _Spaces(_words_of(turning, "URI"), _words_of(zooming, "URI"))


def read_profile(root: Any) -> tuple[str, str]:
    """Tokens of the first profile that can be turned, and of its node (empty when not told).

    Raises:
        SourceUnsupported: No profile has PTZ.
    """
    for profile in _named(root, "Profiles"):
        token = str(profile.get("token") or "")
        for name in ("PTZConfiguration", "PTZ"):
            found = _first(profile, name)
            if token and found is not None:
                return token, _words_of(found, "NodeToken")
    raise SourceUnsupported(
        "no profile of the camera has PTZ; if it can turn, add PTZ to a profile in its settings"
    )


def read_presets(root: Any) -> tuple[Preset, ...]:
    """The presets in an answer, as the camera orders them."""
    found = [
        Preset(str(one.get("token"))[:200], _words_of(one, "Name"))
        for one in _named(root, "Preset")
        if one.get("token")
    ]
    return tuple(found[:MAX_PRESETS])


def in_words(fault: str) -> str:
    """A fault of the PTZ service as the end of a sentence."""
    for code, words in _WORDS:
        if code.lower() in fault.lower().replace(" ", ""):
            return words
    return f"it said {' '.join(fault.split())[:120]}"


class OnvifHead:
    """See ingest.ptz.ports.Head. Made by ``open_head``."""

    def __init__(
        self, device: OnvifDevice, profile: str, abilities: PtzAbilities, spaces: _Spaces
    ) -> None:
        self._device = device
        self._profile = f"<p:ProfileToken>{escape(profile)}</p:ProfileToken>"
        self._abilities = abilities
        self._spaces = spaces

    @property
    def abilities(self) -> PtzAbilities:
        """See Motors.abilities."""
        return self._abilities

    async def move(self, velocity: Velocity, timeout_s: float) -> None:
        """See Motors.move."""
        can, parts = self._abilities, ""
        if can.pan or can.tilt:
            space = f' space="{escape(self._spaces.pan_tilt)}"' if self._spaces.pan_tilt else ""
            parts += f'<t:PanTilt x="{velocity.pan:.4f}" y="{velocity.tilt:.4f}"{space}/>'
        if can.zoom:
            space = f' space="{escape(self._spaces.zoom)}"' if self._spaces.zoom else ""
            parts += f'<t:Zoom x="{velocity.zoom:.4f}"{space}/>'
        timeout = f"<p:Timeout>PT{timeout_s:g}S</p:Timeout>"
        await self._say("ContinuousMove", f"<p:Velocity>{parts}</p:Velocity>{timeout}")

    async def stop(self) -> None:
        """See Motors.stop."""
        await self._say("Stop", "<p:PanTilt>true</p:PanTilt><p:Zoom>true</p:Zoom>")

    async def go_home(self) -> None:
        """See Motors.go_home."""
        await self._say("GotoHomePosition")

    async def presets(self) -> tuple[Preset, ...]:
        """See PresetBook.presets."""
        if not self._abilities.max_presets:
            return ()
        return read_presets(await self._say("GetPresets"))

    async def go_to(self, preset: str) -> None:
        """See PresetBook.go_to."""
        await self._say("GotoPreset", _preset(preset))

    async def keep(self, name: str, preset: str | None) -> Preset:
        """See PresetBook.keep."""
        body = f"<p:PresetName>{escape(name)}</p:PresetName>"
        answer = await self._say("SetPreset", body + (_preset(preset) if preset else ""))
        token = _words_of(answer, "PresetToken") or preset
        if not token:
            raise SourceProtocol("the camera did not say under which name it keeps the preset")
        return Preset(token, name)

    async def forget(self, preset: str) -> None:
        """See PresetBook.forget."""
        await self._say("RemovePreset", _preset(preset))

    async def close(self) -> None:
        """See Motors.close."""
        await self._device.__aexit__(None, None, None)

    async def _say(self, operation: str, body: str = "") -> Any:
        return await _ask(self._device, operation, self._profile + body)


async def _ask(device: OnvifDevice, operation: str, body: str = "") -> Any:
    """One question to the PTZ service.

    Raises:
        SourceProtocol: The camera refused; the text says why.
        SourceRefused, SourceLost: As it goes.
    """
    message = f'<p:{operation} xmlns:p="{PTZ}" xmlns:t="{_SCHEMA}">{body}</p:{operation}>'
    try:
        return await device.ask(PTZ, message)
    except OnvifFault as fault:
        raise SourceProtocol(f"the camera refused: {in_words(fault.said)}") from None


def _preset(token: str) -> str:
    return f"<p:PresetToken>{escape(token)}</p:PresetToken>"


async def _profile_of(device: OnvifDevice) -> tuple[str, str]:
    """See read_profile; Media2 only where there is nothing older, which more cameras do well."""
    if device.has(MEDIA):
        question = f'<o:GetProfiles xmlns:o="{MEDIA}"/>'
        return read_profile(await device.ask(MEDIA, question))
    question = "<m:GetProfiles><m:Type>PTZ</m:Type></m:GetProfiles>"
    return read_profile(await device.ask(MEDIA2, question))


async def open_head(
    address: str, credentials: Credentials | None, *, clock: Clock = _SYSTEM
) -> OnvifHead:
    """Begin to talk with the moving parts of a camera.

    Args:
        address: Device service URL.
        credentials: What the camera asks for.
        clock: For the digests of the password.

    Raises:
        SourceUnsupported: It cannot be turned.
        SourceRefused, SourceLost: As it goes.
    """
    library = await guard.load()
    device = OnvifDevice(library, address, credentials, clock=clock, timeout_s=_REQUEST_S)
    try:
        async with asyncio.timeout(_OPEN_S):
            return await _met(device)
    except TimeoutError:
        await device.__aexit__(None, None, None)
        raise SourceLost(f"{address} did not answer within {_OPEN_S:g} s") from None
    except BaseException:
        await device.__aexit__(None, None, None)
        raise


async def _met(device: OnvifDevice) -> OnvifHead:
    """What there is to turn; see open_head."""
    await device.read_clock()
    await device.find_services()
    if not device.has(PTZ):
        raise SourceUnsupported("the camera has no PTZ service; it cannot be turned")
    profile, node = await _profile_of(device)
    body = f"<p:NodeToken>{escape(node)}</p:NodeToken>" if node else ""
    answer = await _ask(device, "GetNode" if node else "GetNodes", body)
    return OnvifHead(device, profile, *read_node(answer))
