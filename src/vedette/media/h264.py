"""H.264: parameter sets, slices and the decoder configuration (ITU-T H.264; ISO/IEC 14496-15)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from vedette.base.errors import SourceProtocol, SourceUnsupported
from vedette.media.nal import BitReader, unescape
from vedette.model.packet import Codec, VideoTrack

_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_CONFIG_HIGH_PROFILES = frozenset({100, 110, 122, 144, 244})
_MAX_SIDE_MB = 1024  # 16384 pixels, twice what level 6.2 allows in practice
_MAX_REORDER = 16
_MAX_SET_BYTES = 4096
_EXTENDED_SAR = 255
_SEI_RECOVERY_POINT = 6
_SLICE_HEADER_BYTES = 16
_I_SLICES = frozenset({2, 4, 7, 9})


class NalType(IntEnum):
    """Types of NAL units (table 7-1) that matter here."""

    SLICE = 1
    PARTITION_A = 2
    IDR = 5
    SEI = 6
    SPS = 7
    PPS = 8
    AUD = 9
    STAP_A = 24
    FU_A = 28


@dataclass(frozen=True, slots=True)
class SpsInfo:
    """What a sequence parameter set says.

    Attributes:
        id: 0 to 31.
        profile: ``profile_idc``.
        constraints: The byte of constraint flags.
        level: ``level_idc``.
        width: Pixels shown, after cropping.
        height: Pixels shown, after cropping.
        reorder: ``max_num_reorder_frames`` when it is said, else 0: cameras without B-frames
            often leave it out, and whoever reads on sees soon enough when it was wrong.
        chroma_format: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
        bit_depth_luma: 8 to 14.
        bit_depth_chroma: 8 to 14.
        frame_rate: Frames per second as announced, 0.0 when it is not.
    """

    id: int
    profile: int
    constraints: int
    level: int
    width: int
    height: int
    reorder: int
    chroma_format: int = 1
    bit_depth_luma: int = 8
    bit_depth_chroma: int = 8
    frame_rate: float = 0.0


def nal_type(unit: bytes) -> int:
    """``nal_unit_type`` of a unit that is not empty."""
    return unit[0] & 0x1F


def parse_sps(sps: bytes) -> SpsInfo:
    """Read a sequence parameter set (section 7.3.2.1.1), its NAL header byte included.

    Raises:
        SourceProtocol: It is cut off, or its numbers are absurd.
    """
    if len(sps) < 4 or nal_type(sps) != NalType.SPS:
        raise SourceProtocol("the sequence parameter set is too short or none at all")
    reader = BitReader(unescape(sps[1:_MAX_SET_BYTES]))
    profile, constraints, level = reader.bits(8), reader.bits(8), reader.bits(8)
    sps_id = reader.ue()
    chroma, separate_planes, luma_depth, chroma_depth = _chroma(reader, profile)
    reader.ue()  # log2_max_frame_num_minus4
    _skip_picture_order(reader)
    reader.ue()  # max_num_ref_frames
    reader.skip(1)
    width_mb, height_units = reader.ue() + 1, reader.ue() + 1
    frame_mbs_only = reader.flag()
    if not frame_mbs_only:
        reader.skip(1)
    height_mb = height_units * (1 if frame_mbs_only else 2)
    if not 0 < width_mb <= _MAX_SIDE_MB or not 0 < height_mb <= _MAX_SIDE_MB:
        raise SourceProtocol(f"the picture is said to be {width_mb * 16} x {height_mb * 16} pixels")
    reader.skip(1)  # direct_8x8_inference_flag
    crop_x, crop_y = _crop(reader, 0 if separate_planes else chroma, frame_mbs_only=frame_mbs_only)
    width, height = width_mb * 16 - crop_x, height_mb * 16 - crop_y
    if width <= 0 or height <= 0:
        raise SourceProtocol("the picture is cropped to nothing")
    frame_rate, reorder = _vui(reader) if reader.flag() else (0.0, 0)
    return SpsInfo(
        id=sps_id,
        profile=profile,
        constraints=constraints,
        level=level,
        width=width,
        height=height,
        reorder=min(reorder, _MAX_REORDER),
        chroma_format=chroma,
        bit_depth_luma=luma_depth,
        bit_depth_chroma=chroma_depth,
        frame_rate=frame_rate,
    )


def _chroma(reader: BitReader, profile: int) -> tuple[int, bool, int, int]:
    """chroma_format_idc, separate_colour_plane_flag and the two bit depths."""
    if profile not in _HIGH_PROFILES:
        return 1, False, 8, 8
    chroma = reader.ue()
    if chroma > 3:
        raise SourceProtocol(f"the sequence parameter set names chroma format {chroma}")
    separate = chroma == 3 and reader.flag()
    luma_depth, chroma_depth = reader.ue() + 8, reader.ue() + 8
    if luma_depth > 14 or chroma_depth > 14:
        raise SourceProtocol("the sequence parameter set names a bit depth above 14")
    reader.skip(1)
    if reader.flag():
        for index in range(8 if chroma != 3 else 12):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)
    return chroma, separate, luma_depth, chroma_depth


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.se()) & 0xFF
        last = following or last


def _skip_picture_order(reader: BitReader) -> None:
    kind = reader.ue()
    if kind == 0:
        reader.ue()
    elif kind == 1:
        reader.skip(1)
        reader.se()
        reader.se()
        count = reader.ue()
        if count > 255:
            raise SourceProtocol("the sequence parameter set lists too many reference frames")
        for _ in range(count):
            reader.se()
    elif kind != 2:
        raise SourceProtocol(f"the sequence parameter set names picture order type {kind}")


def _crop(reader: BitReader, chroma: int, *, frame_mbs_only: bool) -> tuple[int, int]:
    """Pixels cut off horizontally and vertically."""
    if not reader.flag():
        return 0, 0
    left, right, top, bottom = (reader.ue() for _ in range(4))
    unit_x = 2 if chroma in {1, 2} else 1
    unit_y = (2 if chroma == 1 else 1) * (1 if frame_mbs_only else 2)
    return (left + right) * unit_x, (top + bottom) * unit_y


def _vui(reader: BitReader) -> tuple[float, int]:
    """Frame rate and reorder depth from the usability information (annex E.1.1).

    Makers cut it short now and then; what cannot be read is as if it were not there.
    """
    frame_rate = 0.0
    try:
        _skip_display(reader)
        if reader.flag():
            units, scale = reader.bits(32), reader.bits(32)
            reader.skip(1)
            frame_rate = scale / (2 * units) if units else 0.0
        hrd = _skip_hrd(reader) | _skip_hrd(reader)
        if hrd:
            reader.skip(1)
        reader.skip(1)
        if not reader.flag():
            return frame_rate, 0
        reader.skip(1)
        for _ in range(4):
            reader.ue()
        return frame_rate, reader.ue()
    except SourceProtocol:
        return frame_rate, 0


def _skip_display(reader: BitReader) -> None:
    """Pass over aspect ratio, overscan, colours and the place of the chroma samples."""
    if reader.flag() and reader.bits(8) == _EXTENDED_SAR:
        reader.skip(32)
    if reader.flag():
        reader.skip(1)
    if reader.flag():
        reader.skip(4)
        if reader.flag():
            reader.skip(24)
    if reader.flag():
        reader.ue()
        reader.ue()


def _skip_hrd(reader: BitReader) -> bool:
    if not reader.flag():
        return False
    count = reader.ue() + 1
    if count > 32:
        raise SourceProtocol("the sequence parameter set lists too many buffer models")
    reader.skip(8)
    for _ in range(count):
        reader.ue()
        reader.ue()
        reader.skip(1)
    reader.skip(20)
    return True


def pps_ids(pps: bytes) -> tuple[int, int]:
    """``pic_parameter_set_id`` (0 to 255) and ``seq_parameter_set_id`` of a picture parameter set.

    Raises:
        SourceProtocol: It is cut off or out of range.
    """
    if len(pps) < 2 or nal_type(pps) != NalType.PPS:
        raise SourceProtocol("the picture parameter set is too short or none at all")
    reader = BitReader(unescape(pps[1:12]))
    pps_id, sps_id = reader.ue(), reader.ue()
    if pps_id > 255 or sps_id > 31:
        raise SourceProtocol("the picture parameter set has an impossible number")
    return pps_id, sps_id


def video_track(sps: bytes, *pps: bytes) -> VideoTrack:
    """The track that these parameter sets describe, timescale 90000.

    Raises:
        SourceProtocol: A set is broken.
        SourceUnsupported: There is no picture parameter set.
    """
    if not pps:
        raise SourceUnsupported("the camera sends no H.264 picture parameter set")
    info = parse_sps(sps)
    return VideoTrack(
        codec=Codec.H264,
        config=decoder_config(sps, pps),
        codec_string=f"avc1.{info.profile:02X}{info.constraints:02X}{info.level:02X}",
        width=info.width,
        height=info.height,
        reorder=info.reorder,
    )


def decoder_config(sps: bytes, pps: Iterable[bytes]) -> bytes:
    """Body of ``avcC`` (ISO/IEC 14496-15, section 5.3.3.1), lengths in four bytes.

    Raises:
        SourceProtocol: The sequence parameter set is broken.
    """
    info = parse_sps(sps)
    sets = list(pps)
    parts = [bytes((1, info.profile, info.constraints, info.level, 0xFF, 0xE1))]
    parts += [struct.pack(">H", len(sps)), sps, bytes((len(sets) & 0xFF,))]
    for one in sets:
        parts += [struct.pack(">H", len(one)), one]
    if info.profile in _CONFIG_HIGH_PROFILES:
        depths = (info.bit_depth_luma - 8, info.bit_depth_chroma - 8)
        parts.append(bytes((0xFC | info.chroma_format, 0xF8 | depths[0], 0xF8 | depths[1], 0)))
    return b"".join(parts)


def parameter_sets(config: bytes) -> tuple[list[bytes], list[bytes]]:
    """Sequence and picture parameter sets out of the body of ``avcC``.

    Raises:
        SourceProtocol: It is cut off.
    """
    try:
        position = 6
        lists: list[list[bytes]] = []
        counts = config[5] & 0x1F
        for number in range(2):
            found: list[bytes] = []
            for _ in range(counts):
                (size,) = struct.unpack_from(">H", config, position)
                found.append(config[position + 2 : position + 2 + size])
                if len(found[-1]) != size:
                    raise SourceProtocol("the H.264 decoder configuration is cut off")
                position += 2 + size
            lists.append(found)
            if number == 0:
                counts = config[position]
                position += 1
    except (IndexError, struct.error) as error:
        raise SourceProtocol("the H.264 decoder configuration is cut off") from error
    return lists[0], lists[1]


def track_from_config(config: bytes) -> VideoTrack:
    """The track that the body of an ``avcC`` describes.

    Raises:
        SourceProtocol: It is broken.
        SourceUnsupported: It holds no parameter sets.
    """
    sps, pps = parameter_sets(config)
    if not sps:
        raise SourceUnsupported("the H.264 decoder configuration holds no parameter sets")
    return video_track(sps[0], *pps)


def track_from_units(units: Iterable[bytes]) -> VideoTrack:
    """The track that the parameter sets among some units describe.

    Raises:
        SourceProtocol: One is broken.
        SourceUnsupported: One is missing.
    """
    kept = [unit for unit in units if unit]
    sps = [unit for unit in kept if nal_type(unit) == NalType.SPS]
    pps = [unit for unit in kept if nal_type(unit) == NalType.PPS]
    if not sps:
        raise SourceUnsupported("the camera sends no H.264 sequence parameter set")
    return video_track(sps[-1], *dict.fromkeys(pps))


def is_intra_slice(unit: bytes) -> bool:
    """Whether a slice is said to hold intra prediction only; False when it cannot be read."""
    try:
        reader = BitReader(unescape(unit[1:_SLICE_HEADER_BYTES]))
        reader.ue()  # first_mb_in_slice
        return reader.ue() in _I_SLICES
    except SourceProtocol:
        return False


def recovery_frames(sei: bytes) -> int | None:
    """``recovery_frame_cnt`` of a recovery point (annex D.1.8), None when there is none."""
    data = unescape(sei[1:])
    position = 0
    while position + 2 <= len(data) and data[position:] != b"\x80":
        fields: list[int] = []
        for _ in range(2):
            value = 0
            while position < len(data) and data[position] == 0xFF:
                value += 255
                position += 1
            if position >= len(data):
                return None
            fields.append(value + data[position])
            position += 1
        kind, size = fields
        if kind == _SEI_RECOVERY_POINT:
            try:
                return BitReader(data[position : position + size]).ue()
            except SourceProtocol:
                return None
        position += size
    return None
