"""Whether a camera makes sense, and its addresses without what belongs to nobody's eyes; pure."""

from dataclasses import replace

from vedette.base.errors import BadRequest
from vedette.cameras.address import split_address
from vedette.model.camera import Camera, Credentials, StreamRole

LONGEST_NAME = 200
"""Characters of a camera's name."""


def checked(organisation: str, camera: Camera) -> Camera:
    """The camera with its name trimmed, as one that is there.

    Raises:
        BadRequest: It belongs to another organisation, or its name or streams make no sense.
    """
    name = camera.name.strip()
    if camera.organisation != organisation:
        raise BadRequest(f"camera {name!r} does not belong to organisation {organisation}")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"a camera's name has 1 to {LONGEST_NAME} printable characters")
    if StreamRole.MAIN not in camera.streams:
        raise BadRequest(f"camera {name!r} has no main stream; give its address")
    return replace(camera, name=name, removed_us=None)


def without_credentials(camera: Camera) -> tuple[Camera, Credentials | None]:
    """The camera with clean addresses, and the first credentials that stood in one."""
    found: list[Credentials] = []

    def clean(address: str) -> str:
        bare, credentials = split_address(address)
        if credentials is not None:
            found.append(credentials)
        return bare

    streams = {
        role: replace(camera.streams[role], address=clean(camera.streams[role].address))
        for role in StreamRole
        if role in camera.streams
    }
    onvif = camera.onvif_address
    onvif = clean(onvif) if onvif else None
    return replace(camera, streams=streams, onvif_address=onvif), found[0] if found else None
