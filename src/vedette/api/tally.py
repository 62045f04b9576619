"""What is counted for the metrics from the start of this process on."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from vedette.base.clock import Clock
from vedette.bus import Bus
from vedette.bus.topics import FOOTAGE_GREW, FootageGrew
from vedette.catalog.ports import LossBook
from vedette.model.camera import StreamKey

_MINUTE_US = 60_000_000


@dataclass(slots=True)
class Sums:
    """Of one stream.

    Attributes:
        fragments: Safe on disk.
        footage_us: Safe on disk.
    """

    fragments: int = 0
    footage_us: int = 0
    expected_packets: int = 0
    received_packets: int = 0
    expected_frames: int = 0
    received_frames: int = 0
    bytes: int = 0
    reconnects: int = 0


_OF_MINUTES = tuple(
    field.name for field in fields(Sums) if field.name not in {"fragments", "footage_us"}
)


class Tally:
    """Counts what record says on the bus, and adds up the minutes of the account of losses."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._clock = clock
        self._sums: dict[StreamKey, Sums] = {}
        self._counted_to_us: dict[StreamKey, int] = {}
        self._begun_us = clock.wall_us() // _MINUTE_US * _MINUTE_US
        bus.subscribe(FOOTAGE_GREW, self._grew)

    def of(self, stream: StreamKey) -> Sums:
        """The sums of a stream so far."""
        return self._sums.get(stream) or Sums()

    async def add_minutes(self, book: LossBook, streams: Iterable[StreamKey]) -> None:
        """Count the minutes that were finished since the last call."""
        now_us = self._clock.wall_us()
        for stream in streams:
            since_us = self._counted_to_us.get(stream, self._begun_us)
            for minute in await book.minutes(stream.organisation, stream, since_us, now_us):
                sums = self._sums.setdefault(stream, Sums())
                for name in _OF_MINUTES:
                    setattr(sums, name, getattr(sums, name) + getattr(minute, name))
                self._counted_to_us[stream] = minute.minute_us + _MINUTE_US

    def _grew(self, message: FootageGrew) -> None:
        sums = self._sums.setdefault(message.stream, Sums())
        sums.fragments += 1
        sums.footage_us += max(0, message.end_us - message.start_us)
