"""A shopping street, by day and by night."""

import math
from collections.abc import Callable

import numpy as np

from vedette.testing.scene.materials import (
    Patchwork,
    asphalt,
    bricks,
    plain,
    slabs,
    windows,
)
from vedette.testing.scene.paint import colour
from vedette.testing.scene.place import Place, Route, dark_sky, day_sky
from vedette.testing.scene.still import Parked, Rod, Thing, Tree
from vedette.testing.scene.trace import Box, Ground, Light
from vedette.testing.scene.view import Field, View

_PAINT = plain("d6d4cc", grain=0.05)


def _street(*, night: bool) -> tuple[Patchwork, list[Box], tuple[Thing, ...], tuple[Route, ...]]:
    ground = Patchwork(slabs("8f8b84"))
    ground.lay(-4.2, 4.2, -5, 300, asphalt("565859"))
    for index in range(45):
        ground.lay(-0.08, 0.08, index * 6.0, index * 6.0 + 3.0, _PAINT, wear=0.3)
    for side in (-1, 1):
        x = side * 4.35
        ground.lay(x - 0.15, x + 0.15, -5, 300, plain("b0aca2"))
    for index in range(8):
        x = -3.7 + index * 0.95
        ground.lay(x, x + 0.5, 20.5, 24.0, _PAINT, wear=0.3)
    lit = 0.42 if night else 0.0
    skins = ("b99a78", "a5624a", "c7bfae", "8d8374", "b58a6a", "9aa19b", "c2a98a")
    boxes: list[Box] = []
    for side in (-1, 1):
        z = 2.0
        for index in range(9):
            deep = 9 + (index * 5 + side) % 4
            tall = 8.2 + (index * 7 + side * 3) % 5 * 1.4
            base = plain(skins[(index * 3 + side) % 7], grain=0.08)
            skin = bricks(skins[(index * 3 + side) % 7]) if index % 3 == 1 else base
            wall = windows(skin, wide_m=2.2 + index % 3 * 0.4, ground_m=3.6, lit=lit)
            shop = windows(
                plain("4a4f4c" if index % 2 else "5d3d35"),
                wide_m=3.1,
                tall_m=3.4,
                glass=(0.06, 0.94, 0.16, 0.76),
                lit=0.75 if night else 0.12,
                frame="3a3d3c",
            )
            near, far = (7.6, 20.0) if side > 0 else (-20.0, -7.6)
            boxes.append(Box((near, 3.5, z), (far, tall, z + deep), wall, plain("5e5a56")))
            boxes.append(Box((near, 0, z), (far, 3.5, z + deep), shop))
            z += deep + (0 if index % 4 else 0.6)
    things: list[Thing] = []
    for index in range(5):
        side = -1 if index % 2 else 1
        z = 12.0 + index * 13
        things.append(Rod((side * 5.0, 0, z), (side * 5.0, 6.2, z), 0.13, "3b3f40"))
        things.append(Rod((side * 5.0, 6.2, z), (side * 3.6, 6.5, z), 0.1, "3b3f40"))
    for index, (x, z) in enumerate(((5.6, 17), (-5.7, 27), (5.7, 38), (-5.6, 49))):
        things.append(Tree(x, z, 5.2, 2.1, "5d7a38", 60 + index))
    for index, z in enumerate((29.5, 35.2, 47, 58)):
        hue = ("3f4c5b", "b8bbbd", "752f2a", "d5d4cf")[index]
        things.append(Parked(3.3, z, math.pi, "car", hue))
    routes = (
        Route(((1.7, 110), (1.9, -2)), "car", 17, 0, 8.0, 0.85, 0.1, 0),
        Route(((-1.8, -2), (-1.7, 110)), "car", 23, 9, 8.0, 0.85, 0.1, 0),
        Route(((1.7, 110), (1.9, -2)), "van", 67, 31, 7.0, 0.9, 0.1, 0),
        Route(((-6.0, 3), (-6.1, 80)), "person", 19, 4, 1.4),
        Route(((6.3, 70), (6.2, 2)), "person", 16, 1, 1.35),
        Route(((-6.6, 60), (-6.5, 2)), "person", 29, 12, 1.3),
        Route(((-6.4, 22.2), (6.4, 22.4)), "person", 33, 8, 1.3),
        Route(((6.6, 3), (6.5, 22.2), (-6.3, 22.0), (-6.6, 60)), "person", 44, 25, 1.35),
    )
    return ground, boxes, tuple(things), routes


def main_street() -> Place:
    """A shopping street that leads away from the camera, under clouds."""
    ground, boxes, things, routes = _street(night=False)
    light = Light(None, colour("ffffff") * 0, colour("dfe4ea") * 0.86, colour("c6ced6"), 260.0)
    return Place(
        "MAIN STREET",
        View(5.2, math.radians(13), math.radians(70)),
        Ground(ground, boxes, [], day_sky(0.85, "d5dbe0", "9fb2c6")),
        light,
        things,
        routes,
    )


def _lamplight(
    lamps: tuple[tuple[float, float], ...], reach: float
) -> Callable[[float, float], float]:
    def lamp(x: float, z: float) -> float:
        total = sum(1 / (1 + ((x - a) ** 2 + (z - b) ** 2) / reach**2) for a, b in lamps)
        return min(1.0, 0.16 + 0.75 * total)

    return lamp


def main_street_night() -> Place:
    """The shopping street after dark, under street lamps."""
    ground, boxes, things, routes = _street(night=True)
    lamps = tuple((3.4 if index % 2 == 0 else -3.4, 12.0 + index * 13) for index in range(5))
    view = View(5.2, math.radians(13), math.radians(70))
    lamp = _lamplight(lamps, 5.0)

    def tone(image: Field, points: Field) -> Field:
        x, y, z = points[..., 0], points[..., 1], points[..., 2]
        glow = np.full(x.shape, 0.2, np.float32)
        for a, b in lamps:
            away = (x - a) ** 2 + (z - b) ** 2 + (y - 3.0).clip(min=0) ** 2 * 4
            glow += 0.95 / (1 + away / 26)
        for side in (-7.6, 7.6):  # shop windows light the pavement
            glow += 0.3 / (1 + ((x - side) ** 2 + (y - 1.4) ** 2) / 3.2)
        warm = np.array([1.06, 0.92, 0.72], np.float32)
        lit = image * (glow[..., None] * warm)
        shine = np.clip((image[..., 0] - image[..., 2] - 0.16) * 5, 0, 1) * (image[..., 0] > 0.6)
        return np.clip(lit + image * shine[..., None] * 0.75, 0, 1).astype(np.float32)

    light = Light(None, colour("ffffff") * 0, colour("ffffff") * 0.9, colour("0c1018"), 160.0)
    return Place(
        "MAIN STREET NIGHT",
        view,
        Ground(ground, boxes, [], dark_sky("10151f")),
        light,
        things,
        routes,
        tone=tone,
        lamp=lamp,
    )
