"""Plays one stream: sets tracks up over TCP or UDP, watches over limits, silence and sessions."""

import asyncio
import time

import structlog

from vedette.base.errors import SourceLost, SourceProtocol, SourceStalled, SourceUnsupported
from vedette.ingest.ports import MediaReceiver, SourceCounters, SourceRequest
from vedette.ingest.rtsp import transport
from vedette.ingest.rtsp.burst import Burst
from vedette.ingest.rtsp.connection import Connection
from vedette.ingest.rtsp.datagrams import PortPair
from vedette.ingest.rtsp.feed import VideoFeed
from vedette.ingest.rtsp.reorder import ReorderBuffer
from vedette.ingest.rtsp.session import Session, TransportRefused
from vedette.ingest.rtsp.track import Track, choose, make_tracks
from vedette.model.camera import Transport

_log = structlog.get_logger(__name__)
_TICK_S = 1.0
_REPORT_S = 5.0
_KEY_WAIT_S = 30.0
_BURST_S = 3.0  # of the highest rate, taken at once: cameras send what they buffered
_NS_PER_S = 1_000_000_000
_WEIGH_BYTES = 64 * 1024
_WEIGH_NS = 100_000_000


class _Limits:
    """Cuts a camera off that sends more than it may (a token bucket)."""

    def __init__(self, request: SourceRequest) -> None:
        self._rate = request.max_bits_per_s / 8 / _NS_PER_S  # bytes per nanosecond
        self._most = request.max_bits_per_s / 8 * _BURST_S
        self._left = self._most
        self._at_ns = time.monotonic_ns()
        self._max_bits_per_s = request.max_bits_per_s
        self._max_frames_per_s = request.max_frames_per_s
        self._frames = 0
        self._frames_ns = self._at_ns

    def spend(self, count: int, frames: int, now_ns: int) -> None:
        """Account for bytes read and for frames in total.

        Raises:
            SourceProtocol: It is too much.
        """
        left = self._left + (now_ns - self._at_ns) * self._rate - count
        self._at_ns = now_ns
        if left < 0:
            raise SourceProtocol(
                f"the camera sends more than {self._max_bits_per_s / 1e6:g} Mbit/s and was cut off;"
                " lower its bit rate or raise ingest.max_bits_per_s"
            )
        self._left = min(left, self._most)
        passed_ns = now_ns - self._frames_ns
        allowed = self._max_frames_per_s * (_BURST_S + passed_ns / _NS_PER_S)
        if frames - self._frames > allowed:
            raise SourceProtocol(
                f"the camera sends more than {self._max_frames_per_s} frames per second and was cut"
                " off; lower its frame rate or raise ingest.max_frames_per_s"
            )
        if passed_ns > 10 * _NS_PER_S:
            self._frames, self._frames_ns = frames, now_ns


class Player:
    """One connection's worth of playing."""

    def __init__(self, request: SourceRequest) -> None:
        self._request = request
        self._tracks: list[tuple[Track, int, PortPair | None]] = []  # with the RTCP channel
        self._session: Session | None = None
        self._started_ns = self._framed_ns = 0
        self._unspent = 0  # bytes read that the limits have not seen
        self._spent_ns = 0
        self._reported_ns = self._alive_ns = 0
        self._frames_seen = 0
        self._limits: _Limits | None = None
        self._timer: asyncio.TimerHandle | None = None

    def counters(self) -> SourceCounters:
        """Totals so far."""
        counters = SourceCounters()
        for track, _, _ in self._tracks:
            counters.expected_packets += track.rtp.expected
            counters.received_packets += track.rtp.received
            counters.lost_packets += track.rtp.lost
            counters.bytes += track.feed.bytes
            if track.builder is not None:
                counters.received_frames = track.feed.frames
                counters.damaged_frames = track.builder.damaged_total
                counters.jitter_us = track.feed.jitter.microseconds
        return counters

    async def run(self, receiver: MediaReceiver) -> None:
        """Play until the connection ends, which always raises.

        Raises:
            SourceRefused, SourceUnsupported, SourceProtocol, SourceLost: See MediaSource.play.
        """
        tcp = self._request.source.transport is Transport.TCP
        try:
            await self._run(receiver, tcp=tcp)
        except TransportRefused:
            _log.info("rtsp.transport_refused", camera=self._request.name, tcp=tcp)
        try:
            await self._run(receiver, tcp=not tcp)
        except TransportRefused as error:
            raise SourceUnsupported(
                "the camera sends neither over TCP nor over UDP to this address"
            ) from error

    async def _run(self, receiver: MediaReceiver, *, tcp: bool) -> None:
        session = self._session = await Session.open(self._request)
        try:
            async with asyncio.timeout(3 * self._request.connect_timeout_s):
                await self._start(session, receiver, tcp=tcp)
            raise await asyncio.shield(session.connection.failed)
        except TimeoutError as error:
            raise SourceLost("the camera took too long to begin to play") from error
        finally:
            self._stop()
            await session.close()

    async def _start(self, session: Session, receiver: MediaReceiver, *, tcp: bool) -> None:
        choice = choose(self._request.name, await session.describe())
        connection = session.connection
        video, audio = make_tracks(choice, receiver, connection.moment)
        self._tracks = []
        await self._setup(session, video, tcp=tcp)
        if audio is not None:
            try:
                await self._setup(session, audio, tcp=tcp)
            except SourceLost as error:
                if connection.failed.done():
                    raise
                _log.warning("rtsp.audio_left_out", camera=self._request.name, reason=str(error))
        now_ns = time.monotonic_ns()
        self._started_ns = self._framed_ns = self._spent_ns = now_ns
        connection.moment.ns = now_ns
        self._unspent = 0
        self._reported_ns = self._alive_ns = now_ns
        self._limits = _Limits(self._request)
        connection.after_read = self._after_read
        await session.play()
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick, connection)

    async def _setup(self, session: Session, track: Track, *, tcp: bool) -> None:
        channel = 2 * len(self._tracks)
        sinks = session.connection.reader.sinks
        if tcp:
            answer = await session.setup(track.offer.control, transport.ask_tcp(channel))
            agreed = transport.parse_agreed(answer.get("transport"), tcp=True, channel=channel)
            media, control = agreed.interleaved or (channel, channel + 1)
            if sinks[media] is not None:
                raise SourceProtocol("the camera sends two tracks over the same channel")
            sinks[media] = track.rtp.packet
            if track.builder is not None:
                burst = Burst(track.rtp, track.builder)
                session.connection.reader.bursts[media] = burst.take
            if sinks[control] is None:
                sinks[control] = track.control
            self._tracks.append((track, control, None))
            return
        connection = session.connection
        ports = PortPair(
            connection.local_host,
            {connection.peer_host},
            connection.moment,
            clock=time.monotonic_ns,
            after_read=self._after_read,
            failed=connection.fail,
        )
        try:
            answer = await session.setup(track.offer.control, transport.ask_udp(ports.port))
            agreed = transport.parse_agreed(answer.get("transport"), tcp=False, channel=channel)
        except BaseException:
            ports.close()
            raise
        self._tracks.append((track, channel + 1, ports))
        ports.aim(connection.peer_host, agreed.server_ports)
        reorder = ReorderBuffer(track.rtp.packet, connection.moment)
        ports.listen(reorder.packet, track.control)

    def _after_read(self, count: int) -> None:
        """Runs after each read; holds the limits, which need not be weighed for every few bytes."""
        session, limits = self._session, self._limits
        if session is None or limits is None:
            return
        now_ns = session.connection.moment.ns
        self._unspent += count
        if self._unspent < _WEIGH_BYTES and now_ns - self._spent_ns < _WEIGH_NS:
            return
        count, self._unspent, self._spent_ns = self._unspent, 0, now_ns
        video = self._tracks[0][0]
        frames = video.feed.frames
        if frames != self._frames_seen:
            self._frames_seen = frames
            self._framed_ns = now_ns
        limits.spend(count, frames, now_ns)
        if video.builder is not None:
            video.builder.check()

    def _tick(self, connection: Connection) -> None:
        """Once a second: silence, reports, keep-alive."""
        if connection.failed.done() or self._session is None:
            return
        now_ns = time.monotonic_ns()
        try:
            self._check_silence(connection, now_ns)
        except SourceLost as error:
            connection.fail(error)
            return
        if now_ns - self._reported_ns >= _REPORT_S * _NS_PER_S:
            self._reported_ns = now_ns
            self._send_reports(connection, now_ns)
        if now_ns - self._alive_ns >= self._session.timeout_s / 2 * _NS_PER_S:
            self._alive_ns = now_ns
            self._session.keep_alive()
        self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._tick, connection)

    def _check_silence(self, connection: Connection, now_ns: int) -> None:
        stall_s = self._request.stall_timeout_s
        if now_ns - connection.moment.ns > stall_s * _NS_PER_S:
            udp = self._tracks[0][2] is not None
            hint = "; a firewall may drop UDP, so try TCP" if udp and not self._frames_seen else ""
            raise SourceStalled(f"the camera has sent nothing for {stall_s:g} s{hint}")
        feed = self._tracks[0][0].feed
        waiting = isinstance(feed, VideoFeed) and feed.waiting
        if waiting and now_ns - self._started_ns > _KEY_WAIT_S * _NS_PER_S:
            raise SourceUnsupported(
                f"the camera sent no key frame with its parameter sets in {_KEY_WAIT_S:g} s; set a"
                " key frame (I-frame) interval of a few seconds in the camera"
            )
        if not waiting:
            self._started_ns = now_ns
        if now_ns - self._framed_ns > max(stall_s, _KEY_WAIT_S) * _NS_PER_S:
            raise SourceStalled("the camera sends packets, but no whole picture comes of them")

    def _send_reports(self, connection: Connection, now_ns: int) -> None:
        for track, channel, ports in self._tracks:
            report = track.report(now_ns)
            if ports is None:
                connection.write_frame(channel, report)
            else:
                ports.send_control(report)

    def _stop(self) -> None:
        self._limits = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._session is not None:  # what comes until the goodbye is answered is not wanted
            self._session.connection.reader.deafen()
        for _, _, ports in self._tracks:
            if ports is not None:
                ports.close()
