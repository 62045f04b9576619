"""One connection's worth of live packets as fragments of one frame each."""

from vedette.base.units import ticks_to_us, us_to_ticks
from vedette.media import opus
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.model.packet import AudioTrack, Codec, Packet, StreamFormat, TrackKind
from vedette.playback.sound import can_become_opus
from vedette.playback.viewer import AudioAnswer, LiveFormat, LiveMedia

_MAX_CACHE_BYTES = 8 * 1024 * 1024
_TARGET_MS = 60
_TARGET_REORDER_MS = 200
_DRIFT_TOLD_US = 250_000
_FIRST_FRAME_RATE = 25
_PLAYABLE_AUDIO = frozenset({Codec.AAC, Codec.OPUS})


class _Track:
    """Turns the packets of one track into fragments of one frame each.

    The length of a frame is the distance to the next one, which has not come yet; the distance
    from the last one stands for it, so that a frame is shown without waiting for its successor.
    """

    def __init__(self, track_id: int, timescale: int, first_duration: int) -> None:
        self._id = track_id
        self.timescale = timescale
        self._duration = first_duration
        self._last_dts: int | None = None
        self._sequence = 0

    def fragment(self, packet: Packet, lead: int) -> bytes:
        """One fragment; its decoding time is ``packet.dts + lead``."""
        if self._last_dts is not None:
            step = packet.dts - self._last_dts
            if 0 < step <= self.timescale:
                self._duration = step
        self._last_dts = packet.dts
        self._sequence = self._sequence % 0xFFFF_FFFF + 1
        key = packet.key or self._id == AUDIO_TRACK_ID
        sample = Sample(packet.payload, self._duration, key, packet.pts - packet.dts)
        return b"".join(fragment(self._id, self._sequence, packet.dts + lead, [sample]))


class Run:
    """One connection's worth of packets, from the first key frame on.

    Attributes:
        format: As it is played, with Opus in place of sound that no browser plays.
        origin_us: Wall time of media time 0 by the frame that came with the least delay.
        to_encode: The camera's sound when it must become Opus first, else None.
    """

    def __init__(self, stream_format: StreamFormat, first: Packet) -> None:
        video, audio = stream_format.video, stream_format.audio
        self.to_encode: AudioTrack | None = None
        if audio is not None and can_become_opus(audio):
            self.to_encode, audio = audio, opus.audio_track(audio.channels)
        self.format = StreamFormat(video, audio)
        self._video = _Track(VIDEO_TRACK_ID, video.timescale, video.timescale // _FIRST_FRAME_RATE)
        self._audio: _Track | None = None
        if audio is not None and audio.codec in _PLAYABLE_AUDIO:
            length = 960 if audio.codec is Codec.OPUS else 1024
            self._audio = _Track(AUDIO_TRACK_ID, audio.timescale, length)
        # Decoding time is unsigned in MP4, but begins below zero where frames are reordered.
        self._lead_us = max(0, -ticks_to_us(first.dts, video.timescale))
        self.origin_us = first.wall_us - self._media_us(first, self._video)
        self._least_us = self.origin_us
        self.cached: list[tuple[TrackKind, LiveMedia]] = []
        self._cached_bytes = 0
        self._inits: dict[bool, bytes] = {}

    def _media_us(self, packet: Packet, track: _Track) -> int:
        return ticks_to_us(packet.pts, track.timescale) + self._lead_us

    def take(self, packet: Packet) -> LiveMedia | None:
        """The packet as media; None for sound that cannot be played."""
        is_video = packet.track is TrackKind.VIDEO
        track = self._video if is_video else self._audio
        if track is None:
            return None
        lead = us_to_ticks(self._lead_us, track.timescale)
        if packet.dts + lead < 0:
            return None  # sound from before the first picture
        item = LiveMedia(
            data=track.fragment(packet, lead),
            frames=int(is_video),
            key=is_video and packet.key,
            arrival_ns=packet.arrival_ns,
        )
        if is_video:
            self._least_us = min(self._least_us, packet.wall_us - self._media_us(packet, track))
        self._remember(packet.track, item)
        return item

    def drift(self) -> bool:
        """Begin a new group of pictures; whether the origin has moved so far as to be told."""
        told = abs(self._least_us - self.origin_us) > _DRIFT_TOLD_US
        if told:
            self.origin_us = self._least_us
        self._least_us = 1 << 62
        return told

    def _remember(self, track: TrackKind, item: LiveMedia) -> None:
        if item.key:
            self.cached, self._cached_bytes = [], 0
        elif not self.cached:
            return
        self.cached.append((track, item))
        self._cached_bytes += len(item.data)
        if self._cached_bytes > _MAX_CACHE_BYTES:
            self.cached, self._cached_bytes = [], 0  # late comers wait for the next key frame

    def describe(self, *, audio: bool, encoded: bool) -> LiveFormat:
        """What a player must know first.

        Args:
            audio: Whether sound is wanted.
            encoded: Whether sound that must be encoded first is being encoded.
        """
        video = self.format.video
        available = self._audio is not None and (encoded or self.to_encode is None)
        played = audio and available
        if played not in self._inits:
            self._inits[played] = init_segment(self.format, audio=played)
        codecs = [video.codec_string]
        answer = AudioAnswer.ABSENT
        if self.format.audio is not None:
            answer = AudioAnswer.NOT_PLAYABLE
            if self._audio is not None:
                answer = AudioAnswer.AVAILABLE
                if audio:
                    answer = AudioAnswer.PLAYED if played else AudioAnswer.BUSY
            if played:
                codecs.append(self.format.audio.codec_string)
        return LiveFormat(
            mime=f'video/mp4; codecs="{", ".join(codecs)}"',
            origin_us=self.origin_us,
            width=video.width,
            height=video.height,
            target_ms=_TARGET_REORDER_MS if video.reorder else _TARGET_MS,
            audio=answer,
            init=self._inits[played],
        )

    def catch_up(self, *, audio: bool) -> LiveMedia | None:
        """Everything since the last key frame in one piece, so that a picture comes at once."""
        chosen = [item for track, item in self.cached if audio or track is TrackKind.VIDEO]
        if not chosen:
            return None
        return LiveMedia(
            data=b"".join(item.data for item in chosen),
            frames=sum(item.frames for item in chosen),
            key=True,
            arrival_ns=chosen[-1].arrival_ns,
        )
