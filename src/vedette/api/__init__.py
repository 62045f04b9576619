"""The public HTTP and WebSocket interface: one file per resource, and no decisions.

In: HTTP and WebSocket requests. Out: calls to the stages' services. Made by ``factory.create_api``
from ``services.Services``, which ``vedette.app`` wires.
"""

from vedette.api.factory import create_api
from vedette.api.server import serve
from vedette.api.services import Services

__all__ = ["Services", "create_api", "serve"]
