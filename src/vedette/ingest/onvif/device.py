"""One conversation with one ONVIF device."""

import contextlib
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from vedette.base.clock import Clock
from vedette.base.errors import SourceLost, SourceProtocol, SourceRefused
from vedette.base.units import NS_PER_US, datetime_to_us
from vedette.ingest.onvif import library as guard
from vedette.ingest.onvif import media2
from vedette.ingest.onvif.library import Library
from vedette.ingest.onvif.plan import corrected, split_credentials
from vedette.model.camera import Credentials
from vedette.model.probe import Profile

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
MAX_PROFILES = 32
MAX_SNAPSHOT_BYTES = 4 * 1024 * 1024
_REFUSALS = ("notauthorized", "sender not authorized", "failedauthentication", "unauthorized")
_CODECS = {"h264": "h264", "h265": "hevc", "hevc": "hevc", "jpeg": "mjpeg", "mpv4-es": "mpeg4"}


def _text(value: Any) -> str:
    """What a camera says about itself, in one line of at most 200 characters."""
    return " ".join(str(value).split())[:200] if value is not None else ""


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if 0 <= number < 100_000 else 0.0


def codec_of(encoding: Any) -> str:
    """ONVIF's or RTP's word for a codec in FFmpeg's words; unknown ones in small letters."""
    word = _text(encoding).lower()
    return _CODECS.get(word, word)


class OnvifFault(SourceProtocol):
    """The camera refused one question.

    Attributes:
        said: Its codes and its reason, in its own words.
    """

    def __init__(self, address: str, said: str) -> None:
        super().__init__(f"{address} refused a question: {_text(said)}")
        self.said = said


class OnvifDevice:
    """Asks; remembers the clock offset and whether addresses had to be corrected.

    Attributes:
        address: Device service URL.
        clock_offset_us: Camera clock minus ours, once ``read_clock`` was awaited.
        corrected_host: Another host that the camera reported for itself, or empty.
    """

    def __init__(
        self,
        library: Library,
        address: str,
        credentials: Credentials | None,
        *,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self.address = address
        self.clock_offset_us: int | None = None
        self.corrected_host = ""
        self._library = library
        self._credentials = credentials
        self._clock = clock
        self._services: dict[str, Any] = {}
        self._addresses: dict[str, str] = {DEVICE: address}
        middlewares: tuple[Any, ...] = ()
        if credentials is not None:
            # Some makers ask for HTTP digest in place of, or before, WS-Security.
            digest = library.aiohttp.DigestAuthMiddleware(
                credentials.username, credentials.password
            )
            middlewares = (digest,)
        # Cameras have certificates that they signed themselves; the password is only ever
        # sent as a digest.
        self._session = library.aiohttp.ClientSession(
            connector=library.aiohttp.TCPConnector(ssl=False, force_close=True),
            timeout=library.aiohttp.ClientTimeout(total=timeout_s, sock_connect=timeout_s / 2),
            middlewares=middlewares,
            trust_env=False,
        )
        self._transport = library.transport(session=self._session, verify_ssl=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        for service in self._services.values():
            await service.close()
        await self._session.close()

    async def read_clock(self) -> int:
        """Camera clock minus ours in microseconds, to about half a second.

        Asks without the password first, as the standard wants it, then with it, as some cameras do.

        Raises:
            SourceLost: No ONVIF device answers at the address.
        """
        before_ns = self._clock.monotonic_ns()
        try:
            answer = await self._call(DEVICE, "GetSystemDateAndTime", authenticated=False)
        except SourceRefused:
            if self._credentials is None:
                raise
            before_ns = self._clock.monotonic_ns()
            answer = await self._call(DEVICE, "GetSystemDateAndTime")
        elapsed_us = (self._clock.monotonic_ns() - before_ns) // NS_PER_US
        try:
            date, time = answer.UTCDateTime.Date, answer.UTCDateTime.Time
            # A second may be 60 in a leap second, and some cameras send 24:00:00.
            said = datetime(date.Year, date.Month, date.Day, tzinfo=UTC) + timedelta(
                hours=time.Hour, minutes=time.Minute, seconds=time.Second
            )
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise SourceProtocol(f"{self.address} told no date and time") from None
        # Whole seconds are truncated, so half a second is the least error.
        self.clock_offset_us = (
            datetime_to_us(said) + 500_000 - (self._clock.wall_us() - elapsed_us // 2)
        )
        return self.clock_offset_us

    async def information(self) -> tuple[str, str, str, str]:
        """Make, model, firmware and serial number.

        Raises:
            SourceRefused, SourceLost: As it goes.
        """
        answer = await self._call(DEVICE, "GetDeviceInformation")
        names = ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")
        make, model, firmware, serial = (_text(getattr(answer, name, None)) for name in names)
        return make, model, firmware, serial

    async def find_services(self) -> None:
        """Learn where the media services are.

        Raises:
            SourceRefused, SourceLost: As it goes.
        """
        try:
            answer = await self._call(DEVICE, "GetServices", {"IncludeCapability": False})
            for one in list(answer or ())[:64]:
                self._found(_text(one.Namespace), one.XAddr)
        except SourceRefused:
            raise
        except (SourceProtocol, AttributeError):
            pass  # older than GetServices
        if MEDIA not in self._addresses and MEDIA2 not in self._addresses:
            answer = await self._call(DEVICE, "GetCapabilities", {"Category": "Media"})
            self._found(MEDIA, getattr(getattr(answer, "Media", None), "XAddr", None))
            with contextlib.suppress(SourceProtocol):  # a camera without PTZ may refuse
                answer = await self._call(DEVICE, "GetCapabilities", {"Category": "PTZ"})
                self._found(PTZ, getattr(getattr(answer, "PTZ", None), "XAddr", None))

    def _found(self, namespace: str, address: Any) -> None:
        if namespace in (MEDIA, MEDIA2, PTZ) and isinstance(address, str):
            asked = urlsplit(self.address)
            self._addresses[namespace] = self._correct(address, asked.port or _usual(asked.scheme))

    def _correct(self, address: str, port: int | None = None) -> str:
        """The address without credentials and on the host that was asked."""
        address, _ = split_credentials(address.strip())
        host = urlsplit(self.address).hostname or ""
        try:
            reported = urlsplit(address).hostname or ""
            fixed, changed = corrected(address, host, port)
        except ValueError:
            raise SourceProtocol(f"{self.address} reported a broken address") from None
        if changed:
            self.corrected_host = _text(reported)
        return fixed

    async def profiles(self) -> tuple[Profile, ...]:
        """What the camera offers, Media2 first because only it knows H.265.

        Raises:
            SourceRefused, SourceLost: As it goes.
        """
        if MEDIA2 in self._addresses:
            try:
                found = await self._profiles2()
            except SourceRefused:
                raise
            except SourceLost:
                if MEDIA not in self._addresses:
                    raise
            else:
                if found or MEDIA not in self._addresses:
                    return found
        return await self._profiles1()

    async def _profiles1(self) -> tuple[Profile, ...]:
        found: list[Profile] = []
        for one in list(await self._call(MEDIA, "GetProfiles") or ())[:MAX_PROFILES]:
            encoder = getattr(one, "VideoEncoderConfiguration", None)
            if encoder is None or getattr(one, "token", None) is None:
                continue
            setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
            request = {"StreamSetup": setup, "ProfileToken": one.token}
            answer = await self._call(MEDIA, "GetStreamUri", request)
            size = getattr(encoder, "Resolution", None)
            rate = getattr(encoder, "RateControl", None)
            address = getattr(answer, "Uri", None)
            if not isinstance(address, str):
                continue
            found.append(
                Profile(
                    name=_text(getattr(one, "Name", "")) or _text(one.token),
                    address=self._correct(address),
                    codec=codec_of(getattr(encoder, "Encoding", "")),
                    width=int(_number(getattr(size, "Width", 0))),
                    height=int(_number(getattr(size, "Height", 0))),
                    frame_rate=_number(getattr(rate, "FrameRateLimit", 0)),
                )
            )
        return tuple(found)

    async def _profiles2(self) -> tuple[Profile, ...]:
        found: list[Profile] = []
        answer = await self.ask(MEDIA2, media2.get_profiles())
        for one in media2.read_profiles(answer)[:MAX_PROFILES]:
            address = media2.read_uri(await self.ask(MEDIA2, media2.get_stream_uri(one.token)))
            found.append(
                Profile(
                    name=_text(one.name) or _text(one.token),
                    address=self._correct(address),
                    codec=codec_of(one.encoding),
                    width=int(_number(one.width)),
                    height=int(_number(one.height)),
                    frame_rate=_number(one.frame_rate),
                )
            )
        return tuple(found)

    async def snapshot(self) -> bytes:
        """A JPEG of this moment, at most 4 MiB.

        Raises:
            SourceRefused, SourceLost: As it goes.
        """
        if MEDIA2 in self._addresses:
            answer = await self.ask(MEDIA2, media2.get_profiles())
            tokens = [one.token for one in media2.read_profiles(answer)]
            answer = await self.ask(MEDIA2, media2.get_snapshot_uri(tokens[0]))
            address = media2.read_uri(answer)
        else:
            profiles = list(await self._call(MEDIA, "GetProfiles") or ())
            token = getattr(profiles[0], "token", "") if profiles else ""
            answer = await self._call(MEDIA, "GetSnapshotUri", {"ProfileToken": token})
            address = _text(getattr(answer, "Uri", ""))
        address = self._correct(address)
        if urlsplit(address).scheme not in ("http", "https"):
            raise SourceProtocol(f"{self.address} reported no address for snapshots")
        return await self._fetch(address)

    async def _fetch(self, address: str) -> bytes:
        try:
            async with self._session.get(address, allow_redirects=False) as response:
                data = await guard.read_bounded(response, MAX_SNAPSHOT_BYTES)
        except Exception as error:  # noqa: BLE001  whatever the library raises, in our words
            raise guard.described(error, self.address) from None
        if response.status in (401, 403):
            raise SourceRefused("the camera refused the credentials for its snapshot")
        if response.status != 200 or not data.startswith(b"\xff\xd8"):
            raise SourceProtocol("the camera's snapshot is no JPEG")
        return data

    async def _service(self, namespace: str) -> Any:
        offset_us = self.clock_offset_us
        key = f"{namespace} {offset_us}"  # made again once the clock is known
        service = self._services.get(key)
        if service is not None:
            return service
        user = self._credentials.username if self._credentials is not None else None
        password = self._credentials.password if self._credentials is not None else None
        name, binding = (
            ("devicemgmt", "DeviceBinding") if namespace == DEVICE else ("media", "MediaBinding")
        )
        service = self._library.onvif.ONVIFService(
            self._addresses[namespace],
            user,
            password,
            str(self._library.wsdl / f"{name}.wsdl"),
            no_cache=True,
            # The camera compares the time of the digest with its own clock.
            dt_diff=None if offset_us is None else timedelta(microseconds=offset_us),
            binding_name=f"{{{namespace}}}{binding}",
        )
        # Its own session has no bound and follows redirects; ours takes its place.
        service.transport = self._transport
        self._services[key] = service
        await service.setup()
        return service

    async def _call(
        self, namespace: str, operation: str, params: Any = None, *, authenticated: bool = True
    ) -> Any:
        if namespace not in self._addresses:
            raise SourceProtocol(f"{self.address} names no media service")
        try:
            service = await self._service(namespace)
            with_password = authenticated and self._credentials is not None
            prefix = "" if with_password else "authless_"
            return await getattr(service, prefix + operation)(params)
        except Exception as error:  # noqa: BLE001  whatever the library raises, in our words
            raise self._described(error) from None

    def has(self, namespace: str) -> bool:
        """Whether the device told of such a service, once ``find_services`` was awaited."""
        return namespace in self._addresses

    async def ask(self, namespace: str, body: str) -> Any:
        """Ask a question of our own making, for what the library has no service or is too strict.

        Args:
            namespace: Of a service that the device has.
            body: Element for the SOAP body; the prefix ``m`` is bound to Media2.

        Returns:
            The root element of the answer.

        Raises:
            OnvifFault: The device refused.
            SourceRefused, SourceLost: As it goes.
        """
        envelope = media2.envelope(body, self._credentials, self._clock, self.clock_offset_us or 0)
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        try:
            response = await self._transport.post(self._addresses[namespace], envelope, headers)
        except Exception as error:  # noqa: BLE001  whatever the library raises, in our words
            raise self._described(error) from None
        if response.status_code == 401:
            raise SourceRefused(f"{self.address} refused the credentials")
        root = guard.parse(self._library, response.content)
        fault = media2.read_fault(root)
        if fault:
            if any(word in fault.lower() for word in _REFUSALS):
                raise SourceRefused(f"{self.address} refused the credentials")
            raise OnvifFault(self.address, fault)
        return root

    def _described(self, error: Any) -> SourceLost:
        faults = self._library.faults
        if isinstance(error, faults.Fault):
            codes = [str(getattr(one, "localname", one)) for one in error.subcodes or ()]
            said = " ".join([str(error.message), str(error.code), *codes])
            if any(word in said.lower() for word in _REFUSALS):
                return SourceRefused(f"{self.address} refused the credentials")
            return SourceProtocol(f"{self.address} refused a question: {_text(error.message)}")
        if isinstance(error, faults.TransportError) and error.status_code in (401, 403):
            return SourceRefused(f"{self.address} refused the credentials")
        return guard.described(error, self.address)


def _usual(scheme: str) -> int:
    return 443 if scheme == "https" else 80
