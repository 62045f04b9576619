"""The chain shows the first entry that was touched, whatever was done to it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.journal.decide import (
    START,
    body_of,
    check,
    columns_of,
    compare,
    event_of,
    fold,
    link,
    words_of,
)
from vedette.model.event import LONGEST_TEXT, Actor, Event, Evidence, Geo, Head, Severity

TEXTS = st.text(max_size=40)
SCALARS = TEXTS | st.integers(-(1 << 60), 1 << 60) | st.booleans() | st.none()
EVENTS = st.builds(
    Event,
    id=st.uuids().map(str),
    organisation=st.just("org"),
    kind=st.sampled_from(["footage.watched", "camera.changed", "session.began"]),
    observed_us=st.integers(0, 1 << 60),
    received_us=st.integers(0, 1 << 60),
    source=st.just("api"),
    subject=TEXTS,
    actor=st.builds(Actor, person=TEXTS, name=TEXTS),
    text=TEXTS,
    data=st.dictionaries(TEXTS, SCALARS, max_size=4),
    geo=st.none() | st.builds(Geo, st.floats(-90, 90), st.floats(-180, 180)),
    severity=st.sampled_from(Severity),
    evidence=st.lists(st.builds(Evidence, uri=TEXTS), max_size=2).map(tuple),
)


def rows_of(events: list[Event]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    head = START
    for event in events:
        body = body_of(event)
        head = Head(head.sequence + 1, link(head.sha256, body))
        place = {"organisation": "org", "sequence": head.sequence}
        rows.append(place | columns_of(event) | {"body": body, "sha256": head.sha256})
    return rows


def first_fault(rows: list[dict[str, Any]]) -> int | None:
    head = START
    for row in rows:
        fault = compare(head, row)
        if fault is not None:
            return fault.sequence
        head = Head(row["sequence"], row["sha256"])
    return None


def other_than(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    return value + (b"x" if isinstance(value, bytes) else "x")


@given(EVENTS)
def test_an_event_comes_back_as_it_was_written(event: Event) -> None:
    assert event_of(body_of(event)) == event


@given(st.lists(EVENTS, min_size=1, max_size=6))
def test_an_untouched_chain_has_no_fault(events: list[Event]) -> None:
    assert first_fault(rows_of(events)) is None


@given(st.lists(EVENTS, min_size=2, max_size=6), st.data())
def test_any_change_of_a_row_is_found_where_it_is(events: list[Event], data: st.DataObject) -> None:
    rows = rows_of(events)
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(
        st.sampled_from(["body", "sha256", "kind", "observed_us", "person", "words", "outcome"])
    )
    rows[at][column] = other_than(rows[at][column])
    assert first_fault(rows) == at + 1


@given(st.lists(EVENTS, min_size=3, max_size=6, unique_by=body_of), st.data())
def test_a_row_that_is_gone_or_moved_is_found(events: list[Event], data: st.DataObject) -> None:
    rows = rows_of(events)
    at = data.draw(st.integers(0, len(rows) - 2))
    assert first_fault(rows[:at] + rows[at + 1 :]) == at + 1
    # Somebody who renumbers what is left does not get through either.
    moved = [row | {"sequence": number} for number, row in enumerate(rows[:at] + rows[at + 1 :], 1)]
    assert first_fault(moved) == at + 1


def test_a_rewritten_tail_is_shown_by_a_head_that_was_noted() -> None:
    events = [
        Event("1", "org", "camera.changed", at, at, "api", text=f"change {at}") for at in range(3)
    ]
    honest = rows_of(events)
    forged = rows_of([events[0], replace(events[1], text="nothing"), events[2]])
    assert first_fault(forged) is None, "the chain alone cannot know"
    noted = Head(3, honest[2]["sha256"])
    assert Head.parse(str(noted)) == noted
    assert forged[2]["sha256"] != noted.sha256


@pytest.mark.parametrize("text", ["", "1", "1:zz", "-1:" + "0" * 64, "1:" + "0" * 62, "x:y"])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="head"):
        Head.parse(text)


def test_words_are_found_whatever_their_case() -> None:
    event = Event("1", "org", "a.b", 0, 0, "api", text="Straße\0", data={"camera": "Main GATE"})
    assert "strasse" in words_of(event)
    assert "main gate" in words_of(event)
    assert fold(["\ud800"]).isascii()


@pytest.mark.parametrize(
    "event",
    [
        Event("1", "other", "a.b", 0, 0, "api"),
        Event("1", "org", "nodots", 0, 0, "api"),
        Event("1", "org", "a..b", 0, 0, "api"),
        Event("1", "org", "a.b c", 0, 0, "api"),
        Event("1", "org", "a.b", 0, 0, "api", text="x" * (LONGEST_TEXT + 1)),
        Event("1", "org", "a.b", 0, 0, "api", data={"x": "y" * 20_000}),
    ],
)
def test_what_does_not_belong_into_the_log_is_refused(event: Event) -> None:
    with pytest.raises(BadRequest):
        check("org", event)
