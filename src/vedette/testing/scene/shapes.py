"""Solid figures made of balls, capsules and hulls, seen from any side, as sprites.

A figure stands at the origin of its own frame: x to its right, y up, z the way it faces, metres.
Every part is met by each ray in closed form, so a sprite costs milliseconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vedette.testing.scene.view import Field

Point = tuple[float, float, float]


class Part(Protocol):
    """A convex piece of a figure."""

    @property
    def material(self) -> int:
        """Index into the figure's palette."""
        ...

    @property
    def bounds(self) -> tuple[Point, float]:
        """Centre and radius of a sphere around it."""
        ...

    def meet(self, origins: Field, ray: Field) -> tuple[Field, Field]:
        """Distances (n, inf where missed) and outward normals (n, 3) of parallel rays."""
        ...


@dataclass(frozen=True, slots=True)
class Ball:
    """An ellipsoid along the axes."""

    centre: Point
    radii: Point
    material: int

    @property
    def bounds(self) -> tuple[Point, float]:
        """See Part.bounds."""
        return self.centre, max(self.radii)

    def meet(self, origins: Field, ray: Field) -> tuple[Field, Field]:
        """See Part.meet."""
        radii = np.array(self.radii, np.float32)
        start = (origins - np.array(self.centre, np.float32)) / radii
        way = ray / radii
        a, b = way @ way, start @ way
        root = b * b - a * ((start**2).sum(-1) - 1)
        reach = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
        where = np.where(root > 0, reach, 0)[:, None]
        return reach.astype(np.float32), ((start + where * way) / radii).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Capsule:
    """A rod with round ends; source: I. Quilez, ray-capsule intersection."""

    first: Point
    second: Point
    radius: float
    material: int

    @property
    def bounds(self) -> tuple[Point, float]:
        """See Part.bounds."""
        (a, b, c), (d, e, f) = self.first, self.second
        return ((a + d) / 2, (b + e) / 2, (c + f) / 2), math.dist(
            self.first, self.second
        ) / 2 + self.radius

    def meet(self, origins: Field, ray: Field) -> tuple[Field, Field]:
        """See Part.meet."""
        first, second = np.array(self.first, np.float32), np.array(self.second, np.float32)
        axis = second - first
        length, along = axis @ axis, axis @ ray
        apart = origins - first
        rod = apart @ axis
        a = max(float(length - along * along), 1e-9)
        b = length * (apart @ ray) - rod * along
        c = length * (apart**2).sum(-1) - rod * rod - self.radius**2 * length
        root = b * b - a * c
        reach = (-b - np.sqrt(np.maximum(root, 0))) / a
        place = rod + reach * along
        end = np.where(place <= 0, 0.0, 1.0)[:, None] * axis
        ball = apart - end
        d = ball @ ray
        rest = d * d - ((ball**2).sum(-1) - self.radius**2)
        capped = np.where(rest > 0, -d - np.sqrt(np.maximum(rest, 0)), np.inf)
        on_rod = (root > 0) & (place > 0) & (place < length)
        reach = np.where(on_rod, reach, np.where(root > 0, capped, np.inf)).astype(np.float32)
        hit = apart + np.where(np.isfinite(reach), reach, 0)[:, None] * ray
        share = np.clip(hit @ axis / length, 0, 1)[:, None]
        return reach, (hit - share * axis).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Hull:
    """Everything behind all of some planes: ``normal . point <= offset``."""

    planes: tuple[tuple[Point, float], ...]
    material: int
    bounds: tuple[Point, float]

    def meet(self, origins: Field, ray: Field) -> tuple[Field, Field]:
        """See Part.meet."""
        near = np.full(len(origins), -np.inf, np.float32)
        far = np.full(len(origins), np.inf, np.float32)
        normals = np.zeros_like(origins)
        for way, offset in self.planes:
            normal = np.array(way, np.float32)
            speed = float(normal @ ray)
            gap = offset - origins @ normal
            if abs(speed) < 1e-6:
                near[gap < 0] = np.inf
                continue
            reach = (gap / speed).astype(np.float32)
            if speed < 0:
                better = reach > near
                near[better] = reach[better]
                normals[better] = normal
            else:
                far = np.minimum(far, reach)
        return np.where(near < far, near, np.inf).astype(np.float32), normals


def block(low: Point, high: Point, material: int, *, taper: Point = (0.0, 0.0, 0.0)) -> Hull:
    """A block, its upper face drawn in by ``taper``: metres at each side, the front, the back."""
    rise = high[1] - low[1]
    side, front, back = (part / rise for part in taper)
    planes: list[tuple[Point, float]] = [((0, 1, 0), high[1]), ((0, -1, 0), -low[1])]
    for way, slope, edge, axis in (
        (1.0, side, high[0], 0),
        (-1.0, side, -low[0], 0),
        (1.0, front, high[2], 2),
        (-1.0, back, -low[2], 2),
    ):
        size = math.hypot(1, slope)
        normal = [0.0, slope / size, 0.0]
        normal[axis] = way / size
        planes.append(((normal[0], normal[1], normal[2]), (edge + slope * low[1]) / size))
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)
    return Hull(tuple(planes), material, (middle, math.dist(low, high) / 2))


@dataclass(frozen=True, slots=True)
class Sprite:
    """A figure seen from one side.

    Attributes:
        cover: 0 to 1, shape (rows, columns).
        light: How much light each pixel sends back, same shape.
        share: Of each material, shape (rows, columns, materials).
        foot_row: Row of the figure's own origin; its column is the middle.
        scale: Pixels per metre.
    """

    cover: Field
    light: Field
    share: Field
    foot_row: float
    scale: float


@dataclass(frozen=True, slots=True)
class Figure:
    """Parts, and the room they need around the origin.

    Attributes:
        parts: In any order.
        materials: How many there are.
        reach_m: Largest horizontal distance from the origin.
        height_m: Largest height.
    """

    parts: Sequence[Part]
    materials: int
    reach_m: float
    height_m: float


def render(
    figure: Figure, *, yaw: float, elevation: float, scale: float, sun: Point, over: int = 2
) -> Sprite:
    """See a figure from far away.

    Args:
        figure: What.
        yaw: Radians from the direction towards the viewer to where the figure faces, about y.
        elevation: Radians by which the viewer looks down, 0 to pi / 2.
        scale: Pixels per metre.
        sun: Towards the light, in the viewer's frame (right, up, away).
        over: Samples per pixel each way, for smooth edges.
    """
    sine, cosine = math.sin(elevation), math.cos(elevation)
    half = math.ceil(figure.reach_m * scale) + 1
    above = math.ceil((figure.height_m * cosine + figure.reach_m * sine) * scale) + 1
    below = math.ceil(figure.reach_m * sine * scale) + 2
    rows, columns = np.mgrid[0 : (above + below) * over, 0 : 2 * half * over].astype(np.float32)
    across = ((columns + 0.5) / over - half) / scale
    up = (above - (rows + 0.5) / over) / scale
    turn, swing = math.cos(yaw), math.sin(yaw)

    def own(x: float, y: float, z: float) -> Field:
        """From (right, up, away) of the viewer to the figure's frame."""
        return np.array([-(x * turn - z * swing), y, -(x * swing + z * turn)], np.float32)

    right, above_axis = own(1, 0, 0), own(0, cosine, sine)
    ray = own(0, -sine, cosine)
    origins = across[..., None] * right + up[..., None] * above_axis - 20 * ray
    reach = np.full(across.shape, np.inf, np.float32)
    material = np.full(across.shape, -1, np.int16)
    normals = np.zeros_like(origins)
    for part in figure.parts:
        centre, radius = part.bounds
        column = (float(right @ np.array(centre, np.float32)) * scale + half) * over
        row = (above - float(above_axis @ np.array(centre, np.float32)) * scale) * over
        room = radius * scale * over + 1
        window = (
            slice(max(0, int(row - room)), max(0, int(row + room) + 1)),
            slice(max(0, int(column - room)), max(0, int(column + room) + 1)),
        )
        inside = origins[window]
        distance, normal = part.meet(inside.reshape(-1, 3), ray)
        distance = distance.reshape(inside.shape[:2])
        better = distance < reach[window]
        reach[window][better] = distance[better]
        material[window][better] = part.material
        normals[window][better] = normal.reshape(inside.shape)[better]
    size = np.linalg.norm(normals, axis=-1, keepdims=True)
    normals /= np.maximum(size, 1e-6)
    towards = own(*sun) / np.linalg.norm(sun)
    height = origins[..., 1] + np.where(np.isfinite(reach), reach, 0) * ray[1]
    light = _shade(normals, towards, ray, height)
    return _shrink(
        light, material, materials=figure.materials, over=over, foot_row=above, scale=scale
    )


def _shade(normals: Field, towards: Field, ray: Field, height: Field) -> Field:
    """Sky from above, sun from one side, a little shine, darker near the ground."""
    sky = 0.5 + 0.22 * normals[..., 1]
    sun = np.clip(normals @ towards, 0, 1)
    middle = towards - ray
    shine = np.clip(normals @ (middle / np.linalg.norm(middle)), 0, 1) ** 24
    low = 0.75 + 0.25 * np.clip(height / 0.5, 0, 1)
    return ((sky + 0.55 * sun) * low + 0.22 * shine).astype(np.float32)


def _shrink(
    light: Field,
    material: npt.NDArray[np.int16],
    *,
    materials: int,
    over: int,
    foot_row: float,
    scale: float,
) -> Sprite:
    """Average blocks of pixels, keeping the materials apart, and trim what is empty."""
    rows, columns = (size // over for size in material.shape)

    def average(image: Field) -> Field:
        return image.reshape(rows, over, columns, over).mean(axis=(1, 3), dtype=np.float32)

    shares = [average((material == index).astype(np.float32)) for index in range(materials)]
    share = np.stack(shares, axis=-1)
    cover = share.sum(-1)
    lit = average(np.where(material >= 0, light, 0).astype(np.float32))
    lit /= np.maximum(cover, np.float32(1e-3))
    used_rows, used_columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    top, low = max(0, int(used_rows[0]) - 1), int(used_rows[-1]) + 2
    side = max(0, min(int(used_columns[0]), columns - 1 - int(used_columns[-1])) - 1)
    window = (slice(top, low), slice(side, columns - side))
    return Sprite(cover[window], lit[window], share[window], foot_row - top, scale)
