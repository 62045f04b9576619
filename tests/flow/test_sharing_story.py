"""Sharing between agencies: seen through the share and only through it, told, ended at once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.flow.test_live_socket import CLIP, served
from tests.unit.api.asking import bearer
from vedette.api.shared_media import outward
from vedette.base.ids import new_id
from vedette.base.units import us_to_text
from vedette.bus.topics import FOOTAGE_GREW, SHARE_USED, FootageGrew, ShareUsed
from vedette.model.camera import Camera, StreamRole
from vedette.model.footage import Segment
from vedette.model.packet import Codec
from vedette.model.rights import Grant, Right, Role, ScopeKind
from vedette.playback.viewer import LiveOffline
from vedette.testing.house import OTHER_ORGANISATION, OTHER_PERSON, PASSWORD, House, open_house
from vedette.testing.media import ClipSpec, make_clip

ORIGIN = "http://vedette.test"
S = 1_000_000
HOUR = 3600 * S
LOUD = ClipSpec(audio=Codec.AAC)
"""Two groups of pictures of a second each, with sound."""


@dataclass(frozen=True)
class Scene:
    """Our house, and the neighbours with whom we share."""

    house: House
    client: httpx.AsyncClient

    async def ask(self, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", headers=bearer(token), **more)

    async def ours(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.ask(method, path, self.house.token, **more)

    async def theirs(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.ask(method, path, self.house.foreign_token, **more)

    def body(self, **changes: Any) -> dict[str, Any]:
        now_us = self.house.clock.wall_us()
        made: dict[str, Any] = {
            "organisation": OTHER_PERSON,  # the neighbours' organisation is called like its person
            "cameras": [self.house.camera.id],
            "live": True,
            "footage": {"start_us": now_us - HOUR},
            "until_us": now_us + HOUR,
            "purpose": "Break-in at the depot",
        }
        return {key: value for key, value in (made | changes).items() if value is not None}

    async def share(self, **changes: Any) -> dict[str, Any]:
        answer = await self.ours("POST", "/shares", json=self.body(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def through(self, share: dict[str, Any], camera: Camera | None = None) -> str:
        return f"/shared/{share['share']['id']}/cameras/{(camera or self.house.camera).id}"

    async def logged(self, token: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.ask("GET", "/events", token, params=query)
        assert answer.status_code == 200, answer.text
        return [one["event"] for one in answer.json()["entries"]]


def run(folder: Path, story: Callable[[Scene], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with open_house(folder) as house:
            transport = httpx.ASGITransport(app=house.app, client=("192.0.2.4", 999))
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                await story(Scene(house, client))

    asyncio.run(all_of_it())


async def another_camera(house: House) -> Camera:
    camera = replace(house.camera, id=new_id(), name="Vault")
    return await house.services.cameras.add(camera.organisation, camera, None)  # type: ignore[return-value]


async def neighbour(house: House, role: Role | str, scope: ScopeKind, scope_id: str = "") -> str:
    """A person of the other organisation with one role; gives the secret that asks as them."""
    person = await house.accounts.create_person(OTHER_ORGANISATION, f"N{new_id()}", PASSWORD)
    if isinstance(role, Role):
        await house.accounts.roles.put_role(OTHER_ORGANISATION, role)
        role = role.id
    grant = Grant(new_id(), OTHER_ORGANISATION, person.id, role, scope, scope_id)
    await house.accounts.roles.grant(OTHER_ORGANISATION, grant)
    return (await house.accounts.make_token(OTHER_ORGANISATION, person.id, "x", None))[0]


def test_the_neighbours_see_what_was_shared_and_nothing_else(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        house = scene.house
        hidden = await another_camera(house)
        now_us = house.clock.wall_us()
        segment = await house.record(make_clip(ClipSpec()), now_us - 60 * S)
        assert (await scene.theirs("GET", "/shared")).json()["shares"] == []
        made = await scene.share()
        assert made["secret"] is None
        answer = (await scene.theirs("GET", "/shared")).json()
        assert answer["organisation"] == OTHER_PERSON
        (shared,) = answer["shares"]
        assert shared["cameras"] == [{"id": house.camera.id, "name": "Front door"}]
        assert shared["purpose"] == "Break-in at the depot"
        assert shared["owner"] == "guard"
        assert (shared["live"], shared["sound"]) == (True, False)
        assert shared["footage"] == {"start_us": now_us - HOUR, "end_us": None}
        span = {"start_us": now_us - 2 * HOUR, "end_us": now_us + HOUR}
        found = await scene.theirs("GET", f"{scene.through(made)}/fragments", params=span)
        assert [one["start_us"] for one in found.json()["fragments"]] == [
            segment.start_us,
            segment.start_us + S,
        ]
        # Neither the owner's other camera through the share, nor the shared one around it.
        for path in (
            f"{scene.through(made, hidden)}/fragments",
            f"{scene.through(made, house.foreign_camera)}/fragments",
            f"/cameras/{house.camera.id}",
            f"/cameras/{house.camera.id}/fragments",
            f"/cameras/{house.camera.id}/segments/{segment.start_us}/media",
        ):
            assert (await scene.theirs("GET", path, params=span)).status_code == 404, path
        mine = (await scene.theirs("GET", "/cameras")).json()["cameras"]
        assert [one["id"] for one in mine] == [house.foreign_camera.id]
        # Nor does the owner look through a share of its own.
        assert (await scene.ours("GET", "/shared")).json()["shares"] == []
        own = await scene.ours("GET", f"{scene.through(made)}/fragments", params=span)
        assert own.status_code == 404

    run(tmp_path, story)


async def recorded(scene: Scene) -> list[Segment]:
    """Three files a minute apart, two seconds each, the last one an hour ago."""
    now_us = scene.house.clock.wall_us()
    clip = make_clip(LOUD)
    return [await scene.house.record(clip, now_us - HOUR - ago * 60 * S) for ago in (2, 1, 0)]


def test_nothing_is_shown_of_before_and_after_the_shared_footage(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        before, middle, after = await recorded(scene)
        # From within the first group of the middle file to within its second.
        start_us, end_us = middle.start_us - 10 * S, middle.start_us + S + 500_000
        made = await scene.share(footage={"start_us": start_us, "end_us": end_us}, live=None)
        path = scene.through(made)
        everything = {"start_us": before.start_us - HOUR, "end_us": after.end_us + HOUR}
        drawn = (await scene.theirs("GET", f"{path}/footage", params=everything)).json()
        (stream,) = drawn["streams"]
        assert [(one["start_us"], one["end_us"]) for one in stream["spans"]] == [
            (middle.start_us, end_us)
        ]
        assert stream["gaps"] == stream["clock_steps"] == [], "why there is none is the owner's"
        index = (await scene.theirs("GET", f"{path}/fragments", params=everything)).json()
        (only,) = index["fragments"]
        assert only["start_us"] == middle.start_us, "the second group is not wholly within"
        assert index["next_us"] is None
        whole = {"offset": only["offset"], "size": only["size"]}
        good = await scene.theirs("GET", f"{path}/segments/{middle.start_us}/part", params=whole)
        assert (good.status_code, len(good.content)) == (200, only["size"])
        assert good.headers["cache-control"] == "no-store"
        for segment, offset, size in (
            (middle, only["offset"], only["size"] + 1),
            (middle, only["offset"] - 1, 9),
            (middle, only["offset"] + only["size"], 9),
            (middle, 0, middle.bytes),
            (before, only["offset"], only["size"]),
            (after, only["offset"], only["size"]),
        ):
            answer = await scene.theirs(
                "GET",
                f"{path}/segments/{segment.start_us}/part",
                params={"offset": offset, "size": size},
            )
            assert answer.status_code == 404, (segment.start_us, offset, size)
        for segment, status in ((before, 404), (middle, 200), (after, 404)):
            of_segment = f"{path}/segments/{segment.start_us}"
            init = await scene.theirs("GET", f"{of_segment}/init.mp4")
            assert init.status_code == status
            span = {"start_us": segment.start_us, "end_us": segment.end_us}
            keys = await scene.theirs("GET", f"{of_segment}/keys", params=span)
            assert keys.status_code == status
            at = {"at_us": segment.start_us + 100_000}
            small = await scene.theirs("GET", f"{path}/thumbnail.jpg", params=at)
            assert small.status_code == (200 if status == 200 else 204)
        # The calendar knows the day of the middle file, and no other.
        far = await scene.house.record(make_clip(LOUD), before.start_us - 40 * 24 * HOUR)
        year = us_to_text(middle.start_us)[:4]
        ask = {"year": year, "zone": "UTC"}
        shown = (await scene.theirs("GET", f"{path}/calendar", params=ask)).json()
        assert shown["cameras"][0]["days"] == [us_to_text(middle.start_us)[:10]]
        own = {**ask, "camera": scene.house.camera.id}
        known = (await scene.ours("GET", "/calendar", params=own)).json()
        assert us_to_text(far.start_us)[:10] in known["cameras"][0]["days"]
        odd = await scene.theirs("GET", f"{path}/calendar", params={**ask, "zone": "Moon/Sea"})
        assert odd.status_code == 400
        # A request that names another file than the one in the range finds no key frame there.
        span = {"start_us": middle.start_us, "end_us": middle.end_us}
        mixed = await scene.theirs("GET", f"{path}/segments/{before.start_us}/keys", params=span)
        assert mixed.content == b""

    run(tmp_path, story)


def test_sound_is_heard_only_where_it_was_shared(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        _, segment, _ = await recorded(scene)
        span = {"start_us": segment.start_us, "end_us": segment.end_us}
        heard: dict[bool, bytes] = {}
        for sound in (False, True):
            footage = {"start_us": segment.start_us, "end_us": segment.end_us}
            made = await scene.share(sound=sound, footage=footage)
            path = scene.through(made)
            index = (await scene.theirs("GET", f"{path}/fragments", params=span)).json()
            (form,) = index["formats"].values()
            assert bool(form["audio_codec"]) is sound
            first = index["fragments"][0]
            assert first["video_size"] < first["size"]
            part = {"offset": first["offset"], "size": first["size"]}
            of_segment = f"{path}/segments/{segment.start_us}"
            heard[sound] = (await scene.theirs("GET", f"{of_segment}/part", params=part)).content
            init = await scene.theirs("GET", f"{of_segment}/init.mp4", params={"tracks": "all"})
            assert (b"soun" in init.content) is sound
        picture = first["video_size"]
        assert heard[False][:picture] == heard[True][:picture]
        assert not any(heard[False][picture:])
        assert any(heard[True][picture:])

    run(tmp_path, story)


def test_the_neighbours_own_roles_still_count(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        house = scene.house
        _, _, segment = await recorded(scene)
        made = await scene.share(footage={"start_us": segment.start_us - HOUR})
        path, everywhere = scene.through(made), ScopeKind.ORGANISATION
        span = {"start_us": segment.start_us, "end_us": segment.end_us}
        own_camera = (ScopeKind.CAMERA, house.foreign_camera.id)
        all_of_it = (everywhere, "")
        for role, (scope, scope_id), sees, replay in (
            ("viewer", all_of_it, True, 200),
            ("auditor", all_of_it, False, 403),
            # Another agency's camera is none of those for which somebody was given a role.
            ("operator", own_camera, False, 403),
            (_role("Live alone", {Right.LIVE}, None), all_of_it, True, 403),
            (_role("Ten minutes", {Right.REPLAY}, 600), all_of_it, True, 200),
        ):
            token = await neighbour(house, role, scope, scope_id)
            listed = (await scene.ask("GET", "/shared", token)).json()["shares"]
            assert bool(listed) is sees, role
            answer = await scene.ask("GET", f"{path}/fragments", token, params=span)
            assert answer.status_code == replay, (role, answer.text)
            if isinstance(role, Role) and role.replay_s:
                assert answer.json()["fragments"] == [], "it is older than the role reaches"
                (one,) = listed
                assert one["footage"]["start_us"] == house.clock.wall_us() - 600 * S
                assert not one["live"]

    run(tmp_path, story)


def _role(name: str, rights: set[Right], replay_s: int | None) -> Role:
    return Role(new_id(), OTHER_ORGANISATION, name, frozenset(rights), replay_s)


def test_only_whoever_may_share_shares_and_only_what_is_theirs_to_see(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        house, mine = scene.house, scene.house.camera.organisation
        narrow = Role(new_id(), mine, "Press office", frozenset({Right.SHARE, Right.LIVE}))
        await house.accounts.roles.put_role(mine, narrow)
        tokens: dict[str, str] = {}
        for name, role in (("operator", "operator"), ("press", narrow.id)):
            person = await house.accounts.create_person(mine, name, PASSWORD)
            await house.accounts.roles.new_grant(mine, person.id, role)
            tokens[name] = (await house.accounts.make_token(mine, person.id, "x", None))[0]
        refused = await scene.ask("POST", "/shares", tokens["operator"], json=scene.body())
        assert refused.status_code == 403
        assert "share cameras with others" in refused.json()["detail"]
        assert (await scene.ask("GET", "/shares", tokens["operator"])).status_code == 403
        too_much = await scene.ask("POST", "/shares", tokens["press"], json=scene.body())
        assert too_much.status_code == 403
        live = await scene.ask("POST", "/shares", tokens["press"], json=scene.body(footage=None))
        assert live.status_code == 201, live.text
        foreign = scene.body(cameras=[house.foreign_camera.id])
        assert (await scene.ours("POST", "/shares", json=foreign)).status_code == 404

    run(tmp_path, story)


def test_a_wrong_name_tells_nothing_and_may_not_be_tried_often(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        near = await scene.ours("POST", "/shares", json=scene.body(organisation="strange"))
        far = await scene.ours("POST", "/shares", json=scene.body(organisation="Atlantis"))
        assert near.status_code == far.status_code == 404
        assert near.json() == far.json()
        assert OTHER_PERSON not in near.text
        for _ in range(8):
            await scene.ours("POST", "/shares", json=scene.body(organisation="guess"))
        assert (await scene.ours("POST", "/shares", json=scene.body())).status_code == 429
        odd = await scene.ours("POST", "/shares", json=scene.body(person="Ann"))
        assert odd.status_code == 400

    run(tmp_path, story)


def test_both_sides_can_read_what_was_shared_seen_and_ended(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        house = scene.house
        now_us = house.clock.wall_us()
        segment = await house.record(make_clip(ClipSpec()), now_us - 60 * S)
        made = await scene.share()
        share = made["share"]["id"]
        path = scene.through(made)
        uses: list[ShareUsed] = []
        house.services.bus.subscribe(SHARE_USED, uses.append)
        span = {"start_us": segment.start_us, "end_us": segment.end_us}
        index = (await scene.theirs("GET", f"{path}/fragments", params=span)).json()
        for one in index["fragments"]:
            part = {"offset": one["offset"], "size": one["size"]}
            await scene.theirs("GET", f"{path}/segments/{segment.start_us}/part", params=part)
        mine = ShareUsed(house.camera.organisation, share)
        assert uses.count(mine) == 1, "told once, when it began"
        await house.clock.advance(61)
        await house.services.audit.sweep()
        assert uses.count(mine) == 2, "and once more, when it was over"
        (use,) = (await scene.ours("GET", f"/shares/{share}/uses")).json()["uses"]
        assert use["who"] == f"{OTHER_PERSON} ({OTHER_PERSON})"
        assert use["camera"] == {"id": house.camera.id, "name": "Front door"}
        assert (use["mode"], use["now"]) == ("replay", False)
        assert (use["start_us"], use["end_us"]) == (segment.start_us, segment.end_us)
        assert use["began_us"] == now_us
        assert use["ended_us"] is not None
        assert use["address"] == "", "where the neighbours' people sit is their own affair"
        (seen,) = await scene.logged(house.token, kind="footage.seen")
        assert seen["actor"]["person"] == f"share/{share}"
        assert seen["data"]["share"] == share
        (theirs,) = await scene.logged(house.foreign_token, kind="footage.seen")
        assert theirs["actor"]["name"] == OTHER_PERSON
        assert theirs["data"]["camera"] == "Front door"
        assert (await scene.theirs("GET", f"/shares/{share}/uses")).status_code == 404
        assert (await scene.theirs("POST", f"/shares/{share}/end")).status_code == 404
        ended = (await scene.ours("POST", f"/shares/{share}/end")).json()
        assert (ended["state"], ended["ended_by"]) == ("ended", "guard")
        assert (await scene.ours("POST", f"/shares/{share}/end")).json() == ended
        assert (await scene.theirs("GET", "/shared")).json()["shares"] == []
        for kind in ("footage", "fragments"):
            gone = await scene.theirs("GET", f"{path}/{kind}", params=span)
            assert gone.status_code == 404
        part = {"offset": index["fragments"][0]["offset"], "size": 9}
        gone = await scene.theirs("GET", f"{path}/segments/{segment.start_us}/part", params=part)
        assert gone.status_code == 404
        kinds = [one["kind"] for one in await scene.logged(house.token, kind="share.")]
        assert kinds == ["share.ended", "share.ended", "share.made"]
        told = await scene.logged(house.foreign_token, kind="share.")
        assert [one["kind"] for one in told] == ["share.withdrawn", "share.received"]
        assert told[1]["data"]["purpose"] == "Break-in at the depot"
        assert (await scene.ours("GET", "/shares")).json()["shares"] == [ended]

    run(tmp_path, story)


def test_a_share_begins_and_ends_by_itself(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        now_us = scene.house.clock.wall_us()
        await scene.house.record(make_clip(ClipSpec()), now_us - 60 * S)
        made = await scene.share(from_us=now_us + 60 * S, until_us=now_us + 120 * S)
        span = {"start_us": now_us - HOUR, "end_us": now_us}
        for status in (404, 200, 404):
            found = await scene.theirs("GET", f"{scene.through(made)}/fragments", params=span)
            assert found.status_code == status
            assert len((await scene.theirs("GET", "/shared")).json()["shares"]) == (status == 200)
            await scene.house.clock.advance(60)
        (listed,) = (await scene.ours("GET", "/shares")).json()["shares"]
        assert listed["state"] == "over"

    run(tmp_path, story)


def guest_of(scene: Scene) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=scene.house.app, client=("192.0.2.77", 999))
    return httpx.AsyncClient(
        transport=transport, base_url=f"{ORIGIN}/api/v1", headers={"Origin": ORIGIN}
    )


def test_a_guest_sees_one_share_and_nothing_else_of_the_house(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        house = scene.house
        hidden = await another_camera(house)
        segment = await house.record(make_clip(ClipSpec()), house.clock.wall_us() - 60 * S)
        made = await scene.share(organisation=None, person="Inspector Ray", most_uses=1)
        other = await scene.share(
            organisation=None, person="Another", cameras=[hidden.id], footage=None
        )
        span = {"start_us": segment.start_us, "end_us": segment.end_us}
        path = f"/guest/cameras/{house.camera.id}"
        async with guest_of(scene) as guest, guest_of(scene) as late:
            assert (await guest.get("/guest")).status_code == 401
            opened = await guest.post("/guest", json={"secret": made["secret"]})
            assert opened.status_code == 200, opened.text
            assert opened.json()["name"] == "Inspector Ray"
            cookie = opened.headers["set-cookie"]
            for word in ("HttpOnly", "SameSite=strict", "Path=/api/v1/guest", "Max-Age=3600"):
                assert word in cookie
            assert made["secret"] not in cookie
            index = await guest.get(f"{path}/fragments", params=span)
            assert len(index.json()["fragments"]) == 2
            assert (
                await guest.get(f"/guest/cameras/{hidden.id}/footage", params=span)
            ).status_code == 404
            # With the cookie sent everywhere, whatever its path says.
            everywhere = {"Cookie": cookie.partition(";")[0]}
            for elsewhere in (
                "/session",
                "/cameras",
                f"/cameras/{house.camera.id}",
                f"/cameras/{house.camera.id}/fragments",
                "/shared",
                f"/shared/{made['share']['id']}/cameras/{house.camera.id}/fragments",
                "/shares",
                "/events",
                "/people",
            ):
                answer = await late.get(elsewhere, params=span, headers=everywhere)
                assert answer.status_code == 401, elsewhere
            # Used up; and who guesses hears the same.
            used = await late.post("/guest", json={"secret": made["secret"]})
            guessed = await late.post("/guest", json={"secret": "guess"})
            assert used.status_code == guessed.status_code == 401
            assert used.json() == guessed.json()
            assert (await late.post("/guest", json={"secret": other["secret"]})).status_code == 200
            crossed = await late.get(f"{path}/footage", params=span)
            assert crossed.status_code == 404, "another link opens another share"
            evil = {"Origin": "http://evil.test"}
            assert (
                await guest.post("/guest", json={"secret": other["secret"]}, headers=evil)
            ).status_code == 403
            assert (await guest.delete("/guest", headers=evil)).status_code == 403
            assert (await guest.get("/guest")).status_code == 200
            ended = await scene.ours("POST", f"/shares/{made['share']['id']}/end")
            assert ended.json()["uses"] == 1
            for gone in ("/guest", f"{path}/fragments"):
                assert (await guest.get(gone, params=span)).status_code == 401
            assert (await late.delete("/guest")).status_code == 204
            assert (await late.get("/guest")).status_code == 401
        everything = json.dumps(await scene.logged(house.token))
        assert made["secret"] not in everything
        refused = await scene.logged(house.token, kind="share.refused")
        assert [one["data"]["why"] for one in refused] == [
            "there is no such link",
            "the link has ended or was used up; ask whoever sent it for a new one",
        ]
        (entered, _) = (await scene.logged(house.token, kind="share.opened"))[::-1]
        assert entered["actor"]["name"] == "Inspector Ray (link)"
        assert entered["actor"]["address"] == "192.0.2.77"

    run(tmp_path, story)


def test_guessing_links_is_slowed_down(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        async with guest_of(scene) as guest:
            for _ in range(30):
                assert (await guest.post("/guest", json={"secret": "x"})).status_code == 401
            assert (await guest.post("/guest", json={"secret": "x"})).status_code == 429

    run(tmp_path, story)


def test_why_a_camera_is_silent_stays_with_its_owner() -> None:
    told = outward(LiveOffline("refused", "192.0.2.7 refused the password of admin", 5), 9)
    assert told == LiveOffline("unreachable", "", 9)
    assert outward(LiveOffline("connecting", "192.0.2.7", 12), 9) == LiveOffline(
        "connecting", "", 12
    )


async def drain(viewer: ClientConnection) -> int:
    """Take what comes until the other side closes; gives the code."""
    with suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await viewer.recv()
    assert viewer.close_code is not None
    return viewer.close_code


Knock = Callable[[House, int], Awaitable[tuple[str, dict[str, str], str]]]
"""Gives the address under which to look, the headers, and the share."""


async def as_neighbour(house: House, port: int) -> tuple[str, dict[str, str], str]:
    here = f"http://127.0.0.1:{port}/api/v1"
    async with httpx.AsyncClient(base_url=here) as client:
        scene = Scene(house, client)
        made = await scene.client.post("/shares", headers=bearer(house.token), json=scene.body())
        share = made.json()["share"]["id"]
    return f"/shared/{share}", bearer(house.foreign_token), share


async def as_guest(house: House, port: int) -> tuple[str, dict[str, str], str]:
    here = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=f"{here}/api/v1") as client:
        scene = Scene(house, client)
        body = scene.body(organisation=None, person="Ray")
        made = (await client.post("/shares", headers=bearer(house.token), json=body)).json()
        opened = await client.post("/guest", json={"secret": made["secret"]})
    cookie = opened.headers["set-cookie"].partition(";")[0]
    return "/guest", {"Cookie": cookie, "Origin": here}, made["share"]["id"]


@pytest.mark.server
@pytest.mark.parametrize("knock", [as_neighbour, as_guest])
@pytest.mark.parametrize("ends", ["by the owner", "by itself", "camera removed"])
def test_live_pictures_stop_at_once_when_a_share_ends(
    tmp_path: Path, knock: Knock, ends: str
) -> None:
    """On a clock that stands still: nothing but the bus, or the time, can tell the sockets."""

    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            where, headers, share = await knock(house, port)
            base = f"ws://127.0.0.1:{port}/api/v1{where}"
            async with (
                connect(
                    f"{base}/cameras/{house.camera.id}/live", additional_headers=headers
                ) as live,
                connect(f"{base}/updates", additional_headers=headers) as news,
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}/api/v1", headers=bearer(house.token)
                ) as owner,
            ):
                house.play(CLIP)
                assert json.loads(await live.recv())["type"] == "format"
                grown = house.camera.key(StreamRole.MAIN)
                now_us = house.clock.wall_us()
                house.bus.publish(FOOTAGE_GREW, FootageGrew(grown, now_us - 2 * HOUR, now_us))
                house.bus.publish(
                    FOOTAGE_GREW,
                    FootageGrew(house.foreign_camera.key(StreamRole.MAIN), now_us - 9, now_us),
                )
                told = json.loads(await news.recv())
                assert told["start_us"] == now_us - HOUR, "cut to what is shared"
                uses = (await owner.get(f"/shares/{share}/uses")).json()["uses"]
                assert [(one["mode"], one["now"]) for one in uses] == [("live", True)]
                if ends == "by the owner":
                    assert (await owner.post(f"/shares/{share}/end")).status_code == 200
                elif ends == "by itself":
                    await house.clock.advance(3600)
                else:
                    gone = await owner.delete(f"/cameras/{house.camera.id}")
                    assert gone.status_code == 204
                    await house.clock.advance(31)
                assert await drain(live) == 4410
                if ends != "camera removed":
                    assert await drain(news) == 4410
                    with pytest.raises(Exception, match="HTTP 40"):
                        await connect(f"{base}/updates", additional_headers=headers)

    asyncio.run(story())
