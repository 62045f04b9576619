"""An event: one thing that a person may later ask about, as the one event log keeps it."""

from dataclasses import dataclass, field
from enum import StrEnum

from vedette.base.errors import BadRequest

Scalar = str | int | float | bool | None
"""What an event's data may hold; nothing deeper, so that every value can be searched and shown."""

LONGEST_KIND = 64
LONGEST_TEXT = 4000
"""Characters of an event's text."""
LONGEST_DATA = 16_000
"""Characters of all of an event's data together."""


class Severity(StrEnum):
    """How bad it is (CAP 1.2, alert.info.severity)."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How sure it is (CAP 1.2, alert.info.certainty)."""

    OBSERVED = "observed"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    UNKNOWN = "unknown"


class Urgency(StrEnum):
    """How soon somebody must act (CAP 1.2, alert.info.urgency)."""

    IMMEDIATE = "immediate"
    EXPECTED = "expected"
    FUTURE = "future"
    PAST = "past"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of an action."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Visibility(StrEnum):
    """Who in the organisation may see an event."""

    AUDITORS = "auditors"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Geo:
    """A place on the Earth, WGS 84.

    Attributes:
        latitude: Degrees north, -90 to 90.
        longitude: Degrees east, -180 to 180.
        uncertainty_m: Radius within which it is, metres; None when nobody knows.
    """

    latitude: float
    longitude: float
    uncertainty_m: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that an event rests on.

    Attributes:
        uri: Where it lies, such as ``vedette:camera/ID/main``.
        sha256: Of its bytes, 64 hex digits, or empty when they are not one file.
        start_us: First instant that it shows, or None.
        end_us: End of what it shows, excluded, or None.
    """

    uri: str
    sha256: str = ""
    start_us: int | None = None
    end_us: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as known at that moment; names change later, the log does not.

    Attributes:
        person: Identifier, ``share/ID`` for whoever looks through a share, or empty when nobody was
            known.
        name: As the person was called then.
        how: ``session``, ``token``, ``share``, ``command line`` or ``vedette``.
        credential: Identifier of the session or token.
        address: Network address, or empty.
    """

    person: str = ""
    name: str = ""
    how: str = "vedette"
    credential: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the event log.

    Attributes:
        id: UUIDv7.
        organisation: Whose log it is in.
        kind: Dotted, the thing first: ``footage.watched``, ``camera.changed``.
        observed_us: When it happened.
        received_us: When Vedette learnt of it.
        source: Which part of Vedette says so, such as ``api`` (CloudEvents ``source``).
        subject: What it is about, such as ``camera/ID`` (CloudEvents ``subject``), or empty.
        actor: Who did it.
        outcome: What became of it.
        text: One sentence for people.
        data: Details of the kind.
        site: Identifier of the site at which it happened, or empty.
        zone: Zone within the site, or empty.
        geo: Where, when that is known.
        severity: As CAP.
        certainty: As CAP.
        urgency: As CAP.
        exercise: Whether it belongs to a drill.
        correlation: Shared by the events of one story, or empty.
        causation: Identifier of the event that led to it, or empty.
        evidence: What it rests on.
        visibility: Who may see it.
    """

    id: str
    organisation: str
    kind: str
    observed_us: int
    received_us: int
    source: str
    subject: str = ""
    actor: Actor = field(default_factory=Actor)
    outcome: Outcome = Outcome.DONE
    text: str = ""
    data: dict[str, Scalar] = field(default_factory=dict[str, Scalar])
    site: str = ""
    zone: str = ""
    geo: Geo | None = None
    severity: Severity = Severity.UNKNOWN
    certainty: Certainty = Certainty.OBSERVED
    urgency: Urgency = Urgency.UNKNOWN
    exercise: bool = False
    correlation: str = ""
    causation: str = ""
    evidence: tuple[Evidence, ...] = ()
    visibility: Visibility = Visibility.ORGANISATION


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place in the chain.

    Attributes:
        sequence: 1 for the organisation's first, without a hole.
        sha256: Chains it to the one before, 32 bytes (``journal.decide.link``).
    """

    sequence: int
    event: Event
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of an organisation's chain; noted, it proves later that nothing before it changed.

    Attributes:
        sequence: Of the last entry; 0 when there is none.
        sha256: Of the last entry; 32 zero bytes when there is none.
    """

    sequence: int
    sha256: bytes

    def __str__(self) -> str:
        return f"{self.sequence}:{self.sha256.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read what ``str`` wrote.

        Raises:
            BadRequest: It is no head.
        """
        number, _, digest = text.strip().partition(":")
        try:
            head = cls(int(number), bytes.fromhex(digest))
        except ValueError:
            head = cls(-1, b"")
        if head.sequence < 0 or len(head.sha256) != 32:
            raise BadRequest(
                "a head is written NUMBER:64 HEX DIGITS, as `vedette verify` prints it"
            )
        return head
