"""Conversions between the units that names carry, and between instants and text."""

from datetime import UTC, date, datetime, timedelta, tzinfo

US_PER_S = 1_000_000
NS_PER_US = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks_to_us(ticks: int, timescale: int) -> int:
    """Media ticks to microseconds, rounded to the nearest.

    Args:
        ticks: Any sign.
        timescale: Ticks per second, > 0.
    """
    return (ticks * US_PER_S * 2 + timescale) // (timescale * 2)


def us_to_ticks(microseconds: int, timescale: int) -> int:
    """Microseconds to media ticks, rounded to the nearest."""
    return (microseconds * timescale * 2 + US_PER_S) // (US_PER_S * 2)


def us_to_datetime(wall_us: int) -> datetime:
    """Microseconds since the epoch to an aware instant in UTC."""
    return EPOCH + timedelta(microseconds=wall_us)


def datetime_to_us(instant: datetime) -> int:
    """An aware instant to microseconds since the epoch.

    Raises:
        ValueError: The instant carries no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; write 2026-05-01T12:00:00Z")
    return (instant - EPOCH) // timedelta(microseconds=1)


def us_to_text(wall_us: int) -> str:
    """RFC 3339 in UTC with microseconds, such as ``2026-05-01T12:00:00.000000Z``."""
    return us_to_datetime(wall_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_to_us(text: str) -> int:
    """RFC 3339 text, with a zone, to microseconds since the epoch.

    Raises:
        ValueError: The text is no instant, or carries no time zone.
    """
    return datetime_to_us(datetime.fromisoformat(text))


def day_bounds(year: int, zone: tzinfo) -> list[tuple[int, str]]:
    """When each day of a year begins in a zone.

    Args:
        year: 1970 to 9998.
        zone: Its midnights count. Where the clocks skip midnight, the day begins right after it;
            where they show it twice, at the first.

    Returns:
        Microseconds since the epoch, and the date as ``2026-10-25``, of every day of the year, and
        of the first day of the next year as the end.
    """
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days + 1)]
    return [
        (datetime_to_us(datetime(day.year, day.month, day.day, tzinfo=zone)), day.isoformat())
        for day in days
    ]
