"""The manifest's schema is committed as the code has it, and what is written fits it."""

import json
from pathlib import Path

from tests.unit.export.films import NOON, export, manifest_of, request_of, told
from vedette.base.units import US_PER_S
from vedette.export.manifest import Manifest
from vedette.testing.house import House
from vedette.testing.numbered import numbered_clip

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "reference" / "exports.schema.json"


def test_the_committed_schema_is_the_codes() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == Manifest.model_json_schema(), (
        "the manifest changed: raise its version if readers would stumble, and write "
        "json.dumps(Manifest.model_json_schema(), indent=1) there"
    )


def test_a_manifest_is_written_in_the_order_of_its_schema(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(numbered_clip(160, 96, frames=20), NOON)
        request = request_of(
            house, NOON, NOON + 4 * US_PER_S, time_zone="Europe/Vienna", note="käse", reason="r"
        )
        await export(house, request, tmp_path / "out")

    told(tmp_path, story)
    written = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert list(written) == list(Manifest.model_json_schema()["properties"])
    assert written == json.loads(manifest_of(tmp_path / "out").model_dump_json())
    assert written["note"] == "käse"
    assert written["asked"]["start"] == "2026-05-01T14:00:00.000+02:00"
