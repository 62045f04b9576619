"""Puts datagrams back into the order in which they were sent, for a bounded while."""

from vedette.ingest.rtsp.rtp import Moment
from vedette.ingest.rtsp.wire import FrameSink

MAX_HELD = 256
MAX_WAIT_NS = 150_000_000
_SEQUENCE_MASK = 0xFFFF
_HALF = 0x8000


class ReorderBuffer:
    """Hands packets on in order; a missing one is given up after 150 ms or 256 packets.

    The packet that is next goes on from the buffer in which it landed; only those ahead of a hole
    are copied.
    """

    def __init__(self, forward: FrameSink, moment: Moment) -> None:
        self._forward = forward
        self._moment = moment
        self._next = -1
        self._held: dict[int, bytearray] = {}
        self._since_ns = 0

    def packet(self, buffer: bytearray, start: int, stop: int) -> None:
        """Take the packet ``buffer[start:stop]``.

        Raises:
            SourceProtocol: As whoever it is handed on to.
        """
        if stop - start < 4:
            self._forward(buffer, start, stop)
            return
        sequence = buffer[start + 2] << 8 | buffer[start + 3]
        if sequence == self._next or self._next < 0:
            self._next = (sequence + 1) & _SEQUENCE_MASK
            self._forward(buffer, start, stop)
            if self._held:
                self._drain()
        elif 0 < (sequence - self._next) & _SEQUENCE_MASK < MAX_HELD:
            if not self._held:
                self._since_ns = self._moment.ns
            self._held[sequence] = buffer[start:stop]
        elif (sequence - self._next) & _SEQUENCE_MASK >= _HALF:
            self._forward(buffer, start, stop)  # too late; the receiver counts it
        else:
            self.flush()  # far ahead: a hole that nothing will fill
            self._next = (sequence + 1) & _SEQUENCE_MASK
            self._forward(buffer, start, stop)
        if self._held and (
            len(self._held) >= MAX_HELD or self._moment.ns - self._since_ns > MAX_WAIT_NS
        ):
            self.flush()

    def _drain(self) -> None:
        held = self._held
        while (packet := held.pop(self._next, None)) is not None:
            self._next = (self._next + 1) & _SEQUENCE_MASK
            self._forward(packet, 0, len(packet))
        self._since_ns = self._moment.ns

    def flush(self) -> None:
        """Give up what is missing and hand on what is there."""
        while self._held:
            first = min(self._held, key=lambda number: (number - self._next) & _SEQUENCE_MASK)
            self._next = first
            self._drain()
