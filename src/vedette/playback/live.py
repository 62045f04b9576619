"""Live view: each frame becomes one MP4 fragment once, whoever watches."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import Refused
from vedette.bus import Bus
from vedette.bus.topics import STREAM_HEALTH
from vedette.hub import Attachment, Hub
from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import (
    Codec,
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamOpened,
    TrackKind,
)
from vedette.playback.picture.works import PictureWorks, Reencoder
from vedette.playback.ports import HealthSource
from vedette.playback.run import Run
from vedette.playback.settings import PlaybackSettings
from vedette.playback.sound import Sound, SoundWorks, Transcoder
from vedette.playback.viewer import (
    AudioAnswer,
    LiveClock,
    LiveOffline,
    Viewer,
)

_log = structlog.get_logger(__name__)
_PLAYABLE_VIDEO = frozenset({Codec.H264, Codec.HEVC, Codec.VP9})
_REASONS = {
    StreamState.CONNECTING: "connecting",
    StreamState.OFFLINE: GapReason.UNREACHABLE.value,
    StreamState.REFUSED: GapReason.REFUSED.value,
    StreamState.UNSUPPORTED: GapReason.UNSUPPORTED.value,
    StreamState.DISABLED: GapReason.STOPPED.value,
}

_BUSY = "encoding"
_BUSY_DETAIL = (
    "the pictures of other cameras are being turned into VP9 already; this one comes when one of "
    "them is closed, or raise playback.max_encoded_pictures"
)


class LiveStream:
    """A stream that somebody watches: the one sink in the hub for all of its viewers."""

    def __init__(self, key: StreamKey, works: SoundWorks) -> None:
        self.key = key
        self.viewers: list[Viewer] = []
        self._works = works
        self._sound: Transcoder | None = None
        self._opened: StreamOpened | None = None
        self._run: Run | None = None
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
        self._settle_sound()
        if self._run is not None:
            self._greet(viewer, self._run)
        elif self.offline is not None:
            viewer.state(self.offline)

    def remove(self, viewer: Viewer) -> None:
        """Feed a viewer no more; the last listener takes the encoding of sound along."""
        self.viewers.remove(viewer)
        self._settle_sound()

    def let_go(self) -> None:
        """End what is encoded for whoever is left."""
        self._run = None
        self._settle_sound()

    def say_offline(self, offline: LiveOffline) -> None:
        """Tell the viewers why there is no picture, unless there is one or they know."""
        if self._opened is None and offline != self.offline:
            self.offline = offline
            for viewer in self.viewers:
                viewer.state(offline)

    def _open(self, opened: StreamOpened) -> None:
        self.let_go()  # the next key frame begins another run
        self.offline = None
        self._opened = opened
        video = opened.format.video
        if video.codec not in _PLAYABLE_VIDEO:
            self._opened = None
            detail = f"no browser plays {video.codec.value} video; set the camera to H.264 or H.265"
            self.say_offline(LiveOffline(GapReason.UNSUPPORTED.value, detail, opened.wall_us))

    def _close(self, closed: StreamClosed) -> None:
        self._opened = None
        self.let_go()
        self.say_offline(LiveOffline(closed.reason.value, closed.detail, closed.wall_us))

    def _take(self, packet: Packet) -> None:
        begins = packet.key and packet.track is TrackKind.VIDEO
        if self._run is None:
            if not begins or self._opened is None:
                return
            self._run = Run(self._opened.format, packet)
            self._settle_sound()
            for viewer in self.viewers:
                self._greet(viewer, self._run)
        elif begins and self._run.drift():
            for viewer in self.viewers:
                viewer.clock(LiveClock(self._run.origin_us))
        if packet.track is TrackKind.AUDIO and self._run.to_encode is not None:
            if self._sound is not None:
                self._sound.put(
                    Sound(packet.pts, packet.arrival_ns, packet.wall_us, packet.payload)
                )
            return
        self._send(self._run, packet)

    def _send(self, run: Run, packet: Packet) -> None:
        item = run.take(packet)
        if item is None:
            return
        for viewer in self.viewers:
            if packet.track is TrackKind.VIDEO or viewer.hears:
                viewer.media(item)

    def _settle_sound(self) -> None:
        """Encode the sound of the run while somebody listens, and only then."""
        run, sound = self._run, self._sound
        if run is not None and run.to_encode is not None and any(v.audio for v in self.viewers):
            if sound is None:
                call = asyncio.get_running_loop().call_soon_threadsafe
                self._sound = self._works.open(
                    run.to_encode, call, lambda made: self._heard(run, made)
                )
        elif sound is not None:
            self._sound = None
            sound.close()

    def _heard(self, run: Run, made: Sequence[Sound]) -> None:
        for one in made:
            track, times = TrackKind.AUDIO, (one.pts, one.pts, one.arrival_ns, one.wall_us)
            self._send(run, Packet(track, *times, key=True, payload=one.payload))

    def _greet(self, viewer: Viewer, run: Run) -> None:
        described = run.describe(audio=viewer.audio, encoded=self._sound is not None)
        viewer.hears = described.audio is AudioAnswer.PLAYED
        viewer.state(described)
        cached = run.catch_up(audio=viewer.hears)
        if cached is not None:
            viewer.media(cached)


@dataclass(slots=True)
class _Watched:
    """A stream and where its packets come from; from nowhere while it waits for its turn."""

    stream: LiveStream
    attachment: Attachment | None = None
    picture: Reencoder | None = None


_Name = tuple[StreamKey, bool]
"""A stream, and whether its pictures are made playable for every browser."""


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
        self._works = SoundWorks(self._settings.max_encoded_sounds)
        self._pictures = PictureWorks(self._settings.max_encoded_pictures, clock)
        self._streams: dict[_Name, _Watched] = {}
        self._lingering: dict[_Name, asyncio.Task[None]] = {}
        self._closed = False
        self._subscription = bus.subscribe(STREAM_HEALTH, self._on_health)

    def encoded_sounds(self) -> int:
        """How many streams' sound is being encoded at this moment."""
        return self._works.open_count

    def encoded_pictures(self) -> int:
        """How many streams' pictures are being encoded at this moment."""
        return self._pictures.open_count

    def viewers(self) -> dict[StreamKey, int]:
        """How many watch each stream; 0 for one that is kept ready a moment longer."""
        counts: dict[StreamKey, int] = {}
        for (key, _), watched in self._streams.items():
            counts[key] = counts.get(key, 0) + len(watched.stream.viewers)
        return counts

    def watch(
        self, key: StreamKey, *, audio: bool, encode: bool = False
    ) -> tuple[Viewer, Callable[[], None]]:
        """Begin to watch a stream; whether the organisation owns it was asked before.

        Args:
            key: The stream.
            audio: Whether sound is wanted.
            encode: Whether H.265 shall be turned into VP9. Where too many are already, the viewer
                is told so and gets its picture when another one ends.

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
        name = (key, encode)
        stream = self._stream(name)
        stream.add(viewer)

        def leave() -> None:
            viewer.end()
            if viewer in stream.viewers:
                stream.remove(viewer)
                self._let_go_later(name, stream)

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
        for watched in self._streams.values():
            if watched.attachment is not None:
                watched.attachment.detach()
            watched.stream.let_go()
            for viewer in watched.stream.viewers:
                viewer.end()
        self._streams.clear()
        await self._pictures.close()
        await asyncio.to_thread(self._works.close)

    def _stream(self, name: _Name) -> LiveStream:
        task = self._lingering.pop(name, None)
        if task is not None:
            task.cancel()
        if name not in self._streams:
            self._streams[name] = _Watched(LiveStream(name[0], self._works))
            self._begin(name)
        return self._streams[name].stream

    def _begin(self, name: _Name) -> None:
        """Let a stream's packets come, or say why they do not yet."""
        (key, encode), watched = name, self._streams[name]
        stream = watched.stream
        health = self._health.stream(key)
        if encode:
            watched.picture = self._pictures.open(stream.receive)
            if watched.picture is None:
                stream.say_offline(LiveOffline(_BUSY, _BUSY_DETAIL, self._clock.wall_us()))
                return
        sink = watched.picture or stream
        watched.attachment = self._hub.attach(key, sink, from_key_frame=True)
        if health is not None:
            self._on_health(health)

    def _on_health(self, health: StreamHealth) -> None:
        reason = _REASONS.get(health.state)
        if reason is None:
            return
        for encode in (False, True):
            watched = self._streams.get((health.stream, encode))
            if watched is not None and watched.attachment is not None:
                watched.stream.say_offline(LiveOffline(reason, health.detail, health.since_us))

    def _let_go_later(self, name: _Name, stream: LiveStream) -> None:
        if stream.viewers or self._closed or name in self._lingering:
            return

        async def linger() -> None:
            # What costs much ends at once; somebody else may wait for it.
            await self._clock.sleep(0 if name[1] else self._settings.linger_s)
            del self._lingering[name]
            await self._end(self._streams.pop(name))

        self._lingering[name] = asyncio.create_task(linger(), name=f"linger {name[0].camera}")

    async def _end(self, watched: _Watched) -> None:
        if watched.attachment is not None:
            watched.attachment.detach()
        if watched.picture is None:
            return
        await self._pictures.release(watched.picture)
        waiting = [name for name, one in self._streams.items() if one.attachment is None]
        if waiting and not self._closed:
            self._begin(waiting[0])
