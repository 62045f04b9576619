"""The times without footage of one stream: at most one gap is open, nothing vanishes silently."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from vedette.model.camera import StreamKey
from vedette.model.footage import Gap
from vedette.model.packet import GapReason


class GapKeeper:
    """Opens, closes and widens the gaps of a stream, and says each change to ``emit``.

    Args:
        stream: Whose gaps.
        emit: Takes each gap when it is opened, widened or closed; same ``start_us``, same gap.
        adopted: A gap left open by the last run of Vedette.
    """

    def __init__(
        self, stream: StreamKey, emit: Callable[[Gap], None], adopted: Gap | None = None
    ) -> None:
        self._stream = stream
        self._emit = emit
        self._open = adopted
        self._closing: deque[Gap] = deque()
        self._lost: Gap | None = None

    @property
    def current(self) -> Gap | None:
        """The open gap."""
        return self._open

    @property
    def reason(self) -> GapReason | None:
        """Why there is no footage now; None while there is, or before the first."""
        return self._open.reason if self._open else None

    def open(self, start_us: int, reason: GapReason, detail: str) -> None:
        """No footage from ``start_us`` on; an open gap for another reason ends there.

        One for the same reason goes on, so that hundreds of failed attempts make one gap.
        """
        current = self._open
        if current is not None:
            if current.reason is reason:
                return
            start_us = max(start_us, current.start_us + 1)
            self._emit(replace(current, end_us=start_us))
        self._open = Gap(self._stream, start_us, None, reason, detail)
        self._emit(self._open)

    def close(self, end_us: int) -> None:
        """Footage from ``end_us`` on is on its way; ``settle`` says the gap once it is safe."""
        current = self._open
        if current is not None and end_us >= current.start_us:
            self._open = None
            self._closing.append(replace(current, end_us=end_us))

    def settle(self, start_us: int) -> None:
        """What became of the footage from ``start_us`` on is known."""
        while self._closing and (self._closing[0].end_us or 0) <= start_us:
            self._emit(self._closing.popleft())

    def lost(self, start_us: int, end_us: int, reason: GapReason, detail: str) -> None:
        """Footage of this time came but could not be kept; neighbours become one gap."""
        self.settle(start_us)
        last = self._lost
        if last is not None and last.reason is reason and last.end_us == start_us:
            start_us = last.start_us
        self._lost = Gap(self._stream, start_us, end_us, reason, detail)
        self._emit(self._lost)
