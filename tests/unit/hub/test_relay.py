"""What the far side makes of a lossy way."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.hub.items import CLOSED, OPENED, STREAM, packet
from vedette.hub import wire
from vedette.hub.relay import LEASE_NS, Inlet, Outlet
from vedette.model.packet import GapReason, HubItem, Packet, StreamClosed, StreamOpened, TrackKind

NAME, OTHER = b"publish1", b"publish2"


def sent(
    outlet: Outlet, item: HubItem, name: bytes = NAME, max_bytes: int = 1 << 20
) -> list[bytes]:
    outlet.count(item)
    return list(wire.messages(outlet.envelope(name, STREAM), item, max_bytes))


def heard(inlet: Inlet, messages: list[bytes], now_ns: int = 0) -> list[HubItem]:
    items: list[HubItem] = []
    for message in messages:
        items += inlet.accept(*wire.decode_message(message), now_ns, 0)
    return items


def test_everything_arrives_once_and_in_order() -> None:
    outlet, inlet = Outlet(), Inlet()
    items = [OPENED, packet(1, key=True), packet(2), packet(3, track=TrackKind.AUDIO), CLOSED]
    messages = [sent(outlet, item) for item in items]
    assert [heard(inlet, one + one) for one in messages] == [[item] for item in items]


def test_lost_video_is_counted_at_the_next_video() -> None:
    outlet, inlet = Outlet(), Inlet()
    heard(inlet, sent(outlet, OPENED) + sent(outlet, packet(1, key=True)))
    sent(outlet, packet(2))
    sent(outlet, packet(3, track=TrackKind.AUDIO))
    sent(outlet, packet(4))
    (sound,) = heard(inlet, sent(outlet, packet(5, track=TrackKind.AUDIO)))
    (picture,) = heard(inlet, sent(outlet, packet(6)))
    assert isinstance(sound, Packet)
    assert isinstance(picture, Packet)
    assert (sound.lost_frames, picture.lost_frames) == (0, 2)
    assert inlet.missed == 2


def test_a_late_comer_begins_at_the_key_frame_without_loss() -> None:
    outlet, inlet = Outlet(), Inlet()
    for number in range(100):
        sent(outlet, OPENED if number == 0 else packet(number, key=number % 50 == 1))
    remembered: list[HubItem] = [OPENED, *(packet(n, key=n == 51) for n in range(51, 100))]
    found: list[HubItem] = []
    for envelope, item in outlet.catch_up(NAME, STREAM, remembered):
        assert envelope.catch_up
        found += heard(inlet, list(wire.messages(envelope, item, 1 << 20)))
    found += heard(inlet, sent(outlet, packet(100)))
    assert found == [*remembered, packet(100)]
    assert not inlet.needs_start


def test_a_lost_opening_is_asked_for_again() -> None:
    outlet, inlet = Outlet(), Inlet()
    heard(inlet, sent(outlet, OPENED) + sent(outlet, packet(1, key=True)))
    second = replace(OPENED, run="run-2")
    sent(outlet, CLOSED)
    sent(outlet, second)
    assert heard(inlet, sent(outlet, packet(1, key=True))) == []
    assert inlet.needs_start
    again = outlet.catch_up(NAME, STREAM, [second, packet(1, key=True)])
    found: list[HubItem] = []
    for envelope, item in again:
        found += heard(inlet, list(wire.messages(envelope, item, 1 << 20)))
    assert found == [second, packet(1, key=True)]


def test_a_lost_end_is_told_by_the_next_sign_of_life() -> None:
    outlet, inlet = Outlet(), Inlet()
    heard(inlet, sent(outlet, OPENED))
    sent(outlet, CLOSED)
    alive = list(wire.messages(outlet.envelope(NAME, STREAM), None, 1 << 20))
    (closed,) = heard(inlet, alive)
    assert isinstance(closed, StreamClosed)
    assert heard(inlet, alive) == []


def test_a_new_publisher_ends_the_run_of_the_old_one() -> None:
    inlet = Inlet()
    heard(inlet, sent(Outlet(), OPENED))
    successor = Outlet()
    closed, opened = heard(inlet, sent(successor, OPENED, OTHER))
    assert isinstance(closed, StreamClosed)
    assert closed.reason is GapReason.CRASHED
    assert isinstance(opened, StreamOpened)
    assert heard(inlet, sent(successor, packet(1, key=True), OTHER)) == [packet(1, key=True)]


def test_silence_ends_the_run() -> None:
    inlet = Inlet()
    heard(inlet, sent(Outlet(), OPENED), now_ns=5)
    assert inlet.silent(LEASE_NS, 0) is None
    closed = inlet.silent(LEASE_NS + 5, 0)
    assert closed is not None
    assert closed.reason is GapReason.CRASHED
    assert inlet.needs_start
    assert inlet.silent(10 * LEASE_NS, 0) is None


def test_leases_run_out() -> None:
    outlet = Outlet()
    assert outlet.lease("a", 0)
    assert not outlet.lease("a", 10)
    assert outlet.nodes(LEASE_NS) == ["a"]
    assert outlet.nodes(LEASE_NS + 11) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(4, 900)), max_size=60), st.data())
def test_whatever_is_lost_is_counted(script: list[tuple[bool, int]], data: st.DataObject) -> None:
    """Video that arrived, plus video reported lost, is all that was sent up to the last arrival."""
    outlet, inlet = Outlet(), Inlet()
    heard(inlet, sent(outlet, OPENED, max_bytes=200))
    arrived: list[Packet] = []
    sent_video = sent_until_last = 0
    for number, (video, size) in enumerate(script):
        track = TrackKind.VIDEO if video else TrackKind.AUDIO
        sent_video += video
        parts = sent(outlet, packet(number, track=track, size=size), max_bytes=200)
        kept = [one for one in parts if data.draw(st.booleans())]
        found = [one for one in heard(inlet, kept) if isinstance(one, Packet)]
        assert not found or found[0].payload == packet(number, size=size).payload
        arrived += found
        if found and video:
            sent_until_last = sent_video
    pictures = [one for one in arrived if one.track is TrackKind.VIDEO]
    assert len(pictures) + sum(one.lost_frames for one in pictures) == sent_until_last
