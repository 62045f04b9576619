"""One connection of a simulated camera's RTSP server: requests in, answers and media out."""

import asyncio
import random
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from vedette.base.clock import Clock
from vedette.base.errors import BadRequest
from vedette.model.packet import TrackKind
from vedette.testing.camera import sdp
from vedette.testing.camera.auth import Doorkeeper
from vedette.testing.camera.clip import VIDEO_RATE
from vedette.testing.camera.faults import Faults, Refusal
from vedette.testing.camera.mounts import Mount, ServerSettings
from vedette.testing.camera.rtp import RtpLane
from vedette.testing.camera.session import ClientAccount, ClientSession, StreamEnded, TrackOut

_TRACKS = {"track1": TrackKind.VIDEO, "track2": TrackKind.AUDIO}
_REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid In This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
}
_METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN")
_PARAMETER_METHODS = ("GET_PARAMETER", "SET_PARAMETER")


@dataclass(frozen=True, slots=True)
class Request:
    """One RTSP request.

    Attributes:
        method: In capitals.
        url: As sent.
        headers: By lower-case name.
    """

    method: str
    url: str
    headers: dict[str, str]


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP port; counts what comes back on it."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A receiver report or a hole-punching packet."""
        del data, addr
        self._heard()


class Connection:
    """Talks to one client until it leaves or is cut off.

    Attributes:
        mount: What the client asked for last; None before.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mounts: Mapping[str, Mount],
        settings: ServerSettings,
        clock: Clock,
        *,
        number: int,
    ) -> None:
        self.mount: Mount | None = None
        self._reader = reader
        self._writer = writer
        self._mounts = mounts
        self._settings = settings
        self._clock = clock
        self._random = random.Random(f"{settings.seed}-{number}")  # noqa: S311  repeatable
        self._session_id = f"{self._random.getrandbits(64):016X}"
        self._tracks: dict[TrackKind, TrackOut] = {}
        self._transports: list[asyncio.DatagramTransport] = []
        self._account = ClientAccount()
        self._faults: Faults | None = None
        self._player: asyncio.Task[None] | None = None
        self._door: Doorkeeper | None = None
        if settings.credentials is not None:
            nonce = f"{self._random.getrandbits(128):032x}"
            self._door = Doorkeeper(
                settings.credentials, settings.auth, nonce, settings.qop, settings.stale_after
            )

    async def serve(self) -> None:
        """Answer until the client hangs up; cancel to hang up on it."""
        sock: socket.socket | None = self._writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (request := await self._request()) is not None:
                await self._answer(request)
        except (OSError, EOFError, ValueError, StreamEnded):
            pass
        finally:
            await self._end()

    async def _end(self) -> None:
        if self._player is not None:
            self._player.cancel()
            with suppress(asyncio.CancelledError, OSError, StreamEnded):
                await self._player
        for transport in self._transports:
            transport.close()
        self._writer.transport.abort()

    async def _request(self) -> Request | None:
        """The next request; interleaved packets of the client are counted and skipped.

        Raises:
            OSError, EOFError, ValueError: The client left or spoke nonsense.
        """
        while True:
            first = await self._reader.read(1)
            if not first:
                return None
            if first == b"$":
                _, size = struct.unpack(">BH", await self._reader.readexactly(3))
                await self._reader.readexactly(size)
                self._account.receiver_reports += 1
                continue
            if first in b"\r\n":
                continue
            line = (first + await self._reader.readline()).decode("latin-1").split()
            headers: dict[str, str] = {}
            while header := (await self._reader.readline()).decode("latin-1").strip():
                name, _, value = header.partition(":")
                headers[name.strip().lower()] = value.strip()
            await self._reader.readexactly(int(headers.get("content-length", "0")))
            if len(line) != 3:
                return None
            return Request(line[0].upper(), line[1], headers)

    async def _write(self, data: bytes) -> None:
        if self._faults is not None and self._faults.one_byte_writes:
            for byte in data:
                self._writer.write(bytes([byte]))
        else:
            self._writer.write(data)
        await self._writer.drain()

    async def _respond(
        self, request: Request, status: int, headers: list[tuple[str, str]], body: bytes = b""
    ) -> None:
        lines = [f"RTSP/1.0 {status} {_REASONS[status]}", f"CSeq: {request.headers.get('cseq', 0)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        await self._write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def _find(self, url: str) -> tuple[Mount | None, TrackKind | None]:
        """The mount and track that a URL means; sets the faults that hold for this client."""
        parts = urlsplit(url)
        path, _, query = parts.path.strip("/"), None, parts.query.strip("/")
        head, _, tail = path.rpartition("/")
        track = _TRACKS.get(tail)
        mount = self._mounts.get(head if track else path)
        if query.endswith(tuple(_TRACKS)):
            query, _, tail = query.rpartition("/")
            track = _TRACKS.get(tail)
        if mount is not None:
            self.mount = mount
            if self._faults is None or not query:
                self._faults = self._faults or mount.faults
            if query and self._faults is mount.faults:
                self._faults = replace(mount.faults)
                self._faults.update(query)
        return mount, track

    async def _answer(self, request: Request) -> None:
        if self._player is not None:
            self._account.keep_alives += 1
        try:
            mount, track = self._find(request.url)
        except BadRequest:
            await self._respond(request, 400, [])
            return
        faults = self._faults or Faults()
        if await self._misbehave(request, faults):
            return
        methods = _METHODS if faults.no_keep_alive else _METHODS + _PARAMETER_METHODS
        if request.method == "OPTIONS":
            await self._respond(request, 200, [("Public", ", ".join(methods))])
            return
        if challenges := self._challenges(request):
            await self._respond(request, 401, challenges)
        elif request.method not in methods or mount is None:
            await self._respond(request, 404 if mount is None else 501, [])
        elif request.method == "DESCRIBE":
            await self._describe(request, mount, faults)
        elif request.method == "SETUP":
            await self._setup(request, mount, track or self._next_track(mount))
        elif request.headers.get("session", "").partition(";")[0] != self._session_id:
            await self._respond(request, 454, [])
        else:
            await self._control(request, mount, faults)

    def _challenges(self, request: Request) -> list[tuple[str, str]]:
        """Headers that ask for credentials; none when the request may pass."""
        if self._door is None:
            return []
        header = request.headers.get("authorization", "")
        texts = self._door.check(request.method, header) or []
        return [("WWW-Authenticate", text) for text in texts]

    async def _misbehave(self, request: Request, faults: Faults) -> bool:
        """Refuse in the way that the faults ask for; False lets the request pass."""
        refusal = faults.refuse
        if refusal is Refusal.NO:
            return False
        if refusal is Refusal.HANG_UP:
            raise EOFError
        statuses = {Refusal.BUSY: 453, Refusal.NOT_FOUND: 404, Refusal.ERROR: 500}
        if refusal in statuses:
            await self._respond(request, statuses[refusal], [])
        elif refusal is Refusal.GARBAGE:
            await self._write(self._random.randbytes(4096))
        elif refusal is Refusal.ABSURD_LENGTH:
            await self._write(
                b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4294967296\r\n\r\nv=0"
            )
        elif refusal is Refusal.ENDLESS_HEADER:
            await self._write(b"RTSP/1.0 200 OK\r\nX-Header: ")
            while True:
                await self._write(b"x" * 65536)
        return True

    def _next_track(self, mount: Mount) -> TrackKind:
        """Which track a SETUP means that names none: the first that is not set up."""
        if TrackKind.VIDEO in self._tracks and mount.feed.format.audio is not None:
            return TrackKind.AUDIO
        return TrackKind.VIDEO

    async def _describe(self, request: Request, mount: Mount, faults: Faults) -> None:
        if faults.redirect_to:
            await self._respond(request, 302, [("Location", faults.redirect_to)])
            return
        base = request.url.partition("?")[0].rstrip("/")
        body = sdp.describe(mount.feed.format, base, faults)
        headers = [("Content-Type", "application/sdp")]
        if faults.sdp is not sdp.SdpFault.NO_SESSION_CONTROL:
            headers.append(("Content-Base", f"{base}/"))
        await self._respond(request, 200, headers, body)

    async def _setup(self, request: Request, mount: Mount, kind: TrackKind) -> None:
        wanted = request.headers.get("transport", "")
        options: dict[str, str] = {}
        for part in wanted.split(";"):
            name, _, value = part.partition("=")
            options[name.strip()] = value
        over_tcp = "RTP/AVP/TCP" in options
        allowed = self._settings.tcp if over_tcp else self._settings.udp
        audio = mount.feed.format.audio
        if not allowed or "multicast" in options or (kind is TrackKind.AUDIO and audio is None):
            await self._respond(request, 461, [])
            return
        codec, rate, number = mount.feed.format.codec, VIDEO_RATE, sdp.VIDEO_PAYLOAD_TYPE
        if kind is TrackKind.AUDIO and audio is not None:
            codec, rate = audio.codec, audio.sample_rate
            number = sdp.audio_payload_type(codec)
        lane = RtpLane(
            number,
            self._random.getrandbits(32),
            self._random.getrandbits(16),
            self._random.getrandbits(32),
        )
        if over_tcp:
            channels = options.get("interleaved", f"{2 * len(self._tracks)}")
            first = int(channels.partition("-")[0])
            send = self._send_tcp(first)
            reply = f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1};ssrc={lane.ssrc:08X}"
        else:
            first = int(options.get("client_port", "0-1").partition("-")[0])
            send, ports = await self._send_udp(first)
            reply = f"RTP/AVP;unicast;client_port={first}-{first + 1};server_port={ports}"
            reply += f";ssrc={lane.ssrc:08X}"
        self._account.transport = "tcp" if over_tcp else "udp"
        self._tracks[kind] = TrackOut(lane, codec, rate, send)
        session = f"{self._session_id};timeout={self._settings.session_timeout_s:g}"
        await self._respond(request, 200, [("Transport", reply), ("Session", session)])

    def _send_tcp(self, channel: int) -> Callable[[bytes, bool], None]:
        def send(packet: bytes, control: bool) -> None:
            head = struct.pack(">BBH", 0x24, channel + control, len(packet))
            self._writer.write(head + packet)

        return send

    async def _send_udp(self, first: int) -> tuple[Callable[[bytes, bool], None], str]:
        loop = asyncio.get_running_loop()
        host = self._writer.get_extra_info("sockname")[0]
        peer = self._writer.get_extra_info("peername")[0]

        def heard() -> None:
            self._account.receiver_reports += 1

        pair: list[asyncio.DatagramTransport] = []
        for _ in range(2):
            transport, _protocol = await loop.create_datagram_endpoint(
                lambda: _Datagrams(heard), local_addr=(host, 0)
            )
            pair.append(transport)
        self._transports += pair
        ports = "-".join(str(t.get_extra_info("sockname")[1]) for t in pair)

        def send(packet: bytes, control: bool) -> None:
            pair[control].sendto(packet, (peer, first + control))

        return send, ports

    async def _control(self, request: Request, mount: Mount, faults: Faults) -> None:
        """PLAY, PAUSE, TEARDOWN and the keep-alives of a session."""
        session = [("Session", self._session_id)]
        if request.method == "PLAY" and self._tracks:
            info = ",".join(
                f"url={request.url.rstrip('/')}/{name};seq={out.lane.sequence}"
                f";rtptime={out.lane.timestamp_base}"
                for name, kind in _TRACKS.items()
                if (out := self._tracks.get(kind)) is not None
            )
            headers = [*session, ("Range", "npt=0.000-"), ("RTP-Info", info)]
            await self._respond(request, 200, headers)
            if self._player is None:
                mount.clients.append(self._account)
                self._player = asyncio.get_running_loop().create_task(self._play(mount, faults))
        elif request.method in {"PAUSE", "TEARDOWN"}:
            if self._player is not None:
                self._player.cancel()
            await self._respond(request, 200, session)
        else:
            await self._respond(request, 200, session)

    async def _play(self, mount: Mount, faults: Faults) -> None:
        seed = f"{self._settings.seed}-{len(mount.clients)}"
        session = ClientSession(
            mount.feed,
            self._tracks,
            faults,
            self._clock,
            self._writer.drain,
            account=self._account,
            seed=seed,
        )
        try:
            await session.play(self._settings.speed)
        except (StreamEnded, OSError):
            self._writer.transport.abort()
