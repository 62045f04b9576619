"""How a stream and a volume are doing right now."""

from dataclasses import dataclass
from enum import StrEnum

from vedette.model.camera import StreamKey


class StreamState(StrEnum):
    """What a stream is doing."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"  # will be tried again
    REFUSED = "refused"  # credentials; tried again slowly
    UNSUPPORTED = "unsupported"  # codec or dialect; tried again slowly
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """A stream as an operator should see it, sent about once a second while something changes.

    Attributes:
        since_us: Wall time since which ``state`` holds.
        detail: One sentence when something is wrong, else empty.
        bitrate: Bits per second over the last few seconds.
        frame_rate: Frames per second over the last few seconds.
        lost_frames: Since the connection began.
        lost_packets: Since the connection began.
        reconnects: Since Vedette started.
        clock_offset_us: Camera clock minus ours; None when unknown.
        video_codec: RFC 6381 string, or empty.
        audio_codec: RFC 6381 string, or empty.
        width: Pixels, 0 when unknown.
        height: Pixels, 0 when unknown.
        key_interval_s: Seconds between the last two key frames, 0 when unknown.
        recording: Whether footage is being kept at this moment.
    """

    stream: StreamKey
    state: StreamState
    since_us: int
    detail: str = ""
    bitrate: int = 0
    frame_rate: float = 0.0
    lost_frames: int = 0
    lost_packets: int = 0
    reconnects: int = 0
    clock_offset_us: int | None = None
    video_codec: str = ""
    audio_codec: str = ""
    width: int = 0
    height: int = 0
    key_interval_s: float = 0.0
    recording: bool = False


class VolumeState(StrEnum):
    """Whether a volume takes footage."""

    READY = "ready"
    FULL = "full"
    CONDEMNED = "condemned"  # a write or fsync failed
    MISSING = "missing"  # not there, or another volume in its place


@dataclass(frozen=True, slots=True)
class VolumeHealth:
    """A volume as an operator should see it.

    Attributes:
        id: From the identity file.
        path: Root folder.
        state: See VolumeState.
        detail: One sentence when something is wrong, else empty.
        total_bytes: Size of the file system.
        free_bytes: What is free, the reserve included.
        reserve_bytes: What is never used.
        bytes_per_hour: Measured rate of writing.
        write_ms: Median time of the last writes with their fdatasync.
    """

    id: str
    path: str
    state: VolumeState
    detail: str = ""
    total_bytes: int = 0
    free_bytes: int = 0
    reserve_bytes: int = 0
    bytes_per_hour: int = 0
    write_ms: float = 0.0
