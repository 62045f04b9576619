"""What asking a camera about itself brought to light, before anybody adds it."""

from dataclasses import dataclass

from vedette.model.camera import StreamRole


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream that a camera offers.

    Attributes:
        name: As the camera calls it.
        address: Stream URL without credentials, ready for ``StreamSource.address``.
        codec: FFmpeg's name such as ``h264`` or ``hevc``, or empty when the camera does not say.
        width: Pixels, 0 when unknown.
        height: Pixels, 0 when unknown.
        frame_rate: Frames per second, 0 when unknown.
        role: What to use it for; None for a stream that Vedette has no use for by itself.
    """

    name: str
    address: str
    codec: str = ""
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    role: StreamRole | None = None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a camera told about itself.

    Attributes:
        make: Manufacturer, or empty.
        model: Or empty.
        firmware: Version, or empty.
        serial: Serial number, or empty.
        onvif_address: Device service URL, or None when the camera did not answer as ONVIF.
        clock_offset_us: Camera clock minus ours, to about half a second; None when unknown.
        profiles: At most one has the role main and at most one the role sub.
        snapshot: A JPEG of this moment, or None.
        warnings: Sentences for the person who adds the camera, without secrets.
    """

    make: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    onvif_address: str | None = None
    clock_offset_us: int | None = None
    profiles: tuple[Profile, ...] = ()
    snapshot: bytes | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiscoveredDevice:
    """A device that answered a search on the local network; nothing of it is verified.

    Attributes:
        address: ONVIF device service URL.
        name: As it announces itself, or empty.
        hardware: Model as it announces itself, or empty.
        location: Place as it announces itself, or empty.
    """

    address: str
    name: str = ""
    hardware: str = ""
    location: str = ""
