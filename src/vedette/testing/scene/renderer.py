"""A place at a time, as an I420 picture: the still picture, then everyone who is there."""

import math
import time
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vedette.testing.encoder import Picture
from vedette.testing.scene.cutout import Cutout, Weights, cut, darken, paste, to_picture
from vedette.testing.scene.figures import STEPS, STRIDE_M, VEHICLES, person
from vedette.testing.scene.paint import colour
from vedette.testing.scene.place import Place
from vedette.testing.scene.shapes import Point, render
from vedette.testing.scene.stage import LOOKS, PEOPLE, Actor, actors
from vedette.testing.scene.still import vehicle_palette
from vedette.testing.scene.view import Field

_CHILD = 0.74
_LADDER = 1.7
"""Sprites are rendered at sizes that far apart, a third larger than shown at least, and shrunk."""
_SIZES_PER_E = 16
_ELEVATION = 0.12
_FINEST = {True: 150.0, False: 72.0}
"""Pixels per metre at which people and vehicles are rendered at most; nearer ones are enlarged."""
_NEAREST_M = 3.2
"""Nobody is drawn nearer to the lens; they would be below the picture."""
_TURNS = {True: 12, False: 32}
"""Sides from which people (True) and vehicles (False) are seen."""
_SUNS: dict[int, Point] = {-1: (-0.6, 0.75, -0.5), 0: (-0.1, 0.95, -0.4), 1: (0.6, 0.75, -0.5)}
_SKINS = ("dcb08e", "a9714d", "e6c3a4", "7a4b32", "c99873")
_HAIRS = ("2b1d14", "14110f", "6b4a2c", "8f8b86", "3a2416")
_TOPS = (
    "8c2f2b",
    "2f4f77",
    "d8d2c2",
    "3c5a3e",
    "1f2226",
    "c08a2c",
    "6a4a78",
    "46707a",
    "b5473c",
    "e0dfda",
    "59636b",
    "2a3a5c",
)
_LEGS = ("24304a", "2a2a2c", "6a6256", "3d4a5e", "1d1d20")
_PAINTS = (
    "a8adb1",
    "24282d",
    "8a2622",
    "2d4b70",
    "dcdcd7",
    "5b6d4c",
    "73797f",
    "b59a6a",
    "e8e7e2",
    "3a3f45",
    "6e2430",
    "33586a",
)


@lru_cache(maxsize=64)
def _palette(kind: str, look: int) -> Field:
    """Colours of a figure's materials, shape (materials, 3)."""
    if kind not in PEOPLE:
        hue = {"bus": "e5a919", "van": _PAINTS[look * 3 % 4 + 8 if look % 2 else 4]}
        return vehicle_palette(hue.get(kind, _PAINTS[look]))
    codes = (
        _SKINS[look * 2 % 5],
        _HAIRS[look * 3 % 5],
        _TOPS[look],
        _LEGS[look % 5],
        ("17171a", "d9d6cf", "4a3526")[look % 3],
        _TOPS[(look * 5 + 3) % LOOKS],
    )
    return np.stack([colour(code) for code in codes])


Base = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], float, float]
"""A sprite packed into bytes: shares of the materials, light, foot row, pixels per metre."""


@lru_cache(maxsize=900)
def _base(
    kind: str, variant: int, step: int, yaw: int, elevation: int, *, rung: int, side: int
) -> Base:
    """Render a figure from one side at one of a few sizes; all places share the results."""
    if kind in PEOPLE:
        figure = person(step, bag=variant in {1, 3}, coat=variant == 2, long_hair=variant > 1)
    else:
        figure = VEHICLES[kind]()
    scale = min(_LADDER**rung * 4 / 3, _FINEST[kind in PEOPLE])
    sprite = render(
        figure,
        yaw=yaw / _TURNS[kind in PEOPLE] * 2 * math.pi,
        elevation=elevation * _ELEVATION,
        scale=scale,
        sun=_SUNS[side],
        over=1 if scale > 45 else 2,
    )
    return (
        np.round(sprite.share * 255).astype(np.uint8),
        np.round(np.clip(sprite.light, 0, 1.6) * 159).astype(np.uint8),
        sprite.foot_row,
        sprite.scale,
    )


class Renderer:
    """Draws one place.

    Args:
        place: What.
        image: Its still picture, shape (height, width, 3).
        depth: Distances of what hides people, shape (height, width).
        share: Of a core that may go into new sprites; meanwhile similar ones stand in. None draws
            exactly, at any cost.
    """

    def __init__(
        self, place: Place, image: Field, depth: Field, *, share: float | None = None
    ) -> None:
        self._place = place
        self._still = to_picture(image)
        self._depth = depth
        sun = place.light.sun
        self._sun = (sun[0], sun[1], sun[2]) if sun else (-0.35, 0.9, -0.45)
        self._side = (self._sun[0] > 0.3) - (self._sun[0] < -0.3)
        self._share = share
        self._spent_until = 0.0
        self._steps: dict[tuple[str, int, int, int, int], set[int]] = {}
        self._cutout = lru_cache(maxsize=400)(self._make_cutout)
        self._shadow = lru_cache(maxsize=200)(_shadow)
        self._lit = lru_cache(maxsize=2000)(self._sunlit)

    def draw(self, time_s: float) -> Picture:
        """The picture at a time, seconds since the epoch; a fresh copy each time."""
        still = self._still
        picture = Picture(still.luma.copy(), still.blue.copy(), still.red.copy())
        crowd = sorted(actors(self._place.routes, time_s), key=lambda a: a.z, reverse=True)
        for actor in crowd:
            self._draw(picture, actor)
        return picture

    def _draw(self, picture: Picture, actor: Actor) -> None:
        view = self._place.view
        column, row, scale = view.project(actor.x, 0, actor.z)
        wide = 3.0 if actor.kind not in PEOPLE else 1.0
        if not 4 < scale < view.focal / _NEAREST_M:
            return
        if not -wide * scale < column < view.width + wide * scale:
            return
        away = math.atan2(actor.x, actor.z)
        yaw = (actor.heading - away + math.pi) % (2 * math.pi)
        elevation = math.atan2(view.height_m, math.hypot(actor.x, actor.z))
        person_like = actor.kind in PEOPLE
        size = scale * (_CHILD if actor.kind == "child" else 1.0)
        stride = STRIDE_M * (_CHILD if actor.kind == "child" else 1.0)
        step = int(actor.walked_m / stride * STEPS) % STEPS if person_like else 0
        turns = _TURNS[person_like]
        lit = self._lit(round(actor.x * 2) / 2, round(actor.z * 2) / 2)
        lamp = self._place.lamp
        bright = lamp(actor.x, actor.z) if lamp else (1.12 if lit else 0.72)
        side = round(yaw / (2 * math.pi) * turns) % turns
        tilt, grade = round(elevation / _ELEVATION), round(math.log(size) * _SIZES_PER_E)
        step = self._affordable(actor, step, side, tilt, grade)
        cutout = self._cutout(
            actor.kind,
            actor.look,
            step,
            side,
            elevation=tilt,
            size=grade,
            bright=round(bright * 12),
        )
        self._drop_shadow(picture, actor, column, row, scale, lit=lit)
        near = 0.25 if person_like else 1.2
        depth_m = view.focal / scale - near
        paste(picture, cutout, column, row, hidden=self._depth, depth_m=depth_m)

    def _affordable(self, actor: Actor, step: int, side: int, tilt: int, grade: int) -> int:
        """The step to draw: the right one, or the nearest that exists while time is short."""
        variant = actor.look % 4 if actor.kind in PEOPLE else 0
        key = (actor.kind, variant, side, tilt, _rung(grade))
        known = self._steps.setdefault(key, set())
        if step in known or self._share is None:
            return step
        now = time.monotonic()
        if known and now < self._spent_until:
            return min(known, key=lambda other: min((other - step) % STEPS, (step - other) % STEPS))
        variant = actor.look % 4 if actor.kind in PEOPLE else 0
        _base(actor.kind, variant, step, side, tilt, rung=_rung(grade), side=self._side)
        known.add(step)
        spent = time.monotonic() - now
        self._spent_until = max(now, self._spent_until) + spent / self._share
        return step

    def _sunlit(self, x: float, z: float) -> bool:
        """Whether no house stands between a point and the sun."""
        if self._place.light.sun is None:
            return False
        way = np.array(self._sun) / np.linalg.norm(self._sun)
        for box in self._place.ground.boxes:
            near, far = 0.0, math.inf
            for low, high, start, speed in zip(box.low, box.high, (x, 0.9, z), way, strict=True):
                a, b = (low - start) / speed, (high - start) / speed
                near, far = max(near, min(a, b)), min(far, max(a, b))
            if far > near:
                return False
        return True

    def _drop_shadow(
        self, picture: Picture, actor: Actor, column: float, row: float, scale: float, *, lit: bool
    ) -> None:
        """A soft streak on the ground, away from the sun; a soft patch where there is no sun."""
        vehicle = actor.kind not in PEOPLE
        height = {"person": 1.7, "child": 1.25, "bus": 2.0}.get(actor.kind, 1.0)
        reach = height / self._sun[1] if lit else 0.0
        end_x, end_z = actor.x - self._sun[0] * reach, actor.z - self._sun[2] * reach
        tip_column, tip_row, tip_scale = self._place.view.project(end_x, 0, max(1.0, end_z))
        if tip_scale <= 0 or abs(tip_column - column) + abs(tip_row - row) > 600:
            return
        half = 1.05 if vehicle else 0.24
        ahead = {"car": 1.5, "van": 2.0, "bus": 3.4}.get(actor.kind, 0.0)
        grid = 4
        mask = self._shadow(
            round((tip_column - column) / grid) * grid,
            round((tip_row - row) / grid) * grid,
            max(2, round(half * scale / 2) * 2),
            ahead=round(math.sin(actor.heading) * ahead * scale / grid) * grid,
            rise=round(-math.cos(actor.heading) * ahead * scale * 0.35 / grid) * grid,
            strength=0.5 if lit else 0.34,
        )
        rows, columns = mask.shape
        darken(picture, mask, int(column - columns / 2), int(row - rows / 2))

    def _make_cutout(
        self, kind: str, look: int, step: int, yaw: int, *, elevation: int, size: int, bright: int
    ) -> Cutout:
        scale = math.exp(size / _SIZES_PER_E)
        variant = look % 4 if kind in PEOPLE else 0
        share, light, foot_row, base = _base(
            kind, variant, step, yaw, elevation, rung=_rung(size), side=self._side
        )
        colours = (share.astype(np.float32) / 255) @ _palette(kind, look)
        colours *= (light.astype(np.float32) / 159 * (bright / 12) * 1.15)[..., None]
        if self._place.infrared:
            grey = colours @ np.array([0.4, 0.35, 0.25], np.float32) * 1.25
            colours = np.stack([grey] * 3, -1)
        cover = share.sum(-1, dtype=np.float32) / 255
        colours = np.minimum(colours, cover[..., None]).astype(np.float32)
        return cut(colours, np.minimum(cover, 1), foot_row, base / scale)


def _rung(grade: int) -> int:
    """The size on the ladder from which a size is made."""
    return math.ceil(grade / _SIZES_PER_E / math.log(_LADDER) - 1e-6)


def _shadow(
    across: int, down: int, half: int, *, ahead: int, rise: int, strength: float
) -> Weights:
    """Weights for ``darken``: a soft streak from the middle to (across, down), pixels."""
    reach_u = abs(across) + abs(ahead) + half * 2
    reach_v = abs(down) + abs(rise) + half
    v, u = np.mgrid[-reach_v : reach_v + 1, -reach_u : reach_u + 1].astype(np.float32)
    size = max(1.0, float(across * across + down * down))
    share = np.clip((u * across + v * down) / size, 0, 1)
    u, v = u - share * across, v - share * down
    length = max(1.0, float(ahead * ahead + rise * rise))
    along = np.clip((u * ahead + v * rise) / length, -1, 1)
    u, v = u - along * ahead, v - along * rise
    away = np.hypot(u / half, v / (half * 0.5))
    dark: Field = np.clip(1.35 - away, 0, 1) * strength * (1 - 0.45 * share)
    return np.round(256 * (1 - dark)).astype(np.uint16)
