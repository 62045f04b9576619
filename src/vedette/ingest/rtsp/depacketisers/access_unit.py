"""What H.264 and H.265 share: NAL units gathered into whole access units."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vedette.base.errors import SourceProtocol
from vedette.model.packet import VideoTrack

MAX_UNIT_BYTES = 16 * 1024 * 1024
MAX_PARTS = 32 * 1024
MAX_SET_BYTES = 4096
_WEIGH_FROM_PARTS = 512
_LENGTH = struct.Struct(">I")


@dataclass(slots=True)
class AccessUnit:
    """One whole coded picture.

    Attributes:
        stamp: 32-bit RTP time stamp.
        key: Whether decoding may start here.
        payload: Units after their lengths.
        lost_packets: Missing since the unit before.
        damaged: Units thrown away since the unit before.
    """

    stamp: int
    key: bool
    payload: bytes
    lost_packets: int
    damaged: int


class ParameterSets(Protocol):
    """Collects the parameter sets of a stream.

    Attributes:
        changed: Whether one became another since somebody set this back.
    """

    changed: bool

    def add(self, unit: bytes) -> None:
        """Note a set; broken ones are left out."""
        ...

    def track(self) -> VideoTrack | None:
        """The track that the sets describe, or None while one is missing."""
        ...


class AccessUnitBuilder:
    """Gathers units; a unit of which a part is missing is thrown away and counted.

    An access unit ends with the marker or when the time stamp changes. Cameras that set the marker
    on every slice are found out by a slice that does not begin a picture although the picture
    before was ended; from then on only the time stamp counts.

    Attributes:
        damaged_total: Access units thrown away so far.
    """

    def __init__(self, sets: ParameterSets, deliver: Callable[[AccessUnit], None]) -> None:
        self._sets = sets
        self._deliver = deliver
        self._stamp = -1
        self._ended = -1  # time stamp of the last unit that a marker ended
        self._parts: list[bytes | bytearray] = []
        self._fragment = -1  # index in _parts of the length of an open fragmented unit
        self._middle = b""  # what the payloads in the middle of that unit begin with
        self._slices = 0
        self._key = False
        self._broken = False
        self._suspect = False  # packets before the first slice are missing
        self._marker_lies = False
        self._lost = 0
        self._damaged = 0
        self.damaged_total = 0

    def lost(self, count: int) -> None:
        """See Depacketiser.lost."""
        self._lost += count
        self._suspect = True
        if self._slices:
            self._broken = True
        else:
            self._parts = []
            self._fragment = -1

    def restart(self) -> None:
        """See Depacketiser.restart."""
        if self._parts or self._slices:
            self._broken = True
            self._end()
        self._stamp = self._ended = -1
        self._suspect = False

    def check(self) -> None:
        """Hold the limits; to be called after every read.

        Raises:
            SourceProtocol: The unit that is being gathered is too large.
        """
        count = len(self._parts)
        if count < _WEIGH_FROM_PARTS:
            return
        if count > MAX_PARTS or sum(map(len, self._parts)) > MAX_UNIT_BYTES:
            raise SourceProtocol(
                f"the camera sends a single picture of more than {MAX_UNIT_BYTES} bytes"
            )

    def middle(self, stamp: int) -> bytes:
        """See Fragmented."""
        return self._middle if self._fragment >= 0 and stamp == self._stamp else b""

    def more(self, pieces: list[bytes]) -> None:
        """See Fragmented."""
        self._parts += pieces

    def _begin(self, stamp: int) -> None:
        """The time stamp changed."""
        if self._slices or self._broken:
            self._end()
        self._stamp = stamp

    def _marked(self) -> None:
        """The marker was set. Parameter sets and SEI alone wait for their picture."""
        if self._slices and not self._marker_lies:
            self._ended = self._stamp
            self._end()
        elif self._broken and not self._marker_lies:
            self._end()

    def _slice(self, *, first: bool, key: bool) -> None:
        """A slice begins; ``first`` when it holds the top of the picture."""
        if self._slices == 0:
            if first:
                self._suspect = False
            elif self._suspect:
                self._broken = True
            elif self._stamp == self._ended:
                self._marker_lies = True
                self._broken = True
        self._slices += 1
        self._key = self._key or key

    def _open_fragment(self, header: bytes, middle: bytes) -> None:
        """A fragmented unit begins.

        Args:
            header: Of the unit.
            middle: What the payloads in its middle will begin with.
        """
        if self._fragment >= 0:
            self._broken = True
            self._parts[self._fragment] = _LENGTH.pack(self._fragment_bytes())
        self._fragment, self._middle = len(self._parts), middle
        self._parts += (b"", header)

    def _fragment_bytes(self) -> int:
        return sum(map(len, self._parts[self._fragment + 1 :]))

    def _close_fragment(self) -> None:
        self._parts[self._fragment] = _LENGTH.pack(self._fragment_bytes())
        self._fragment = -1

    def _take_fragment(self) -> bytes:
        """The open fragmented unit, taken out of the access unit."""
        unit = b"".join(self._parts[self._fragment + 1 :])
        del self._parts[self._fragment :]
        self._fragment = -1
        return unit

    def _whole(self, unit: bytes | bytearray) -> None:
        self._parts += (_LENGTH.pack(len(unit)), unit)

    def _end(self) -> None:
        if self._broken or self._fragment >= 0:
            self._damaged += 1
            self.damaged_total += 1
        elif self._slices:
            payload = b"".join(self._parts)
            if len(payload) > MAX_UNIT_BYTES:
                raise SourceProtocol(
                    f"the camera sends a single picture of more than {MAX_UNIT_BYTES} bytes"
                )
            unit = AccessUnit(self._stamp, self._key, payload, self._lost, self._damaged)
            self._lost = self._damaged = 0
            self._deliver(unit)
        self._parts = []
        self._fragment = -1
        self._slices = 0
        self._key = self._broken = False
