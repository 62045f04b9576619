"""Where a person is signed in: seen, ended, and closed at once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pyotp.totp import TOTP
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.flow.test_live_socket import CLIP, live_url, served
from vedette.testing.house import OTHER_PERSON, PASSWORD, PERSON, House, open_house

ORIGIN = "http://vedette.test"
ZOE = {"name": "Zoe", "roles": [{"role": "viewer"}]}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)


def browser(house: House, user_agent: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=house.app, client=("192.0.2.4", 999)),
        base_url=ORIGIN,
        headers={"Origin": ORIGIN, "User-Agent": user_agent},
    )


async def sign_in(client: httpx.AsyncClient, name: str = PERSON, password: str = PASSWORD) -> str:
    answer = await client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.cookies["vedette_session"]


def run(folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with open_house(folder) as house:
            await story(house)

    asyncio.run(all_of_it())


async def own_sessions(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/account/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json()["sessions"]


def test_a_person_sees_where_it_is_signed_in_and_ends_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as desk, browser(house, IPHONE) as phone:
            await sign_in(desk)
            await house.clock.advance(60)
            await sign_in(phone)
            seen = await own_sessions(phone)
            assert [(one["device"], one["here"]) for one in seen] == [
                ("Safari on iPhone", True),
                ("Firefox on Windows", False),
            ]
            assert seen[1]["source"] == "192.0.2.4"
            assert seen[1]["method"] == "password"
            assert seen[0]["created_us"] - seen[1]["created_us"] == 60_000_000
            gone = await phone.delete(f"/api/v1/account/sessions/{seen[1]['id']}")
            assert gone.status_code == 204
            assert (await desk.get("/api/v1/session")).status_code == 401
            again = await phone.delete(f"/api/v1/account/sessions/{seen[1]['id']}")
            assert again.status_code == 404
            await sign_in(desk)
            assert (await phone.delete("/api/v1/account/sessions")).json() == {"ended": 1}
            assert len(await own_sessions(phone)) == 1

    run(tmp_path, story)


def test_nobody_ends_the_sessions_of_others_through_its_own_account(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as mine, browser(house, FIREFOX) as colleague:
            await house.accounts.create_person(house.camera.organisation, "colleague", PASSWORD)
            await sign_in(mine)
            await sign_in(colleague, "colleague")
            [theirs] = await own_sessions(colleague)
            refused = await mine.delete(f"/api/v1/account/sessions/{theirs['id']}")
            assert refused.status_code == 404
            everybody = (await mine.get("/api/v1/sessions")).json()["sessions"]
            assert {one["person_name"] for one in everybody} == {PERSON, "colleague"}
            assert (await mine.delete(f"/api/v1/sessions/{theirs['id']}")).status_code == 204
            assert (await colleague.get("/api/v1/session")).status_code == 401

    run(tmp_path, story)


def test_a_foreign_organisation_sees_and_ends_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as ours, browser(house, FIREFOX) as stranger:
            await sign_in(ours)
            [mine] = await own_sessions(ours)
            await sign_in(stranger, OTHER_PERSON)
            seen = (await stranger.get("/api/v1/sessions")).json()["sessions"]
            assert [one["person_name"] for one in seen] == [OTHER_PERSON]
            for path in ("sessions", "account/sessions"):
                answer = await stranger.delete(f"/api/v1/{path}/{mine['id']}")
                assert answer.status_code == 404
            assert (await ours.get("/api/v1/session")).status_code == 200

    run(tmp_path, story)


def test_signing_in_never_takes_over_the_session_that_a_browser_brings(tmp_path: Path) -> None:
    """Session fixation: whoever planted a cookie learns nothing of the new one."""

    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as victim, browser(house, FIREFOX) as attacker:
            planted = await sign_in(attacker, OTHER_PERSON)
            victim.cookies.set("vedette_session", planted, domain="vedette.test")
            mine = await sign_in(victim)
            assert mine != planted
            assert (await attacker.get("/api/v1/session")).status_code == 401
            made_up = "x" * 43
            victim.cookies.set("vedette_session", made_up, domain="vedette.test")
            assert await sign_in(victim) != made_up

    run(tmp_path, story)


def test_a_changed_password_ends_every_other_session(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as here, browser(house, IPHONE) as elsewhere:
            before = await sign_in(here)
            await sign_in(elsewhere)
            wrong = {"current": "wrong", "new": "battery staple"}
            answer = await here.post("/api/v1/account/password", json=wrong)
            assert answer.status_code == 403
            assert "current password" in answer.json()["detail"]
            short = {"current": PASSWORD, "new": "short"}
            answer = await here.post("/api/v1/account/password", json=short)
            assert answer.status_code == 400
            assert "at least 10 characters" in answer.json()["detail"]
            right = {"current": PASSWORD, "new": "battery staple"}
            answer = await here.post("/api/v1/account/password", json=right)
            assert answer.status_code == 200, answer.text
            assert here.cookies["vedette_session"] != before
            assert (await here.get("/api/v1/session")).status_code == 200
            assert (await elsewhere.get("/api/v1/session")).status_code == 401
            await sign_in(elsewhere, PERSON, "battery staple")

    run(tmp_path, story)


def test_a_token_changes_nothing_about_its_person(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, "curl/8") as script:
            script.headers["Authorization"] = f"Bearer {house.token}"
            body = {"current": PASSWORD, "new": "battery staple"}
            answers = [
                await script.post("/api/v1/account/password", json=body),
                await script.delete("/api/v1/account/sessions"),
            ]
            for answer in answers:
                assert answer.status_code == 403
                assert "sign in with a browser" in answer.json()["detail"]

    run(tmp_path, story)


async def drain(viewer: ClientConnection) -> None:
    """Take what comes until the other side closes; the caller's time limit is the end."""
    while True:
        await viewer.recv()


@pytest.mark.server
@pytest.mark.parametrize("path", ["live", "updates"])
def test_live_pictures_stop_at_once_when_the_session_is_ended(tmp_path: Path, path: str) -> None:
    """On a clock that stands still: nothing but the bus can tell the socket."""

    async def story() -> None:
        async with served(tmp_path) as (house, port, _):
            here = f"http://127.0.0.1:{port}"
            secret, who = await house.accounts.sign_in(PERSON, PASSWORD, source="192.0.2.1")
            _, other = await house.accounts.sign_in(PERSON, PASSWORD, source="192.0.2.1")
            headers = {"Cookie": f"vedette_session={secret}", "Origin": here}
            url = live_url(house, port)
            if path == "updates":
                url = f"ws://127.0.0.1:{port}/api/v1/updates"
            async with (
                connect(url, additional_headers=headers) as viewer,
                httpx.AsyncClient(
                    base_url=here, headers={"Authorization": f"Bearer {house.token}"}
                ) as administrator,
            ):
                if path == "live":
                    house.play(CLIP)
                    await viewer.recv()
                await administrator.delete(f"/api/v1/sessions/{other.credential}")
                assert (await viewer.ping()) is not None
                gone = await administrator.delete(f"/api/v1/sessions/{who.credential}")
                assert gone.status_code == 204, gone.text
                with pytest.raises(ConnectionClosed) as closed:
                    await drain(viewer)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4401

    asyncio.run(story())


def app_code(secret: str, house: House) -> str:
    return TOTP(secret).at(house.clock.wall_us() // 1_000_000)


def test_a_person_sets_up_a_second_step_and_signs_in_with_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as here, browser(house, IPHONE) as elsewhere:
            await sign_in(elsewhere)
            await sign_in(here)
            begun = (await here.post("/api/v1/account/second-factor")).json()
            assert begun["qr_svg"].startswith("<svg")
            assert begun["secret"] in begun["address"]
            code = {"code": app_code(begun["secret"], house)}
            shown = await here.post("/api/v1/account/second-factor/confirm", json=code)
            assert len(shown.json()["codes"]) == 10
            assert (await here.get("/api/v1/session")).status_code == 200
            assert (await elsewhere.get("/api/v1/session")).status_code == 401

            entry = {"name": PERSON, "password": PASSWORD}
            asked = await elsewhere.post("/api/v1/session", json=entry)
            assert asked.status_code == 202
            assert "set-cookie" not in asked.headers
            body = {"second_step": asked.json()["second_step"], **code}
            again = await elsewhere.post("/api/v1/session/code", json=body)
            assert again.status_code == 401
            assert "used already" in again.json()["detail"]
            body["code"] = shown.json()["codes"][3]
            entered = await elsewhere.post("/api/v1/session/code", json=body)
            assert entered.status_code == 200, entered.text
            assert (await elsewhere.get("/api/v1/account/second-factor")).json() == {
                "confirmed_us": house.clock.wall_us(),
                "recovery_codes": 9,
            }
            late = await elsewhere.post("/api/v1/session/code", json=body)
            assert late.json()["type"] == "urn:vedette:problem:begin-again"

    run(tmp_path, story)


def test_an_unlocked_computer_is_not_enough_to_change_what_proves_who_one_is(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        async with browser(house, FIREFOX) as here:
            await sign_in(here)
            await house.clock.advance(901)
            for method, path in (
                ("POST", "second-factor"),
                ("DELETE", "second-factor"),
                ("POST", "recovery-codes"),
            ):
                answer = await here.request(method, f"/api/v1/account/{path}")
                assert answer.status_code == 403
                assert answer.json()["type"] == "urn:vedette:problem:prove-again"
            await sign_in(here)
            assert (await here.post("/api/v1/account/second-factor")).status_code == 201

    run(tmp_path, story)


def test_no_secret_of_any_way_in_reaches_the_log(tmp_path: Path) -> None:
    """Everything is logged, down to each request, and then searched."""

    async def story(house: House) -> None:
        hidden: list[str] = [PASSWORD, "wrong password", "battery staple"]
        async with browser(house, FIREFOX) as here, browser(house, IPHONE) as guest:
            wrong = {"name": PERSON, "password": "wrong password"}
            assert (await here.post("/api/v1/session", json=wrong)).status_code == 401
            hidden.append(await sign_in(here))
            begun = (await here.post("/api/v1/account/second-factor")).json()
            code = {"code": app_code(begun["secret"], house)}
            shown = await here.post("/api/v1/account/second-factor/confirm", json=code)
            codes = shown.json()["codes"]
            entry = {"name": PERSON, "password": PASSWORD}
            step = (await here.post("/api/v1/session", json=entry)).json()["second_step"]
            for tried, status in ((code["code"], 401), (codes[0], 200)):
                body = {"second_step": step, "code": tried}
                answer = await here.post("/api/v1/session/code", json=body)
                assert answer.status_code == status
            invited = (await here.post("/api/v1/invitations", json=ZOE)).json()
            body = {"secret": invited["secret"], "password": "battery staple"}
            joined = await guest.post("/api/v1/session/invitation", json=body)
            assert joined.status_code == 200, joined.text
            ceremony = {"ceremony": "made up", "credential": {"rawId": "bWFkZSB1cA"}}
            await guest.post("/api/v1/session/passkey", json=ceremony)
            hidden += [begun["secret"], step, *codes, invited["secret"]]
            hidden += [here.cookies["vedette_session"], guest.cookies["vedette_session"]]
        written = repr(lines)
        assert "/api/v1/session/invitation" in written, "nothing was captured"
        assert [one for one in hidden if one in written] == []
        assert f"'{code['code']}'" not in written

    with structlog.testing.capture_logs() as lines:
        run(tmp_path, story)
