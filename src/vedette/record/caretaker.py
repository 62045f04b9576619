"""Looks after what is recorded, once per installation, whoever records it.

Every round: how full the volumes are, what must be erased by age, by bytes and for room, whether
recording must degrade because only protected footage is left, and all of that said on the bus.
"""

import asyncio
from collections.abc import Iterable

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import NotFound, VedetteError
from vedette.base.units import US_PER_S
from vedette.bus import Bus
from vedette.bus.topics import RECORDING_DEGRADED, VOLUME_HEALTH, RecordingDegraded
from vedette.model.camera import Camera, RecordingPolicy, StreamKey
from vedette.model.health import VolumeHealth, VolumeState
from vedette.record import plan
from vedette.record.ports import RecordCatalog
from vedette.record.retention import Retention
from vedette.record.settings import RecordSettings
from vedette.storage.volumes import VolumeEntry, Volumes

_log = structlog.get_logger(__name__)
_FORGET_EVERY_US = 3600 * US_PER_S
_DEGRADED = "only protected footage is left, so the sub stream is recorded instead"


class Caretaker:
    """One task; see the module.

    Args:
        bus: Is told the health of every volume each round, and when recording degrades; is
            listened to for volumes that a recorder lost.
        catalog: What exists, and what it weighs.
        volumes: Open; measured here.
        clock: For the rounds.
        settings: How often, and how far ahead.
    """

    def __init__(
        self,
        bus: Bus,
        catalog: RecordCatalog,
        volumes: Volumes,
        clock: Clock,
        settings: RecordSettings,
    ) -> None:
        self._bus = bus
        self._catalog = catalog
        self._volumes = volumes
        self._clock = clock
        self._settings = settings
        self._retention = Retention(volumes, catalog, settings.foresight_s)
        self._organisations: set[str] = set()
        self._policies: dict[StreamKey, RecordingPolicy] = {}
        self._held_bytes: int | None = None
        self._degraded = False
        self._forgot_us = 0
        self._subscription = bus.subscribe(VOLUME_HEALTH, self._on_volume)
        self._rounds: asyncio.Task[None] | None = None

    def start(self, organisations: Iterable[str]) -> None:
        """Begin the rounds for these organisations, and for those of cameras that come later."""
        self._organisations |= set(organisations)
        self._rounds = asyncio.create_task(self._look_after_for_ever(), name="caretaker")

    async def stop(self) -> None:
        """End the rounds; one under way is cut short, and the next start carries on."""
        self._subscription.cancel()
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.wait([self._rounds])

    def put(self, camera: Camera) -> None:
        """Keep a camera's footage as its policy now says, also after the camera is removed."""
        self._organisations.add(camera.organisation)
        for role in camera.streams:
            self._policies[camera.key(role)] = camera.policy

    async def _look_after_for_ever(self) -> None:
        while True:
            try:
                await self.look_after()
            except VedetteError as error:
                _log.error("record.care_failed", problem=str(error))
            except Exception:  # noqa: BLE001  retention must never end for good
                _log.exception("record.care_failed")
            await self._clock.sleep(self._settings.retention_s)

    async def look_after(self) -> None:
        """One round."""
        await self._volumes.measure(await self._written_bytes())
        enough = await self._retention.round(
            sorted(self._organisations), self._policies, self._clock.wall_us()
        )
        self._decide(enough=enough)
        await self._forget_accounts(self._clock.wall_us())
        for health in self._volumes.health():
            self._bus.publish(VOLUME_HEALTH, health)

    async def _written_bytes(self) -> dict[str, int]:
        """What all recorders wrote since the last round, by volume.

        The counters do not tell volumes apart; new files go to them in proportion to their room,
        so the sum is divided like that.
        """
        held = 0
        for organisation in self._organisations:
            held += sum(usage.bytes for usage in await self._catalog.usage(organisation))
        before, self._held_bytes = self._held_bytes, held
        erased, self._retention.erased_bytes = self._retention.erased_bytes, 0
        ready = self._ready()
        room = sum(max(0, entry.room_bytes) for entry in ready)
        if before is None or not room:
            return {}
        written = max(0, held - before + erased)
        return {
            entry.volume.id: written * max(0, entry.room_bytes) // room
            for entry in ready
            if entry.volume is not None
        }

    async def _forget_accounts(self, now_us: int) -> None:
        """Once an hour: losses, closed gaps and clock steps that nobody asks about any more."""
        if now_us - self._forgot_us < _FORGET_EVERY_US:
            return
        self._forgot_us = now_us
        before_us = now_us - int(self._settings.accounts_keep_s * US_PER_S)
        for organisation in sorted(self._organisations):
            await self._catalog.forget_before(organisation, before_us)

    def _ready(self) -> list[VolumeEntry]:
        return [entry for entry in self._volumes.entries if entry.volume is not None]

    def _decide(self, *, enough: bool) -> None:
        ready = self._ready()
        before = self._degraded
        self._degraded = plan.degraded(
            [entry.room_bytes for entry in ready],
            sum(entry.bytes_per_hour for entry in ready),
            self._settings.degrade_s,
            erasable=enough,
            before=before,
        )
        for entry in ready:
            entry.strained = not enough and self._degraded
        if self._degraded is not before:
            log = _log.critical if self._degraded else _log.warning
            log("record.degraded" if self._degraded else "record.recovered", detail=_DEGRADED)
        if self._degraded or before:
            # Said every round, so that a recorder that started late hears it too.
            detail = _DEGRADED if self._degraded else ""
            self._bus.publish(RECORDING_DEGRADED, RecordingDegraded(self._degraded, detail))

    def _on_volume(self, health: VolumeHealth) -> None:
        """A recorder, perhaps of another process, lost a volume."""
        try:
            state = self._volumes.entry(health.id).state
        except NotFound:
            return
        if health.state is VolumeState.CONDEMNED and state is not VolumeState.CONDEMNED:
            self._volumes.condemn(health.id, health.detail)
