"""Makes the packets of a stream's runs out of what a source hands over."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from vedette.base.clock import Clock
from vedette.base.ids import new_id
from vedette.base.units import NS_PER_US, US_PER_S, ticks_to_us
from vedette.ingest.loss import FrameAccount
from vedette.ingest.ports import SenderReport, SourceFrame
from vedette.ingest.timing import (
    MAX_REORDER,
    AudioAlignment,
    DecodeTimes,
    LeapDetector,
    WallTime,
)
from vedette.model.packet import (
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamFormat,
    StreamOpened,
    TrackKind,
)

_log = structlog.get_logger(__name__)
_VIDEO, _AUDIO = TrackKind.VIDEO, TrackKind.AUDIO  # an enum's members are slow to look up
_CALM_NS = 60_000_000_000
_HOLD_NS = 5_000_000_000  # before a new run after leaps in a row, lest each picture makes a file
_FRAME_TICKS = 3600  # at 90 kHz and 25 frames per second, until the frames themselves tell


class RunMaker:
    """See MediaReceiver; one per stream, over all its connections.

    Attributes:
        format: Of the run, None while no run is open.
        frames: Video frames published so far.
        lost_frames: Video frames known to be missing so far.
        lost_packets: RTP packets known to be missing so far.
        bytes: Payload published so far.
        clock_offset_us: Camera clock minus ours, None when unknown.
        key_interval_us: Between the last two key frames, 0 when unknown.
    """

    def __init__(
        self, name: str, publish: Callable[[HubItem], None], clock: Clock, wall: WallTime
    ) -> None:
        self.format: StreamFormat | None = None
        self.frames = self.lost_frames = self.lost_packets = self.bytes = 0
        self.clock_offset_us: int | None = None
        self.key_interval_us = 0
        self._name = name
        self._publish = publish
        self._clock = clock
        self._wall = wall
        self._offered: StreamFormat | None = None
        self._depth = 0
        self._times = DecodeTimes(0, _FRAME_TICKS)
        self._leaps = LeapDetector()
        self._account = FrameAccount()
        self._audio: AudioAlignment | None = None
        self._origin: int | None = None  # source ticks of the run's zero
        self._timescale = 90_000
        self._last_us = 0  # run time of the last picture
        self._last_ns = 0  # its arrival
        self._last_key_us: int | None = None
        self._dropped = 0  # frames not published since a leap
        self._leapt_ns: int | None = None
        self._held_until_ns = 0

    # MediaReceiver

    def opened(self, stream_format: StreamFormat) -> None:
        """See MediaReceiver.opened."""
        self._offered = stream_format
        self._open(stream_format)

    def _open(self, stream_format: StreamFormat) -> None:
        depth = min(MAX_REORDER, max(self._depth, stream_format.video.reorder))
        if depth != stream_format.video.reorder:
            video = replace(stream_format.video, reorder=depth)
            stream_format = replace(stream_format, video=video)
        self.format = stream_format
        self._timescale = stream_format.video.timescale
        self._times = DecodeTimes(depth, self._account.frame_ticks() or _FRAME_TICKS)
        self._leaps = LeapDetector()
        self._account.restart()
        audio = stream_format.audio
        self._audio = AudioAlignment(audio.timescale) if audio is not None else None
        self._origin = None
        self._last_key_us = None
        now_ns = self._clock.monotonic_ns()
        opened = StreamOpened(new_id(self._clock), stream_format, now_ns, self._wall.at(now_ns))
        self._publish(opened)

    def frame(self, frame: SourceFrame) -> None:
        """See MediaReceiver.frame."""
        if frame.track is _VIDEO:
            self._video(frame)
        else:
            self._sound(frame)

    def sender_report(self, report: SenderReport) -> None:
        """See MediaReceiver.sender_report."""
        self.clock_offset_us = report.ntp_us - self._wall.at(report.arrival_ns)
        if self._audio is None or self._origin is None:
            return
        if report.track is TrackKind.VIDEO:
            run_us = ticks_to_us(report.pts - self._origin, self._timescale)
            self._audio.video_report(report.ntp_us, run_us)
        else:
            self._audio.audio_report(report.ntp_us, report.pts)

    # video

    def _video(self, frame: SourceFrame) -> None:
        if self.format is None:
            if not frame.key or self._offered is None or frame.arrival_ns < self._held_until_ns:
                self._dropped += 1
                self.lost_frames += 1
                return
            self._open(self._offered)
        elif frame.key and self._times.too_shallow and self._depth < MAX_REORDER:
            # Pictures come out of order although the camera did not say so.
            self._depth = self._times.depth + 1
            _log.info("ingest.reorder_deepened", camera=self._name, depth=self._depth)
            self._open(self.format)
        arrival_us = frame.arrival_ns // NS_PER_US
        media_us = frame.pts * US_PER_S // self._timescale
        if self._leaps.leapt(media_us, arrival_us):
            again = self._leapt_ns is not None and frame.arrival_ns - self._leapt_ns < _CALM_NS
            self._leapt_ns = frame.arrival_ns
            self._held_until_ns = frame.arrival_ns + _HOLD_NS if again else 0
            self.end(GapReason.TIMESTAMP_JUMP, "the camera's media clock leapt by over 10 s")
            self._video(frame)
            return
        self._publish_video(frame)

    def _publish_video(self, frame: SourceFrame) -> None:
        origin = self._origin
        if origin is None:
            origin = self._origin = self._first(frame)
        said = None if frame.dts is None else frame.dts - origin
        pts, dts = self._times.next(frame.pts - origin, said)
        missing = self._account.missing(
            dts, lost_packets=frame.lost_packets, damaged=frame.damaged_frames
        )
        self.lost_frames += missing
        if self._dropped:
            missing += self._dropped
            self._dropped = 0
        self.lost_packets += frame.lost_packets
        self.frames += 1
        self.bytes += len(frame.payload)
        self._last_us = pts * US_PER_S // self._timescale
        self._last_ns = frame.arrival_ns
        if frame.key:
            if self._last_key_us is not None:
                self.key_interval_us = self._last_us - self._last_key_us
            self._last_key_us = self._last_us
        self._publish(
            Packet(
                _VIDEO,
                pts,
                dts,
                frame.arrival_ns,
                self._wall.at(frame.arrival_ns),
                frame.key,
                frame.payload,
                missing,
                frame.lost_packets,
            )
        )

    def _first(self, frame: SourceFrame) -> int:
        """Source ticks at which the run's zero lies: the first decoding time."""
        if frame.dts is not None and frame.dts <= frame.pts:
            return frame.dts
        return frame.pts - self._times.lead()

    # audio

    def _sound(self, frame: SourceFrame) -> None:
        if self.format is None or self._audio is None or self._origin is None:
            return
        passed_us = (frame.arrival_ns - self._last_ns) // NS_PER_US
        pts = self._audio.place(frame.pts, self._last_us + passed_us)
        if pts is None:
            return
        self.bytes += len(frame.payload)
        self.lost_packets += frame.lost_packets
        self._publish(
            Packet(
                _AUDIO,
                pts,
                pts,
                frame.arrival_ns,
                self._wall.at(frame.arrival_ns),
                True,  # noqa: FBT003
                frame.payload,
                0,
                frame.lost_packets,
            )
        )

    def end(self, reason: GapReason, detail: str) -> bool:
        """Close the run; returns whether one was open."""
        if self.format is None:
            return False
        self.format = None
        self._origin = None
        now_ns = self._clock.monotonic_ns()
        self._publish(StreamClosed(reason, detail, now_ns, self._wall.at(now_ns)))
        return True
