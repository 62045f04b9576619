"""Exports over HTTP: asked for, watched, fetched whole and in parts, cancelled and deleted."""

import asyncio
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx

from tests.unit.api.asking import run_as_script
from vedette.accounts.access import Access
from vedette.api.feed import Feed
from vedette.base.units import US_PER_S
from vedette.export.settings import ExportSettings
from vedette.model.rights import Right
from vedette.testing.house import House
from vedette.testing.numbered import numbered_clip

EVERYTHING = Access(dict.fromkeys(Right))
EXPORTS = "/api/v1/exports"
S = US_PER_S


async def recorded(house: House) -> dict[str, Any]:
    """Six seconds, and the wish to have three of them."""
    start_us = house.clock.wall_us() - 60 * S
    await house.record(numbered_clip(160, 96, frames=60), start_us)
    return {
        "cameras": [house.camera.id],
        "start_us": start_us + S,
        "end_us": start_us + 4 * S,
        "time_zone": "Europe/Vienna",
        "reason": "theft",
    }


async def ended(feed: Feed, export: str) -> dict[str, Any]:
    """The last word about an export."""
    while True:
        told = await asyncio.wait_for(feed.next(), 30)
        about = told["type"] == "export" and told["id"] == export
        if about and told["state"] not in {"queued", "running"}:
            return told


async def made(house: House, script: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    feed = Feed(house.bus, house.camera.organisation, EVERYTHING)
    asked = await script.post(EXPORTS, json=body)
    assert asked.status_code == 201, asked.text
    await ended(feed, asked.json()["id"])
    feed.close()
    return (await script.get(f"{EXPORTS}/{asked.json()['id']}")).json()


def test_an_export_is_asked_for_watched_and_fetched(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        body = await recorded(house)
        outlook = (await script.post(f"{EXPORTS}/outlook", json=body)).json()
        assert outlook["footage_us"] == 3 * S
        assert not outlook["refusal"]
        export = await made(house, script, body)
        assert export["state"] == "done"
        assert export["person"] == "guard"
        outcome = export["outcome"]
        assert outcome["missing_us"] == outcome["faults"] == 0
        (file,) = outcome["files"]
        assert file["bytes"] <= outlook["bytes"] * 1.05
        address = f"{EXPORTS}/{export['id']}"
        whole = await script.get(f"{address}/files/1")
        assert hashlib.sha256(whole.content).hexdigest() == file["sha256"]
        assert 'filename="001_Front-door_main_' in whole.headers["content-disposition"]
        manifest = await script.get(f"{address}/manifest")
        assert hashlib.sha256(manifest.content).hexdigest() == outcome["manifest"]["sha256"]
        assert json.loads(manifest.content)["reason"] == "theft"
        assert (await script.get(EXPORTS)).json()["exports"] == [export]
        assert (await script.get(f"{address}/files/2")).status_code == 404
        mode = {path.stat().st_mode & 0o777 for path in (tmp_path / "exports").rglob("*.*")}
        assert mode == {0o600}

    run_as_script(tmp_path, story)


def test_a_broken_download_goes_on_unless_the_file_is_another(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        export = await made(house, script, await recorded(house))
        for address in ("files/1", "manifest", "zip"):
            url = f"{EXPORTS}/{export['id']}/{address}"
            whole = await script.get(url)
            tag, size = whole.headers["etag"], len(whole.content)
            rest = {"Range": f"bytes={size // 2}-", "If-Range": tag}
            second = await script.get(url, headers=rest)
            assert second.status_code == 206
            assert whole.content[: size // 2] + second.content == whole.content
            other = await script.get(url, headers=rest | {"If-Range": '"other"'})
            assert (other.status_code, other.content) == (200, whole.content)
            assert (await script.get(url, headers={"If-None-Match": tag})).status_code == 304
            head = await script.head(url)
            assert int(head.headers["content-length"]) == size

    run_as_script(tmp_path, story)


def test_nobody_takes_an_export_away_unlogged_whatever_range_they_ask_for(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        export = await made(house, script, await recorded(house))
        address = f"{EXPORTS}/{export['id']}"

        async def entries() -> int:
            query = {"kind": "export.fetched"}
            return len((await script.get("/api/v1/events", params=query)).json()["entries"])

        ways = [None, "bytes=0-", "bytes=-999999999", "bytes= 0-", "bytes=00-", "bytes=1-"]
        for number, asked in enumerate(ways, start=1):
            headers = {} if asked is None else {"Range": asked}
            for _ in range(2):
                parts = await script.get(f"{address}/files/1", headers=headers)
                assert parts.status_code in {200, 206}
            assert await entries() == number, f"{asked} stands there, and once"
            await house.clock.advance(60)
        for number, what in enumerate(("manifest", "zip"), start=len(ways) + 1):
            await script.head(f"{address}/{what}")
            assert await entries() == number - 1, "nothing was sent"
            await script.get(f"{address}/{what}")
            assert await entries() == number

    run_as_script(tmp_path, story)


def test_all_of_it_comes_as_one_zip_that_others_can_read(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        export = await made(house, script, await recorded(house))
        answer = await script.get(f"{EXPORTS}/{export['id']}/zip")
        assert len(answer.content) == export["outcome"]["zip_bytes"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            names = [name.partition("/")[2] for name in archive.namelist()]
        assert names == ["manifest.json", export["outcome"]["files"][0]["name"]]

    run_as_script(tmp_path, story)


def test_what_does_not_fit_the_quota_is_refused_before_it_begins(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        body = await recorded(house)
        refused = await script.post(EXPORTS, json=body)
        assert refused.status_code == 409
        assert "delete old exports" in refused.json()["detail"]
        outlook = (await script.post(f"{EXPORTS}/outlook", json=body)).json()
        assert "quota" in outlook["refusal"]
        assert (await script.get(EXPORTS)).json() == {"exports": []}

    run_as_script(tmp_path, story, ExportSettings(organisation_bytes=1000, reserve_bytes=0))


def test_nonsense_is_refused_in_words(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        body = await recorded(house)
        for change, status in (
            ({"end_us": body["start_us"]}, 400),
            ({"time_zone": "Mars/Olympus"}, 400),
            ({"time_zone": "../../etc/passwd"}, 422),
            ({"cameras": [house.camera.id, house.camera.id]}, 400),
            ({"cameras": [house.foreign_camera.id]}, 404),
            ({"cameras": []}, 422),
            ({"start_us": body["start_us"] - 3600 * S, "end_us": body["start_us"] - 60 * S}, 409),
            ({"end_us": body["start_us"] + 32 * 86400 * S}, 400),
            ({"reason": "\x00"}, 422),
        ):
            answer = await script.post(EXPORTS, json=body | change)
            assert answer.status_code == status, (change, answer.text)

    run_as_script(tmp_path, story)


def test_nobody_sees_the_exports_of_another_organisation(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        export = await made(house, script, await recorded(house))
        foreign = {"Authorization": f"Bearer {house.foreign_token}"}
        address = f"{EXPORTS}/{export['id']}"
        for path in ("", "/manifest", "/files/1", "/zip"):
            answer = await script.get(address + path, headers=foreign)
            assert answer.status_code == 404, path
        assert (await script.post(f"{address}/cancel", headers=foreign)).status_code == 404
        assert (await script.delete(address, headers=foreign)).status_code == 404
        assert (await script.get(EXPORTS, headers=foreign)).json() == {"exports": []}
        assert (await script.get(address)).json()["state"] == "done"

    run_as_script(tmp_path, story)


def test_a_deleted_export_leaves_nothing_behind(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        export = await made(house, script, await recorded(house))
        address = f"{EXPORTS}/{export['id']}"
        assert (await script.post(f"{address}/cancel")).status_code == 409
        feed = Feed(house.bus, house.camera.organisation, EVERYTHING)
        assert (await script.delete(address)).status_code == 204
        assert (await ended(feed, export["id"]))["gone"] is True
        assert list((tmp_path / "exports").iterdir()) == []
        assert (await script.get(address)).status_code == 404

    run_as_script(tmp_path, story)
