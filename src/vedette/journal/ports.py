"""What the rest of the house asks of the event log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vedette.model.event import Entry, Event, Head


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map; ``west`` may be greater than ``east`` across the 180th meridian.

    Attributes:
        south: Degrees, -90 to 90.
        west: Degrees, -180 to 180.
        north: Degrees, at least ``south``.
        east: Degrees, -180 to 180.
    """

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events are asked for; what is left out does not matter.

    Attributes:
        start_us: First instant of observation.
        end_us: End, excluded.
        kinds: Exact kinds, or everything beneath one with a dot at the end: ``footage.``.
        subject: Exact.
        person: Identifier of who did it.
        outcome: Exact.
        site: Identifier.
        box: Only events with a place inside.
        text: Every word of it stands in the event's text, names or data, whatever their case.
        before: Only what stands after this in the answer's order: ``Page.next``.
        limit: Most entries to give, 1 to 1000.
    """

    start_us: int | None = None
    end_us: int | None = None
    kinds: tuple[str, ...] = ()
    subject: str = ""
    person: str = ""
    outcome: str = ""
    site: str = ""
    box: Box | None = None
    text: str = ""
    before: tuple[int, int] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the latest observation first.

    Attributes:
        next: For ``EventQuery.before``; None when this was the end.
    """

    entries: tuple[Entry, ...]
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was written.

    Attributes:
        sequence: Its number.
        detail: What is wrong with it, one sentence.
    """

    sequence: int
    detail: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What verifying found.

    Attributes:
        entries: How many were compared.
        head: The end of the chain.
        fault: None when every entry is as it was written.
    """

    entries: int
    head: Head
    fault: Fault | None


class Journal(Protocol):
    """``journal.store.SqlJournal``."""

    async def append(self, organisation: str, events: Sequence[Event]) -> Head:
        """Add events to the end of the chain; durable when it returns.

        Returns:
            The end of the chain after the last of them.

        Raises:
            BadRequest: An event belongs to another organisation or is too large.
            NotFound: There is no such organisation.
        """
        ...

    async def events(self, organisation: str, query: EventQuery) -> Page:
        """Entries that fit, latest first."""
        ...

    async def chain(self, organisation: str, after: int, limit: int) -> Sequence[tuple[Entry, str]]:
        """Entries in the order of the chain with their bodies as hashed, for export and proof."""
        ...

    async def head(self, organisation: str) -> Head:
        """The end of the chain."""
        ...

    async def verify(self, organisation: str, noted: Head | None = None) -> Proof:
        """Compare every entry with the chain, and the chain with a head that was noted earlier."""
        ...
