"""What a bus driver must do."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from vedette.base.registry import Kind
from vedette.bus.topics import Topic

Message = TypeVar("Message")


class Subscription(Protocol):
    """A listener's place at a topic."""

    def cancel(self) -> None:
        """Stop listening; may be called twice."""
        ...


class Bus(Protocol):
    """Carries small facts to everyone who listens at that moment; it keeps nothing."""

    def publish(self, topic: Topic[Message], message: Message) -> None:
        """Say something; returns at once. A listener that raises is logged and stays."""
        ...

    def subscribe(self, topic: Topic[Message], listener: Callable[[Message], None]) -> Subscription:
        """Call ``listener`` on the event loop for every message; it must return at once."""
        ...

    async def close(self) -> None:
        """Deliver what was published, then let go."""
        ...


BUSES: Kind[Bus] = Kind("bus")
