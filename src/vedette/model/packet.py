"""Compressed media as a camera sent it, and what surrounds it in the hub."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Codec(StrEnum):
    """Codecs by FFmpeg's names."""

    H264 = "h264"
    HEVC = "hevc"
    MJPEG = "mjpeg"
    AAC = "aac"
    PCM_ALAW = "pcm_alaw"
    PCM_MULAW = "pcm_mulaw"
    OPUS = "opus"
    VP9 = "vp9"


class TrackKind(StrEnum):
    """Video or audio; a stream has one video track and at most one audio track."""

    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """How to decode a video track.

    Attributes:
        codec: H264, HEVC or MJPEG; VP9 where we made it for a browser.
        config: Body of ``avcC`` or ``hvcC`` (ISO/IEC 14496-15) or ``vpcC``; empty for MJPEG.
        codec_string: RFC 6381, such as ``avc1.4D401F`` or ``hvc1.1.6.L93.B0``.
        width: Pixels shown, after cropping.
        height: Pixels shown, after cropping.
        reorder: Frames by which decoding order may differ from presentation order; 0 without
            B-frames.
        timescale: Ticks per second of ``pts`` and ``dts``.
    """

    codec: Codec
    config: bytes
    codec_string: str
    width: int
    height: int
    reorder: int = 0
    timescale: int = 90_000


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """How to decode an audio track.

    Attributes:
        codec: AAC, PCM_ALAW, PCM_MULAW or OPUS.
        config: AudioSpecificConfig (ISO/IEC 14496-3) for AAC, body of ``dOps`` for Opus, else
            empty.
        codec_string: RFC 6381, such as ``mp4a.40.2`` or ``opus``; ``alaw``/``ulaw`` for G.711.
        sample_rate: Samples per second, which is also the timescale (48000 for Opus).
        channels: 1 or more.
    """

    codec: Codec
    config: bytes
    codec_string: str
    sample_rate: int
    channels: int

    @property
    def timescale(self) -> int:
        """Ticks per second of ``pts``."""
        return self.sample_rate


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """Everything that a player must know before the first packet."""

    video: VideoTrack
    audio: AudioTrack | None = None


class GapReason(StrEnum):
    """Why there is no footage for a while."""

    UNREACHABLE = "unreachable"  # could not connect, or the connection broke
    REFUSED = "refused"  # credentials
    UNSUPPORTED = "unsupported"  # codec or dialect
    PROTOCOL = "protocol"  # nonsense or a limit exceeded
    STALLED = "stalled"  # connected, but nothing arrived
    TIMESTAMP_JUMP = "timestamp_jump"  # the camera's clock leapt
    STOPPED = "stopped"  # Vedette was stopped, or the camera was disabled or removed
    CRASHED = "crashed"  # Vedette or the machine died; found at start-up
    NOT_WANTED = "not_wanted"  # the policy did not ask for recording
    STORAGE = "storage"  # no volume could take it
    OVERRUN = "overrun"  # the disk or the machine was too slow


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """A run begins: a new connection, or the same one with another format.

    Attributes:
        run: UUIDv7 of the run; ``pts`` counts from its origin.
        format: How to decode what follows.
        arrival_ns: Monotonic time of the opening.
        wall_us: Wall time of the opening.
    """

    run: str
    format: StreamFormat
    arrival_ns: int
    wall_us: int


@dataclass(slots=True)
class Packet:
    """One access unit or audio frame, untouched; shared by all readers, so nobody may change it.

    Not frozen, because that makes each of thousands a second five times as expensive to make.

    Attributes:
        track: Which of the two tracks.
        pts: Presentation time, ticks of the track's timescale since the origin of the run; both
            tracks share the origin. May be negative for audio that began before the video.
        dts: Decoding time, same unit, strictly increasing per track, ``<= pts``.
        arrival_ns: When its last byte arrived, monotonic.
        wall_us: When its last byte arrived, wall clock; ``wall_us - arrival_ns / 1000`` changes
            only when the wall clock is stepped or slewed.
        key: Whether decoding may start here.
        payload: Video: NAL units, each after its length in four bytes big endian (ISO/IEC
            14496-15), without parameter sets and access unit delimiters, SEI kept, or one JPEG.
            Audio: one raw frame (AAC without ADTS).
        lost_frames: Frames known to be missing directly before this one.
        lost_packets: RTP packets known to be missing since the packet before.
    """

    track: Final[TrackKind]
    pts: Final[int]
    dts: Final[int]
    arrival_ns: Final[int]
    wall_us: Final[int]
    key: Final[bool]
    payload: Final[bytes]
    lost_frames: Final[int] = 0
    lost_packets: Final[int] = 0


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """A run ended; nothing more comes until the next ``StreamOpened``.

    Attributes:
        reason: Why.
        detail: One sentence for the operator, without secrets.
        arrival_ns: Monotonic time at which the loss was noticed.
        wall_us: Wall time at which the loss was noticed.
    """

    reason: GapReason
    detail: str
    arrival_ns: int
    wall_us: int


HubItem = StreamOpened | Packet | StreamClosed
