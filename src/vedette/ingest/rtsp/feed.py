"""Frames of the two tracks, given their ticks and handed to the receiver."""

from collections import deque

from vedette.base.errors import SourceProtocol
from vedette.ingest.ports import MediaReceiver, SenderReport, SourceFrame
from vedette.ingest.rtsp.depacketisers.access_unit import AccessUnit, ParameterSets
from vedette.ingest.rtsp.rtcp import SenderInfo
from vedette.ingest.rtsp.rtp import Moment, Unwrapper
from vedette.model.packet import AudioTrack, StreamFormat, TrackKind

_NS_PER_S = 1_000_000_000
_VIDEO, _AUDIO = TrackKind.VIDEO, TrackKind.AUDIO  # an enum's members are slow to look up
_MAX_OPENED = 20  # formats within a minute; each makes a new run, and new files behind it
_OPENED_NS = 60 * _NS_PER_S


class Jitter:
    """Interarrival jitter (RFC 3550, section 6.4.1), taken once a frame instead of once a packet.

    The packets of a picture share a time stamp but leave one after the other, so that the packet
    form mostly measures the size of pictures.
    """

    __slots__ = ("_rate", "_transit", "ticks")

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._transit = 0.0
        self.ticks = 0.0

    def note(self, pts: int, arrival_ns: int) -> None:
        """A frame came."""
        transit = arrival_ns * self._rate / _NS_PER_S - pts
        if self._transit:
            change = abs(transit - self._transit)
            # A leap of the time stamps is no jitter.
            if change < self._rate * 10:
                self.ticks += (change - self.ticks) / 16
        self._transit = transit

    @property
    def microseconds(self) -> int:
        """The jitter now."""
        return round(self.ticks * 1_000_000 / self._rate)


class VideoFeed:
    """Whole pictures to frames; opens the stream at a key frame and again when its format changes.

    Attributes:
        format: What was last opened.
        waiting: Whether a key frame is awaited.
        frames: Pictures that came whole.
        bytes: Their payload.
        jitter: See Jitter.
    """

    def __init__(
        self,
        sets: ParameterSets,
        receiver: MediaReceiver,
        moment: Moment,
        *,
        rate: int,
        audio: AudioTrack | None,
    ) -> None:
        self.format: StreamFormat | None = None
        self.waiting = True
        self.frames = self.bytes = 0
        self.jitter = Jitter(rate)
        self._sets = sets
        self._receiver = receiver
        self._moment = moment
        self._rate = rate
        self._audio = audio
        self._clock = Unwrapper()
        self._opened_ns: deque[int] = deque(maxlen=_MAX_OPENED)
        self._report: tuple[SenderInfo, int] | None = None

    def access_unit(self, unit: AccessUnit) -> None:
        """Take the next picture."""
        pts = self._ticks(self._clock.ticks(unit.stamp))
        arrival_ns = self._moment.ns
        self.frames += 1
        self.bytes += len(unit.payload)
        self.jitter.note(pts, arrival_ns)
        if unit.key and (self.waiting or self._sets.changed):
            self._open()
        if self.waiting:
            return
        if self._report is not None:
            self._tell(*self._report)
        self._receiver.frame(
            SourceFrame(
                _VIDEO,
                pts,
                None,
                arrival_ns,
                unit.key,
                unit.payload,
                unit.lost_packets,
                unit.damaged,
            )
        )

    def _ticks(self, stamp: int) -> int:
        """Ticks of 1/90000 s; H.264 and H.265 have no other clock, but some cameras say one."""
        return stamp if self._rate == 90_000 else stamp * 90_000 // self._rate

    def _open(self) -> None:
        track = self._sets.track()
        self._sets.changed = False
        if track is None:
            return
        found = StreamFormat(track, self._audio)
        if self.waiting or found != self.format:
            now_ns = self._moment.ns
            if len(self._opened_ns) == _MAX_OPENED and now_ns - self._opened_ns[0] < _OPENED_NS:
                raise SourceProtocol(
                    "the camera changes its format again and again; restart the camera"
                )
            self._opened_ns.append(now_ns)
            self.format = found
            self._receiver.opened(found)
        self.waiting = False

    def restarted(self) -> None:
        """Another sender took over."""
        self.waiting = True
        self._clock = Unwrapper()
        self._report = None

    def sender(self, info: SenderInfo) -> None:
        """The camera told its clock; kept until the stream is open."""
        if self.waiting:
            self._report = (info, self._moment.ns)
        else:
            self._tell(info, self._moment.ns)

    def _tell(self, info: SenderInfo, arrival_ns: int) -> None:
        self._report = None
        pts = self._ticks(self._clock.peek(info.stamp))
        self._receiver.sender_report(SenderReport(TrackKind.VIDEO, info.ntp_us, pts, arrival_ns))


class AudioFeed:
    """Audio frames, while the video stream is open.

    When another sender takes over, the ticks go on by the time that passed, for the video need not
    be interrupted.

    Attributes:
        frames: Frames that came.
        bytes: Their payload.
        jitter: See Jitter.
    """

    def __init__(
        self,
        track: AudioTrack,
        video: VideoFeed,
        receiver: MediaReceiver,
        moment: Moment,
        *,
        rate: int,
    ) -> None:
        self.frames = self.bytes = 0
        self.jitter = Jitter(rate)
        self._timescale = track.timescale
        self._video = video
        self._receiver = receiver
        self._moment = moment
        self._rate = rate
        self._clock = Unwrapper()
        self._shift = 0
        self._last: tuple[int, int] | None = None  # ticks and arrival of the last frame
        self._resume = False
        self._lost = 0

    def frame(self, stamp: int, extra: int, payload: bytes) -> None:
        """Take the next frame; see depacketisers.aac.AudioFrame."""
        ticks = self._clock.ticks(stamp) + extra
        arrival_ns = self._moment.ns
        if self._resume and self._last is not None:
            last, last_ns = self._last
            passed = (arrival_ns - last_ns) * self._rate // _NS_PER_S
            self._shift = last + passed - ticks
        self._resume = False
        ticks += self._shift
        self._last = (ticks, arrival_ns)
        self.frames += 1
        self.bytes += len(payload)
        self.jitter.note(ticks, arrival_ns)
        if self._video.waiting:
            return
        lost, self._lost = self._lost, 0
        pts = ticks * self._timescale // self._rate
        frame = SourceFrame(_AUDIO, pts, None, arrival_ns, True, payload, lost)  # noqa: FBT003
        self._receiver.frame(frame)

    def lost(self, count: int) -> None:
        """Packets before the next frame are missing."""
        self._lost += count

    def restarted(self) -> None:
        """Another sender took over."""
        self._clock = Unwrapper()
        self._resume = True

    def sender(self, info: SenderInfo) -> None:
        """The camera told its clock."""
        if self._video.waiting or not self._clock.started():
            return
        ticks = self._clock.peek(info.stamp) + self._shift
        pts = ticks * self._timescale // self._rate
        report = SenderReport(TrackKind.AUDIO, info.ntp_us, pts, self._moment.ns)
        self._receiver.sender_report(report)
