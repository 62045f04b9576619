"""``vedette export`` and ``verify-export``: footage to take away, and whether it is whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from vedette import __version__
from vedette.base.clock import SystemClock
from vedette.base.errors import BadRequest, ConfigError, Conflict
from vedette.base.ids import new_id
from vedette.base.units import us_to_text
from vedette.cli.footage import camera_named
from vedette.cli.installation import (
    ConfigOption,
    DataOption,
    Installation,
    JsonOption,
    work,
)
from vedette.cli.output import Exit, err, out, print_json_line, speaks_plainly
from vedette.cli.times import parse_time
from vedette.export.around import Around
from vedette.export.pace import Pace
from vedette.export.ports import Progress as Done
from vedette.export.verify import FileVerdict, read_manifest
from vedette.export.verify import verify as compare
from vedette.export.work import Exporter
from vedette.model.camera import StreamRole
from vedette.model.export import (
    Exactness,
    ExportedCamera,
    ExportOutcome,
    ExportRequest,
    SoundChoice,
)
from vedette.stores import open_volumes


@speaks_plainly
def export(
    camera: Annotated[list[str], typer.Option(help="The camera's name; may be given often.")],
    start: Annotated[str, typer.Option("--from", help="Such as -1h or 2026-05-01T12:00:00Z.")],
    target: Annotated[Path, typer.Option("--out", help="Folder for the files; made, or empty.")],
    end: Annotated[str, typer.Option("--to", help="Excluded; default now.")] = "now",
    stream: Annotated[StreamRole, typer.Option(help="Which stream.")] = StreamRole.MAIN,
    exact: Annotated[Exactness, typer.Option(help="Where to cut.")] = Exactness.GOP,
    sound: Annotated[SoundChoice, typer.Option(help="G.711 to AAC, as it is, or none.")] = (
        SoundChoice.PLAYABLE
    ),
    zone: Annotated[
        str | None, typer.Option("--zone", help="IANA name, for file names and the manifest.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Stands in the manifest.")] = "",
    note: Annotated[str, typer.Option(help="Stands in the manifest.")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a range of some cameras into MP4 files with a manifest; exit 1 if any was altered."""
    now = datetime.now().astimezone()
    local = _zone(zone) if zone else now.tzinfo
    assert local is not None  # noqa: S101  astimezone always sets one
    span = parse_time(start, now, local), parse_time(end, now, local)
    if span[1] <= span[0]:
        raise BadRequest(f"--to {end} is not after --from {start}")
    _make_empty(target)

    async def command(here: Installation) -> ExportOutcome:
        cameras = [await camera_named(here, name) for name in camera]
        request = ExportRequest(
            organisation=here.organisation,
            cameras=tuple(ExportedCamera(one.id, one.name, one.removed_us) for one in cameras),
            role=stream,
            start_us=span[0],
            end_us=span[1],
            person="",
            person_name="command line",
            exact=exact,
            sound=sound,
            time_zone=zone or "UTC",
            reason=reason,
            note=note,
        )
        return await _export(here, request, target, quiet=as_json)

    outcome = work(data, config, command)
    _show(outcome, target, as_json=as_json)
    if outcome.faults:
        raise typer.Exit(Exit.FAILED)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"{name} is no time zone; give an IANA name, as Europe/Vienna") from None


def _make_empty(folder: Path) -> None:
    """Make the folder, or see that nothing would be written over.

    Raises:
        Conflict: There is something in it.
        ConfigError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Conflict(f"{folder} is not empty; name a new folder")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be used: {error.strerror or error}") from error


async def _export(
    here: Installation, request: ExportRequest, folder: Path, *, quiet: bool
) -> ExportOutcome:
    columns = (TextColumn("exporting"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    expected = 0
    for one in request.cameras:
        for usage in await here.stores.catalog.usage(here.organisation):
            if usage.stream == request.stream(one):
                length = max(1, (usage.newest_us or 0) - (usage.oldest_us or 0))
                shared = min(length, request.end_us - request.start_us)
                expected += 2 * usage.bytes * shared // length
    clock = SystemClock()
    with (
        Progress(*columns, console=err, transient=True, disable=quiet) as progress,
        ThreadPoolExecutor(1) as threads,
    ):
        task = progress.add_task("", total=expected)

        def report(done: Done) -> None:
            progress.update(task, completed=done.done_bytes)

        async with open_volumes(here.settings, read_only=True) as volumes:
            around = Around(
                here.stores.catalog,
                volumes,
                clock,
                threads,
                Pace(clock, here.settings.exports.bytes_per_s),
                f"vedette {__version__}",
            )
            return await Exporter(around, request, folder, report).run(new_id(clock), "Default")


def _show(outcome: ExportOutcome, folder: Path, *, as_json: bool) -> None:
    if as_json:
        for file in outcome.files:
            print_json_line(
                {
                    "type": "file",
                    "file": str(folder / file.name),
                    "start": us_to_text(file.start_us),
                    "end": us_to_text(file.end_us),
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
            )
        print_json_line(
            {
                "type": "summary",
                "manifest": str(folder / outcome.manifest.name),
                "sha256": outcome.manifest.sha256,
                "files": len(outcome.files),
                "missing": outcome.missing_us / 1e6,
                "faults": outcome.faults,
            }
        )
        return
    for file in outcome.files:
        out.print(f"{escape(file.name)}  {file.bytes / 1e6:.1f} MB")
    for gone in outcome.missing:
        seconds = (gone.end_us - gone.start_us) / 1e6
        out.print(
            f"[yellow]missing:[/] {us_to_text(gone.start_us)} {seconds:.1f} s, {gone.reason} "
            f"{escape(gone.detail)}"
        )
    verdict = f"[bold red]{outcome.faults} fragments were altered and left out[/]"
    out.print(
        f"{len(outcome.files)} files and {outcome.manifest.name} in {escape(str(folder))}"
        + (f": {verdict}" if outcome.faults else "")
    )


@speaks_plainly
def verify_export(
    place: Annotated[Path, typer.Argument(help="Folder of the export, or its manifest.")],
    as_json: JsonOption = False,
) -> None:
    """Compare an export with its manifest; names the first altered fragment, exit 1 then."""
    manifest, folder = read_manifest(place)
    faults = 0
    for verdict in compare(manifest, folder):
        faults += verdict.fault is not None
        _tell(verdict, as_json=as_json)
    if as_json:
        print_json_line({"type": "summary", "files": len(manifest.files), "faults": faults})
    else:
        said = "[green]all as exported[/]" if not faults else f"[bold red]{faults} faults[/]"
        out.print(f"{len(manifest.files)} files of export {manifest.id}: {said}")
    if faults:
        raise typer.Exit(Exit.FAILED)


def _tell(verdict: FileVerdict, *, as_json: bool) -> None:
    file = verdict.file
    part = file.fragments[verdict.fragment - 1] if verdict.fragment else None
    if as_json:
        print_json_line(
            {
                "type": "file",
                "file": file.name,
                "ok": verdict.fault is None,
                "fault": verdict.fault.value if verdict.fault else None,
                "fragment": verdict.fragment or None,
                "start": us_to_text(part.start_us) if part else None,
                "detail": verdict.detail,
            }
        )
    elif verdict.fault is not None:
        where = f" fragment {verdict.fragment}, {us_to_text(part.start_us)}:" if part else ""
        out.print(f"[bold red]{verdict.fault}[/]{where} {escape(verdict.detail)}")
