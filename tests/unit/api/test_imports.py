"""Many cameras from a table over HTTP: all of it or nothing, and every fault told."""

from pathlib import Path

import httpx

from tests.unit.api.asking import run_as_script
from vedette.bus.topics import CAMERA_CHANGED, CameraChanged
from vedette.testing.house import House

CAMERAS = "/api/v1/cameras"
GOOD = (
    "name,address,username,password,site\nYard,rtsp://h/1,root,s3cret,School\nRoof,rtsp://h/2,,,\n"
)


async def names(script: httpx.AsyncClient) -> set[str]:
    return {one["name"] for one in (await script.get(CAMERAS)).json()["cameras"]}


def test_a_table_is_tried_first_and_added_then(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[CameraChanged] = []
        house.bus.subscribe(CAMERA_CHANGED, said.append)
        site = (await script.post("/api/v1/sites", json={"name": "School"})).json()["id"]
        tried = (await script.post(f"{CAMERAS}/import", json={"table": GOOD})).json()
        assert tried == {
            "cameras": [
                {"line": 2, "name": "Yard", "id": None},
                {"line": 3, "name": "Roof", "id": None},
            ],
            "problems": [],
            "added": False,
        }
        assert await names(script) == {"Front door"}
        body = {"table": GOOD, "dry_run": False}
        added = await script.post(f"{CAMERAS}/import", json=body)
        assert added.json()["added"] is True
        assert "s3cret" not in added.text
        assert await names(script) == {"Front door", "Yard", "Roof"}
        yard = (await script.get(f"{CAMERAS}/{added.json()['cameras'][0]['id']}")).json()
        assert (yard["site"], yard["has_credentials"]) == (site, True)
        assert [one.change.value for one in said] == ["added", "added"]
        again = (await script.post(f"{CAMERAS}/import", json=body)).json()
        assert [(one["line"], one["field"]) for one in again["problems"]] == [
            (2, "name"),
            (3, "name"),
        ]

    run_as_script(tmp_path, story)


def test_one_faulty_line_and_nothing_is_added(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        table = "name,address\nYard,rtsp://h/1\nFront door,rtsp://h/2\nRoof,nonsense\n"
        body = {"table": table, "dry_run": False}
        answer = (await script.post(f"{CAMERAS}/import", json=body)).json()
        assert answer["added"] is False
        assert [(one["line"], one["field"]) for one in answer["problems"]] == [
            (3, "name"),
            (4, "address"),
        ]
        assert await names(script) == {"Front door"}

    run_as_script(tmp_path, story)
