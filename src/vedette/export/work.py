"""Copies a range of some cameras into a folder: reads, compares, writes, keeps the account."""

import hashlib
from pathlib import Path

from vedette.base.errors import NotFound, StorageError
from vedette.base.units import us_to_text
from vedette.catalog.ports import Footage
from vedette.export import plan
from vedette.export.account import Account, instants
from vedette.export.around import Around
from vedette.export.files import Files
from vedette.export.manifest import CameraAccount, Manifest, Named
from vedette.export.ports import Progress, Report
from vedette.media.boxes import BadBox
from vedette.model.export import ExportedCamera, ExportOutcome, ExportRequest, Missing
from vedette.model.footage import FormatRow, Fragment, Segment

_PIECE_BYTES = 1024 * 1024
_PAGE = 2000


class Exporter:
    """Carries out one request, once.

    Args:
        around: What it works with.
        request: What was asked for.
        folder: Exists and is empty.
        report: Told after each piece; may end the export by raising.
    """

    def __init__(
        self, around: Around, request: ExportRequest, folder: Path, report: Report
    ) -> None:
        self._around = around
        self._request = request
        self._report = report
        self._done_bytes = self._done_us = 0
        self._broken = False  # the group lost a fragment; what follows in it cannot be decoded
        self._files = Files(around, request, folder, self._note_bytes)

    async def run(self, export_id: str, organisation: str) -> ExportOutcome:
        """Write every file and the manifest.

        Args:
            export_id: For the manifest.
            organisation: Name of the organisation, for the manifest.

        Raises:
            StorageError: The folder cannot be written, or ``report`` said to stop.
        """
        began_us = self._around.clock.wall_us()
        files = self._files
        accounts: list[CameraAccount] = []
        missing: list[Missing] = []
        try:
            for camera in self._request.cameras:
                account, gone = await self._camera(camera)
                accounts.append(account)
                missing += gone
            manifest = self._manifest(export_id, organisation, began_us, accounts)
            written = await self._around.aside(lambda: files.manifest.finish(manifest))
        finally:
            # The thread may still be at a piece when the task is cancelled; this waits its turn.
            self._around.threads.submit(files.close)
        return ExportOutcome(
            files=tuple(files.finished),
            manifest=written,
            delivered_us=sum(one.end_us - one.start_us for one in files.finished),
            missing_us=sum(one.end_us - one.start_us for one in missing),
            missing=plan.longest(missing),
            faults=sum(len(one.faults) for one in accounts),
            lost_frames=sum(one.lost_frames for one in accounts),
            clock_steps=sum(len(one.clock_steps) for one in accounts),
        )

    def _manifest(
        self, export_id: str, organisation: str, began_us: int, accounts: list[CameraAccount]
    ) -> Manifest:
        request = self._request
        return Manifest(
            id=export_id,
            organisation=Named(id=request.organisation, name=organisation),
            requested_by=Named(id=request.person, name=request.person_name),
            reason=request.reason,
            note=request.note,
            created=us_to_text(began_us),
            software=self._around.software,
            time_zone=request.time_zone,
            role=request.role,
            exact=request.exact,
            sound=request.sound,
            asked=instants(request.start_us, request.end_us, request.time_zone),
            cameras=accounts,
            files=[],
        )

    async def _camera(self, camera: ExportedCamera) -> tuple[CameraAccount, list[Missing]]:
        request, catalog = self._request, self._around.catalog
        stream = request.stream(camera)
        account = Account(camera)
        before = len(self._files.finished)
        self._broken = False
        position_us, seen = request.start_us, set[int]()
        while True:
            page = await catalog.segments(
                request.organisation, stream, position_us, request.end_us, _PAGE
            )
            fresh = [one for one in page if one.start_us not in seen]
            for index in range(len(fresh)):
                await self._segment(account, fresh[index:])
            if len(page) < _PAGE or not fresh:
                break
            seen = {one.start_us for one in page}
            position_us = page[-1].start_us
        await self._files.end()
        asked = (request.start_us, request.end_us)
        told: Footage = (await catalog.footage(request.organisation, [stream], *asked))[0]
        missing = account.missing(told, *asked, self._around.clock.wall_us())
        files = self._files.finished[before:]
        return account.close(request, files, missing, told), missing

    async def _segment(self, account: Account, ahead: list[Segment]) -> None:
        """Copy what is wanted of the first of some segments."""
        request, segment = self._request, ahead[0]
        rows = await self._around.catalog.fragments(
            request.organisation,
            segment.stream,
            segment.start_us,
            max(segment.end_us, segment.start_us + 1),
        )
        rows = sorted(
            (one for one in rows if one.segment_start_us == segment.start_us),
            key=lambda one: one.offset,
        )
        chosen = plan.wanted(rows, request.start_us, request.end_us)
        if not chosen:
            return
        account.protected += segment.protected
        row = await self._around.catalog.format(request.organisation, segment.format_id)
        for fragment in chosen:
            if self._broken and not fragment.key:
                account.orphan(fragment)
                self._note_bytes(fragment.size)
            else:
                self._broken = not await self._fragment(account, fragment, row, ahead)
            self._done_us += plan.shared_us(fragment, request.start_us, request.end_us)
            self._tell()

    async def _fragment(
        self, account: Account, fragment: Fragment, row: FormatRow, ahead: list[Segment]
    ) -> bool:
        """Copy one fragment; False when its bytes cannot be used."""
        segment = ahead[0]
        data, problem = await self._read(segment, fragment)
        digest = b""
        if not problem:
            digest = await self._around.aside(lambda: hashlib.sha256(data).digest())
        frames = 0
        if digest == fragment.sha256:
            try:
                frames = await self._files.take(account.camera, fragment, data, row, ahead)
            except BadBox as error:
                problem = f"it cannot be understood: {error}"
        if problem or digest != fragment.sha256:
            account.fault(segment, fragment, digest, problem)
            # No picture may stand in for one that was altered.
            await self._files.end()
            return False
        if frames:
            account.deliver(fragment, frames)
        return True

    async def _read(self, segment: Segment, fragment: Fragment) -> tuple[bytes, str]:
        """The bytes of a fragment, or why there are none."""
        pieces: list[bytes] = []
        position, end = fragment.offset, fragment.offset + fragment.size
        try:
            reader = self._around.files.reader(segment.volume)
            while position < end:
                size = min(_PIECE_BYTES, end - position)
                await self._around.pace.take(size)
                piece = await reader.read(segment.path, position, size)
                if not piece:
                    return b"", f"{segment.path} ends at byte {position}, inside the fragment"
                pieces.append(piece)
                position += len(piece)
        except (NotFound, StorageError) as error:
            return b"", str(error)
        finally:
            self._done_bytes += fragment.size
        return b"".join(pieces), ""

    def _note_bytes(self, size: int) -> None:
        self._done_bytes += size
        self._tell()

    def _tell(self) -> None:
        self._report(Progress(self._done_bytes, self._done_us, self._files.written_bytes))
