"""Exports: ask for footage to take away, watch it being made, fetch it."""

import asyncio
import os
from pathlib import Path as FilePath
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request, Response

from vedette.accounts.access import Access
from vedette.api.audit import actor_of, note
from vedette.api.export_shapes import (
    ExportAnswer,
    ExportBody,
    ExportsAnswer,
    OutlookAnswer,
    export_shape,
    outlook_shape,
)
from vedette.api.fields import ExportId
from vedette.api.ranges import Read, ranged
from vedette.api.rights import May, must_see
from vedette.api.services import House, Services, Who
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused
from vedette.base.units import us_to_datetime, us_to_text
from vedette.export.archive import Archive, Member
from vedette.model.export import ExportedCamera, ExportFile, ExportJob, ExportRequest
from vedette.model.person import Identity
from vedette.model.rights import Right

router = APIRouter(prefix="/exports", tags=["exports"])

_CACHING = "private, no-cache"
_BYTES: dict[int | str, dict[str, object]] = {
    206: {"description": "The range that was asked for"},
    304: {"description": "The caller has these bytes already"},
    416: {"description": "The range lies outside the file"},
}


def _binary(media_type: str) -> dict[int | str, dict[str, object]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    partial = {**_BYTES[206], "content": content}
    return {200: {"description": "The bytes", "content": content}, **_BYTES, 206: partial}


@router.post("", status_code=201)
async def make_export(
    house: House, who: Who, access: May, request: Request, body: ExportBody
) -> ExportAnswer:
    """Queue an export; `/updates` tells how far it is."""
    asked = await _request(request, house, who, access, body)
    note(
        request,
        name=", ".join(one.name for one in asked.cameras),
        start_us=body.start_us,
        end_us=body.end_us,
        reason=body.reason,
    )
    job = await house.exports.ask(asked)
    return _shape(job)


@router.post("/outlook")
async def get_export_outlook(
    house: House, who: Who, access: May, request: Request, body: ExportBody
) -> OutlookAnswer:
    """What an export would be, and whether it would be refused; nothing is begun."""
    asked = await _request(request, house, who, access, body)
    return outlook_shape(await house.exports.outlook(asked))


@router.get("")
async def list_exports(house: House, who: Who, access: May) -> ExportsAnswer:
    """Exports of cameras that you may export, newest first, at most a thousand."""
    jobs = await house.exports.list(who.organisation)
    return ExportsAnswer(exports=[_shape(one) for one in jobs if _may_have(access, one)])


@router.get("/{export_id}")
async def get_export(house: House, who: Who, access: May, export_id: ExportId) -> ExportAnswer:
    """One export."""
    return _shape(await _job(house, who, access, export_id))


@router.post("/{export_id}/cancel")
async def cancel_export(house: House, who: Who, access: May, export_id: ExportId) -> ExportAnswer:
    """End an export that waits or is being made; what there is of its files goes."""
    await _job(house, who, access, export_id)
    return _shape(await house.exports.cancel(who.organisation, export_id))


@router.delete("/{export_id}", status_code=204)
async def delete_export(house: House, who: Who, access: May, export_id: ExportId) -> None:
    """Remove an export with its files, whatever it is doing."""
    await _job(house, who, access, export_id)
    await house.exports.delete(who.organisation, export_id)


@router.get("/{export_id}/manifest", response_class=Response, responses=_binary("application/json"))
@router.head("/{export_id}/manifest", include_in_schema=False)
async def get_export_manifest(
    house: House, who: Who, access: May, request: Request, export_id: ExportId
) -> Response:
    """What is in an export, what is missing, and the hashes; see docs/reference/exports.md."""
    job = await _job(house, who, access, export_id)
    manifest = _manifest(job)
    await _keep_download(house, who, request, job, manifest.name)
    return _sent(house, request, job, manifest, "application/json")


@router.get("/{export_id}/files/{number}", response_class=Response, responses=_binary("video/mp4"))
@router.head("/{export_id}/files/{number}", include_in_schema=False)
async def get_export_file(
    *,
    house: House,
    who: Who,
    access: May,
    request: Request,
    export_id: ExportId,
    number: Annotated[int, Path(ge=1, le=1_000_000, description="Of the file, from 1")],
) -> Response:
    """One MP4 file or a range of it; a broken download may go on with Range and If-Range."""
    job = await _job(house, who, access, export_id)
    files = job.outcome.files if job.outcome else ()
    if number > len(files):
        raise NotFound(f"the export has {len(files)} files; there is no file {number}")
    await _keep_download(house, who, request, job, files[number - 1].name)
    return _sent(house, request, job, files[number - 1], "video/mp4")


@router.get("/{export_id}/zip", response_class=Response, responses=_binary("application/zip"))
@router.head("/{export_id}/zip", include_in_schema=False)
async def get_export_zip(
    house: House, who: Who, access: May, request: Request, export_id: ExportId
) -> Response:
    """All files and the manifest as one ZIP, not compressed; ranges work as for a file."""
    job = await _job(house, who, access, export_id)
    members = [_manifest(job), *(job.outcome.files if job.outcome else ())]
    paths = [house.exports.path(job, one.name) for one in members]
    archive = _archive(job)
    await _keep_download(house, who, request, job, "all as ZIP")

    async def read(offset: int, size: int) -> bytes:
        pieces = archive.pieces(offset, size)
        parts = [
            piece.literal
            if piece.member < 0
            else await _read(paths[piece.member], piece.offset, piece.size)
            for piece in pieces
        ]
        return b"".join(parts)

    return ranged(
        request,
        read,
        archive.size,
        tag=f'"{job.id}-{_manifest(job).sha256[:16]}"',
        caching=_CACHING,
        media_type="application/zip",
        name=f"{_title(job)}.zip",
    )


def _may_have(access: Access, job: ExportJob) -> bool:
    return all(access.may(Right.EXPORT, one.id) for one in job.request.cameras)


async def _job(house: Services, who: Identity, access: Access, export_id: str) -> ExportJob:
    """An export whose cameras one may export, every one of them.

    Raises:
        NotFound: There is none.
    """
    job = await house.exports.get(who.organisation, export_id)
    if not _may_have(access, job):
        raise NotFound(f"there is no export {export_id}")
    return job


async def _check(request: Request, house: Services, access: Access, body: ExportBody) -> None:
    """Whether every camera may be exported, as far back as is asked.

    Raises:
        NotFound: One of them may not be seen.
        Refused: One may be seen, but not exported, or not so old.
    """
    await must_see(request, access, body.cameras)
    for camera in body.cameras:
        earliest_us = access.earliest_us(Right.EXPORT, camera, house.clock.wall_us())
        if earliest_us is None:
            raise Refused("you may not export footage of one of these cameras")
        if body.start_us < earliest_us:
            raise Refused(f"your role exports footage from {us_to_text(earliest_us)} on")


async def _request(
    request: Request, house: Services, who: Identity, access: Access, body: ExportBody
) -> ExportRequest:
    """What a person asks for, with the names as they are now.

    Raises:
        BadRequest: A camera stands there twice, or nobody knows the zone.
        NotFound: One of the cameras is not the organisation's.
    """
    if len(set(body.cameras)) < len(body.cameras):
        raise BadRequest("a camera is named twice; name each once")
    await _check(request, house, access, body)
    try:
        ZoneInfo(body.time_zone)
    except (KeyError, ValueError, OSError):
        raise BadRequest(
            f"{body.time_zone} is no time zone; give an IANA name such as Europe/Vienna"
        ) from None
    cameras = [
        await house.cameras.get(who.organisation, one, even_removed=True) for one in body.cameras
    ]
    return ExportRequest(
        organisation=who.organisation,
        cameras=tuple(ExportedCamera(one.id, one.name, one.removed_us) for one in cameras),
        role=body.role,
        start_us=body.start_us,
        end_us=body.end_us,
        person=who.person,
        person_name=who.name,
        exact=body.exact,
        sound=body.sound,
        time_zone=body.time_zone,
        reason=body.reason,
        note=body.note,
    )


def _shape(job: ExportJob) -> ExportAnswer:
    return export_shape(job, _archive(job).size if job.outcome else 0)


def _manifest(job: ExportJob) -> ExportFile:
    if job.outcome is None:
        raise Conflict(f"this export is {job.state.value}; it has no files to download")
    return job.outcome.manifest


def _archive(job: ExportJob) -> Archive:
    """The export as a ZIP file, in a folder of its own."""
    folder = _title(job)
    files = [_manifest(job), *(job.outcome.files if job.outcome else ())]
    made = us_to_datetime(job.finished_us or job.created_us)
    return Archive(
        [Member(f"{folder}/{one.name}", one.bytes, one.crc32) for one in files],
        made.astimezone(ZoneInfo(job.request.time_zone)),
    )


def _title(job: ExportJob) -> str:
    """Name of the ZIP file and of the folder in it."""
    local = us_to_datetime(job.request.start_us).astimezone(ZoneInfo(job.request.time_zone))
    return f"vedette-export_{local:%Y-%m-%d_%H-%M-%S}_{job.id[-6:]}"


async def _keep_download(
    house: Services, who: Identity, request: Request, job: ExportJob, what: str
) -> None:
    """Keep who took an export away, whole or in parts."""
    if request.method == "GET":
        names = ", ".join(one.name for one in job.request.cameras)
        await house.audit.keep_taking(
            who.organisation,
            actor_of(who, request),
            f"{who.name} fetched an export of {names}",
            subject=f"export/{job.id}",
            file=what,
        )


def _sent(
    house: Services, request: Request, job: ExportJob, file: ExportFile, media_type: str
) -> Response:
    path = house.exports.path(job, file.name)
    read: Read = lambda offset, size: _read(path, offset, size)  # noqa: E731  typed
    return ranged(
        request,
        read,
        file.bytes,
        tag=f'"{file.sha256}"',
        caching=_CACHING,
        media_type=media_type,
        name=file.name,
    )


async def _read(path: FilePath, offset: int, size: int) -> bytes:
    """Bytes of a file.

    Raises:
        NotFound: It is shorter, or gone.
    """

    def read() -> bytes:
        with path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), size, offset)

    try:
        data = await asyncio.to_thread(read)
    except OSError as error:
        raise NotFound(f"{path.name} cannot be read any more; export anew") from error
    if len(data) < size:
        raise NotFound(f"{path.name} is shorter than it was; export anew")
    return data
