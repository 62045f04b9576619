"""Messages handed over by a direct call, within one process."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from vedette.bus.topics import Topic

Message = TypeVar("Message")
_log = structlog.get_logger(__name__)


class _MemorySubscription:
    def __init__(
        self, listeners: dict[str, list[Callable[[Any], None]]], name: str, listener: Any
    ) -> None:
        self._listeners = listeners
        self._name = name
        self._listener = listener

    def cancel(self) -> None:
        """See Subscription.cancel."""
        kept = [one for one in self._listeners.get(self._name, []) if one is not self._listener]
        self._listeners[self._name] = kept


class MemoryBus:
    """See Bus."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[Any], None]]] = {}

    def publish(self, topic: Topic[Message], message: Message) -> None:
        """See Bus.publish."""
        for listener in self._listeners.get(topic.name, []):
            try:
                listener(message)
            except Exception:  # noqa: BLE001  one failing reader must not stop the others
                _log.exception("bus.listener_failed", topic=topic.name)

    def subscribe(
        self, topic: Topic[Message], listener: Callable[[Message], None]
    ) -> _MemorySubscription:
        """See Bus.subscribe."""
        self._listeners[topic.name] = [*self._listeners.get(topic.name, []), listener]
        return _MemorySubscription(self._listeners, topic.name, listener)

    async def close(self) -> None:
        """See Bus.close."""
        self._listeners.clear()
