"""Exports as JSON, both ways."""

from typing import Annotated

from pydantic import BaseModel, Field

from vedette.api.fields import MAX_US, Uuid
from vedette.export.service import ExportOutlook
from vedette.model.camera import StreamRole
from vedette.model.export import (
    Exactness,
    ExportFile,
    ExportJob,
    ExportOutcome,
    ExportState,
    SoundChoice,
)

MOST_CAMERAS = 64
Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Text of several lines without control characters."""

Zone = Annotated[
    str,
    Field(
        max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$", description="IANA name such as Europe/Vienna"
    ),
]


class ExportBody(BaseModel, extra="forbid"):
    """What to export."""

    cameras: Annotated[list[Uuid], Field(min_length=1, max_length=MOST_CAMERAS)]
    start_us: Annotated[int, Field(ge=0, le=MAX_US, description="µs since the epoch, included")]
    end_us: Annotated[int, Field(ge=0, le=MAX_US, description="µs since the epoch, excluded")]
    role: StreamRole = Field(default=StreamRole.MAIN, description="Which of their streams")
    exact: Exactness = Field(
        default=Exactness.GOP,
        description="gop: whole groups of pictures; frame: cut at the frame, nothing re-encoded",
    )
    sound: SoundChoice = Field(
        default=SoundChoice.PLAYABLE,
        description="playable: G.711 becomes AAC; original: as recorded; none",
    )
    time_zone: Zone = "UTC"
    reason: Words = Field(default="", description="What it is needed for; in the manifest")
    note: Words = Field(default="", description="In the manifest")


class OutlookAnswer(BaseModel):
    """What an export would be."""

    bytes: int = Field(description="Of its files, about")
    footage_us: int = Field(description="Of footage, all cameras together")
    left_bytes: int = Field(description="What the quota has left")
    refusal: str = Field(description="Why it would be refused; empty when it would not")


class ExportedCameraShape(BaseModel):
    """A camera as it was called when the export was asked for."""

    id: str
    name: str
    removed_us: int | None


class ExportFileShape(BaseModel):
    """A file of an export."""

    name: str
    camera: str
    start_us: int
    end_us: int
    bytes: int
    sha256: str


class MissingShape(BaseModel):
    """A time that was asked for and is not there."""

    camera: str
    start_us: int
    end_us: int
    reason: str
    detail: str


class OutcomeShape(BaseModel):
    """What an export holds."""

    files: list[ExportFileShape]
    manifest: ExportFileShape
    zip_bytes: int = Field(description="Length of all of it as one ZIP file")
    delivered_us: int
    missing_us: int
    missing: list[MissingShape] = Field(description="The longest; the manifest has all")
    faults: int = Field(description="Fragments left out: their bytes are not as recorded")
    lost_frames: int
    clock_steps: int


class ExportAnswer(BaseModel):
    """An export."""

    id: str
    state: ExportState
    cameras: list[ExportedCameraShape]
    role: StreamRole
    start_us: int
    end_us: int
    exact: Exactness
    sound: SoundChoice
    time_zone: str
    reason: str
    note: str
    person: str = Field(description="Name of whoever asked for it")
    created_us: int
    started_us: int | None
    finished_us: int | None
    expires_us: int | None
    total_bytes: int = Field(description="Work, estimated: each byte is copied and read back")
    done_bytes: int
    total_us: int
    done_us: int
    problem: str = Field(description="Why it failed; else empty")
    outcome: OutcomeShape | None


class ExportsAnswer(BaseModel):
    """Exports of the organisation, newest first."""

    exports: list[ExportAnswer]


def outlook_shape(outlook: ExportOutlook) -> OutlookAnswer:
    """An outlook as JSON."""
    return OutlookAnswer(
        bytes=outlook.bytes,
        footage_us=outlook.footage_us,
        left_bytes=outlook.left_bytes,
        refusal=outlook.refusal,
    )


def export_shape(job: ExportJob, zip_bytes: int) -> ExportAnswer:
    """An export as JSON."""
    request = job.request
    return ExportAnswer(
        id=job.id,
        state=job.state,
        cameras=[
            ExportedCameraShape(id=one.id, name=one.name, removed_us=one.removed_us)
            for one in request.cameras
        ],
        role=request.role,
        start_us=request.start_us,
        end_us=request.end_us,
        exact=request.exact,
        sound=request.sound,
        time_zone=request.time_zone,
        reason=request.reason,
        note=request.note,
        person=request.person_name,
        created_us=job.created_us,
        started_us=job.started_us,
        finished_us=job.finished_us,
        expires_us=job.expires_us,
        total_bytes=job.total_bytes,
        done_bytes=job.done_bytes,
        total_us=job.total_us,
        done_us=job.done_us,
        problem=job.problem,
        outcome=_outcome_shape(job.outcome, zip_bytes) if job.outcome else None,
    )


def _outcome_shape(outcome: ExportOutcome, zip_bytes: int) -> OutcomeShape:
    return OutcomeShape(
        files=[_file_shape(one) for one in outcome.files],
        manifest=_file_shape(outcome.manifest),
        zip_bytes=zip_bytes,
        delivered_us=outcome.delivered_us,
        missing_us=outcome.missing_us,
        missing=[MissingShape.model_validate(one, from_attributes=True) for one in outcome.missing],
        faults=outcome.faults,
        lost_frames=outcome.lost_frames,
        clock_steps=outcome.clock_steps,
    )


def _file_shape(file: ExportFile) -> ExportFileShape:
    return ExportFileShape(
        name=file.name,
        camera=file.camera,
        start_us=file.start_us,
        end_us=file.end_us,
        bytes=file.bytes,
        sha256=file.sha256,
    )
