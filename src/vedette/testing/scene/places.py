"""Six places that a school district or a town would watch, by day and by night."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vedette.testing.scene.materials import (
    Patchwork,
    asphalt,
    bricks,
    grass,
    plain,
    ribbed,
    slabs,
    striped,
    windows,
)
from vedette.testing.scene.paint import cells, colour
from vedette.testing.scene.place import Place, Route, dark_sky, day_sky
from vedette.testing.scene.still import Parked, Railing, Rod, Thing, Tree
from vedette.testing.scene.street import main_street, main_street_night
from vedette.testing.scene.trace import Box, Crown, Ground, Light
from vedette.testing.scene.view import Field, View

_PAINT = plain("d6d4cc", grain=0.05)
_YELLOW = plain("d0a732", grain=0.05)


def _sunlight(sun: tuple[float, float, float], strength: float = 0.62) -> Light:
    return Light(
        sun,
        sun_share=colour("fff1d6") * strength,
        sky_share=colour("cddcf0") * 0.58,
        haze=colour("c3ced8"),
        haze_m=420.0,
    )


def school_gate() -> Place:
    """The road in front of a school, with a zebra crossing, a fence and a gate."""
    ground = Patchwork(grass())
    ground.lay(-80, 80, 5.2, 7.6, slabs()).lay(-80, 80, 7.6, 7.85, plain("a8a49b"))
    ground.lay(-80, 80, 7.85, 15.4, asphalt()).lay(-80, 80, 15.4, 15.65, plain("a8a49b"))
    ground.lay(-80, 80, 15.65, 18.6, slabs("a29c90")).lay(-3.4, 3.4, 18.6, 31, slabs("b0a697"))
    for index in range(-14, 14):
        ground.lay(index * 5.0, index * 5.0 + 2.4, 11.5, 11.64, _PAINT, wear=0.35)
    for index in range(8):
        ground.lay(-2.4, 2.4, 8.05 + index * 0.92, 8.55 + index * 0.92, _PAINT, wear=0.3)
    wall = windows(bricks(), wide_m=3.0, tall_m=3.6, ground_m=0.4, glass=(0.2, 0.8, 0.22, 0.78))
    boxes = [
        Box((-34, 0, 32), (-4.5, 8.2, 46), wall, plain("6b6864")),
        Box((4.5, 0, 32), (36, 8.2, 46), wall, plain("6b6864")),
        Box((-4.5, 0, 31), (4.5, 9.8, 44), bricks("9b6a50"), plain("6b6864")),
        Box((-2.0, 0, 30.9), (2.0, 3.0, 31.1), plain("33424c")),
        Box((-4.9, 3.6, 28.2), (4.9, 3.95, 31.2), plain("d9d6cc")),
        Box((-3.0, 5.2, 30.85), (3.0, 6.4, 31.0), plain("2c4a6e", grain=0.03)),
        Box((-4.0, 0, 18.7), (-3.5, 2.3, 19.2), bricks("8a4f3d"), plain("b9b3a6")),
        Box((3.5, 0, 18.7), (4.0, 2.3, 19.2), bricks("8a4f3d"), plain("b9b3a6")),
        Box((-90, 0, 60), (-38, 7, 75), windows(plain("b3a58d")), plain("7b4c3c")),
        Box((40, 0, 55), (90, 9, 75), windows(plain("c0b7a4")), plain("7b4c3c")),
    ]
    trees = (
        Tree(-11, 23, 7.5, 2.2, seed=3),
        Tree(10.5, 24.5, 8.5, 2.4, "55722f", seed=4),
        Tree(19, 22, 6.4, 1.9, seed=5),
        Tree(-21, 25, 9, 2.5, "46652f", seed=6),
        Tree(-6.6, 20.6, 1.1, 0, seed=7),
        Tree(7.2, 20.4, 1.2, 0, seed=8),
        Tree(-26, 19.8, 1.3, 0, seed=9),
    )
    crowns = [Crown(t.x, t.height_m * 0.62, t.z, t.height_m * 0.33) for t in trees if t.trunk_m]
    things: tuple[Thing, ...] = (
        *trees,
        Railing((-45, 19), (-4, 19), 1.6),
        Railing((4, 19), (45, 19), 1.6),
        Rod((-7.5, 0, 16.4), (-7.5, 6.4, 16.4), 0.13),
        Rod((-7.5, 6.4, 16.4), (-7.5, 6.6, 14.6), 0.1),
        Rod((2.9, 0, 16.0), (2.9, 2.6, 16.0), 0.07, "b8babb"),
        Parked(-8.3, 14.4, math.pi / 2, "car", "a33b30"),
        Parked(-13.6, 14.4, math.pi / 2, "car", "c9ccce"),
        Parked(8.6, 14.4, math.pi / 2, "van", "e6e6e2"),
        Parked(14.2, 14.4, math.pi / 2, "car", "2d3d55"),
    )
    routes = (
        Route(((-22, 17.2), (22, 17.2)), "person", 17, 3),
        Route(((22, 16.6), (-22, 16.6)), "person", 23, 9),
        Route(((-20, 6.5), (-0.6, 6.6), (-0.4, 17), (0.2, 33)), "child", 19, 0, 1.25, 0.9),
        Route(((0.6, 31), (0.5, 17), (0.3, 6.4), (18, 6.4)), "person", 29, 5),
        Route(((18, 6.8), (-18, 6.2)), "person", 41, 20),
        Route(((-48, 12.5), (48, 12.5)), "car", 21, 2, 8.5, 0.85, 0.1, 0),
        Route(((48, 9.7), (-48, 9.7)), "car", 27, 12, 8.0, 0.85, 0.1, 0),
        Route(((48, 9.7), (-48, 9.7)), "bus", 97, 40, 6.5, 0.9, 0.0, 0),
        Route(((-48, 12.5), (48, 12.5)), "van", 71, 33, 7.5, 0.9, 0.1, 0),
    )
    return Place(
        "SCHOOL GATE",
        View(5.6, math.radians(16), math.radians(74)),
        Ground(ground, boxes, crowns, day_sky(0.45)),
        _sunlight((-0.75, 0.72, -0.5)),
        things,
        routes,
    )


def car_park() -> Place:
    """A car park behind a shop, in low sun."""
    ground = Patchwork(asphalt("616263"))
    ground.lay(-60, 60, 30.5, 60, grass("667f40")).lay(-60, 60, 30.2, 30.5, plain("aaa69c"))
    hues = ("c8cbcd", "2f3338", "8b2d2a", "3d5d80", "d9dad6", "5a6a4c", "7d8388", "c0a878")
    parked: list[Thing] = []
    for row, z in enumerate((9.5, 21.5)):
        for index in range(-8, 9):
            x = index * 2.75
            ground.lay(x - 0.06, x + 0.06, z - 2.5, z + 2.5, _PAINT, wear=0.3)
            if (index * 5 + row * 3 + index * index * index) % 7 not in {1, 4} and -8 <= index < 8:
                facing = 0.0 if (index + row) % 3 else math.pi
                kind = "van" if (index + 2 * row) % 7 == 3 else "car"
                hue = hues[(index * 3 + row * 2) % len(hues)]
                parked.append(Parked(x + 1.37, z, facing, kind, hue))
    for z in (14.2, 15.6):
        ground.lay(-40, 40, z + 0.55, z + 0.65, _PAINT, wear=0.62)
    shop = windows(ribbed("b9b5aa"), wide_m=5.0, tall_m=3.4, glass=(0.1, 0.9, 0.12, 0.85))
    boxes = [
        Box((-46, 0, 40), (8, 6.2, 60), shop, plain("77736c")),
        Box((-46, 6.2, 39.9), (8, 7.4, 60), plain("7a2f2b", grain=0.03)),
        Box((20, 0, 48), (52, 5, 64), windows(plain("b9aa92")), plain("7b4a3a")),
        Box((-60, 0, 30.2), (60, 0.16, 30.5), plain("b3afa5")),
        Box((17.0, 0, 15.0), (17.3, 1.0, 15.3), striped("d2a021", "2a2a2a")),
        Box((-17.3, 0, 15.0), (-17.0, 1.0, 15.3), striped("d2a021", "2a2a2a")),
    ]
    trees = tuple(
        Tree(x, z, h, 2.2, hue, seed)
        for x, z, h, hue, seed in (
            (12, 34, 8, "5c7a33", 1),
            (17.5, 36, 9.5, "4c6b32", 2),
            (-13, 33.5, 6.5, "6c7f34", 3),
            (-24, 34.5, 8.2, "507036", 4),
            (27, 33, 7, "5c7a33", 5),
            (34, 38, 10, "4a672f", 6),
            (3.5, 33, 5.2, "70863c", 7),
        )
    )
    crowns = [Crown(t.x, t.height_m * 0.62, t.z, t.height_m * 0.33) for t in trees]
    things: tuple[Thing, ...] = (
        *trees,
        *parked,
        Rod((-5.5, 0, 27.5), (-5.5, 7.0, 27.5), 0.14),
        Rod((-5.5, 7.0, 27.5), (-4.2, 7.1, 27.5), 0.12),
        Rod((13.8, 0, 12.3), (13.8, 6.0, 12.3), 0.12),
    )
    routes = (
        Route(((-34, 17.2), (34, 17.2)), "car", 19, 0, 4.5, 0.9, 0.1, 0),
        Route(((34, 13.6), (-34, 13.6)), "car", 31, 14, 4.2, 0.9, 0.1, 0),
        Route(((-34, 17.2), (34, 17.2)), "van", 83, 50, 4.0, 0.9, 0.1, 0),
        Route(((-3, 44), (-2.2, 29), (-1.4, 18.5), (5.8, 12.8), (5.6, 4)), "person", 26, 4),
        Route(((-16, 12.6), (-6, 12.4), (-2.6, 26), (-2, 42)), "person", 37, 11),
        Route(((24, 28.6), (-24, 28.9)), "person", 21, 2),
        Route(((-20, 5.4), (20, 5.9)), "person", 33, 16),
    )
    return Place(
        "CAR PARK EAST",
        View(6.4, math.radians(21), math.radians(80)),
        Ground(ground, boxes, crowns, day_sky(0.25, "e3d9c6", "7ea2cb")),
        Light((0.8, 0.5, -0.25), colour("ffe2b4") * 0.7, colour("c8d5ea") * 0.52, colour("d6cfc0")),
        things,
        routes,
    )


def lobby() -> Place:
    """A school's entrance hall with a corridor, a desk and doors."""
    ground = Patchwork(slabs("b7b1a4", size_m=0.9, joint=0.02))
    ground.lay(-1.2, 1.2, 2, 40, slabs("8e8f8c", size_m=0.9, joint=0.02))
    wall = plain("cfc8b8", grain=0.03)

    def panelled(u: Field, v: Field) -> Field:
        out = wall(u, v)
        out[v < 1.1] *= colour("b7c4c8")
        out[(v > 1.08) & (v < 1.16)] = colour("7d6a52")
        out[v < 0.12] = colour("4c4a47")
        door = ((u / 5.5) % 1 > 0.62) & ((u / 5.5) % 1 < 0.82) & (v < 2.15)
        rim = ((u / 5.5) % 1 > 0.6) & ((u / 5.5) % 1 < 0.84) & (v < 2.25)
        pane = ((u / 5.5) % 1 > 0.69) & ((u / 5.5) % 1 < 0.76) & (v > 1.2) & (v < 1.9)
        out[rim] = colour("5b5046")
        out[door] = colour("8a6a48") * (0.92 + 0.08 * np.sin(v[door] * 40))[:, None]
        out[pane] = colour("b9c7cc")
        board = ((u / 5.5) % 1 > 0.1) & ((u / 5.5) % 1 < 0.45) & (v > 1.35) & (v < 2.2)
        out[board] = colour("8a7350")
        sheet = ((u / 0.34) % 1 > 0.22) & ((v / 0.42 + 0.1) % 1 > 0.2)
        shade = 0.72 + 0.28 * cells(u / 0.34, v / 0.42 + 0.1, 33)
        notes = board & sheet & (cells(u / 0.34, v / 0.42 + 0.1, 34) > 0.25)
        out[notes] = (colour("f0ece0") * shade[:, None])[notes]
        return out

    bright = plain("fffdf2", grain=0.0)
    lamps = [
        Box((x - 0.6, 3.17, z), (x + 0.6, 3.2, z + 0.6), bright, glow=True)
        for z in (5.0, 9.0, 13.0, 18.0, 24.0, 31.0)
        for x in (-2.2, 2.2)
    ]
    glass_doors = windows(
        plain("3e4446"),
        wide_m=1.3,
        tall_m=2.6,
        lit=1.0,
        glass=(0.06, 0.94, 0.05, 0.95),
        frame="2f3435",
    )
    boxes = [
        Box((-9, 0, -2), (-4.6, 3.2, 60), panelled),
        Box((4.6, 0, -2), (9, 3.2, 60), panelled),
        Box((-9, 3.2, -2), (9, 3.6, 60), plain("d8d5cc", grain=0.02)),
        Box((-5, 0, 42), (5, 3.2, 43), glass_doors),
        Box((-4.6, 0, 9.0), (-2.9, 1.1, 13.2), plain("7b5c3e", grain=0.1), plain("d8d2c4")),
        Box((3.4, 0, 14.0), (4.6, 0.45, 18.0), plain("3e5a6a"), plain("47687a")),
        Box((3.9, 0, 6.5), (4.6, 1.9, 7.6), plain("2f3f4f"), plain("2f3f4f")),
        *lamps,
    ]
    light = Light(None, colour("ffffff") * 0, colour("fff6e4") * 0.98, colour("d9d3c6"), 160.0)
    things: tuple[Thing, ...] = (
        Tree(-4.0, 15.4, 1.7, 0, "4f7a3c", 71),
        Tree(4.1, 19.2, 1.9, 0, seed=72),
    )
    routes = (
        Route(((0.6, 41), (0.7, 10), (3.2, 5.2), (4.5, 5.0)), "person", 21, 0, 1.35),
        Route(
            ((-4.5, 7.6), (-1.2, 7.8), (-0.9, 12), (-0.8, 41)), "child", 17, 6, 1.3, 0.9, 0.6, 0.5
        ),
        Route(((2.0, 41), (1.9, 14), (-2.2, 11.4), (-2.3, 7.0), (-4.5, 6.6)), "person", 47, 20),
        Route(((4.4, 21.5), (1.0, 21.0), (0.2, 9), (-4.5, 7.2)), "person", 38, 9),
    )
    return Place(
        "LOBBY",
        View(2.95, math.radians(14), math.radians(78)),
        Ground(ground, boxes, [], dark_sky("d8d5cc")),
        light,
        things,
        routes,
        lamp=lambda _x, _z: 0.95,
    )


def loading_dock() -> Place:
    """The yard of a warehouse, with gates and lorry bays."""
    ground = Patchwork(asphalt("6d6b67"))
    ground.lay(-60, 60, 17.5, 30, plain("8d8a84", grain=0.1))
    wall = ribbed("aeb6ba")

    def gates(u: Field, v: Field) -> Field:
        out = wall(u, v)
        out[v < 0.9] = colour("7d7b76")
        bay = (u / 6.5 + 0.25) % 1
        rim = (bay > 0.22) & (bay < 0.8) & (v > 0.9) & (v < 4.9)
        door = (bay > 0.27) & (bay < 0.75) & (v > 1.0) & (v < 4.6)
        out[rim] = colour("2e3133")
        out[door] = colour("cfcabd") * (0.9 + 0.1 * ((v[door] / 0.55) % 1 > 0.08))[:, None]
        plate = (bay > 0.45) & (bay < 0.57) & (v > 5.1) & (v < 5.9)
        out[plate] = colour("20507c")
        out[v > 7.4] = colour("345a73")
        return out

    boxes = [
        Box((-50, 0, 26), (50, 8.6, 60), gates, plain("8a8d8e")),
        Box((7.4, 0, 11.2), (10.0, 3.7, 24.8), ribbed("d9dadb", pitch_m=0.9), plain("c9cbcc")),
        Box((-15.6, 0, 12.5), (-13.0, 3.5, 25.0), ribbed("274f7a", pitch_m=0.9), plain("35608c")),
        Box((-24, 0, 20), (-21.4, 2.6, 26), ribbed("8d5a2b", pitch_m=0.25), plain("8d5a2b")),
        Box((1.1, 0, 22.2), (2.3, 1.3, 23.3), plain("a98a5a", grain=0.2), plain("b89a68")),
        Box((2.6, 0, 22.4), (3.8, 2.0, 23.5), plain("b3925f", grain=0.2), plain("b89a68")),
    ]
    for index in range(-7, 8):
        x = index * 6.5 - 0.5
        ground.lay(x - 0.1, x + 0.1, 13.0, 26.0, _YELLOW, wear=0.4)
        boxes.append(Box((x - 0.12, 0, 25.2), (x + 0.12, 1.05, 25.5), striped("d8aa20", "25272a")))
    things: tuple[Thing, ...] = (
        Parked(-6.8, 20.5, 0.0, "van", "e8e7e2"),
        Parked(17.5, 15.5, 0.3, "car", "42576a"),
        Rod((-10.2, 0, 24), (-10.2, 7.6, 24), 0.12, "767b7d"),
    )
    routes = (
        Route(((-36, 9.5), (36, 9.8)), "van", 43, 6, 4.0, 0.9, 0.2, 0),
        Route(((36, 7.2), (-36, 7.2)), "car", 61, 30, 4.5, 0.9, 0.2, 0),
        Route(((-20, 18.6), (4.5, 18.8), (4.4, 25)), "person", 27, 0, 1.25),
        Route(((4.3, 25), (2.6, 20.4), (-5.0, 17.4), (-5.2, 5)), "person", 35, 13, 1.3),
        Route(((24, 12.8), (11.2, 12.2), (4.6, 17), (4.4, 25)), "person", 52, 21, 1.3),
    )
    return Place(
        "LOADING DOCK",
        View(5.8, math.radians(17), math.radians(76)),
        Ground(ground, boxes, [], day_sky(0.7, "d9dde0", "9db4cc")),
        _sunlight((-0.5, 0.65, -0.7), 0.5),
        things,
        routes,
    )


def _infrared(view: View) -> Callable[[Field, Field], Field]:
    """Grey, lit by the camera's own lamps: bright near the middle, dark far away."""

    def tone(image: Field, points: Field) -> Field:
        rows, columns = image.shape[:2]
        rays = replace(view, width=columns, height=rows).rays(0.0)
        away = np.minimum(np.linalg.norm(points, axis=-1), 500)
        beam = np.clip(rays[..., 2] * 1.6 - 0.5, 0.05, 1) ** 1.4
        lamp = beam * 1.9 / (1 + (away / 19) ** 2.4)
        grey = (image @ np.array([0.45, 0.4, 0.15], np.float32)) * lamp + 0.02
        return np.stack([np.minimum(grey, 0.93)] * 3, -1).astype(np.float32)

    return tone


def playground() -> Place:
    """A playground at night, seen by the camera's infrared lamps."""
    ground = Patchwork(grass("6a7d52"))
    ground.lay(-7, 7, 9.5, 20, plain("a8967a", grain=0.14)).lay(
        -60, 60, 24.5, 27, asphalt("77787a")
    )
    boxes = [
        Box((-7.1, 0, 9.4), (7.1, 0.22, 9.55), plain("94795a")),
        Box((2.6, 1.35, 14.4), (4.2, 1.5, 16.0), plain("c06a40")),
        Box((2.6, 2.7, 14.3), (4.2, 2.85, 16.1), plain("3d6a90")),
        Box((-12.5, 0.42, 12.0), (-10.7, 0.5, 12.5), plain("7c6248")),
        Box((-12.4, 0, 12.1), (-12.3, 0.42, 12.4), plain("4a4a48")),
        Box((-10.9, 0, 12.1), (-10.8, 0.42, 12.4), plain("4a4a48")),
        Box((-30, 0, 42), (20, 6.5, 55), windows(bricks(), wide_m=3.2, lit=0.05), plain("555250")),
    ]
    frame = "c8b04a"
    swings: list[Thing] = [Rod((-5.6, 2.3, 15), (-0.6, 2.3, 15), 0.09, frame)]
    for x, lean in ((-5.6, -0.5), (-0.6, 0.5)):
        swings += [
            Rod((x, 2.3, 15), (x + lean, 0, 14.1), 0.08, frame),
            Rod((x, 2.3, 15), (x + lean, 0, 15.9), 0.08, frame),
        ]
    for x in (-4.1, -2.1):
        swings += [
            Rod((x - 0.2, 2.3, 15), (x - 0.2, 0.55, 15), 0.025, "9a9a9a"),
            Rod((x + 0.2, 2.3, 15), (x + 0.2, 0.55, 15), 0.025, "9a9a9a"),
            Rod((x - 0.24, 0.53, 15), (x + 0.24, 0.53, 15), 0.06, "2c2c2c"),
        ]
    slide: list[Thing] = [
        Rod((x, 0, z), (x, 2.75, z), 0.09, "8c8f90") for x in (2.7, 4.1) for z in (14.5, 15.9)
    ]
    slide += [
        Rod((2.6, 1.4, 15.2 + d), (-0.2 + 0.4, 0.25, 13.0 + d), 0.16, "c9ccce") for d in (0, 0.3)
    ]
    things: tuple[Thing, ...] = (
        *swings,
        *slide,
        Tree(-14, 26, 8.5, 2.2, "7a9a5a", 81),
        Tree(11.5, 22, 7.2, 2.0, "7a9a5a", 82),
        Tree(17, 30, 9.5, 2.4, "7a9a5a", 83),
        Tree(-9.3, 21.4, 1.4, 0, "7a9a5a", 84),
        Tree(8.4, 20.8, 1.3, 0, "7a9a5a", 85),
        Railing((-32, 23.2), (32, 23.2), 1.3, hue="9a9c9b"),
    )
    routes = (
        Route(((-28, 25.7), (28, 25.7)), "person", 46, 0, 1.4, 0.8),
        Route(((28, 25.3), (-28, 25.3)), "person", 83, 31, 1.3, 0.8),
        Route(((-20, 10.8), (-8, 10.2), (1.0, 12.2), (9, 17.4), (24, 19)), "person", 74, 8, 1.2),
    )
    view = View(4.2, math.radians(15), math.radians(76))
    light = Light(None, colour("ffffff") * 0, colour("ffffff") * 0.95, colour("05070a"), 90.0)
    return Place(
        "PLAYGROUND",
        view,
        Ground(ground, boxes, [], dark_sky("06080b")),
        light,
        things,
        routes,
        tone=_infrared(view),
        lamp=lambda x, z: float(min(1.1, 1.5 / (1 + (x * x + z * z) / 260))),
        infrared=True,
    )


PLACES: dict[str, Callable[[], Place]] = {
    "school-gate": school_gate,
    "car-park": car_park,
    "main-street": main_street,
    "lobby": lobby,
    "loading-dock": loading_dock,
    "playground": playground,
    "main-street-night": main_street_night,
}
"""Every place by name, in the order in which a site gets its cameras."""
