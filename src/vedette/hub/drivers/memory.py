"""Packets handed over by a direct call, for streams read and used in one process."""

from dataclasses import dataclass, field

import structlog

from vedette.hub.ports import StreamSink
from vedette.model.camera import StreamKey
from vedette.model.packet import HubItem, Packet, StreamClosed, StreamOpened, TrackKind

_log = structlog.get_logger(__name__)
_MAX_CACHE_BYTES = 8 * 1024 * 1024
_VIDEO = TrackKind.VIDEO  # an enum's members are slow to look up


@dataclass(slots=True)
class _Stream:
    """Sinks of one stream, and the packets since its last key frame."""

    sinks: list[StreamSink] = field(default_factory=list[StreamSink])
    opened: StreamOpened | None = None
    cached: list[Packet] = field(default_factory=list[Packet])
    cached_bytes: int = 0

    def remember(self, item: HubItem) -> None:
        if isinstance(item, Packet):
            if item.key and item.track is _VIDEO:
                self.cached, self.cached_bytes = [], 0
            elif not self.cached:
                return  # nothing can be decoded before a key frame
            self.cached.append(item)
            self.cached_bytes += len(item.payload)
            if self.cached_bytes > _MAX_CACHE_BYTES:
                self.cached, self.cached_bytes = [], 0  # late comers wait for the next key frame
            return
        self.cached, self.cached_bytes = [], 0
        self.opened = item if isinstance(item, StreamOpened) else None


class _MemoryAttachment:
    def __init__(self, stream: _Stream, sink: StreamSink) -> None:
        self._stream = stream
        self._sink = sink

    def detach(self) -> None:
        """See Attachment.detach."""
        # A new list, so that a detach during fan-out does not skip a neighbour.
        self._stream.sinks = [sink for sink in self._stream.sinks if sink is not self._sink]


class MemoryHub:
    """See Hub; bounded by one group of pictures or 8 MiB per stream, whichever is less."""

    def __init__(self) -> None:
        self._streams: dict[StreamKey, _Stream] = {}

    def _stream(self, key: StreamKey) -> _Stream:
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream()
        return stream

    def publish(self, stream: StreamKey, item: HubItem) -> None:
        """See Hub.publish."""
        entry = self._streams.get(stream) or self._stream(stream)
        entry.remember(item)
        for sink in entry.sinks:
            try:
                sink.receive(item)
            except Exception:  # noqa: BLE001  one failing reader must not stop the others
                entry.sinks = [other for other in entry.sinks if other is not sink]
                _log.exception("hub.sink_failed", camera=stream.camera, role=stream.role)
        if not entry.sinks and isinstance(item, StreamClosed):
            self._streams.pop(stream, None)

    def attach(
        self, stream: StreamKey, sink: StreamSink, *, from_key_frame: bool = False
    ) -> _MemoryAttachment:
        """See Hub.attach."""
        entry = self._stream(stream)
        if entry.opened is not None:
            sink.receive(entry.opened)
            if from_key_frame:
                for packet in entry.cached:
                    sink.receive(packet)
        entry.sinks = [*entry.sinks, sink]
        return _MemoryAttachment(entry, sink)

    async def close(self) -> None:
        """See Hub.close."""
        self._streams.clear()
