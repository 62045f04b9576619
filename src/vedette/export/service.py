"""Exports as jobs: asked for, carried out one at a time, kept for some days, told about.

One task works; whatever it was at when Vedette ended begins anew at the next start. Progress lives
in memory and goes out on the bus; the database learns of changes of state.
"""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import Conflict, VedetteError, VolumeFull
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.bus import Bus
from vedette.bus.topics import EXPORT_CHANGED, ExportChanged
from vedette.catalog.ports import FootageIndex
from vedette.export.around import Around
from vedette.export.gate import ExportOutlook, Gate
from vedette.export.pace import Pace, polite_thread
from vedette.export.ports import FootageFiles, Progress
from vedette.export.settings import ExportSettings
from vedette.export.shelf import Shelf
from vedette.export.store import ExportStore
from vedette.export.work import Exporter
from vedette.model.export import WAITING_STATES, ExportJob, ExportRequest, ExportState

_log = structlog.get_logger(__name__)
_TELL_NS = 500_000_000
_MEASURE_NS = 1_000_000_000
_EXPIRY_S = 600.0
_AFTER_TROUBLE_S = 10.0
_DAY_US = 86_400 * US_PER_S
_BUG = "Vedette made a mistake; its log says more, please report it"


class ExportService:
    """See the module.

    Args:
        store: What is remembered.
        catalog: Says what footage there is.
        files: Give its bytes.
        bus: Is told about every change.
        clock: For the pace, for times and for expiry.
        settings: Limits.
        folder: Where finished exports lie.
        software: Name and version, for manifests.
    """

    def __init__(
        self,
        *,
        store: ExportStore,
        catalog: FootageIndex,
        files: FootageFiles,
        bus: Bus,
        clock: Clock,
        settings: ExportSettings,
        folder: Path,
        software: str,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._shelf = Shelf(folder)
        self._threads = polite_thread()
        pace = Pace(clock, settings.bytes_per_s)
        self._around = Around(catalog, files, clock, self._threads, pace, software)
        self._gate = Gate(store, catalog, clock, settings, self._shelf)
        self._moving = asyncio.Lock()  # nobody else changes states meanwhile
        self._asked = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self._now: ExportJob | None = None
        self._told_ns = self._measured_ns = 0
        self._budget_bytes = 0
        self._cancelled = self._settling = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """See start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """See stop."""
        await self.stop()

    async def start(self) -> None:
        """Clear up what a crash left, then work on what waits."""
        for job in await self._store.in_state(ExportState.RUNNING):
            await self._store.update(job.organisation, replace(job, state=ExportState.QUEUED))
        finished = await self._store.with_files()
        stray = await self._around.aside(lambda: self._shelf.clear(finished))
        if stray:
            _log.info("export.cleared", folders=stray)
        self._tasks = [
            asyncio.create_task(self._work_for_ever(), name="export"),
            asyncio.create_task(self._expire_for_ever(), name="export expiry"),
        ]

    async def stop(self) -> None:
        """End; what is under way begins anew at the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await asyncio.to_thread(self._threads.shutdown, wait=True)

    async def outlook(self, request: ExportRequest) -> ExportOutlook:
        """What an export would be, and whether it would be refused.

        Raises:
            BadRequest: The range makes no sense.
        """
        return await self._gate.outlook(request)

    async def ask(self, request: ExportRequest) -> ExportJob:
        """Queue an export.

        Raises:
            BadRequest: The range makes no sense.
            Conflict: There is no footage, or the quota has no room.
            VolumeFull: The disk has no room.
        """
        expected = await self._gate.admit(request)
        job = ExportJob(
            id=new_id(self._clock),
            request=request,
            state=ExportState.QUEUED,
            created_us=self._clock.wall_us(),
            total_bytes=2 * expected.bytes,
            total_us=expected.footage_us,
            held_bytes=expected.bytes,
        )
        settings = self._settings
        await self._store.add(
            request.organisation,
            job,
            organisation_bytes=settings.organisation_bytes,
            total_bytes=settings.total_bytes,
        )
        _log.info("export.asked", export=job.id, person=request.person, bytes=expected.bytes)
        self._tell(job)
        self._asked.set()
        return job

    async def list(self, organisation: str) -> list[ExportJob]:
        """The exports of an organisation, newest first."""
        return [self._fresh(job) for job in await self._store.list(organisation)]

    async def get(self, organisation: str, export: str) -> ExportJob:
        """One export.

        Raises:
            NotFound: There is none.
        """
        return self._fresh(await self._store.get(organisation, export))

    async def cancel(self, organisation: str, export: str) -> ExportJob:
        """End an export that waits or is under way; its files go.

        Raises:
            NotFound: There is none.
            Conflict: It has ended already.
        """
        async with self._moving:
            job = await self._store.get(organisation, export)
            if job.state not in WAITING_STATES:
                raise Conflict(f"this export is {job.state.value} already; delete it to remove it")
            if self._now is not None and self._now.id == export and self._working is not None:
                if not self._settling:
                    self._cancelled = True
                    self._working.cancel()
                await asyncio.wait([self._working])
                return await self._store.get(organisation, export)
            ended = _ended(job, ExportState.CANCELLED, self._clock.wall_us())
            await self._store.update(organisation, ended)
        self._tell(ended)
        return ended

    async def delete(self, organisation: str, export: str) -> None:
        """Forget an export with its files, cancelling it first where it has not ended.

        Raises:
            NotFound: There is none.
        """
        job = await self._store.get(organisation, export)
        if job.state in WAITING_STATES:
            with contextlib.suppress(Conflict):
                job = await self.cancel(organisation, export)
        await self._around.aside(lambda: self._shelf.erase(export))
        await self._store.forget(organisation, export)
        self._tell(job, gone=True)

    def path(self, job: ExportJob, name: str) -> Path:
        """Where a file of a finished export lies.

        Raises:
            Conflict: The export is not finished, or its files are gone.
            NotFound: Somebody removed the file.
        """
        if job.state is not ExportState.DONE:
            raise Conflict(f"this export is {job.state.value}; it has no files to download")
        return self._shelf.file(job.id, name)

    async def _work_for_ever(self) -> None:
        while True:
            self._asked.clear()
            try:
                waiting = await self._store.in_state(ExportState.QUEUED)
                if not waiting:
                    await self._asked.wait()
                    continue
                await self._work_through(waiting[0])
            except Exception:  # noqa: BLE001  whatever it was, the next export is due
                _log.exception("export.stopped")
                await self._clock.sleep(_AFTER_TROUBLE_S)

    async def _work_through(self, job: ExportJob) -> None:
        """Work on one in a task of its own, which ``cancel`` can end."""
        self._cancelled = self._settling = False
        self._working = working = asyncio.create_task(self._work_on(job), name="one export")
        try:
            await asyncio.wait([working])
        finally:
            working.cancel()
            await asyncio.wait([working])
            self._working = self._now = None
        if not working.cancelled() and (error := working.exception()):
            raise error

    async def _work_on(self, job: ExportJob) -> None:
        """Carry one out, however that ends; only the end of Vedette leaves it as it was."""
        self._now = job
        try:
            async with self._moving:
                job = await self._store.get(job.organisation, job.id)
                if job.state is not ExportState.QUEUED:
                    return
                self._now = job = replace(
                    job,
                    state=ExportState.RUNNING,
                    started_us=self._clock.wall_us(),
                    done_bytes=0,
                    done_us=0,
                )
                await self._store.update(job.organisation, job)
            self._tell(job)
            ended = await self._carry_out(job)
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            ended = self._ended(ExportState.CANCELLED)
        except VedetteError as error:
            ended = self._ended(ExportState.FAILED, str(error))
        except Exception:  # noqa: BLE001  a mistake of ours is told, too
            _log.exception("export.failed", export=job.id)
            ended = self._ended(ExportState.FAILED, _BUG)
        self._settling = True
        if ended.state is not ExportState.DONE:
            _log.warning("export.ended", export=job.id, state=ended.state, problem=ended.problem)
            await self._around.aside(lambda: self._shelf.erase(job.id))
        await self._store.update(job.organisation, ended)
        self._tell(ended)

    async def _carry_out(self, job: ExportJob) -> ExportJob:
        settings = self._settings
        own = await self._store.held_bytes(job.organisation) - job.held_bytes
        common = await self._store.held_by_all() - job.held_bytes
        self._budget_bytes = min(settings.organisation_bytes - own, settings.total_bytes - common)
        organisation = await self._store.owner_name(job.organisation, job.id)
        folder = await self._around.aside(lambda: self._shelf.begin(job.id))
        exporter = Exporter(self._around, job.request, folder, self._note)
        outcome = await exporter.run(job.id, organisation)
        await self._around.aside(lambda: self._shelf.complete(job.id))
        now_us = self._clock.wall_us()
        _log.info("export.done", export=job.id, bytes=outcome.bytes, faults=outcome.faults)
        return replace(
            self._now or job,
            state=ExportState.DONE,
            finished_us=now_us,
            expires_us=now_us + int(settings.keep_days * _DAY_US),
            held_bytes=outcome.bytes,
            outcome=outcome,
        )

    def _ended(self, state: ExportState, problem: str = "") -> ExportJob:
        assert self._now is not None  # noqa: S101  set while it is worked on
        return _ended(self._now, state, self._clock.wall_us(), problem)

    def _note(self, progress: Progress) -> None:
        """Take in how far the export is.

        Raises:
            VolumeFull: It grew beyond its quota or into the reserve.
        """
        job = self._now
        if job is None:
            return
        self._now = job = replace(job, done_bytes=progress.done_bytes, done_us=progress.done_us)
        if progress.file_bytes > self._budget_bytes:
            raise VolumeFull(
                "the export grew larger than the quota allows; delete old exports, choose a "
                "shorter range, or have the quota raised"
            )
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._measured_ns >= _MEASURE_NS:
            self._measured_ns = now_ns
            self._gate.check_space(0)
        if now_ns - self._told_ns >= _TELL_NS:
            self._tell(job)

    def _fresh(self, job: ExportJob) -> ExportJob:
        """The job with the progress that only memory knows."""
        now = self._now
        return now if now is not None and now.id == job.id else job

    def _tell(self, job: ExportJob, *, gone: bool = False) -> None:
        self._told_ns = self._clock.monotonic_ns()
        self._bus.publish(
            EXPORT_CHANGED,
            ExportChanged(
                organisation=job.organisation,
                export=job.id,
                state=job.state,
                done_bytes=job.done_bytes,
                total_bytes=job.total_bytes,
                done_us=job.done_us,
                total_us=job.total_us,
                gone=gone,
            ),
        )

    async def _expire_for_ever(self) -> None:
        while True:
            try:
                await self.expire()
            except VedetteError as error:
                _log.error("export.expiry_failed", problem=str(error))
            except Exception:  # noqa: BLE001  expiry must never end for good
                _log.exception("export.expiry_failed")
            await self._clock.sleep(_EXPIRY_S)

    async def expire(self) -> None:
        """Erase the files of exports that were kept long enough."""
        now_us = self._clock.wall_us()
        for job in await self._store.in_state(ExportState.DONE):
            if job.expires_us is None or job.expires_us > now_us:
                continue
            await self._around.aside(lambda job=job: self._shelf.erase(job.id))
            expired = replace(job, state=ExportState.EXPIRED, held_bytes=0)
            await self._store.update(job.organisation, expired)
            self._tell(expired)


def _ended(job: ExportJob, state: ExportState, now_us: int, problem: str = "") -> ExportJob:
    """A job that came to nothing."""
    return replace(job, state=state, finished_us=now_us, held_bytes=0, problem=problem)
