"""Bookkeeping of streams that travel between processes; no I/O.

The publishing side numbers its items and sends them to the nodes that want them, each with a lease
that must be renewed. The other side puts items together again, leaves out what it had before,
counts what it missed, and asks for a fresh start when it missed the opening of a run.
"""

from dataclasses import dataclass, field, replace

from vedette.hub import wire
from vedette.hub.wire import Envelope
from vedette.model.camera import StreamKey
from vedette.model.packet import (
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamOpened,
    TrackKind,
)

LEASE_NS = 10_000_000_000
RENEW_S = 3.0
_END_LOST = "the end of the connection was lost on the way between two processes"
_CRASHED = "the process that reads this camera ended without a word; it is being restarted"


@dataclass(frozen=True, slots=True)
class Want:
    """A hub wants a stream, or (``stop``) no longer does.

    Attributes:
        node: Random name of the hub.
        start: Whether it needs the opening and the last key frame.
    """

    node: str
    stream: StreamKey
    start: bool = True
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Born:
    """A run of a stream was opened, for those who wait for it."""

    stream: StreamKey


def is_video(item: HubItem) -> bool:
    """Whether an item counts as a video packet."""
    return isinstance(item, Packet) and item.track is TrackKind.VIDEO


@dataclass(slots=True)
class Outlet:
    """The publishing side of one stream.

    Attributes:
        number: Of the last item.
        video_number: Video packets so far.
        opening: Number of the current run's ``StreamOpened``, 0 while closed.
        leases: Until when (monotonic nanoseconds) each node wants the items.
    """

    number: int = 0
    video_number: int = 0
    opening: int = 0
    leases: dict[str, int] = field(default_factory=dict[str, int])

    def count(self, item: HubItem) -> None:
        """Take the next item into account."""
        self.number += 1
        self.video_number += is_video(item)
        if isinstance(item, StreamOpened):
            self.opening = self.number
        elif isinstance(item, StreamClosed):
            self.opening = 0

    def envelope(self, publisher: bytes, stream: StreamKey) -> Envelope:
        """Of the last item."""
        return Envelope(publisher, stream, self.number, self.video_number, self.opening)

    def lease(self, node: str, now_ns: int) -> bool:
        """A node wants the stream; whether that is news."""
        is_new = node not in self.leases
        self.leases[node] = now_ns + LEASE_NS
        return is_new

    def nodes(self, now_ns: int) -> list[str]:
        """Who wants the stream; leases that ran out are dropped."""
        if any(until < now_ns for until in self.leases.values()):
            self.leases = {node: until for node, until in self.leases.items() if until >= now_ns}
        return list(self.leases)

    def catch_up(
        self, publisher: bytes, stream: StreamKey, remembered: list[HubItem]
    ) -> list[tuple[Envelope, HubItem]]:
        """What a late comer gets, with the numbers that the items had.

        Args:
            publisher: Our name.
            stream: Which stream.
            remembered: The run's ``StreamOpened``, then every packet since the last key frame
                without a hole, as a hub gives them to a new sink; or nothing.
        """
        if not remembered or not self.opening:
            return []
        last = replace(self.envelope(publisher, stream), catch_up=True)
        packets = remembered[1:]
        # What came before the first of these is not lost to somebody who was not there.
        video_number = self.video_number - sum(is_video(one) for one in packets)
        opened = replace(last, number=self.opening, video_number=video_number)
        made = [(opened, remembered[0])]
        for index, packet in enumerate(packets):
            video_number += is_video(packet)
            number = self.number - len(packets) + 1 + index
            made.append((replace(last, number=number, video_number=video_number), packet))
        return made


@dataclass(slots=True)
class Inlet:
    """The receiving side of one stream.

    Attributes:
        needs_start: Whether to ask the publisher for the opening and the last key frame.
        heard_ns: Monotonic time of the last message.
        missed: Video packets that never came, since the inlet was made.
        is_late: Whether the run began before anybody here asked, so that what is caught up with is
            old to those who did not ask for the last key frame.
    """

    needs_start: bool = True
    heard_ns: int = 0
    missed: int = 0
    is_late: bool = True
    _publisher: bytes = b""
    _number: int = 0
    _video_number: int = 0
    _opening: int = 0
    _parts: list[bytes] = field(default_factory=list[bytes])
    _partial: tuple[bytes, int, int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a run was opened here and not closed yet."""
        return self._opening != 0

    def accept(self, envelope: Envelope, part: bytes, now_ns: int, wall_us: int) -> list[HubItem]:
        """Take a message.

        Returns:
            Items to hand on, in order, at most two: a crash of the publisher is made visible as a
            ``StreamClosed`` before the next run.

        Raises:
            ValueError: The bytes make no item; the message is as if lost.
        """
        if envelope.publisher == self._publisher or not self._publisher:
            self.heard_ns = now_ns
        whole = self._whole(envelope, part)
        if envelope.parts == 0:
            return self._alive(envelope, now_ns, wall_us)
        if whole is None:
            return []
        item = wire.decode_item(whole)
        return self._follow(envelope, item, now_ns, wall_us)

    def _alive(self, envelope: Envelope, now_ns: int, wall_us: int) -> list[HubItem]:
        """A sign of life; behind what it says we are only when messages were lost."""
        if envelope.publisher != self._publisher or envelope.opening == self._opening:
            return []
        if envelope.opening or envelope.number <= self._number:
            self.needs_start = True
            return []
        self._advance(envelope)
        return [StreamClosed(GapReason.UNREACHABLE, _END_LOST, now_ns, wall_us)]

    def _follow(
        self, envelope: Envelope, item: HubItem, now_ns: int, wall_us: int
    ) -> list[HubItem]:
        before: list[HubItem] = []
        if envelope.publisher != self._publisher:
            if not isinstance(item, StreamOpened):
                self.needs_start = True
                return []
            if self.is_open:
                before.append(crashed(now_ns, wall_us))
            self._publisher, self._number, self._opening = envelope.publisher, 0, 0
            self.heard_ns = now_ns
        if envelope.number <= self._number:
            self.needs_start &= envelope.number != self._opening
            return before  # had it before
        if isinstance(item, StreamOpened):
            self.needs_start = False
            self._advance(envelope)
            return [*before, item]
        if envelope.opening not in (self._opening, 0):
            self.needs_start = True  # the opening of this run was lost
            return before
        if isinstance(item, StreamClosed):
            was_open = self.is_open
            self._advance(envelope)
            return [*before, item] if was_open else before
        lost = envelope.video_number - is_video(item) - self._video_number
        if lost > 0 and is_video(item):
            self.missed += lost
            item = replace(item, lost_frames=item.lost_frames + lost)
        elif not is_video(item):
            # Leave the missing video packets to be counted at the next video packet.
            envelope = replace(envelope, video_number=self._video_number)
        self._advance(envelope)
        return [*before, item]

    def _advance(self, envelope: Envelope) -> None:
        self._number = envelope.number
        self._video_number = envelope.video_number
        self._opening = envelope.opening

    def silent(self, now_ns: int, wall_us: int) -> StreamClosed | None:
        """What to say when nothing was heard of the publisher for a lease's time, else None."""
        if not self.is_open or now_ns - self.heard_ns < LEASE_NS:
            return None
        self._publisher, self._opening, self.needs_start = b"", 0, True
        self._number = 0
        return crashed(now_ns, wall_us)

    def _whole(self, envelope: Envelope, part: bytes) -> bytes | None:
        """The bytes of an item when its last part came, else None."""
        if envelope.parts == 1:
            self._partial, self._parts = None, []
            return part
        following = (envelope.publisher, envelope.number, envelope.part)
        if envelope.part == 0:
            self._parts = []
        elif self._partial != following:
            self._partial, self._parts = None, []
            return None
        self._parts.append(part)
        self._partial = (envelope.publisher, envelope.number, envelope.part + 1)
        if sum(map(len, self._parts)) > wire.MAX_ITEM_BYTES:
            self._partial, self._parts = None, []
            raise ValueError("an item is too large")
        if envelope.part + 1 < envelope.parts:
            return None
        whole = b"".join(self._parts)
        self._partial, self._parts = None, []
        return whole


def crashed(now_ns: int, wall_us: int) -> StreamClosed:
    """The end of a run whose publisher can no longer say it."""
    return StreamClosed(GapReason.CRASHED, _CRASHED, now_ns, wall_us)
