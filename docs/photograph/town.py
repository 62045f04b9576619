"""A town with cameras, people, and something in everything that the console shows."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from docs.photograph.footage import S, pasts
from vedette.testing.recorded import fill
from vedette.testing.running import RunningServer

PASSWORD = "a long enough password"  # noqa: S105  of a town that is gone in minutes
MINUTES = 100
NAMES = {
    "car-park": "Car park east",
    "loading-dock": "Loading dock",
    "lobby": "Entrance hall",
    "main-street": "Main street",
    "playground": "Playground",
    "school-gate": "School gate",
}
AWAY = {"loading-dock": range(38, 45), "playground": range(71, 73)}
BROWSERS = {
    "Anna Berger": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Tom Okafor": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/142.0.0.0 Safari/537.36",
    "Lena Fuchs": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
}
DAY_S = 86_400


@dataclass(frozen=True)
class Town:
    """What a photographer must know.

    Attributes:
        url: Of the console.
        cookies: Of the administrator's session.
        ids: What stands in addresses, by the names that ``pages.py`` uses.
    """

    url: str
    cookies: dict[str, str]
    ids: dict[str, str]


class Asking:
    """Somebody who asks the API and takes no refusal."""

    def __init__(self, url: str, agent: str = BROWSERS["Anna Berger"]) -> None:
        self.url = url
        headers = {"Origin": url, "User-Agent": agent}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=60)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to one request.

        Raises:
            RuntimeError: It was refused.
        """
        answer = self.client.request(method, f"/api/v1{path}", json=body, **more)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        kind = answer.headers.get("content-type", "")
        return answer.json() if kind.startswith("application/json") else None


@contextmanager
def _cameras() -> Generator[dict[str, dict[str, str]]]:
    """Simulated cameras in a process of their own, by place."""
    command = [sys.executable, "-m", "vedette.testing.site", "--frame-rate", "4", "--no-bars"]
    command += ["--fault", "car-park:lose_every=400"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        found: dict[str, dict[str, str]] = {}
        try:
            for line in process.stdout or ():
                said = json.loads(line)
                if said.get("ready"):
                    break
                found[said["place"]] = said
            yield found
        finally:
            process.terminate()


@contextmanager
def town(data: Path, plan: bytes) -> Generator[Town]:
    """Build it, and let it live.

    Args:
        data: An empty folder.
        plan: Of a floor, as PNG.
    """
    start_us = (time.time_ns() // 1000 // (60 * S) - MINUTES - 1) * 60 * S
    ids = asyncio.run(fill(data, pasts(NAMES, start_us, MINUTES, AWAY)))
    environment = {"VEDETTE_LOG__LEVEL": "error", "VEDETTE_EXPORTS__BYTES_PER_S": "1500000"}
    with _cameras() as cameras, RunningServer(data, environment) as server:
        secrets = {"VEDETTE_PASSWORD": PASSWORD}
        server.command("organisation", "rename", "Home", "Town of Elmford")
        words = ("organisation", "add", "City Police", "--administrator", "Sergeant Haas")
        server.command(*words, environment=secrets)
        first = Asking(server.url)
        first("POST", "/session/entry", {"secret": server.link.partition("#")[2]})
        by_place = {place: ids[name] for place, name in NAMES.items()}
        anna = _furnish(first, by_place, cameras, plan, start_us)
        police = Asking(server.url)
        police("POST", "/session", {"name": "Sergeant Haas", "password": PASSWORD})
        known = anna[1] | _police(police, cameras, start_us)
        yield Town(server.url, dict(anna[0].client.cookies), known)


def _furnish(
    first: Asking,
    ids: dict[str, str],
    cameras: dict[str, dict[str, str]],
    plan: bytes,
    start_us: int,
) -> tuple[Asking, dict[str, str]]:
    """Give the administrator, signed in, and what stands in addresses."""
    anna = _join(first, "Anna Berger", [{"role": "administrator"}])
    sites = _sites(anna, ids, plan)
    for place, camera in ids.items():
        said = cameras[place]
        moved = {"address": said["main"], "sub_address": said["sub"], "enabled": True}
        anna("PATCH", f"/cameras/{camera}", moved)
    dead = {"name": "Bus station", "address": "rtsp://127.0.0.1:9/stream1", "site": sites["hall"]}
    anna("POST", "/cameras", {**dead, "make": "Acme", "model": "D2"})
    turns = cameras["main-street"]
    dome = {"name": "Market dome", "address": turns["sub"], "onvif_address": turns["onvif"]}
    dome_id = anna("POST", "/cameras", {**dome, "site": sites["hall"]})["id"]
    people = _people(anna, ids, sites)
    known = sites | people | _kept(anna, ids, start_us) | _shares(anna, ids, start_us)
    gate = ids["school-gate"]
    known |= {"camera": gate, "dock": ids["loading-dock"], "dome": dome_id}
    known |= {"onvif": turns["onvif"], "at": _text(start_us + 61 * 60 * S + 9 * S)}
    anna("POST", "/templates", {"name": "Doors and gates", "make": "Acme"})
    anna("PUT", "/reasons", {"asked": ["export", "remove"]})
    return anna, known


def _join(asking: Asking, name: str, roles: list[dict[str, Any]]) -> Asking:
    """Somebody is invited, and comes."""
    secret = asking("POST", "/invitations", {"name": name, "roles": roles})["secret"]
    joined = Asking(asking.url, BROWSERS.get(name, BROWSERS["Anna Berger"]))
    joined("POST", "/session/invitation", {"secret": secret, "password": PASSWORD})
    return joined


def _sites(ask: Asking, ids: dict[str, str], plan: bytes) -> dict[str, str]:
    """Three places with their cameras, on the map and on the plan of a floor."""
    zone = {"time_zone": "Europe/Vienna"}
    school = {"name": "North school", "address": "12 School Lane", **zone}
    school |= {"latitude": 48.2141, "longitude": 16.3569}
    hall = {"name": "Town hall", "address": "1 Market Square", **zone}
    hall |= {"latitude": 48.2108, "longitude": 16.3601}
    depot = {"name": "Depot", "address": "3 Harbour Road", **zone}
    depot |= {"latitude": 48.2083, "longitude": 16.3672}
    made = {
        key: ask("POST", "/sites", body)["id"]
        for key, body in {"school": school, "hall": hall, "depot": depot}.items()
    }
    floor = {"site": made["school"], "name": "Ground floor", "building": "Main building"}
    made["floor"] = ask("POST", "/floors", floor)["id"]
    upper = {"site": made["school"], "name": "First floor", "building": "Main building", "level": 1}
    ask("POST", "/floors", upper)
    png = {"Content-Type": "image/png"}
    ask("PUT", f"/floors/{made['floor']}/plan", content=plan, headers=png)
    where = {
        "school-gate": ("school", {"x": 0.5, "y": 0.9, "direction_deg": 0, "view_deg": 80}),
        "lobby": ("school", {"x": 0.385, "y": 0.62, "direction_deg": 75, "view_deg": 85}),
        "playground": ("school", {"x": 0.86, "y": 0.2, "direction_deg": 215, "view_deg": 75}),
        "main-street": ("hall", (48.2110, 16.3597, 120)),
        "car-park": ("hall", (48.2104, 16.3612, 250)),
        "loading-dock": ("depot", (48.2084, 16.3668, 70)),
    }
    for place, (site, at) in where.items():
        ask("PATCH", f"/cameras/{ids[place]}", {"site": made[site]})
        if isinstance(at, dict):
            body = {"floor": made["floor"], "range_widths": 0.17, **at}
        else:
            body = {"latitude": at[0], "longitude": at[1], "direction_deg": at[2]}
            body |= {"view_deg": 70, "range_m": 45}
        ask("PUT", f"/cameras/{ids[place]}/placement", body)
    return made | {"on_floor": ids["lobby"], "on_map": ids["car-park"]}


def _people(ask: Asking, ids: dict[str, str], sites: dict[str, str]) -> dict[str, str]:
    """A role and groups of their own, people with and without roles, and one who is invited."""
    porter = {"name": "Night porter", "rights": ["live", "replay"], "replay_s": 7 * DAY_S}
    porter_id = ask("POST", "/roles", porter)["id"]
    doors = {"name": "Doors", "cameras": [ids["lobby"], ids["school-gate"]]}
    group = ask("POST", "/groups", doors)["id"]
    outside = [ids[one] for one in ("main-street", "car-park", "playground")]
    ask("POST", "/groups", {"name": "Outside", "cameras": outside})
    tom = _join(ask, "Tom Okafor", [{"role": "operator"}])
    porters = [{"role": porter_id, "scope": "group", "scope_id": group}]
    _join(ask, "Lena Fuchs", porters)
    _join(ask, "Ines Duarte", [{"role": "auditor"}])
    viewer = {"role": "viewer", "scope": "site", "scope_id": sites["school"]}
    until = {"expires_us": (time.time_ns() // 1000) + 14 * DAY_S * S}
    _join(ask, "Paul Weiss", [{**viewer, **until}])
    invited = ask("POST", "/invitations", {"name": "Mara Lindqvist", "roles": [viewer]})
    at_us = (time.time_ns() // 1000) - 50 * 60 * S
    picture = f"/cameras/{ids['loading-dock']}/thumbnail.jpg"
    tom("GET", picture, params={"at_us": at_us})
    title = {"title": "Delivery after hours", "note": "Driver had a key. Told the depot at 7:40."}
    span = {"start_us": at_us, "end_us": at_us + 40 * S}
    tom("POST", "/bookmarks", {"cameras": [ids["loading-dock"]], **span, **title})
    return {"invited": invited["secret"]}


def _kept(ask: Asking, ids: dict[str, str], start_us: int) -> dict[str, str]:
    """Walls, bookmarks and exports."""
    cells = [
        {"x": 0, "y": 0, "w": 2, "h": 2, "kind": "spot"},
        {"x": 2, "y": 0, "kind": "camera", "cameras": [ids["school-gate"]]},
        {"x": 2, "y": 1, "kind": "camera", "cameras": [ids["lobby"]]},
        {
            "x": 0,
            "y": 2,
            "kind": "sequence",
            "cameras": [ids["main-street"], ids["car-park"]],
            "dwell_s": 20,
        },
        {"x": 1, "y": 2, "kind": "camera", "cameras": [ids["playground"]]},
        {"x": 2, "y": 2, "kind": "camera", "cameras": [ids["loading-dock"]]},
    ]
    wall = {"name": "Night watch", "shared": True, "columns": 3, "rows": 3, "cells": cells}
    made = ask("POST", "/walls", wall)["id"]
    ask("POST", "/walls", {"name": "School", "columns": 2, "rows": 1, "cells": []})
    marks = [
        ("school-gate", 61, "White van at the gate", "Stood there for two minutes, then left."),
        ("car-park", 67, "Scratch on the blue car", "Reported by the owner at 9 a.m."),
        ("main-street", 80, "Road sign knocked over", ""),
    ]
    for place, minute, title, note in marks:
        body = {"cameras": [ids[place]], "start_us": start_us + minute * 60 * S + 12 * S}
        ask("POST", "/bookmarks", {**body, "title": title, "note": note})
    short = {"start_us": start_us + 61 * 60 * S, "end_us": start_us + 61 * 60 * S + 20 * S}
    reason = {"reason": "Police file 2231, van at the school gate", "time_zone": "Europe/Vienna"}
    done = ask("POST", "/exports", {"cameras": [ids["school-gate"]], **short, **reason})["id"]
    until = time.monotonic() + 60
    while ask("GET", f"/exports/{done}")["state"] != "done" and time.monotonic() < until:
        time.sleep(0.5)
    long = {"start_us": start_us + 60 * S, "end_us": start_us + 95 * 60 * S}
    two = [ids["car-park"], ids["main-street"]]
    reason = {"reason": "Insurance, scratched car", "time_zone": "Europe/Vienna"}
    ask("POST", "/exports", {"cameras": two, **long, **reason})
    return {"wall": made}


def _shares(ask: Asking, ids: dict[str, str], start_us: int) -> dict[str, str]:
    """One with another organisation, one by a link, one that has ended."""
    share = {
        "cameras": [ids["school-gate"], ids["main-street"]],
        "purpose": "White van at the school gate, police file 2231",
        "until_us": time.time_ns() // 1000 + 8 * 3600 * S,
        "live": True,
        "footage": {"start_us": start_us},
    }
    person = {"person": "Inspector Ray", "most_uses": 100}
    guest = ask("POST", "/shares", {**share, "cameras": [ids["school-gate"]], **person})
    ask("POST", "/shares", {**share, "organisation": "City Police"})
    depot = {"cameras": [ids["loading-dock"]], "purpose": "Stock-taking", "footage": None}
    ended = ask("POST", "/shares", {**share, **depot, "person": "Auditor Kim"})
    ask("POST", f"/shares/{ended['share']['id']}/end")
    return {"guest": guest["secret"]}


def _police(police: Asking, cameras: dict[str, dict[str, str]], start_us: int) -> dict[str, str]:
    """Neighbours who have looked at ours and let us see a camera of theirs."""
    ours = police("GET", "/shared")["shares"][0]
    picture = f"/shared/{ours['id']}/cameras/{ours['cameras'][0]['id']}/thumbnail.jpg"
    police("GET", picture, params={"at_us": start_us + 61 * 60 * S})
    address = cameras["car-park"]["sub"]
    camera = police("POST", "/cameras", {"name": "Harbour bridge", "address": address})["id"]
    until_us = time.time_ns() // 1000 + 8 * 3600 * S
    share = {"organisation": "Town of Elmford", "cameras": [camera], "live": True}
    purpose = {"purpose": "Street festival, crowd at the bridge", "until_us": until_us}
    given = police("POST", "/shares", {**share, **purpose})
    return {"given": given["share"]["id"], "theirs": camera}


def _text(us: int) -> str:
    return datetime.fromtimestamp(us / S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
