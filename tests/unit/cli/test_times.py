"""Times are understood as people type them, in the zone they mean."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vedette.base.errors import BadRequest
from vedette.base.units import us_to_text
from vedette.cli.times import parse_time

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("now", "2026-05-01T12:00:00.000000Z"),
        ("-90m", "2026-05-01T10:30:00.000000Z"),
        ("-1.5h", "2026-05-01T10:30:00.000000Z"),
        ("-2d", "2026-04-29T12:00:00.000000Z"),
        ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00.000000Z"),
        ("2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00.000000Z"),
        ("2026-05-01 12:00", "2026-05-01T10:00:00.000000Z"),
        ("2026-01-01 12:00", "2026-01-01T11:00:00.000000Z"),
        ("2026-05-01", "2026-04-30T22:00:00.000000Z"),
    ],
)
def test_a_time_is_understood(typed: str, meant: str) -> None:
    assert us_to_text(parse_time(typed, NOW, BERLIN)) == meant


@pytest.mark.parametrize("typed", ["", "yesterday", "-5y", "12:00", "2026-13-01"])
def test_nonsense_is_answered_with_examples(typed: str) -> None:
    with pytest.raises(BadRequest, match="is no time; write"):
        parse_time(typed, NOW, BERLIN)
