"""The thread that reads one source with libavformat.

libavformat blocks, so it gets a thread of its own. A blocked read cannot be woken from outside;
it ends by itself after the time-out it was opened with. A thread that was told to stop while it
waits for a silent camera therefore lives on until then, but delivers nothing more.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import av.error
import av.logging

from vedette.base.errors import (
    SourceLost,
    SourceProtocol,
    SourceRefused,
    SourceStalled,
    SourceUnsupported,
)
from vedette.ingest.libav.address import Opening, opening
from vedette.ingest.libav.tracks import AudioConverter, RawPacket, StreamInfo, VideoConverter
from vedette.ingest.ports import SourceCounters, SourceFrame, SourceRequest
from vedette.model.packet import Codec, StreamFormat

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

NS_PER_S = 1_000_000_000
_LIMIT_WINDOW_NS = 4 * NS_PER_S
_FORMAT_PATIENCE_PACKETS = 2000
_DEFAULT_STEP = Fraction(1, 25)
# libav's own messages hold whole URLs, credentials included.
av.logging.set_level(None)

Event = StreamFormat | SourceFrame


@dataclass(slots=True)
class _Rate:
    """How much came within the current window."""

    begun_ns: int
    bits: int = 0
    frames: int = 0

    def check(self, request: SourceRequest, now_ns: int, size: int, *, is_video: bool) -> None:
        """Count a packet.

        Raises:
            SourceProtocol: The source sends more than it may.
        """
        if now_ns - self.begun_ns > _LIMIT_WINDOW_NS:
            self.begun_ns, self.bits, self.frames = now_ns, 0, 0
        self.bits += size * 8
        self.frames += is_video
        window_s = _LIMIT_WINDOW_NS // NS_PER_S
        if self.bits > request.max_bits_per_s * window_s:
            raise SourceProtocol(
                f"{request.name} sends more than {request.max_bits_per_s // 1_000_000} Mbit/s; "
                "lower its bit rate"
            )
        if self.frames > request.max_frames_per_s * window_s:
            raise SourceProtocol(f"{request.name} sends more than {request.max_frames_per_s} fps")


class _Pace:
    """Plays a file as fast as it was recorded, however often."""

    def __init__(self) -> None:
        self._begun_ns: int | None = None
        self._first_s = Fraction(0)
        self.end_s = Fraction(0)

    def delay_s(self, at_s: Fraction, step_s: Fraction) -> float:
        """Seconds until a packet of media time ``at_s`` is due; negative when it is late."""
        now_ns = time.monotonic_ns()
        if self._begun_ns is None:
            self._begun_ns, self._first_s = now_ns, at_s
        self.end_s = max(self.end_s, at_s + step_s)
        return float(at_s - self._first_s) - (now_ns - self._begun_ns) / NS_PER_S


class Reader:
    """Reads until the source ends; runs in a thread of its own.

    Args:
        request: What to read.
        counters: Written by this thread, read by anybody.
        put: Takes formats and frames with their sizes; False means that nobody wants more.
        finished: Called last, with the reason.
    """

    def __init__(
        self,
        request: SourceRequest,
        counters: SourceCounters,
        put: Callable[[Event, int], bool],
        finished: Callable[[SourceLost], object],
    ) -> None:
        self._request = request
        self._counters = counters
        self._put = put
        self._finished = finished
        self._stopping = threading.Event()
        self._opened = False
        self._format: StreamFormat | None = None
        self._lost_damaged = 0

    def stop(self) -> None:
        """End at the next packet, or at the end of the time-out."""
        self._stopping.set()

    def run(self) -> None:
        """The body of the thread."""
        # Made outside the handler: the errors of the library name the URL with the credentials,
        # and must not hang on ours as their context.
        reason: SourceLost
        try:
            self._read()
            reason = SourceLost(f"{self._request.name}: the source ended")
        except SourceLost as error:
            reason = error
        except Exception as error:  # noqa: BLE001  whatever the library raises, in our words
            reason = self._described(error)
        reason.__context__ = None
        self._finished(reason)

    def _described(self, error: Exception) -> SourceLost:  # noqa: PLR0911  one line per kind
        """An error of the library in words, without its URL."""
        name = self._request.name
        if isinstance(error, (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)):
            return SourceRefused(f"{name} refused the credentials")
        if isinstance(error, av.error.ExitError) and self._opened:
            return SourceStalled(f"{name} sent nothing for {self._request.stall_timeout_s:g} s")
        if isinstance(error, av.error.ExitError):
            seconds = self._request.connect_timeout_s
            return SourceLost(f"{name} did not answer within {seconds:g} s")
        if isinstance(error, av.error.ProtocolNotFoundError):
            return SourceUnsupported(f"{name}: the installed PyAV cannot speak this protocol")
        if isinstance(error, (av.error.InvalidDataError, av.error.LookupError)):
            return SourceUnsupported(f"{name} sends no media that can be understood")
        if isinstance(error, av.error.FFmpegError):
            return SourceLost(f"{name} cannot be read: {error.strerror or 'unknown reason'}")
        return SourceProtocol(f"{name} sent media that broke the reader ({type(error).__name__})")

    def _read(self) -> None:
        request = self._request
        plan = opening(request.source.address, request.credentials, request.connect_timeout_s)
        shift_s = Fraction(0)
        pace = _Pace() if plan.is_file else None
        while True:
            with av.open(
                plan.url,
                "r",
                options=plan.options,
                timeout=(request.connect_timeout_s, request.stall_timeout_s),
            ) as container:
                self._opened = True
                self._play(container, plan, pace, shift_s)
            if self._stopping.is_set() or pace is None or not plan.loop:
                return
            if pace.end_s <= shift_s:
                raise SourceUnsupported(f"{request.name}: the file holds nothing to play")
            shift_s = pace.end_s

    def _play(
        self, container: "InputContainer", plan: Opening, pace: _Pace | None, shift_s: Fraction
    ) -> None:
        """Deliver everything until the container ends."""
        if not container.streams.video:
            raise SourceUnsupported(f"{self._request.name} has no video")
        video_stream = container.streams.video[0]
        video = VideoConverter(_info(video_stream))
        audio_stream, audio = self._audio(container)
        by_arrival = not plan.is_file and video_stream.codec_context.name == Codec.MJPEG
        wanted: list[Stream] = [video_stream, *([audio_stream] if audio_stream else [])]
        rate = _Rate(time.monotonic_ns())
        waiting: list[tuple[bool, RawPacket]] = []
        base_s: Fraction | None = None
        for is_video, packet in self._packets(container, wanted):
            rate.check(self._request, packet.arrival_ns, len(packet.data), is_video=is_video)
            timed = packet
            if by_arrival:
                timed = _timed_by_arrival(packet)
            elif pace is not None:
                at = packet.dts if packet.dts is not None else packet.pts
                if at is not None:
                    base_s = at * packet.time_base if base_s is None else base_s
                timed = _shifted(packet, shift_s - (base_s or Fraction(0)))
                if not self._wait(pace, timed):
                    return
            waiting.append((is_video, timed))
            if self._format is None and not _is_known(video, audio, waiting):
                continue
            ready, waiting = waiting, []
            for one_is_video, one in ready:
                if not self._deliver(video, audio, one, is_video=one_is_video):
                    return

    def _wait(self, pace: _Pace, packet: RawPacket) -> bool:
        """Wait until a packet of a file is due; False when told to stop meanwhile."""
        at = packet.dts if packet.dts is not None else packet.pts
        if at is None:
            return not self._stopping.is_set()
        step_s = packet.duration * packet.time_base or _DEFAULT_STEP
        delay_s = pace.delay_s(at * packet.time_base, step_s)
        return not self._stopping.wait(delay_s) if delay_s > 0 else not self._stopping.is_set()

    def _audio(self, container: "InputContainer") -> "tuple[Stream | None, AudioConverter | None]":
        """The first audio stream that we can keep; others are left alone."""
        for stream in container.streams.audio:
            try:
                return stream, AudioConverter(_info(stream))
            except SourceLost:
                continue
        return None, None

    def _packets(
        self, container: "InputContainer", wanted: "list[Stream]"
    ) -> Iterator[tuple[bool, RawPacket]]:
        for packet in container.demux(wanted):
            if self._stopping.is_set():
                return
            arrival_ns = time.monotonic_ns()
            if packet.size == 0:
                continue  # flushes a decoder, which we have none of
            self._counters.expected_packets += 1
            self._counters.received_packets += 1
            self._counters.bytes += packet.size
            is_video = packet.stream.type == "video"
            if packet.is_corrupt:
                if is_video:
                    self._counters.damaged_frames += 1
                    self._lost_damaged += 1
                continue
            yield (
                is_video,
                RawPacket(
                    data=bytes(packet),
                    pts=packet.pts,
                    dts=packet.dts,
                    duration=packet.duration or 0,
                    time_base=packet.time_base,
                    arrival_ns=arrival_ns,
                    key=packet.is_keyframe,
                ),
            )

    def _deliver(
        self,
        video: VideoConverter,
        audio: AudioConverter | None,
        packet: RawPacket,
        *,
        is_video: bool,
    ) -> bool:
        """Convert one packet and hand over what comes of it; False when nobody wants more."""
        changed = None
        if is_video:
            frames, changed = video.convert(packet)
        else:
            frames = audio.convert(packet) if audio is not None else []
        if video.track is None:
            return True
        if self._format is None or changed is not None:
            found = StreamFormat(video.track, audio.track if audio is not None else None)
            if found != self._format:
                self._format = found
                if not self._put(found, 0):
                    return False
        for frame in frames:
            whole = frame
            if is_video:
                self._counters.received_frames += 1
                if self._lost_damaged:
                    whole = replace(frame, damaged_frames=self._lost_damaged)
                    self._lost_damaged = 0
            if not self._put(whole, len(frame.payload)):
                return False
        return True


def _info(stream: "Stream") -> StreamInfo:
    context = stream.codec_context
    return StreamInfo(
        codec=str(stream.codec_context.codec.canonical_name),
        extradata=bytes(context.extradata or b""),
        width=int(getattr(context, "width", 0) or 0),
        height=int(getattr(context, "height", 0) or 0),
        reorder=int(getattr(context, "has_b_frames", 0) or 0),
        sample_rate=int(getattr(context, "sample_rate", 0) or 0),
        channels=int(getattr(context, "channels", 0) or 0),
    )


def _timed_by_arrival(packet: RawPacket) -> RawPacket:
    """JPEG over HTTP carries no times; the moment of arrival is all there is."""
    ticks = packet.arrival_ns // 1000
    return replace(packet, pts=ticks, dts=ticks, duration=0, time_base=Fraction(1, 1_000_000))


def _shifted(packet: RawPacket, shift_s: Fraction) -> RawPacket:
    ticks = round(shift_s / packet.time_base)
    return replace(
        packet,
        pts=None if packet.pts is None else packet.pts + ticks,
        dts=None if packet.dts is None else packet.dts + ticks,
    )


def _is_known(
    video: VideoConverter, audio: AudioConverter | None, waiting: list[tuple[bool, RawPacket]]
) -> bool:
    """Whether the format can be told; in-band parameter sets and ADTS headers are waited for.

    Raises:
        SourceUnsupported: They never came.
    """
    if len(waiting) > _FORMAT_PATIENCE_PACKETS:
        raise SourceUnsupported("the source sends no parameter sets, so it cannot be decoded")
    is_video, packet = waiting[-1]
    if video.track is None and is_video:
        video.peek(packet)
    if audio is not None and not is_video:
        audio.learn(packet)
    audio_is_known = audio is None or audio.track is not None
    return video.track is not None and (audio_is_known or len(waiting) > 100)
