"""Keeps one camera moving for as long as somebody wants it, and not a moment longer."""

import asyncio
from collections.abc import Callable

from vedette.base.clock import Clock
from vedette.base.errors import SourceLost
from vedette.ingest.ptz.ports import Motors
from vedette.model.ptz import Velocity

DEAD_MAN_NS = 500_000_000
"""A person's wish holds for so long; whoever wants to go on must say so again."""
MOVE_TIMEOUT_S = 2.0
"""After so long without a word the camera stops by itself: for when our own network dies."""
_REFRESH_NS = 1_000_000_000
_LEAST_BETWEEN_NS = 80_000_000
"""Cameras queue commands that come faster, and go on moving afterwards."""
_STOP_TRIES = 3
_STILL = Velocity()


class Turning:
    """Turns the newest wish into commands, one at a time.

    Args:
        head: The camera's motors.
        clock: For the dead man's handle.
        on_trouble: Called when the camera did not take a command; it was told to stop then.
    """

    def __init__(
        self, head: Motors, clock: Clock, on_trouble: Callable[[SourceLost], None]
    ) -> None:
        self._head = head
        self._clock = clock
        self._on_trouble = on_trouble
        self._wanted = _STILL
        self._until_ns = 0
        self._sent = _STILL
        self._sent_ns = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def moving(self) -> bool:
        """Whether the camera moves, as far as we told it."""
        return not self._sent.still

    def want(self, velocity: Velocity) -> None:
        """Move like this until ``DEAD_MAN_NS`` from now, or until the next wish."""
        self._wanted = velocity
        self._until_ns = self._clock.monotonic_ns() + DEAD_MAN_NS
        self._changed.set()
        running = self._task is not None and not self._task.done()
        if not running and not velocity.still:
            self._task = asyncio.create_task(self._run(), name="ptz")

    async def stand(self) -> None:
        """Stop, and return when the camera was told so."""
        self.want(_STILL)
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._follow()
        except SourceLost as error:
            # Whether the camera took the last command is not known: better once too often.
            await self._halt()
            self._on_trouble(error)
        except asyncio.CancelledError:
            await self._halt()
            raise

    async def _follow(self) -> None:
        while True:
            self._changed.clear()
            now_ns = self._clock.monotonic_ns()
            if now_ns >= self._until_ns:
                self._wanted = _STILL
            if self._wanted.still:
                await self._stop()
                if self._wanted.still:
                    return
                continue
            next_ns = self._sent_ns + (
                _REFRESH_NS if self._wanted == self._sent else _LEAST_BETWEEN_NS
            )
            if now_ns >= next_ns or self._sent.still:
                wanted = self._wanted
                self._sent_ns = now_ns
                self._sent = wanted  # before the answer: it may move although none comes
                await self._head.move(wanted, MOVE_TIMEOUT_S)
                continue
            await self._pause(min(next_ns, self._until_ns) - now_ns)

    async def _pause(self, for_ns: int) -> None:
        waiting = {
            asyncio.ensure_future(self._clock.sleep(for_ns / 1e9)),
            asyncio.ensure_future(self._changed.wait()),
        }
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    async def _stop(self) -> None:
        if not self._sent.still:
            await self._head.stop()
            self._sent = _STILL

    async def _halt(self) -> None:
        """Stop whatever it takes; what does not come through ends by the camera's own timeout."""
        self._wanted = _STILL
        for _ in range(_STOP_TRIES):
            try:
                await self._stop()
            except SourceLost:
                continue
            return
        self._sent = _STILL
