"""AAC: AudioSpecificConfig (ISO/IEC 14496-3, section 1.6.2.1) and ADTS headers (section 1.A.2)."""

from dataclasses import dataclass

from vedette.base.errors import SourceProtocol, SourceUnsupported
from vedette.media.nal import BitReader
from vedette.model.packet import AudioTrack, Codec

FRAME_SAMPLES = 1024
SAMPLE_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_ESCAPE_TYPE = 31
_ESCAPE_RATE = 15
_SBR_TYPES = frozenset({5, 29})
_ADTS_BYTES = 7
_ADTS_SYNC = 0xFFF
_MAX_RATE = 192_000


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """What an AudioSpecificConfig says.

    Attributes:
        object_type: 2 is AAC-LC, 5 is HE-AAC, 29 is HE-AAC v2.
        sample_rate: Of the core coder, samples per second.
        channels: Of the core coder, 0 when a programme config element defines them.
    """

    object_type: int
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class AdtsHeader:
    """What stands before a frame in an ADTS stream.

    Attributes:
        config: The AudioSpecificConfig that says the same.
        header_bytes: 7, or 9 with a checksum.
        frame_bytes: Header included.
    """

    config: bytes
    header_bytes: int
    frame_bytes: int


def parse_config(config: bytes) -> AudioConfig:
    """Read an AudioSpecificConfig.

    Raises:
        SourceProtocol: It is cut off or holds an impossible number.
    """
    reader = BitReader(config[:64])
    object_type = _object_type(reader)
    sample_rate = _sample_rate(reader)
    channels = reader.bits(4)
    if channels >= len(_CHANNELS):
        raise SourceProtocol(f"the AAC configuration names channel layout {channels}")
    return AudioConfig(object_type, sample_rate, _CHANNELS[channels])


def _object_type(reader: BitReader) -> int:
    value = reader.bits(5)
    return 32 + reader.bits(6) if value == _ESCAPE_TYPE else value


def _sample_rate(reader: BitReader) -> int:
    index = reader.bits(4)
    if index == _ESCAPE_RATE:
        rate = reader.bits(24)
        if not 0 < rate <= _MAX_RATE:
            raise SourceProtocol(f"the AAC configuration names {rate} samples per second")
        return rate
    if index >= len(SAMPLE_RATES):
        raise SourceProtocol(f"the AAC configuration names sample rate number {index}")
    return SAMPLE_RATES[index]


def build_config(sample_rate: int, channels: int, object_type: int = 2) -> bytes:
    """An AudioSpecificConfig of two bytes, or five for an unusual sample rate.

    Args:
        sample_rate: Samples per second.
        channels: 1 to 6, or 8.
        object_type: 1 to 30.
    """
    layout = _CHANNELS.index(channels)
    if sample_rate in SAMPLE_RATES:
        value = object_type << 11 | SAMPLE_RATES.index(sample_rate) << 7 | layout << 3
        return value.to_bytes(2, "big")
    value = object_type << 35 | _ESCAPE_RATE << 31 | sample_rate << 7 | layout << 3
    return value.to_bytes(5, "big")


def audio_track(config: bytes) -> AudioTrack:
    """The track that an AudioSpecificConfig describes.

    Raises:
        SourceProtocol: It is broken.
        SourceUnsupported: Its channels are not said in the usual way.
    """
    parsed = parse_config(config)
    if parsed.channels == 0:
        raise SourceUnsupported("the camera's AAC has channels that only its stream defines")
    return AudioTrack(
        codec=Codec.AAC,
        config=config,
        codec_string=f"mp4a.40.{parsed.object_type}",
        sample_rate=parsed.sample_rate,
        channels=parsed.channels,
    )


def parse_adts(data: bytes) -> AdtsHeader:
    """Read the header at the start of ``data``.

    Raises:
        SourceProtocol: There is no such header.
    """
    if len(data) < _ADTS_BYTES:
        raise SourceProtocol("an ADTS header is cut off")
    reader = BitReader(data[:_ADTS_BYTES])
    if reader.bits(12) != _ADTS_SYNC:
        raise SourceProtocol("an AAC frame does not begin with an ADTS header")
    reader.skip(3)
    without_checksum = reader.flag()
    object_type = reader.bits(2) + 1
    rate_index = reader.bits(4)
    reader.skip(1)
    layout = reader.bits(3)
    reader.skip(4)
    frame_bytes = reader.bits(13)
    header_bytes = _ADTS_BYTES if without_checksum else _ADTS_BYTES + 2
    if rate_index >= len(SAMPLE_RATES) or frame_bytes < header_bytes:
        raise SourceProtocol("an ADTS header holds an impossible number")
    config = (object_type << 11 | rate_index << 7 | layout << 3).to_bytes(2, "big")
    return AdtsHeader(config, header_bytes, frame_bytes)


def split_adts(data: bytes) -> list[bytes]:
    """The raw frames of an ADTS stream that begins and ends with whole frames.

    Raises:
        SourceProtocol: It does not.
    """
    frames: list[bytes] = []
    position = 0
    while position < len(data):
        header = parse_adts(data[position : position + _ADTS_BYTES])
        end = position + header.frame_bytes
        if end > len(data):
            raise SourceProtocol("an AAC frame is cut off")
        frames.append(data[position + header.header_bytes : end])
        position = end
    return frames
