"""H.265 over RTP (RFC 7798): single units, aggregation and fragmentation, without DONL."""

import contextlib

from vedette.base.errors import SourceLost
from vedette.ingest.rtsp.depacketisers.access_unit import MAX_SET_BYTES, AccessUnitBuilder
from vedette.media import h265
from vedette.media.h265 import NalType
from vedette.model.packet import VideoTrack

_AP, _FU = int(NalType.AP), int(NalType.FU)
_START, _END = 0x80, 0x40
_FIRST_NON_VCL = int(NalType.FIRST_NON_VCL)
_SETS = frozenset({int(NalType.VPS), int(NalType.SPS), int(NalType.PPS)})
_FIRST_SLICE = 0x80  # first_slice_segment_in_pic_flag


class H265Sets:
    """See ParameterSets."""

    def __init__(self) -> None:
        self.changed = False
        self._vps = b""
        self._sps = b""
        self._pps: dict[int, bytes] = {}

    def add(self, unit: bytes) -> None:
        """See ParameterSets.add."""
        if len(unit) > MAX_SET_BYTES:
            return
        kind = h265.nal_type(unit)
        if kind == NalType.VPS and len(unit) > 2 and unit != self._vps:
            self._vps = unit
            self.changed = True
        elif kind == NalType.SPS and unit != self._sps:
            with contextlib.suppress(SourceLost):
                h265.parse_sps(unit)
                self._sps = unit
                self.changed = True
        elif kind == NalType.PPS and len(unit) > 2:
            number = h265.pps_id(unit)
            if number is not None and self._pps.get(number) != unit:
                self._pps[number] = unit
                self.changed = True

    def track(self) -> VideoTrack | None:
        """See ParameterSets.track."""
        if not self._vps or not self._sps or not self._pps:
            return None
        return h265.video_track(self._vps, self._sps, *self._pps.values())


class H265Depacketiser(AccessUnitBuilder):
    """See Depacketiser."""

    def unit(self, buffer: bytearray, start: int, stop: int, marker: bool, stamp: int) -> None:
        """See Depacketiser.unit."""
        if stamp != self._stamp:
            self._begin(stamp)
        kind = buffer[start] >> 1 & 0x3F
        if stop - start < 3 or kind > _FU:
            self._broken = True
        elif kind == _FU:
            if buffer[start + 2] < _END and self._fragment >= 0:  # the middle of a picture
                self._parts.append(buffer[start + 3 : stop])
            else:
                self._fragmented(buffer, start, stop)
        elif kind == _AP:
            self._aggregated(buffer, start + 2, stop)
        else:
            self._nal(buffer[start:stop])
        if marker:
            self._marked()

    def _fragmented(self, buffer: bytearray, start: int, stop: int) -> None:
        flags = buffer[start + 2]
        kind = flags & 0x3F
        if flags & _START:
            head = bytes((buffer[start] & 0x81 | kind << 1, buffer[start + 1]))
            self._open_fragment(head, bytes((buffer[start], buffer[start + 1], kind)))
            if kind < _FIRST_NON_VCL:
                first = stop - start > 3 and buffer[start + 3] >= _FIRST_SLICE
                self._slice(first=first, key=h265.is_key(kind))
        elif self._fragment < 0:
            self._broken = True
            return
        self._parts.append(buffer[start + 3 : stop])
        if flags & _END:
            if kind < _FIRST_NON_VCL:
                self._close_fragment()
            else:
                self._nal(bytearray(self._take_fragment()))

    def _aggregated(self, buffer: bytearray, start: int, stop: int) -> None:
        while start + 2 < stop:
            size = buffer[start] << 8 | buffer[start + 1]
            start += 2
            if size < 3 or start + size > stop:
                self._broken = True
                return
            self._nal(buffer[start : start + size])
            start += size

    def _nal(self, unit: bytearray) -> None:
        kind = unit[0] >> 1 & 0x3F
        if kind in _SETS:
            self._sets.add(bytes(unit))
        elif kind != NalType.AUD:
            if kind < _FIRST_NON_VCL:
                self._slice(first=len(unit) > 2 and unit[2] >= _FIRST_SLICE, key=h265.is_key(kind))
            self._whole(unit)
