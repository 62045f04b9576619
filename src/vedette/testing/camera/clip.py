"""What a simulated camera plays: a clip in memory, taken apart into NAL units and audio frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from vedette.base.errors import SourceUnsupported
from vedette.model.packet import Codec

VIDEO_RATE = 90_000
"""Ticks per second of RTP video."""

_START_CODE = b"\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One access unit.

    Attributes:
        units: NAL units without start codes, lengths or parameter sets.
        pts: Presentation time, 90 kHz ticks since the start of the clip.
        dts: Decoding time, same unit; frames are kept in this order.
        key: Whether decoding may start here.
    """

    units: tuple[bytes, ...]
    pts: int
    dts: int
    key: bool


@dataclass(frozen=True, slots=True)
class AudioLoop:
    """Audio that repeats under the video, independently of the clip's length.

    Attributes:
        codec: PCM_ALAW, PCM_MULAW or AAC.
        config: AudioSpecificConfig for AAC, else empty.
        sample_rate: Samples per second.
        channels: 1 or 2.
        frames: Raw frames, AAC without ADTS.
        frame_samples: Samples per channel in each frame.
    """

    codec: Codec
    config: bytes
    sample_rate: int
    channels: int
    frames: tuple[bytes, ...]
    frame_samples: int


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """What an SDP says about a stream.

    Attributes:
        codec: H264 or HEVC.
        parameter_sets: SPS and PPS, with the VPS first for HEVC.
        width: Pixels.
        height: Pixels.
        frame_rate: Frames per second.
        audio: None for a silent camera.
    """

    codec: Codec
    parameter_sets: tuple[bytes, ...]
    width: int
    height: int
    frame_rate: float
    audio: AudioLoop | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that begins with a key frame and can be looped.

    Attributes:
        format: What the SDP says.
        frames: In decoding order.
        duration: 90 kHz ticks after which the next turn of the loop begins.
    """

    format: ClipFormat
    frames: tuple[ClipFrame, ...]
    duration: int


def split_annex_b(data: bytes) -> list[bytes]:
    """NAL units between start codes (ITU-T H.264, annex B)."""
    units: list[bytes] = []
    start = data.find(_START_CODE)
    while start >= 0:
        end = data.find(_START_CODE, start + 3)
        unit = data[start + 3 : end if end >= 0 else len(data)]
        unit = unit.rstrip(b"\x00") if end >= 0 else unit
        if unit:
            units.append(unit)
        start = end
    return units


def _split_lengths(data: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        units.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return units


def is_parameter_set(codec: Codec, unit: bytes) -> bool:
    """Whether a NAL unit is a parameter set or an access unit delimiter."""
    if codec is Codec.H264:
        return unit[0] & 0x1F in {7, 8, 9}
    return unit[0] >> 1 & 0x3F in {32, 33, 34, 35}


def parameter_sets(codec: Codec, units: Iterator[bytes]) -> tuple[bytes, ...]:
    """The parameter sets among NAL units, in the order VPS, SPS, PPS, without repetition."""
    wanted = (7, 8) if codec is Codec.H264 else (32, 33, 34)
    found: dict[bytes, int] = {}
    for unit in units:
        kind = unit[0] & 0x1F if codec is Codec.H264 else unit[0] >> 1 & 0x3F
        if kind in wanted:
            found[unit] = kind
    return tuple(sorted(found, key=found.__getitem__))


def _extradata_units(codec: Codec, extradata: bytes) -> Iterator[bytes]:
    """Parameter sets out of ``avcC``, ``hvcC`` or Annex B extradata (ISO/IEC 14496-15)."""
    if extradata[:1] != b"\x01":
        yield from split_annex_b(extradata)
        return
    at, lists = (5, 2) if codec is Codec.H264 else (22, 1)
    if codec is Codec.HEVC:
        lists, at = extradata[22], 23
    for index in range(lists):
        if codec is Codec.H264:
            count, at = extradata[at] & (0x1F if index == 0 else 0xFF), at + 1
        else:
            count, at = int.from_bytes(extradata[at + 1 : at + 3], "big"), at + 3
        for _ in range(count):
            size = int.from_bytes(extradata[at : at + 2], "big")
            yield extradata[at + 2 : at + 2 + size]
            at += 2 + size


def frame_units(codec: Codec, payload: bytes, *, annex_b: bool) -> tuple[bytes, ...]:
    """The NAL units of one access unit, parameter sets and delimiters taken out."""
    units = split_annex_b(payload) if annex_b else _split_lengths(payload)
    return tuple(unit for unit in units if unit and not is_parameter_set(codec, unit))


def load_clip(
    path: Path, *, audio: AudioLoop | None = None, most_frames: int | None = None
) -> Clip:
    """Read a video file into memory, without decoding it.

    Args:
        path: Anything that libavformat reads and that holds H.264 or H.265.
        audio: Plays under it; the file's own audio is ignored.
        most_frames: Stop after that many.

    Raises:
        SourceUnsupported: The file holds another codec.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        if context.name not in {"h264", "hevc"}:
            raise SourceUnsupported(
                f"{path.name} holds {context.name}; a simulated camera plays H.264 or H.265"
            )
        codec = Codec(context.name)
        extradata = bytes(context.extradata or b"")
        annex_b = extradata[:1] != b"\x01"
        time_base = stream.time_base
        rate = float(stream.average_rate or 25)
        sets = parameter_sets(codec, _extradata_units(codec, extradata))
        frames: list[ClipFrame] = []
        for packet in container.demux(stream):
            payload = bytes(packet)
            if not payload or packet.pts is None or packet.dts is None or time_base is None:
                continue
            frames.append(
                ClipFrame(
                    units=frame_units(codec, payload, annex_b=annex_b),
                    pts=round(packet.pts * time_base * VIDEO_RATE),
                    dts=round(packet.dts * time_base * VIDEO_RATE),
                    key=packet.is_keyframe,
                )
            )
            if most_frames is not None and len(frames) >= most_frames:
                break
        clip_format = ClipFormat(codec, sets, context.width, context.height, rate, audio)
    return Clip(clip_format, tuple(frames), round(len(frames) * VIDEO_RATE / rate))
