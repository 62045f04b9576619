"""libavformat's packets made into frames; pure, one object per track."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from vedette.base.errors import SourceProtocol, SourceUnsupported
from vedette.ingest.ports import SourceFrame
from vedette.media import aac, g711, h264, h265, nal, opus
from vedette.model.packet import AudioTrack, Codec, TrackKind, VideoTrack

_MAX_HELD = 64
_MAX_UNITS = 4096
_START_CODES = (b"\x00\x00\x01", b"\x00\x00\x00\x01")
_H264_SETS = frozenset({h264.NalType.SPS, h264.NalType.PPS})
_H265_SETS = frozenset({32, 33, 34})
_H265_AUD = 35
_LIKELY_FRAME_S = Fraction(1, 25)
JPEG_STRING = "mp4v.6C"
"""RFC 6381 name of JPEG (MP4 registration authority, object type 6C)."""


@dataclass(frozen=True, slots=True)
class RawPacket:
    """A packet as libavformat gives it.

    Attributes:
        pts: Ticks of the time base, or None.
        dts: Ticks of the time base, or None.
        duration: Ticks of the time base, 0 when unknown.
        time_base: Seconds per tick.
        arrival_ns: Monotonic.
        key: Whether libavformat's parser calls it a key frame.
    """

    data: bytes
    pts: int | None
    dts: int | None
    duration: int
    time_base: Fraction
    arrival_ns: int
    key: bool


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What libavformat knows of a stream before its first packet.

    Attributes:
        codec: FFmpeg's name.
        extradata: Decoder configuration in whatever form the container has it, or empty.
        reorder: Frames by which the decoder delays, 0 when unknown.
    """

    codec: str
    extradata: bytes = b""
    width: int = 0
    height: int = 0
    reorder: int = 0
    sample_rate: int = 0
    channels: int = 0


def rescale(ticks: int, time_base: Fraction, timescale: int) -> int:
    """Ticks of one unit in another, rounded to the nearest."""
    return round(ticks * time_base * timescale)


class Timeline:
    """Gives every packet of a track its times in the track's own ticks.

    The first packets from RTSP have no times, with B-frames up to three of them; they are held
    until one has a decoding time, and are filled in backwards from it. Decoding times increase
    strictly.
    """

    def __init__(self, timescale: int) -> None:
        self._timescale = timescale
        self._held: list[RawPacket] = []
        self._last_dts: int | None = None
        self._started = False

    def stamp(self, packet: RawPacket) -> list[tuple[RawPacket, int, int]]:
        """Packets whose presentation and decoding times are now known, oldest first.

        Raises:
            SourceProtocol: None of the first 64 packets says its time.
        """
        if self._started:
            dts = packet.dts if packet.dts is not None else packet.pts
            return [self._stamped(packet, packet.pts, dts)]
        self._held.append(packet)
        if packet.dts is None:
            if len(self._held) > _MAX_HELD:
                raise SourceProtocol("the source sends frames without any time")
            return []
        self._started = True
        held, self._held = self._held, []
        step = packet.duration or round(_LIKELY_FRAME_S / packet.time_base)
        first = packet.dts - (len(held) - 1) * step
        return [self._stamped(one, one.pts, first + index * step) for index, one in enumerate(held)]

    def _stamped(
        self, packet: RawPacket, pts: int | None, dts: int | None
    ) -> tuple[RawPacket, int, int]:
        last = self._last_dts
        if dts is None:
            step = rescale(packet.duration, packet.time_base, self._timescale)
            decode = (last or 0) + max(1, step)
        else:
            decode = rescale(dts, packet.time_base, self._timescale)
            if last is not None and decode <= last < decode + self._timescale:
                decode = last + 1  # two frames within one tick, or a small step back
        show = decode if pts is None else rescale(pts, packet.time_base, self._timescale)
        self._last_dts = decode
        return packet, max(show, decode), decode


class VideoConverter:
    """Frames of one video stream, from its first key frame on."""

    def __init__(self, info: StreamInfo) -> None:
        """Raises SourceUnsupported when the codec is none of ours."""
        if info.codec not in {Codec.H264, Codec.HEVC, Codec.MJPEG}:
            raise SourceUnsupported(f"the video codec {info.codec} cannot be recorded")
        self._codec = Codec(info.codec)
        self._info = info
        self._length_bytes = 0  # 0 while units stand between start codes
        self._timeline = Timeline(90_000)
        self._begun = False
        self.track: VideoTrack | None = self._track()

    def _track(self) -> VideoTrack | None:
        """The track, when the container says enough."""
        extradata = self._info.extradata
        if self._codec is Codec.MJPEG:
            return VideoTrack(Codec.MJPEG, b"", JPEG_STRING, self._info.width, self._info.height)
        if extradata.startswith(_START_CODES):
            return self._from_units(nal.split_annexb(extradata))
        if not extradata:
            return None
        is_h264 = self._codec is Codec.H264
        minimum, place = (7, 4) if is_h264 else (23, 21)
        if len(extradata) < minimum or extradata[0] > 1:
            raise SourceProtocol("the container's decoder configuration is broken")
        self._length_bytes = (extradata[place] & 3) + 1
        read = h264.track_from_config if is_h264 else h265.track_from_config
        return self._deeper(read(extradata))

    def _from_units(self, units: Sequence[bytes]) -> VideoTrack | None:
        """The track that parameter sets describe, None when they are not all there."""
        read = h264.track_from_units if self._codec is Codec.H264 else h265.track_from_units
        try:
            return self._deeper(read(units))
        except SourceUnsupported:
            return None

    def _deeper(self, track: VideoTrack) -> VideoTrack:
        """With the decoder's own idea of reordering, which parameter sets often leave out."""
        return replace(track, reorder=max(track.reorder, self._info.reorder))

    def peek(self, packet: RawPacket) -> None:
        """Read the track from parameter sets in a packet, when the container did not tell it.

        Raises:
            SourceProtocol: The bytes are broken.
        """
        if self.track is None:
            self.track = self._from_units(
                [one for one in self._units(packet.data) if self._is_set(one)]
            )

    def convert(self, packet: RawPacket) -> tuple[list[SourceFrame], VideoTrack | None]:
        """Frames that are complete now, and the track when it is new or changed with them.

        Raises:
            SourceProtocol: The bytes are broken, or times are missing.
        """
        changed: VideoTrack | None = None
        if self._codec is Codec.MJPEG:
            payload, key = packet.data, True
        else:
            units = self._units(packet.data)
            sets = [unit for unit in units if self._is_set(unit)]
            if sets:
                found = self._from_units(sets)
                if found is not None and found != self.track:
                    self.track = changed = found
            payload = nal.join_lengths(
                unit for unit in units if not self._is_set(unit) and not self._is_delimiter(unit)
            )
            key = packet.key
        if not payload or self.track is None or not (self._begun or key):
            return [], changed
        self._begun = True
        stamped = self._timeline.stamp(replace(packet, data=payload, key=key))
        return [
            SourceFrame(TrackKind.VIDEO, pts, dts, one.arrival_ns, one.key, one.data)
            for one, pts, dts in stamped
        ], changed

    def _units(self, data: bytes) -> list[bytes]:
        if self._length_bytes == 0 or data.startswith(_START_CODES):
            units = nal.split_annexb(data)
        elif self._length_bytes == nal.LENGTH_BYTES:
            units = nal.split_lengths(data)
        else:
            units = _split_short_lengths(data, self._length_bytes)
        units = [unit for unit in units if unit]
        if len(units) > _MAX_UNITS:
            raise SourceProtocol("a frame is made of more than 4096 NAL units")
        return units

    def _is_set(self, unit: bytes) -> bool:
        if self._codec is Codec.H264:
            return h264.nal_type(unit) in _H264_SETS
        return h265.nal_type(unit) in _H265_SETS

    def _is_delimiter(self, unit: bytes) -> bool:
        if self._codec is Codec.H264:
            return h264.nal_type(unit) == h264.NalType.AUD
        return h265.nal_type(unit) == _H265_AUD


def _split_short_lengths(data: bytes, length_bytes: int) -> list[bytes]:
    """Units after lengths of 1, 2 or 3 bytes, as ``avcC`` allows."""
    units: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + length_bytes
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise SourceProtocol("a NAL unit is longer than the frame that holds it")
        units.append(data[start:position])
    return units


class AudioConverter:
    """Frames of one audio stream."""

    def __init__(self, info: StreamInfo) -> None:
        """Raises SourceUnsupported when the codec is none of ours."""
        makers: dict[str, Callable[[], AudioTrack | None]] = {
            Codec.AAC: lambda: aac.audio_track(info.extradata) if info.extradata else None,
            Codec.PCM_ALAW: lambda: self._g711(Codec.PCM_ALAW),
            Codec.PCM_MULAW: lambda: self._g711(Codec.PCM_MULAW),
            Codec.OPUS: lambda: opus.audio_track(min(2, max(1, info.channels))),
        }
        if info.codec not in makers:
            raise SourceUnsupported(f"the audio codec {info.codec} cannot be recorded")
        self._info = info
        self._timeline: Timeline | None = None
        self._adts = info.codec == Codec.AAC and not info.extradata
        self.track: AudioTrack | None = makers[info.codec]()

    def _g711(self, codec: Codec) -> AudioTrack:
        return g711.audio_track(codec, self._info.sample_rate or 8000, self._info.channels or 1)

    def learn(self, packet: RawPacket) -> None:
        """Read the track from an ADTS header when the container did not tell it.

        Raises:
            SourceProtocol: The packet has no such header.
        """
        if self.track is None and self._adts:
            self.track = aac.audio_track(aac.parse_adts(packet.data).config)

    def convert(self, packet: RawPacket) -> list[SourceFrame]:
        """Frames that are complete now; several when a packet holds several ADTS frames.

        Raises:
            SourceProtocol: The bytes are broken, or times are missing.
        """
        self.learn(packet)
        if self.track is None or not packet.data:
            return []
        if self._timeline is None:
            self._timeline = Timeline(self.track.timescale)
        frames: list[SourceFrame] = []
        for one, pts, dts in self._timeline.stamp(packet):
            parts = aac.split_adts(one.data) if self._adts else [one.data]
            for index, part in enumerate(parts):
                shift = index * aac.FRAME_SAMPLES
                frames.append(
                    SourceFrame(
                        track=TrackKind.AUDIO,
                        pts=pts + shift,
                        dts=dts + shift,
                        arrival_ns=one.arrival_ns,
                        key=True,
                        payload=part,
                    )
                )
        return frames
