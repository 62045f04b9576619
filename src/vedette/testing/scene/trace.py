"""The still part of a place: ground, walls and boxes under one sun, by ray casting.

Every pixel's ray meets the ground plane or the nearest box; a second ray to the sun finds shadows.
Materials are functions of world coordinates, so perspective comes by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vedette.testing.scene.paint import Mask, mix, noise
from vedette.testing.scene.view import Field, View

Material = Callable[[Field, Field], Field]
"""Colours, shape (n, 3), at two coordinates in metres: (x, z) on ground and tops, (along, up) on
walls."""

FAR_M = 1e6
"""Distance of what hides nothing: sky and flat ground."""


@dataclass(frozen=True, slots=True)
class Box:
    """A block along the axes.

    Attributes:
        low: Smallest x, y, z in metres.
        high: Largest x, y, z in metres.
        wall: Of the sides.
        top: Of the upper face; the walls' when None.
        glow: Whether it shines by itself, as a lamp does.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    wall: Material
    top: Material | None = None
    glow: bool = False


@dataclass(frozen=True, slots=True)
class Light:
    """How a place is lit.

    Attributes:
        sun: Towards the sun, any length; None for light without direction.
        sun_share: Brightness of what the sun hits.
        sky_share: Brightness of what it does not.
        haze: Colour into which the distance fades.
        haze_m: Distance at which two thirds have faded.
    """

    sun: tuple[float, float, float] | None
    sun_share: Field
    sky_share: Field
    haze: Field
    haze_m: float = 400.0


@dataclass(frozen=True, slots=True)
class Crown:
    """A tree crown or bush that throws a dappled shadow: a ball at x, y, z of a radius, metres."""

    x: float
    y: float
    z: float
    radius: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rays meet.

    Attributes:
        material: Of the ground.
        boxes: Houses, walls, kerbs, lamps.
        crowns: They throw shadows only; they are drawn as sprites.
        sky: Colours by the ray's direction, shape (n, 3) to (n, 3).
    """

    material: Material
    boxes: Sequence[Box]
    crowns: Sequence[Crown]
    sky: Callable[[Field], Field]


def _slab(origin: Field, rays: Field, box: Box) -> tuple[Field, Field, Field]:
    """Entry distance, exit distance and entry axis of rays through a box.

    Args:
        origin: One start, shape (3,), or one per ray.
        rays: Directions, shape (n, 3), or one for all starts.
        box: What they may meet.
    """
    size = max(origin.size, rays.size) // 3
    near = np.full(size, -np.inf, np.float32)
    far = np.full(size, np.inf, np.float32)
    axis = np.zeros(size, np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        for index in range(3):
            inverse = np.float32(1) / rays[..., index]
            first = (np.float32(box.low[index]) - origin[..., index]) * inverse
            second = (np.float32(box.high[index]) - origin[..., index]) * inverse
            low = np.minimum(first, second)
            axis[low > near] = index
            near = np.maximum(near, low)
            far = np.minimum(far, np.maximum(first, second))
    return near, far, axis


def _shadow(points: Field, sun: Field, ground: Ground) -> Field:
    """How much of the sun reaches each point, 0 to 1."""
    lit = np.ones(len(points), np.float32)
    for box in ground.boxes:
        if box.glow:
            continue
        near, far, _ = _slab(points, sun, box)
        lit[(far > np.maximum(near, 0.02)) & (far > 0.05)] = 0
    for crown in ground.crowns:
        towards = np.array([crown.x, crown.y, crown.z], np.float32) - points
        along = towards @ sun
        apart = np.sqrt(np.maximum(0, (towards**2).sum(-1) - along**2)) / crown.radius
        dapple = noise(points[:, 0] * 2.2, points[:, 2] * 2.2 + points[:, 1], octaves=2, seed=5)
        cover = np.clip((1.12 - apart + (dapple - 0.5) * 0.7) * 4, 0, 1) * (along > 0)
        lit *= 1 - cover * (0.65 + 0.35 * (dapple > 0.45))
    return lit


def _surface(
    points: Field, rays: Field, chosen: Sequence[tuple[Mask, Box, Field]], ground: Ground
) -> tuple[Field, Field, Field]:
    """Colour, normal and glow of the points hit."""
    colours = np.zeros_like(points)
    normals = np.zeros_like(points)
    normals[:, 1] = 1
    glow = np.zeros(len(points), np.float32)
    bare = np.ones(len(points), np.bool_)
    for hit, box, axis in chosen:
        bare &= ~hit
        here = points[hit]
        face = axis[hit]
        side = face != 1
        along = np.where(face == 0, here[:, 2], here[:, 0]).astype(np.float32)
        up = np.where(side, here[:, 1], here[:, 2]).astype(np.float32)
        shade = box.wall(along, up)
        if box.top is not None and not side.all():
            shade[~side] = box.top(here[~side, 0], here[~side, 2])
        colours[hit] = shade
        normal = np.zeros_like(here)
        rows = np.arange(len(here))
        index = face.astype(np.int64)
        normal[rows, index] = -np.sign(rays[hit][rows, index])
        normals[hit] = normal
        glow[hit] = box.glow
    if bare.any():
        colours[bare] = ground.material(points[bare, 0], points[bare, 2])
    return colours, normals, glow


def _window(view: View, box: Box) -> Mask | None:
    """Pixels that may see a box, flat; None when all may, because it reaches behind the lens."""
    corners = [
        view.project(x, y, z)
        for x in (box.low[0], box.high[0])
        for y in (box.low[1], box.high[1])
        for z in (box.low[2], box.high[2])
    ]
    if any(corner[2] <= 0 for corner in corners):
        return None
    seen = np.zeros((view.height, view.width), np.bool_)
    columns, rows = [c[0] for c in corners], [c[1] for c in corners]
    top, low = max(0, int(min(rows)) - 2), max(0, int(max(rows)) + 3)
    left, right = max(0, int(min(columns)) - 2), max(0, int(max(columns)) + 3)
    seen[top:low, left:right] = True
    return seen.reshape(-1)


def _trace(view: View, ground: Ground, light: Light, rays: Field) -> tuple[Field, Field, Field]:
    """Colours (n, 3), distances that hide (n) and points met (n, 3) of a batch of rays (n, 3)."""
    origin = np.array([0, view.height_m, 0], np.float32)
    with np.errstate(divide="ignore"):
        reach = np.where(rays[:, 1] < -1e-4, -view.height_m / rays[:, 1], np.inf)
    reach = reach.astype(np.float32)
    owner = np.full(len(rays), -1, np.int16)
    axes = np.zeros(len(rays), np.float32)
    for index, box in enumerate(ground.boxes):
        window = _window(view, box)
        where = np.arange(len(rays)) if window is None else np.flatnonzero(window)
        near, far, axis = _slab(origin, rays[where], box)
        better = (far > near) & (near > 0.05) & (near < reach[where])
        where, axis = where[better], axis[better]
        reach[where] = near[better]
        owner[where] = index
        axes[where] = axis
    colours = ground.sky(rays)
    seen = np.isfinite(reach) & (reach < 2000)
    points = origin + rays[seen] * reach[seen, None]
    who = owner[seen]
    chosen = [
        (who == index, box, axes[seen])
        for index, box in enumerate(ground.boxes)
        if (who == index).any()
    ]
    shade, normals, glow = _surface(points, rays[seen], chosen, ground)
    colours[seen] = _light(points, normals, shade, glow, reach[seen], ground=ground, light=light)
    # Distance along the optical axis, for sprites that pass behind.
    sine, cosine = np.sin(view.pitch), np.cos(view.pitch)
    depth = np.full(len(rays), FAR_M, np.float32)
    depth[seen] = reach[seen] * (rays[seen, 2] * cosine - rays[seen, 1] * sine)
    # Flat ground hides nobody, and neither do kerbs.
    flat = owner < 0
    for index, box in enumerate(ground.boxes):
        if box.high[1] <= 0.3:
            flat |= owner == index
    depth[flat] = FAR_M
    met = np.full_like(rays, FAR_M)
    met[seen] = points
    return colours, depth, met


def _light(
    points: Field,
    normals: Field,
    shade: Field,
    glow: Field,
    reach: Field,
    *,
    ground: Ground,
    light: Light,
) -> Field:
    share = np.broadcast_to(light.sky_share, shade.shape).astype(np.float32).copy()
    # Corners between walls and ground see less of the sky.
    upright = normals[:, 1] < 0.5
    share[upright] *= (0.72 + 0.28 * np.clip(points[upright, 1] / 2.5, 0, 1))[:, None]
    if light.sun is not None:
        sun = np.array(light.sun, np.float32)
        sun /= np.linalg.norm(sun)
        facing = np.clip(normals @ sun, 0, 1)
        facing[facing > 0] *= _shadow(
            (points + normals * np.float32(0.03))[facing > 0], sun, ground
        )
        share += light.sun_share * facing[:, None]
    out = np.where(glow[:, None] > 0, shade, shade * share)
    return mix(out.astype(np.float32), light.haze, 1 - np.exp(-reach / light.haze_m))


def trace(view: View, ground: Ground, light: Light) -> tuple[Field, Field, Field]:
    """Render the still picture.

    Returns:
        Colours, shape (height, width, 3); distances in metres along the optical axis, shape
        (height, width), of what people can pass behind, ``FAR_M`` elsewhere; and the points met,
        shape (height, width, 3), ``FAR_M`` in the sky.
    """
    shape = (view.height, view.width)
    first, depth, points = _trace(view, ground, light, view.rays(-0.25).reshape(-1, 3))
    second, _, _ = _trace(view, ground, light, view.rays(0.25).reshape(-1, 3))
    colours = (first + second) / 2
    return colours.reshape(*shape, 3), depth.reshape(shape), points.reshape(*shape, 3)
