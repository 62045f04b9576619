"""What a person may type, and what a camera may claim."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.ingest.onvif.plan import (
    USUAL_PORTS,
    clock_words,
    corrected,
    read_address,
    split_credentials,
    with_roles,
)
from vedette.model.camera import Credentials, StreamRole
from vedette.model.probe import Profile

PROFILES = st.lists(
    st.builds(
        Profile,
        name=st.text(max_size=4),
        address=st.sampled_from(["", "rtsp://h/1", "rtsp://h/2", "rtsp://h/3"]),
        codec=st.sampled_from(["", "h264", "hevc", "mjpeg", "mpeg4"]),
        width=st.integers(0, 8000),
        height=st.integers(0, 8000),
    ),
    max_size=6,
)


def test_a_bare_host_is_asked_on_the_usual_ports() -> None:
    target = read_address("192.0.2.7")
    assert target.host == "192.0.2.7"
    assert len(target.services) == len(USUAL_PORTS)
    assert target.services[0] == "http://192.0.2.7/onvif/device_service"
    assert target.services[1] == "http://192.0.2.7:8000/onvif/device_service"


def test_other_ways_to_say_the_same() -> None:
    assert read_address("cam:81").services == ("http://cam:81/onvif/device_service",)
    assert read_address("http://cam").services == ("http://cam/onvif/device_service",)
    assert read_address("2001:db8::7").services[0] == "http://[2001:db8::7]/onvif/device_service"
    assert read_address("admin:pw@cam").credentials == Credentials("admin", "pw")
    assert read_address("cam:443").services[-1] == "https://cam:443/onvif/device_service"


def test_a_stream_address_is_kept_without_its_credentials() -> None:
    target = read_address("rtsp://admin:p%40ss@192.0.2.7:8554/live?x=1")
    assert target.stream == "rtsp://192.0.2.7:8554/live?x=1"
    assert target.credentials == Credentials("admin", "p@ss")
    assert target.services[0] == "http://192.0.2.7/onvif/device_service"


def test_a_password_as_manuals_print_it() -> None:
    assert split_credentials("rtsp://admin:a/b#c@192.0.2.7/live") == (
        "rtsp://192.0.2.7/live",
        Credentials("admin", "a/b#c"),
    )
    assert split_credentials("rtsp://192.0.2.7:554/live@home")[1] is None


@pytest.mark.parametrize("address", ["", " ", "a b", "gopher://x", "rtsp://", "http://[::1", "h:x"])
def test_nonsense_is_refused_in_words(address: str) -> None:
    with pytest.raises(BadRequest):
        read_address(address)


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_escaped_credentials_always_come_back(username: str, password: str) -> None:
    address = f"rtsp://{quote(username, safe='')}:{quote(password, safe='')}@cam/live"
    assert split_credentials(address) == ("rtsp://cam/live", Credentials(username, password))


@given(st.text(max_size=60))
def test_any_text_gives_an_answer_or_a_refusal(text: str) -> None:
    try:
        target = read_address(text)
    except BadRequest:
        return
    if target.credentials is not None and len(target.credentials.password) > 12:
        assert target.credentials.password not in (target.stream or "")


def test_the_host_that_was_asked_wins() -> None:
    assert corrected("http://cam:81/a?b", "cam", 80) == ("http://cam:81/a?b", False)
    assert corrected("http://10.0.0.4:81/a?b", "cam", 8080) == ("http://cam:8080/a?b", True)
    assert corrected("rtsp://10.0.0.4:8554/a", "::1") == ("rtsp://[::1]:8554/a", True)


@given(PROFILES)
def test_at_most_one_main_and_one_sub(profiles: list[Profile]) -> None:
    made = with_roles(profiles)
    assert len(made) == len(profiles)
    mains = [one for one in made if one.role is StreamRole.MAIN]
    subs = [one for one in made if one.role is StreamRole.SUB]
    assert len(mains) <= 1
    assert len(subs) <= len(mains)
    if subs:
        assert subs[0].width * subs[0].height <= mains[0].width * mains[0].height
        assert subs[0].address != mains[0].address
    assert all(one.address and one.codec != "mpeg4" for one in mains + subs)


def test_the_large_one_is_recorded_and_the_small_h264_shown() -> None:
    made = with_roles(
        [
            Profile("third", "rtsp://h/3", "mjpeg", 640, 360),
            Profile("second", "rtsp://h/2", "h264", 704, 576),
            Profile("first", "rtsp://h/1", "hevc", 3840, 2160),
        ]
    )
    assert [one.role for one in made] == [None, StreamRole.SUB, StreamRole.MAIN]


@pytest.mark.parametrize(
    ("offset_us", "words"),
    [
        (4_000_000, None),
        (-240_000_000, "4 minutes behind"),
        (3_600_000_000, "1 hour ahead"),
        (-7_000_000, "7 seconds behind"),
        (90_000_000_000, "1 day ahead"),
    ],
)
def test_clock_words(offset_us: int, words: str | None) -> None:
    said = clock_words(offset_us)
    assert (words is None) == (said is None)
    assert words is None or words in (said or "")


@given(st.integers(-(10**18), 10**18))
def test_any_clock_can_be_put_into_words(offset_us: int) -> None:
    assert (clock_words(offset_us) is None) == (abs(offset_us) <= 5_000_000)
    assert "http" not in urlsplit(clock_words(offset_us) or "").path
