"""How a process reaches the NATS server that carries ``bus`` and ``hub`` between processes."""

import asyncio
from typing import Any

import nats
import structlog
from nats.errors import Error as NatsError

_nats: Any = nats  # its annotations are incomplete
_log = structlog.get_logger(__name__)

RETRY_S = 0.5
"""Between two attempts to connect, seconds."""


async def connect(servers: list[str], token: str, *, user: str) -> Any:
    """Connect, however long it takes; later breaks are mended by the client itself.

    Args:
        servers: Addresses, such as ``nats://127.0.0.1:4222``.
        token: Empty when the server asks for none.
        user: Who connects, for the log.
    """

    async def on_error(error: Exception) -> None:
        _log.debug("broker.connection_error", user=user, detail=type(error).__name__)

    while True:
        client = _nats.NATS()
        try:
            await client.connect(
                servers=servers,
                token=token or None,
                no_echo=True,
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RETRY_S,
                connect_timeout=2,
                error_cb=on_error,
            )
        except (NatsError, OSError, TimeoutError) as error:
            _log.warning("broker.not_connected", user=user, detail=type(error).__name__)
        except asyncio.CancelledError:
            await client.close()
            raise
        else:
            return client
        await client.close()
        await asyncio.sleep(RETRY_S)
