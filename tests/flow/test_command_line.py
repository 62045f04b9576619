"""The story of an installation, told through the command that others script.

Real processes, a real port, simulated cameras; waits are for a condition, with a deadline.
"""

import asyncio
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from vedette.model.camera import StreamRole
from vedette.settings import load
from vedette.stores import open_stores
from vedette.testing.camera import CameraAt, SimulatedSite
from vedette.testing.media import ClipSpec, make_clip

PATIENCE_S = 60.0
COMMAND = [sys.executable, "-m", "vedette.cli"]


def vedette(data: Path, *words: str, code: int = 0) -> str:
    """Run a command to its end and give what it printed."""
    done = subprocess.run(
        [*COMMAND, *words, "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "VEDETTE_CAMERA_PASSWORD": "s3cret-of-the-camera",
            "VEDETTE_PASSWORD": "a long enough password",
            "COLUMNS": "200",
        },
        timeout=PATIENCE_S,
    )
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + (done.stderr if code else "")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition of another process, which no fake clock can move."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE_S} s"
        time.sleep(0.2)


@contextmanager
def server(data: Path, workers: int = 0) -> Generator[tuple[subprocess.Popen[str], str]]:
    """A running server: its process and its address."""
    process = subprocess.Popen(
        [*COMMAND, "run", "--data", str(data), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "300", "VEDETTE_WORKERS": str(workers)},
    )
    assert process.stderr is not None
    said = ""
    try:
        while "Vedette serves" not in said:
            line = process.stderr.readline()
            assert line, f"the server ended: {said}"
            said += line
        address = re.search(r"Vedette serves (http://\S+)", said)
        assert address
        yield process, address[1]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)
        process.stderr.close()


@contextmanager
def site(*names: str) -> Generator[dict[str, CameraAt]]:
    """Simulated cameras on a thread of their own, so that a story may block."""
    loop = asyncio.new_event_loop()
    clip = make_clip(ClipSpec(key_interval=25, frames=100))
    cameras = SimulatedSite({})
    found = {name: cameras.add(name, (clip, clip)) for name in names}
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def call(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(PATIENCE_S)

    try:
        call(cameras.__aenter__())
        yield found
        call(cameras.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def fragments(data: Path, name: str) -> list[dict[str, Any]]:
    found = lines(vedette(data, "footage", name, "--from", "-10m", "--json"))
    return [one for one in found if one["type"] == "fragment"]


def gaps(data: Path, name: str) -> list[dict[str, Any]]:
    found = lines(vedette(data, "footage", name, "--from", "-10m", "--json"))
    return [one for one in found if one["type"] == "gap"]


def kept(data: Path, name: str) -> int:
    """How many fragments there are, asked without the cost of a process."""

    async def ask() -> int:
        async with open_stores(load(data=data)) as stores:
            organisation = await stores.organisation()
            camera = await stores.cameras.by_name(organisation, name)
            key = camera.key(StreamRole.MAIN)
            return len(await stores.catalog.fragments(organisation, key, 0, 2**59))

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def cameras() -> Iterator[dict[str, CameraAt]]:
    with site("gate", "yard") as running:
        yield running


def test_footage_survives_kill_and_restart_and_is_proven(
    cameras: dict[str, CameraAt], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    gate, yard = cameras["gate"], cameras["yard"]
    added = lines(vedette(data, "camera", "add", "gate", gate.url, "--sub", gate.sub_url, "--json"))
    assert added[0]["streams"] == {"main": gate.url, "sub": gate.sub_url}

    with server(data) as (process, _):
        until(lambda: kept(data, "gate") >= 3, "recording")
        vedette(data, "camera", "add", "yard", yard.url)
        until(lambda: kept(data, "yard"), "recording a camera added beside the server")
        before = fragments(data, "gate")
        process.kill()
        process.wait(PATIENCE_S)

    with server(data):
        until(lambda: kept(data, "gate") > len(before) + 3, "recording again")
    after = fragments(data, "gate")
    assert [gap for gap in gaps(data, "gate") if gap["reason"] == "crashed" and gap["end"]]
    assert [one for one in after if one in before] == before, "a finished fragment was lost"
    for one in after:
        with Path(one["file"]).open("rb") as file:
            file.seek(one["offset"])
            assert hashlib.sha256(file.read(one["size"])).hexdigest() == one["sha256"]
        assert one["frames"] > 0
        assert one["lost_frames"] == 0
    assert gaps(data, "gate")[-1] == gaps(data, "gate")[-1] | {"reason": "stopped", "end": None}
    summary = lines(vedette(data, "verify", "--json"))[-1]
    assert summary["faults"] == 0
    assert summary["fragments"] >= len(after)


def test_an_altered_byte_is_named(cameras: dict[str, CameraAt], tmp_path: Path) -> None:
    data = tmp_path / "data"
    vedette(data, "camera", "add", "gate", cameras["gate"].url)
    with server(data):
        until(lambda: kept(data, "gate") >= 2, "recording")
    altered = fragments(data, "gate")[1]
    with Path(altered["file"]).open("r+b") as file:
        file.seek(altered["offset"] + altered["size"] // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    found = lines(vedette(data, "verify", "--json", code=1))
    faults = [fault for one in found if one["type"] == "segment" for fault in one["findings"]]
    assert [(fault["fault"], fault["offset"], fault["size"]) for fault in faults] == [
        ("altered", altered["offset"], altered["size"])
    ]


def test_the_first_link_signs_in_once(cameras: dict[str, CameraAt], tmp_path: Path) -> None:
    data = tmp_path / "data"
    vedette(data, "camera", "add", "gate", cameras["gate"].url)
    with server(data) as (process, address):
        assert process.stderr is not None
        assert f"{address}/enter#" in process.stderr.readline()
        secret = vedette(data, "person", "link", "admin").strip().split("#")[1]
        with httpx.Client(base_url=address, headers={"Origin": address}) as browser:
            assert browser.get("/api/v1/cameras").status_code == 401
            entered = browser.post("/api/v1/session/entry", json={"secret": secret})
            assert entered.status_code == 200
            names = [one["name"] for one in browser.get("/api/v1/cameras").json()["cameras"]]
            assert names == ["gate"]
        with httpx.Client(base_url=address, headers={"Origin": address}) as other:
            again = other.post("/api/v1/session/entry", json={"secret": secret})
            assert again.status_code == 401
            token = vedette(data, "token", "add", "admin").strip()
            metrics = other.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert metrics.status_code == 200
            assert "vedette_" in metrics.text


def test_workers_record_while_the_server_shows(
    cameras: dict[str, CameraAt], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    for name, camera in cameras.items():
        vedette(data, "camera", "add", name, camera.url, "--sub", camera.sub_url)
    with server(data, workers=2) as (_, address):
        until(lambda: all(kept(data, name) for name in cameras), "recording by workers")
        token = vedette(data, "token", "add", "admin").strip()
        with httpx.Client(
            base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}
        ) as client:

            def states() -> set[tuple[str, bool]]:
                found = client.get("/cameras").json()["cameras"]
                return {
                    (one["health"]["main"]["state"], one["health"]["main"]["recording"])
                    for one in found
                    if "main" in one["health"]
                }

            until(lambda: states() == {("live", True)}, "health from the workers")
            identifier = client.get("/cameras").json()["cameras"][0]["id"]
            picture = client.get(f"/cameras/{identifier}/snapshot.jpg")
            assert picture.content[:2] == b"\xff\xd8"
    assert lines(vedette(data, "verify", "--json"))[-1]["faults"] == 0


def test_two_servers_do_not_share_a_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with server(data) as (process, _):
        refused = vedette(data, "run", "--port", "0", code=5)
        assert f"runs already on {data} (process {process.pid})" in refused


def test_mistakes_are_answered_with_a_sentence_and_a_code(tmp_path: Path) -> None:
    data = tmp_path / "data"
    vedette(data, "camera", "add", "gate", "rtsp://192.0.2.1/main", "--user", "viewer")
    assert "s3cret" not in vedette(data, "camera", "list", "--json")
    assert "already a camera named" in vedette(
        data, "camera", "add", "gate", "rtsp://192.0.2.1/main", code=5
    )
    assert "no camera named 'gaet'" in vedette(data, "footage", "gaet", "--from", "-1h", code=4)
    assert "is no time" in vedette(data, "footage", "gate", "--from", "noon", code=2)
    (data / "vedette.toml").write_text("[server]\nprot = 1\n")
    assert "server.prot" in vedette(data, "config", "check", code=3)


def test_a_removed_camera_is_still_known_by_name(tmp_path: Path) -> None:
    data = tmp_path / "data"
    vedette(data, "camera", "add", "gate", "rtsp://192.0.2.1/main", "--user", "viewer")
    vedette(data, "camera", "remove", "gate")
    assert lines(vedette(data, "camera", "list", "--json")) == []
    [gone] = lines(vedette(data, "camera", "list", "--removed", "--json"))
    assert gone["name"] == "gate"
    assert gone["removed"] is not None
    assert "gate, removed" in vedette(data, "footage", "gate", "--from", "-1h")
    vedette(data, "camera", "add", "gate", "rtsp://192.0.2.2/main", "--user", "viewer")
    assert "removed" not in vedette(data, "footage", "gate", "--from", "-1h")


def test_the_sub_stream_is_recorded_when_somebody_chooses_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    addresses = ("rtsp://192.0.2.1/main", "--sub", "rtsp://192.0.2.1/sub")
    vedette(data, "camera", "add", "gate", *addresses)
    vedette(data, "camera", "add", "yard", *addresses, "--record-sub")
    vedette(data, "camera", "add", "door", "rtsp://192.0.2.1/main")

    def recorded() -> dict[str, bool]:
        found = lines(vedette(data, "camera", "list", "--json"))
        return {one["name"]: one["record_sub"] for one in found}

    assert recorded() == {"gate": False, "yard": True, "door": False}
    vedette(data, "camera", "change", "gate", "--record-sub")
    vedette(data, "camera", "change", "yard", "--no-record-sub")
    assert recorded() == {"gate": True, "yard": False, "door": False}
    vedette(data, "camera", "change", "door", "--record-sub", code=2)


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    vedette(data, "camera", "add", "gate", "rtsp://192.0.2.1/main", "--user", "viewer")
    found = {one["check"]: one for one in lines(vedette(data, "doctor", "--json"))}
    assert found["camera passwords"]["verdict"] == "fine"
    assert found["people"]["verdict"] == "note"
    (data / "keys" / "sealing.key").unlink()
    found = {one["check"]: one for one in lines(vedette(data, "doctor", "--json", code=1))}
    assert found["camera passwords"]["verdict"] == "wrong"
    assert "sealing.key" in found["camera passwords"]["mend"]


def test_doctor_says_whether_the_kernel_helps_on_links_that_lose_packets(tmp_path: Path) -> None:
    config, data = tmp_path / "vedette.toml", tmp_path / "data"

    def found(congestion: str) -> dict[str, str]:
        config.write_text(f'[server]\ncongestion = "{congestion}"\n')
        said = lines(vedette(data, "doctor", "--json", "--config", str(config)))
        return next(one for one in said if one["check"] == "lost packets")

    assert found("reno")["verdict"] == "fine", "every Linux has it"
    assert found("")["verdict"] == "fine"
    lacking = found("nosuch")
    assert lacking["verdict"] == "note"
    assert "fall behind by seconds" in lacking["detail"]
    assert "modprobe tcp_nosuch" in lacking["mend"]


def test_doctor_says_which_role_of_a_provider_there_is_not(tmp_path: Path) -> None:
    config, data = tmp_path / "vedette.toml", tmp_path / "data"
    vedette(data, "camera", "add", "gate", "rtsp://192.0.2.1/main")
    (tmp_path / "secret").write_text("a secret")

    def found(role: str, code: int) -> dict[str, str]:
        config.write_text(
            '[[sign_on]]\nname = "Town hall"\nissuer = "https://id.example"\n'
            f'client_id = "vedette"\nclient_secret_file = "{tmp_path}/secret"\n'
            f'roles = [{{ group = "guards", role = "{role}" }}]\n'
        )
        said = lines(vedette(data, "doctor", "--json", "--config", str(config), code=code))
        return next(one for one in said if one["check"] == "single sign-on")

    assert found("Operator", 0)["verdict"] == "fine"
    lacking = found("Janitor", 1)
    assert lacking["verdict"] == "wrong"
    assert lacking["detail"] == "Town hall: there is no role 'Janitor'"
    (tmp_path / "secret").unlink()
    assert "secret" in found("Operator", 1)["detail"]


def test_a_second_organisation_has_people_and_nothing_of_the_first(tmp_path: Path) -> None:
    vedette(tmp_path, "camera", "add", "Gate", "rtsp://192.0.2.7/main")
    add = ("organisation", "add", "Police", "--administrator", "lea")
    assert "made Police with lea as administrator" in vedette(tmp_path, *add)
    assert "is taken" in vedette(
        tmp_path, "organisation", "add", "police", *add[3:-1], "bo", code=5
    )
    assert "is taken" in vedette(tmp_path, "organisation", "add", "Fire", *add[3:], code=5)
    rename = ("organisation", "rename", "Home")
    vedette(tmp_path, *rename, "School")
    assert "is taken" in vedette(tmp_path, "organisation", "rename", "School", "POLICE", code=5)
    assert "there is: Police, School" in vedette(tmp_path, *rename, "X", code=4)
    listed = lines(vedette(tmp_path, "organisation", "list", "--json"))
    assert [one["name"] for one in listed] == ["Police", "School"], "the new name stays"
    assert "lea" not in vedette(tmp_path, "person", "list")
