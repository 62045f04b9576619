"""One client that plays: frames become packets, faults are applied, packets leave."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from vedette.base.clock import Clock
from vedette.base.units import US_PER_S
from vedette.model.packet import Codec, TrackKind
from vedette.testing.camera.clip import VIDEO_RATE
from vedette.testing.camera.faults import Faults, PacketFaults, ParameterSets
from vedette.testing.camera.feed import Feed, FeedItem
from vedette.testing.camera.rtp import RtpLane, packetise

MOST_PAYLOAD_BYTES = 1400
REPORT_INTERVAL_US = 5 * US_PER_S


@dataclass(slots=True)
class ClientAccount:
    """What one client was sent, for tests to compare with what it says it got.

    Attributes:
        transport: ``tcp`` or ``udp``.
        frames: Video frames due so far, damaged ones included.
        key_frames: Key frames among them.
        damaged_frames: Numbers (from 0) of video frames of which a packet was not sent.
        video_packets: Sent, repetitions included.
        lost_packets: Not sent on purpose.
        audio_frames: Sent.
        octets: RTP bytes sent, headers included.
        receiver_reports: RTCP packets that came back.
        keep_alives: Requests that came while playing.
        playing: Whether it still plays.
    """

    transport: str = "tcp"
    frames: int = 0
    key_frames: int = 0
    damaged_frames: list[int] = field(default_factory=list[int])
    video_packets: int = 0
    lost_packets: int = 0
    audio_frames: int = 0
    octets: int = 0
    receiver_reports: int = 0
    keep_alives: int = 0
    playing: bool = False
    _waiting: list[tuple[int, asyncio.Future[None]]] = field(
        default_factory=list[tuple[int, asyncio.Future[None]]]
    )

    def count_frame(self, *, key: bool, damaged: bool) -> None:
        """One more video frame was due."""
        if damaged:
            self.damaged_frames.append(self.frames)
        self.frames += 1
        self.key_frames += key
        for wanted, future in self._waiting:
            if self.frames >= wanted and not future.done():
                future.set_result(None)
        self._waiting = [entry for entry in self._waiting if not entry[1].done()]

    async def wait_frames(self, count: int) -> None:
        """Return once that many video frames were due."""
        if self.frames < count:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((count, future))
            await future


@dataclass(slots=True)
class TrackOut:
    """One set-up track.

    Attributes:
        lane: Numbers the packets.
        codec: Chooses the payload format.
        rate: RTP ticks per second.
        send: Sends an RTP packet (False) or an RTCP packet (True).
    """

    lane: RtpLane
    codec: Codec
    rate: int
    send: Callable[[bytes, bool], None]
    drifted: float = 0.0
    last_ticks: int = 0
    reported_us: int | None = None


class StreamEnded(Exception):
    """The faults ask that the line be cut."""


def filler(codec: Codec, count: int) -> list[bytes]:
    """Filler data NAL units of about ``count`` bytes that decoders skip (types 12 and 38)."""
    head = b"\x0c" if codec is Codec.H264 else bytes([38 << 1, 1])
    step = 60_000
    return [head + b"\xff" * min(step, count - at) + b"\x80" for at in range(0, count, step)]


class ClientSession:
    """Plays a feed to one client.

    Args:
        feed: Gives the frames.
        tracks: Those that the client has set up.
        faults: Looked at for every frame and packet.
        clock: Paces and stamps.
        flush: Waits until the client has taken what was sent; raises when it is gone.
        seed: Makes losses repeatable.
    """

    def __init__(
        self,
        feed: Feed,
        tracks: dict[TrackKind, TrackOut],
        faults: Faults,
        clock: Clock,
        flush: Callable[[], Awaitable[None]],
        *,
        account: ClientAccount,
        seed: str,
    ) -> None:
        self._feed = feed
        self._tracks = tracks
        self._faults = faults
        self._clock = clock
        self._flush = flush
        self._account = account
        self._noise = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._lanes = {kind: PacketFaults(faults, f"{seed}-{kind}") for kind in tracks}

    async def play(self, speed: float) -> None:
        """Send until cancelled.

        Raises:
            StreamEnded: ``disconnect_after_frames`` was reached.
            ConnectionError: The client is gone.
        """
        self._account.playing = True
        try:
            async with aclosing(self._feed.play(self._clock, speed)) as items:
                async for item in items:
                    out = self._tracks.get(item.track)
                    stalled = self._faults.stall_after_frames
                    if out is None or (stalled and self._account.frames >= stalled):
                        await asyncio.sleep(0)
                        continue
                    self._send(item, out)
                    self._report(item, out)
                    await self._flush()
        finally:
            self._account.playing = False

    def _send(self, item: FeedItem, out: TrackOut) -> None:
        faults, account = self._faults, self._account
        video = item.track is TrackKind.VIDEO
        units = list(item.units)
        if video and faults.bitrate_factor > 1:
            size = sum(map(len, units))
            units += filler(out.codec, size * (faults.bitrate_factor - 1))
        if item.key and faults.parameter_sets in {ParameterSets.BOTH, ParameterSets.IN_BAND}:
            units = [*item.parameter_sets, *units]
        payloads = packetise(out.codec, units, MOST_PAYLOAD_BYTES)
        marker = video or out.codec is Codec.AAC
        if video and account.frames + 1 == faults.sequence_jump_after_frames:
            out.lane.sequence = out.lane.sequence + 0x8000 & 0xFFFF
        packets = out.lane.wrap(payloads, self._ticks(item, out), marker=marker)
        packets, lost = self._lanes[item.track].apply(packets)
        for packet in packets:
            out.send(packet, False)  # noqa: FBT003
        account.octets += sum(map(len, packets))
        account.lost_packets += lost
        if not video:
            account.audio_frames += 1
            return
        account.video_packets += len(packets)
        account.count_frame(key=item.key, damaged=lost > 0)
        if account.frames == faults.garbage_after_frames:
            out.send(self._noise.randbytes(1000), False)  # noqa: FBT003
        if faults.disconnect_after_frames and account.frames >= faults.disconnect_after_frames:
            raise StreamEnded

    def _ticks(self, item: FeedItem, out: TrackOut) -> int:
        faults = self._faults
        out.drifted += (item.ticks - out.last_ticks) * faults.drift_ppm / 1e6
        out.last_ticks = item.ticks
        ticks = item.ticks + round(out.drifted)
        after = faults.rtp_jump_after_frames
        if after and self._account.frames >= after:
            ticks += faults.rtp_jump_ticks * out.rate // VIDEO_RATE
        return ticks

    def _report(self, item: FeedItem, out: TrackOut) -> None:
        """A sender report with the first frame, then every five seconds."""
        due = out.reported_us is None or item.due_us - out.reported_us >= REPORT_INTERVAL_US
        if not due or not self._faults.sender_reports:
            return
        out.reported_us = item.due_us
        ntp_us = self._clock.wall_us() + self._faults.ntp_offset_us
        ticks = item.ticks + round(out.drifted)
        out.send(out.lane.sender_report(ntp_us, ticks), True)  # noqa: FBT003
