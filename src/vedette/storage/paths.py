"""Paths inside a volume: made from names that a stranger may have chosen, checked when they return.

``ORGANISATION/CAMERA/ROLE/YYYY/MM/DD/HHMMSS-MICROSECONDS.mp4`` in UTC, so that a person finds a
minute of a camera with nothing but a file browser.
"""

import re
from datetime import timedelta
from urllib.parse import quote, unquote

from vedette.base.errors import NotFound
from vedette.base.units import datetime_to_us, us_to_datetime
from vedette.model.camera import StreamKey, StreamRole

_PART = re.compile(r"[A-Za-z0-9_%~@+-][A-Za-z0-9_.%~@+-]{0,254}")
_FILE = re.compile(r"(\d{4})/(\d\d)/(\d\d)/(\d\d)(\d\d)(\d\d)-(\d{6})\.mp4")


def checked_parts(relative: str) -> list[str]:
    """The parts of a path that stays inside its volume.

    Raises:
        NotFound: The path is absolute, climbs, hides, or holds characters that we never write.
    """
    parts = relative.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or len(parts) > 16:
        raise NotFound(f"{relative!r} is no path on a volume")
    return parts


def organisation_folder(organisation: str) -> str:
    """Folder of everything that an organisation recorded."""
    return _quoted(organisation)


def stream_folder(stream: StreamKey) -> str:
    """Folder of everything that a stream recorded; odd characters are percent-encoded."""
    return "/".join(_quoted(name) for name in (stream.organisation, stream.camera, stream.role))


def day_folder(stream: StreamKey, wall_us: int) -> str:
    """Folder of one day (UTC) of a stream."""
    return f"{stream_folder(stream)}/{us_to_datetime(wall_us):%Y/%m/%d}"


def segment_path(stream: StreamKey, start_us: int) -> str:
    """Where the segment that begins at ``start_us`` lies."""
    return f"{stream_folder(stream)}/{us_to_datetime(start_us):%Y/%m/%d/%H%M%S-%f}.mp4"


def parse_segment_path(path: str) -> tuple[StreamKey, int] | None:
    """The stream and start that ``segment_path`` put into a path; None for any other path."""
    parts = path.split("/", 3)
    if len(parts) != 4:
        return None
    organisation, camera, role = (unquote(part) for part in parts[:3])
    match = _FILE.fullmatch(parts[3])
    if match is None or role not in set(StreamRole):
        return None
    year, month, day, hour, minute, second, micro = (int(group) for group in match.groups())
    try:
        midnight = us_to_datetime(0).replace(year=year, month=month, day=day)
    except ValueError:
        return None
    instant = midnight + timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)
    return StreamKey(organisation, camera, StreamRole(role)), datetime_to_us(instant)


def _quoted(name: str) -> str:
    quoted = quote(name, safe="@+")
    # A leading dot would hide the folder, and "." and ".." would climb.
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
