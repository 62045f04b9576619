"""``vedette demo``: a simulated site and Vedette beside it, ready to be used."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from vedette.base.clock import SystemClock
from vedette.base.errors import SourceLost
from vedette.base.ids import new_id
from vedette.cli.installation import ConfigOption
from vedette.cli.logs import configure_logs
from vedette.cli.output import err, out, speaks_plainly
from vedette.cli.run import PortOption
from vedette.model.camera import Camera, RecordingPolicy, StreamRole, StreamSource
from vedette.settings import Settings, load
from vedette.stores import Stores

_KEEP_BYTES = 2 * 1024**3  # per camera, so that a forgotten demo does not fill a laptop
_SITE_START_S = 60.0
_STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class _SiteCamera:
    name: str
    main: str
    sub: str
    onvif: str | None


@speaks_plainly
def demo(
    data: Annotated[Path, typer.Option("--data", help="Data folder.")] = Path(".data/demo"),
    port: PortOption = None,
    cameras: Annotated[int, typer.Option(min=1, max=32, help="Simulated cameras.")] = 6,
    config: ConfigOption = None,
) -> None:
    """Start a simulated site and Vedette; print one address that signs in."""
    settings = load(config, data=data, port=port)
    configure_logs("warning", as_json=settings.log.json_lines)
    asyncio.run(_run(settings, cameras))


async def _run(settings: Settings, count: int) -> None:
    with err.status("building the simulated site ..."):
        site = _site(count)
        cameras = await site.__aenter__()
    from vedette.app import Running, serve  # noqa: PLC0415  keeps other commands quick to start

    try:

        async def announce(running: Running) -> None:
            await _add_cameras(running.stores, cameras)
            link = await running.entry_link("demo")
            out.print(f"\n[bold]Vedette[/] is watching {len(cameras)} simulated cameras. Open\n")
            out.print(f"    {link}\n")
            out.print("Ctrl-C stops it; the next `make demo` finds the footage again.")

        await serve(settings, announce)
    finally:
        await site.__aexit__(None, None, None)


@contextlib.asynccontextmanager
async def _site(count: int) -> AsyncGenerator[list[_SiteCamera]]:
    """The simulated cameras in a process of their own, as real ones would be."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vedette.testing.site",
        "--port",
        "0",
        "--cameras",
        str(count),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us first, so that footage ends in order
    )
    try:
        yield await asyncio.wait_for(_read_cameras(process, count), _SITE_START_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _read_cameras(process: asyncio.subprocess.Process, count: int) -> list[_SiteCamera]:
    cameras: list[_SiteCamera] = []
    assert process.stdout is not None  # noqa: S101  asked for above
    while len(cameras) < count:
        line = await process.stdout.readline()
        if not line:
            raise SourceLost("the simulated site did not start; its complaint stands above")
        record = json.loads(line)
        cameras.append(_SiteCamera(record["name"], record["main"], record["sub"], record["onvif"]))
    return cameras


async def _add_cameras(stores: Stores, site: list[_SiteCamera]) -> None:
    """Add the cameras, or give those of an earlier start their new addresses."""
    organisation = await stores.organisation()
    known = {camera.name: camera for camera in await stores.cameras.list(organisation)}
    for one in site:
        streams = {
            StreamRole.MAIN: StreamSource(one.main),
            StreamRole.SUB: StreamSource(one.sub),
        }
        earlier = known.get(one.name)
        if earlier is None:
            camera = Camera(
                id=new_id(),
                organisation=organisation,
                name=one.name,
                streams=streams,
                onvif_address=one.onvif,
                policy=RecordingPolicy(keep_bytes=_KEEP_BYTES),
                make="Vedette",
                model="simulated camera",
                created_us=SystemClock().wall_us(),
            )
            await stores.cameras.add(organisation, camera, None)
        elif (earlier.streams, earlier.onvif_address) != (streams, one.onvif):
            moved = replace(earlier, streams=streams, onvif_address=one.onvif)
            await stores.cameras.update(organisation, moved)
