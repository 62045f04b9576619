"""Checks an export against its manifest, anywhere, without an installation.

Tells which file and which fragment was altered: the manifest has the hash of both. What lies before
the first fragment of a file, and sound that was converted behind the last one, has no hash of its
own and counts as the header.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from vedette.base.errors import BadRequest, NotFound
from vedette.export.manifest import NAME, FileEntry, Manifest

_PIECE_BYTES = 1024 * 1024


class ExportFault(StrEnum):
    """What is wrong with a file of an export."""

    MISSING = "missing"  # it is not there
    LENGTH = "length"  # it is shorter or longer
    ALTERED = "altered"  # a fragment's bytes are others
    HEADER = "header"  # the fragments are as they were, what surrounds them is not


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was found in one file.

    Attributes:
        file: As the manifest has it.
        fault: None when all is well.
        fragment: Number of the first altered fragment, from 1; 0 when it is none of them.
        detail: One sentence; empty when all is well.
    """

    file: FileEntry
    fault: ExportFault | None = None
    fragment: int = 0
    detail: str = ""


def read_manifest(place: Path) -> tuple[Manifest, Path]:
    """The manifest of an export, and the folder of its files.

    Args:
        place: The folder, or the manifest in it.

    Raises:
        NotFound: There is none.
        BadRequest: It is no manifest, or one of a later version.
    """
    path = place / NAME if place.is_dir() else place
    try:
        return Manifest.model_validate_json(path.read_bytes()), path.parent
    except OSError as error:
        raise NotFound(f"{path} cannot be read ({error.strerror}); name the folder") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the text"
        raise BadRequest(
            f"{path} is no manifest of an export that this Vedette knows: {where}: {first['msg']}"
        ) from error


def verify(manifest: Manifest, folder: Path) -> Iterator[FileVerdict]:
    """Compare every file with the manifest, in its order, one MiB in memory at a time."""
    for file in manifest.files:
        if Path(file.name).name != file.name:
            detail = f"{file.name!r} names another folder; the manifest was altered"
            yield FileVerdict(file, ExportFault.MISSING, 0, detail)
            continue
        try:
            with (folder / file.name).open("rb") as opened:
                yield _compare(file, opened)
        except OSError as error:
            detail = f"{file.name} cannot be read: {error.strerror or error}"
            yield FileVerdict(file, ExportFault.MISSING, 0, detail)


def _compare(file: FileEntry, opened: BinaryIO) -> FileVerdict:
    size = opened.seek(0, 2)
    digest = _digest(opened, 0, size)
    if digest == file.sha256 and size == file.size:
        return FileVerdict(file)
    for number, one in enumerate(file.fragments, 1):
        if _digest(opened, one.offset, one.size) != one.sha256:
            detail = (
                f"{file.name} was altered between byte {one.offset} and {one.offset + one.size}"
            )
            return FileVerdict(file, ExportFault.ALTERED, number, detail)
    if size != file.size:
        detail = f"{file.name} has {size} bytes instead of {file.size}"
        return FileVerdict(file, ExportFault.LENGTH, 0, detail)
    detail = f"{file.name} was altered outside its fragments; they are as they were"
    return FileVerdict(file, ExportFault.HEADER, 0, detail)


def _digest(opened: BinaryIO, offset: int, size: int) -> str:
    digest = hashlib.sha256()
    opened.seek(offset)
    while size > 0 and (piece := opened.read(min(_PIECE_BYTES, size))):
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()
