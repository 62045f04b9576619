"""What an ingest driver must do: open one stream of one camera and hand over what comes."""

from dataclasses import dataclass
from typing import Final, Protocol

from vedette.base.registry import Kind
from vedette.model.camera import Credentials, StreamSource
from vedette.model.packet import StreamFormat, TrackKind


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """What to open.

    Attributes:
        name: Of the camera and stream, for messages.
        source: Address and transport.
        credentials: None when the camera asks for none.
        connect_timeout_s: Until the first answer.
        stall_timeout_s: Longest silence while playing.
        max_bits_per_s: What a source may send over a few seconds before it is cut off, so that it
            takes nothing from its neighbours.
        max_frames_per_s: The same for video frames.
        verify_tls: Whether an ``rtsps`` certificate must be valid for the host.
    """

    name: str
    source: StreamSource
    credentials: Credentials | None = None
    connect_timeout_s: float = 10.0
    stall_timeout_s: float = 10.0
    max_bits_per_s: int = 100_000_000
    max_frames_per_s: int = 240
    verify_tls: bool = True


@dataclass(slots=True)
class SourceFrame:
    """One access unit or audio frame as a driver hands it over; nobody changes it afterwards.

    Not frozen, because that makes each of thousands a second five times as expensive to make.

    Attributes:
        track: Which track.
        pts: Unwrapped ticks of the track's timescale, arbitrary origin per track.
        dts: Same unit, when the source says it; else None.
        arrival_ns: Monotonic time at which the last byte arrived.
        key: Whether decoding may start here.
        payload: As ``model.packet.Packet.payload``.
        lost_packets: RTP packets missing since the frame before.
        damaged_frames: Frames thrown away since the frame before because parts were missing.
    """

    track: Final[TrackKind]
    pts: Final[int]
    dts: Final[int | None]
    arrival_ns: Final[int]
    key: Final[bool]
    payload: Final[bytes]
    lost_packets: Final[int] = 0
    damaged_frames: Final[int] = 0


@dataclass(frozen=True, slots=True)
class SenderReport:
    """The camera's own clock against a track's ticks (RFC 3550, section 6.4.1).

    Attributes:
        track: Which track.
        ntp_us: Camera wall time, microseconds since the Unix epoch.
        pts: Unwrapped ticks, same origin as the frames' ``pts``.
        arrival_ns: When the report arrived, monotonic.
    """

    track: TrackKind
    ntp_us: int
    pts: int
    arrival_ns: int


@dataclass(slots=True)
class SourceCounters:
    """Totals since the source began to play; read by the service once a second."""

    expected_packets: int = 0
    received_packets: int = 0
    lost_packets: int = 0
    damaged_frames: int = 0
    received_frames: int = 0
    bytes: int = 0
    jitter_us: int = 0


class MediaReceiver(Protocol):
    """Takes what a source hands over; every method returns at once."""

    def opened(self, stream_format: StreamFormat) -> None:
        """The format is known; called again when it changes within the connection."""
        ...

    def frame(self, frame: SourceFrame) -> None:
        """One frame; none comes before ``opened``, and the first video frame is a key frame."""
        ...

    def sender_report(self, report: SenderReport) -> None:
        """The camera told its clock."""
        ...


class MediaSource(Protocol):
    """One connection to one stream of a camera; used once."""

    @property
    def counters(self) -> SourceCounters:
        """Totals so far."""
        ...

    async def describe(self) -> StreamFormat:
        """Connect, learn the format, disconnect.

        Raises:
            SourceRefused: The credentials were not accepted.
            SourceUnsupported: Nothing is offered that we can read.
            SourceProtocol: The peer broke the protocol or a limit.
            SourceStalled: Connected, but silent.
            SourceLost: Unreachable, or gone.
        """
        ...

    async def play(self, receiver: MediaReceiver) -> None:
        """Deliver until the connection ends, which always raises; cancel to stop.

        Raises:
            SourceRefused, SourceUnsupported, SourceProtocol, SourceLost: As ``describe``.
        """
        ...


SOURCES: Kind[MediaSource] = Kind("ingest")
"""Each driver is made with one ``SourceRequest``."""
