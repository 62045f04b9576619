"""``vedette verify``: re-read every fragment, and prove the event log."""

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vedette.base.clock import SystemClock
from vedette.base.units import us_to_text
from vedette.cli.installation import (
    ConfigOption,
    DataOption,
    Installation,
    JsonOption,
    work,
)
from vedette.cli.output import Exit, err, out, print_json_line, speaks_plainly
from vedette.journal.ports import Proof
from vedette.model.event import Head
from vedette.record.verify import Verdict
from vedette.record.verify import verify as compare
from vedette.stores import open_volumes


@speaks_plainly
def verify(
    name: Annotated[str | None, typer.Argument(help="One camera; default all.")] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    head: Annotated[
        str | None,
        typer.Option(help="Head of the event log that was noted earlier, NUMBER:HASH."),
    ] = None,
) -> None:
    """Compare every fragment with its SHA-256 and prove the event log; exit 1 on any difference.

    With a camera's name only its footage is compared.
    """

    async def command(here: Installation) -> tuple[tuple[int, int, int, int], Proof | None]:
        compared = await _compare_all(here, name, as_json=as_json)
        if name is not None:
            return compared, None
        noted = Head.parse(head) if head else None
        return compared, await here.stores.journal.verify(here.organisation, noted)

    (segments, fragments, size, faults), proof = work(data, config, command)
    if proof is not None:
        _tell_proof(proof, as_json=as_json)
        faults += proof.fault is not None
    if as_json:
        print_json_line(
            {
                "type": "summary",
                "segments": segments,
                "fragments": fragments,
                "bytes": size,
                "faults": faults,
            }
        )
    else:
        verdict = "[green]all as recorded[/]" if not faults else f"[bold red]{faults} faults[/]"
        out.print(
            f"{fragments} fragments in {segments} segments, {size / 1e9:.2f} GB: {verdict}",
        )
    if faults:
        raise typer.Exit(Exit.FAILED)


async def _compare_all(
    here: Installation, name: str | None, *, as_json: bool
) -> tuple[int, int, int, int]:
    usage = await here.stores.catalog.usage(here.organisation)
    if name is not None:
        camera = await here.stores.cameras.by_name(here.organisation, name)
        usage = [use for use in usage if use.stream.camera == camera.id]
    names = {one.id: one.name for one in await here.stores.cameras.list(here.organisation)}
    fragments = size = segments = faults = 0
    columns = (
        TextColumn("comparing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("segments"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=as_json) as progress:
        task = progress.add_task("", total=sum(use.segments for use in usage))
        async with open_volumes(here.settings, read_only=True) as volumes:
            async for verdict in compare(
                here.organisation,
                here.stores.catalog,
                volumes,
                [use.stream for use in usage],
                start_us=0,
                end_us=SystemClock().wall_us(),
            ):
                progress.advance(task)
                segments += 1
                fragments += verdict.fragments
                size += verdict.bytes
                faults += len(verdict.findings)
                camera_id = verdict.segment.stream.camera
                _tell(verdict, names.get(camera_id, camera_id), as_json=as_json)
    return segments, fragments, size, faults


def _tell_proof(proof: Proof, *, as_json: bool) -> None:
    if as_json:
        print_json_line(
            {
                "type": "events",
                "entries": proof.entries,
                "head": str(proof.head),
                "altered": proof.fault.sequence if proof.fault else None,
                "detail": proof.fault.detail if proof.fault else "",
            }
        )
    elif proof.fault is not None:
        out.print(f"[bold red]event log[/] {proof.fault.detail}")
    else:
        out.print(
            f"{proof.entries} events: [green]all as written[/]; note this head elsewhere to prove "
            f"it later with --head: {proof.head}",
            soft_wrap=True,
        )


def _tell(verdict: Verdict, camera: str, *, as_json: bool) -> None:
    segment = verdict.segment
    if as_json:
        print_json_line(_record(verdict, camera))
        return
    for finding in verdict.findings:
        out.print(
            f"[bold red]{finding.fault}[/] {camera} {us_to_text(finding.start_us)} {segment.path} "
            f"bytes {finding.offset}+{finding.size}: {finding.detail}"
        )


def _record(verdict: Verdict, camera: str) -> dict[str, Any]:
    segment = verdict.segment
    return {
        "type": "segment",
        "camera": camera,
        "stream": segment.stream.role.value,
        "file": segment.path,
        "start": us_to_text(segment.start_us),
        "state": segment.state.value,
        "fragments": verdict.fragments,
        "bytes": verdict.bytes,
        "ok": not verdict.findings,
        "findings": [
            {
                "fault": finding.fault.value,
                "offset": finding.offset,
                "size": finding.size,
                "start": us_to_text(finding.start_us),
                "detail": finding.detail,
            }
            for finding in verdict.findings
        ],
    }
