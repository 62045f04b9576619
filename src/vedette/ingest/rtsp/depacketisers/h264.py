"""H.264 over RTP (RFC 6184): single units, STAP-A and FU-A."""

from collections.abc import Callable

from vedette.base.errors import SourceLost
from vedette.ingest.rtsp.depacketisers.access_unit import (
    MAX_SET_BYTES,
    AccessUnit,
    AccessUnitBuilder,
)
from vedette.media import h264
from vedette.media.h264 import NalType
from vedette.model.packet import VideoTrack

_STAP_A = int(NalType.STAP_A)
_FU_A = int(NalType.FU_A)
_START, _END = 0x80, 0x40
_LAST_VCL = _IDR = int(NalType.IDR)
_SEI = int(NalType.SEI)
_AUD = int(NalType.AUD)
_SETS = frozenset({int(NalType.SPS), int(NalType.PPS)})
_RECOVERY_POINT = 6  # the type of that SEI message, a byte that no escaping touches
_PARTITIONS_B_C = frozenset({3, 4})
_FIRST_MACROBLOCK_0 = 0x80  # Exp-Golomb zero: the slice begins the picture


class H264Sets:
    """See ParameterSets."""

    def __init__(self) -> None:
        self.changed = False
        self._sps = b""
        self._pps: dict[int, bytes] = {}

    def add(self, unit: bytes) -> None:
        """See ParameterSets.add."""
        if len(unit) > MAX_SET_BYTES:
            return
        try:
            if h264.nal_type(unit) == NalType.SPS:
                if unit != self._sps:
                    h264.parse_sps(unit)
                    self._sps = unit
                    self.changed = True
            elif h264.nal_type(unit) == NalType.PPS:
                number, _ = h264.pps_ids(unit)
                self.changed = self.changed or self._pps.get(number) != unit
                self._pps[number] = unit
        except SourceLost:
            return

    def track(self) -> VideoTrack | None:
        """See ParameterSets.track."""
        if not self._sps or not self._pps:
            return None
        return h264.video_track(self._sps, *self._pps.values())


class H264Depacketiser(AccessUnitBuilder):
    """See Depacketiser.

    A picture is a key when it holds an IDR slice, or an intra slice behind a recovery point that
    needs no more pictures: some encoders send nothing else after their first picture.
    """

    def __init__(self, sets: H264Sets, deliver: Callable[[AccessUnit], None]) -> None:
        super().__init__(sets, deliver)
        self._recovery = False

    def unit(self, buffer: bytearray, start: int, stop: int, marker: bool, stamp: int) -> None:
        """See Depacketiser.unit."""
        if stamp != self._stamp:
            self._begin(stamp)
        kind = buffer[start] & 0x1F
        if kind == _FU_A:
            if self._fragment >= 0 and stop > start + 1 and buffer[start + 1] < _END:
                self._parts.append(buffer[start + 2 : stop])  # the middle: nearly every packet
            else:
                self._fragmented(buffer, start, stop)
        elif kind == _STAP_A:
            self._aggregated(buffer, start + 1, stop)
        elif 0 < kind < _STAP_A:
            self._nal(buffer[start:stop])
        else:
            self._broken = True  # STAP-B, MTAP and FU-B need the interleaved mode, never offered
        if marker:
            self._marked()

    def _fragmented(self, buffer: bytearray, start: int, stop: int) -> None:
        if stop - start < 2:
            self._broken = True
            return
        flags = buffer[start + 1]
        if flags & _START:
            head = (buffer[start] & 0xE0) | (flags & 0x1F)
            self._open_fragment(bytes((head,)), bytes((buffer[start], flags & 0x1F)))
            if 0 < flags & 0x1F <= _LAST_VCL:
                self._note_slice(bytes((head,)) + bytes(buffer[start + 2 : min(stop, start + 18)]))
        elif self._fragment < 0:
            self._broken = True
            return
        self._parts.append(buffer[start + 2 : stop])
        if flags & _END:
            kind = flags & 0x1F
            if 0 < kind <= _LAST_VCL:
                self._close_fragment()
            else:
                self._nal(bytearray(self._take_fragment()))

    def _aggregated(self, buffer: bytearray, start: int, stop: int) -> None:
        while start + 2 < stop:
            size = buffer[start] << 8 | buffer[start + 1]
            start += 2
            if size == 0 or start + size > stop:
                self._broken = True
                return
            self._nal(buffer[start : start + size])
            start += size

    def _nal(self, unit: bytearray) -> None:
        kind = unit[0] & 0x1F
        if kind in _SETS:
            self._sets.add(bytes(unit))
        elif kind != _AUD:
            if 0 < kind <= _LAST_VCL:
                self._note_slice(bytes(unit[:20]))
            elif kind == _SEI and unit.find(_RECOVERY_POINT, 1) > 0 and not self._recovery:
                # Some cameras send SEI with every picture; hardly one holds the byte at all.
                self._recovery = h264.recovery_frames(bytes(unit)) == 0
            self._whole(unit)

    def _note_slice(self, head: bytes) -> None:
        kind = head[0] & 0x1F
        key = kind == _IDR or (self._recovery and h264.is_intra_slice(head))
        first = len(head) > 1 and head[1] >= _FIRST_MACROBLOCK_0 and kind not in _PARTITIONS_B_C
        self._slice(first=first, key=key)

    def _end(self) -> None:
        self._recovery = False
        super()._end()
