"""``vedette footage NAME``: which fragments and gaps there are, for people and for scripts."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from vedette.base.errors import BadRequest, NotFound
from vedette.base.units import us_to_text
from vedette.cli.installation import (
    ConfigOption,
    DataOption,
    Installation,
    JsonOption,
    work,
)
from vedette.cli.output import out, print_json_line, speaks_plainly
from vedette.cli.times import parse_time
from vedette.model.camera import Camera, StreamKey, StreamRole
from vedette.model.footage import Fragment, Gap, Segment

_PAGE = 5000


@speaks_plainly
def footage(
    name: Annotated[str, typer.Argument(help="The camera's name.")],
    start: Annotated[str, typer.Option("--from", help="Such as -1h or 2026-05-01T12:00:00Z.")],
    end: Annotated[str, typer.Option("--to", help="Excluded; default now.")] = "now",
    stream: Annotated[StreamRole, typer.Option(help="Which stream.")] = StreamRole.MAIN,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the fragments and gaps of a camera between two times."""
    now = datetime.now().astimezone()
    zone = now.tzinfo
    assert zone is not None  # noqa: S101  astimezone always sets one
    start_us, end_us = parse_time(start, now, zone), parse_time(end, now, zone)
    if end_us <= start_us:
        raise BadRequest(f"--to {end} is not after --from {start}")

    async def command(here: Installation) -> tuple[Camera, list[dict[str, Any]]]:
        camera = await camera_named(here, name)
        return camera, await _records(here, camera, stream, start_us, end_us)

    camera, records = work(data, config, command)
    if as_json:
        for record in records:
            print_json_line(record)
    else:
        _show(camera, records)


async def camera_named(here: Installation, name: str) -> Camera:
    """The camera of that name; where there is none, the one removed last that had it."""
    try:
        return await here.stores.cameras.by_name(here.organisation, name)
    except NotFound:
        removed = await here.stores.cameras.removed(here.organisation)
        found = next((one for one in removed if one.name == name.strip()), None)
        if found is None:
            raise
        return found


async def _records(
    here: Installation, camera: Camera, role: StreamRole, start_us: int, end_us: int
) -> list[dict[str, Any]]:
    organisation, catalog, name = here.organisation, here.stores.catalog, camera.name
    if role not in camera.streams:
        raise NotFound(f"{name} has no {role} stream")
    key = camera.key(role)
    answer = (await catalog.footage(organisation, [key], start_us, end_us))[0]
    fragments = await _all_fragments(here, key, start_us, end_us)
    segments = {
        segment.start_us: segment
        for segment in await catalog.segments(organisation, key, start_us, end_us, 1_000_000)
    }
    roots = await here.stores.volume_roots()
    open_since = {gap.stream for gap in await catalog.open_gaps(organisation)}
    records = [
        (gap.start_us, _gap(name, role, gap, still=key in open_since and gap is answer.gaps[-1]))
        for gap in answer.gaps
    ]
    records += [
        (fragment.start_us, _fragment(name, role, fragment, segment, roots))
        for fragment in fragments
        if (segment := segments.get(fragment.segment_start_us)) is not None
    ]
    return [record for _, record in sorted(records, key=lambda pair: pair[0])]


async def _all_fragments(
    here: Installation, key: StreamKey, start_us: int, end_us: int
) -> list[Fragment]:
    found: list[Fragment] = []
    while True:
        page = await here.stores.catalog.fragments(here.organisation, key, start_us, end_us, _PAGE)
        found += [one for one in page if not found or one.start_us > found[-1].start_us]
        if len(page) < _PAGE:
            return found
        start_us = page[-1].start_us + page[-1].duration_us


def _fragment(
    name: str,
    role: StreamRole,
    fragment: Fragment,
    segment: Segment,
    roots: dict[str, Path],
) -> dict[str, Any]:
    root = roots.get(segment.volume)
    return {
        "type": "fragment",
        "camera": name,
        "stream": role.value,
        "file": str(root / segment.path) if root else f"{segment.volume}:{segment.path}",
        "offset": fragment.offset,
        "size": fragment.size,
        "start": us_to_text(fragment.start_us),
        "duration": fragment.duration_us / 1e6,
        "frames": fragment.frames,
        "lost_frames": fragment.lost_frames,
        "sha256": fragment.sha256.hex(),
    }


def _gap(name: str, role: StreamRole, gap: Gap, *, still: bool) -> dict[str, Any]:
    """A gap as scripts see it; one that is still open has no end."""
    return {
        "type": "gap",
        "camera": name,
        "stream": role.value,
        "start": us_to_text(gap.start_us),
        "end": None if still or gap.end_us is None else us_to_text(gap.end_us),
        "reason": gap.reason.value,
        "detail": gap.detail,
    }


def _show(camera: Camera, records: list[dict[str, Any]]) -> None:
    gone = camera.removed_us
    removed = None if gone is None else f"{escape(camera.name)}, removed {us_to_text(gone)}"
    table = Table("from", "seconds", "frames", "lost", "bytes", "file or reason", title=removed)
    for record in records:
        if record["type"] == "gap":
            reason = f"[yellow]no footage: {record['reason']}[/] {record['detail']}"
            table.add_row(record["start"], "", "", "", "", reason)
        else:
            table.add_row(
                record["start"],
                f"{record['duration']:.2f}",
                str(record["frames"]),
                str(record["lost_frames"] or ""),
                str(record["size"]),
                f"{Path(record['file']).name} @ {record['offset']}",
            )
    nothing = "no footage between these times"
    out.print(table if records else nothing if removed is None else f"{removed}: {nothing}")
