"""Ask the API of a house over HTTP, without a network."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from vedette.export.settings import ExportSettings
from vedette.testing.house import House, open_house

ORIGIN = "http://vedette.test"

Story = Callable[[House, httpx.AsyncClient], Awaitable[None]]


def bearer(secret: str) -> dict[str, str]:
    """What a request carries that is made with a token."""
    return {"Authorization": f"Bearer {secret}"}


def run(folder: Path, story: Story) -> None:
    """Tell a story of a house and a client that nobody knows."""
    asyncio.run(_told(folder, story, known=False))


def run_as_script(folder: Path, story: Story, exports: ExportSettings | None = None) -> None:
    """Tell a story of a house and a client with the token of its person."""
    asyncio.run(_told(folder, story, known=True, exports=exports))


async def _told(
    folder: Path, story: Story, *, known: bool, exports: ExportSettings | None = None
) -> None:
    async with (
        open_house(folder, exports=exports) as house,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=house.app),
            base_url=ORIGIN,
            headers=bearer(house.token) if known else {},
        ) as client,
    ):
        await story(house, client)
