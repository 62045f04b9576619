"""Addresses, sign-in, session descriptions and transport headers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceLost, SourceProtocol, SourceUnsupported
from vedette.ingest.rtsp import address, auth, sdp, transport
from vedette.ingest.rtsp.auth import Authenticator, Challenge
from vedette.ingest.rtsp.track import choose
from vedette.model.camera import Credentials
from vedette.model.packet import Codec

TWO_IN_ONE = (
    'Digest realm="c", nonce="n", algorithm=MD5, '
    'Digest realm="c", nonce="m", algorithm=SHA-256, qop="auth,auth-int"'
)
MUFASA = Credentials("Mufasa", "Circle Of Life")


# addresses


@pytest.mark.parametrize(
    ("url", "host", "port", "secure", "shown"),
    [
        ("rtsp://192.0.2.7/main", "192.0.2.7", 554, False, "rtsp://192.0.2.7/main"),
        ("RTSPS://cam.example", "cam.example", 322, True, "rtsps://cam.example/"),
        ("rtsp://a:b@[2001:db8::1]:8554/x?y=1", "2001:db8::1", 8554, False,
         "rtsp://[2001:db8::1]:8554/x?y=1"),
        ("rtsp://h/a b", "h", 554, False, "rtsp://h/a%20b"),
    ],
)  # fmt: skip
def test_address_is_taken_apart_without_its_credentials(
    url: str, host: str, port: int, secure: bool, shown: str
) -> None:
    found = address.parse_address(url)
    assert (found.host, found.port, found.secure, found.url) == (host, port, secure, shown)


@pytest.mark.parametrize("url", ["", "http://x/", "rtsp://", "rtsp://h:99999/", "rtsp://h/\n"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(SourceUnsupported):
        address.parse_address(url)


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://h/s/", "trackID=1", "rtsp://h/s/trackID=1"),
        ("rtsp://h/s", "trackID=1", "rtsp://h/s/trackID=1"),
        ("rtsp://h/s/", "/trackID=1", "rtsp://h/s/trackID=1"),
        ("rtsp://h/s?a=1", "trackID=1", "rtsp://h/s?a=1/trackID=1"),
        ("rtsp://h/s/", "*", "rtsp://h/s/"),
        ("rtsp://h/s/", " ", "rtsp://h/s/"),
        ("rtsp://h/s", "RTSP://10.0.0.9/t", "rtsp://10.0.0.9/t"),
    ],
)
def test_control_is_joined_as_cameras_mean_it(base: str, control: str, url: str) -> None:
    assert address.resolve(base, control) == url


@pytest.mark.parametrize(
    ("start", "location", "trusted"),
    [
        ("rtsp://h/a", "rtsp://h/b", True),
        ("rtsp://h/a", "rtsp://H:8554/b", True),
        ("rtsp://h/a", "/b", True),
        ("rtsp://h/a", "rtsp://other/b", False),
        ("rtsps://h/a", "rtsp://h/b", False),
    ],
)
def test_credentials_go_along_only_to_the_same_host(
    start: str, location: str, trusted: bool
) -> None:
    assert address.redirected(address.parse_address(start), location)[1] is trusted


# sign-in


@pytest.mark.parametrize(
    ("offers_auth", "response"),
    [
        (True, "6629fae49393a05397450978507c4ef1"),  # the example of RFC 2617, section 3.5
        (False, "670fd8c2df070c60b045671b8b24ff02"),  # the same as RFC 2069 computes it
    ],
)
def test_digest_matches_published_examples(offers_auth: bool, response: str) -> None:
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    challenge = Challenge("MD5", "testrealm@host.com", nonce, "5ccc", auth=offers_auth)
    header = auth.digest(
        challenge, MUFASA, method="GET", target="/dir/index.html", count=1, client_nonce="0a4f113b"
    )
    assert f'response="{response}"' in header
    assert 'opaque="5ccc"' in header
    assert ("qop=auth" in header) is offers_auth


@pytest.mark.parametrize(
    ("headers", "algorithm"),
    [
        (['Basic realm="c"', 'Digest realm="c", nonce="n"'], "MD5"),
        ([TWO_IN_ONE], "SHA-256"),
        (['basic realm="a, Digest b"'], ""),
        (['Digest realm="c", nonce="n", algorithm=SHA-512', 'Basic realm="c"'], ""),
    ],
)  # fmt: skip
def test_strongest_kind_of_sign_in_is_chosen(headers: list[str], algorithm: str) -> None:
    assert auth.strongest(auth.parse_challenges(headers)).algorithm == algorithm


def test_wrong_password_is_tried_once_and_stale_nonces_again() -> None:
    session = Authenticator(MUFASA)
    assert session.header("PLAY", "rtsp://c/") == ""
    assert session.take(['Digest realm="c", nonce="1"'])
    assert not session.take(['Digest realm="c", nonce="2"'])
    assert session.take(['Digest realm="c", nonce="3", stale=TRUE'])
    session.proven = True
    assert session.take(['Digest realm="c", nonce="4"'])
    assert not session.take(['Digest realm="c", nonce="4"'])
    assert "Circle" not in repr(session)


def test_unknown_kind_of_sign_in_is_named() -> None:
    with pytest.raises(SourceUnsupported, match="Basic nor Digest"):
        Authenticator(MUFASA).take(["Bearer x"])


# session descriptions

AXIS = b"""v=0\r
o=- 1 1 IN IP4 192.0.2.1\r
s=Session streamed with GStreamer\r
a=control:rtsp://192.0.2.1/axis-media/media.amp?videocodec=h264\r
a=range:npt=now-\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1;profile-level-id=4d0029;sprop-parameter-sets=Z00AKeKQDwBE/LgLcBAQGkHiRFQ=,aO48gA==\r
a=control:rtsp://192.0.2.1/axis-media/media.amp/stream=0?videocodec=h264\r
m=audio 0 RTP/AVP 97\r
a=rtpmap:97 mpeg4-generic/16000/1\r
a=fmtp:97 streamtype=5;profile-level-id=15;mode=AAC-hbr;config=1408;SizeLength=13;IndexLength=3;IndexDeltaLength=3\r
m=application 0 RTP/AVP 98\r
a=rtpmap:98 vnd.onvif.metadata/90000\r
"""  # noqa: E501

UNTIDY = """v=0
s=Caf\xe9
m=application 0 RTP/AVP 107
a=control:meta
M=video 0 RTP/AVP 35 96
a=range:npt=0-garbage
a=RTPMAP:96   h264 / 90000
a=FMTP:96 Packetization-Mode=1 ; sprop-parameter-sets= Z00AKeKQDwBE/LgLcBAQGkHiRFQ= , aO48gA==, ;
a=control:trackID=1
m=video 0 RTP/AVP 97
a=rtpmap:97 H264/90000
m=audio 0 RTP/AVP 8
a=control:trackID=2
""".encode("latin-1")


def test_description_of_a_tidy_camera() -> None:
    choice = choose("Gate", sdp.parse_sdp(AXIS))
    assert choice.video.control.endswith("stream=0?videocodec=h264")
    assert [unit[0] & 31 for unit in sdp.parameter_sets(choice.video)] == [7, 8]
    assert choice.audio is not None
    assert choice.audio[1].sample_rate == 16_000


def test_description_of_an_untidy_camera() -> None:
    choice = choose("Gate", sdp.parse_sdp(UNTIDY))
    assert (choice.video.encoding, choice.video.payload_type) == ("h264", 96)
    assert choice.video.control == "trackID=1"
    assert [unit[0] & 31 for unit in sdp.parameter_sets(choice.video)] == [7, 8]
    assert choice.audio is not None
    assert choice.audio[1].codec is Codec.PCM_ALAW


def test_latm_is_left_out_and_the_video_stays() -> None:
    latm = AXIS.replace(b"mpeg4-generic", b"MP4A-LATM")
    assert choose("Gate", sdp.parse_sdp(latm)).audio is None


def test_codec_that_cannot_be_read_is_named() -> None:
    jpeg = b"v=0\r\nm=video 0 RTP/AVP 26\r\n"
    with pytest.raises(SourceUnsupported, match=r"offered: JPEG.*libav"):
        choose("Gate", sdp.parse_sdp(jpeg))


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff" * 50, b"a=1\n" * 3000, b"m=video 0 RTP/AVP 96\n" * 50]
)
def test_description_bomb_is_refused(body: bytes) -> None:
    with pytest.raises(SourceProtocol):
        sdp.parse_sdp(body)


LINES = st.sampled_from(
    [
        *AXIS.split(b"\r\n"),
        *UNTIDY.split(b"\n"),
        b"a=fmtp:96 ;;=;",
        b"m=video x",
        b"a=rtpmap:999999",
    ]
)


@given(st.lists(LINES | st.binary(max_size=60), max_size=30))
def test_any_description_gives_a_choice_or_a_source_error(lines: list[bytes]) -> None:
    with contextlib.suppress(SourceLost):
        choice = choose("Gate", sdp.parse_sdp(b"\r\n".join(lines)))
        sdp.parameter_sets(choice.video)


# transport


def test_channels_and_ports_are_taken_from_the_answer() -> None:
    tcp = transport.parse_agreed("RTP/AVP/TCP;unicast;interleaved=4-5", tcp=True, channel=0)
    assert tcp.interleaved == (4, 5)
    silent = transport.parse_agreed("", tcp=True, channel=2)
    assert silent.interleaved == (2, 3)
    udp = transport.parse_agreed(
        "RTP/AVP;unicast;client_port=1-2;server_port=6970-6971;source=192.0.2.9",
        tcp=False,
        channel=0,
    )
    assert (udp.server_ports, udp.source) == ((6970, 6971), "192.0.2.9")


@pytest.mark.parametrize(
    ("header", "tcp"),
    [
        ("RTP/AVP;unicast;client_port=5000-5001", True),
        ("RTP/AVP/TCP;unicast;interleaved=0-1", False),
        ("RTP/AVP/TCP;interleaved=300-301", True),
        ("RTP/AVP;multicast;destination=239.0.0.1", False),
    ],
)
def test_other_transport_than_asked_is_refused(header: str, tcp: bool) -> None:
    with pytest.raises(SourceProtocol):
        transport.parse_agreed(header, tcp=tcp, channel=0)


@given(st.text(max_size=80), st.booleans())
def test_any_transport_header_is_read_or_refused(header: str, tcp: bool) -> None:
    with contextlib.suppress(SourceProtocol):
        transport.parse_agreed(header, tcp=tcp, channel=0)


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_challenge_is_read(headers: list[str]) -> None:
    auth.parse_challenges([*headers, *(f"Digest {text}" for text in headers)])
