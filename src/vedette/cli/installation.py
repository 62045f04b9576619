"""Opens an installation for one command, beside a server that may be running."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from vedette.cli.logs import configure_logs
from vedette.settings import Settings, load
from vedette.stores import Stores, open_stores

T = TypeVar("T")

DataOption = Annotated[
    Path | None,
    typer.Option("--data", envvar="VEDETTE_DATA", help="Data folder of the installation."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default DATA/vedette.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]


@dataclass(frozen=True, slots=True)
class Installation:
    """What a command works on.

    Attributes:
        settings: The configuration in force.
        stores: Opened, migrated; closed when the command ends.
        organisation: The one that the command line administers.
    """

    settings: Settings
    stores: Stores
    organisation: str


def work(
    data: Path | None,
    config: Path | None,
    command: Callable[[Installation], Awaitable[T]],
) -> T:
    """Open the installation, run the command, close it again.

    Raises:
        ConfigError: The configuration, the database or the key cannot be used.
    """
    settings = load(config, data=data)
    configure_logs("warning", as_json=settings.log.json_lines)

    async def inside() -> T:
        async with open_stores(settings) as stores:
            return await command(Installation(settings, stores, await stores.organisation()))

    return asyncio.run(inside())
