"""Who is where at what time: a pure function of time, so every viewer sees the same."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from vedette.testing.scene.place import Route

PEOPLE = ("person", "child")
LOOKS = 12
"""Different outfits or paints."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something at one moment.

    Attributes:
        kind: ``person``, ``child``, or a vehicle's name.
        look: 0 to LOOKS - 1.
        x: Metres.
        z: Metres.
        heading: Radians from +z towards +x.
        walked_m: Since the start of the way, for the step.
    """

    kind: str
    look: int
    x: float
    z: float
    heading: float
    walked_m: float


def _along(route: Route, metres: float) -> tuple[float, float, float] | None:
    """Point and heading after some metres; None beyond either end."""
    if metres < 0:
        return None
    for (x0, z0), (x1, z1) in zip(route.points, route.points[1:], strict=False):
        length = math.dist((x0, z0), (x1, z1))
        if metres <= length:
            share = metres / length
            heading = math.atan2(x1 - x0, z1 - z0)
            return x0 + (x1 - x0) * share, z0 + (z1 - z0) * share, heading
        metres -= length
    return None


def _smooth(route: Route, metres: float) -> tuple[float, float, float] | None:
    """As ``_along``, but corners are cut and turned gradually."""
    here = _along(route, metres)
    if here is None:
        return None
    room = 0.7 if route.kind in PEOPLE else 2.5
    before, after = _along(route, metres - room) or here, _along(route, metres + room) or here
    x = (before[0] + here[0] * 2 + after[0]) / 4
    z = (before[1] + here[1] * 2 + after[1]) / 4
    if before[:2] == after[:2]:
        return here
    return x, z, math.atan2(after[0] - before[0], after[1] - before[1])


@dataclass(frozen=True, slots=True)
class _Departure:
    """One passing of a route: when, how fast, how far aside, and who."""

    late_s: float
    speed_m_s: float
    aside_m: float
    looks: tuple[int, ...]


@lru_cache(maxsize=4096)
def _departure(route: Route, number: int, passing: int) -> _Departure | None:
    """Chance, but the same at every look; None when nobody departs."""
    chance = random.Random(number * 1_000_003 + passing)  # noqa: S311  repeatable
    if chance.random() > route.chance:
        return None
    late_s = chance.random() * route.every_s * 0.6
    speed = route.speed_m_s * (0.85 + 0.3 * chance.random())
    company = 2 if chance.random() < route.company else 1
    aside = (chance.random() * 2 - 1) * route.spread_m
    looks = tuple(chance.randrange(LOOKS) for _ in range(company))
    return _Departure(late_s, speed, aside, looks)


@lru_cache(maxsize=256)
def _length(route: Route) -> float:
    return sum(math.dist(a, b) for a, b in zip(route.points, route.points[1:], strict=False))


def actors(routes: tuple[Route, ...], time_s: float) -> Iterator[Actor]:
    """Everyone on the routes at a time, in no particular order."""
    for number, route in enumerate(routes):
        length = _length(route)
        longest_s = length / route.speed_m_s * 1.35
        newest = math.floor((time_s + route.offset_s) / route.every_s)
        oldest = math.floor((time_s + route.offset_s - longest_s) / route.every_s) - 1
        for passing in range(oldest, newest + 1):
            one = _departure(route, number, passing)
            if one is None:
                continue
            since_s = time_s + route.offset_s - passing * route.every_s - one.late_s
            metres = since_s * one.speed_m_s
            if not 0 <= metres <= length + 1:
                continue
            for member, look in enumerate(one.looks):
                where = _smooth(route, metres - member * 0.15)
                if where is not None:
                    x, z, heading = where
                    off = one.aside_m + member * 0.75
                    x += math.cos(heading) * off
                    z -= math.sin(heading) * off
                    yield Actor(route.kind, look, x, z, heading, metres + member * 0.4)
