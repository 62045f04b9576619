"""Keeps every stream of every enabled camera playing, and says how they are."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable

import structlog

from vedette.base.clock import Clock
from vedette.base.registry import Kind
from vedette.bus.ports import Bus
from vedette.bus.topics import STREAM_HEALTH
from vedette.catalog.ports import LossBook
from vedette.hub.ports import Hub
from vedette.ingest.loss import MINUTE_US, LossLedger
from vedette.ingest.ports import SOURCES, MediaSource, SourceRequest
from vedette.ingest.settings import IngestSettings
from vedette.ingest.stream import StreamKeeper, StreamTools
from vedette.ingest.timing import WallTime
from vedette.model.camera import Camera, Credentials, StreamKey, StreamRole
from vedette.model.footage import LossMinute
from vedette.model.health import StreamHealth, StreamState

_log = structlog.get_logger(__name__)
_TICK_S = 1.0
_MAX_UNWRITTEN = 100_000
_NS_PER_S = 1_000_000_000


class IngestService:
    """One task per stream; one more for health and the loss book.

    Args:
        hub: Takes the packets.
        bus: Is told the health of each stream about once a second while it changes.
        clock: See Clock.
        settings: See IngestSettings.
        loss_book: Takes the account of each stream and minute.
        sources: Drivers; the installed ones by default.
        dice: Random numbers, 0 <= x < 1, for jitter.
        recording: Whether footage of a stream is being kept, for its health.
    """

    def __init__(
        self,
        hub: Hub,
        bus: Bus,
        clock: Clock,
        settings: IngestSettings,
        loss_book: LossBook,
        *,
        sources: Kind[MediaSource] = SOURCES,
        dice: Callable[[], float] = random.random,
        recording: Callable[[StreamKey], bool] = lambda _: False,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._loss_book = loss_book
        self._tools = StreamTools(
            clock, WallTime(clock), settings, sources, hub.publish, dice, recording
        )
        self._keepers: dict[StreamKey, StreamKeeper] = {}
        self._disabled: dict[StreamKey, int] = {}
        self._ledgers: dict[StreamKey, LossLedger] = {}
        self._unwritten: list[LossMinute] = []
        self._next_start_ns = 0
        self._ticker: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._changing = asyncio.Lock()  # two changes of one camera must not overtake each other

    async def start(self, cameras: Iterable[tuple[Camera, Credentials | None]]) -> None:
        """Begin, with the streams of these cameras one after the other."""
        self._ticker = asyncio.get_running_loop().create_task(self._tick_for_ever(), name="ingest")
        for camera, credentials in cameras:
            await self.put(camera, credentials)

    async def put(self, camera: Camera, credentials: Credentials | None) -> None:
        """Add a camera or take over its changed settings; unchanged streams play on."""
        async with self._changing:
            await self._put(camera, credentials)

    async def _put(self, camera: Camera, credentials: Credentials | None) -> None:
        wanted = self._wanted(camera, credentials) if camera.enabled else {}
        await self._drop(
            [
                keeper
                for key, keeper in self._keepers.items()
                if key.camera == camera.id and not keeper.may_stay(wanted.get(key))
            ],
            "the camera's settings were changed" if camera.enabled else "the camera is disabled",
        )
        for key in [key for key in self._disabled if key.camera == camera.id]:
            del self._disabled[key]
        if not camera.enabled:
            for role in camera.streams:
                self._disabled[camera.key(role)] = self._clock.wall_us()
            self._say_disabled(camera)
        for key, request in wanted.items():
            if key not in self._keepers:
                ledger = await self._ledger(key)
                keeper = self._keepers[key] = StreamKeeper(key, request, self._tools, ledger)
                keeper.start(self._start_delay_s())

    async def _ledger(self, key: StreamKey) -> LossLedger:
        """The account of a stream; one from before a restart is continued, not written over."""
        ledger = self._ledgers.get(key)
        if ledger is None:
            ledger = self._ledgers[key] = LossLedger(key)
            start_us = self._clock.wall_us() // MINUTE_US * MINUTE_US
            try:
                rows = await self._loss_book.minutes(
                    key.organisation, key, start_us, start_us + MINUTE_US
                )
            except Exception as error:  # noqa: BLE001  the account must not stop the cameras
                _log.warning("ingest.loss_unread", camera=key.camera, reason=repr(error))
            else:
                for row in rows:
                    ledger.restore(row)
        return ledger

    def _wanted(
        self, camera: Camera, credentials: Credentials | None
    ) -> dict[StreamKey, SourceRequest]:
        settings = self._settings
        return {
            camera.key(role): SourceRequest(
                name=camera.name if role is StreamRole.MAIN else f"{camera.name} ({role})",
                source=source,
                credentials=credentials,
                connect_timeout_s=settings.connect_timeout_s,
                stall_timeout_s=settings.stall_timeout_s,
                max_bits_per_s=settings.max_bits_per_s,
                max_frames_per_s=settings.max_frames_per_s,
                verify_tls=settings.verify_tls,
            )
            for role, source in camera.streams.items()
        }

    def _start_delay_s(self) -> float:
        """Until this stream's turn to start."""
        now_ns = self._clock.monotonic_ns()
        turn_ns = max(now_ns, self._next_start_ns)
        self._next_start_ns = turn_ns + round(self._settings.start_interval_s * _NS_PER_S)
        return (turn_ns - now_ns) / _NS_PER_S

    def _say_disabled(self, camera: Camera) -> None:
        for health in self.health():
            if health.stream.camera == camera.id:
                self._bus.publish(STREAM_HEALTH, health)

    async def remove(self, camera_id: str) -> None:
        """Let go of a camera's streams; one that is not there is no error."""
        async with self._changing:
            keepers = [one for key, one in self._keepers.items() if key.camera == camera_id]
            await self._drop(keepers, "the camera was removed")
            for keeper in keepers:
                self._ledgers.pop(keeper.key, None)
            await self._write_minutes()
            for key in [key for key in self._disabled if key.camera == camera_id]:
                del self._disabled[key]

    async def _drop(self, keepers: list[StreamKeeper], detail: str) -> None:
        for keeper in keepers:
            del self._keepers[keeper.key]
        await asyncio.gather(*(keeper.stop(detail) for keeper in keepers))
        for keeper in keepers:
            self._unwritten += keeper.ledger.everything()

    def health(self) -> list[StreamHealth]:
        """Every stream as it is now, disabled ones included."""
        found = [keeper.health() for keeper in self._keepers.values()]
        found += [
            StreamHealth(stream=key, state=StreamState.DISABLED, since_us=since_us)
            for key, since_us in self._disabled.items()
        ]
        return found

    async def stop(self) -> None:
        """End every stream and write down the account so far."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
        async with self._changing:
            await self._drop(list(self._keepers.values()), "Vedette was stopped")
        await self._write_minutes()

    async def _tick_for_ever(self) -> None:
        while True:
            await self._clock.sleep(_TICK_S)
            for keeper in self._keepers.values():
                health = keeper.tick()
                if health is not None:
                    self._bus.publish(STREAM_HEALTH, health)
                self._unwritten += keeper.ledger.finished(self._clock.wall_us())
            if self._unwritten:
                await self._write_minutes()

    async def _write_minutes(self) -> None:
        """Write what is due; what cannot be written is kept for the next time, within bounds."""
        async with self._writing:
            rows, self._unwritten = self._unwritten, []
            by_organisation: dict[str, list[LossMinute]] = {}
            for row in rows:
                by_organisation.setdefault(row.stream.organisation, []).append(row)
            for organisation, minutes in by_organisation.items():
                try:
                    await self._loss_book.add_minutes(organisation, minutes)
                except Exception as error:  # noqa: BLE001  the account must not stop the cameras
                    _log.warning("ingest.loss_unwritten", minutes=len(minutes), reason=repr(error))
                    self._unwritten = (minutes + self._unwritten)[-_MAX_UNWRITTEN:]
