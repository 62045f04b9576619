"""Searching: one willing device, liars, and a network that carries nothing."""

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceLost
from vedette.ingest.onvif import discover
from vedette.ingest.onvif.discovery import read_matches
from vedette.ingest.onvif.library import load
from vedette.model.probe import DiscoveredDevice
from vedette.testing.onvif_device import DeviceScript, SimulatedOnvifDevice

QUESTION = "<MessageID>urn:uuid:ours</MessageID><Probe/>"


def test_a_device_is_found_once_with_its_words() -> None:
    async def story() -> tuple[tuple[DiscoveredDevice, ...], str]:
        async with SimulatedOnvifDevice(DeviceScript()) as device:
            found = await discover(0.5, destination=("127.0.0.1", device.port))
            return found, device.address

    found, address = asyncio.run(story())
    assert found == (DiscoveredDevice(address, "Vedette", "Simulated camera", "Front gate"),)


def test_silence_finds_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert asyncio.run(discover(0.1, destination=mute.getsockname())) == ()


def test_no_network_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", list[tuple[int, str]])
    with pytest.raises(SourceLost, match="give a camera's address instead"):
        asyncio.run(discover(0.1))


def test_answers_to_others_questions_are_left_out() -> None:
    library = asyncio.run(load())
    answer = SimulatedOnvifDevice(DeviceScript(), port=1).answers.match(QUESTION)
    assert answer is not None
    data = answer.encode()
    assert read_matches(library, data, "127.0.0.1", frozenset({"urn:uuid:theirs"})) == []
    (device,) = read_matches(library, data, "127.0.0.1", frozenset({"urn:uuid:ours"}))
    assert device.address == "http://127.0.0.1:1/onvif/device_service"
    (device,) = read_matches(library, data, "10.9.9.9", frozenset({"urn:uuid:ours"}))
    assert device.address == "http://192.0.2.9/onvif/device_service"


@given(st.binary(max_size=200), st.integers(0, 900))
def test_any_datagram_gives_devices_or_one_of_our_errors(noise: bytes, at: int) -> None:
    library = asyncio.run(load())
    answer = (SimulatedOnvifDevice(DeviceScript(), port=1).answers.match(QUESTION) or "").encode()
    try:
        read_matches(library, answer[:at] + noise + answer[at:], "h", frozenset({"urn:uuid:ours"}))
    except SourceLost:
        return
