"""Asking a camera about itself, by whatever address a person has for it."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from vedette.base.clock import Clock, SystemClock
from vedette.base.errors import BadRequest, SourceLost, SourceRefused, VedetteError
from vedette.ingest.onvif import library as guard
from vedette.ingest.onvif.device import OnvifDevice
from vedette.ingest.onvif.library import Library
from vedette.ingest.onvif.plan import clock_words, read_address, with_roles
from vedette.ingest.ports import SOURCES, SourceRequest
from vedette.model.camera import Credentials, StreamRole, StreamSource
from vedette.model.packet import StreamFormat
from vedette.model.probe import ProbeResult, Profile

_SYSTEM = SystemClock()
_SEARCH_SHARE = 0.4
"""Part of the time for finding the device service."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asker:
    """With what to ask."""

    library: Library
    credentials: Credentials | None
    clock: Clock
    timeout_s: float

    def device(self, address: str, timeout_s: float | None = None) -> OnvifDevice:
        return OnvifDevice(
            self.library,
            address,
            self.credentials,
            clock=self.clock,
            timeout_s=timeout_s or self.timeout_s,
        )


@dataclass(slots=True)
class _Findings:
    """What is known so far; a probe that runs out of time still tells it."""

    make: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    onvif_address: str | None = None
    clock_offset_us: int | None = None
    profiles: tuple[Profile, ...] = ()
    snapshot: bytes | None = None
    warnings: list[str] = field(default_factory=list[str])

    def result(self) -> ProbeResult:
        return ProbeResult(
            make=self.make,
            model=self.model,
            firmware=self.firmware,
            serial=self.serial,
            onvif_address=self.onvif_address,
            clock_offset_us=self.clock_offset_us,
            profiles=self.profiles,
            snapshot=self.snapshot,
            warnings=tuple(dict.fromkeys(self.warnings)),
        )


async def probe(
    address: str,
    credentials: Credentials | None,
    *,
    timeout_s: float = 15.0,
    clock: Clock = _SYSTEM,
) -> ProbeResult:
    """Find out what a camera is and which streams it offers.

    Args:
        address: Host, ``host:port``, ONVIF device URL, or a stream URL such as ``rtsp://...``.
        credentials: Count more than those written into the address.
        timeout_s: For everything together.
        clock: To compare the camera's with.

    Returns:
        What was found in the time; what is missing or wrong stands in its warnings, a refused
        password among them.

    Raises:
        BadRequest: The address makes no sense.
        SourceLost: Nothing that we understand answers there.
    """
    target = read_address(address)
    credentials = credentials if credentials is not None else target.credentials
    found = _Findings()
    try:
        async with asyncio.timeout(timeout_s):
            asker = _Asker(await guard.load(), credentials, clock, timeout_s)
            if target.stream is None:
                await _ask_onvif(found, asker, target.services)
                await _check_main(found, credentials, timeout_s / 2)
            else:
                await _ask_stream(found, target.stream, credentials, timeout_s)
                with contextlib.suppress(SourceLost):  # a stream without ONVIF is a camera too
                    await _ask_onvif(found, asker, target.services)
    except TimeoutError:
        if found.onvif_address is None and not found.profiles:
            raise SourceLost(
                f"{target.host} did not answer within {timeout_s:g} s; is it switched on and "
                "in this network?"
            ) from None
        found.warnings.append("the camera answers slowly; not everything about it is known")
    return found.result()


async def _find(asker: _Asker, services: tuple[str, ...]) -> str:
    """The first of the addresses that answers as an ONVIF device; all are asked at once."""
    timeout_s = asker.timeout_s * _SEARCH_SHARE

    async def answers(address: str) -> SourceLost | None:
        try:
            async with asyncio.timeout(timeout_s), asker.device(address, timeout_s) as device:
                await device.read_clock()
        except SourceRefused:
            return None  # it is one, and says more to the right person
        except SourceLost as error:
            return error
        except TimeoutError:
            return SourceLost(f"{address} did not answer in time")
        return None

    errors = await asyncio.gather(*(answers(one) for one in services))
    for service, error in zip(services, errors, strict=True):
        if error is None:
            return service
    if len(services) == 1 and errors[0] is not None:
        raise errors[0]
    raise SourceLost(
        "no ONVIF service answers there; switch ONVIF on in the camera's own settings, or give "
        "its stream address (rtsp://...)"
    )


async def _ask_onvif(found: _Findings, asker: _Asker, services: tuple[str, ...]) -> None:
    """Everything that the device service tells.

    Raises:
        SourceLost: None is there.
    """
    if not services:
        return
    address = await _find(asker, services)
    found.onvif_address = address
    async with asker.device(address) as device:
        try:
            found.clock_offset_us = await device.read_clock()
            words = clock_words(found.clock_offset_us)
            if words is not None:
                found.warnings.append(words)
        except SourceLost as error:
            _log.info("onvif.no_clock", address=address, detail=str(error))
        try:
            found.make, found.model, found.firmware, found.serial = await device.information()
            await device.find_services()
            profiles = await device.profiles()
        except SourceRefused:
            found.warnings.append(_refusal(asker.credentials))
            return
        except SourceLost as error:
            found.warnings.append(str(error))
            return
        if found.profiles:  # a stream that a person named stays; the others are for information
            return
        found.profiles = with_roles(profiles)
        found.warnings.extend(_remarks(found.profiles))
        if device.corrected_host:
            found.warnings.append(
                f"the camera says that it lives at {device.corrected_host}, which is not where it "
                "was asked; its addresses were corrected"
            )
        with contextlib.suppress(SourceLost):
            found.snapshot = await device.snapshot()


def _refusal(credentials: Credentials | None) -> str:
    if credentials is None:
        return "the camera asks for a user name and a password"
    return "the password was refused; some cameras have accounts of their own for ONVIF"


def _remarks(profiles: tuple[Profile, ...]) -> list[str]:
    main = next((one for one in profiles if one.role is StreamRole.MAIN), None)
    sub = next((one for one in profiles if one.role is StreamRole.SUB), None)
    if main is None:
        return ["the camera offers no video stream that can be recorded"]
    remarks: list[str] = []
    if main.codec == "hevc" and (sub is None or sub.codec == "hevc"):
        remarks.append(
            "the camera sends H.265 only, which not every browser plays; let its second stream be "
            "H.264"
        )
    if sub is None:
        remarks.append("the camera offers no second, smaller stream; tiles will show the large one")
    return remarks


async def _describe(
    address: str, credentials: Credentials | None, timeout_s: float
) -> StreamFormat:
    driver = "rtsp" if address.lower().startswith(("rtsp://", "rtsps://")) else "libav"
    request = SourceRequest(
        name="the main stream",
        source=StreamSource(address=address, driver=driver),
        credentials=credentials,
        connect_timeout_s=timeout_s,
        stall_timeout_s=timeout_s,
    )
    return await SOURCES.load(driver)(request).describe()


async def _ask_stream(
    found: _Findings, address: str, credentials: Credentials | None, timeout_s: float
) -> None:
    """Describe the stream that a person named.

    Raises:
        SourceLost: It cannot be played, for another reason than the password.
    """
    profile = Profile(name="main", address=address, role=StreamRole.MAIN)
    try:
        video = (await _describe(address, credentials, timeout_s * 0.6)).video
    except SourceRefused:
        found.profiles = (profile,)
        found.warnings.append(_refusal(credentials))
        return
    found.profiles = (
        Profile("main", address, video.codec.value, video.width, video.height, 0.0, profile.role),
    )


async def _check_main(found: _Findings, credentials: Credentials | None, timeout_s: float) -> None:
    """See whether the suggested main stream can be opened; a failure is a warning."""
    main = next((one for one in found.profiles if one.role is StreamRole.MAIN), None)
    if main is None:
        return
    try:
        await _describe(main.address, credentials, timeout_s)
    except BadRequest:
        raise
    except VedetteError as error:
        found.warnings.append(str(error))
