"""Many cameras at once, from a table."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, SecretStr

from vedette.api.audit import note
from vedette.api.services import House, Who
from vedette.base.ids import new_id
from vedette.bus.topics import CAMERA_CHANGED, CameraChange, CameraChanged
from vedette.cameras.plan import Surroundings, read_table

router = APIRouter(prefix="/cameras", tags=["cameras"])


class ImportBody(BaseModel, extra="forbid"):
    """A table of cameras.

    The first line names the columns, in any order: ``name`` and ``address`` are needed;
    ``sub_address``, ``username``, ``password``, ``site``, ``make``, ``model``, ``onvif_address``,
    ``transport``, ``mode`` and ``keep_days`` may be there.
    """

    table: Annotated[
        SecretStr, Field(max_length=200_000, description="Comma- or semicolon-separated values")
    ]
    dry_run: Annotated[bool, Field(description="Only check; add nothing")] = True


class ImportProblem(BaseModel):
    """Why a line cannot be used; ``line`` counts from 1, ``field`` is empty for a whole line."""

    line: int
    field: str
    message: str


class ImportedCamera(BaseModel):
    """A camera of the table; ``id`` is null after a dry run."""

    line: int
    name: str
    id: str | None


class ImportAnswer(BaseModel):
    """What was, or would be, added: all of the table when there is no problem, else nothing."""

    cameras: list[ImportedCamera]
    problems: list[ImportProblem]
    added: bool


@router.post("/import")
async def import_cameras(
    house: House, who: Who, request: Request, body: ImportBody
) -> ImportAnswer:
    """Add every camera of a table, or none of them; a dry run tells which and every fault."""
    known = await house.cameras.list(who.organisation)
    sites = await house.sites.list(who.organisation)
    around = Surroundings(
        organisation=who.organisation,
        taken=frozenset(one.name for one in known),
        sites={one.name: one.id for one in sites},
        new_id=lambda: new_id(house.clock),
        now_us=house.clock.wall_us(),
    )
    table = read_table(body.table.get_secret_value(), around)
    problems = [
        ImportProblem.model_validate(one, from_attributes=True) for one in table.problems[:500]
    ]
    added = not problems and not body.dry_run
    note(request, added=len(table.rows) if added else 0, faults=len(table.problems))
    if added:
        rows = [(one.camera, one.credentials) for one in table.rows]
        await house.cameras.add_all(who.organisation, rows)
        for camera, _ in rows:
            change = CameraChanged(who.organisation, camera.id, CameraChange.ADDED)
            house.bus.publish(CAMERA_CHANGED, change)
    return ImportAnswer(
        cameras=[
            ImportedCamera(line=one.line, name=one.camera.name, id=one.camera.id if added else None)
            for one in table.rows
        ],
        problems=problems,
        added=added,
    )
