"""Items as bytes and back."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hub.items import CLOSED, ITEMS, OPENED, STREAM, packet
from vedette.hub import wire
from vedette.hub.wire import Envelope
from vedette.model.packet import HubItem

ENVELOPE = Envelope(b"publishr", STREAM, 7, 5, 2)


@given(ITEMS)
def test_every_item_comes_back(item: HubItem) -> None:
    assert wire.decode_item(wire.encode_item(item)) == item


@given(ITEMS, st.integers(120, 4000))
def test_parts_are_small_enough_and_join_to_the_item(item: HubItem, max_bytes: int) -> None:
    sent = list(wire.messages(ENVELOPE, item, max_bytes))
    assert all(len(one) <= max_bytes for one in sent)
    read = [wire.decode_message(one) for one in sent]
    assert [one.part for one, _ in read] == list(range(len(sent)))
    assert {one.parts for one, _ in read} == {len(sent)}
    assert wire.decode_item(b"".join(part for _, part in read)) == item


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (wire.decode_item, wire.decode_message):
        try:
            read(data)
        except ValueError:
            continue


@given(ITEMS, st.data())
def test_a_cut_message_is_refused_or_another_item(item: HubItem, data: st.DataObject) -> None:
    (message,) = wire.messages(ENVELOPE, item, 1 << 20)
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    try:
        envelope, body = wire.decode_message(cut)
        wire.decode_item(body)
    except ValueError:
        return
    assert envelope == ENVELOPE


def test_the_bytes_stay_as_they_are() -> None:
    """A change of these needs another ``wire.VERSION``: workers of two releases may meet."""
    sent = [
        b"".join(wire.messages(ENVELOPE, item, 1 << 20)) for item in (OPENED, packet(3), CLOSED)
    ]
    assert sent[1].hex() == (
        "01007075626c69736872000000010000000000000007000000000000000500000000000000020006736368"
        "6f6f6c00046761746500046d61696e02010000000000002a300000000000002a3000000000000000030000"
        "000000000003000000000000000000000003"
    )
    assert [hashlib.sha256(one).hexdigest()[:16] for one in sent] == [
        "abcdcf86a6e5b5b0",
        "7f7b38a8e400c2ff",
        "211e080946cce722",
    ]


def test_a_sign_of_life_has_no_item() -> None:
    (message,) = wire.messages(ENVELOPE, None, 1 << 20)
    envelope, body = wire.decode_message(message)
    assert (envelope.parts, body) == (0, b"")


def test_what_cannot_travel_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        list(wire.messages(ENVELOPE, packet(1, size=5000), 50))
    with pytest.raises(ValueError, match="8 bytes"):
        wire.encode_envelope(Envelope(b"x", STREAM, 1, 1, 1))
