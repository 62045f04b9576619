"""Kinds of parameters that several resources share."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, Field

from vedette.base.errors import BadRequest
from vedette.base.units import US_PER_S
from vedette.model.camera import StreamRole

MAX_US = 253_370_764_800_000_000
"""The year 9999; later instants have no RFC 3339 text."""
MAX_RANGE_US = 400 * 86400 * US_PER_S

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

CameraId = Annotated[str, Path(pattern=_UUID, description="Camera")]
SiteId = Annotated[str, Path(pattern=_UUID, description="Site")]
FloorId = Annotated[str, Path(pattern=_UUID, description="Floor")]
BookmarkId = Annotated[str, Path(pattern=_UUID, description="Bookmark")]
ExportId = Annotated[str, Path(pattern=_UUID, description="Export")]
WallId = Annotated[str, Path(pattern=_UUID, description="Wall")]
TemplateId = Annotated[str, Path(pattern=_UUID, description="Template")]
ShareId = Annotated[str, Path(pattern=_UUID, description="Share")]
FormatId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Format")]
InstantUs = Annotated[int, Query(ge=0, le=MAX_US, description="Wall time, µs since the epoch")]
Role = Annotated[StreamRole, Query(alias="stream", description="Which of the camera's streams")]
Uuid = Annotated[str, Field(pattern=_UUID)]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text without control characters."""


class Span(BaseModel):
    """A range of wall time, checked."""

    start_us: int
    end_us: int


def span_of(
    start_us: Annotated[InstantUs, Query(description="Start, µs since the epoch, included")],
    end_us: Annotated[InstantUs, Query(description="End, µs since the epoch, excluded")],
) -> Span:
    """A range from the query.

    Raises:
        BadRequest: It is empty or longer than 400 days.
    """
    if end_us <= start_us:
        raise BadRequest("end_us must be greater than start_us")
    if end_us - start_us > MAX_RANGE_US:
        raise BadRequest("the range is longer than 400 days; ask in parts")
    return Span(start_us=start_us, end_us=end_us)
