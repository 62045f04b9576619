"""Whether a camera makes sense, and its addresses without what belongs to nobody's eyes; pure."""

from dataclasses import replace
from urllib.parse import urlsplit

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


def strange_hosts(before: Camera, after: Camera) -> set[str]:
    """Hosts to which the stored credentials would go though nobody gave them for there.

    Args:
        before: As it is stored.
        after: As it shall be; credentials in its addresses replace the stored ones.
    """
    clean, given = without_credentials(after)
    return set() if given else _hosts(clean) - _hosts(before)


def _hosts(camera: Camera) -> set[str]:
    addresses = [source.address for source in camera.streams.values()]
    return {urlsplit(one).hostname or "" for one in [*addresses, camera.onvif_address or ""]} - {""}
