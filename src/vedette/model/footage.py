"""Footage on disk: segments of fragments, the gaps between them, and what was lost."""

from dataclasses import dataclass
from enum import StrEnum

from vedette.model.camera import StreamKey
from vedette.model.packet import GapReason


class SegmentState(StrEnum):
    """Where a segment stands in its life."""

    WRITING = "writing"
    FINISHED = "finished"
    ERASING = "erasing"  # its row is condemned, its file may still be there


@dataclass(frozen=True, slots=True)
class FormatRow:
    """A stored way to decode: segments point at it, players fetch its initialisation segment.

    Attributes:
        id: SHA-256 of ``init``, hexadecimal, first 32 digits.
        init: ``ftyp`` and ``moov`` boxes, exactly as every file of the format begins.
        video_codec: RFC 6381 string.
        audio_codec: RFC 6381 string, or empty.
        width: Pixels.
        height: Pixels.
        video_timescale: Ticks per second of the video track.
    """

    id: str
    init: bytes
    video_codec: str
    audio_codec: str
    width: int
    height: int
    video_timescale: int


@dataclass(frozen=True, slots=True)
class Segment:
    """About a minute of one stream in one file.

    Attributes:
        stream: Whose footage.
        start_us: Wall time of the first frame; unique within the stream.
        end_us: Wall time at which the last frame ends, excluded.
        run: Connection it was recorded from.
        volume: Identifier of the volume that holds the file.
        path: Relative to the volume's root, with ``/``.
        format_id: How to decode it.
        bytes: Length of the file that is safe on disk.
        frames: Video frames.
        lost_frames: Video frames known to be missing.
        state: See SegmentState.
        protected: Whether retention must leave it alone.
    """

    stream: StreamKey
    start_us: int
    end_us: int
    run: str
    volume: str
    path: str
    format_id: str
    bytes: int
    frames: int
    lost_frames: int
    state: SegmentState = SegmentState.WRITING
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """One group of pictures inside a segment's file: video boxes, then audio boxes.

    Each part is a ``moof`` with its ``mdat``. Only fragments that are safe on disk have a row.

    Attributes:
        stream: Whose footage.
        start_us: Wall time of the first frame; unique within the stream.
        duration_us: Wall duration; ``start_us + duration_us`` is the next fragment's start unless
            a gap lies between.
        segment_start_us: Names the segment.
        offset: First byte in the file.
        size: Bytes, video and audio together.
        video_size: Bytes of the leading video part, which plays alone.
        media_start: Decoding time of the first video frame, ticks since the start of the file.
        media_duration: Video ticks.
        frames: Video frames.
        lost_frames: Video frames known to be missing before or within.
        lost_packets: RTP packets known to be missing before or within.
        key: Whether decoding may start at its first frame.
        sha256: Of the ``size`` bytes, 32 bytes.
    """

    stream: StreamKey
    start_us: int
    duration_us: int
    segment_start_us: int
    offset: int
    size: int
    video_size: int
    media_start: int
    media_duration: int
    frames: int
    lost_frames: int
    lost_packets: int
    key: bool
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """A time for which a stream has no footage although somebody might look for it.

    Attributes:
        start_us: End of the last footage.
        end_us: Start of the next footage; None while the gap is open.
        reason: See GapReason.
        detail: One sentence for the operator.
    """

    stream: StreamKey
    start_us: int
    end_us: int | None
    reason: GapReason
    detail: str


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The wall clock was stepped by ``step_us`` at ``at_us`` (new clock) while recording."""

    stream: StreamKey
    at_us: int
    step_us: int


@dataclass(frozen=True, slots=True)
class LossMinute:
    """The account of one stream for one minute of wall time.

    Attributes:
        minute_us: Start of the minute, a multiple of 60 000 000.
        expected_packets: RTP packets that the sequence numbers promised.
        received_packets: RTP packets that came.
        expected_frames: Frames that the time stamps promised.
        received_frames: Whole frames that came.
        bytes: Payload received.
        reconnects: Connections begun.
        jitter_us: RFC 3550 interarrival jitter, the largest of the minute.
        clock_offset_us: Camera clock minus ours from the last sender report; None without one.
        connected_us: Time within the minute that a connection stood.
    """

    stream: StreamKey
    minute_us: int
    expected_packets: int = 0
    received_packets: int = 0
    expected_frames: int = 0
    received_frames: int = 0
    bytes: int = 0
    reconnects: int = 0
    jitter_us: int = 0
    clock_offset_us: int | None = None
    connected_us: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Footage without a hole, for drawing a timeline."""

    start_us: int
    end_us: int
    lost_frames: int
