"""Records every stream that its camera's policy wants, and looks after what is recorded."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import StorageError, VedetteError, VolumeCondemned, VolumeFull
from vedette.bus import Bus, Subscription
from vedette.bus.topics import (
    RECORDING_DEGRADED,
    RECORDING_TRIGGER,
    VOLUME_HEALTH,
    RecordingDegraded,
    RecordingTrigger,
)
from vedette.hub import Attachment, Hub
from vedette.model.camera import Camera, RecordingMode, RecordingPolicy, StreamKey, StreamRole
from vedette.model.footage import Gap
from vedette.model.health import VolumeHealth
from vedette.model.packet import GapReason
from vedette.record.around import Budget, Surroundings
from vedette.record.ledger import Ledger
from vedette.record.ports import RecordCatalog
from vedette.record.recorder import StreamRecorder
from vedette.record.repair import repair
from vedette.record.settings import RecordSettings
from vedette.storage.volumes import Volumes

_log = structlog.get_logger(__name__)
_FLUSH_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class _Active:
    recorder: StreamRecorder
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class _Past:
    """How a stream's footage ended when it was last recorded."""

    end_us: int | None
    gap: Gap | None
    crashed: bool


class RecordService:
    """The recording stage; its volumes are opened and closed by whoever made them.

    Args:
        hub: Where packets come from.
        bus: Triggers in, news out.
        catalog: Where rows go.
        volumes: Where files go; open.
        clock: For triggers, commits and retention.
        settings: How to cut and buffer.
        sole: Whether no other process records for this installation; then start-up repairs
            everything, else only the streams of its own cameras, and the volumes, which the
            caretaker measures elsewhere, are measured here as well.
    """

    def __init__(  # noqa: PLR0917  the wiring names each of them
        self,
        hub: Hub,
        bus: Bus,
        catalog: RecordCatalog,
        volumes: Volumes,
        clock: Clock,
        settings: RecordSettings,
        *,
        sole: bool = True,
    ) -> None:
        self._hub = hub
        self._bus = bus
        self._catalog = catalog
        self._volumes = volumes
        self._clock = clock
        self._settings = settings
        self._sole = sole
        self._ledger = Ledger(catalog, bus, clock, settings.commit_s)
        self._budget = Budget(settings.total_buffer_bytes)
        self._around = Surroundings(
            volumes, self._ledger, clock, settings, self._budget, self._refused
        )
        self._cameras: dict[tuple[str, str], Camera] = {}
        self._active: dict[StreamKey, _Active] = {}
        self._past: dict[StreamKey, _Past] = {}
        self._organisations: set[str] = set()
        self._degraded = ""
        self._changing: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []
        self._care: asyncio.Task[None] | None = None

    async def start(self, cameras: Sequence[Camera], organisations: Iterable[str] = ()) -> None:
        """Repair what a crash left, then record; returns when every stream is attached.

        Args:
            cameras: Those to record.
            organisations: Further ones whose footage to repair and to retain.

        Raises:
            VedetteError: The catalogue cannot be used.
        """
        self._organisations = {camera.organisation for camera in cameras} | set(organisations)
        own = {camera.key(role) for camera in cameras for role in camera.streams}
        for organisation in sorted(self._organisations):
            await repair(organisation, self._volumes, self._catalog, None if self._sole else own)
            await self._learn_past(organisation)
        self._ledger.start()
        for camera in cameras:
            await self.put(camera)
        self._subscriptions = [
            self._bus.subscribe(RECORDING_TRIGGER, self._on_trigger),
            self._bus.subscribe(RECORDING_DEGRADED, self._on_degraded),
        ]
        if not self._sole:
            self._care = asyncio.create_task(self._measure_for_ever(), name="volumes")

    async def stop(self) -> None:
        """Finish every file, commit every row; nothing is recorded afterwards."""
        for subscription in self._subscriptions:
            subscription.cancel()
        ending = {*self._changing, *([self._care] if self._care else [])}
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        self._care = None
        for stream in list(self._active):
            self._retire(stream, GapReason.STOPPED, "Vedette was stopped")
        await self.flush()
        await self._ledger.close()

    async def flush(self) -> None:
        """Return once everything handed to the volumes is safe or given up, and committed."""
        # A refused append is handed to another volume, so one round may begin the next.
        for _ in range(_FLUSH_ROUNDS):
            for entry in self._volumes.entries:
                if entry.volume is not None:
                    await entry.volume.flush()
            if self._budget.bytes == 0:
                break
        await self._ledger.commit()

    async def put(self, camera: Camera) -> None:
        """Record a camera as its policy now says; new, changed or unchanged."""
        key = camera.organisation, camera.id
        if camera.organisation not in self._organisations:
            self._organisations.add(camera.organisation)
            await self._learn_past(camera.organisation)
        self._cameras[key] = camera
        wanted = self._wanted_roles(camera)
        for role in StreamRole:
            stream = camera.key(role)
            if role in wanted:
                self._record(stream, camera.policy)
            elif stream in self._active:
                off = camera.enabled and camera.policy.mode is RecordingMode.OFF
                reason = GapReason.NOT_WANTED if off else GapReason.STOPPED
                self._retire(stream, reason, "recording of this stream was switched off")
        main = self._active.get(camera.key(StreamRole.MAIN))
        if main is not None:
            instead = bool(self._degraded) and StreamRole.SUB in wanted
            main.recorder.pause(self._degraded if instead else "")

    async def remove(self, organisation: str, camera_id: str) -> None:
        """Record a camera no longer; its footage stays until retention erases it."""
        camera = self._cameras.pop((organisation, camera_id), None)
        if camera is None:
            return
        for role in StreamRole:
            if camera.key(role) in self._active:
                self._retire(camera.key(role), GapReason.STOPPED, "the camera was removed")
        await self.flush()

    def trigger(self, organisation: str, camera_id: str, until_us: int, reason: str) -> None:
        """Keep footage of a camera in event mode until then; unknown cameras are ignored."""
        for role in StreamRole:
            active = self._active.get(StreamKey(organisation, camera_id, role))
            if active is not None:
                _log.info("record.triggered", camera=camera_id, role=role, reason=reason)
                active.recorder.trigger(until_us)

    def recording(self, stream: StreamKey) -> bool:
        """Whether footage of a stream is being kept at this moment."""
        active = self._active.get(stream)
        return active is not None and active.recorder.recording

    def dropped_groups(self, stream: StreamKey) -> int:
        """Groups of pictures of a stream that came but could not be kept since the start."""
        active = self._active.get(stream)
        return active.recorder.dropped_groups if active else 0

    def volume_health(self) -> list[VolumeHealth]:
        """Every volume as an operator should see it."""
        return self._volumes.health()

    # Streams ------------------------------------------------------------------------------------

    def _wanted_roles(self, camera: Camera) -> set[StreamRole]:
        if not camera.enabled or camera.policy.mode is RecordingMode.OFF:
            return set()
        roles = {StreamRole.MAIN}
        if camera.policy.record_sub or self._degraded:
            roles.add(StreamRole.SUB)
        return roles & camera.streams.keys()

    def _record(self, stream: StreamKey, policy: RecordingPolicy) -> None:
        active = self._active.get(stream)
        if active is not None:
            active.recorder.set_policy(policy)
            return
        past = self._past.pop(stream, _Past(None, None, crashed=False))
        recorder = StreamRecorder(
            stream, policy, self._around, adopted=past.gap, last_end_us=past.end_us
        )
        if past.crashed:
            recorder.crashed()
        attachment = self._hub.attach(stream, recorder, from_key_frame=True)
        self._active[stream] = _Active(recorder, attachment)

    def _retire(self, stream: StreamKey, reason: GapReason, detail: str) -> None:
        active = self._active.pop(stream)
        active.attachment.detach()
        active.recorder.stop(reason, detail)
        self._past[stream] = _Past(active.recorder.end_us, active.recorder.open_gap, crashed=False)

    async def _learn_past(self, organisation: str) -> None:
        gaps = {gap.stream: gap for gap in await self._catalog.open_gaps(organisation)}
        ends = {one.stream: one.newest_us for one in await self._catalog.usage(organisation)}
        for stream in gaps.keys() | ends.keys():
            gap, end_us = gaps.get(stream), ends.get(stream)
            crashed = gap is None and end_us is not None
            self._past[stream] = _Past(end_us, gap, crashed)

    # Messages -----------------------------------------------------------------------------------

    def _on_trigger(self, message: RecordingTrigger) -> None:
        self.trigger(message.organisation, message.camera, message.until_us, message.reason)

    def _refused(self, volume: str, error: StorageError) -> None:
        """A volume refused an append: say so loudly, once for each change of its state."""
        before = self._volumes.entry(volume).state
        if isinstance(error, VolumeFull):
            health = self._volumes.mark_full(volume, str(error))
        elif isinstance(error, VolumeCondemned):
            health = self._volumes.condemn(volume, str(error))
        else:
            _log.error("record.append_refused", volume=volume, problem=str(error))
            return
        if health.state is not before:
            _log.critical("record.volume_lost", volume=volume, problem=str(error))
            self._bus.publish(VOLUME_HEALTH, health)

    def _on_degraded(self, message: RecordingDegraded) -> None:
        """Record sub streams in place of main ones, or no longer."""
        wanted = message.detail if message.degraded else ""
        if wanted != self._degraded:
            self._degraded = wanted
            task = asyncio.create_task(self._put_again(), name="degrade")
            self._changing.add(task)
            task.add_done_callback(self._changing.discard)

    async def _put_again(self) -> None:
        for camera in list(self._cameras.values()):
            await self.put(camera)

    async def _measure_for_ever(self) -> None:
        """Know the room on the volumes, which other processes fill and the caretaker empties."""
        while True:
            try:
                await self._volumes.measure()
            except VedetteError as error:
                _log.error("record.measure_failed", problem=str(error))
            await self._clock.sleep(self._settings.retention_s)
