"""Things that stand in a place and are painted once: trees, railings, posts, parked vehicles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vedette.testing.scene.figures import VEHICLES
from vedette.testing.scene.paint import colour, mix
from vedette.testing.scene.shapes import Point, render
from vedette.testing.scene.view import Field, View


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree or bush on the ground; ``trunk_m`` of 0 makes a bush."""

    x: float
    z: float
    height_m: float
    trunk_m: float = 2.0
    hue: str = "4c6b32"
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Railing:
    """Upright bars between two points of the ground."""

    start: tuple[float, float]
    end: tuple[float, float]
    height_m: float
    spacing_m: float = 0.14
    thick_m: float = 0.03
    hue: str = "2d3332"


@dataclass(frozen=True, slots=True)
class Rod:
    """A straight pole between two points of the room: a lamp post, a swing's frame."""

    start: Point
    end: Point
    thick_m: float
    hue: str = "6a6f70"


@dataclass(frozen=True, slots=True)
class Parked:
    """A vehicle that stays; ``facing`` is radians from +z towards +x."""

    x: float
    z: float
    facing: float
    kind: str = "car"
    hue: str = "7c8288"


Thing = Tree | Railing | Rod | Parked


@dataclass(slots=True)
class Still:
    """The still picture while it is being painted.

    Attributes:
        view: The camera.
        image: Colours, shape (height, width, 3).
        depth: Metres to what hides people, shape (height, width).
        sun: Towards the sun in the world.
        bright: Brightness of things that are painted, (3,).
    """

    view: View
    image: Field
    depth: Field
    sun: Point
    bright: Field = field(default_factory=lambda: np.ones(3, np.float32))

    def add(self, things: Sequence[Thing]) -> None:
        """Paint things from far to near."""
        for thing in sorted(things, key=_distance, reverse=True):
            if isinstance(thing, Tree):
                self._tree(thing)
            elif isinstance(thing, Railing):
                self._railing(thing)
            elif isinstance(thing, Rod):
                self._rod(thing)
            else:
                self._parked(thing)

    def _over(self, picture: Field, cover: Field, left: int, top: int, depth_m: float) -> None:
        """Put a picture over the still one where nothing nearer stands."""
        rows, columns = cover.shape
        height, width = self.depth.shape
        first_row, first_column = max(0, -top), max(0, -left)
        last_row, last_column = min(rows, height - top), min(columns, width - left)
        if last_row <= first_row or last_column <= first_column:
            return
        source = (slice(first_row, last_row), slice(first_column, last_column))
        window = (
            slice(top + first_row, top + last_row),
            slice(left + first_column, left + last_column),
        )
        share = cover[source] * (self.depth[window] > depth_m)
        self.image[window] = mix(self.image[window], picture[source], share)
        self.depth[window][share > 0.5] = depth_m

    def _tree(self, tree: Tree) -> None:
        column, row, scale = self.view.project(tree.x, 0, tree.z)
        if scale <= 0:
            return
        picture, cover = _foliage(tree, max(12, min(700, int(tree.height_m * scale))))
        rows, columns = cover.shape
        depth_m = self.view.focal / scale
        self._over(
            picture * self.bright, cover, int(column - columns / 2), int(row) - rows, depth_m
        )

    def _railing(self, railing: Railing) -> None:
        length = math.dist(railing.start, railing.end)
        count = max(1, int(length / railing.spacing_m))
        for index in range(count + 1):
            share = index / count
            x = railing.start[0] + (railing.end[0] - railing.start[0]) * share
            z = railing.start[1] + (railing.end[1] - railing.start[1]) * share
            self._rod(Rod((x, 0, z), (x, railing.height_m, z), railing.thick_m, railing.hue))
        for up in (0.12, railing.height_m - 0.08):
            (a, b), (c, d) = railing.start, railing.end
            self._rod(Rod((a, up, b), (c, up, d), 0.05, railing.hue))

    def _rod(self, rod: Rod) -> None:
        first = self.view.project(*rod.start)
        second = self.view.project(*rod.end)
        if first[2] <= 0 or second[2] <= 0:
            return
        thick = max(0.7, rod.thick_m * (first[2] + second[2]) / 2)
        left = int(min(first[0], second[0]) - thick - 1)
        top = int(min(first[1], second[1]) - thick - 1)
        size = (
            int(abs(first[1] - second[1]) + 2 * thick + 3),
            int(abs(first[0] - second[0]) + 2 * thick + 3),
        )
        if max(size) > 3000:
            return
        rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
        away, side = _from_segment(columns + left + 0.5, rows + top + 0.5, first[:2], second[:2])
        cover = np.clip(thick / 2 + 0.5 - away, 0, 1) * min(1.0, rod.thick_m * first[2] + 0.35)
        shade = 1 - 0.35 * side / max(thick, 1)
        picture = colour(rod.hue) * self.bright * shade[..., None]
        depth_m = self.view.focal / max(first[2], second[2])
        self._over(picture.astype(np.float32), cover.astype(np.float32), left, top, depth_m)

    def _parked(self, parked: Parked) -> None:
        column, row, scale = self.view.project(parked.x, 0, parked.z)
        if scale <= 0:
            return
        figure = VEHICLES[parked.kind]()
        away = math.atan2(parked.x, parked.z)
        sprite = render(
            figure,
            yaw=parked.facing - away + math.pi,
            elevation=math.atan2(self.view.height_m, math.hypot(parked.x, parked.z)),
            scale=scale,
            sun=(self.sun[0], self.sun[1], self.sun[2]),
        )
        picture = (sprite.share @ vehicle_palette(parked.hue)) * sprite.light[..., None]
        picture = picture / np.maximum(sprite.cover, 1e-3)[..., None] * self.bright
        left = int(column - sprite.cover.shape[1] / 2)
        top = int(row - sprite.foot_row)
        # Its shadow first: dark and soft under the sills.
        half_u, half_v = figure.reach_m * scale * 0.8, max(3.0, figure.reach_m * scale * 0.36)
        reach_u, reach_v = math.ceil(half_u * 1.1), math.ceil(half_v * 1.1)
        rows, columns = np.mgrid[-reach_v : reach_v + 1, -reach_u : reach_u + 1]
        dark = np.clip(1.2 - (columns / half_u) ** 2 - (rows / half_v) ** 2, 0, 1) * 0.495
        shade = np.zeros((*dark.shape, 3), np.float32)
        corner = int(column) - reach_u, int(row) - reach_v
        self._over(shade, dark.astype(np.float32), *corner, 1e5)
        depth_m = self.view.focal / scale - 0.6
        self._over(picture.astype(np.float32), sprite.cover, left, top, depth_m)


def vehicle_palette(hue: str) -> Field:
    """Colours of a vehicle's materials, shape (7, 3)."""
    rest = ("1a2328", "121212", "22252a", "f4f2e2", "8a1414", "8f9499")
    return np.stack([colour(hue), *(colour(code) for code in rest)])


def _distance(thing: Thing) -> float:
    if isinstance(thing, Railing):
        return max(thing.start[1], thing.end[1])
    if isinstance(thing, Rod):
        return max(thing.start[2], thing.end[2])
    return thing.z


def _from_segment(
    x: Field, y: Field, first: tuple[float, float], second: tuple[float, float]
) -> tuple[Field, Field]:
    """Distance from a segment, and the signed distance to its right."""
    across, down = second[0] - first[0], second[1] - first[1]
    size = max(1e-6, across * across + down * down)
    u, v = x - np.float32(first[0]), y - np.float32(first[1])
    share = np.clip((u * across + v * down) / size, 0, 1)
    away = np.hypot(u - share * across, v - share * down)
    return away.astype(np.float32), ((u - share * across) * np.sign(1 + abs(down))).astype(
        np.float32
    )


def _foliage(tree: Tree, pixels: int) -> tuple[Field, Field]:
    """A tree as a picture and its cover: a few hundred tufts of leaves around a trunk."""
    chance = np.random.default_rng(tree.seed)
    crown = (tree.height_m - tree.trunk_m) / tree.height_m * pixels
    wide = int(crown * (1.0 if tree.trunk_m else 1.5)) + 8
    picture = np.zeros((pixels, wide, 3), np.float32)
    cover = np.zeros((pixels, wide), np.float32)
    if tree.trunk_m:
        rows, columns = np.mgrid[0:pixels, 0:wide].astype(np.float32)
        girth = pixels * 0.022 * (1 + 0.6 * (rows / pixels) ** 3)
        bark = np.abs(columns - wide / 2) < girth
        bark &= rows > crown * 0.5
        side = (columns - wide / 2) / np.maximum(girth, 1)
        picture[bark] = (colour("54463a") * (0.75 - 0.3 * side[..., None]))[bark]
        cover[bark] = 1
    tint = colour(tree.hue)
    count = 420 if pixels > 60 else 140
    ways = chance.normal(size=(count, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    spread = ways * (chance.random((count, 1)) ** 0.45)
    for tuft in sorted(spread.tolist(), key=lambda point: point[2]):
        x, y, z = tuft
        light = 0.5 + 0.32 * y - 0.24 * x + 0.2 * z + chance.normal() * 0.1
        radius = crown * (0.05 + 0.05 * chance.random())
        column = wide / 2 + x * (wide / 2 - radius * 1.3)
        row = crown / 2 - y * (crown / 2 - radius * 1.1)
        top, left = max(0, int(row - radius)), max(0, int(column - radius))
        low, right = min(pixels, int(row + radius) + 1), min(wide, int(column + radius) + 1)
        if low <= top or right <= left:
            continue
        u, v = np.mgrid[top:low, left:right].astype(np.float32)
        edge: Field = 1 - np.hypot((u - row) / (radius * 0.8), (v - column) / radius)
        edge += chance.normal(0, 0.3, edge.shape)
        share = np.clip(edge * 3, 0, 1).astype(np.float32)
        hue = tint * max(0.2, light * 1.5) * (1 + 0.1 * chance.normal())
        window = (slice(top, low), slice(left, right))
        picture[window] = mix(picture[window], np.clip(hue, 0, 1).astype(np.float32), share)
        cover[window] = np.maximum(cover[window], share)
    return picture, cover
