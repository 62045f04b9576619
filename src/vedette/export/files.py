"""The files of an export: begun, ended, read back, one open at a time."""

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vedette.export import plan
from vedette.export.account import instants
from vedette.export.around import Around
from vedette.export.film import Film, Window
from vedette.export.manifest import FileEntry, FragmentEntry, ManifestWriter, Source
from vedette.export.sound import TelephoneSound, is_telephone
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID
from vedette.media.mp4 import TrackEntry, read_entries
from vedette.model.export import (
    Exactness,
    ExportedCamera,
    ExportFile,
    ExportRequest,
    SoundChoice,
)
from vedette.model.footage import FormatRow, Fragment, Segment

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Sound:
    """What becomes of a format's sound."""

    how: Literal["as recorded", "converted", "none"]
    codec: str = ""
    entry: TrackEntry | None = None
    telephone: TelephoneSound | None = None


@dataclass(slots=True)
class _Open:
    """The file that is being written."""

    film: Film
    path: Path
    camera: ExportedCamera
    format: FormatRow
    sound: _Sound
    edge: plan.Edge
    fragments: list[FragmentEntry] = field(default_factory=list[FragmentEntry])


class Files:
    """Writes one file after the other; call ``close`` in the end, however it ends.

    Args:
        around: What it works with.
        request: What was asked for.
        folder: Exists and is empty.
        read_back: Told how many bytes were read back.
    """

    def __init__(
        self,
        around: Around,
        request: ExportRequest,
        folder: Path,
        read_back: Callable[[int], None],
    ) -> None:
        self._around = around
        self._request = request
        self._folder = folder
        self._read_back_bytes = read_back
        self._finished_bytes = 0
        self._open: _Open | None = None
        self.finished: list[ExportFile] = []
        self.manifest = ManifestWriter(folder)

    @property
    def written_bytes(self) -> int:
        """Written so far."""
        return self._finished_bytes + (self._open.film.length if self._open else 0)

    async def take(
        self,
        camera: ExportedCamera,
        fragment: Fragment,
        data: bytes,
        row: FormatRow,
        ahead: list[Segment],
    ) -> int:
        """Put a fragment into the open file, or into a new one where the plan says so.

        Args:
            camera: Whose.
            fragment: Its row.
            data: Its bytes, compared with its hash.
            row: Its format.
            ahead: Its segment and those after it.

        Returns:
            How many frames were taken; 0 when none of it belongs into the range.

        Raises:
            BadBox: The bytes are no fragment.
            StorageError: The disk does not take them.
        """
        open_ = self._open
        if open_ is None or not plan.goes_on(open_.edge, fragment, row.id):
            await self.end()
            open_ = self._open = await self._begin(camera, fragment, row, ahead)
        film = open_.film
        delivered = await self._around.aside(lambda: film.append(fragment, data))
        end_us = fragment.start_us + fragment.duration_us
        open_.edge = plan.Edge(open_.edge.start_us, end_us, fragment.segment_start_us, row.id)
        if delivered is None:
            return 0
        open_.fragments.append(
            FragmentEntry(
                start_us=fragment.start_us,
                duration_us=fragment.duration_us,
                frames=delivered.frames,
                lost_frames=fragment.lost_frames,
                lost_packets=fragment.lost_packets,
                key=fragment.key,
                offset=delivered.offset,
                size=delivered.bytes,
                sha256=delivered.sha256,
                source=Source(
                    volume=ahead[0].volume,
                    path=ahead[0].path,
                    offset=fragment.offset,
                    size=fragment.size,
                    sha256=fragment.sha256.hex(),
                ),
            )
        )
        return delivered.frames

    async def end(self) -> None:
        """Finish the open file, read it back, and put it into the manifest."""
        open_ = self._open
        if open_ is None:
            return
        film, path = open_.film, open_.path
        if not film.shows:
            self.close_file()
            await self._around.aside(path.unlink)
            return
        shown = await self._around.aside(film.finish)
        self.close_file()
        size, digest, crc = await self._read_back(path)
        self._finished_bytes += size
        entry = FileEntry(
            name=path.name,
            camera=open_.camera.id,
            size=size,
            sha256=digest,
            shown=instants(shown.start_us, shown.end_us, self._request.time_zone),
            video_codec=open_.format.video_codec,
            audio_codec=open_.sound.codec,
            sound=open_.sound.how,
            width=open_.format.width,
            height=open_.format.height,
            fragments=[],
        )
        await self._around.aside(
            lambda: self.manifest.add_file(entry, open_.fragments, shown.payload_at)
        )
        self.finished.append(
            ExportFile(path.name, open_.camera.id, shown.start_us, shown.end_us, size, digest, crc)
        )

    def close_file(self) -> None:
        """Let go of the open file."""
        open_, self._open = self._open, None
        if open_ is not None:
            open_.film.close()

    def close(self) -> None:
        """Let go of everything; in the writing thread, behind whatever it still does."""
        self.close_file()
        self.manifest.close()

    async def _begin(
        self, camera: ExportedCamera, fragment: Fragment, row: FormatRow, ahead: list[Segment]
    ) -> _Open:
        request = self._request
        by_frame = request.exact is Exactness.FRAME
        shown_us = max(fragment.start_us, request.start_us) if by_frame else fragment.start_us
        name = plan.file_name(
            len(self.finished) + 1, camera.name, request.role, shown_us, request.time_zone
        )
        path = self._folder / name
        room = plan.room_for(ahead, fragment.start_us, request.end_us)
        video = next(one for one in read_entries(row.init) if one.track_id == VIDEO_TRACK_ID)
        sound = self._sound(row)
        film = await self._around.aside(
            lambda: Film(
                path,
                video,
                sound.entry,
                start_us=fragment.start_us,
                room_bytes=room,
                window=Window(request.start_us, request.end_us) if by_frame else None,
                telephone=sound.telephone,
            )
        )
        edge = plan.Edge(fragment.start_us, fragment.start_us, fragment.segment_start_us, row.id)
        return _Open(film, path, camera, row, sound, edge)

    def _sound(self, row: FormatRow) -> _Sound:
        entries = read_entries(row.init)
        entry = next((one for one in entries if one.track_id == AUDIO_TRACK_ID), None)
        if entry is None or self._request.sound is SoundChoice.NONE:
            return _Sound("none")
        if is_telephone(row.audio_codec) and self._request.sound is SoundChoice.PLAYABLE:
            telephone = TelephoneSound(row.audio_codec, entry)
            return _Sound("converted", "mp4a.40.2", entry, telephone)
        return _Sound("as recorded", row.audio_codec, entry)

    async def _read_back(self, path: Path) -> tuple[int, str, int]:
        """Length, SHA-256 and CRC-32 of what lies on the disk now."""
        digest, crc, size = hashlib.sha256(), 0, 0
        with path.open("rb", buffering=0) as file:
            while piece := await self._around.aside(lambda: file.read(_PIECE_BYTES)):
                await self._around.pace.take(len(piece))
                digest.update(piece)
                crc = zlib.crc32(piece, crc)
                size += len(piece)
                self._read_back_bytes(len(piece))
        return size, digest.hexdigest(), crc
