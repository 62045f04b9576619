"""What ground and walls are made of: colours as functions of metres."""

import numpy as np

from vedette.testing.scene.paint import cells, colour, mix, noise
from vedette.testing.scene.trace import Material
from vedette.testing.scene.view import Field


def plain(code: str, *, grain: float = 0.06, size_m: float = 0.6) -> Material:
    """One colour with stains and grain."""
    base = colour(code)

    def material(u: Field, v: Field) -> Field:
        stain = noise(u / size_m, v / size_m, octaves=3, seed=3) - 0.5
        broad = noise(u / 5, v / 5, octaves=2, seed=9) - 0.5
        return (base * (1 + grain * 2 * stain + grain * 2.4 * broad)[:, None]).astype(np.float32)

    return material


def asphalt(code: str = "5a5c5e") -> Material:
    """Worn asphalt with patches and cracks."""
    base = colour(code)

    def material(u: Field, v: Field) -> Field:
        fine = noise(u * 9, v * 9, octaves=2, seed=1) - 0.5
        broad = noise(u / 3, v / 3, octaves=3, seed=2) - 0.5
        vein = np.abs(noise(u / 2.2, v / 2.2, octaves=3, seed=12) - 0.5)
        crack = np.clip(1 - vein / 0.006, 0, 1) * 0.22
        shade = 1 + 0.14 * fine + 0.24 * broad - crack
        return (base * shade[:, None]).astype(np.float32)

    return material


def grass(code: str = "57743a") -> Material:
    """Mown grass with worn places."""
    base, worn = colour(code), colour("84764e")

    def material(u: Field, v: Field) -> Field:
        blades = noise(u * 7, v * 4, octaves=2, seed=4) - 0.5
        broad = noise(u / 2.5, v / 2.5, octaves=3, seed=6)
        green = base * (1 + 0.45 * blades + 0.35 * (broad - 0.5))[:, None]
        bare = np.clip((noise(u / 3.5, v / 3.5, octaves=3, seed=31) - 0.62) * 6, 0, 0.7)
        return mix(green.astype(np.float32), worn, bare)

    return material


def slabs(code: str = "98948c", *, size_m: float = 0.6, joint: float = 0.06) -> Material:
    """Square slabs with dark joints, each of a slightly different shade."""
    base = colour(code)

    def material(u: Field, v: Field) -> Field:
        a, b = u / size_m, v / size_m
        shade = 1 + 0.13 * (cells(a, b, 8) - 0.5) + 0.1 * (noise(u, v, octaves=3, seed=5) - 0.5)
        gap = (np.minimum(a % 1, b % 1) < joint) * 0.25
        return (base * (shade - gap)[:, None]).astype(np.float32)

    return material


def bricks(code: str = "8a4f3d") -> Material:
    """Brickwork in stretcher bond."""
    base, mortar = colour(code), colour("a79c8e")

    def material(u: Field, v: Field) -> Field:
        row = np.floor(v / 0.09)
        a, b = u / 0.26 + 0.5 * (row % 2), v / 0.09
        shade = 1 + 0.35 * (cells(a, b, 15) - 0.5) + 0.18 * (noise(u, v, octaves=3, seed=7) - 0.5)
        wall = (base * shade[:, None]).astype(np.float32)
        return mix(wall, mortar, ((a % 1 < 0.06) | (b % 1 < 0.16)) * np.float32(0.55))

    return material


def windows(
    wall: Material,
    *,
    wide_m: float = 2.4,
    tall_m: float = 3.1,
    glass: tuple[float, float, float, float] = (0.25, 0.75, 0.3, 0.8),
    lit: float = 0.0,
    ground_m: float = 0.0,
    frame: str = "d8d6cf",
) -> Material:
    """A wall with a grid of windows.

    Args:
        wall: Around them.
        wide_m: From one window to the next.
        tall_m: From one storey to the next.
        glass: Left, right, lower and upper edge within a field of the grid, 0 to 1.
        lit: Share of windows with a light behind them.
        ground_m: Height below which there are none.
        frame: Colour of the frames.
    """
    left, right, low, high = glass
    edge, warm = colour(frame), colour("f2d79a")

    def material(u: Field, v: Field) -> Field:
        out = wall(u, v)
        a, b = u / wide_m, (v - ground_m) / tall_m
        x, y = a % 1, b % 1
        rim_u, rim_v = 0.09 / wide_m, 0.09 / tall_m
        outer = (x > left - rim_u) & (x < right + rim_u) & (y > low - rim_v) & (y < high + rim_v)
        inner = (x > left) & (x < right) & (y > low) & (y < high)
        inner &= np.abs(x - (left + right) / 2) > rim_u / 3
        above = v > ground_m
        which = cells(a, b, 21)
        sky = 0.2 + 0.28 * (y - low) / (high - low) + 0.18 * which
        blind = (which > 0.62) & ((y - low) / (high - low) > 0.45)
        pane = np.stack([sky * 0.86, sky * 0.97, sky * 1.08], -1).astype(np.float32)
        pane[blind] = colour("c9c4b6") * 0.85
        if lit:
            glow = cells(a, b, 22) < lit
            pane[glow] = warm * (0.7 + 0.3 * which[glow])[:, None]
        out = mix(out, edge, (outer & above).astype(np.float32))
        out[inner & above] = pane[inner & above]
        return out

    return material


def ribbed(code: str = "b9bcbd", *, pitch_m: float = 0.32) -> Material:
    """Sheet metal with upright ribs, as warehouses wear."""
    base = colour(code)

    def material(u: Field, v: Field) -> Field:
        phase = (u / pitch_m) % 1
        rib = 0.09 * np.sin(phase * 2 * np.pi) - 0.12 * (phase < 0.08)
        dirt = noise(u / 1.5, v * 1.2, octaves=3, seed=17) - 0.5
        return (base * (1 + rib + 0.12 * dirt)[:, None]).astype(np.float32)

    return material


def striped(first: str, second: str, *, pitch_m: float = 0.4, slant: float = 1.0) -> Material:
    """Diagonal warning stripes."""
    one, two = colour(first), colour(second)

    def material(u: Field, v: Field) -> Field:
        return np.where((((u + v * slant) / pitch_m) % 1 < 0.5)[:, None], one, two)

    return material


class Patchwork:
    """Ground made of rectangles, later ones over earlier ones."""

    def __init__(self, base: Material) -> None:
        self._base = base
        self._patches: list[tuple[float, float, float, float, Material, float]] = []

    def lay(
        self, x0: float, x1: float, z0: float, z1: float, material: Material, *, wear: float = 0.0
    ) -> "Patchwork":
        """Lay a rectangle; ``wear`` is the share of it that has come off, as of road paint."""
        self._patches.append((x0, x1, z0, z1, material, wear))
        return self

    def __call__(self, x: Field, z: Field) -> Field:
        """The material as a whole."""
        out = self._base(x, z)
        for x0, x1, z0, z1, material, wear in self._patches:
            inside = (x >= x0) & (x < x1) & (z >= z0) & (z < z1)
            if not inside.any():
                continue
            u, v = x[inside], z[inside]
            shade = material(u, v)
            if wear:
                off = noise(u * 3.1, v * 3.1, octaves=3, seed=41)
                share = np.clip((off - wear) * 7 + 0.5, 0.15, 1)
                shade = mix(out[inside], shade, share.astype(np.float32))
            out[inside] = shade
        return out
