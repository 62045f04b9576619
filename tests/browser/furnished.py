"""A house in which every page of the console has something to show."""

import asyncio
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from vedette.testing.numbered import numbered_clip
from vedette.testing.onvif_device import DeviceProfile, DeviceScript, SimulatedOnvifDevice
from vedette.testing.onvif_head import SimulatedHead
from vedette.testing.pictures import picture
from vedette.testing.recorded import Past, fill
from vedette.testing.running import RunningServer, SiteThread

PASSWORD = "a long enough password"
NAMES = ("Car park", "Gate north", "Lobby", "Playground")
DEAD = "Playground"
"""A camera at whose address nobody answers, so that there is something wrong to show."""
S = 1_000_000
MINUTES = 20


@dataclass(frozen=True)
class Furnished:
    """A running server and what a page's address needs to know of it.

    Attributes:
        server: Where it runs.
        ids: What stands in addresses: ``camera``, ``wall``, ``at`` (a moment with footage),
            ``marked`` (microseconds of a bookmark),
            ``site``, ``floor``, ``given`` (a share with us) and ``theirs`` (its camera), the
            secrets of a ``guest`` and of somebody ``invited``, ``dome``, a camera
            that turns, and the ``address`` of one.
        session: Cookies of an administrator's, for a browser.
    """

    server: RunningServer
    ids: dict[str, str]
    session: list[Any]

    def address(self, path: str) -> str:
        """A path with ``{camera}`` and the like filled in."""
        return path.format(**self.ids)


@contextmanager
def furnished(site: SiteThread, data: Path) -> Generator[Furnished]:
    """Start it, and put something into everything.

    Args:
        site: Its cameras are watched live.
        data: Where the server keeps what it has; nothing is there yet.
    """
    start_us = (time.time_ns() // 1000 // (60 * S) - MINUTES - 5) * 60 * S
    clip = numbered_clip(320, 176, frames=250, frame_rate=25, key_interval=50)
    starts = [start_us + n * 30 * S for n in range(2 * MINUTES) if n != MINUTES]
    with ThreadPoolExecutor(1) as apart:  # Playwright keeps an event loop running in this thread
        pasts = [Past(name, clip, 3, starts) for name in NAMES]
        cameras = apart.submit(lambda: asyncio.run(fill(data, pasts))).result()
    with RunningServer(data, {"VEDETTE_LOG__LEVEL": "error"}) as server, _dome(site) as dome:
        words = ("organisation", "add", "City Police", "--administrator", "officer")
        server.command(*words, environment={"VEDETTE_PASSWORD": PASSWORD})
        with _client(server) as client:
            ask = Asking(client)
            ask("POST", "/session/entry", {"secret": server.link.partition("#")[2]})
            ids = _furnish(ask, site, cameras, start_us)
            ids["address"] = dome["address"]
            ids["dome"] = ask("POST", "/cameras", {"name": "Dome", **dome})["id"]
            own = ask("GET", "/shared")["organisation"]
            with _client(server) as elsewhere:
                police = Asking(elsewhere)
                police("POST", "/session", {"name": "officer", "password": PASSWORD})
                ids.update(_police(police, site, own, start_us + 130 * S))
            session: list[Any] = [
                {"name": name, "value": value, "url": server.url}
                for name, value in client.cookies.items()
            ]
            yield Furnished(server, ids, session)


class Asking:
    """Somebody who asks the API and takes no refusal."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to one request."""
        answer = self._client.request(method, f"/api/v1{path}", json=body, **more)
        assert answer.is_success, (method, path, answer.text)
        kind = answer.headers.get("content-type", "")
        return answer.json() if kind.startswith("application/json") else None


def _client(server: RunningServer) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Origin": server.url}, timeout=60)


@contextmanager
def _dome(site: SiteThread) -> Generator[dict[str, str]]:
    """Addresses of a camera that turns."""
    camera = site.site.cameras["back-door"]
    profiles = (DeviceProfile("main", camera.url),)
    device = SimulatedOnvifDevice(DeviceScript(head=SimulatedHead(), profiles=profiles))
    site.run(device.__aenter__())
    try:
        yield {"address": camera.url, "onvif_address": device.address}
    finally:
        site.run(device.__aexit__(None, None, None))


def _furnish(
    ask: Asking, site: SiteThread, cameras: dict[str, str], start_us: int
) -> dict[str, str]:
    for name, camera in cameras.items():
        address = "rtsp://127.0.0.1:9/nobody"
        if name != DEAD:
            address = site.site.cameras[name.lower().replace(" ", "-")].url
        ask("PATCH", f"/cameras/{camera}", {"address": address, "enabled": True})
    lobby, gate = cameras["Lobby"], cameras["Gate north"]
    places = _places(ask, lobby, gate)
    ids = {"camera": lobby, "at": _text(start_us + 125 * S), **places}
    cells = [
        {"x": 0, "y": 0, "kind": "camera", "cameras": [lobby]},
        {"x": 1, "y": 0, "kind": "spot"},
        {"x": 0, "y": 1, "kind": "sequence", "cameras": [gate, lobby], "dwell_s": 60},
        {"x": 1, "y": 1, "kind": "camera", "cameras": [cameras[DEAD]]},
    ]
    wall = {"name": "Night watch", "shared": True, "columns": 2, "rows": 2, "cells": cells}
    ids["wall"] = ask("POST", "/walls", wall)["id"]
    ids["marked"] = str(start_us + 130 * S)
    mark = {"cameras": [lobby], "start_us": start_us + 130 * S, "title": "White van"}
    ask("POST", "/bookmarks", {**mark, "note": "Stood there for two minutes."})
    span = {"start_us": start_us + 60 * S, "end_us": start_us + 70 * S}
    ask("POST", "/exports", {"cameras": [lobby], **span, "reason": "a lost umbrella"})
    ask("POST", "/templates", {"name": "Doors", "make": "Acme"})
    return ids | _people(ask, lobby, start_us)


def _places(ask: Asking, on_floor: str, on_map: str) -> dict[str, str]:
    """A site with a plan of one floor, and a camera on it; another one stands on the map."""
    where = {"time_zone": "Europe/Vienna", "latitude": 48.2108, "longitude": 16.3569}
    site = ask("POST", "/sites", {"name": "Town hall", **where})["id"]
    floor = ask("POST", "/floors", {"site": site, "name": "Ground floor", "building": "Hall"})["id"]
    plan = picture("image/png", 800, 500)
    ask("PUT", f"/floors/{floor}/plan", content=plan, headers={"Content-Type": "image/png"})
    for camera in (on_floor, on_map):
        ask("PATCH", f"/cameras/{camera}", {"site": site})
    looks = {"direction_deg": 40, "view_deg": 70}
    place = {"floor": floor, "x": 0.4, "y": 0.5, "range_widths": 0.2, **looks}
    ask("PUT", f"/cameras/{on_floor}/placement", place)
    place = {"latitude": 48.2109, "longitude": 16.357, "range_m": 30, **looks}
    ask("PUT", f"/cameras/{on_map}/placement", place)
    return {"site": site, "floor": floor}


def _people(ask: Asking, lobby: str, start_us: int) -> dict[str, str]:
    """Roles, a group, somebody who is invited, a share, and a link for a guest."""
    ask("POST", "/roles", {"name": "Night porter", "rights": ["live"], "replay_s": None})
    ask("POST", "/groups", {"name": "Doors", "cameras": [lobby]})
    offer = {"role": "viewer", "scope": "camera", "scope_id": lobby}
    invited = ask("POST", "/invitations", {"name": "Ray", "roles": [offer]})["secret"]
    share = {
        "cameras": [lobby],
        "purpose": "Break-in at the depot",
        "until_us": time.time_ns() // 1000 + 8 * 3600 * S,
        "live": True,
        "footage": {"start_us": start_us},
    }
    guest = ask("POST", "/shares", {**share, "person": "Inspector Ray", "most_uses": 100})
    ask("POST", "/shares", {**share, "organisation": "City Police"})
    return {"guest": guest["secret"], "invited": invited}


def _police(police: Asking, site: SiteThread, others: str, at_us: int) -> dict[str, str]:
    """A camera of another organisation, which lets us watch it and has looked at ours."""
    (ours,) = police("GET", "/shared")["shares"]
    picture = f"/shared/{ours['id']}/cameras/{ours['cameras'][0]['id']}/thumbnail.jpg"
    police("GET", picture, params={"at_us": at_us})
    address = site.site.cameras["back-door"].url
    camera = police("POST", "/cameras", {"name": "Depot", "address": address})["id"]
    until_us = time.time_ns() // 1000 + 8 * 3600 * S
    share = {"organisation": others, "cameras": [camera], "live": True, "until_us": until_us}
    given = police("POST", "/shares", {**share, "purpose": "Break-in at the depot"})
    return {"given": given.get("share", given)["id"], "theirs": camera}


def _text(us: int) -> str:
    return datetime.fromtimestamp(us / S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
