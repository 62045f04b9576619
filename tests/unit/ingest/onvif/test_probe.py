"""Asking a simulated device, a willing one and hostile ones."""

import asyncio
import time

import pytest

from vedette.base.clock import SystemClock
from vedette.base.errors import SourceLost
from vedette.ingest.onvif import probe
from vedette.ingest.onvif.device import OnvifDevice
from vedette.ingest.onvif.library import load
from vedette.model.camera import Credentials, StreamRole
from vedette.model.probe import ProbeResult
from vedette.testing.camera import ServerSettings, SimulatedCamera
from vedette.testing.media import ClipSpec, make_clip
from vedette.testing.onvif_device import (
    DeviceProfile,
    DeviceScript,
    SimulatedOnvifDevice,
    Trouble,
)

RIGHT = Credentials("admin", "s3cret&<word>")
# Nothing listens on port 1, so that the check of the main stream fails at once.
STREAMS = (
    DeviceProfile("main", "rtsp://admin:s3cret@127.0.0.1:1/main", "H265", 3840, 2160, 20),
    DeviceProfile("sub", "rtsp://127.0.0.1:1/sub", "H264", 640, 360, 10),
)


def script(**changes: object) -> DeviceScript:
    made = DeviceScript(profiles=STREAMS)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def ask(
    made: DeviceScript, credentials: Credentials | None = RIGHT, timeout_s: float = 20
) -> ProbeResult:
    async def story() -> ProbeResult:
        async with SimulatedOnvifDevice(
            made, username=RIGHT.username, password=RIGHT.password
        ) as device:
            return await probe(f"127.0.0.1:{device.port}", credentials, timeout_s=timeout_s)

    return asyncio.run(story())


def test_a_camera_tells_everything_to_the_right_password() -> None:
    result = ask(script())
    assert (result.make, result.model, result.firmware, result.serial) == (
        "Vedette",
        "Simulated camera",
        "1.0",
        "000001",
    )
    assert result.clock_offset_us is not None
    assert abs(result.clock_offset_us) < 1_500_000
    assert result.snapshot is not None
    assert result.snapshot.startswith(b"\xff\xd8")
    main, sub = result.profiles
    assert (main.role, main.codec, main.width, main.height) == (
        StreamRole.MAIN,
        "hevc",
        3840,
        2160,
    )
    assert (sub.role, sub.codec, sub.frame_rate) == (StreamRole.SUB, "h264", 10)
    assert main.address == "rtsp://127.0.0.1:1/main"
    assert any("the main stream" in warning for warning in result.warnings)
    assert "s3cret" not in repr(result)


def test_an_older_camera_without_media2_answers_too() -> None:
    result = ask(script(media2=False))
    assert [one.name for one in result.profiles] == ["sub"]
    assert result.profiles[0].role is StreamRole.MAIN
    assert any("no second" in warning for warning in result.warnings)
    assert result.snapshot is not None


def test_a_wrong_password_is_said_in_words() -> None:
    result = ask(script(), Credentials("admin", "wrong"))
    assert any("the password was refused" in warning for warning in result.warnings)
    assert result.profiles == ()
    assert result.clock_offset_us is not None


def test_no_password_is_said_in_words() -> None:
    result = ask(script(), None)
    assert result.warnings == ("the camera asks for a user name and a password",)


def test_a_wrong_clock_is_told_and_does_not_spoil_the_password() -> None:
    result = ask(script(clock_offset_us=-240_000_000))
    assert result.make == "Vedette"
    assert any("4 minutes behind" in warning for warning in result.warnings)


def test_a_camera_that_hides_even_its_clock() -> None:
    result = ask(script(clock_needs_password=True))
    assert result.make == "Vedette"
    assert result.clock_offset_us is not None


def test_a_camera_that_wants_http_digest() -> None:
    result = ask(script(http_digest=True))
    assert result.make == "Vedette"
    assert len(result.profiles) == 2
    refused = ask(script(http_digest=True), Credentials("admin", "wrong"))
    assert refused.profiles == ()
    assert any("refused" in warning for warning in refused.warnings)


def test_a_camera_from_before_get_services() -> None:
    result = ask(script(get_services=False))
    assert [one.name for one in result.profiles] == ["sub"]


def test_addresses_behind_nat_are_corrected() -> None:
    streams = (DeviceProfile("main", "rtsp://10.0.0.4:1/main"),)
    result = ask(script(reported_host="10.0.0.4", profiles=streams))
    assert result.profiles[0].address == "rtsp://127.0.0.1:1/main"
    assert any("10.0.0.4" in warning for warning in result.warnings)
    assert result.snapshot is not None


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble.HUGE, "longer than"),
        (Trouble.GARBAGE, "not ONVIF"),
        (Trouble.BOMB, "not ONVIF"),
        (Trouble.EMPTY, "not ONVIF"),
        (Trouble.FAULT, "refused a question"),
        (Trouble.REDIRECT, "not ONVIF"),
        (Trouble.SILENT, "in time"),
        (Trouble.SLOW, "in time"),
    ],
)
def test_hostile_answers_end_soon_in_a_clear_sentence(trouble: Trouble, words: str) -> None:
    asyncio.run(load())
    timeout_s = 2 if words == "in time" else 15  # a busy machine takes its time with the WSDL
    begun = time.monotonic()
    with pytest.raises(SourceLost, match=words):
        ask(script(trouble=trouble), timeout_s=timeout_s)
    assert time.monotonic() - begun < timeout_s + 8


@pytest.mark.parametrize("trouble", list(Trouble))
def test_trouble_after_the_first_answer_is_one_of_our_errors(trouble: Trouble) -> None:
    async def story() -> None:
        made = script()
        async with (
            SimulatedOnvifDevice(
                made, username=RIGHT.username, password=RIGHT.password
            ) as simulated,
            OnvifDevice(
                await load(), simulated.address, RIGHT, clock=SystemClock(), timeout_s=2.5
            ) as device,
        ):
            await device.read_clock()
            await device.find_services()
            made.trouble = trouble
            if trouble is Trouble.NONE:
                assert len(await device.profiles()) == 2
            else:
                with pytest.raises(SourceLost) as caught:
                    await device.profiles()
                assert RIGHT.password not in str(caught.value)

    asyncio.run(story())


def test_nobody_there() -> None:
    with pytest.raises(SourceLost, match="could not be reached"):
        asyncio.run(probe("127.0.0.1:1", None, timeout_s=3))


GUARD = Credentials("guard", "open sesame 7")


def test_onvif_and_rtsp_together_as_a_person_would_add_a_camera() -> None:
    async def story() -> ProbeResult:
        clip = make_clip(ClipSpec(frames=30))
        settings = ServerSettings(credentials=GUARD)
        async with SimulatedCamera(clip, settings=settings) as camera:
            # The camera believes that it lives behind NAT.
            inner = camera.url.replace("127.0.0.1", "10.0.0.4")
            made = script(profiles=(DeviceProfile("main", inner, width=320, height=180),))
            async with SimulatedOnvifDevice(
                made, username=GUARD.username, password=GUARD.password
            ) as device:
                return await probe(f"127.0.0.1:{device.port}", GUARD, timeout_s=20)

    result = asyncio.run(story())
    assert [one.role for one in result.profiles] == [StreamRole.MAIN]
    assert not any("the main stream" in warning for warning in result.warnings)


@pytest.mark.parametrize("credentials", [GUARD, None])
def test_a_stream_address_is_described(credentials: Credentials | None) -> None:
    async def story() -> ProbeResult:
        settings = ServerSettings(credentials=GUARD)
        async with SimulatedCamera(make_clip(ClipSpec(frames=30)), settings=settings) as camera:
            return await probe(camera.url, credentials, timeout_s=10)

    result = asyncio.run(story())
    (main,) = result.profiles
    assert main.role is StreamRole.MAIN
    if credentials is None:
        assert result.warnings == ("the camera asks for a user name and a password",)
    else:
        assert (main.codec, main.width, main.height) == ("h264", 320, 180)
        assert result.warnings == ()


def test_credentials_in_the_address_are_used_and_taken_out() -> None:
    async def story() -> ProbeResult:
        settings = ServerSettings(credentials=GUARD)
        async with SimulatedCamera(make_clip(ClipSpec(frames=30)), settings=settings) as camera:
            address = camera.url.replace("://", "://guard:open%20sesame%207@")
            return await probe(address, None, timeout_s=10)

    result = asyncio.run(story())
    assert result.profiles[0].codec == "h264"
    assert "sesame" not in repr(result)
