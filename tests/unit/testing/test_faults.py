"""Faults are the same each time, and a text says them."""

import pytest

from vedette.base.errors import BadRequest
from vedette.testing.camera.faults import Faults, PacketFaults, ParameterSets, Refusal, SdpFault
from vedette.testing.camera.sdp import describe
from vedette.testing.media import make_clip

PACKETS = [bytes([number]) for number in range(1, 21)]


def _sent(text: str, seed: str = "seed") -> list[int]:
    sent, _ = PacketFaults(Faults.parse(text), seed).apply(PACKETS)
    return [packet[0] for packet in sent]


def test_nothing_happens_without_faults() -> None:
    assert _sent("") == list(range(1, 21))


def test_every_fifth_packet_is_lost() -> None:
    assert _sent("lose_every=5") == [n for n in range(1, 21) if n % 5]


def test_chosen_packets_are_lost() -> None:
    assert _sent("lose_packets=1,3") == [2, *range(4, 21)]


def test_chance_is_the_same_for_the_same_seed() -> None:
    assert _sent("lose_ratio=0.3") == _sent("lose_ratio=0.3")
    assert _sent("lose_ratio=0.3") != _sent("lose_ratio=0.3", seed="another")
    assert 4 <= len(_sent("lose_ratio=0.3")) <= 19


def test_neighbours_change_places() -> None:
    assert _sent("reorder_every=4")[:8] == [1, 2, 3, 5, 4, 6, 7, 9]


def test_packets_come_twice() -> None:
    assert _sent("duplicate_every=10") == [*range(1, 11), 10, *range(11, 21), 20]


def test_a_text_sets_every_kind_of_fault() -> None:
    faults = Faults.parse(
        "drift_ppm=50.5&sender_reports=0&parameter_sets=sdp&refuse=busy&ntp_offset_us=-3"
    )
    assert faults.drift_ppm == pytest.approx(50.5)
    assert faults.sender_reports is False
    assert faults.parameter_sets is ParameterSets.SDP
    assert faults.refuse is Refusal.BUSY
    assert faults.ntp_offset_us == -3
    faults.clear()
    assert faults == Faults()


@pytest.mark.parametrize("text", ["lose_everything=1", "lose_every=x", "refuse=kindly"])
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        Faults.parse(text)


@pytest.mark.parametrize("fault", list(SdpFault))
def test_every_sdp_can_be_written(fault: SdpFault) -> None:
    body = describe(make_clip().format, "rtsp://127.0.0.1/main", Faults(sdp=fault))
    assert (b"sprop-parameter-sets=" in body.lower()) == (
        fault not in {SdpFault.EMPTY, SdpFault.GARBAGE, SdpFault.BOMB, SdpFault.LONG_LINE}
        and fault is not SdpFault.NO_VIDEO
    )
