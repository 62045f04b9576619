"""Exports as rows of the database."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from vedette.base.errors import Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.export import (
    WAITING_STATES,
    ExportJob,
    ExportOutcome,
    ExportRequest,
    ExportState,
)

MOST_WAITING = 100
"""Exports of one organisation that may wait at once."""

_REQUEST = TypeAdapter(ExportRequest)
_OUTCOME = TypeAdapter(ExportOutcome)
_MOST_LISTED = 1000
_HOLDING = (ExportState.QUEUED, ExportState.RUNNING, ExportState.DONE)


class ExportStore:
    """The exports of every organisation, each seen by its own only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, organisation: str, job: ExportJob, *, organisation_bytes: int, total_bytes: int
    ) -> None:
        """Remember a new export, if the quota has room for what it is expected to hold.

        Args:
            organisation: Whose.
            job: Queued.
            organisation_bytes: Most that the organisation's exports may hold.
            total_bytes: Most that all exports may hold.

        Raises:
            Conflict: There is no room, or too many are waiting; the text says what to do.
            NotFound: The job belongs to another organisation.
        """
        table = schema.export_job
        _check_owner(organisation, job)

        def change(at: Connection) -> None:
            waiting = select(func.count()).where(
                table.c.organisation == organisation, table.c.state.in_(WAITING_STATES)
            )
            if at.execute(waiting).scalar_one() >= MOST_WAITING:
                raise Conflict(
                    f"{MOST_WAITING} exports are waiting already; wait for some, or cancel some"
                )
            own = _held(at, organisation)
            _check_quota(job.held_bytes, own, organisation_bytes, "your organisation's exports")
            _check_quota(job.held_bytes, _held(at, None), total_bytes, "all exports together")
            at.execute(insert(table), [_to_row(job)])

        await self._database.write(change)

    async def get(self, organisation: str, export: str) -> ExportJob:
        """One export.

        Raises:
            NotFound: There is none.
        """
        table = schema.export_job
        question = select(table).where(table.c.organisation == organisation, table.c.id == export)
        row = await self._database.read(lambda at: at.execute(question).first())
        if row is None:
            raise NotFound("there is no such export; it may have been deleted")
        return _to_job(row)

    async def update(self, organisation: str, job: ExportJob) -> None:
        """Store how an export stands now.

        Raises:
            NotFound: There is none.
        """
        table = schema.export_job
        _check_owner(organisation, job)
        statement = (
            update(table)
            .where(table.c.organisation == organisation, table.c.id == job.id)
            .values(_to_row(job))
        )
        if not await self._database.write(lambda at: at.execute(statement).rowcount):
            raise NotFound("there is no such export; it may have been deleted")

    async def forget(self, organisation: str, export: str) -> None:
        """Drop an export's row."""
        table = schema.export_job
        statement = delete(table).where(table.c.organisation == organisation, table.c.id == export)
        await self._database.write(lambda at: at.execute(statement))

    async def held_bytes(self, organisation: str) -> int:
        """What the organisation's exports hold, or will."""
        return await self._database.read(lambda at: _held(at, organisation))

    async def held_by_all(self) -> int:
        """What the exports of all organisations hold, or will."""
        return await self._database.read(lambda at: _held(at, None))

    async def owner_name(self, organisation: str, export: str) -> str:
        """Name of the organisation that an export belongs to, for its manifest.

        Raises:
            NotFound: There is no such export.
        """
        table, owner = schema.export_job, schema.organisation
        question = (
            select(owner.c.name)
            .join(table, table.c.organisation == owner.c.id)
            .where(owner.c.id == organisation, table.c.id == export)
        )
        name = await self._database.read(lambda at: at.execute(question).scalar())
        if name is None:
            raise NotFound("there is no such export; it may have been deleted")
        return str(name)

    async def in_state(self, state: ExportState) -> list[ExportJob]:
        """The exports of all organisations in one state, oldest first, for whoever works on them.

        At most a thousand; ask again when these have left the state.
        """
        table = schema.export_job
        question = (
            select(table)
            .where(table.c.state == state)
            .order_by(table.c.created_us, table.c.id)
            .limit(_MOST_LISTED)
        )
        return await self._database.read(lambda at: [_to_job(row) for row in at.execute(question)])

    async def with_files(self) -> set[str]:
        """Identifiers of the finished exports of all organisations, for clearing up."""
        table = schema.export_job
        question = select(table.c.id).where(table.c.state == ExportState.DONE)
        return await self._database.read(lambda at: set(at.execute(question).scalars()))

    async def list(self, organisation: str) -> list[ExportJob]:
        """The exports of an organisation, newest first, at most a thousand."""
        table = schema.export_job
        question = (
            select(table)
            .where(table.c.organisation == organisation)
            .order_by(table.c.created_us.desc(), table.c.id.desc())
            .limit(_MOST_LISTED)
        )
        return await self._database.read(lambda at: [_to_job(row) for row in at.execute(question)])


def _check_owner(organisation: str, job: ExportJob) -> None:
    if job.organisation != organisation:
        raise NotFound("the export does not belong to this organisation")


def _held(at: Connection, organisation: str | None) -> int:
    table = schema.export_job
    question = select(func.coalesce(func.sum(table.c.held_bytes), 0)).where(
        table.c.state.in_(_HOLDING)
    )
    if organisation is not None:
        question = question.where(table.c.organisation == organisation)
    return int(at.execute(question).scalar_one())


def _check_quota(wanted: int, held: int, most: int, whose: str) -> None:
    if held + wanted > most:
        raise Conflict(
            f"this export needs about {_size(wanted)}, but {whose} hold {_size(held)} of "
            f"{_size(most)}; delete old exports, choose a shorter range, or have the quota raised"
        )


def _size(size: int) -> str:
    value, unit = float(size), 0
    while value >= 999.5 and unit < 4:
        value, unit = value / 1000, unit + 1
    return f"{value:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[unit]}"


def _to_row(job: ExportJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "organisation": job.organisation,
        "state": job.state.value,
        "created_us": job.created_us,
        "started_us": job.started_us,
        "finished_us": job.finished_us,
        "expires_us": job.expires_us,
        "total_bytes": job.total_bytes,
        "done_bytes": job.done_bytes,
        "total_us": job.total_us,
        "done_us": job.done_us,
        "held_bytes": job.held_bytes,
        "problem": job.problem,
        "request": _REQUEST.dump_json(job.request).decode(),
        "outcome": _OUTCOME.dump_json(job.outcome).decode() if job.outcome else None,
    }


def _to_job(row: Row[Any]) -> ExportJob:
    return ExportJob(
        id=row.id,
        request=_REQUEST.validate_json(row.request),
        state=ExportState(row.state),
        created_us=row.created_us,
        started_us=row.started_us,
        finished_us=row.finished_us,
        expires_us=row.expires_us,
        total_bytes=row.total_bytes,
        done_bytes=row.done_bytes,
        total_us=row.total_us,
        done_us=row.done_us,
        held_bytes=row.held_bytes,
        problem=row.problem,
        outcome=_OUTCOME.validate_json(row.outcome) if row.outcome else None,
    )
