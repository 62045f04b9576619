"""G.711 over RTP (RFC 3551, section 4.5.14): the payload is the samples."""

from vedette.ingest.rtsp.depacketisers.aac import AudioFrame


class G711Depacketiser:
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
