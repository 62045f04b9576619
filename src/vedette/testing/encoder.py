"""Pictures to H.264 or H.265: a port, and the one implementation, which uses PyAV's encoders.

PyAV's wheels carry x264 and x265, which are GPL. Only simulated cameras encode; the product never
does. Whoever must not use them passes another ``Encoder`` (``docs/decisions``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import av
import numpy as np
import numpy.typing as npt

from vedette.model.packet import Codec

Plane = npt.NDArray[np.uint8]

_KEY_PICTURE = 1
"""``AV_PICTURE_TYPE_I``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in I420, BT.709, limited range.

    Attributes:
        luma: Shape (height, width).
        blue: Shape (height / 2, width / 2).
        red: Shape (height / 2, width / 2).
    """

    luma: Plane
    blue: Plane
    red: Plane


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One access unit in Annex B, parameter sets included at key frames.

    Attributes:
        data: The bytes.
        pts: Number of the picture.
        dts: Position in decoding order, on the same scale; may be negative.
        key: Whether decoding may start here.
    """

    data: bytes
    pts: int
    dts: int
    key: bool


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """What to encode.

    Attributes:
        codec: H264 or HEVC.
        width: Pixels, even.
        height: Pixels, even.
        frame_rate: Frames per second.
        key_interval: Frames from one key frame to the next.
        b_frames: Consecutive B-frames at most.
        bit_rate: Bits per second; 0 encodes at constant quality.
        live: Whether each frame must come out at once, at the least cost.
    """

    codec: Codec = Codec.H264
    width: int = 320
    height: int = 180
    frame_rate: int = 25
    key_interval: int = 25
    b_frames: int = 0
    bit_rate: int = 0
    live: bool = False


class Encoder(Protocol):
    """Encodes pictures of one size, in order."""

    def encode(self, picture: Picture, *, key: bool = False) -> list[EncodedFrame]:
        """The frames that became ready; ``key`` asks for a key frame."""
        ...

    def flush(self) -> list[EncodedFrame]:
        """The frames that were held back; nothing may be encoded afterwards."""
        ...


EncoderFactory = Callable[[EncoderSettings], Encoder]


def _options(settings: EncoderSettings) -> dict[str, str]:
    keys = f"keyint={settings.key_interval}:min-keyint=1:scenecut=0:open-gop=0"
    if settings.codec is Codec.H264:
        keys += ":threads=1:sliced-threads=0:rc-lookahead=0:sync-lookahead=0"
        # Live at the least cost: ultrafast, but with the filter that hides the blocks.
        keys += ":ref=1:no-deblock=0" if settings.live else ""
        options = {"x264-params": keys, "preset": "ultrafast" if settings.live else "veryfast"}
    else:
        keys += f":bframes={settings.b_frames}:log-level=none:pools=none:frame-threads=1"
        options = {"x265-params": keys, "preset": "ultrafast"}
    if settings.live:
        options["tune"] = "zerolatency"
    if not settings.bit_rate:
        options["crf"] = "25" if settings.codec is Codec.H264 else "28"
    return options


class LibavEncoder:
    """libx264 or libx265 through PyAV; see Encoder."""

    def __init__(self, settings: EncoderSettings) -> None:
        name = "libx264" if settings.codec is Codec.H264 else "libx265"
        # PyAV's stubs leave packets and planes partly untyped.
        context = cast("Any", av.CodecContext.create(name, "w"))
        context.width, context.height = settings.width, settings.height
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, settings.frame_rate)
        context.framerate = Fraction(settings.frame_rate)
        context.gop_size = settings.key_interval
        context.max_b_frames = settings.b_frames
        context.thread_count = 1
        context.color_range = 1  # limited
        context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
        if settings.bit_rate:
            context.bit_rate = settings.bit_rate
        context.options = _options(settings)
        self._context = context
        self._frame = av.VideoFrame(settings.width, settings.height, "yuv420p")
        self._frame.time_base = Fraction(1, settings.frame_rate)
        self._planes = [
            np.frombuffer(cast("Any", plane), np.uint8).reshape(-1, plane.line_size)
            for plane in self._frame.planes
        ]
        self._count = 0

    def encode(self, picture: Picture, *, key: bool = False) -> list[EncodedFrame]:
        """See Encoder.encode."""
        for target, source in zip(
            self._planes, (picture.luma, picture.blue, picture.red), strict=True
        ):
            target[: source.shape[0], : source.shape[1]] = source
        self._frame.pts = self._count
        self._frame.pict_type = cast("Any", _KEY_PICTURE if key else 0)
        self._count += 1
        return _frames(self._context.encode(self._frame))

    def flush(self) -> list[EncodedFrame]:
        """See Encoder.flush."""
        return _frames(self._context.encode(None))


def _frames(packets: Sequence[Any]) -> list[EncodedFrame]:
    return [
        EncodedFrame(bytes(packet), packet.pts or 0, packet.dts or 0, bool(packet.is_keyframe))
        for packet in packets
    ]


def encode_audio(
    codec: Codec, rate: int, samples: npt.NDArray[np.int16], step: int
) -> tuple[bytes, list[bytes]]:
    """Encode mono sound.

    Args:
        codec: AAC, PCM_ALAW or PCM_MULAW.
        rate: Samples per second.
        samples: A multiple of ``step`` samples.
        step: Samples per frame; AAC takes 1024.

    Returns:
        The AudioSpecificConfig (empty for G.711), and the raw frames.
    """
    encoder = cast("Any", av.CodecContext.create(codec.value, "w"))
    encoder.sample_rate = rate
    encoder.layout = "mono"
    encoder.format = form = "fltp" if codec is Codec.AAC else "s16"
    encoder.time_base = Fraction(1, rate)
    frames: list[bytes] = []
    for at in range(0, len(samples), step):
        part: npt.NDArray[Any] = samples[at : at + step].reshape(1, -1)
        if codec is Codec.AAC:
            part = (part / 32768).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format=form, layout="mono")
        frame.sample_rate = rate
        frame.pts = at
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return bytes(encoder.extradata or b"") if codec is Codec.AAC else b"", frames


def remux(raw: BinaryIO, path: Path, *, codec: Codec, frame_rate: float) -> None:
    """Write an Annex B stream without B-frames as an MP4 file, without encoding anew."""
    options = {"framerate": f"{frame_rate:g}"}
    with (
        av.open(cast("Any", raw), format=codec.value, options=options) as source,
        av.open(str(path), "w", format="mp4") as target,
    ):
        stream = source.streams.video[0]
        copy = cast("Any", target).add_stream_from_template(stream)
        for index, packet in enumerate(cast("Any", source).demux(stream)):
            if packet.size:
                packet.time_base = Fraction(1, round(frame_rate))
                packet.pts = packet.dts = index
                packet.duration = 1
                packet.stream = copy
                cast("Any", target).mux(packet)
