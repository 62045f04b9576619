"""RTP packets of one track: order, loss, wrapped numbers (RFC 3550, sections 5.1 and A.1).

``RtpReceiver.packet`` runs some four hundred times a second for each camera; everything that is
not the plain next packet goes to ``_unusual``.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vedette.base.errors import SourceProtocol

_HEADER = struct.Struct(">BBHII")
_EXTENSION = struct.Struct(">H")
_HEADER_BYTES = 12
_PLAIN = 0x80  # version 2, no padding, no extension, no contributing sources
_MAX_DROPOUT = 3000
_MAX_MISORDER = 1000
_SEQUENCE_MASK = 0xFFFF
_MAX_SOURCES = 50
_HALF_32 = 1 << 31
_MASK_32 = (1 << 32) - 1


@dataclass(slots=True)
class Moment:
    """When the bytes that are being parsed arrived; one per connection.

    Attributes:
        ns: Monotonic.
    """

    ns: int = 0


class Depacketiser(Protocol):
    """Makes frames out of the payloads of one track, which come in order."""

    def unit(self, buffer: bytearray, start: int, stop: int, marker: bool, stamp: int) -> None:
        """Take the payload ``buffer[start:stop]``, not empty, and copy what it keeps.

        Raises:
            SourceProtocol: A frame exceeds a limit.
        """
        ...

    def lost(self, count: int) -> None:
        """``count`` packets before the next one are missing."""
        ...

    def restart(self) -> None:
        """The sender began anew: what is incomplete will remain so."""
        ...


class Unwrapper:
    """Turns 32-bit time stamps into ticks that go on after the wrap; pure."""

    __slots__ = ("_last", "_value")

    def __init__(self) -> None:
        self._last = -1
        self._value = 0

    def started(self) -> bool:
        """Whether there was a stamp."""
        return self._last >= 0

    def ticks(self, stamp: int) -> int:
        """Ticks of the next stamp: the first is itself, others at most 2**31 from the last."""
        self._value = self.peek(stamp)
        self._last = stamp
        return self._value

    def peek(self, stamp: int) -> int:
        """As ``ticks``, without remembering."""
        if self._last < 0:
            return stamp
        return self._value + ((stamp - self._last + _HALF_32) & _MASK_32) - _HALF_32


class RtpReceiver:
    """Takes the packets of one track in the order of arrival.

    ``restarted`` is called when another sender takes over: its time stamps begin afresh.

    Attributes:
        received: Packets that came in order.
        lost: Packets that the sequence numbers promised and that did not come.
        late: Packets that came twice or too late to be used.
        malformed: Packets that are no RTP.
        ssrc: Of the sender, -1 before the first packet.
    """

    __slots__ = (
        "_depacketiser",
        "_expected",
        "_first",
        "_probation",
        "_restarted",
        "_sources",
        "_type",
        "_unit",
        "late",
        "lost",
        "malformed",
        "received",
        "ssrc",
    )

    def __init__(
        self, payload_type: int, depacketiser: Depacketiser, restarted: Callable[[], None]
    ) -> None:
        self._type = payload_type
        self._depacketiser = depacketiser
        self._unit = depacketiser.unit
        self._restarted = restarted
        self._expected = -1
        self._first = 0
        self._probation = -1
        self._sources = 0
        self.ssrc = -1
        self.received = self.lost = self.late = self.malformed = 0

    @property
    def expected(self) -> int:
        """Packets that the sequence numbers promised."""
        return self.received + self.lost

    @property
    def highest(self) -> int:
        """Extended highest sequence number received (RFC 3550, section 6.4.1)."""
        return max(0, self._first + self.received + self.lost - 1) & _MASK_32

    def packet(self, buffer: bytearray, start: int, stop: int) -> None:
        """Take the packet ``buffer[start:stop]``.

        Raises:
            SourceProtocol: A frame or the number of senders exceeds a limit.
        """
        if stop - start <= _HEADER_BYTES:
            self.malformed += 1
            return
        flags, second, sequence, stamp, ssrc = _HEADER.unpack_from(buffer, start)
        if (
            sequence != self._expected
            or ssrc != self.ssrc
            or flags != _PLAIN
            or second & 0x7F != self._type
        ):
            self._unusual(buffer, start, stop)
            return
        self._expected = (sequence + 1) & _SEQUENCE_MASK
        self.received += 1
        self._unit(buffer, start + _HEADER_BYTES, stop, second > 0x7F, stamp)

    def was_last(self, head: int, ssrc: int) -> bool:
        """Whether a header is that of the last packet taken, and a plain one without marker.

        Args:
            head: Its first four bytes, big endian.
            ssrc: Of its sender.
        """
        last = (self._expected - 1) & _SEQUENCE_MASK
        return head == _PLAIN << 24 | self._type << 16 | last and ssrc == self.ssrc

    def went_on(self, count: int) -> None:
        """The next ``count`` packets came, plain and in order, and were taken elsewhere."""
        self._expected = (self._expected + count) & _SEQUENCE_MASK
        self.received += count

    def _unusual(self, buffer: bytearray, start: int, stop: int) -> None:
        flags, second, sequence, stamp, ssrc = _HEADER.unpack_from(buffer, start)
        body = _body(buffer, start, stop, flags)
        if body is None:
            self.malformed += 1
            return
        if second & 0x7F != self._type:
            return  # comfort noise, or a type that was offered but not chosen
        if ssrc != self.ssrc:
            self._new_source(sequence, ssrc)
        if not self._in_order(sequence):
            return
        self._expected = (sequence + 1) & _SEQUENCE_MASK
        self.received += 1
        if body[0] < body[1]:
            self._unit(buffer, body[0], body[1], second > 0x7F, stamp)

    def _new_source(self, sequence: int, ssrc: int) -> None:
        if self.ssrc >= 0:
            self._sources += 1
            if self._sources > _MAX_SOURCES:
                raise SourceProtocol(
                    "the camera keeps changing the sender of its stream; restart the camera"
                )
            self._depacketiser.restart()
            self._restarted()
        self.ssrc, self._expected, self._probation = ssrc, sequence, -1
        self._first = (sequence - self.received - self.lost) & _MASK_32

    def _in_order(self, sequence: int) -> bool:
        """Whether to use the packet; counts what is missing before it."""
        ahead = (sequence - self._expected) & _SEQUENCE_MASK
        if ahead == 0:
            return True
        if ahead < _MAX_DROPOUT:
            self.lost += ahead
            self._depacketiser.lost(ahead)
            return True
        if ahead > _SEQUENCE_MASK - _MAX_MISORDER:
            self.late += 1
            return False
        if sequence == self._probation:  # two in a row: the sender leapt
            self.lost += 1
            self._depacketiser.lost(1)
            self._first = (sequence - self.received - self.lost) & _MASK_32
            self._probation = -1
            return True
        self._probation = (sequence + 1) & _SEQUENCE_MASK
        return False


def _body(buffer: bytearray, start: int, stop: int, flags: int) -> tuple[int, int] | None:
    """Where the payload of a packet begins and ends; None when it is no RTP."""
    if flags >> 6 != 2:
        return None
    first = start + _HEADER_BYTES + 4 * (flags & 0x0F)
    if flags & 0x10:
        if first + 4 > stop:
            return None
        (words,) = _EXTENSION.unpack_from(buffer, first + 2)
        first += 4 + 4 * words
    if flags & 0x20:
        padding = buffer[stop - 1]
        if padding == 0:
            return None
        stop -= padding
    return (first, stop) if first <= stop else None
