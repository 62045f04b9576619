"""Before what is sensitive, an organisation may ask why."""

from pathlib import Path

import httpx
import pytest

from tests.unit.api.asking import bearer, run
from tests.unit.api.test_rights import MINUTE_US, another_camera, logged, somebody
from vedette.accounts.reasons import LONGEST, VALID_S
from vedette.base.errors import BadRequest
from vedette.model.reason import Act
from vedette.model.rights import ScopeKind
from vedette.testing.house import House
from vedette.testing.media import ClipSpec, make_clip

REASON = "/api/v1/session/reason"
RULES = "/api/v1/reasons"


async def ask_for(client: httpx.AsyncClient, house: House, *acts: str) -> None:
    body = {"asked": list(acts)}
    answer = await client.put(RULES, headers=bearer(house.token), json=body)
    assert answer.status_code == 200, answer.text


async def recorded(house: House) -> str:
    segment = await house.record(make_clip(ClipSpec()), house.clock.wall_us() - 5 * MINUTE_US)
    return f"/api/v1/cameras/{house.camera.id}/segments/{segment.start_us}/media"


def test_recorded_footage_is_shown_once_somebody_said_why_and_the_log_says_it(
    tmp_path: Path,
) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        film, me = await recorded(house), bearer(house.token)
        assert (await client.get(film, headers=me)).status_code == 200, "nobody asks yet"
        await ask_for(client, house, "replay")
        refused = await client.get(film, headers=me)
        assert refused.status_code == 428
        assert refused.json()["type"] == "urn:vedette:problem:reason-asked"
        assert refused.json()["act"] == "replay"
        given = await client.post(
            REASON, headers=me, json={"act": "replay", "text": "  a lost   child "}
        )
        assert given.json()["text"] == "a lost child"
        assert (await client.get(film, headers=me)).status_code == 200
        said, seen = (
            await logged(client, house, kind="reason.given"),
            await logged(client, house, kind="footage.seen"),
        )
        assert said[0]["text"].endswith("gave a reason for: replay: a lost child")
        told = [one["data"].get("reason") for one in seen]
        assert sorted(told, key=str) == [None, "a lost child"], "the first was before the rule"

    run(tmp_path, story)


def test_a_reason_is_for_one_act_and_one_session_and_not_for_ever(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        film, me = await recorded(house), bearer(house.token)
        await ask_for(client, house, "replay", "export")
        await client.post(REASON, headers=me, json={"act": "export", "text": "for the police"})
        assert (await client.get(film, headers=me)).status_code == 428, "that was for another act"
        await client.post(REASON, headers=me, json={"act": "replay", "text": "a broken window"})
        assert (await client.get(film, headers=me)).status_code == 200
        other = await somebody(house, "viewer", ScopeKind.ORGANISATION)
        assert (await client.get(film, headers=other)).status_code == 428
        await house.clock.advance(VALID_S + 1)
        assert (await client.get(film, headers=me)).status_code == 428

    run(tmp_path, story)


def test_the_timeline_and_live_pictures_ask_nothing(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        await ask_for(client, house, *(act.value for act in Act))
        me = bearer(house.token)
        span = {"camera": house.camera.id, "start_us": 0, "end_us": MINUTE_US}
        assert (await client.get("/api/v1/footage", headers=me, params=span)).status_code == 200
        picture = f"/api/v1/cameras/{house.camera.id}/snapshot.jpg"
        assert (await client.get(picture, headers=me)).status_code != 428
        past = await client.get(picture, headers=me, params={"at_us": 1})
        assert past.status_code == 428, "an instant makes it recorded footage"

    run(tmp_path, story)


def test_changes_carry_their_reason_into_the_log(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        me, camera = bearer(house.token), await another_camera(house)
        one = f"/api/v1/cameras/{camera.id}"
        await ask_for(client, house, "remove")
        assert (await client.delete(one, headers=me)).status_code == 428
        assert (await client.get(one, headers=me)).status_code == 200, "it is still there"
        await client.post(REASON, headers=me, json={"act": "remove", "text": "it was sold"})
        assert (await client.delete(one, headers=me)).status_code == 204
        removed = await logged(client, house, kind="camera.removed")
        assert removed[0]["data"]["reason"] == "it was sold"

    run(tmp_path, story)


def test_whoever_may_not_is_refused_before_being_asked_why(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        await ask_for(client, house, "remove", "rights")
        me = await somebody(house, "viewer", ScopeKind.ORGANISATION)
        one = f"/api/v1/cameras/{house.camera.id}"
        assert (await client.delete(one, headers=me)).status_code == 403
        assert (await client.put(RULES, headers=me, json={"asked": []})).status_code == 403
        assert (await client.get(RULES, headers=me)).json()["asked"] == ["rights", "remove"]

    run(tmp_path, story)


def test_another_organisations_rules_are_its_own(tmp_path: Path) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        await ask_for(client, house, "replay")
        theirs = await client.get(RULES, headers=bearer(house.foreign_token))
        assert theirs.json()["asked"] == []

    run(tmp_path, story)


@pytest.mark.parametrize("text", ["", "  x ", "y" * (LONGEST + 1)])
def test_what_is_no_reason_is_not_taken(tmp_path: Path, text: str) -> None:
    async def story(house: House, client: httpx.AsyncClient) -> None:
        body = {"act": "replay", "text": text}
        answer = await client.post(REASON, headers=bearer(house.token), json=body)
        assert answer.status_code in {400, 422}
        with pytest.raises(BadRequest, match="3 to 500"):
            await house.accounts.reasons.give(
                house.camera.organisation, "a session", Act.REPLAY, text
            )

    run(tmp_path, story)
