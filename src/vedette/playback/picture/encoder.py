"""Decode a camera's pictures and encode them as VP9, keeping up with now."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import av
from av.error import FFmpegError

from vedette.model.packet import Codec
from vedette.playback.picture.wire import Picture

_LATE_NS = 400_000_000
"""A picture so much later than the quickest one is decoded, because others need it, not encoded."""
_KEY_EVERY = 50
_BITS_PER_PIXEL_S = 1.6
_MOST_KNOWN = 64
_NOMINAL_RATE = 25


class PictureEncoder:
    """Turns access units into VP9 pictures of another size on the same time line.

    Args:
        codec: What comes.
        config: Its decoder configuration (``hvcC``, ``avcC``).
        width: Of what leaves, pixels, even.
        height: Of what leaves, pixels, even.
        now_ns: Monotonic time; only how its distance to ``Picture.arrival_ns`` changes counts.

    Raises:
        FFmpegError: This build of libav lacks a codec.
    """

    def __init__(
        self, codec: Codec, config: bytes, width: int, height: int, now_ns: Callable[[], int]
    ) -> None:
        self._now_ns = now_ns
        self._size = (width, height)
        decoder = cast("Any", av.CodecContext.create(codec.value, "r"))
        decoder.extradata = config
        decoder.thread_count = 1
        self._decoder = decoder
        encoder = cast("Any", av.CodecContext.create("libvpx-vp9", "w"))
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        encoder.time_base = Fraction(1, _NOMINAL_RATE)
        encoder.framerate = Fraction(_NOMINAL_RATE, 1)
        encoder.gop_size = _KEY_EVERY
        encoder.bit_rate = round(width * height * _BITS_PER_PIXEL_S)
        encoder.thread_count = 1
        encoder.options = {
            "deadline": "realtime",
            "cpu-used": "8",
            "lag-in-frames": "0",
            "auto-alt-ref": "0",
        }
        encoder.open()
        self._encoder = encoder
        self._sources: dict[int, Picture] = {}
        self._made: dict[int, Picture] = {}
        self._count = 0
        self._last_pts = -(1 << 62)
        self._least_ns = 1 << 62

    def encode(self, picture: Picture) -> list[Picture]:
        """The pictures that can be shown with this one.

        Raises:
            FFmpegError: It cannot be decoded; the next key frame may.
        """
        packet = cast("Any", av.Packet(picture.payload))
        packet.pts, packet.dts = picture.pts, picture.dts
        packet.time_base = Fraction(1, 90_000)
        _remember(self._sources, picture.pts, picture)
        made: list[Picture] = []
        for frame in self._decoder.decode(packet):
            source = self._sources.pop(frame.pts, picture)
            made += self._shown(frame, source)
        return made

    def _shown(self, frame: Any, source: Picture) -> list[Picture]:
        behind_ns = self._now_ns() - source.arrival_ns
        self._least_ns = min(self._least_ns, behind_ns)
        late = behind_ns - self._least_ns > _LATE_NS
        if late or frame.pts is None or frame.pts <= self._last_pts:
            return []
        self._last_pts = frame.pts
        width, height = self._size
        scaled = frame.reformat(width=width, height=height, format="yuv420p")
        # The rate control counts frames; where they lie in time is remembered beside them.
        scaled.pts, scaled.time_base = self._count, Fraction(1, _NOMINAL_RATE)
        _remember(self._made, self._count, source)
        self._count += 1
        made: list[Picture] = []
        for packet in self._encoder.encode(scaled):
            of = self._made.pop(packet.pts, source)
            times = (of.pts, of.pts, of.arrival_ns, of.wall_us)
            made.append(Picture(*times, key=packet.is_keyframe, payload=bytes(packet)))
        return made


def _remember(known: dict[int, Picture], at: int, picture: Picture) -> None:
    known[at] = picture
    while len(known) > _MOST_KNOWN:
        del known[next(iter(known))]


__all__ = ["FFmpegError", "PictureEncoder"]
