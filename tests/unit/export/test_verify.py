"""An export is compared with its manifest: what was altered is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.export.films import NOON, export, manifest_of, request_of, told
from vedette.base.errors import BadRequest, NotFound
from vedette.base.units import US_PER_S
from vedette.export.manifest import Manifest
from vedette.export.verify import ExportFault, read_manifest, verify
from vedette.testing.house import House
from vedette.testing.numbered import numbered_clip

S = US_PER_S


def exported(tmp_path: Path) -> tuple[Manifest, Path, Path]:
    """A manifest, its folder, and the path of its second file."""

    async def story(house: House) -> None:
        await house.record(numbered_clip(160, 96, frames=30), NOON)
        await house.record(numbered_clip(160, 96, frames=30), NOON + 10 * S)
        await export(house, request_of(house, NOON, NOON + 20 * S), tmp_path / "out")

    told(tmp_path, story)
    manifest = manifest_of(tmp_path / "out")
    return manifest, tmp_path / "out", tmp_path / "out" / manifest.files[1].name


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_what_was_altered_is_named(tmp_path: Path) -> None:
    manifest, folder, path = exported(tmp_path)
    whole = path.read_bytes()
    second = manifest.files[1].fragments[1]
    cases: list[tuple[Callable[[], object], ExportFault | None, int]] = [
        (lambda: None, None, 0),
        (lambda: flip(path, second.offset), ExportFault.ALTERED, 2),
        (lambda: flip(path, 30), ExportFault.HEADER, 0),
        (lambda: path.write_bytes(whole + b"more"), ExportFault.LENGTH, 0),
        (lambda: path.write_bytes(whole[:-10]), ExportFault.ALTERED, 3),
        (path.unlink, ExportFault.MISSING, 0),
    ]
    for change, fault, fragment in cases:
        path.write_bytes(whole)
        change()
        first, found = verify(manifest, folder)
        assert first.fault is None
        assert (found.fault, found.fragment) == (fault, fragment)
        assert bool(found.detail) is (fault is not None)


def test_a_manifest_does_not_lead_out_of_its_folder(tmp_path: Path) -> None:
    manifest, folder, _ = exported(tmp_path)
    manifest.files[0].name = "../../etc/passwd"
    found = next(verify(manifest, folder))
    assert found.fault is ExportFault.MISSING
    assert "another folder" in found.detail


def test_a_folder_without_a_manifest_and_a_stranger_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="name the folder"):
        read_manifest(tmp_path)
    other = tmp_path / "manifest.json"
    other.write_text('{"format": "something", "version": 1}')
    with pytest.raises(BadRequest, match="no manifest"):
        read_manifest(tmp_path)
