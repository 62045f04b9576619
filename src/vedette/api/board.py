"""The latest word about every stream and volume, kept from what the bus says."""

from collections.abc import Sequence

from vedette.bus import Bus
from vedette.bus.topics import (
    CAMERA_CHANGED,
    STREAM_HEALTH,
    VOLUME_HEALTH,
    CameraChange,
    CameraChanged,
)
from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth, VolumeHealth


class LatestHealth:
    """See ``api.ports.HealthBoard``; the same whether workers or this process do the work."""

    def __init__(self, bus: Bus) -> None:
        self._streams: dict[StreamKey, StreamHealth] = {}
        self._volumes: dict[str, VolumeHealth] = {}
        self._subscriptions = (
            bus.subscribe(STREAM_HEALTH, self._take_stream),
            bus.subscribe(VOLUME_HEALTH, self._take_volume),
            bus.subscribe(CAMERA_CHANGED, self._forget_removed),
        )

    def _take_stream(self, health: StreamHealth) -> None:
        self._streams[health.stream] = health

    def _take_volume(self, health: VolumeHealth) -> None:
        self._volumes[health.path] = health

    def _forget_removed(self, message: CameraChanged) -> None:
        if message.change is CameraChange.REMOVED:
            for key in [key for key in self._streams if key.camera == message.camera]:
                del self._streams[key]

    def streams(self, organisation: str) -> Sequence[StreamHealth]:
        """See HealthBoard.streams."""
        return [
            health
            for key, health in sorted(self._streams.items(), key=lambda pair: pair[0])
            if key.organisation == organisation
        ]

    def stream(self, key: StreamKey) -> StreamHealth | None:
        """See HealthBoard.stream."""
        return self._streams.get(key)

    def volumes(self) -> Sequence[VolumeHealth]:
        """See HealthBoard.volumes."""
        return [self._volumes[path] for path in sorted(self._volumes)]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            subscription.cancel()
