"""Footage recorded from a camera is taken away, whatever happens to Vedette meanwhile.

Real processes, a real port, a simulated camera; waits are for a condition, with a deadline.
"""

import json
import subprocess
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flow.test_command_line import COMMAND, lines, server, until, vedette
from tests.unit.export.films import watch
from vedette.base.units import US_PER_S, text_to_us
from vedette.testing.numbered import FRAMES, numbered_clip
from vedette.testing.running import SiteThread

pytestmark = [pytest.mark.server]
PASSWORD = "a long enough password"
EXPORTS = "/api/v1/exports"


def signed_in(address: str) -> httpx.Client:
    client = httpx.Client(base_url=address, headers={"Origin": address}, timeout=30)
    body = {"name": "guard", "password": PASSWORD}
    client.post("/api/v1/session", json=body).raise_for_status()
    return client


def fragments(data: Path) -> list[dict[str, Any]]:
    listed = lines(vedette(data, "footage", "Door", "--from", "-1h", "--json"))
    return [one for one in listed if one["type"] == "fragment"]


def enough(data: Path, count: int) -> list[dict[str, Any]]:
    until(lambda: len(fragments(data)) >= count, f"{count} fragments")
    return fragments(data)


def ended(client: httpx.Client, export: str) -> dict[str, Any]:
    def state() -> dict[str, Any]:
        return client.get(f"{EXPORTS}/{export}").json()

    until(lambda: state()["state"] not in {"queued", "running"}, "the end of the export")
    return state()


def ask(client: httpx.Client, start_us: int, end_us: int) -> str:
    camera = client.get("/api/v1/cameras").json()["cameras"][0]["id"]
    body = {"cameras": [camera], "start_us": start_us, "end_us": end_us}
    answer = client.post(EXPORTS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def fetched(client: httpx.Client, export: dict[str, Any], folder: Path) -> list[list[int]]:
    """Downloads every file; the burned-in numbers of each."""
    seen: list[list[int]] = []
    for number, file in enumerate(export["outcome"]["files"], 1):
        path = folder / file["name"]
        path.write_bytes(client.get(f"{EXPORTS}/{export['id']}/files/{number}").content)
        seen.append([one.number for one in watch(path)])
    return seen


def in_order(numbers: list[int]) -> bool:
    return all((after - before) % FRAMES == 1 for before, after in pairwise(numbers))


def spoil(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_an_export_outlives_a_kill_tells_gaps_and_notices_every_altered_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("VEDETTE_EXPORTS__RESERVE_BYTES", "0")
    monkeypatch.setenv("VEDETTE_PASSWORD", PASSWORD)
    with SiteThread({"door": numbered_clip(320, 176)}) as site:
        vedette(data, "camera", "add", "Door", site.site.cameras["door"].url)
        vedette(data, "person", "add", "guard")
        monkeypatch.setenv("VEDETTE_EXPORTS__BYTES_PER_S", "2000")
        with server(data) as (process, address), closing(signed_in(address)) as client:
            known = enough(data, 6)
            start_us, end_us = text_to_us(known[0]["start"]), text_to_us(known[4]["start"])
            export = ask(client, start_us, end_us)
            part = data / "exports" / f"{export}.part"
            until(lambda: list(part.glob("*.mp4")), "the first file")
            process.kill()
            process.wait()
        assert part.exists()

        monkeypatch.setenv("VEDETTE_EXPORTS__BYTES_PER_S", "0")
        with server(data) as (_, address), closing(signed_in(address)) as client:
            done = ended(client, export)
            assert done["state"] == "done", done["problem"]
            assert [one.name for one in (data / "exports").iterdir()] == [export]
            (numbers,) = fetched(client, done, tmp_path)
            assert in_order(numbers)
            assert len(numbers) == round(10 * (end_us - start_us) / US_PER_S)
            assert done["outcome"]["missing_us"] == 0

            before = len(fragments(data))
            known = enough(data, before + 3)
            last_us = text_to_us(known[-2]["start"])
            gapped = ended(client, ask(client, start_us, last_us))
            parts = fetched(client, gapped, tmp_path)
            assert len(parts) == 2
            assert all(in_order(one) for one in parts)
            assert [one["reason"] for one in gapped["outcome"]["missing"]] == ["crashed"]

            second = known[1]
            spoil(Path(second["file"]), second["offset"] + second["size"] - 5)
            spoilt = ended(client, ask(client, start_us, end_us))
            assert spoilt["outcome"]["faults"] == 1
            (missing,) = spoilt["outcome"]["missing"]
            assert missing["reason"] == "altered"
            manifest = client.get(f"{EXPORTS}/{spoilt['id']}/manifest").json()
            (fault,) = manifest["cameras"][0]["faults"]
            assert fault["recorded_sha256"] == second["sha256"] != fault["found_sha256"]

    command_line_finds_it_too(data, tmp_path / "out", known)


def verified(out: Path, code: int = 0) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*COMMAND, "verify-export", str(out), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return lines(done.stdout)


def command_line_finds_it_too(data: Path, out: Path, known: list[dict[str, Any]]) -> None:
    words = ("export", "--camera", "Door", "--from", known[0]["start"], "--to", known[4]["start"])
    told = lines(vedette(data, *words, "--out", str(out), "--json", code=1))
    assert told[-1]["faults"] == 1
    assert "not empty" in vedette(data, *words, "--out", str(out), code=5)
    assert verified(out)[-1]["faults"] == 0
    manifest = json.loads((out / "manifest.json").read_text())
    file = manifest["files"][-1]
    third = file["fragments"][1]
    spoil(out / file["name"], third["offset"] + 20)
    told = verified(out, code=1)
    assert [one["fragment"] for one in told if one["type"] == "file" and not one["ok"]] == [2]
    spoil(out / file["name"], third["offset"] + 20)
    spoil(out / file["name"], 60)
    told = verified(out, code=1)
    assert {one["fault"] for one in told if one["type"] == "file"} <= {None, "header"}
