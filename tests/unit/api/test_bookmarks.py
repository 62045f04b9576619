"""Bookmarks through the API: found page by page, and seen by those who may see the footage."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from tests.unit.api.asking import run_as_script
from vedette.base.ids import new_id
from vedette.model.camera import Camera
from vedette.model.rights import Grant, Right, Role, ScopeKind
from vedette.testing.house import House

PATH = "/api/v1/bookmarks"
DAY_US = 86_400_000_000


async def somebody(house: House, role: str, camera: Camera | None = None) -> dict[str, str]:
    """Headers of a new person with a role for one camera, or for the organisation."""
    mine = house.camera.organisation
    person = await house.accounts.create_person(mine, f"P{new_id()}", "correct horse battery")
    where = (ScopeKind.CAMERA, camera.id) if camera else (ScopeKind.ORGANISATION, "")
    await house.accounts.roles.grant(mine, Grant(new_id(), mine, person.id, role, *where))
    secret, _ = await house.accounts.make_token(mine, person.id, "script", None)
    return {"Authorization": f"Bearer {secret}"}


async def mark(client: httpx.AsyncClient, *cameras: Camera, **more: Any) -> dict[str, Any]:
    body = {"cameras": [one.id for one in cameras], "start_us": 5, "title": "Van", **more}
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_moment_is_marked_changed_found_and_deleted(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        made = await mark(client, house.camera, note="white\nno plate")
        assert (made["start_us"], made["end_us"], made["person_name"]) == (5, 5, "guard")
        await house.clock.advance(1)
        changed = await client.patch(f"{PATH}/{made['id']}", json={"title": "Two vans"})
        assert changed.json()["changed_us"] == made["changed_us"] + 1_000_000
        assert changed.json()["note"] == "white\nno plate"
        found = await client.get(PATH, params={"text": "vans guard", "camera": house.camera.id})
        assert [one["title"] for one in found.json()["bookmarks"]] == ["Two vans"]
        wrong = await client.patch(f"{PATH}/{made['id']}", json={"start_us": 9})
        assert wrong.status_code == 400
        assert (await client.delete(f"{PATH}/{made['id']}")).status_code == 204
        assert (await client.get(f"{PATH}/{made['id']}")).status_code == 404

    run_as_script(tmp_path, story)


def test_pages_are_followed_to_the_end(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        for number in range(7):
            await mark(client, house.camera, start_us=number // 2, title=str(number))
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 3}
        while True:
            page = (await client.get(PATH, params=query)).json()
            seen += [one["title"] for one in page["bookmarks"]]
            if page["next"] is None:
                break
            query["before"] = page["next"]
        assert sorted(seen) == [str(number) for number in range(7)]
        assert seen[0] == "6"

    run_as_script(tmp_path, story)


def test_bookmarks_are_for_those_who_may_watch_the_footage(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        other = replace(house.camera, id=new_id(), name="Back door")
        await house.services.cameras.add(other.organisation, other, None)
        ours, theirs = await mark(client, house.camera), await mark(client, other, title="Theirs")
        both = await mark(client, other, house.camera, title="Both")
        viewer = await somebody(house, "viewer", house.camera)
        found = (await client.get(PATH, headers=viewer)).json()["bookmarks"]
        assert {one["id"] for one in found} == {ours["id"], both["id"]}
        assert all(one["cameras"] == [house.camera.id] for one in found), "nothing of the other"
        asked = await client.get(f"{PATH}/{theirs['id']}", headers=viewer)
        assert asked.status_code == 404
        body = {"cameras": [other.id], "start_us": 1, "title": "Mine"}
        assert (await client.post(PATH, json=body, headers=viewer)).status_code == 404
        auditor = await somebody(house, "auditor")
        assert (await client.get(PATH, headers=auditor)).status_code == 403

    run_as_script(tmp_path, story)


def test_only_who_made_it_or_an_administrator_changes_it(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        made = await mark(client, house.camera)
        operator = await somebody(house, "operator")
        seen = await client.get(f"{PATH}/{made['id']}", headers=operator)
        assert (made["may_change"], seen.json()["may_change"]) == (True, False)
        refused = await client.delete(f"{PATH}/{made['id']}", headers=operator)
        assert refused.status_code == 403
        assert "guard made this bookmark" in refused.json()["detail"]
        body = {"cameras": [house.camera.id], "start_us": 1, "title": "Mine"}
        mine = (await client.post(PATH, json=body, headers=operator)).json()
        changed = await client.patch(
            f"{PATH}/{mine['id']}", json={"title": "Still mine"}, headers=operator
        )
        assert changed.json()["may_change"]
        assert (await client.delete(f"{PATH}/{mine['id']}")).status_code == 204

    run_as_script(tmp_path, story)


def test_whoever_only_watches_reads_bookmarks_and_makes_none(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        made = await mark(client, house.camera)
        viewer = await somebody(house, "viewer")
        (found,) = (await client.get(PATH, headers=viewer)).json()["bookmarks"]
        assert (found["id"], found["may_change"]) == (made["id"], False)
        body = {"cameras": [house.camera.id], "start_us": 1, "title": "Mine"}
        refused = await client.post(PATH, json=body, headers=viewer)
        assert refused.status_code == 403
        assert "rights of an operator" in refused.json()["detail"]
        assert len((await client.get(PATH)).json()["bookmarks"]) == 1

    run_as_script(tmp_path, story)


def test_the_event_log_says_which_bookmark_was_made_and_deleted(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        made = await mark(client, house.camera)
        await client.delete(f"{PATH}/{made['id']}")
        log = await client.get("/api/v1/events", params={"kind": "bookmark."})
        said = [(one["event"]["kind"], one["event"]["text"]) for one in log.json()["entries"]]
        assert said == [
            ("bookmark.removed", "guard deleted a bookmark: Van"),
            ("bookmark.made", "guard made a bookmark: Van"),
        ]

    run_as_script(tmp_path, story)


def test_a_note_of_footage_that_a_role_does_not_reach_is_not_told(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine, now_us = house.camera.organisation, house.clock.wall_us()
        rights = frozenset({Right.REPLAY, Right.EXPORT})
        week = await house.accounts.roles.put_role(
            mine, Role(new_id(), mine, "A week", rights, 7 * 86_400)
        )
        yard = replace(house.camera, id=new_id(), name="Yard")
        await house.services.cameras.add(mine, yard, None)
        old, new = now_us - 30 * DAY_US, now_us - DAY_US
        lately = await mark(client, house.camera, start_us=new, title="lately")
        once = await mark(client, house.camera, start_us=old, title="once")
        await mark(client, house.camera, start_us=old, end_us=new, title="all along")
        both = await mark(client, house.camera, yard, start_us=old, title="both")

        async def told(me: dict[str, str], **query: Any) -> list[str]:
            page = (await client.get(PATH, headers=me, params=query)).json()
            return sorted(one["title"] for one in page["bookmarks"])

        guard = await somebody(house, week.id)
        assert await told(guard) == ["all along", "lately"]
        assert await told(guard, camera=house.camera.id) == ["all along", "lately"]
        for one, status in ((lately, 200), (once, 404), (both, 404)):
            answer = await client.get(f"{PATH}/{one['id']}", headers=guard)
            assert answer.status_code == status
        body = {"cameras": [house.camera.id], "start_us": old, "title": "x"}
        assert (await client.post(PATH, headers=guard, json=body)).status_code == 403
        # Somebody else reaches a week back at one camera, and as far as there is at another.
        person = await house.accounts.create_person(mine, "Nadia", "correct horse battery")
        for role, camera in ((week.id, house.camera), ("viewer", yard)):
            grant = Grant(new_id(), mine, person.id, role, ScopeKind.CAMERA, camera.id)
            await house.accounts.roles.grant(mine, grant)
        secret, _ = await house.accounts.make_token(mine, person.id, "script", None)
        nadia = {"Authorization": f"Bearer {secret}"}
        assert await told(nadia) == ["all along", "both", "lately"]
        assert await told(nadia, camera=house.camera.id) == ["all along", "lately"]
        shown = (await client.get(f"{PATH}/{both['id']}", headers=nadia)).json()
        assert shown["cameras"] == [yard.id], "of the other one it is too long ago"

    run_as_script(tmp_path, story)
