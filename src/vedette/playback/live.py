"""Live view: each frame becomes one MP4 fragment once, whoever watches."""

import asyncio
from collections.abc import Callable

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import Refused
from vedette.base.units import ticks_to_us, us_to_ticks
from vedette.bus import Bus
from vedette.bus.topics import STREAM_HEALTH
from vedette.hub import Attachment, Hub
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import (
    Codec,
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamFormat,
    StreamOpened,
    TrackKind,
)
from vedette.playback.ports import HealthSource
from vedette.playback.settings import PlaybackSettings
from vedette.playback.viewer import (
    AudioAnswer,
    LiveClock,
    LiveFormat,
    LiveMedia,
    LiveOffline,
    Viewer,
)

_log = structlog.get_logger(__name__)
_MAX_CACHE_BYTES = 8 * 1024 * 1024
_TARGET_MS = 60
_TARGET_REORDER_MS = 200
_DRIFT_TOLD_US = 250_000
_FIRST_FRAME_RATE = 25
_PLAYABLE_VIDEO = frozenset({Codec.H264, Codec.HEVC})
_PLAYABLE_AUDIO = frozenset({Codec.AAC, Codec.OPUS})
_REASONS = {
    StreamState.CONNECTING: "connecting",
    StreamState.OFFLINE: GapReason.UNREACHABLE.value,
    StreamState.REFUSED: GapReason.REFUSED.value,
    StreamState.UNSUPPORTED: GapReason.UNSUPPORTED.value,
    StreamState.DISABLED: GapReason.STOPPED.value,
}


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


class _Run:
    """One connection's worth of packets, from the first key frame on.

    Attributes:
        origin_us: Wall time of media time 0 by the frame that came with the least delay.
    """

    def __init__(self, stream_format: StreamFormat, first: Packet) -> None:
        self.format = stream_format
        video, audio = stream_format.video, stream_format.audio
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

    def describe(self, *, audio: bool) -> LiveFormat:
        """What a player must know first."""
        video = self.format.video
        played = audio and self._audio is not None
        if played not in self._inits:
            self._inits[played] = init_segment(self.format, audio=played)
        codecs = [video.codec_string]
        answer = AudioAnswer.ABSENT
        if self.format.audio is not None:
            answer = AudioAnswer.NOT_PLAYABLE
            if self._audio is not None:
                answer = AudioAnswer.PLAYED if played else AudioAnswer.AVAILABLE
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


class LiveStream:
    """A stream that somebody watches: the one sink in the hub for all of its viewers."""

    def __init__(self, key: StreamKey) -> None:
        self.key = key
        self.viewers: list[Viewer] = []
        self._opened: StreamOpened | None = None
        self._run: _Run | None = None
        self.offline: LiveOffline | None = None

    def receive(self, item: HubItem) -> None:
        """See hub.ports.StreamSink.receive."""
        if isinstance(item, Packet):
            self._take(item)
        elif isinstance(item, StreamOpened):
            self._open(item)
        else:
            self._close(item)

    def add(self, viewer: Viewer) -> None:
        """Begin to feed a viewer, with the picture that there is."""
        self.viewers.append(viewer)
        if self._run is not None:
            self._greet(viewer, self._run)
        elif self.offline is not None:
            viewer.state(self.offline)

    def say_offline(self, offline: LiveOffline) -> None:
        """Tell the viewers why there is no picture, unless there is one or they know."""
        if self._opened is None and offline != self.offline:
            self.offline = offline
            for viewer in self.viewers:
                viewer.state(offline)

    def _open(self, opened: StreamOpened) -> None:
        self._run = None  # the next key frame begins it
        self.offline = None
        self._opened = opened
        video = opened.format.video
        if video.codec not in _PLAYABLE_VIDEO:
            self._opened = None
            detail = f"no browser plays {video.codec.value} video; set the camera to H.264 or H.265"
            self.say_offline(LiveOffline(GapReason.UNSUPPORTED.value, detail, opened.wall_us))

    def _close(self, closed: StreamClosed) -> None:
        self._opened = self._run = None
        self.say_offline(LiveOffline(closed.reason.value, closed.detail, closed.wall_us))

    def _take(self, packet: Packet) -> None:
        begins = packet.key and packet.track is TrackKind.VIDEO
        if self._run is None:
            if not begins or self._opened is None:
                return
            self._run = _Run(self._opened.format, packet)
            for viewer in self.viewers:
                self._greet(viewer, self._run)
        elif begins and self._run.drift():
            for viewer in self.viewers:
                viewer.clock(LiveClock(self._run.origin_us))
        item = self._run.take(packet)
        if item is None:
            return
        for viewer in self.viewers:
            if packet.track is TrackKind.VIDEO or viewer.audio:
                viewer.media(item)

    @staticmethod
    def _greet(viewer: Viewer, run: _Run) -> None:
        viewer.state(run.describe(audio=viewer.audio))
        cached = run.catch_up(audio=viewer.audio)
        if cached is not None:
            viewer.media(cached)


class Live:
    """Every stream that is watched at the moment.

    Args:
        hub: Where the packets come from.
        bus: Tells why a stream is silent.
        health: Why a stream is silent when somebody comes to watch it.
        clock: For the grace period.
        settings: Limits.
    """

    def __init__(
        self,
        hub: Hub,
        bus: Bus,
        health: HealthSource,
        clock: Clock,
        settings: PlaybackSettings | None = None,
    ) -> None:
        self._hub = hub
        self._health = health
        self._clock = clock
        self._settings = settings or PlaybackSettings()
        self._streams: dict[StreamKey, tuple[LiveStream, Attachment]] = {}
        self._lingering: dict[StreamKey, asyncio.Task[None]] = {}
        self._closed = False
        self._subscription = bus.subscribe(STREAM_HEALTH, self._on_health)

    def viewers(self) -> dict[StreamKey, int]:
        """How many watch each stream; 0 for one that is kept ready a moment longer."""
        return {key: len(stream.viewers) for key, (stream, _) in self._streams.items()}

    def watch(self, key: StreamKey, *, audio: bool) -> tuple[Viewer, Callable[[], None]]:
        """Begin to watch a stream; whether the organisation owns it was asked before.

        Returns:
            The viewer, and what to call when it leaves (may be called twice).

        Raises:
            Refused: Too many are watching.
        """
        if sum(self.viewers().values()) >= self._settings.max_viewers:
            raise Refused(
                f"{self._settings.max_viewers} viewers are watching already; close some, or raise "
                "playback.max_viewers"
            )
        viewer = Viewer(self._settings, audio=audio)
        if self._closed:
            viewer.end()
            return viewer, viewer.end
        stream = self._stream(key)
        stream.add(viewer)

        def leave() -> None:
            viewer.end()
            if viewer in stream.viewers:
                stream.viewers.remove(viewer)
                self._let_go_later(key, stream)

        return viewer, leave

    async def close(self) -> None:
        """Let every viewer go and let go of the hub."""
        self._closed = True
        self._subscription.cancel()
        tasks = list(self._lingering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lingering.clear()
        for stream, attachment in self._streams.values():
            attachment.detach()
            for viewer in stream.viewers:
                viewer.end()
        self._streams.clear()

    def _stream(self, key: StreamKey) -> LiveStream:
        task = self._lingering.pop(key, None)
        if task is not None:
            task.cancel()
        if key in self._streams:
            return self._streams[key][0]
        stream = LiveStream(key)
        health = self._health.stream(key)
        attachment = self._hub.attach(key, stream, from_key_frame=True)
        self._streams[key] = (stream, attachment)
        if health is not None:
            self._on_health(health)
        return stream

    def _on_health(self, health: StreamHealth) -> None:
        watched = self._streams.get(health.stream)
        reason = _REASONS.get(health.state)
        if watched is not None and reason is not None:
            watched[0].say_offline(LiveOffline(reason, health.detail, health.since_us))

    def _let_go_later(self, key: StreamKey, stream: LiveStream) -> None:
        if stream.viewers or self._closed or key in self._lingering:
            return

        async def linger() -> None:
            await self._clock.sleep(self._settings.linger_s)
            del self._lingering[key]
            _, attachment = self._streams.pop(key)
            attachment.detach()

        self._lingering[key] = asyncio.create_task(linger(), name=f"linger {key.camera}")
