"""The manifest of an export: what is in it, what is not, and the hashes of everything.

One JSON object, version 1; the schema is generated from here into docs/reference. Keys come in the
order of the fields, so that the same export gives the same text. Fragments are written one a line
while the files grow, because a week of a camera has a quarter of a million.
"""

import hashlib
import zlib
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, Field

from vedette.model.camera import StreamRole
from vedette.model.export import Exactness, ExportFile, SoundChoice

NAME = "manifest.json"
_COPY_BYTES = 1024 * 1024


class Named(BaseModel):
    """An organisation or a person."""

    id: str
    name: str


class Instants(BaseModel):
    """A range of wall time, its end excluded."""

    start_us: int = Field(description="Microseconds since 1970-01-01T00:00:00Z")
    end_us: int
    start: str = Field(description="The same as RFC 3339 in the manifest's time zone")
    end: str


class MissingTime(Instants):
    """Footage that was asked for and is not there."""

    reason: str = Field(
        description="Why: a gap's reason (unreachable, refused, unsupported, protocol, stalled, "
        "timestamp_jump, stopped, crashed, not_wanted, storage, overrun), or altered, unreadable, "
        "frames_lost, not_yet, no_footage"
    )
    detail: str


class FaultyFragment(BaseModel):
    """A fragment that was left out because its bytes are not as they were recorded."""

    start_us: int
    end_us: int
    volume: str
    path: str
    offset: int
    size: int
    recorded_sha256: str
    found_sha256: str = Field(description="Empty when the bytes could not be read at all")
    reason: Literal["altered", "unreadable"]
    detail: str


class Step(BaseModel):
    """The recorder's wall clock was stepped."""

    at_us: int
    step_us: int


class CameraAccount(BaseModel):
    """What was delivered of one camera, and what was not."""

    id: str
    name: str
    removed_us: int | None = Field(description="When it was removed; null while it is there")
    delivered: Instants | None = Field(description="From the first to the last picture")
    files: int
    fragments: int
    frames: int
    lost_frames: int = Field(description="Known to be missing within the delivered fragments")
    lost_packets: int
    protected_segments: int = Field(description="Segments that retention must not erase")
    missing: list[MissingTime]
    clock_steps: list[Step]
    faults: list[FaultyFragment]


class Source(BaseModel):
    """Where a fragment was recorded."""

    volume: str
    path: str
    offset: int
    size: int
    sha256: str = Field(description="As the catalogue has it; the bytes agreed when copied")


class FragmentEntry(BaseModel):
    """A fragment as it lies in a file of the export."""

    start_us: int
    duration_us: int
    frames: int
    lost_frames: int
    lost_packets: int
    key: bool
    offset: int = Field(description="In the export's file")
    size: int
    sha256: str = Field(description="Of these bytes")
    source: Source


class FileEntry(BaseModel):
    """A file of the export."""

    name: str
    camera: str
    size: int
    sha256: str
    shown: Instants
    video_codec: str = Field(description="RFC 6381")
    audio_codec: str = Field(description="RFC 6381; empty without sound")
    sound: Literal["as recorded", "converted", "none"]
    width: int
    height: int
    fragments: list[FragmentEntry]


class Manifest(BaseModel):
    """What an export holds, and what it does not."""

    format: Literal["vedette-export"] = "vedette-export"
    version: Literal[1] = 1
    id: str
    organisation: Named
    requested_by: Named
    reason: str
    note: str
    created: str = Field(description="When the work began, RFC 3339 in UTC")
    software: str = Field(description="Name and version")
    time_zone: str = Field(description="IANA name of the zone in which times are written")
    role: StreamRole
    exact: Exactness
    sound: SoundChoice
    asked: Instants
    cameras: list[CameraAccount]
    files: list[FileEntry]


class ManifestWriter:
    """Gathers the entries of files beside the manifest until it can be written.

    Args:
        folder: Of the export.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spool_path = folder / "manifest.part"
        self._spool = self._spool_path.open("w+b")
        self._files = 0

    def add_file(self, entry: FileEntry, fragments: list[FragmentEntry], shift: int) -> None:
        """Add a file.

        Args:
            entry: Without its fragments.
            fragments: In order.
            shift: Added to their offsets, which counted from the payload.
        """
        text = entry.model_dump_json()
        head = text.removesuffix("[]}")
        self._spool.write((",\n" if self._files else "\n").encode() + head.encode() + b"[")
        for number, one in enumerate(fragments):
            placed = one.model_copy(update={"offset": one.offset + shift})
            line = placed.model_dump_json()
            self._spool.write((",\n" if number else "\n").encode() + line.encode())
        self._spool.write(b"]}")
        self._files += 1

    def finish(self, manifest: Manifest) -> ExportFile:
        """Write the manifest around the files.

        Args:
            manifest: Without files.
        """
        head = manifest.model_dump_json().removesuffix("]}").encode()
        self._spool.flush()
        self._spool.seek(0)
        path = self._folder / NAME
        with path.open("xb") as target:
            path.chmod(0o600)
            target.write(head)
            _copy(self._spool, target)
            target.write(b"]}\n")
        self.close()
        return of_file(path)

    def close(self) -> None:
        """Forget what was gathered; may be called twice."""
        self._spool.close()
        self._spool_path.unlink(missing_ok=True)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    while piece := source.read(_COPY_BYTES):
        target.write(piece)


def of_file(path: Path) -> ExportFile:
    """The manifest's own entry."""
    digest, crc, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(_COPY_BYTES):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
    return ExportFile(path.name, "", 0, 0, size, digest.hexdigest(), crc)
