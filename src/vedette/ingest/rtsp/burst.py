"""The middle of a fragmented unit, many packets in one go.

Nearly every packet of a video is a fragment from the middle of a slice: as long as the one before,
with the next sequence number, and otherwise with the same header. Such packets are taken here by a
single loop that compares three values a packet, several times faster than one call after the other
through reader, receiver and depacketiser. Whatever differs in the least, a marker, a hole, another
length, ends the burst and goes the usual way, so that nothing is decided here.
"""

import struct
from typing import Protocol

from vedette.ingest.rtsp.rtp import RtpReceiver

_HEADER = struct.Struct(">QQ")
_HEADER_BYTES = 16  # of the interleaved frame 4, of RTP 12
_SEQUENCE_MASK = 0xFFFF
_MASK_32 = (1 << 32) - 1


class Fragmented(Protocol):
    """A depacketiser of a codec that cuts units into fragments."""

    def middle(self, stamp: int) -> bytes:
        """What each payload in the middle of the open unit begins with.

        Empty when no unit is open at this time stamp.
        """
        ...

    def more(self, pieces: list[bytes]) -> None:
        """Take what followed that beginning in the payloads, in order."""
        ...


class Burst:
    """Takes the packets of one interleaved track that merely go on."""

    __slots__ = ("_depacketiser", "_layout", "_rtp", "_shape")

    def __init__(self, rtp: RtpReceiver, depacketiser: Fragmented) -> None:
        self._rtp = rtp
        self._depacketiser = depacketiser
        self._shape = (0, 0)
        self._layout = _HEADER

    def take(self, view: memoryview, first: int, start: int, end: int) -> int:
        """Take the interleaved frames that continue the one in ``view[first:start]``.

        Args:
            view: Of the buffer.
            first: Where the frame begins that was just taken, with its four bytes of interleaving.
            start: Where it ends.
            end: Of what the buffer holds.

        Returns:
            Where the next frame begins that was not taken; ``start`` when none goes on.
        """
        head, source = _HEADER.unpack_from(view, first)
        if not self._rtp.was_last(head & _MASK_32, source & _MASK_32):
            return start
        middle = self._depacketiser.middle(source >> 32)
        size = start - first
        rest = size - _HEADER_BYTES - len(middle)
        # Until the sequence number wraps, the next head is one more than the last.
        count = min((end - start) // size, _SEQUENCE_MASK - (head & _SEQUENCE_MASK))
        if not middle or rest <= 0 or count <= 0:
            return start
        if self._shape != (size, len(middle)):
            self._shape = size, len(middle)
            self._layout = struct.Struct(f">QQ{len(middle)}s{rest}s")
        pieces: list[bytes] = []
        append = pieces.append
        for next_head, next_source, beginning, piece in self._layout.iter_unpack(
            view[start : start + count * size]
        ):
            head += 1
            if next_head != head or next_source != source or beginning != middle:
                break
            append(piece)
        if pieces:
            self._rtp.went_on(len(pieces))
            self._depacketiser.more(pieces)
        return start + len(pieces) * size
