"""AAC over RTP: MPEG-4 generic, modes AAC-hbr and AAC-lbr (RFC 3640)."""

from collections.abc import Callable

from vedette.base.errors import SourceProtocol, SourceUnsupported
from vedette.media import aac
from vedette.media.aac import FRAME_SAMPLES
from vedette.model.packet import AudioTrack

MAX_FRAME_BYTES = 64 * 1024

AudioFrame = Callable[[int, int, bytes], None]
"""Takes the 32-bit stamp of the packet, ticks to add to it, and the frame."""


def audio_track(parameters: dict[str, str]) -> AudioTrack:
    """The track that an ``fmtp`` line describes.

    Raises:
        SourceUnsupported: The mode or interleaving is not one that cameras use.
        SourceProtocol: The configuration is broken.
    """
    mode = parameters.get("mode", "aac-hbr").lower()
    if mode not in {"aac-hbr", "aac-lbr"}:
        raise SourceUnsupported(f"AAC in mode {mode[:40]!r} is not understood")
    try:
        config = bytes.fromhex(parameters.get("config", ""))
    except ValueError as error:
        raise SourceProtocol("the configuration of AAC is no hexadecimal number") from error
    if not config:
        raise SourceProtocol("the camera offers AAC without its configuration")
    return aac.audio_track(config)


class AacDepacketiser:
    """See Depacketiser; frames that are interleaved are not expected from cameras."""

    def __init__(self, parameters: dict[str, str], ticks: int, deliver: AudioFrame) -> None:
        low = parameters.get("mode", "").lower() == "aac-lbr"
        self._size_bits = _number(parameters, "sizelength", 6 if low else 13)
        self._index_bits = _number(parameters, "indexlength", 2 if low else 3)
        self._delta_bits = _number(parameters, "indexdeltalength", 2 if low else 3)
        self._ticks = ticks
        self._deliver = deliver
        self._partial = bytearray()
        self._wanted = 0

    def unit(self, buffer: bytearray, start: int, stop: int, marker: bool, stamp: int) -> None:
        """See Depacketiser.unit; sizes beyond the packet's end drop the packet."""
        del marker
        if stop - start < 2:
            return
        header_bits = buffer[start] << 8 | buffer[start + 1]
        first = start + 2 + (header_bits + 7) // 8
        if first > stop:
            return
        sizes = self._sizes(bytes(buffer[start + 2 : first]), header_bits)
        if len(sizes) == 1 and sizes[0] > stop - first:
            self._fragment(buffer[first:stop], sizes[0], stamp)
            return
        self._partial.clear()
        for index, size in enumerate(sizes):
            if first + size > stop:
                return
            if size:
                self._deliver(stamp, index * self._ticks, bytes(buffer[first : first + size]))
            first += size

    def _sizes(self, header: bytes, bits: int) -> list[int]:
        value = int.from_bytes(header, "big") >> (len(header) * 8 - bits)
        sizes: list[int] = []
        extra = self._index_bits
        while bits >= self._size_bits + extra:
            bits -= self._size_bits + extra
            sizes.append(value >> (bits + extra) & (1 << self._size_bits) - 1)
            extra = self._delta_bits
        return sizes

    def _fragment(self, part: bytearray, size: int, stamp: int) -> None:
        if self._wanted != size or len(self._partial) + len(part) > size:
            self._partial.clear()
        self._wanted = size
        self._partial += part
        if len(self._partial) == size:
            self._deliver(stamp, 0, bytes(self._partial))
            self._partial.clear()

    def lost(self, count: int) -> None:
        """See Depacketiser.lost."""
        del count
        self._partial.clear()

    def restart(self) -> None:
        """See Depacketiser.restart."""
        self._partial.clear()


def _number(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) > 16:
        raise SourceProtocol(f"the AAC parameter {name} is no length in bits")
    return int(text)


def frame_ticks(clock_rate: int, sample_rate: int) -> int:
    """RTP ticks of one frame of 1024 samples."""
    return FRAME_SAMPLES * clock_rate // sample_rate
