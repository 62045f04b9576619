"""Every route is asked by nobody and by a stranger; a new route is covered without a word here."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.types import Message

from tests.unit.api.asking import ORIGIN, bearer, run
from vedette.api.factory import RESOURCES
from vedette.api.guard import OPEN, is_for_guests, is_guarded
from vedette.base.ids import new_id
from vedette.model.bookmark import Bookmark
from vedette.model.camera import StreamRole
from vedette.model.export import ExportedCamera, ExportJob, ExportRequest
from vedette.model.footage import Segment
from vedette.model.rights import CameraGroup, Offer, Right, Role
from vedette.model.share import Share
from vedette.model.site import Floor, Site
from vedette.model.template import CameraTemplate
from vedette.model.wall import Wall
from vedette.sharing.guests import hash_secret
from vedette.testing.house import OTHER_PERSON, PASSWORD, PERSON, House, open_house
from vedette.testing.media import ClipSpec, make_clip

NO_ACCOUNT = {("GET", "/healthz")}
SPAN = {"start_us": 0, "end_us": 30_000_000}
NOBODY = "00000000-0000-7000-8000-00000000000a"
EXPORT: dict[str, Any] = {
    "cameras": [NOBODY],
    "start_us": 1,
    "end_us": 2,
    "reason": "x",
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/session"): {"name": PERSON, "password": "wrong"},
    ("POST", "/api/v1/session/entry"): {"secret": "wrong"},
    ("POST", "/api/v1/session/code"): {"second_step": "wrong", "code": "123456"},
    ("POST", "/api/v1/session/passkey-options"): {},
    ("POST", "/api/v1/session/passkey"): {"ceremony": "wrong", "credential": {}},
    ("POST", "/api/v1/session/invitation"): {"secret": "wrong", "password": "battery staple"},
    ("POST", "/api/v1/session/invitation/look"): {"secret": "wrong"},
    ("POST", "/api/v1/session/invitation/passkey-options"): {"secret": "wrong"},
    ("POST", "/api/v1/invitations"): {"name": "Carla", "roles": [{"role": "viewer"}]},
    ("POST", "/api/v1/account/passkeys/options"): {},
    ("POST", "/api/v1/account/passkeys"): {"ceremony": "wrong", "credential": {}, "name": "x"},
    ("POST", "/api/v1/session/reason"): {"act": "replay", "text": "a lost child"},
    ("PUT", "/api/v1/reasons"): {"asked": []},
    ("POST", "/api/v1/session/sign-on"): {"provider": "nowhere"},
    ("POST", "/api/v1/account/sign-on"): {"provider": "nowhere"},
    ("POST", "/api/v1/account/second-factor"): {},
    ("POST", "/api/v1/account/second-factor/confirm"): {"code": "123456"},
    ("POST", "/api/v1/account/recovery-codes"): {},
    ("POST", "/api/v1/account/password"): {"current": "wrong", "new": "battery staple"},
    ("POST", "/api/v1/cameras"): {"name": "New", "address": "rtsp://192.0.2.8/main"},
    ("PATCH", "/api/v1/cameras/{camera_id}"): {"name": "Renamed"},
    ("POST", "/api/v1/cameras/import"): {"table": "name,address\nNew,rtsp://h/"},
    ("POST", "/api/v1/templates"): {"name": "New"},
    ("POST", "/api/v1/sites"): {"name": "New"},
    ("PATCH", "/api/v1/sites/{site_id}"): {"name": "Renamed"},
    ("POST", "/api/v1/floors"): {"name": "New", "site": NOBODY},
    ("PATCH", "/api/v1/floors/{floor_id}"): {"name": "Renamed"},
    ("PUT", "/api/v1/floors/{floor_id}/plan"): {},
    ("PUT", "/api/v1/cameras/{camera_id}/placement"): {
        "latitude": 1,
        "longitude": 1,
        "range_m": 9,
    },
    ("POST", "/api/v1/walls"): {"name": "New", "columns": 1, "rows": 1},
    ("PUT", "/api/v1/walls/{wall_id}"): {"name": "N", "columns": 1, "rows": 1, "revision": 1},
    ("POST", "/api/v1/walls/spot"): {"camera": "00000000-0000-7000-8000-00000000000a"},
    ("POST", "/api/v1/cameras/{camera_id}/trigger"): {},
    ("POST", "/api/v1/cameras/{camera_id}/ptz/home"): {},
    ("POST", "/api/v1/cameras/{camera_id}/ptz/presets"): {"name": "Gate"},
    ("POST", "/api/v1/cameras/{camera_id}/ptz/presets/{preset}/go"): {},
    ("PUT", "/api/v1/cameras/{camera_id}/ptz/presets/{preset}"): {"name": "Gate"},
    ("POST", "/api/v1/bookmarks"): {"cameras": [NOBODY], "start_us": 1, "title": "Van"},
    ("PATCH", "/api/v1/bookmarks/{bookmark_id}"): {"title": "Two vans"},
    ("POST", "/api/v1/probe"): {"address": "192.0.2.7"},
    ("POST", "/api/v1/discovery"): {},
    ("POST", "/api/v1/tokens"): {"name": "mine"},
    ("POST", "/api/v1/people/{person_id}/roles"): {"role": "viewer"},
    ("PUT", "/api/v1/people/{person_id}/roles/{grant_id}"): {"role": "viewer"},
    ("POST", "/api/v1/exports"): EXPORT,
    ("POST", "/api/v1/exports/outlook"): EXPORT,
    ("POST", "/api/v1/exports/{export_id}/cancel"): {},
    ("POST", "/api/v1/roles"): {"name": "New", "rights": ["live"]},
    ("PUT", "/api/v1/roles/{role_id}"): {"name": "Renamed", "rights": ["live"]},
    ("POST", "/api/v1/groups"): {"name": "New"},
    ("PUT", "/api/v1/groups/{group_id}"): {"name": "Renamed"},
    ("POST", "/api/v1/shares"): {
        "organisation": "stranger",
        "cameras": ["00000000-0000-7000-8000-00000000000a"],
        "live": True,
        "until_us": 1,
        "purpose": "x",
    },
    ("POST", "/api/v1/shares/{share_id}/end"): {},
    ("POST", "/api/v1/guest"): {"secret": "wrong"},
    ("POST", "/api/v1/events/verify"): {},
}


def all_routes() -> Iterator[tuple[str, APIRoute | APIWebSocketRoute]]:
    for prefix, router in RESOURCES:
        for route in router.routes:
            assert isinstance(route, (APIRoute, APIWebSocketRoute)), "teach this test that kind"
            yield prefix + route.path, route


def http_routes() -> list[tuple[str, str]]:
    """Method and path of every HTTP route."""
    return [
        (method, path)
        for path, route in all_routes()
        if isinstance(route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def socket_routes() -> list[str]:
    return [path for path, route in all_routes() if isinstance(route, APIWebSocketRoute)]


def filled(path: str, values: dict[str, str]) -> str:
    try:
        return path.format(**values)
    except KeyError as missing:
        raise AssertionError(f"teach this test what {missing} is in {path}") from None


ANYTHING = {
    "camera_id": NOBODY,
    "segment_start_us": "1",
    "fragment_start_us": "1",
    "format_id": "0" * 32,
    "token_id": NOBODY,
    "session_id": NOBODY,
    "site_id": NOBODY,
    "wall_id": NOBODY,
    "person_id": NOBODY,
    "floor_id": NOBODY,
    "map_name": "nowhere.pmtiles",
    "export_id": NOBODY,
    "number": "1",
    "role_id": NOBODY,
    "group_id": NOBODY,
    "grant_id": NOBODY,
    "bookmark_id": NOBODY,
    "preset": "1",
    "template_id": NOBODY,
    "passkey_id": NOBODY,
    "provider_id": "nowhere",
    "invitation_id": NOBODY,
    "share_id": NOBODY,
}


def test_there_are_routes() -> None:
    assert len(http_routes()) > 20
    assert len(socket_routes()) == 7


def test_nobody_gets_nothing_from_any_route(tmp_path: Path) -> None:
    async def story(_: House, client: httpx.AsyncClient) -> None:
        for method, path in http_routes():
            if (method, path) in OPEN | NO_ACCOUNT:
                continue
            assert is_guarded(path), path
            for headers in (
                {},
                bearer("vdt_wrong"),
                {"Cookie": "vedette_session=wrong", "Origin": ORIGIN},
                {"Cookie": "vedette_session=\x01"},
                {"Cookie": "vedette_guest=wrong", "Origin": ORIGIN},
                {"Cookie": 'vedette_session=wr"ong', "Origin": ORIGIN},
            ):
                answer = await client.request(
                    method, filled(path, ANYTHING), headers=headers, params=SPAN
                )
                assert answer.status_code in {401, 403}, (method, path, answer.text)
                assert answer.headers["content-type"] == "application/problem+json"

    run(tmp_path, story)


def test_what_is_open_says_no_more_than_it_must(tmp_path: Path) -> None:
    async def story(_: House, client: httpx.AsyncClient) -> None:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        wrong = await client.post("/api/v1/session", json={"name": PERSON, "password": "no"})
        unknown = await client.post("/api/v1/session", json={"name": "nobody", "password": "no"})
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.json() == unknown.json()
        used = await client.post("/api/v1/session/entry", json={"secret": "guess"})
        assert used.status_code == 401

    run(tmp_path, story)


async def foreign_export(house: House, start_us: int) -> ExportJob:
    """An export that the other organisation asked for."""
    camera = house.foreign_camera
    return await house.services.exports.ask(
        ExportRequest(
            organisation=camera.organisation,
            cameras=(ExportedCamera(camera.id, camera.name, None),),
            role=StreamRole.MAIN,
            start_us=start_us,
            end_us=start_us + 1_000_000,
            person="",
            person_name=OTHER_PERSON,
        )
    )


async def foreign_share(house: House) -> str:
    """A share of the other organisation's camera, for somebody with a link."""
    camera, now_us = house.foreign_camera, house.clock.wall_us()
    share = Share(
        id=new_id(),
        organisation=camera.organisation,
        recipient=None,
        recipient_name=OTHER_PERSON,
        cameras=(camera.id,),
        live=True,
        footage_start_us=0,
        footage_end_us=None,
        sound=True,
        from_us=now_us,
        until_us=now_us + 3_600_000_000,
        purpose="x",
        made_by="",
        made_by_name=OTHER_PERSON,
        made_us=now_us,
    )
    await house.services.shares.make(camera.organisation, share, now_us, hash_secret("their link"))
    return share.id


async def foreign_footage(house: House) -> tuple[dict[str, str], Segment]:
    start_us = house.clock.wall_us() - 7_654_321  # an instant that nothing else has
    segment = await house.record(make_clip(ClipSpec()), start_us, camera=house.foreign_camera)
    _, stranger = await house.accounts.sign_in(OTHER_PERSON, PASSWORD, source="192.0.2.9")
    organisation = house.foreign_camera.organisation
    _, invited = await house.services.entrance.invitations.invite(
        organisation, "Zoe", [Offer("viewer")], lasts_s=60, inviter=stranger
    )
    theirs = await house.accounts.tokens(organisation)
    site = await house.services.sites.add(organisation, Site(new_id(), organisation, "Depot"))
    floor = Floor(new_id(), organisation, site.id, "", 0, "Ground")
    await house.services.floors.add(organisation, floor)
    roles = house.accounts.roles
    role = await roles.put_role(
        organisation, Role(new_id(), organisation, "Theirs", frozenset({Right.LIVE}))
    )
    group = await roles.put_group(organisation, CameraGroup(new_id(), organisation, "Theirs"))
    bookmark = Bookmark(
        new_id(), organisation, (house.foreign_camera.id,), start_us, start_us, "Theirs"
    )
    await house.services.bookmarks.add(organisation, bookmark)
    wall = Wall(new_id(), organisation, None, "Night watch", 1, 1)
    await house.services.walls.add(organisation, stranger.person, wall)
    template = CameraTemplate(new_id(), organisation, "Domes")
    await house.services.templates.add(organisation, template)
    values = {
        "camera_id": house.foreign_camera.id,
        "segment_start_us": str(start_us),
        "fragment_start_us": str(start_us),
        "format_id": segment.format_id,
        "token_id": theirs[0].id,
        "session_id": stranger.credential,
        "site_id": site.id,
        "wall_id": wall.id,
        "person_id": stranger.person,
        "floor_id": floor.id,
        "map_name": "theirs.pmtiles",
        "export_id": (await foreign_export(house, start_us)).id,
        "number": "1",
        "role_id": role.id,
        "group_id": group.id,
        "grant_id": (await roles.grants(organisation))[0].id,
        "preset": "preset-of-theirs",
        "bookmark_id": bookmark.id,
        "share_id": await foreign_share(house),
        "template_id": template.id,
        "provider_id": "nowhere",
        "passkey_id": stranger.person,  # whatever: theirs are not listed to us
        "invitation_id": invited.id,
    }
    return values, segment


def test_a_stranger_finds_nothing_of_ours_behind_any_route(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        values, segment = await foreign_footage(house)
        start_us = segment.start_us
        params = {
            "camera": values["camera_id"],
            "start_us": start_us - 1,
            "end_us": start_us + 10_000_000,
            "at_us": start_us,
        }
        secrets = [*(one for one in values.values() if len(one) > 3), segment.path, OTHER_PERSON]
        entry = {"name": PERSON, "password": PASSWORD}
        signed = await client.post("/api/v1/session", json=entry)
        in_person = {"Cookie": signed.headers["set-cookie"].partition(";")[0], "Origin": ORIGIN}
        client.cookies.clear()
        for method, path in http_routes():
            if (method, path) in NO_ACCOUNT or path == "/api/v1/openapi.json":
                continue
            if method in {"POST", "PATCH", "PUT"}:
                assert (method, path) in BODIES, f"teach this test a body for {method} {path}"
            answer = await client.request(
                method,
                filled(path, values),
                # A token may not touch its person's account, so a session looks there.
                headers=in_person if "/account" in path else bearer(house.token),
                params=params,
                json=BODIES.get((method, path)),
            )
            text = answer.text if method != "HEAD" else ""
            if is_for_guests(path):
                assert answer.status_code == 401, (method, path, "a token is no guest's cookie")
            elif "{" in path:
                assert answer.status_code == 404, (method, path, answer.status_code, text)
            leaked = [one for one in secrets if len(one) > 2 and one in text]
            if answer.status_code < 400:
                assert not leaked, (method, path, leaked)
        assert await house.services.cameras.get(
            house.foreign_camera.organisation, house.foreign_camera.id
        )
        mine = await client.get("/api/v1/session", headers=bearer(house.foreign_token))
        assert mine.status_code == 200, "the foreign token still stands"

    run(tmp_path, story)


async def knock(house: House, path: str, headers: dict[str, str]) -> int:
    """Try to open a WebSocket; 101 when it was accepted, else the status that said no."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.disconnect" if sent else "websocket.connect", "code": 1005}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(b"host", b"vedette.test")]
    raw += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": raw,
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
    await house.app(scope, receive, send)
    return sent[0]["status"] if sent[0]["type"] == "websocket.http.response.start" else 101


def test_sockets_are_closed_to_nobody_and_to_strangers(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        values, _segment = await foreign_footage(house)
        entry = {"name": PERSON, "password": PASSWORD}
        signed = await client.post("/api/v1/session", json=entry)
        cookie = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}
        ours = {**values, "camera_id": house.camera.id}
        for path in socket_routes():
            if is_for_guests(path) or "{share_id}" in path:
                assert await knock(house, filled(path, ours), {}) == 401
                answer = 401 if is_for_guests(path) else 404
                assert await knock(house, filled(path, ours), bearer(house.token)) == answer
                continue
            assert await knock(house, filled(path, values), {}) == 401
            assert await knock(house, filled(path, values), bearer("vdt_wrong")) == 401
            assert await knock(house, filled(path, ours), bearer(house.token)) == 101
            assert await knock(house, filled(path, ours), {**cookie, "Origin": ORIGIN}) == 101
            assert await knock(house, filled(path, ours), cookie) == 403
            evil = {**cookie, "Origin": "http://evil.test"}
            assert await knock(house, filled(path, ours), evil) == 403
            if "{" in path:
                assert await knock(house, filled(path, values), bearer(house.token)) == 404
                odd = filled(path, {**values, "camera_id": "x"})
                assert await knock(house, odd, bearer(house.token)) == 422

    run(tmp_path, story)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (ORIGIN, 201),
        ("http://VEDETTE.test", 201),
        ("https://cameras.example.org", 201),
        (None, 403),
        ("http://evil.test", 403),
        ("http://vedette.test.evil.test", 403),
        ("http://vedette.test:81", 403),
        ("null", 403),
    ],
)
def test_a_cookie_counts_only_from_our_own_page(
    tmp_path: Path, origin: str | None, status: int
) -> None:
    async def all_of_it() -> None:
        public = ("https://cameras.example.org",)
        async with (
            open_house(tmp_path, public_origins=public) as house,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=house.app), base_url=ORIGIN
            ) as client,
        ):
            entry = {"name": PERSON, "password": PASSWORD}
            signed = await client.post("/api/v1/session", json=entry)
            assert "Secure" in signed.headers["set-cookie"]
            secret = signed.headers["set-cookie"].partition("=")[2].partition(";")[0]
            headers = {"Cookie": f"vedette_session={secret}"}
            client.cookies.clear()
            if origin is not None:
                headers["Origin"] = origin
            made = await client.post("/api/v1/tokens", json={"name": "x"}, headers=headers)
            assert made.status_code == status, made.text
            read = await client.get("/api/v1/tokens", headers=headers)
            assert read.status_code == 200, "reading needs no origin"

    asyncio.run(all_of_it())


def test_another_site_cannot_sign_its_visitor_in(tmp_path: Path) -> None:
    async def story(_: House, client: httpx.AsyncClient) -> None:
        entry = {"name": PERSON, "password": PASSWORD}
        answer = await client.post(
            "/api/v1/session", json=entry, headers={"Origin": "http://evil.test"}
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    run(tmp_path, story)


def test_an_entry_link_works_once(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        owner = house.camera.organisation
        person = (await house.accounts.people(owner))[0]
        secret = await house.accounts.make_entry_link(owner, person.id, 60)
        first = await client.post("/api/v1/session/entry", json={"secret": secret})
        assert first.status_code == 200
        assert (await client.get("/api/v1/session")).json()["name"] == PERSON
        client.cookies.clear()
        second = await client.post("/api/v1/session/entry", json={"secret": secret})
        assert second.status_code == 401

    run(tmp_path, story)


def test_an_expired_or_revoked_token_is_worthless(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        soon = house.clock.wall_us() + 60_000_000
        mine = bearer(house.token)
        made = await client.post(
            "/api/v1/tokens", json={"name": "short", "expires_us": soon}, headers=mine
        )
        short = bearer(made.json()["secret"])
        assert (await client.get("/api/v1/session", headers=short)).status_code == 200
        for ends_us, status in ((None, 403), (soon + 1, 403), (soon, 201)):
            child = {"name": f"child {ends_us}", "expires_us": ends_us}
            asked = await client.post("/api/v1/tokens", json=child, headers=short)
            assert asked.status_code == status, "none outlives the one that made it"
        listed = (await client.get("/api/v1/tokens", headers=mine)).text
        assert made.json()["secret"] not in listed
        await house.clock.advance(61)
        assert (await client.get("/api/v1/session", headers=short)).status_code == 401
        assert (
            await client.delete(f"/api/v1/tokens/{made.json()['id']}", headers=mine)
        ).status_code == 204
        late = await client.post(
            "/api/v1/tokens", json={"name": "x", "expires_us": 1}, headers=mine
        )
        assert late.status_code == 400

    run(tmp_path, story)


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    async def story(_: House, client: httpx.AsyncClient) -> None:
        guess = {"name": PERSON, "password": "guess"}
        answers = [await client.post("/api/v1/session", json=guess) for _ in range(15)]
        answer = answers[-1]
        assert answers[0].status_code == 401
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["type"] == "urn:vedette:problem:too-many-attempts"

    run(tmp_path, story)
