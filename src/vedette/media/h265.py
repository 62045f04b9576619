"""H.265: parameter sets and the decoder configuration (ITU-T H.265; ISO/IEC 14496-15)."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from vedette.base.errors import SourceProtocol, SourceUnsupported
from vedette.media.nal import BitReader, unescape
from vedette.model.packet import Codec, VideoTrack

_MAX_SIDE_PX = 16_384
_MAX_REORDER = 16
_MAX_SET_BYTES = 4096
_PROFILE_BITS = 88
_LEVEL_BITS = 8


class NalType(IntEnum):
    """Types of NAL units (table 7-1) that matter here."""

    BLA_W_LP = 16
    IDR_W_RADL = 19
    IDR_N_LP = 20
    CRA = 21
    LAST_IRAP = 23
    FIRST_NON_VCL = 32
    VPS = 32
    SPS = 33
    PPS = 34
    AUD = 35
    SEI_PREFIX = 39
    SEI_SUFFIX = 40
    AP = 48
    FU = 49
    PACI = 50


@dataclass(frozen=True, slots=True)
class SpsInfo:
    """What a sequence parameter set says.

    Attributes:
        id: 0 to 15.
        width: Pixels shown, after cropping.
        height: Pixels shown, after cropping.
        reorder: ``sps_max_num_reorder_pics`` of the highest layer.
        profile: ``general_profile_idc``.
        profile_space: 0 to 3.
        tier: 0 main, 1 high.
        compatibility: 32 flags, the first one in the highest bit.
        constraints: 48 flags, the first one in the highest bit.
        level: ``general_level_idc``, thirty times the level.
        layers: Temporal layers, 1 to 7.
        nested: ``sps_temporal_id_nesting_flag``.
        chroma_format: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
        bit_depth_luma: 8 to 16.
        bit_depth_chroma: 8 to 16.
    """

    id: int
    width: int
    height: int
    reorder: int
    profile: int
    profile_space: int
    tier: int
    compatibility: int
    constraints: int
    level: int
    layers: int
    nested: bool
    chroma_format: int
    bit_depth_luma: int
    bit_depth_chroma: int


def nal_type(unit: bytes) -> int:
    """``nal_unit_type`` of a unit that is not empty."""
    return unit[0] >> 1 & 0x3F


def is_key(kind: int) -> bool:
    """Whether a NAL unit type is a random access point (IRAP: BLA, IDR or CRA)."""
    return NalType.BLA_W_LP <= kind <= NalType.LAST_IRAP


def parse_sps(sps: bytes) -> SpsInfo:
    """Read a sequence parameter set (section 7.3.2.2.1), its two NAL header bytes included.

    Raises:
        SourceProtocol: It is cut off, or its numbers are absurd.
    """
    if len(sps) < 4 or nal_type(sps) != NalType.SPS:
        raise SourceProtocol("the sequence parameter set is too short or none at all")
    reader = BitReader(unescape(sps[2:_MAX_SET_BYTES]))
    reader.skip(4)
    layers = reader.bits(3) + 1
    nested = reader.flag()
    profile_space, tier, profile = reader.bits(2), reader.bits(1), reader.bits(5)
    compatibility, constraints, level = reader.bits(32), reader.bits(48), reader.bits(8)
    _skip_sub_layers(reader, layers)
    sps_id, chroma = reader.ue(), reader.ue()
    if sps_id > 15 or chroma > 3:
        raise SourceProtocol("the sequence parameter set holds an impossible number")
    separate_planes = chroma == 3 and reader.flag()
    width, height = reader.ue(), reader.ue()
    if not 0 < width <= _MAX_SIDE_PX or not 0 < height <= _MAX_SIDE_PX:
        raise SourceProtocol(f"the picture is said to be {width} x {height} pixels")
    crop_x, crop_y = _crop(reader, 0 if separate_planes else chroma)
    if crop_x >= width or crop_y >= height:
        raise SourceProtocol("the picture is cropped to nothing")
    luma_depth, chroma_depth = reader.ue() + 8, reader.ue() + 8
    if luma_depth > 16 or chroma_depth > 16:
        raise SourceProtocol("the sequence parameter set names a bit depth above 16")
    reader.ue()  # log2_max_pic_order_cnt_lsb_minus4
    return SpsInfo(
        id=sps_id,
        width=width - crop_x,
        height=height - crop_y,
        reorder=min(_reorder(reader, layers), _MAX_REORDER),
        profile=profile,
        profile_space=profile_space,
        tier=tier,
        compatibility=compatibility,
        constraints=constraints,
        level=level,
        layers=layers,
        nested=nested,
        chroma_format=chroma,
        bit_depth_luma=luma_depth,
        bit_depth_chroma=chroma_depth,
    )


def _skip_sub_layers(reader: BitReader, layers: int) -> None:
    if layers <= 1:
        return
    present = [(reader.flag(), reader.flag()) for _ in range(layers - 1)]
    reader.skip(2 * (8 - (layers - 1)))
    for has_profile, has_level in present:
        reader.skip(_PROFILE_BITS * has_profile + _LEVEL_BITS * has_level)


def _crop(reader: BitReader, chroma: int) -> tuple[int, int]:
    """Pixels cut off horizontally and vertically."""
    if not reader.flag():
        return 0, 0
    left, right, top, bottom = (reader.ue() for _ in range(4))
    unit_x, unit_y = 2 if chroma in {1, 2} else 1, 2 if chroma == 1 else 1
    return (left + right) * unit_x, (top + bottom) * unit_y


def _reorder(reader: BitReader, layers: int) -> int:
    all_layers = reader.flag()
    reorder = 0
    for _ in range(layers if all_layers else 1):
        reader.ue()  # sps_max_dec_pic_buffering_minus1
        reorder = reader.ue()
        reader.ue()  # sps_max_latency_increase_plus1
    return reorder


def pps_id(pps: bytes) -> int | None:
    """``pps_pic_parameter_set_id``, 0 to 63, or None when it cannot be read."""
    try:
        number = BitReader(unescape(pps[2:12])).ue()
    except SourceProtocol:
        return None
    return number if number < 64 else None


def codec_string(info: SpsInfo) -> str:
    """RFC 6381 form, such as ``hvc1.1.6.L93.B0`` (ISO/IEC 14496-15, annex E.3)."""
    reversed_flags = int(f"{info.compatibility:032b}"[::-1], 2)
    constraints = info.constraints.to_bytes(6, "big").rstrip(b"\x00")
    fields = [
        "hvc1",
        "ABC"[info.profile_space - 1 : info.profile_space] + str(info.profile)
        if info.profile_space
        else str(info.profile),
        f"{reversed_flags:X}",
        f"{'H' if info.tier else 'L'}{info.level}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(fields)


def video_track(vps: bytes, sps: bytes, *pps: bytes) -> VideoTrack:
    """The track that these parameter sets describe, timescale 90000.

    Raises:
        SourceProtocol: A set is broken.
        SourceUnsupported: There is no picture parameter set.
    """
    if not pps:
        raise SourceUnsupported("the camera sends no H.265 picture parameter set")
    info = parse_sps(sps)
    return VideoTrack(
        codec=Codec.HEVC,
        config=decoder_config(vps, sps, pps),
        codec_string=codec_string(info),
        width=info.width,
        height=info.height,
        reorder=info.reorder,
    )


def decoder_config(vps: bytes, sps: bytes, pps: Sequence[bytes]) -> bytes:
    """Body of ``hvcC`` (ISO/IEC 14496-15, section 8.3.3.1), lengths in four bytes.

    Raises:
        SourceProtocol: The sequence parameter set is broken.
    """
    info = parse_sps(sps)
    head = struct.pack(
        ">BBI6sBHBBBBHB",
        1,
        info.profile_space << 6 | info.tier << 5 | info.profile,
        info.compatibility,
        info.constraints.to_bytes(6, "big"),
        info.level,
        0xF000,
        0xFC,
        0xFC | info.chroma_format,
        0xF8 | min(info.bit_depth_luma - 8, 7),
        0xF8 | min(info.bit_depth_chroma - 8, 7),
        0,
        info.layers << 3 | info.nested << 2 | 3,
    )
    parts = [head, b"\x03"]
    for kind, sets in ((NalType.VPS, [vps]), (NalType.SPS, [sps]), (NalType.PPS, list(pps))):
        parts.append(struct.pack(">BH", 0x80 | kind, len(sets)))
        for one in sets:
            parts += [struct.pack(">H", len(one)), one]
    return b"".join(parts)


def parameter_sets(config: bytes) -> list[bytes]:
    """Every parameter set out of the body of ``hvcC``, in its order.

    Raises:
        SourceProtocol: It is cut off.
    """
    sets: list[bytes] = []
    try:
        position = 23
        for _ in range(config[22]):
            (count,) = struct.unpack_from(">H", config, position + 1)
            position += 3
            for _ in range(count):
                (size,) = struct.unpack_from(">H", config, position)
                sets.append(config[position + 2 : position + 2 + size])
                if len(sets[-1]) != size:
                    raise SourceProtocol("the H.265 decoder configuration is cut off")
                position += 2 + size
    except (IndexError, struct.error) as error:
        raise SourceProtocol("the H.265 decoder configuration is cut off") from error
    return sets


def track_from_config(config: bytes) -> VideoTrack:
    """The track that the body of an ``hvcC`` describes.

    Raises:
        SourceProtocol: It is broken.
        SourceUnsupported: A parameter set is missing.
    """
    return track_from_units(parameter_sets(config))


def track_from_units(units: Iterable[bytes]) -> VideoTrack:
    """The track that the parameter sets among some units describe.

    Raises:
        SourceProtocol: One is broken.
        SourceUnsupported: One is missing.
    """
    found: dict[int, list[bytes]] = {NalType.VPS: [], NalType.SPS: [], NalType.PPS: []}
    for unit in units:
        if len(unit) > 2 and nal_type(unit) in found:
            found[nal_type(unit)].append(unit)
    for kind, sets in found.items():
        if not sets:
            raise SourceUnsupported(f"the camera sends no H.265 {NalType(kind).name}")
    pps = dict.fromkeys(found[NalType.PPS])
    return video_track(found[NalType.VPS][-1], found[NalType.SPS][-1], *pps)
