"""Times as people type them at the command line."""

import re
from datetime import datetime, timedelta, tzinfo

from vedette.base.errors import BadRequest
from vedette.base.units import datetime_to_us

_AGO = re.compile(r"^-(?P<count>\d+(?:\.\d+)?)(?P<unit>[smhdw])$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_time(text: str, now: datetime, zone: tzinfo) -> int:
    """Microseconds since the epoch from what a person typed.

    Args:
        text: RFC 3339 (``2026-05-01T12:00:00Z``), a local time without a zone
            (``2026-05-01 12:00``), a date, ``now``, or an age such as ``-90m`` or ``-2d``.
        now: The present, aware.
        zone: Meant where the text names none.

    Raises:
        BadRequest: It is none of these.
    """
    text = text.strip()
    if text == "now":
        return datetime_to_us(now)
    if ago := _AGO.match(text):
        return datetime_to_us(now - timedelta(**{_UNITS[ago["unit"]]: float(ago["count"])}))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(
            f"{text!r} is no time; write 2026-05-01T12:00:00Z, '2026-05-01 12:00', now or -90m"
        ) from None
    return datetime_to_us(instant if instant.tzinfo else instant.replace(tzinfo=zone))
