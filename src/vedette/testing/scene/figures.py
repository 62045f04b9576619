"""People and vehicles: what they are made of, how they walk, what they wear."""

import math

from vedette.testing.scene.shapes import Ball, Capsule, Figure, Part, Point, block

SKIN, HAIR, TOP, TROUSERS, SHOES, BAG = range(6)
BODY, GLASS, TYRE, TRIM, HEAD_LAMP, TAIL_LAMP, METAL = range(7)

STEPS = 10
"""Pictures of one walking cycle, which is two steps."""

STRIDE_M = 1.45
"""Ground covered by one walking cycle of a grown person."""


def _bend(start: Point, angle: float, length: float) -> Point:
    """The end of a limb that hangs down and swings forward by ``angle`` radians."""
    return (
        start[0],
        start[1] - length * math.cos(angle),
        start[2] + length * math.sin(angle),
    )


def _leg(side: int, phase: float) -> list[Part]:
    hip: Point = (0.09 * side, 0.92, 0.0)
    swing = 0.4 * math.sin(phase)
    knee = _bend(hip, swing, 0.43)
    flex = 0.12 + 0.85 * max(0.0, math.cos(phase + 0.35)) ** 1.5
    ankle = _bend(knee, swing - flex, 0.42)
    lift = 0.35 * max(0.0, math.cos(phase + 0.2))
    toe: Point = (ankle[0], max(0.03, ankle[1] - 0.05 - lift * 0.12), ankle[2] + 0.17)
    heel: Point = (ankle[0], max(0.04, ankle[1] - 0.03), ankle[2] - 0.03)
    return [
        Capsule(hip, knee, 0.085, TROUSERS),
        Capsule(knee, ankle, 0.06, TROUSERS),
        Capsule(heel, toe, 0.05, SHOES),
    ]


def _arm(side: int, phase: float) -> list[Part]:
    shoulder: Point = (0.215 * side, 1.42, 0.0)
    swing = -0.42 * math.sin(phase)
    elbow = _bend(shoulder, swing, 0.29)
    wrist = _bend(elbow, swing + 0.35, 0.25)
    hand = _bend(elbow, swing + 0.35, 0.31)
    return [
        Capsule(shoulder, elbow, 0.055, TOP),
        Capsule(elbow, wrist, 0.045, TOP),
        Ball(hand, (0.04, 0.055, 0.045), SKIN),
    ]


def person(step: int, *, bag: bool = False, coat: bool = False, long_hair: bool = False) -> Figure:
    """Somebody 1.76 m tall, at one of ``STEPS`` moments of walking.

    Args:
        step: 0 to STEPS - 1.
        bag: Wears a backpack.
        coat: Wears a coat down to the knee.
        long_hair: Has hair down to the shoulders.
    """
    phase = 2 * math.pi * step / STEPS
    parts: list[Part] = [
        *_leg(-1, phase),
        *_leg(1, phase + math.pi),
        *_arm(-1, phase),
        *_arm(1, phase + math.pi),
        Ball((0, 1.23, 0), (0.2, 0.3, 0.13), TOP),
        Capsule((-0.15, 1.43, 0), (0.15, 1.43, 0), 0.075, TOP),
        Ball((0, 0.96, 0), (0.165, 0.15, 0.125), TROUSERS),
        Capsule((0, 1.45, 0.0), (0, 1.56, 0.01), 0.055, SKIN),
        Ball((0, 1.64, 0.02), (0.085, 0.12, 0.1), SKIN),
        Ball((0, 1.675, -0.012), (0.093, 0.1, 0.105), HAIR),
    ]
    if coat:
        parts.append(Ball((0, 0.95, 0), (0.21, 0.42, 0.17), TOP))
    if long_hair:
        parts.append(Ball((0, 1.55, -0.06), (0.1, 0.17, 0.07), HAIR))
    if bag:
        parts.append(Ball((0, 1.24, -0.17), (0.15, 0.22, 0.1), BAG))
    return Figure(parts, 6, 0.62, 1.8)


def _wheels(half: float, radius: float, front: float, rear: float) -> list[Part]:
    parts: list[Part] = []
    for side in (-1, 1):
        for z in (front, rear):
            parts.append(Ball((side * half, radius, z), (0.13, radius, radius), TYRE))
            hub = radius * 0.6
            parts.append(Ball((side * (half + 0.05), radius, z), (0.09, hub, hub), METAL))
    return parts


def _lamps(half: float, y: float, front: float, rear: float) -> list[Part]:
    parts: list[Part] = []
    for side in (-1, 1):
        parts.append(Ball((side * half, y, front), (0.17, 0.085, 0.07), HEAD_LAMP))
        parts.append(Ball((side * half, y + 0.08, rear), (0.14, 0.1, 0.05), TAIL_LAMP))
    return parts


def car() -> Figure:
    """A hatchback, 4.2 m long and 1.47 m tall."""
    parts: list[Part] = [
        block((-0.87, 0.3, -2.05), (0.87, 0.92, 2.1), BODY, taper=(0.09, 0.14, 0.06)),
        block((-0.84, 0.2, -2.08), (0.84, 0.42, 2.13), TRIM, taper=(0.0, 0.05, 0.03)),
        block((-0.77, 0.9, -1.85), (0.77, 1.43, 0.95), GLASS, taper=(0.16, 0.85, 0.5)),
        block((-0.62, 1.41, -1.37), (0.62, 1.48, 0.14), BODY, taper=(0.06, 0.12, 0.1)),
        *_wheels(0.78, 0.32, 1.32, -1.25),
        *_lamps(0.62, 0.68, 2.06, -2.03),
    ]
    for side in (-1, 1):
        parts += [
            Capsule((side * 0.76, 0.92, 0.95), (side * 0.61, 1.43, 0.1), 0.035, BODY),
            Capsule((side * 0.77, 0.92, -0.35), (side * 0.61, 1.44, -0.4), 0.035, BODY),
            Capsule((side * 0.77, 0.9, -1.8), (side * 0.6, 1.43, -1.34), 0.06, BODY),
            Ball((side * 0.95, 0.98, 0.72), (0.09, 0.06, 0.05), BODY),
        ]
    return Figure(parts, 7, 2.35, 1.55)


def van() -> Figure:
    """A delivery van, 5.3 m long and 2.35 m tall."""
    parts: list[Part] = [
        block((-0.98, 0.32, -2.65), (0.98, 2.3, 1.35), BODY, taper=(0.12, 0.1, 0.05)),
        block((-0.98, 0.32, 1.2), (0.98, 1.15, 2.6), BODY, taper=(0.1, 0.2, 0.0)),
        block((-0.9, 1.13, 0.6), (0.9, 2.12, 2.25), GLASS, taper=(0.12, 0.95, 0.0)),
        block((-0.96, 0.22, -2.68), (0.96, 0.5, 2.66), TRIM, taper=(0.0, 0.06, 0.02)),
        block((-0.84, 2.1, 0.4), (0.84, 2.3, 1.55), BODY, taper=(0.08, 0.4, 0.0)),
        *_wheels(0.88, 0.36, 1.7, -1.6),
        *_lamps(0.74, 0.85, 2.55, -2.63),
    ]
    return Figure(parts, 7, 2.9, 2.4)


def bus() -> Figure:
    """A school bus, 9 m long and 3 m tall."""
    windows: list[Part] = [
        block((-1.27, 1.65, z), (1.27, 2.4, z + 0.95), GLASS) for z in (-4.1, -2.9, -1.7, -0.5, 0.7)
    ]
    parts: list[Part] = [
        block((-1.25, 0.45, -4.4), (1.25, 2.95, 3.0), BODY, taper=(0.16, 0.1, 0.06)),
        block((-1.2, 0.45, 2.9), (1.2, 1.55, 4.5), BODY, taper=(0.12, 0.25, 0.0)),
        block((-1.15, 1.55, 2.4), (1.15, 2.7, 3.2), GLASS, taper=(0.1, 0.25, 0.0)),
        block((-1.27, 1.35, -4.42), (1.27, 1.45, 2.95), TRIM),
        block((-1.2, 0.3, -4.45), (1.2, 0.62, 4.55), TRIM, taper=(0.0, 0.06, 0.02)),
        *windows,
        *_wheels(1.1, 0.48, 3.3, -2.6),
        *_lamps(0.9, 1.0, 4.45, -4.4),
    ]
    return Figure(parts, 7, 4.75, 3.05)


VEHICLES = {"car": car, "van": van, "bus": bus}
"""Every vehicle by name."""
