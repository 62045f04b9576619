"""Opus over RTP (RFC 7587): one packet, one frame, at 48000 ticks per second."""

from vedette.ingest.rtsp.depacketisers.aac import AudioFrame

MAX_CHANNELS = 2


class OpusDepacketiser:
    """See Depacketiser."""

    def __init__(self, deliver: AudioFrame) -> None:
        self._deliver = deliver

    def unit(self, buffer: bytearray, start: int, stop: int, marker: bool, stamp: int) -> None:
        """See Depacketiser.unit."""
        del marker
        self._deliver(stamp, 0, bytes(buffer[start:stop]))

    def lost(self, count: int) -> None:
        """See Depacketiser.lost."""

    def restart(self) -> None:
        """See Depacketiser.restart."""
