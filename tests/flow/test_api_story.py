import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from vedette.model.person import DEFAULT_ORGANISATION
from vedette.testing.house import PASSWORD, PERSON, House, open_house
from vedette.testing.media import ClipSpec, make_clip

ORIGIN = "http://vedette.test"


def run(folder: Path, story: Callable[[House, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with (
            open_house(folder) as house,
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=house.app),
                base_url=ORIGIN,
                headers={"Origin": ORIGIN},
            ) as browser,
        ):
            await story(house, browser)

    asyncio.run(all_of_it())


def test_a_person_signs_in_adds_a_camera_and_goes_back_in_time(tmp_path: Path) -> None:
    async def story(house: House, browser: httpx.AsyncClient) -> None:
        assert (await browser.get("/api/v1/session")).status_code == 401
        entry = {"name": PERSON, "password": PASSWORD}
        answer = await browser.post("/api/v1/session", json=entry)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"name": PERSON, "organisation": DEFAULT_ORGANISATION}
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie

        body = {
            "name": "Yard",
            "address": "rtsp://root:s3cret@192.0.2.9/main",
            "policy": {"mode": "event", "keep_s": None},
        }
        added = await browser.post("/api/v1/cameras", json=body)
        assert added.status_code == 201, added.text
        assert added.json()["streams"]["main"]["address"] == "rtsp://192.0.2.9/main"
        assert added.json()["has_credentials"] is True
        assert "s3cret" not in added.text

        listed = (await browser.get("/api/v1/cameras")).json()["cameras"]
        assert [one["name"] for one in listed] == ["Front door", "Yard"]

        start_us = house.clock.wall_us() - 60_000_000
        segment = await house.record(make_clip(ClipSpec(frames=100)), start_us)
        camera = house.camera.id
        span = {"start_us": start_us - 5_000_000, "end_us": start_us + 20_000_000}
        found = await browser.get("/api/v1/footage", params={"camera": camera, **span})
        assert found.status_code == 200, found.text
        assert found.json()["streams"][0]["spans"] == [
            {"start_us": start_us, "end_us": segment.end_us, "lost_frames": 0}
        ]
        index = (await browser.get(f"/api/v1/cameras/{camera}/fragments", params=span)).json()
        assert len(index["fragments"]) == 4
        first = index["fragments"][0]
        media = await browser.get(
            f"/api/v1/cameras/{camera}/segments/{first['segment_start_us']}/media",
            headers={"Range": f"bytes={first['offset']}-{first['offset'] + first['size'] - 1}"},
        )
        assert media.status_code == 206
        assert media.content[4:8] == b"moof"
        init = await browser.get(f"/api/v1/cameras/{camera}/formats/{first['format_id']}/init.mp4")
        assert init.content[4:8] == b"ftyp"

        gone = await browser.delete("/api/v1/session")
        assert gone.status_code == 204
        assert (await browser.get("/api/v1/cameras")).status_code == 401

    run(tmp_path, story)
