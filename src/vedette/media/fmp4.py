"""Write fragmented MP4 by hand: initialisation segments and movie fragments.

Source: ISO/IEC 14496-12 (boxes), 14496-14 (``esds``), 14496-15 (``avc1``, ``hvc1``), "Encapsulation
of Opus in ISO Base Media File Format" 0.8.1, "VP Codec ISO Media File Format Binding" 1.0, and the
QuickTime file format for G.711. Files carry the brands ``iso6`` and ``iso5`` because fragments
count from their own ``moof``. The initialisation segment depends on the format alone, so that every
file of a format begins with the same bytes.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from vedette.base.errors import SourceUnsupported
from vedette.media.boxes import box, full_box
from vedette.model.packet import AudioTrack, Codec, StreamFormat, VideoTrack

VIDEO_TRACK_ID = 1
AUDIO_TRACK_ID = 2

_KEY_FLAGS = 0x0200_0000  # depends on no other sample
_DELTA_FLAGS = 0x0101_0000  # depends on others, and is no sync sample
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
_MAX_MDAT_BYTES = 0xFFFF_FFFF - 8
_U32 = struct.Struct(">I").pack
_CONFIGURED = {
    Codec.H264: (b"avc1", b"avcC"),
    Codec.HEVC: (b"hvc1", b"hvcC"),
    Codec.VP9: (b"vp09", b"vpcC"),
}
_JPEG_OBJECT_TYPE = 0x6C
_AAC_OBJECT_TYPE = 0x40


class Sample(NamedTuple):
    """One access unit or audio frame as it goes into a fragment.

    Attributes:
        payload: As ``model.packet.Packet.payload``.
        duration: Ticks of the track's timescale until the next sample, 0 or more.
        key: Whether decoding may start here; true for every audio sample.
        cto: Presentation minus decoding time in ticks, any sign.
    """

    payload: bytes
    duration: int
    key: bool
    cto: int = 0


def init_segment(fmt: StreamFormat, *, audio: bool = True) -> bytes:
    """``ftyp`` and ``moov`` for a format.

    Args:
        fmt: What the stream carries.
        audio: Whether to declare the audio track; without it the video part of each fragment
            plays alone, for players that do not know the audio codec.

    Raises:
        SourceUnsupported: MP4 has no name for the codec.
    """
    tracks = [_video_trak(fmt.video)]
    defaults = [_trex(VIDEO_TRACK_ID, _DELTA_FLAGS)]
    if audio and fmt.audio is not None:
        tracks.append(_audio_trak(fmt.audio))
        defaults.append(_trex(AUDIO_TRACK_ID, _KEY_FLAGS))
    mvhd = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">4I", 0, 0, fmt.video.timescale, 0),
        b"\0\1\0\0\1\0" + bytes(10),  # rate 1.0, volume 1.0
        _MATRIX,
        bytes(24),
        _U32(AUDIO_TRACK_ID + 1),
    )
    ftyp = box(b"ftyp", b"iso6", _U32(1), b"iso6iso5mp42")
    return ftyp + box(b"moov", mvhd, *tracks, box(b"mvex", *defaults))


def fragment(track_id: int, sequence: int, base_dts: int, samples: Sequence[Sample]) -> list[bytes]:
    """One ``moof`` with its ``mdat`` for one track.

    Args:
        track_id: VIDEO_TRACK_ID or AUDIO_TRACK_ID.
        sequence: Number of the fragment within the file, from 1.
        base_dts: Decoding time of the first sample, ticks, 0 to 2**64 - 1.
        samples: At least one.

    Returns:
        The boxes up to the first payload byte, then the payloads as they came, ready for
        ``writev`` or ``join``.

    Raises:
        ValueError: No sample, or more than 4 GiB of them.
    """
    if not samples:
        raise ValueError("a fragment needs at least one sample")
    # One pass with zip is the fastest way from rows to columns; this runs for every live frame.
    payloads, durations, keys, ctos = zip(*samples, strict=True)
    return fragment_columns(
        track_id, sequence, base_dts, payloads=payloads, durations=durations, keys=keys, ctos=ctos
    )


def fragment_columns(
    track_id: int,
    sequence: int,
    base_dts: int,
    *,
    payloads: Sequence[bytes],
    durations: Sequence[int],
    keys: Sequence[bool],
    ctos: Sequence[int],
) -> list[bytes]:
    """As ``fragment``, for callers that hold columns of equal length already."""
    sizes = [len(payload) for payload in payloads]
    total = sum(sizes)
    if total > _MAX_MDAT_BYTES:
        raise ValueError(f"{total} bytes do not fit into one fragment; the limit is 4 GiB")
    trun = _trun(track_id, durations, sizes, keys, ctos)
    # mfhd 16, traf header 8, tfhd 16, tfdt 20, trun: the payload begins 8 bytes after the moof.
    moof_size = 8 + 16 + 8 + 16 + 20 + len(trun)
    head = b"".join(
        (
            struct.pack(">I4sI4sII", moof_size, b"moof", 16, b"mfhd", 0, sequence),
            struct.pack(">I4sI4sII", moof_size - 24, b"traf", 16, b"tfhd", 0x020000, track_id),
            struct.pack(">I4sIQ", 20, b"tfdt", 0x0100_0000, base_dts),
            trun[:16],
            _U32(moof_size + 8),
            trun[20:],
            struct.pack(">I4s", 8 + total, b"mdat"),
        )
    )
    return [head, *payloads]


def _trun(
    track_id: int,
    durations: Sequence[int],
    sizes: Sequence[int],
    keys: Sequence[bool],
    ctos: Sequence[int],
) -> bytes:
    """A ``trun`` version 1 whose data offset (bytes 16 to 19) is still zero."""
    count = len(sizes)
    default_key = track_id == AUDIO_TRACK_ID
    flags = 0x000301  # data offset, duration and size of each sample
    columns: list[Sequence[int]] = [durations, sizes]
    first_flags = b""
    if (not default_key) in keys[1:]:
        flags |= 0x000400
        columns.append([_KEY_FLAGS if key else _DELTA_FLAGS for key in keys])
    elif keys[0] != default_key:
        flags |= 0x000004
        first_flags = _U32(_KEY_FLAGS if keys[0] else _DELTA_FLAGS)
    if any(ctos):
        flags |= 0x000800
        columns.append([cto & 0xFFFF_FFFF for cto in ctos])  # signed, two's complement
    width = len(columns)
    table = [0] * (width * count)
    for index, column in enumerate(columns):
        table[index::width] = column
    size = 20 + len(first_flags) + 4 * len(table)
    return (
        struct.pack(">I4sIII", size, b"trun", 0x0100_0000 | flags, count, 0)
        + first_flags
        + struct.pack(f">{len(table)}I", *table)
    )


def _trex(track_id: int, sample_flags: int) -> bytes:
    return full_box(b"trex", 0, 0, struct.pack(">5I", track_id, 1, 0, 0, sample_flags))


def _video_trak(track: VideoTrack) -> bytes:
    media = full_box(b"vmhd", 0, 1, bytes(8))
    size = struct.pack(">II", track.width << 16, track.height << 16)
    tkhd = _tkhd(VIDEO_TRACK_ID, 0, size)
    return box(b"trak", tkhd, _mdia(track.timescale, b"vide", media, _video_entry(track)))


def _audio_trak(track: AudioTrack) -> bytes:
    media = full_box(b"smhd", 0, 0, bytes(4))
    tkhd = _tkhd(AUDIO_TRACK_ID, 0x0100, bytes(8))
    return box(b"trak", tkhd, _mdia(track.timescale, b"soun", media, _audio_entry(track)))


def _tkhd(track_id: int, volume: int, size: bytes) -> bytes:
    ids = struct.pack(">5I", 0, 0, track_id, 0, 0)
    mix = bytes(8) + struct.pack(">HHHH", 0, 0, volume, 0)
    return full_box(b"tkhd", 0, 3, ids, mix, _MATRIX, size)


def _mdia(timescale: int, handler: bytes, media_header: bytes, entry: bytes) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">4I", 0, 0, timescale, 0), b"\x55\xc4\0\0")
    name = {b"vide": b"video\0", b"soun": b"audio\0"}[handler]
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), name)
    dinf = box(b"dinf", full_box(b"dref", 0, 0, _U32(1), full_box(b"url ", 0, 1)))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, _U32(1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"mdia", mdhd, hdlr, box(b"minf", media_header, dinf, stbl))


def _video_entry(track: VideoTrack) -> bytes:
    if track.codec in _CONFIGURED:
        kind, config_kind = _CONFIGURED[track.codec]
        config = box(config_kind, track.config)
    elif track.codec is Codec.MJPEG:
        kind, config = b"mp4v", _esds(_JPEG_OBJECT_TYPE, stream_type=4, config=b"")
    else:
        raise SourceUnsupported(
            f"video codec {track.codec} cannot be kept in MP4; use h264 or hevc"
        )
    head = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">HH", track.width, track.height)
    resolution = bytes.fromhex("00480000 00480000")  # 72 dpi
    return box(kind, head, resolution, bytes(4), b"\0\1", bytes(32), b"\0\x18\xff\xff", config)


def audio_description(track: AudioTrack) -> bytes:
    """The sample description box (``stsd``) of a sound track.

    Raises:
        SourceUnsupported: MP4 has no name for the codec.
    """
    return full_box(b"stsd", 0, 0, _U32(1), _audio_entry(track))


def _audio_entry(track: AudioTrack) -> bytes:
    kind, bits, config = {
        Codec.AAC: (b"mp4a", 16, b""),
        Codec.OPUS: (b"Opus", 16, b""),
        Codec.PCM_ALAW: (b"alaw", 16, b""),
        Codec.PCM_MULAW: (b"ulaw", 16, b""),
    }.get(track.codec, (b"", 0, b""))
    if not kind:
        raise SourceUnsupported(f"audio codec {track.codec} cannot be kept in MP4; use aac or opus")
    if track.codec is Codec.AAC:
        config = _esds(_AAC_OBJECT_TYPE, stream_type=5, config=track.config)
    elif track.codec is Codec.OPUS:
        config = box(b"dOps", track.config)
    # A rate beyond 16 bits does not fit; 0 then sends the reader to the codec's own configuration.
    rate = track.sample_rate << 16 if track.sample_rate < 0x10000 else 0
    head = bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HHI", track.channels, bits, 0)
    return box(kind, head, _U32(rate), config)


def _esds(object_type: int, *, stream_type: int, config: bytes) -> bytes:
    """An elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5); ``config`` under 100 bytes."""
    specific = _descriptor(5, config) if config else b""
    decoder = bytes([object_type, stream_type << 2 | 1]) + bytes(3) + bytes(8)
    body = b"\0\0\0" + _descriptor(4, decoder + specific) + _descriptor(6, b"\x02")
    return full_box(b"esds", 0, 0, _descriptor(3, body))


def _descriptor(tag: int, body: bytes) -> bytes:
    if len(body) > 0x7F:
        raise SourceUnsupported(
            f"the audio configuration has {len(body)} bytes, more than an MP4 descriptor takes here"
        )
    return bytes([tag, len(body)]) + body
