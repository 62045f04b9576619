"""What roles let people do through the API, and what the event log says of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.unit.api.asking import bearer, run
from vedette.api.audit_kinds import KINDS, QUIET
from vedette.api.factory import RESOURCES
from vedette.api.rights_table import RULES
from vedette.base.ids import new_id
from vedette.model.camera import Camera
from vedette.model.rights import Grant, Right, Role, ScopeKind
from vedette.testing.house import PASSWORD, PERSON, House
from vedette.testing.media import ClipSpec, make_clip

MINUTE_US = 60_000_000


async def another_camera(house: House) -> Camera:
    camera = replace(house.camera, id=new_id(), name="Back door")
    return await house.services.cameras.add(camera.organisation, camera, None)  # type: ignore[return-value]


async def somebody(house: House, role: str, scope: ScopeKind, scope_id: str = "") -> dict[str, str]:
    """A new person with one role; gives the headers that ask as them."""
    mine = house.camera.organisation
    person = await house.accounts.create_person(mine, f"P{new_id()}", PASSWORD)
    await house.accounts.roles.grant(mine, Grant(new_id(), mine, person.id, role, scope, scope_id))
    secret, _ = await house.accounts.make_token(mine, person.id, "script", None)
    return bearer(secret)


async def logged(client: httpx.AsyncClient, house: House, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/events", headers=bearer(house.token), params=query)
    assert answer.status_code == 200, answer.text
    return [one["event"] for one in answer.json()["entries"]]


def test_a_removed_camera_still_says_what_may_be_done_with_its_footage(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        path, mine = f"/api/v1/cameras/{house.camera.id}", bearer(house.token)
        await house.record(make_clip(ClipSpec()), house.clock.wall_us())
        vera = await somebody(house, "viewer", ScopeKind.ORGANISATION)
        yard = await another_camera(house)
        elsewhere = await somebody(house, "viewer", ScopeKind.CAMERA, yard.id)
        assert (await client.delete(path, headers=mine)).status_code == 204
        assert (await client.get(path, headers=mine)).status_code == 404
        even = {"even_removed": True}
        found = (await client.get(path, params=even, headers=mine)).json()
        assert (found["name"], found["enabled"]) == ("Front door", False)
        assert found["removed_us"] > found["created_us"] > 0
        assert found["rights"] == ["replay", "export"], "nothing is left to watch live or to set up"
        found = (await client.get(path, params=even, headers=vera)).json()
        assert found["rights"] == ["replay"]
        assert (await client.get(path, params=even, headers=elsewhere)).status_code == 404
        foreign = bearer(house.foreign_token)
        assert (await client.get(path, params=even, headers=foreign)).status_code == 404

    run(tmp_path, story)


def test_every_route_says_what_it_needs() -> None:
    names = {route.name for _, router in RESOURCES for route in router.routes}  # type: ignore[attr-defined]
    assert not names - RULES.keys(), "put the new routes into api/rights_table.py"
    assert not RULES.keys() - names - {"document"}, "these routes are gone"


def test_every_change_has_a_name_in_the_event_log() -> None:
    changing = {
        route.name
        for _, router in RESOURCES
        for route in router.routes
        if isinstance(route, APIRoute) and not {"GET", "HEAD"} & (route.methods or set())
    }
    told_elsewhere = {"sign_in", "enter", "enter_code", "enter_with_passkey", "join"}
    told_elsewhere |= {"enter_as_guest", "leave_as_guest"}
    unnamed = changing - KINDS.keys() - QUIET - told_elsewhere
    assert not unnamed, "name the new routes in api/audit_kinds.py"


def test_somebody_with_one_camera_sees_that_camera_and_no_more(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        hidden = await another_camera(house)
        me = await somebody(house, "viewer", ScopeKind.CAMERA, house.camera.id)
        listed = (await client.get("/api/v1/cameras", headers=me)).json()["cameras"]
        assert [one["name"] for one in listed] == ["Front door"]
        assert listed[0]["rights"] == ["live", "replay"]
        assert listed[0]["streams"]["main"]["address"] == "", "the network is not shown"
        span = {"start_us": 0, "end_us": MINUTE_US}
        for camera, status in ((house.camera, 200), (hidden, 404)):
            one = f"/api/v1/cameras/{camera.id}"
            assert (await client.get(one, headers=me)).status_code == status
            index = await client.get(f"{one}/fragments", headers=me, params=span)
            assert index.status_code == status
            both = {"camera": [house.camera.id, camera.id], **span}
            assert (
                await client.get("/api/v1/footage", headers=me, params=both)
            ).status_code == status
        one = f"/api/v1/cameras/{house.camera.id}"
        for method, path, body in (
            ("PATCH", one, {"name": "Mine"}),
            ("DELETE", one, None),
            ("POST", "/api/v1/cameras", {"name": "New", "address": "rtsp://192.0.2.8/main"}),
            ("GET", "/api/v1/people", None),
            ("GET", "/api/v1/roles", None),
            ("GET", "/api/v1/events", None),
            ("GET", "/api/v1/storage", None),
            ("GET", "/api/v1/sessions", None),
        ):
            answer = await client.request(method, path, headers=me, json=body)
            assert answer.status_code == 403, (method, path, answer.text)
            assert "you may not" in answer.json()["detail"]
        session = (await client.get("/api/v1/session", headers=me)).json()
        assert session["rights"] == []
        assert session["rights_somewhere"] == ["live", "replay"]

    run(tmp_path, story)


def test_replay_reaches_as_far_back_as_the_role_says(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine, now_us = house.camera.organisation, house.clock.wall_us()
        role = Role(new_id(), mine, "An hour", frozenset({Right.REPLAY}), 3600)
        await house.accounts.roles.put_role(mine, role)
        me = await somebody(house, role.id, ScopeKind.ORGANISATION)
        for ago_us, status in ((50 * MINUTE_US, 200), (70 * MINUTE_US, 403)):
            segment = await house.record(make_clip(ClipSpec()), now_us - ago_us)
            path = f"/api/v1/cameras/{house.camera.id}/segments/{segment.start_us}/media"
            answer = await client.get(path, headers=me)
            assert answer.status_code == status
            picture = {"at_us": segment.start_us}
            path = f"/api/v1/cameras/{house.camera.id}/snapshot.jpg"
            assert (await client.get(path, headers=me, params=picture)).status_code == status
        assert (await client.get(path, headers=me)).status_code == 403, "live is another right"

    run(tmp_path, story)


def test_a_token_may_do_what_it_was_made_for(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        admin = bearer(house.token)
        body = {"name": "reader", "rights": ["live"]}
        made = (await client.post("/api/v1/tokens", headers=admin, json=body)).json()
        assert made["rights"] == ["live"]
        narrow = bearer(made["secret"])
        one = f"/api/v1/cameras/{house.camera.id}"
        assert (await client.get(one, headers=narrow)).status_code == 200
        assert (await client.patch(one, headers=narrow, json={"name": "X"})).status_code == 403
        for wider in ({"name": "w"}, {"name": "w", "rights": ["live", "people"]}):
            answer = await client.post("/api/v1/tokens", headers=narrow, json=wider)
            assert (answer.status_code, "more than itself" in answer.text) == (
                (201, False) if wider == {"name": "w"} else (403, True)
            )
        inherited = await client.get("/api/v1/tokens", headers=admin)
        assert {tuple(one["rights"] or ["all"]) for one in inherited.json()["tokens"]} == {
            ("all",),
            ("live",),
        }
        stranger = await somebody(house, "viewer", ScopeKind.ORGANISATION)
        listed = (await client.get("/api/v1/tokens", headers=stranger)).json()["tokens"]
        assert len(listed) == 1, "only one's own"
        gone = await client.delete(f"/api/v1/tokens/{made['id']}", headers=stranger)
        assert gone.status_code == 404

    run(tmp_path, story)


def test_a_role_that_is_taken_away_ends_at_once(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        admin, mine = bearer(house.token), house.camera.organisation
        me = await somebody(house, "viewer", ScopeKind.ORGANISATION)
        everybody = (await client.get("/api/v1/people", headers=admin)).json()["people"]
        (person,) = [one for one in everybody if one["name"].startswith("P")]
        grant = person["grants"][0]["id"]
        assert (await client.get("/api/v1/cameras", headers=me)).json()["cameras"]
        path = f"/api/v1/people/{person['id']}/roles/{grant}"
        assert (await client.delete(path, headers=admin)).status_code == 204
        assert not (await client.get("/api/v1/cameras", headers=me)).json()["cameras"]
        body = {"role": "operator", "scope": "camera", "scope_id": house.camera.id}
        path = f"/api/v1/people/{person['id']}/roles"
        assert (await client.post(path, headers=admin, json=body)).status_code == 201
        assert (await client.get("/api/v1/cameras", headers=me)).json()["cameras"]
        given = (await client.get("/api/v1/people", headers=admin)).json()["people"]
        (grant,) = next(one["grants"] for one in given if one["id"] == person["id"])
        passing = {**body, "role": "viewer", "expires_us": house.clock.wall_us() + MINUTE_US}
        changed = await client.put(f"{path}/{grant['id']}", headers=admin, json=passing)
        assert changed.json() == {**grant, "role": "viewer", "expires_us": passing["expires_us"]}
        (camera,) = (await client.get("/api/v1/cameras", headers=me)).json()["cameras"]
        assert camera["rights"] == ["live", "replay"]
        odd = {"role": "operator", "scope": "organisation", "scope_id": house.camera.id}
        assert (await client.post(path, headers=admin, json=odd)).status_code == 400
        removed = await client.delete(f"/api/v1/people/{person['id']}", headers=admin)
        assert removed.status_code == 204
        assert (await client.get("/api/v1/cameras", headers=me)).status_code == 401
        kinds = [one["kind"] for one in await logged(client, house)]
        assert kinds[:5] == [
            "person.removed",
            "person.role_given",  # refused: it made no sense
            "person.role_changed",
            "person.role_given",
            "person.role_taken",
        ]
        assert mine

    run(tmp_path, story)


def test_nobody_moves_a_camera_to_where_they_have_no_say(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        boss = bearer(house.token)
        sites = [
            (
                await client.post(
                    "/api/v1/sites", headers=boss, json={"name": name, "time_zone": "UTC"}
                )
            ).json()["id"]
            for name in ("North", "South")
        ]
        path = f"/api/v1/cameras/{house.camera.id}"
        north = await somebody(house, "administrator", ScopeKind.SITE, sites[0])
        only = await somebody(house, "administrator", ScopeKind.CAMERA, house.camera.id)
        assert (await client.patch(path, headers=boss, json={"site": sites[0]})).status_code == 200
        for who in (north, only):
            for where in (sites[1], None):
                moved = await client.patch(path, headers=who, json={"site": where})
                assert moved.status_code == 403, moved.text
                assert "both sites" in moved.text
            kept = await client.patch(path, headers=who, json={"site": sites[0], "name": new_id()})
            assert kept.status_code == 200
        assert (await client.patch(path, headers=boss, json={"site": sites[1]})).status_code == 200

    run(tmp_path, story)


def test_sites_floors_and_shared_walls_are_known_to_those_who_have_a_say_there(
    tmp_path: Path,
) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        boss, camera = bearer(house.token), house.camera.id

        async def made(path: str, **body: Any) -> str:
            answer = await client.post(f"/api/v1/{path}", headers=boss, json=body)
            assert answer.status_code == 201, answer.text
            return answer.json()["id"]

        north, south = [await made("sites", name=name) for name in ("North", "South")]
        floors = {site: await made("floors", site=site, name="Ground") for site in (north, south)}
        grid = {"columns": 1, "rows": 1, "shared": True}
        cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [camera]}
        ours = await made("walls", name="Ours", cells=[cell], **grid)
        empty = await made("walls", name="Empty", cells=[], **grid)
        await client.patch(f"/api/v1/cameras/{camera}", headers=boss, json={"site": north})
        elsewhere = await another_camera(house)
        nobody = await somebody(house, "viewer", ScopeKind.CAMERA, elsewhere.id)
        one = await somebody(house, "viewer", ScopeKind.CAMERA, camera)
        site = await somebody(house, "viewer", ScopeKind.SITE, south)
        whole = await somebody(house, "auditor", ScopeKind.ORGANISATION)
        for who, sites, walls in (
            (nobody, [], []),
            (one, [north], [ours]),
            (site, [south], []),
            (whole, [north, south], [empty, ours]),
        ):
            listed = (await client.get("/api/v1/sites", headers=who)).json()["sites"]
            assert [each["id"] for each in listed] == sites
            listed = (await client.get("/api/v1/floors", headers=who)).json()["floors"]
            assert sorted(each["site"] for each in listed) == sorted(sites)
            listed = (await client.get("/api/v1/walls", headers=who)).json()["walls"]
            assert [each["id"] for each in listed] == walls
            for other in (north, south):
                got = await client.get(f"/api/v1/sites/{other}", headers=who)
                assert got.status_code == (200 if other in sites else 404)
                path = f"/api/v1/floors/{floors[other]}/plan"
                plan = await client.get(path, headers=who)
                assert plan.status_code == 404
                assert ("has no plan" in plan.text) == (other in sites), plan.text
            for wall in (ours, empty):
                got = await client.get(f"/api/v1/walls/{wall}", headers=who)
                assert got.status_code == (200 if wall in walls else 404)

    run(tmp_path, story)


def test_everybody_s_spot_is_taken_by_operators_not_by_viewers(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        body = {"camera": house.camera.id, "reason": "Door forced"}
        for role, status in (("viewer", 403), ("operator", 204)):
            who = await somebody(house, role, ScopeKind.ORGANISATION)
            answer = await client.post("/api/v1/walls/spot", headers=who, json=body)
            assert answer.status_code == status, answer.text

    run(tmp_path, story)


def test_who_may_steer_learns_that_a_camera_turns_but_not_where_it_is(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine = house.camera.organisation
        turning = replace(house.camera, onvif_address="http://192.0.2.7/onvif")
        await house.services.cameras.update(mine, turning)
        operator = await somebody(house, "operator", ScopeKind.ORGANISATION)
        path = f"/api/v1/cameras/{house.camera.id}"
        seen = (await client.get(path, headers=operator)).json()
        assert (seen["turns"], seen["onvif_address"]) == (True, None)
        assert "ptz" in seen["rights"]
        whole = (await client.get(path, headers=bearer(house.token))).json()
        assert (whole["turns"], whole["onvif_address"]) == (True, turning.onvif_address)

    run(tmp_path, story)


def test_the_log_says_who_did_what_and_who_was_refused(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        one = f"/api/v1/cameras/{house.camera.id}"
        me = await somebody(house, "viewer", ScopeKind.CAMERA, house.camera.id)
        await client.patch(one, headers=bearer(house.token), json={"name": "Gate"})
        await client.patch(one, headers=me, json={"name": "Mine"})
        refused, changed = await logged(client, house, kind="camera.changed")
        assert (changed["outcome"], refused["outcome"]) == ("done", "refused")
        assert changed["text"] == "guard changed a camera: Gate"
        assert changed["subject"] == f"camera/{house.camera.id}"
        assert changed["data"]["fields"] == "name"
        assert changed["actor"]["name"] == PERSON
        assert refused["actor"]["name"].startswith("P")
        assert await logged(client, house, text="gate") == [changed]
        await client.post("/api/v1/session", json={"name": PERSON, "password": "wrong"})
        await client.post("/api/v1/session", json={"name": "hunter2", "password": "x"})
        await client.post("/api/v1/session", json={"name": PERSON, "password": PASSWORD})
        began, unknown, known = await logged(client, house, kind="session.")
        assert began["kind"] == "session.began"
        assert known["text"] == f"a sign-in as {PERSON} was refused"
        assert unknown["text"] == "a sign-in was refused"
        everything = str(await logged(client, house))
        assert "hunter2" not in everything, "it may be a password in the wrong field"
        assert PASSWORD not in everything

    run(tmp_path, story)


def test_asking_for_a_camera_of_others_is_kept_as_a_refusal(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        hidden = await another_camera(house)
        me = await somebody(house, "viewer", ScopeKind.CAMERA, house.camera.id)
        span = {"start_us": 0, "end_us": MINUTE_US}
        one, nowhere = f"/api/v1/cameras/{hidden.id}", f"/api/v1/cameras/{new_id()}"
        for path, query in (
            (f"{nowhere}/fragments", span),
            (f"/api/v1/cameras/{house.foreign_camera.id}/fragments", span),
            (f"{one}/fragments", span),
            ("/api/v1/footage", {"camera": [house.camera.id, hidden.id], **span}),
        ):
            asked = await client.get(path, headers=me, params=query)
            assert asked.status_code == 404
        there = await client.get(f"{one}/fragments", headers=me, params=span)
        absent = await client.get(f"{nowhere}/fragments", headers=me, params=span)
        assert there.text.replace(hidden.id, "") == absent.text.replace(nowhere[16:], "")
        kept = await logged(client, house, kind="api.")
        assert len(kept) == 3, "only what is there can be refused"
        for event in kept:
            assert event["outcome"] == "refused"
            assert event["subject"] == f"camera/{hidden.id}"
            assert event["actor"]["name"].startswith("P")
        assert "was refused: watch recorded footage" in kept[0]["text"]

    run(tmp_path, story)


def test_naming_a_camera_of_others_is_kept_as_a_refusal_too(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        hidden = await another_camera(house)
        me = await somebody(house, "operator", ScopeKind.CAMERA, house.camera.id)
        cell = {"x": 0, "y": 0, "kind": "camera"}
        wall = {"name": "Mine", "columns": 1, "rows": 1}
        span = {"start_us": 0, "end_us": MINUTE_US}
        asked: list[tuple[str, Callable[[str], dict[str, object]]]] = [
            ("exports", lambda one: {"cameras": [house.camera.id, one], **span}),
            ("exports/outlook", lambda one: {"cameras": [one], **span}),
            ("bookmarks", lambda one: {"cameras": [one], "title": "Here", "start_us": 0}),
            ("walls", lambda one: {**wall, "cells": [{**cell, "cameras": [one]}]}),
            ("walls/spot", lambda one: {"camera": one}),
        ]
        for path, body in asked:
            there = await client.post(f"/api/v1/{path}", headers=me, json=body(hidden.id))
            absent = await client.post(
                f"/api/v1/{path}", headers=me, json=body(nowhere := new_id())
            )
            assert (there.status_code, absent.status_code) == (404, 404), path
            assert there.text.replace(hidden.id, "") == absent.text.replace(nowhere, "")
        kept = [one for one in await logged(client, house) if one["outcome"] == "refused"]
        assert [one["subject"] for one in kept] == [f"camera/{hidden.id}"] * len(asked)

    run(tmp_path, story)


def test_a_camera_that_was_taken_away_may_stay_on_ones_own_wall(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        back = await another_camera(house)
        me = await somebody(house, "viewer", ScopeKind.CAMERA, back.id)
        cell = {"x": 0, "y": 0, "kind": "camera", "cameras": [back.id]}
        wall: dict[str, Any] = {"name": "Mine", "columns": 2, "rows": 1, "cells": [cell]}
        made = (await client.post("/api/v1/walls", headers=me, json=wall)).json()
        (grant,) = [
            one
            for one in await house.accounts.roles.grants(back.organisation)
            if one.scope_id == back.id
        ]
        await house.accounts.roles.revoke(back.organisation, grant.person, grant.id)

        address, wall = f"/api/v1/walls/{made['id']}", wall | {"name": "Still mine", "revision": 1}
        assert (await client.put(address, headers=me, json=wall)).status_code == 200
        another = {**cell, "x": 1, "cameras": [house.camera.id]}
        wall = wall | {"cells": [cell, another], "revision": 2}
        assert (await client.put(address, headers=me, json=wall)).status_code == 404

    run(tmp_path, story)


def test_who_saw_which_footage_is_told_once_and_then_for_how_long(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        me, start_us = bearer(house.token), house.clock.wall_us() - 10 * MINUTE_US
        for minute in range(3):
            at_us = start_us + minute * MINUTE_US
            segment = await house.record(make_clip(ClipSpec()), at_us)
            path = f"/api/v1/cameras/{house.camera.id}/segments/{segment.start_us}/media"
            assert (await client.get(path, headers=me)).status_code == 200
        (first,) = await logged(client, house, kind="footage.")
        assert first["kind"] == "footage.seen"
        assert first["data"]["start_us"] == start_us
        await house.services.audit.sweep()
        assert len(await logged(client, house, kind="footage.")) == 1, "it goes on"
        await house.clock.advance(61)
        await house.services.audit.sweep()
        until, _ = await logged(client, house, kind="footage.")
        assert until["kind"] == "footage.seen_until"
        assert until["correlation"] == first["id"]
        assert until["data"]["start_us"] == start_us
        assert until["data"]["end_us"] > start_us + 2 * MINUTE_US
        assert until["evidence"][0]["uri"] == f"vedette:camera/{house.camera.id}/main"

    run(tmp_path, story)


def test_an_answer_without_its_entry_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        async def full(*_: object) -> None:
            raise OSError("no space left on device")

        monkeypatch.setattr(house.services.audit.journal, "append", full)
        answer = await client.post(
            "/api/v1/tokens", headers=bearer(house.token), json={"name": "x"}
        )
        assert answer.status_code == 500
        assert "event log" in answer.json()["detail"]
        assert "secret" not in answer.text
        segment = await house.record(make_clip(ClipSpec()), house.clock.wall_us() - MINUTE_US)
        path = f"/api/v1/cameras/{house.camera.id}/segments/{segment.start_us}/media"
        shown = await client.get(path, headers=bearer(house.token))
        assert shown.status_code == 500, "footage that nobody would know of is not given"

    run(tmp_path, story)


def test_the_chain_is_exported_and_proven(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        me = bearer(house.token)
        await client.post("/api/v1/tokens", headers=me, json={"name": "x"})
        proof = (await client.post("/api/v1/events/verify", headers=me)).json()
        assert proof["altered"] is None
        lines = (await client.get("/api/v1/events/export", headers=me)).text.splitlines()
        assert len(lines) == 2, "the token and the proof; the export itself comes after"
        again = await client.post(
            "/api/v1/events/verify", headers=me, params={"head": proof["head"]}
        )
        assert again.json()["altered"] is None
        forged = proof["head"][:-1] + ("0" if proof["head"][-1] != "0" else "1")
        wrong = await client.post("/api/v1/events/verify", headers=me, params={"head": forged})
        assert wrong.json()["altered"] == int(proof["head"].partition(":")[0])

    run(tmp_path, story)
