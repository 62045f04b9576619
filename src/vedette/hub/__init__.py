"""Live packets of each stream, fanned out; a slow reader is told how many it lost."""

from vedette.hub.ports import HUBS, Attachment, Hub, StreamSink

__all__ = ["HUBS", "Attachment", "Hub", "StreamSink"]
