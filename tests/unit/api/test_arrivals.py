"""Invitations and passkeys through the API: what they give, and what the event log says of them."""

from pathlib import Path
from typing import Any

import httpx

from tests.unit.api.asking import bearer, run
from tests.unit.api.test_rights import logged
from vedette.base.ids import new_id
from vedette.model.rights import Right, Role, ScopeKind
from vedette.testing.house import PASSWORD, PERSON, House
from vedette.testing.passkey import SoftPasskey

ORIGIN = "http://vedette.test"
LOCAL = "http://localhost:8480"
NEW = "battery staple correct"
HERE = {"Origin": ORIGIN}


async def invite(
    client: httpx.AsyncClient, headers: dict[str, str], name: str, *roles: dict[str, Any]
) -> httpx.Response:
    body = {"name": name, "roles": list(roles)}
    return await client.post("/api/v1/invitations", headers=headers, json=body)


def test_who_is_invited_joins_with_the_offered_role_and_the_log_says_it(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine = bearer(house.token)
        where = {"role": "operator", "scope": "camera", "scope_id": house.camera.id}
        made = (await invite(client, mine, "Zoe", where)).json()
        listed = (await client.get("/api/v1/invitations", headers=mine)).json()["invitations"]
        assert [(one["name"], one["invited_by"]) for one in listed] == [("Zoe", PERSON)]
        assert listed[0]["roles"] == [{**where, "expires_us": None}]
        assert made["secret"] not in str(listed)
        told = await client.post("/api/v1/session/invitation/look", json={"secret": made["secret"]})
        assert told.json()["roles"] == ["Operator"]
        taken = {"secret": made["secret"], "password": NEW}
        joined = await client.post("/api/v1/session/invitation", json=taken)
        assert joined.status_code == 200, joined.text
        seen = (await client.get("/api/v1/session")).json()
        assert (seen["rights"], "export" in seen["rights_somewhere"]) == ([], True)
        client.cookies.clear()
        for kind, who, words in (
            ("person.invited", PERSON, f"{PERSON} invited somebody: Zoe"),
            ("person.joined", "Zoe", f"Zoe joined, invited by {PERSON}"),
            ("session.began", "Zoe", "Zoe signed in"),
        ):
            event = (await logged(client, house, kind=kind))[0]
            assert (event["actor"]["name"], event["text"]) == (who, words)
        assert (await logged(client, house, kind="session.began"))[0]["data"]["method"] == (
            "invitation"
        )
        again = await client.post("/api/v1/session/invitation", json=taken)
        assert again.status_code == 401
        [refused, *_] = await logged(client, house, kind="session.refused")
        assert refused["outcome"] == "refused"
        assert made["secret"] not in str(await logged(client, house))

    run(tmp_path, story)


def test_nobody_invites_beyond_their_rights_and_the_attempt_is_kept(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        organisation, roles = house.camera.organisation, house.accounts.roles
        keeper = Role(new_id(), organisation, "Keeper", frozenset({Right.PEOPLE}))
        await roles.put_role(organisation, keeper)
        person = await house.accounts.create_person(organisation, "Kim", PASSWORD)
        await roles.new_grant(organisation, person.id, keeper.id)
        secret, _ = await house.accounts.make_token(organisation, person.id, "script", None)
        kim = bearer(secret)
        for refused in (
            await invite(client, kim, "Max", {"role": "administrator"}),
            await invite(client, kim, "Max", {"role": keeper.id}, {"role": "viewer"}),
            await client.post(
                f"/api/v1/people/{person.id}/roles", headers=kim, json={"role": "administrator"}
            ),
            await client.put(
                f"/api/v1/roles/{keeper.id}",
                headers=kim,
                json={"name": "Keeper", "rights": ["people", "live"]},
            ),
        ):
            assert refused.status_code == 403, refused.text
            assert "no more than you hold" in refused.json()["detail"]
        kept = await logged(client, house, kind="person.invited")
        assert [one["outcome"] for one in kept] == ["refused", "refused"]
        assert (await invite(client, kim, "Max", {"role": keeper.id})).status_code == 201
        for wrong in (
            [],
            [{"role": "viewer", "scope": "camera"}],
            [{"role": "viewer", "scope_id": house.camera.id}],
        ):
            answer = await invite(client, bearer(house.token), "Ida", *wrong)
            assert answer.status_code in {400, 422}, answer.text

    run(tmp_path, story)


def test_the_log_says_who_was_given_what_and_names_what_was_refused(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine = bearer(house.token)
        person = await house.accounts.create_person(house.camera.organisation, "Ida", PASSWORD)
        roles = f"/api/v1/people/{person.id}/roles"
        given = (await client.post(roles, headers=mine, json={"role": "viewer"})).json()
        secret, _ = await house.accounts.make_token(person.organisation, person.id, "script", None)
        for path in ("/api/v1/people", "/api/v1/events", "/api/v1/storage"):
            assert (await client.get(path, headers=bearer(secret))).status_code == 403
        assert (await client.delete(f"{roles}/{given['id']}", headers=mine)).status_code == 204
        told = [one["text"] for one in await logged(client, house)]
        assert told[:5] == [
            f"{PERSON} took a role away: Viewer from Ida",
            "Ida was refused: change settings",
            "Ida was refused: read the event log",
            "Ida was refused: handle people and roles",
            f"{PERSON} gave a role: Viewer to Ida",
        ]

    run(tmp_path, story)


def test_an_invitation_is_withdrawn_by_name_in_the_log(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        mine = bearer(house.token)
        made = (await invite(client, mine, "Zoe", {"role": "viewer"})).json()
        gone = await client.delete(f"/api/v1/invitations/{made['id']}", headers=mine)
        assert gone.status_code == 204
        [event] = await logged(client, house, kind="person.invitation_withdrawn")
        assert event["text"] == f"{PERSON} withdrew an invitation: Zoe"
        assert event["data"]["roles"] == f"viewer {ScopeKind.ORGANISATION.value}"
        body = {"secret": made["secret"], "password": NEW}
        assert (await client.post("/api/v1/session/invitation", json=body)).status_code == 401

    run(tmp_path, story)


def test_the_log_names_passkeys_that_are_made_and_removed(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        local = {"Origin": LOCAL, "Host": "localhost:8480"}
        entry = {"name": PERSON, "password": PASSWORD}
        signed = await client.post("/api/v1/session", json=entry, headers=local)
        local["Cookie"] = signed.headers["set-cookie"].partition(";")[0]
        client.cookies.clear()
        begun = await client.post("/api/v1/account/passkeys/options", headers=local)
        assert begun.status_code == 200, begun.text
        body = {
            "ceremony": begun.json()["ceremony"],
            "credential": SoftPasskey(LOCAL, rp_id="localhost").create(begun.json()["options"]),
            "name": "Blue stick",
        }
        made = await client.post("/api/v1/account/passkeys", headers=local, json=body)
        assert made.status_code == 201, made.text
        passkey = made.json()["id"]
        gone = await client.delete(f"/api/v1/account/passkeys/{passkey}", headers=local)
        assert gone.status_code == 204, gone.text
        for kind, verb in (
            ("person.passkey_added", "made"),
            ("person.passkey_removed", "removed"),
        ):
            [event] = await logged(client, house, kind=kind)
            assert event["text"] == f"{PERSON} {verb} a passkey: Blue stick"
            assert "credential" not in event["data"]

    run(tmp_path, story)
