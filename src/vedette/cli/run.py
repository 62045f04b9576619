"""``vedette run``: the server, until it is told to stop."""

import asyncio
from typing import Annotated

import typer

from vedette.cli.installation import ConfigOption, DataOption
from vedette.cli.logs import configure_logs
from vedette.cli.output import err, speaks_plainly
from vedette.settings import load

PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="TCP port; 0 picks a free one.")
]


@speaks_plainly
def run(data: DataOption = None, port: PortOption = None, config: ConfigOption = None) -> None:
    """Start Vedette and run until Ctrl-C or SIGTERM."""
    from vedette.app import Running, serve  # noqa: PLC0415  keeps other commands quick to start

    settings = load(config, data=data, port=port)
    configure_logs(settings.log.level, as_json=settings.log.json_lines)

    async def announce(running: Running) -> None:
        err.print(f"Vedette serves {running.url}")
        link = await running.first_entry_link()
        if link:
            err.print(
                f"Nobody has signed in yet. This link signs in the administrator once: {link}"
            )

    asyncio.run(serve(settings, announce))


@speaks_plainly
def worker(index: Annotated[int, typer.Option(help="Which worker, from 0.")]) -> None:
    """Run one worker process; `vedette run` starts these by itself."""
    from vedette.app import WorkerOrders, serve_worker  # noqa: PLC0415  as above

    orders = WorkerOrders.from_environment()
    log = orders.settings.log
    configure_logs(log.level, as_json=log.json_lines)
    asyncio.run(serve_worker(orders, index))
