"""Packets between processes and machines, through a NATS server.

Every process has its own hub. Sinks in the publisher's process get their items by a direct call,
exactly as from the ``memory`` driver; nothing goes over the network while nobody elsewhere wants a
stream. A hub that has sinks for a stream that is not published in its own process says so on
``vedette.hub.want`` every 3 s; the publisher answers with the opening of the run and everything
since the last key frame, then follows with each item, on the subject of that hub alone, so that
order is kept. What the network loses shows in ``lost_frames``.

Sinks of another process's stream get their first items a moment after ``attach``, not before it
returns. Between machines ``arrival_ns`` is of the publisher's clock.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from nats.errors import Error as NatsError
from pydantic import TypeAdapter, ValidationError

from vedette import broker
from vedette.base.clock import Clock, SystemClock
from vedette.hub import wire
from vedette.hub.ports import HUBS, Attachment, Hub, StreamSink
from vedette.hub.relay import LEASE_NS, RENEW_S, Born, Inlet, Outlet, Want
from vedette.model.camera import StreamKey
from vedette.model.packet import (
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamOpened,
)

_WANT, _BORN, _TO = "vedette.hub.want", "vedette.hub.born", "vedette.hub.to"
_MAX_QUEUED_BYTES = 32 * 1024 * 1024
_MAX_PENDING_BYTES = 64 * 1024 * 1024
_MAX_PENDING = 65_536
_MAX_WISHES = 10_000
_MESSAGE_ROOM_BYTES = 1024
_FAREWELL_S = 2.0
_log = structlog.get_logger(__name__)


_WANTS = TypeAdapter(Want)
_BIRTHS = TypeAdapter(Born)


class _Tap:
    """A sink with what the hub must know of it."""

    def __init__(
        self, hub: "NatsHub", stream: StreamKey, sink: StreamSink, *, from_key_frame: bool
    ) -> None:
        self._hub = hub
        self._stream = stream
        self._sink = sink
        self._from_key_frame = from_key_frame
        self.attachment: Attachment | None = None

    def receive(self, item: HubItem) -> None:
        if self._hub.catching_up and not self._from_key_frame and isinstance(item, Packet):
            return
        try:
            self._sink.receive(item)
        except Exception:
            self._hub.release(self._stream, self)
            raise

    def detach(self) -> None:
        """See Attachment.detach."""
        if self.attachment is not None:
            self.attachment.detach()
        self._hub.release(self._stream, self)


class _Memory:
    """Collects what a hub remembers of a stream."""

    def __init__(self) -> None:
        self.items: list[HubItem] = []

    def receive(self, item: HubItem) -> None:
        self.items.append(item)


class NatsHub:
    """See Hub. Made on a running event loop; connects by itself and for as long as it takes.

    Args:
        servers: ``nats://host:port``, several separated by commas.
        token: What the server asks for, or empty.
        clock: For leases.

    Attributes:
        node: Random name of this hub.
        sent_bytes: Given to the network so far.
        dropped_messages: Not sent because too much waited, or no server was there.
    """

    def __init__(self, servers: str, token: str = "", *, clock: Clock | None = None) -> None:
        self.catching_up = False
        self._servers = servers.split(",")
        self._token = token
        self._clock = clock or SystemClock()
        self.node = secrets.token_hex(8)
        self._publisher = secrets.token_bytes(wire.PUBLISHER_BYTES)
        self._local: Hub = HUBS.load("memory")()
        self._outlets: dict[StreamKey, Outlet] = {}
        self._inlets: dict[StreamKey, Inlet] = {}
        self._wishes: dict[StreamKey, dict[str, int]] = {}
        self._taps: dict[StreamKey, set[_Tap]] = {}
        self._queue: deque[tuple[str, bytes]] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._connected = asyncio.Event()
        self._closing = False
        self.dropped_messages = 0
        self.sent_bytes = 0
        self._tasks = [
            asyncio.create_task(self._run(), name="hub nats"),
            asyncio.create_task(self._renew_for_ever(), name="hub leases"),
        ]

    async def ready(self) -> None:
        """Return once the hub is connected; not needed before any other method."""
        await self._connected.wait()

    # -- the publishing side

    def publish(self, stream: StreamKey, item: HubItem) -> None:
        """See Hub.publish."""
        outlet = self._outlets.get(stream)
        if outlet is None:
            outlet = self._outlets[stream] = Outlet(leases=self._wishes.pop(stream, {}))
        if stream in self._inlets:  # it is in this process from now on
            del self._inlets[stream]
            self._say_want(stream, stop=True)
        outlet.count(item)
        self._local.publish(stream, item)
        nodes = outlet.nodes(self._clock.monotonic_ns())
        if nodes:
            envelope = outlet.envelope(self._publisher, stream)
            for node in nodes:
                self._send_item(node, envelope, item)
        if isinstance(item, StreamOpened):
            self._send(_BORN, _BIRTHS.dump_json(Born(stream)))

    def _on_want(self, want: Want) -> None:
        if want.node == self.node:
            return
        outlet = self._outlets.get(want.stream)
        if outlet is None:
            self._wish(want)
            return
        if want.stop:
            outlet.leases.pop(want.node, None)
            return
        is_new = outlet.lease(want.node, self._clock.monotonic_ns())
        if is_new or want.start:
            memory = _Memory()
            self._local.attach(want.stream, memory, from_key_frame=True).detach()
            for envelope, item in outlet.catch_up(self._publisher, want.stream, memory.items):
                self._send_item(want.node, envelope, item)
        self._send_item(want.node, outlet.envelope(self._publisher, want.stream), None)

    def _wish(self, want: Want) -> None:
        """Remember who wants a stream that may yet be published here, from its first item on."""
        wishes = self._wishes.setdefault(want.stream, {})
        if want.stop:
            wishes.pop(want.node, None)
        else:
            wishes[want.node] = self._clock.monotonic_ns() + LEASE_NS
        if not wishes or len(self._wishes) > _MAX_WISHES:
            del self._wishes[want.stream]

    def _send_item(self, node: str, envelope: wire.Envelope, item: HubItem | None) -> None:
        try:
            for message in wire.messages(envelope, item, self._max_bytes):
                self._send(f"{_TO}.{node}", message)
        except ValueError as error:
            _log.warning("hub.item_too_large", camera=envelope.stream.camera, detail=str(error))

    # -- the receiving side

    def attach(
        self, stream: StreamKey, sink: StreamSink, *, from_key_frame: bool = False
    ) -> Attachment:
        """See Hub.attach; of another process's stream the first items come a moment later."""
        tap = _Tap(self, stream, sink, from_key_frame=from_key_frame)
        tap.attachment = self._local.attach(stream, tap, from_key_frame=from_key_frame)
        self._taps.setdefault(stream, set()).add(tap)
        outlet = self._outlets.get(stream)
        is_here = outlet is not None and outlet.opening > 0
        if not is_here and stream not in self._inlets:
            self._inlets[stream] = Inlet(heard_ns=self._clock.monotonic_ns())
            self._say_want(stream)
        return tap

    def release(self, stream: StreamKey, tap: _Tap) -> None:
        """A sink left; with the last one the stream is no longer wanted."""
        taps = self._taps.get(stream)
        if taps is None or tap not in taps:
            return
        taps.discard(tap)
        if taps:
            return
        del self._taps[stream]
        if self._inlets.pop(stream, None) is not None:
            self._say_want(stream, stop=True)
            # Nobody listens: this only makes the local hub forget what is growing old.
            now_ns, wall_us = self._clock.monotonic_ns(), self._clock.wall_us()
            self._local.publish(stream, StreamClosed(GapReason.STOPPED, "", now_ns, wall_us))

    def _say_want(self, stream: StreamKey, *, stop: bool = False) -> None:
        inlet = self._inlets.get(stream)
        start = inlet is not None and inlet.needs_start
        self._send(_WANT, _WANTS.dump_json(Want(self.node, stream, start, stop)))

    def _on_born(self, born: Born) -> None:
        inlet = self._inlets.get(born.stream)
        if inlet is not None:
            self._say_want(born.stream)

    def _on_message(self, data: bytes) -> None:
        envelope, part = wire.decode_message(data)
        inlet = self._inlets.get(envelope.stream)
        if inlet is None:
            return  # nobody here wants it any more
        needed_start = inlet.needs_start
        items = inlet.accept(envelope, part, self._clock.monotonic_ns(), self._clock.wall_us())
        inlet.is_late &= envelope.catch_up or not items
        self.catching_up = inlet.is_late
        try:
            for item in items:
                self._local.publish(envelope.stream, item)
        finally:
            self.catching_up = False
        if inlet.needs_start and not needed_start:
            self._say_want(envelope.stream)

    async def _renew_for_ever(self) -> None:
        """Renew every want, and notice publishers that fell silent."""
        while True:
            await self._clock.sleep(RENEW_S)
            now_ns, wall_us = self._clock.monotonic_ns(), self._clock.wall_us()
            for stream, inlet in list(self._inlets.items()):
                closed = inlet.silent(now_ns, wall_us)
                if closed is not None:
                    self._local.publish(stream, closed)
                self._say_want(stream)

    # -- the network

    @property
    def _max_bytes(self) -> int:
        return self._limit_bytes - _MESSAGE_ROOM_BYTES

    _limit_bytes = 1024 * 1024  # NATS' own default, until the server says otherwise

    def _send(self, subject: str, message: bytes) -> None:
        """Queue a message; when too many wait, media is dropped, and its numbers tell."""
        if self._closing:
            return
        if self._queued_bytes + len(message) > _MAX_QUEUED_BYTES:
            if self.dropped_messages % 1000 == 0:
                _log.warning("hub.queue_full", dropped=self.dropped_messages + 1)
            self.dropped_messages += 1
            return
        self._queue.append((subject, message))
        self._queued_bytes += len(message)
        self._idle.clear()
        self._wake.set()

    async def _run(self) -> None:
        """Stay connected, for ever."""
        while True:
            try:
                await self._stay_connected()
            except Exception:  # noqa: BLE001  whatever the client raises, we begin again
                _log.exception("hub.connection_failed")
            await asyncio.sleep(broker.RETRY_S)

    async def _stay_connected(self) -> None:
        """Connect, then send what waits."""
        client = await broker.connect(self._servers, self._token, user="hub")
        try:
            self._limit_bytes = client.max_payload
            handlers: dict[str, Callable[[bytes], None]] = {
                _WANT: lambda data: self._on_want(_WANTS.validate_json(data)),
                _BORN: lambda data: self._on_born(_BIRTHS.validate_json(data)),
                f"{_TO}.{self.node}": self._on_message,
            }
            for subject, handler in handlers.items():
                await client.subscribe(
                    subject,
                    cb=_guarded(handler),
                    pending_msgs_limit=_MAX_PENDING,
                    pending_bytes_limit=_MAX_PENDING_BYTES,
                )
            await client.flush()
            self._connected.set()
            for stream in self._inlets:
                self._say_want(stream)
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._send_queued(client)
        finally:
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                await client.close()

    async def _send_queued(self, client: Any) -> None:
        while self._queue:
            subject, message = self._queue.popleft()
            self._queued_bytes -= len(message)
            try:
                await client.publish(subject, message)
                self.sent_bytes += len(message)
            except NatsError as error:  # between two connections: its numbers will tell
                self.dropped_messages += 1
                _log.debug("hub.not_sent", detail=type(error).__name__)
        self._idle.set()

    async def close(self) -> None:
        """See Hub.close."""
        for stream in self._inlets:
            self._say_want(stream, stop=True)
        self._closing = True
        if self._connected.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), _FAREWELL_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._inlets.clear()
        self._taps.clear()
        await self._local.close()


def _guarded(handler: Callable[[bytes], None]) -> Callable[[Any], Awaitable[None]]:
    """A handler that survives nonsense from the network."""

    async def handle(message: Any) -> None:
        try:
            handler(bytes(message.data))
        except (ValueError, ValidationError) as error:
            _log.warning("hub.bad_message", detail=type(error).__name__)

    return handle
