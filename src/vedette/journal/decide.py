"""How an event is written, hashed and compared. Pure.

A chain, not a tree: it is read from one end to the other when it is proven, and appended to one by
one. ``sha256(entry) = SHA-256(MARK || sha256(entry before) || body)``, where the body is the text
in the database; what the columns beside it say is only for finding and must agree with it.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vedette.base.errors import BadRequest
from vedette.journal.ports import Fault
from vedette.model.event import (
    LONGEST_DATA,
    LONGEST_KIND,
    LONGEST_TEXT,
    Event,
    Head,
)

MARK = b"vedette event 1\n"
"""Ahead of what is hashed, so that no other hash of ours can stand for one of these."""
START = Head(0, bytes(32))
"""The head of an empty chain."""

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def body_of(event: Event) -> str:
    """An event as it is stored and hashed: JSON with the fields in the order of the class."""
    return _EVENT.dump_json(event).decode()


def event_of(body: str) -> Event:
    """An event from its body.

    Raises:
        ValueError: It is none.
    """
    try:
        return _EVENT.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(str(first["msg"])) from None


def link(before: bytes, body: str) -> bytes:
    """The hash of an entry.

    Args:
        before: Hash of the entry before, 32 bytes.
        body: As stored.
    """
    return hashlib.sha256(MARK + before + body.encode("utf-8", "surrogatepass")).digest()


def check(organisation: str, event: Event) -> None:
    """Refuse what must not stand in a log that is never changed again.

    Raises:
        BadRequest: With the field and the limit.
    """
    if event.organisation != organisation:
        raise BadRequest(
            "the event does not belong to the organisation in whose log it shall stand"
        )
    parts = event.kind.split(".")
    if (
        len(event.kind) > LONGEST_KIND
        or len(parts) < 2
        or not all(part.isascii() and part.replace("_", "a").isalnum() for part in parts)
    ):
        raise BadRequest(f"the kind {event.kind[:80]!r} is not dotted words such as camera.changed")
    if len(event.text) > LONGEST_TEXT:
        raise BadRequest(f"an event's text has at most {LONGEST_TEXT} characters")
    if sum(len(name) + len(str(value)) for name, value in event.data.items()) > LONGEST_DATA:
        raise BadRequest(f"an event's data have at most {LONGEST_DATA} characters together")


def fold(words: Iterable[str]) -> str:
    """Text as it is searched: without case, and without what a database cannot hold."""
    kept = " ".join(words).casefold().replace("\0", " ")
    return kept.encode("utf-8", "replace").decode()


def words_of(event: Event) -> str:
    """Everything of an event that a person may search for."""
    values = [str(value) for value in event.data.values() if isinstance(value, str | int)]
    return fold([event.text, event.actor.name, event.actor.address, event.subject, *values])


def columns_of(event: Event) -> dict[str, Any]:
    """What stands beside the body so that an entry is found."""
    return {
        "id": event.id,
        "observed_us": event.observed_us,
        "received_us": event.received_us,
        "kind": event.kind,
        "subject": event.subject,
        "person": event.actor.person,
        "outcome": event.outcome.value,
        "site": event.site,
        "latitude": event.geo.latitude if event.geo else None,
        "longitude": event.geo.longitude if event.geo else None,
        "words": words_of(event),
    }


def compare(before: Head, row: dict[str, Any]) -> Fault | None:
    """Whether a row follows the chain and its columns say what its body says.

    Args:
        before: The chain up to here.
        row: ``sequence``, ``sha256``, ``body``, ``organisation`` and the columns.
    """
    sequence = row["sequence"]
    if sequence != before.sequence + 1:
        missing = before.sequence + 1
        return Fault(missing, f"entry {missing} is missing; the next one is {sequence}")
    if link(before.sha256, row["body"]) != row["sha256"]:
        return Fault(sequence, f"entry {sequence} was altered, or the hash of the one before it")
    try:
        event = event_of(row["body"])
    except ValueError as error:
        return Fault(sequence, f"entry {sequence} cannot be read: {error}")
    expected = columns_of(event) | {"organisation": event.organisation}
    wrong = sorted(name for name, value in expected.items() if row[name] != value)
    if wrong:
        return Fault(sequence, f"entry {sequence}: {', '.join(wrong)} differs from what was logged")
    return None
