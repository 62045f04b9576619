"""Messages between processes and machines, through a NATS server.

Listeners in the speaker's own process are called directly, exactly as by the ``memory`` driver;
others get the JSON of the message on the subject ``vedette.bus.<topic>``. While the server is away
the newest 10000 messages wait for it.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from nats.errors import Error as NatsError
from pydantic import ValidationError

from vedette import broker
from vedette.bus.ports import BUSES, Bus, Subscription
from vedette.bus.topics import Topic

Message = TypeVar("Message")
_PREFIX = "vedette.bus"
_MAX_WAITING = 10_000
_FAREWELL_S = 5.0
_log = structlog.get_logger(__name__)


class _Place:
    """A listener's place in this process, and its share in the network subscription."""

    def __init__(self, bus: "NatsBus", topic: Topic[Any], inner: Subscription) -> None:
        self._bus = bus
        self._topic = topic
        self._inner = inner
        self._is_cancelled = False

    def cancel(self) -> None:
        """See Subscription.cancel."""
        self._inner.cancel()
        if not self._is_cancelled:
            self._is_cancelled = True
            self._bus.leave(self._topic)


class NatsBus:
    """See Bus. Made on a running event loop; connects by itself and for as long as it takes.

    Args:
        servers: ``nats://host:port``, several separated by commas.
        token: What the server asks for, or empty.
    """

    def __init__(self, servers: str, token: str = "") -> None:
        self._servers = servers.split(",")
        self._token = token
        self._local: Bus = BUSES.load("memory")()
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._listeners: dict[str, int] = {}
        self._topics: dict[str, Topic[Any]] = {}
        self._subscribed: dict[str, Any] = {}
        self._heard: set[str] = set()  # those that the server has answered for
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._connected = asyncio.Event()
        self._closing = False
        self.dropped_messages = 0
        self._task = asyncio.create_task(self._run(), name="bus nats")

    async def ready(self) -> None:
        """Return once everything subscribed so far also hears other processes."""
        while not (self._connected.is_set() and self._heard == self._listeners.keys()):
            self._idle.clear()
            self._wake.set()
            await self._idle.wait()

    def publish(self, topic: Topic[Message], message: Message) -> None:
        """See Bus.publish."""
        self._local.publish(topic, message)
        if self._closing:
            return
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.popleft()  # the newest facts are worth more
            self.dropped_messages += 1
            if self.dropped_messages % 1000 == 1:
                _log.warning("bus.messages_dropped", dropped=self.dropped_messages)
        self._waiting.append((topic.name, topic.encode(message)))
        self._idle.clear()
        self._wake.set()

    def subscribe(self, topic: Topic[Message], listener: Callable[[Message], None]) -> Subscription:
        """See Bus.subscribe."""
        place = _Place(self, topic, self._local.subscribe(topic, listener))
        self._topics[topic.name] = topic
        self._listeners[topic.name] = self._listeners.get(topic.name, 0) + 1
        self._idle.clear()
        self._wake.set()
        return place

    def leave(self, topic: Topic[Any]) -> None:
        """One listener fewer; with the last one the network subscription ends."""
        left = self._listeners.get(topic.name, 0) - 1
        if left > 0:
            self._listeners[topic.name] = left
        else:
            self._listeners.pop(topic.name, None)
        self._wake.set()

    async def _run(self) -> None:
        """Stay connected, for ever."""
        while True:
            try:
                await self._stay_connected()
            except Exception:  # noqa: BLE001  whatever the client raises, we begin again
                _log.exception("bus.connection_failed")
            await asyncio.sleep(broker.RETRY_S)

    async def _stay_connected(self) -> None:
        """Connect, then subscribe and send as needed."""
        self._subscribed.clear()
        self._heard.clear()
        client = await broker.connect(self._servers, self._token, user="bus")
        try:
            while True:
                await self._subscribe_as_wanted(client)
                self._connected.set()
                await self._send_waiting(client)
                await self._wake.wait()
                self._wake.clear()
        finally:
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                await client.close()

    async def _subscribe_as_wanted(self, client: Any) -> None:
        for name in self._listeners.keys() - self._subscribed.keys():
            self._subscribed[name] = await client.subscribe(
                f"{_PREFIX}.{name}", cb=self._handler(self._topics[name])
            )
        for name in self._subscribed.keys() - self._listeners.keys():
            with contextlib.suppress(NatsError):
                await self._subscribed.pop(name).unsubscribe()
        if self._heard != self._subscribed.keys():
            # Only now does what others say reach us; until then nobody may be told so.
            with contextlib.suppress(NatsError, TimeoutError):
                await client.flush(2)
                self._heard = set(self._subscribed)

    def _handler(self, topic: Topic[Any]) -> Callable[[Any], Awaitable[None]]:
        async def handle(received: Any) -> None:
            try:
                message = topic.decode(bytes(received.data))
            except ValidationError:
                _log.warning("bus.bad_message", topic=topic.name)
                return
            self._local.publish(topic, message)

        return handle

    async def _send_waiting(self, client: Any) -> None:
        while self._waiting:
            if not client.is_connected and not self._closing:
                await asyncio.sleep(broker.RETRY_S / 5)  # the client is mending the connection
                continue
            name, data = self._waiting.popleft()
            try:
                await client.publish(f"{_PREFIX}.{name}", data)
            except NatsError as error:
                self.dropped_messages += 1
                _log.warning("bus.not_sent", topic=name, detail=type(error).__name__)
        if not self._wake.is_set():
            self._idle.set()

    async def close(self) -> None:
        """See Bus.close."""
        if self._connected.is_set() and not self._closing:
            self._idle.clear()
            self._wake.set()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), _FAREWELL_S)
        self._closing = True
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._local.close()
