"""Templates over HTTP."""

import asyncio
from pathlib import Path

import httpx

from vedette.testing.house import open_house

TEMPLATES = "/api/v1/templates"


def test_a_template_is_kept_listed_and_forgotten(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            open_house(tmp_path) as house,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=house.app),
                base_url="http://vedette.test",
                headers={"Authorization": f"Bearer {house.token}"},
            ) as script,
        ):
            body = {"name": "Domes", "make": "Acme", "policy": {"mode": "event", "keep_s": None}}
            kept = await script.post(TEMPLATES, json=body)
            assert kept.status_code == 201
            one = kept.json()
            assert (one["policy"]["mode"], one["policy"]["keep_s"]) == ("event", None)
            assert one["policy"]["pre_event_s"] == 10
            assert (await script.get(TEMPLATES)).json() == {"templates": [one]}
            assert (await script.post(TEMPLATES, json=body)).status_code == 409
            theirs = {"Authorization": f"Bearer {house.foreign_token}"}
            assert (await script.get(TEMPLATES, headers=theirs)).json() == {"templates": []}
            path = f"{TEMPLATES}/{one['id']}"
            assert (await script.delete(path, headers=theirs)).status_code == 404
            assert (await script.delete(path)).status_code == 204
            assert (await script.get(TEMPLATES)).json() == {"templates": []}

    asyncio.run(story())
