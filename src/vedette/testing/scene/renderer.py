"""A place at a time, as an I420 picture: the still picture, then everyone who is there."""

import math
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vedette.testing.encoder import Picture
from vedette.testing.scene.cutout import Cutout, Depth, Dimming, cut, darken, paste
from vedette.testing.scene.figures import STEPS, STRIDE_M, VEHICLES, person
from vedette.testing.scene.held import Allowance, Held
from vedette.testing.scene.paint import colour
from vedette.testing.scene.place import Place
from vedette.testing.scene.shapes import Point, render
from vedette.testing.scene.stage import LOOKS, PEOPLE, Actor, actors
from vedette.testing.scene.still import vehicle_palette
from vedette.testing.scene.view import Field

_CHILD = 0.74
_LADDER = 1.7
"""Sprites are rendered at sizes that far apart, never smaller than shown, and shrunk."""
_SIZES_PER_E = 12
_ELEVATION = 0.2
_FINEST = {True: 100.0, False: 56.0}
"""Pixels per metre at which people and vehicles are rendered at most; nearer ones are enlarged."""
_GRID = 2
"""Shadows are kept at half size; they are soft."""
_NEAREST_M = 3.2
"""Nobody is drawn nearer to the lens; they would be below the picture."""
_TURNS = {True: 10, False: 32}
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


@dataclass(frozen=True, slots=True)
class _Base:
    """A figure from one side at one of a few sizes; all places share them.

    Attributes:
        share: Of each material, 255 is all, shape (rows, columns, materials).
        light: 159 is full, shape (rows, columns).
        foot_row: Row of the figure's origin.
        scale: Pixels per metre.
    """

    share: npt.NDArray[np.uint8]
    light: npt.NDArray[np.uint8]
    foot_row: float
    scale: float


_BaseKey = tuple[str, int, int, int, int, int, int]
"""Kind, variant, step, side it is seen from, elevation, rung of the ladder, side of the sun."""

_BASES: Held[_Base] = Held(40 << 20, lambda base: base.share.nbytes + base.light.nbytes + 500)
_CUTOUTS: Held[Cutout] = Held(48 << 20, lambda cutout: cutout.nbytes)
_SHADOWS: Held[Dimming] = Held(6 << 20, lambda shadow: shadow.nbytes + 200)
"""Shared by all places of a process, so that its memory does not grow with their number."""

_NEW_SPRITES = Allowance(0.06)


def _base(key: _BaseKey) -> _Base:
    """Render a figure, or find it."""
    return _BASES.get(key, lambda: _render_base(key))


def _render_base(key: _BaseKey) -> _Base:
    kind, variant, step, yaw, elevation, rung, side = key
    if kind in PEOPLE:
        figure = person(step, bag=variant in {1, 3}, coat=variant == 2, long_hair=variant > 1)
    else:
        figure = VEHICLES[kind]()
    scale = min(_LADDER**rung, _FINEST[kind in PEOPLE])
    sprite = render(
        figure,
        yaw=yaw / _TURNS[kind in PEOPLE] * 2 * math.pi,
        elevation=elevation * _ELEVATION,
        scale=scale,
        sun=_SUNS[side],
        over=1 if scale > 30 else 2,
    )
    return _Base(
        np.round(sprite.share * 255).astype(np.uint8),
        np.round(np.clip(sprite.light, 0, 1.6) * 159).astype(np.uint8),
        sprite.foot_row,
        sprite.scale,
    )


class Renderer:
    """Draws one place.

    Args:
        place: What.
        still: Its still picture.
        depth: Distances of what hides people, shape (height, width).
        hurried: Whether similar sprites may stand in while new ones cost too much.
    """

    def __init__(
        self, place: Place, still: Picture, depth: Depth, *, hurried: bool = False
    ) -> None:
        self._place = place
        self._still = still
        self._depth = depth
        sun = place.light.sun
        self._sun = (sun[0], sun[1], sun[2]) if sun else (-0.35, 0.9, -0.45)
        self._side = (self._sun[0] > 0.3) - (self._sun[0] < -0.3)
        self._hurried = hurried
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
        variant = actor.look % 4 if person_like else 0
        base = self._affordable((actor.kind, variant, step, side, tilt, _rung(grade), self._side))
        shade = (actor.look, grade, round(bright * 12), self._place.infrared)
        cutout = _CUTOUTS.get((base, shade), lambda: _make_cutout(base, *shade))
        self._drop_shadow(picture, actor, column, row, scale, lit=lit)
        near = 0.25 if person_like else 1.2
        depth_m = view.focal / scale - near
        paste(picture, cutout, column, row, hidden=self._depth, depth_m=depth_m)

    def _affordable(self, key: _BaseKey) -> _BaseKey:
        """The sprite to draw: the right one, or one a few steps off while time is short."""
        if not self._hurried or key in _BASES:
            return key
        kind, variant, step, yaw, elevation, rung, side = key
        if not _NEW_SPRITES.left():
            for off in range(1, STEPS // 2 + 1) if kind in PEOPLE else ():
                for other in ((step + off) % STEPS, (step - off) % STEPS):
                    near = (kind, variant, other, yaw, elevation, rung, side)
                    if near in _BASES:
                        return near
        start = time.monotonic()
        _base(key)
        _NEW_SPRITES.use(time.monotonic() - start)
        return key

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
        tip = round((tip_column - column) / _GRID), round((tip_row - row) / _GRID)
        body = (
            round(math.sin(actor.heading) * ahead * scale / _GRID),
            round(-math.cos(actor.heading) * ahead * scale * 0.35 / _GRID),
        )
        wide, strength = max(1, round(half * scale / _GRID)), 0.5 if lit else 0.34
        mask = _SHADOWS.get(
            (tip, wide, body, strength), lambda: _shadow(tip, wide, body, strength=strength)
        )
        rows, columns = mask.shape
        darken(
            picture,
            mask,
            int(column) - columns,
            int(row) - rows,
            hidden=self._depth,
            depth_m=self._place.view.focal / scale - 2 * half,
        )


def _make_cutout(key: _BaseKey, look: int, grade: int, bright: int, infrared: bool) -> Cutout:
    scale = math.exp(grade / _SIZES_PER_E)
    base = _base(key)
    # One product gives colours and, as the sum of the shares, cover.
    mixing = np.pad(_palette(key[0], look), ((0, 0), (0, 1)), constant_values=1)
    if infrared:
        grey = mixing[:, :3] @ np.array([0.4, 0.35, 0.25], np.float32) * 1.25
        mixing[:, :3] = grey[:, None]
    both = base.share.astype(np.float32) @ (mixing / 255).astype(np.float32)
    cover = np.minimum(both[..., 3], 1)
    light = base.light * np.float32(bright / 12 * 1.15 / 159)
    colours = np.minimum(both[..., :3] * light[..., None], cover[..., None])
    return cut(colours, cover, base.foot_row, base.scale / scale)


def _rung(grade: int) -> int:
    """The size on the ladder from which a size is made."""
    return math.ceil(grade / _SIZES_PER_E / math.log(_LADDER) - 1e-6)


def _shadow(tip: tuple[int, int], half: int, body: tuple[int, int], *, strength: float) -> Dimming:
    """For ``darken``: a soft streak.

    Args:
        tip: Where it ends, from its middle, right and down, in ``_GRID``s.
        half: Its half width, in ``_GRID``s.
        body: Half of what throws it, from its middle, right and down, in ``_GRID``s.
        strength: 0 to 1.
    """
    (across, down), (ahead, rise) = tip, body
    reach_u = abs(across) + abs(ahead) + math.ceil(half * 1.35) + 1
    reach_v = abs(down) + abs(rise) + math.ceil(half * 0.675) + 1
    v, u = np.mgrid[-reach_v : reach_v + 1, -reach_u : reach_u + 1].astype(np.float32)
    size = max(1.0, float(across * across + down * down))
    share = np.clip((u * across + v * down) / size, 0, 1)
    u, v = u - share * across, v - share * down
    length = max(1.0, float(ahead * ahead + rise * rise))
    along = np.clip((u * ahead + v * rise) / length, -1, 1)
    u, v = u - along * ahead, v - along * rise
    away = np.hypot(u / half, v / (half * 0.5))
    dark: Field = np.clip(1.35 - away, 0, 1) * strength * (1 - 0.45 * share)
    keep = np.minimum(np.round(256 * (1 - dark)), 255).astype(np.uint8)
    # Only what is dark, still around the middle.
    used_v, used_u = np.flatnonzero((keep < 255).any(1)), np.flatnonzero((keep < 255).any(0))
    if len(used_v):
        trim_v = min(int(used_v[0]), keep.shape[0] - 1 - int(used_v[-1]))
        trim_u = min(int(used_u[0]), keep.shape[1] - 1 - int(used_u[-1]))
        keep = keep[trim_v : keep.shape[0] - trim_v, trim_u : keep.shape[1] - trim_u]
    return keep
