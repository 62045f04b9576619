"""Deciding when to try again and what to say of a failure; pure."""

from dataclasses import dataclass

from vedette.base.errors import (
    ConfigError,
    SourceLost,
    SourceProtocol,
    SourceRefused,
    SourceStalled,
    SourceUnsupported,
)
from vedette.ingest.settings import IngestSettings
from vedette.model.health import StreamState
from vedette.model.packet import GapReason

_MAX_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failure means.

    Attributes:
        state: Of the stream from now on.
        reason: Of the gap.
        slow: Whether to be careful with the next attempt.
    """

    state: StreamState
    reason: GapReason
    slow: bool


def failure_of(error: Exception) -> Failure:
    """What an error of a source means; anything unforeseen counts as unreachable."""
    kinds: tuple[tuple[type[Exception], Failure], ...] = (
        (SourceRefused, Failure(StreamState.REFUSED, GapReason.REFUSED, slow=True)),
        (SourceUnsupported, Failure(StreamState.UNSUPPORTED, GapReason.UNSUPPORTED, slow=True)),
        (ConfigError, Failure(StreamState.UNSUPPORTED, GapReason.UNSUPPORTED, slow=True)),
        (SourceProtocol, Failure(StreamState.OFFLINE, GapReason.PROTOCOL, slow=False)),
        (SourceStalled, Failure(StreamState.OFFLINE, GapReason.STALLED, slow=False)),
        (SourceLost, Failure(StreamState.OFFLINE, GapReason.UNREACHABLE, slow=False)),
    )
    for kind, failure in kinds:
        if isinstance(error, kind):
            return failure
    return Failure(StreamState.OFFLINE, GapReason.UNREACHABLE, slow=False)


def retry_delay_s(settings: IngestSettings, *, attempt: int, slow: bool, chance: float) -> float:
    """How long to wait before the next attempt.

    It doubles from the shortest to the longest; half of it is jitter, so that a hundred cameras
    behind one switch do not come back in the same instant.

    Args:
        settings: Shortest and longest.
        attempt: Failures in a row before this one, 0 or more.
        slow: Whether the camera must be treated with care.
        chance: Random, 0 <= chance < 1.

    Returns:
        Seconds between half the shortest and the longest delay.
    """
    shortest = settings.refused_retry_min_s if slow else settings.retry_min_s
    longest = settings.refused_retry_max_s if slow else settings.retry_max_s
    full = min(shortest * 2 ** min(attempt, _MAX_DOUBLINGS), max(longest, shortest))
    return full * (0.5 + chance / 2)


def failures_before(settings: IngestSettings, *, attempt: int, stood_s: float) -> int:
    """Failures in a row before that of a connection that was live for ``stood_s`` seconds.

    One that stood long enough was good: its failure is the first.
    """
    return 0 if stood_s > 0 and stood_s >= settings.steady_s else attempt
