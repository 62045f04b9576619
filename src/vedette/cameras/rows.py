"""A camera as a row of the database and back."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row

from vedette.base.errors import ConfigError
from vedette.model.camera import Camera, RecordingPolicy, StreamRole, StreamSource

_STREAMS = TypeAdapter(dict[StreamRole, StreamSource])
_POLICY = TypeAdapter(RecordingPolicy)


def to_row(camera: Camera) -> dict[str, Any]:
    """The columns that an operator's camera fills: all but the credentials and the removal."""
    return {
        "organisation": camera.organisation,
        "id": camera.id,
        "name": camera.name,
        "streams": _STREAMS.dump_json(camera.streams).decode(),
        "policy": _POLICY.dump_json(camera.policy).decode(),
        "onvif_address": camera.onvif_address,
        "make": camera.make,
        "model": camera.model,
        "site": camera.site,
        "enabled": camera.enabled,
        "created_us": camera.created_us,
    }


def to_camera(row: Row[Any]) -> Camera:
    """A camera from its row.

    Raises:
        ConfigError: A column cannot be understood; the text names the camera and the place.
    """
    try:
        streams = _STREAMS.validate_json(row.streams)
        policy = _POLICY.validate_json(row.policy)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ConfigError(
            f"camera {row.name!r} ({row.id}) is stored with a wrong setting {place}: "
            f"{problem['msg']}; remove the camera and add it again"
        ) from None
    return Camera(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        streams=streams,
        policy=policy,
        onvif_address=row.onvif_address,
        make=row.make,
        model=row.model,
        site=row.site,
        enabled=row.enabled,
        created_us=row.created_us,
        removed_us=row.removed_us,
    )
