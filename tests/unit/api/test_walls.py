"""Walls over HTTP, and the camera that every spot is told to show."""

from pathlib import Path

import httpx

from tests.unit.api.asking import run_as_script
from vedette.base.ids import new_id
from vedette.bus.topics import SPOT_TAKEN, WALL_CHANGED, SpotTaken, WallChanged
from vedette.model.rights import ADMINISTRATOR
from vedette.testing.house import House

WALLS = "/api/v1/walls"


async def colleague(house: House, role: str = ADMINISTRATOR) -> dict[str, str]:
    """How somebody else of the same organisation asks."""
    ours = house.camera.organisation
    person = await house.accounts.create_person(ours, "colleague", "correct horse battery")
    await house.accounts.roles.new_grant(ours, person.id, role)
    secret, _ = await house.accounts.make_token(ours, person.id, "script", None)
    return {"Authorization": f"Bearer {secret}"}


def some_body(house: House) -> dict[str, object]:
    gate = {"x": 0, "y": 0, "w": 2, "h": 1, "kind": "camera", "cameras": [house.camera.id]}
    turn = {"x": 0, "y": 1, "kind": "sequence", "cameras": [house.camera.id], "dwell_s": 5}
    return {
        "name": "Night watch",
        "columns": 2,
        "rows": 2,
        "cells": [gate, turn, {"x": 1, "y": 1, "kind": "spot"}],
    }


def test_a_wall_is_made_changed_shared_and_removed(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[WallChanged] = []
        house.bus.subscribe(WALL_CHANGED, said.append)
        others = await colleague(house)
        assert (await script.get(WALLS)).json() == {"walls": []}
        made = await script.post(WALLS, json=some_body(house))
        assert made.status_code == 201
        wall = made.json()
        assert (wall["shared"], wall["revision"]) == (False, 1)
        assert wall["cells"][0]["w"] == 2
        assert (await script.get(WALLS, headers=others)).json() == {"walls": []}
        address = f"{WALLS}/{wall['id']}"
        assert (await script.get(address, headers=others)).status_code == 404
        body = some_body(house) | {"shared": True, "revision": 1, "name": "Everybody's"}
        shared = (await script.put(address, json=body)).json()
        assert (shared["shared"], shared["revision"]) == (True, 2)
        assert (await script.get(address, headers=others)).json() == shared
        late = await script.put(address, json=body, headers=others)
        assert late.status_code == 409
        assert late.json()["type"] == "urn:vedette:problem:outdated"
        assert "somebody else" in late.json()["detail"]
        stale = await script.delete(address, params={"revision": 1}, headers=others)
        assert stale.status_code == 409
        gone = await script.delete(address, params={"revision": 2}, headers=others)
        assert gone.status_code == 204
        assert (await script.get(address)).status_code == 404
        changes = [(one.change.value, one.owner is None, one.revision) for one in said]
        assert changes == [("added", False, 1), ("changed", True, 2), ("removed", True, 2)]

    run_as_script(tmp_path, story)


def test_a_viewer_keeps_own_walls_and_leaves_the_shared_ones_alone(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        viewer = await colleague(house, "viewer")
        shared = some_body(house) | {"shared": True}
        assert (await script.post(WALLS, json=shared, headers=viewer)).status_code == 403
        own = await script.post(WALLS, json=some_body(house), headers=viewer)
        assert own.status_code == 201
        made = (await script.post(WALLS, json=shared | {"name": "All"})).json()
        address = f"{WALLS}/{made['id']}"
        change = some_body(house) | {"name": "Mine", "revision": 1}
        for answer in (
            await script.put(address, json=change, headers=viewer),
            await script.delete(address, headers=viewer),
        ):
            assert answer.status_code == 403
            assert "save one of your own instead" in answer.json()["detail"]
        assert (await script.get(address, headers=viewer)).json() == made

    run_as_script(tmp_path, story)


def test_what_makes_no_sense_is_refused_in_words(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        twice = some_body(house) | {"cells": [{"x": 0, "y": 0, "kind": "spot"}] * 2}
        refused = await script.post(WALLS, json=twice)
        assert refused.status_code == 400
        assert "overlap; move or shrink one of them" in refused.json()["detail"]
        cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [house.foreign_camera.id]}
        foreign = await script.post(WALLS, json=some_body(house) | {"cells": [cell]})
        assert foreign.status_code == 400
        assert "there is no camera" in foreign.json()["detail"]
        assert (await script.post(WALLS, json=some_body(house) | {"columns": 9})).status_code == 422
        assert (await script.post(WALLS, json=some_body(house))).status_code == 201
        double = await script.post(WALLS, json=some_body(house))
        assert double.json()["type"] == "urn:vedette:problem:conflict"

    run_as_script(tmp_path, story)


def test_a_script_takes_every_spot_over(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[SpotTaken] = []
        house.bus.subscribe(SPOT_TAKEN, said.append)
        body = {"camera": house.camera.id, "reason": "Door forced"}
        assert (await script.post(f"{WALLS}/spot", json=body)).status_code == 204
        ours, now_us = house.camera.organisation, house.clock.wall_us()
        assert said == [SpotTaken(ours, house.camera.id, "Door forced", now_us)]
        for unknown in (house.foreign_camera.id, new_id()):
            answer = await script.post(f"{WALLS}/spot", json={"camera": unknown})
            assert answer.status_code == 404
        assert len(said) == 1

    run_as_script(tmp_path, story)
