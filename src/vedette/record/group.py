"""A group of pictures with its sound, and how it becomes the bytes of a fragment."""

from dataclasses import dataclass
from itertools import pairwise

from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID, fragment_columns
from vedette.media.note import NOTE_BYTES, FragmentNote
from vedette.model.packet import AudioTrack, Codec, Packet, StreamFormat

_NOMINAL_AUDIO_TICKS = {Codec.AAC: 1024, Codec.OPUS: 960}


@dataclass(slots=True, eq=False)
class Group:
    """Frames from one key frame to the next, or a part of that when it grows too long.

    Attributes:
        video: At least one packet, in decoding order.
        audio: What sounded meanwhile.
        end_dts: Decoding time at which the last frame ends, video ticks.
        size: Bytes of payload.
        start_us: Wall time of the first frame.
        duration_us: Wall duration.
        lost_frames: Known to be missing before or within.
        lost_packets: Known to be missing before or within.
        attempts: How often it was handed to a volume.
    """

    video: list[Packet]
    audio: list[Packet]
    end_dts: int
    size: int
    start_us: int = 0
    duration_us: int = 0
    lost_frames: int = 0
    lost_packets: int = 0
    attempts: int = 0

    @property
    def key(self) -> bool:
        """Whether decoding may start at its first frame."""
        return self.video[0].key

    @property
    def end_us(self) -> int:
        """Wall time at which the last frame ends."""
        return self.start_us + self.duration_us


@dataclass(frozen=True, slots=True)
class EncodedGroup:
    """The bytes of a fragment, and what its index row needs.

    Attributes:
        parts: Ready for ``writev``.
        size: Sum of their lengths.
        video_size: Bytes of the leading video part.
        media_start: Decoding time of the first frame, ticks since the start of the file.
        media_duration: Video ticks.
    """

    parts: list[bytes]
    size: int
    video_size: int
    media_start: int
    media_duration: int


@dataclass(frozen=True, slots=True)
class MediaOrigin:
    """Media time zero of a file, in ticks of each track since the origin of the run."""

    video: int
    audio: int


def origin_of(group: Group, stream_format: StreamFormat) -> MediaOrigin:
    """Where the file that begins with a group puts its zero.

    Sound that began up to a second before the picture pulls the zero ahead, because media time
    in a file cannot be negative.
    """
    video, audio_track = group.video[0].dts, stream_format.audio
    if audio_track is None:
        return MediaOrigin(video, 0)
    rate, timescale = audio_track.timescale, stream_format.video.timescale
    if group.audio:
        ahead = video - group.audio[0].pts * timescale // rate
        if 0 < ahead <= timescale:
            video -= ahead
    return MediaOrigin(video, -(-video * rate // timescale))


def encode(
    group: Group, stream_format: StreamFormat, origin: MediaOrigin, sequence: int, run: str
) -> EncodedGroup:
    """The fragment of a group: note, video boxes, audio boxes.

    Args:
        group: Placed in wall time.
        stream_format: Of the run.
        origin: Of the file.
        sequence: Number of the first box, from 1; the audio part takes the next.
        run: UUID of the run.
    """
    frames = group.video
    dts = [frame.dts for frame in frames]
    durations = [after - before for before, after in pairwise(dts)]
    durations.append(group.end_dts - dts[-1])
    media_start = dts[0] - origin.video
    video = fragment_columns(
        VIDEO_TRACK_ID,
        sequence,
        media_start,
        payloads=[frame.payload for frame in frames],
        durations=durations,
        keys=[frame.key for frame in frames],
        ctos=[frame.pts - frame.dts for frame in frames],
    )
    video_size = NOTE_BYTES + sum(map(len, video))
    audio = _audio_part(group.audio, stream_format.audio, origin, sequence + 1)
    size = video_size + sum(map(len, audio))
    note = FragmentNote(
        run=run,
        start_us=group.start_us,
        duration_us=group.duration_us,
        media_start=media_start,
        lost_frames=group.lost_frames,
        lost_packets=group.lost_packets,
        size=size,
        video_size=video_size,
    )
    parts = [note.encode(VIDEO_TRACK_ID), *video, *audio]
    return EncodedGroup(parts, size, video_size, media_start, group.end_dts - dts[0])


def _audio_part(
    packets: list[Packet], track: AudioTrack | None, origin: MediaOrigin, sequence: int
) -> list[bytes]:
    if track is None or not packets:
        return []
    zero = origin.audio
    times = [packet.pts - zero for packet in packets if packet.pts >= zero]
    if not times:
        return []
    payloads = [packet.payload for packet in packets[len(packets) - len(times) :]]
    durations = [after - before for before, after in pairwise(times)]
    durations.append(_last_duration(track, payloads[-1], durations))
    if min(durations) < 0 or max(durations) >= 1 << 32:
        return []  # a source that breaks its promise of increasing time must not spoil the video
    count = len(times)
    return fragment_columns(
        AUDIO_TRACK_ID,
        sequence,
        times[0],
        payloads=payloads,
        durations=durations,
        keys=[True] * count,
        ctos=[0] * count,
    )


def _last_duration(track: AudioTrack, payload: bytes, durations: list[int]) -> int:
    """How long the last packet sounds; the next one, which would tell, is not there yet."""
    if track.codec in {Codec.PCM_ALAW, Codec.PCM_MULAW}:
        return len(payload) // track.channels
    # The shortest, because a lost packet makes the one before it look longer.
    return min(durations, default=_NOMINAL_AUDIO_TICKS.get(track.codec, 1024))
