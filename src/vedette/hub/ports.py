"""What a hub driver must do: one publisher per stream, any number of sinks."""

from typing import Protocol

from vedette.base.registry import Kind
from vedette.model.camera import StreamKey
from vedette.model.packet import HubItem


class StreamSink(Protocol):
    """Takes the items of a stream, in order, on the event loop's thread."""

    def receive(self, item: HubItem) -> None:
        """Take one item; must return at once, and must neither block nor raise."""
        ...


class Attachment(Protocol):
    """A sink's place at a stream."""

    def detach(self) -> None:
        """Stop receiving; may be called twice."""
        ...


class Hub(Protocol):
    """Fans out live packets."""

    def publish(self, stream: StreamKey, item: HubItem) -> None:
        """Give an item to every sink of the stream and remember it for late comers.

        A sink that raises is detached and logged; the others still get the item.
        """
        ...

    def attach(
        self, stream: StreamKey, sink: StreamSink, *, from_key_frame: bool = False
    ) -> Attachment:
        """Begin to receive.

        The sink first gets the ``StreamOpened`` of the current run, if there is one, and with
        ``from_key_frame`` also every packet from the last video key frame on, before this returns.
        """
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


HUBS: Kind[Hub] = Kind("hub")
