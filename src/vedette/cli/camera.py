"""``vedette camera add|change|list|import|probe|remove|discover``."""

import asyncio
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, SourceLost, VedetteError
from vedette.base.ids import new_id
from vedette.base.units import us_to_text
from vedette.cameras.address import split_address
from vedette.cameras.plan import CameraTable, Surroundings, read_table
from vedette.catalog.ports import StreamUsage
from vedette.cli.installation import (
    ConfigOption,
    DataOption,
    Installation,
    JsonOption,
    work,
)
from vedette.cli.output import err, out, print_json_line, speaks_plainly
from vedette.model.camera import (
    Camera,
    Credentials,
    RecordingPolicy,
    StreamRole,
    StreamSource,
    Transport,
)
from vedette.model.probe import ProbeResult

camera = typer.Typer(no_args_is_help=True, help="Add, list, probe and remove cameras.")

UserOption = Annotated[str | None, typer.Option("--user", help="User name at the camera.")]
RecordSubOption = Annotated[
    bool,
    typer.Option(
        "--record-sub/--no-record-sub",
        help="Record the sub stream beside the main stream; small tiles replay it.",
    ),
]
_PASSWORD_VARIABLE = "VEDETTE_CAMERA_PASSWORD"  # noqa: S105  the name of a variable


def _credentials(user: str | None) -> Credentials | None:
    if user is None:
        return None
    password = os.environ.get(_PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt("Password at the camera", hide_input=True, err=True)
    return Credentials(user, password)


def _without_credentials(address: str) -> tuple[str, Credentials | None]:
    """What is typed, as it may be shown, and the credentials that stood in it."""
    if "://" in address:
        return split_address(address)
    if "@" in address:
        return split_address(f"http://{address}")
    return address, None


@camera.command()
@speaks_plainly
def add(
    name: Annotated[str, typer.Argument(help="What people will call it.")],
    address: Annotated[str, typer.Argument(help="Host (ONVIF is asked) or stream address.")],
    user: UserOption = None,
    sub: Annotated[str | None, typer.Option(help="Address of the sub stream.")] = None,
    driver: Annotated[str | None, typer.Option(help="Ingest driver: rtsp or libav.")] = None,
    transport: Annotated[Transport, typer.Option(help="How RTP travels.")] = Transport.TCP,
    record_sub: RecordSubOption = False,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a camera; a running server connects to it within two seconds."""
    bare, inside = _without_credentials(address)
    credentials = _credentials(user) or inside

    async def command(here: Installation) -> Camera:
        streams, found = await _streams(bare, sub, credentials, driver, transport)
        added = Camera(
            id=new_id(),
            organisation=here.organisation,
            name=name,
            streams=streams,
            policy=RecordingPolicy(record_sub=record_sub),
            onvif_address=found.onvif_address if found else None,
            make=found.make if found else "",
            model=found.model if found else "",
            created_us=SystemClock().wall_us(),
        )
        return await here.stores.cameras.add(here.organisation, added, credentials)

    added = work(data, config, command)
    if as_json:
        print_json_line({"id": added.id, "name": added.name, "streams": _addresses(added)})
    else:
        out.print(f"added {added.name}: {', '.join(_addresses(added).values())}")


def _addresses(one: Camera) -> dict[str, str]:
    return {role.value: source.address for role, source in one.streams.items()}


async def _streams(
    address: str,
    sub: str | None,
    credentials: Credentials | None,
    driver: str | None,
    transport: Transport,
) -> tuple[dict[StreamRole, StreamSource], ProbeResult | None]:
    """A stream address is taken as it is; a host is asked by ONVIF."""
    if "://" in address and not address.startswith(("http://", "https://")):
        chosen = driver or ("rtsp" if address.startswith(("rtsp://", "rtsps://")) else "libav")
        streams = {StreamRole.MAIN: StreamSource(address, chosen, transport)}
        if sub:
            streams[StreamRole.SUB] = StreamSource(sub, chosen, transport)
        return streams, None
    from vedette.ingest import onvif  # noqa: PLC0415  slow to import, and seldom needed

    found = await onvif.probe(address, credentials)
    for warning in found.warnings:
        err.print(f"[yellow]note:[/] {warning}")
    streams = {
        profile.role: StreamSource(profile.address, driver or "rtsp", transport)
        for profile in reversed(found.profiles)
        if profile.role is not None
    }
    if StreamRole.MAIN not in streams:
        raise SourceLost(
            f"{address} named no stream that can be used; give its stream address, such as "
            "rtsp://HOST/main"
        )
    if sub:
        streams[StreamRole.SUB] = StreamSource(sub, driver or "rtsp", transport)
    return dict(sorted(streams.items())), found


@camera.command("import")
@speaks_plainly
def import_table(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV; its first line names columns.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; add nothing.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Add every camera of a table, or none of them when a line is faulty."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        raise BadRequest(f"{file} is not UTF-8; save it as CSV UTF-8") from None

    async def command(here: Installation) -> CameraTable:
        stores, organisation = here.stores, here.organisation
        around = Surroundings(
            organisation=organisation,
            taken=frozenset(one.name for one in await stores.cameras.list(organisation)),
            sites={one.name: one.id for one in await stores.sites.list(organisation)},
            new_id=new_id,
            now_us=SystemClock().wall_us(),
        )
        table = read_table(text, around)
        if not table.problems and not dry_run:
            rows = [(one.camera, one.credentials) for one in table.rows]
            await stores.cameras.add_all(organisation, rows)
        return table

    table = work(data, config, command)
    for one in table.problems:
        err.print(f"line {one.line}{', ' + one.field if one.field else ''}: {one.message}")
    if table.problems:
        raise BadRequest(f"nothing was added; mend {file.name} and try again")
    verb = "can be added" if dry_run else "added"
    out.print(f"{len(table.rows)} cameras {verb}")


@camera.command("list")
@speaks_plainly
def list_cameras(
    removed: Annotated[
        bool, typer.Option("--removed", help="Only removed cameras, newest removal first.")
    ] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cameras, where they come from, what is kept of them."""

    async def command(here: Installation) -> tuple[list[Camera], list[StreamUsage]]:
        stores = here.stores
        ask = stores.cameras.removed if removed else stores.cameras.list
        return await ask(here.organisation), await stores.catalog.usage(here.organisation)

    cameras, usage = work(data, config, command)
    by_camera: dict[str, list[StreamUsage]] = {}
    for one in usage:
        by_camera.setdefault(one.stream.camera, []).append(one)
    rows = [_row(one, by_camera.get(one.id, [])) for one in cameras]
    if as_json:
        for row in rows:
            print_json_line(row)
        return
    if not rows:
        none = "no removed cameras" if removed else None
        out.print(none or "no cameras yet; `vedette camera add NAME ADDRESS`")
        return
    out.print(_table(rows, removed=removed))


def _table(rows: list[dict[str, Any]], *, removed: bool) -> Table:
    table = Table("name", "address", "keeps", "footage", "newest")
    if removed:
        table.add_column("removed")
    for row in rows:
        disabled = not (row["enabled"] or removed)
        table.add_row(
            row["name"],
            row["streams"]["main"] + (" (disabled)" if disabled else ""),
            row["mode"],
            f"{row['bytes'] / 1e9:.2f} GB",
            row["newest"] or ("none" if removed else "none yet"),
            *([row["removed"]] if removed else []),
        )
    return table


def _row(one: Camera, usage: list[StreamUsage]) -> dict[str, Any]:
    newest = max((use.newest_us for use in usage if use.newest_us is not None), default=None)
    return {
        "id": one.id,
        "name": one.name,
        "enabled": one.enabled,
        "make": one.make,
        "model": one.model,
        "streams": _addresses(one),
        "mode": one.policy.mode.value,
        "record_sub": one.policy.record_sub,
        "bytes": sum(use.bytes for use in usage),
        "newest": us_to_text(newest) if newest is not None else None,
        "removed": us_to_text(one.removed_us) if one.removed_us is not None else None,
    }


@camera.command()
@speaks_plainly
def change(
    name: Annotated[str, typer.Argument(help="The camera's name.")],
    record_sub: RecordSubOption,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Choose whether the sub stream is recorded; a running server follows within two seconds."""

    async def command(here: Installation) -> Camera:
        cameras = here.stores.cameras
        one = await cameras.by_name(here.organisation, name)
        if record_sub and StreamRole.SUB not in one.streams:
            raise BadRequest(f"{name} has no sub stream; give it one on its page first")
        changed = replace(one, policy=replace(one.policy, record_sub=record_sub))
        return await cameras.update(here.organisation, changed)

    work(data, config, command)
    kept = "both streams" if record_sub else "the main stream alone"
    out.print(f"{name}: {kept} will be recorded")


@camera.command()
@speaks_plainly
def remove(
    name: Annotated[str, typer.Argument(help="The camera's name.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Stop recording a camera; its footage stays until its retention ends."""

    async def command(here: Installation) -> None:
        one = await here.stores.cameras.by_name(here.organisation, name)
        await here.stores.cameras.remove(here.organisation, one.id)

    work(data, config, command)
    out.print(f"removed {name}; its footage stays until its retention ends")


@camera.command()
@speaks_plainly
def probe(
    address: Annotated[str, typer.Argument(help="Host, ONVIF address or stream address.")],
    user: UserOption = None,
    timeout_s: Annotated[float, typer.Option("--timeout", min=1, help="Seconds.")] = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Ask a camera what it is, without adding it."""
    from vedette.ingest import onvif  # noqa: PLC0415  slow to import, and seldom needed

    bare, inside = _without_credentials(address)
    credentials = _credentials(user) or inside
    with err.status(f"asking {bare} ..."):
        found = asyncio.run(onvif.probe(bare, credentials, timeout_s=timeout_s))
    if as_json:
        record = asdict(found)
        record["snapshot"] = len(found.snapshot) if found.snapshot else 0
        print_json_line(record)
        return
    out.print(f"[bold]{found.make} {found.model}[/] firmware {found.firmware or 'unknown'}")
    if found.clock_offset_us is not None:
        out.print(f"its clock is {found.clock_offset_us / 1e6:+.1f} s from ours")
    table = Table("stream", "role", "codec", "size", "frames/s", "address")
    for one in found.profiles:
        size = f"{one.width}x{one.height}" if one.width else ""
        rate = f"{one.frame_rate:g}" if one.frame_rate else ""
        table.add_row(one.name, one.role or "", one.codec, size, rate, one.address)
    out.print(table)
    for warning in found.warnings:
        out.print(f"[yellow]note:[/] {warning}")


@camera.command()
@speaks_plainly
def discover(
    timeout_s: Annotated[float, typer.Option("--timeout", min=1, help="Seconds.")] = 4.0,
    as_json: JsonOption = False,
) -> None:
    """Look for ONVIF cameras on the network."""
    from vedette.ingest import onvif  # noqa: PLC0415  slow to import, and seldom needed

    try:
        with err.status("listening for cameras ..."):
            devices = asyncio.run(onvif.discover(timeout_s))
    except OSError as error:
        raise VedetteError(f"the network cannot be searched: {error}") from None
    if as_json:
        for device in devices:
            print_json_line(asdict(device))
        return
    table = Table("address", "name", "hardware", "location")
    for device in devices:
        table.add_row(device.address, device.name, device.hardware, device.location)
    out.print(table if devices else "no camera answered; is multicast allowed on this network?")
