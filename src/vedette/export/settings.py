"""What an operator may set about exports."""

from pathlib import Path

from pydantic import BaseModel, Field

GB = 1000**3


class ExportSettings(BaseModel, frozen=True, extra="forbid"):
    """Limits of exports."""

    folder: Path | None = Field(
        default=None, description="Where finished exports lie until they expire; DATA/exports."
    )
    organisation_bytes: int = Field(
        default=100 * GB, ge=0, description="Most bytes that one organisation's exports may take."
    )
    total_bytes: int = Field(
        default=200 * GB, ge=0, description="Most bytes that all exports may take."
    )
    reserve_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Bytes of the file system that exports never use; by default 5 % of it, at "
        "least 1 GiB and at most 20 GiB.",
    )
    keep_days: float = Field(
        default=7.0, gt=0, le=3650, description="Days after which an export's files are erased."
    )
    bytes_per_s: int = Field(
        default=20_000_000,
        ge=0,
        description="Most bytes read or written a second, so that recording is never disturbed; 0 "
        "sets no limit.",
    )
    max_range_days: float = Field(
        default=31.0, gt=0, le=400, description="Longest range of one export."
    )
