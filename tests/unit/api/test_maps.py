"""Street maps over HTTP: whoever is signed in may read them, in ranges, and nothing beside them."""

from pathlib import Path

import httpx
import pytest

from tests.unit.api.asking import run_as_script
from vedette.testing.house import House

MAPS = "/api/v1/maps"
BYTES = b"PMTiles\x03" + bytes(range(256)) * 4


def test_a_file_that_was_dropped_in_is_there_at_once(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        assert (await script.get(MAPS)).json() == {"maps": []}
        folder = tmp_path / "maps"
        folder.mkdir()
        (folder / "vienna.pmtiles").write_bytes(BYTES)
        (folder / "notes.txt").write_bytes(BYTES)
        (folder / "broken.pmtiles").write_bytes(b"<html>")
        listed = (await script.get(MAPS)).json()["maps"]
        assert listed == [{"name": "vienna.pmtiles", "bytes": len(BYTES)}]
        whole = await script.get(f"{MAPS}/vienna.pmtiles")
        assert (whole.status_code, whole.content) == (200, BYTES)
        assert whole.headers["content-type"] == "application/octet-stream"
        part = await script.get(f"{MAPS}/vienna.pmtiles", headers={"Range": "bytes=8-11"})
        assert (part.status_code, part.content) == (206, BYTES[8:12])
        assert part.headers["content-range"] == f"bytes 8-11/{len(BYTES)}"
        beyond = await script.get(f"{MAPS}/vienna.pmtiles", headers={"Range": "bytes=9999-"})
        assert beyond.status_code == 416
        again = {"If-None-Match": whole.headers["etag"]}
        assert (await script.get(f"{MAPS}/vienna.pmtiles", headers=again)).status_code == 304
        nobody = {"Authorization": ""}
        assert (await script.get(f"{MAPS}/vienna.pmtiles", headers=nobody)).status_code == 401

    run_as_script(tmp_path, story)


@pytest.mark.parametrize(
    "name", ["broken.pmtiles", "gone.pmtiles", "..%2Fvedette.db", "notes.txt", "%2e%2e.pmtiles"]
)
def test_nothing_else_is_served(tmp_path: Path, name: str) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        (tmp_path / "maps").mkdir()
        (tmp_path / "maps" / "broken.pmtiles").write_bytes(b"<html>")
        (tmp_path / "maps" / "notes.txt").write_bytes(BYTES)
        assert (await script.get(f"{MAPS}/{name}")).status_code in {404, 422}

    run_as_script(tmp_path, story)
