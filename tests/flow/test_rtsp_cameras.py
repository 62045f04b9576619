"""The RTSP driver against cameras with every oddity and fault that the simulated one has."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vedette.base.errors import (
    SourceLost,
    SourceProtocol,
    SourceRefused,
    SourceStalled,
    SourceUnsupported,
)
from vedette.ingest.ports import SOURCES, MediaSource, SenderReport, SourceFrame, SourceRequest
from vedette.media import nal
from vedette.model.camera import Credentials, StreamSource, Transport
from vedette.model.packet import Codec, StreamFormat, TrackKind
from vedette.testing.camera import (
    AuthScheme,
    ParameterSets,
    Refusal,
    SdpFault,
    ServerSettings,
    SimulatedCamera,
)
from vedette.testing.media import ClipSpec, make_clip

GUARD = Credentials("guard", "open sesame 7")
CLIP = ClipSpec(key_interval=10, frames=30)


@dataclass
class Collector:
    """See MediaReceiver; finishes ``enough`` after so many video frames."""

    wanted: int
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    formats: list[StreamFormat] = field(default_factory=list[StreamFormat])
    video: list[SourceFrame] = field(default_factory=list[SourceFrame])
    audio: list[SourceFrame] = field(default_factory=list[SourceFrame])
    reports: list[SenderReport] = field(default_factory=list[SenderReport])

    def opened(self, stream_format: StreamFormat) -> None:
        self.formats.append(stream_format)

    def frame(self, frame: SourceFrame) -> None:
        (self.video if frame.track is TrackKind.VIDEO else self.audio).append(frame)
        if len(self.video) >= self.wanted:
            self.enough.set()

    def sender_report(self, report: SenderReport) -> None:
        self.reports.append(report)


def source_for(address: str, **changes: object) -> MediaSource:
    transport = changes.pop("transport", Transport.TCP)
    assert isinstance(transport, Transport)
    plain = SourceRequest(
        name="Gate",
        source=StreamSource(address, transport=transport),
        connect_timeout_s=3.0,
        stall_timeout_s=2.0,
    )
    request = replace(plain, **changes)  # pyright: ignore[reportArgumentType]
    return SOURCES.load("rtsp")(request)


async def collect(source: MediaSource, frames: int) -> Collector:
    collector = Collector(frames)
    playing = asyncio.ensure_future(source.play(collector))
    waiting = asyncio.ensure_future(collector.enough.wait())
    await asyncio.wait({playing, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if playing.done():
        playing.result()
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing
    assert collector.enough.is_set(), "too few frames came"
    return collector


def tell(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 30))


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_pictures_come_whole_over_either_transport(transport: Transport, codec: Codec) -> None:
    async def story() -> None:
        clip = make_clip(replace(CLIP, codec=codec, audio=Codec.AAC))
        async with SimulatedCamera(clip) as camera:
            got = await collect(source_for(camera.url, transport=transport), 20)
            assert camera.clients[0].transport == transport
        sent = [frame.units for frame in clip.frames] * 3
        pictures = [tuple(nal.split_lengths(frame.payload)) for frame in got.video]
        start = sent.index(pictures[0])
        assert pictures == sent[start : start + len(pictures)]
        assert got.audio
        assert {report.track for report in got.reports} == set(TrackKind)

    tell(story)


def test_reordered_and_repeated_datagrams_cost_nothing() -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.reorder_every = 5
            camera.faults.duplicate_every = 7
            source = source_for(camera.url, transport=Transport.UDP)
            got = await collect(source, 20)
        assert source.counters.lost_packets == 0
        assert not any(frame.damaged_frames for frame in got.video)

    tell(story)


@pytest.mark.parametrize("transport", list(Transport))
def test_every_lost_packet_is_counted(transport: Transport) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(replace(CLIP, bit_rate=2_000_000))) as camera:
            # Rarer than the packets of a key frame, so that the first picture comes through whole;
            # what is lost ahead of the first picture is counted, but no frame can carry it.
            camera.faults.lose_every = 97
            source = source_for(camera.url, transport=transport)
            got = await collect(source, 40)
            account = camera.clients[0]
        counters = source.counters
        assert counters.lost_packets >= 3
        assert abs(counters.lost_packets - account.lost_packets) <= 1
        assert abs(counters.damaged_frames - len(account.damaged_frames)) <= 2
        told = sum(frame.lost_packets for frame in got.video)
        assert abs(told - counters.lost_packets) <= 1

    tell(story)


@pytest.mark.parametrize(
    ("wanted", "allowed"), [(Transport.UDP, "tcp"), (Transport.TCP, "udp")], ids=str
)
def test_camera_that_does_only_one_transport_is_played_over_it(
    wanted: Transport, allowed: str
) -> None:
    async def story() -> None:
        settings = ServerSettings(udp=allowed == "udp", tcp=allowed == "tcp")
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            await collect(source_for(camera.url, transport=wanted), 3)
            assert camera.clients[-1].transport == allowed

    tell(story)


@pytest.mark.parametrize("qop", [False, True])
@pytest.mark.parametrize("scheme", list(AuthScheme))
def test_every_kind_of_sign_in_works_and_survives_stale_nonces(
    scheme: AuthScheme, qop: bool
) -> None:
    async def story() -> None:
        settings = ServerSettings(credentials=GUARD, auth=scheme, qop=qop, stale_after=2)
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            await collect(source_for(camera.url, credentials=GUARD), 2)
            wrong = source_for(camera.url, credentials=Credentials("guard", "wrong"))
            with pytest.raises(SourceRefused, match="refused the user name or password"):
                await wrong.play(Collector(1))

    tell(story)


@pytest.mark.parametrize(
    "oddity",
    [
        SdpFault.BARE_LF,
        SdpFault.NO_CONTROL,
        SdpFault.ABSOLUTE_CONTROL,
        SdpFault.NO_SESSION_CONTROL,
        SdpFault.SPACED_FMTP,
        SdpFault.METADATA_TRACK,
        SdpFault.LATIN_1,
        SdpFault.BAD_BASE64,
    ],
)
def test_odd_descriptions_are_understood(oddity: SdpFault) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.sdp = oddity
            await collect(source_for(camera.url), 3)

    tell(story)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (SdpFault.NO_VIDEO, SourceUnsupported),
        (SdpFault.UNKNOWN_CODEC, SourceUnsupported),
        (SdpFault.GARBAGE, SourceProtocol),
        (SdpFault.EMPTY, SourceProtocol),
        (SdpFault.BOMB, SourceProtocol),
        (SdpFault.LONG_LINE, SourceProtocol),
    ],
)
def test_broken_descriptions_are_refused_clearly(fault: SdpFault, error: type[SourceLost]) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(replace(CLIP, audio=Codec.AAC))) as camera:
            camera.faults.sdp = fault
            with pytest.raises(error, match=r"^Gate: "):
                await source_for(camera.url).play(Collector(1))

    tell(story)


@pytest.mark.parametrize("place", [ParameterSets.SDP, ParameterSets.IN_BAND])
@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_parameter_sets_may_be_in_one_place_only(place: ParameterSets, codec: Codec) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(replace(CLIP, codec=codec))) as camera:
            camera.faults.parameter_sets = place
            got = await collect(source_for(camera.url), 3)
            described = await source_for(camera.url).describe()
        assert got.formats == [described]
        assert got.formats[0].video.width == 320

    tell(story)


def test_changed_resolution_opens_again_at_its_key_frame() -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            collector = Collector(8)
            playing = asyncio.ensure_future(source_for(camera.url).play(collector))
            await collector.enough.wait()
            camera.switch(make_clip(replace(CLIP, width=640, height=360)))
            collector.enough.clear()
            collector.wanted = len(collector.video) + 15
            await collector.enough.wait()
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing
        assert [one.video.width for one in collector.formats] == [320, 640]

    tell(story)


@pytest.mark.parametrize(
    ("refusal", "error", "said"),
    [
        (Refusal.SILENT, SourceLost, "did not answer"),
        (Refusal.HANG_UP, SourceLost, "closed the connection"),
        (Refusal.BUSY, SourceLost, "too many connections"),
        (Refusal.NOT_FOUND, SourceLost, "no stream of this path"),
        (Refusal.ERROR, SourceLost, "500"),
        (Refusal.GARBAGE, SourceLost, "Gate"),
        (Refusal.ENDLESS_HEADER, SourceProtocol, "header"),
        (Refusal.ABSURD_LENGTH, SourceProtocol, "body of more than"),
    ],
)
def test_refusals_are_named(refusal: Refusal, error: type[SourceLost], said: str) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.refuse = refusal
            with pytest.raises(error, match=said):
                await source_for(camera.url).play(Collector(1))

    tell(story)


def test_redirect_is_followed_without_giving_the_password_away() -> None:
    async def story() -> None:
        asking = ServerSettings(credentials=GUARD)
        async with (
            SimulatedCamera(make_clip(CLIP), settings=asking) as target,
            SimulatedCamera(make_clip(CLIP)) as first,
        ):
            first.faults.redirect_to = target.url
            await collect(source_for(first.url, credentials=GUARD), 2)
            first.faults.redirect_to = target.url.replace("127.0.0.1", "localhost")
            with pytest.raises(SourceRefused, match="redirected to localhost"):
                await source_for(first.url, credentials=GUARD).play(Collector(1))
            first.faults.redirect_to = first.url
            with pytest.raises(SourceProtocol, match="redirects more than"):
                await source_for(first.url).play(Collector(1))

    tell(story)


def test_camera_is_kept_alive_and_told_what_arrived() -> None:
    async def story() -> None:
        settings = ServerSettings(session_timeout_s=5.0)
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            await collect(source_for(camera.url), 25 * 7)
            assert camera.clients[0].keep_alives >= 2
            assert camera.clients[0].receiver_reports >= 1

    tell(story)


def test_flood_is_cut_off_with_a_clear_error() -> None:
    async def story() -> None:
        clip = make_clip(replace(CLIP, bit_rate=2_000_000))
        async with SimulatedCamera(clip) as camera:
            camera.faults.bitrate_factor = 50
            source = source_for(camera.url, max_bits_per_s=8_000_000)
            with pytest.raises(SourceProtocol, match="more than 8 Mbit/s"):
                await source.play(Collector(100_000))

    tell(story)


def test_too_many_frames_are_cut_off() -> None:
    async def story() -> None:
        settings = ServerSettings(speed=float("inf"))
        async with SimulatedCamera(make_clip(CLIP), settings=settings) as camera:
            source = source_for(camera.url, max_frames_per_s=60)
            with pytest.raises(SourceProtocol, match="60 frames per second"):
                await source.play(Collector(100_000))

    tell(story)


def test_silence_is_told_from_a_broken_line() -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            camera.faults.stall_after_frames = 5
            with pytest.raises(SourceStalled, match="nothing for 2 s"):
                await source_for(camera.url).play(Collector(1000))
            camera.faults.clear()
            camera.faults.disconnect_after_frames = 5
            with pytest.raises(SourceLost, match="closed the connection"):
                await source_for(camera.url).play(Collector(1000))

    tell(story)


def test_bytes_that_drip_in_one_by_one_are_put_together() -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(replace(CLIP, width=64, height=48))) as camera:
            camera.faults.one_byte_writes = True
            await collect(source_for(camera.url), 5)

    tell(story)


def _certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "camera.pem"
    path.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_rtsps_checks_the_certificate_unless_told_not_to(tmp_path: Path) -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP), tls=_certificate(tmp_path)) as camera:
            with pytest.raises(SourceLost, match=r"certificate .* verify_tls"):
                await source_for(camera.url).describe()
            await collect(source_for(camera.url, verify_tls=False), 5)
            plain = camera.url.replace("rtsps", "rtsp")
            with pytest.raises(SourceLost):
                await source_for(plain, connect_timeout_s=1.0).describe()

    tell(story)


def test_tls_to_a_plain_camera_is_explained() -> None:
    async def story() -> None:
        async with SimulatedCamera(make_clip(CLIP)) as camera:
            address = camera.url.replace("rtsp", "rtsps")
            with pytest.raises(SourceLost, match="Gate"):
                await source_for(address, connect_timeout_s=1.0).describe()

    tell(story)
