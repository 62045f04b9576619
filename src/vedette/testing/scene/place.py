"""What a place is: ground, houses, things, light, and who comes by."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vedette.testing.scene.paint import blur, colour, mix, noise
from vedette.testing.scene.still import Still, Thing
from vedette.testing.scene.trace import Ground, Light, trace
from vedette.testing.scene.view import Field, View

_SKETCH = 4
"""How much smaller the first, quick painting of a place is."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way along which somebody comes again and again.

    Attributes:
        points: Corners on the ground, (x, z) in metres.
        kind: ``person``, ``child``, or a vehicle's name.
        every_s: Seconds from one departure to the next.
        offset_s: Shifts the departures.
        speed_m_s: Of most; everyone differs a little.
        chance: Share of departures that take place, 0 to 1.
        spread_m: How far from the line they keep, at most.
        company: Share of departures on which two go together.
    """

    points: tuple[tuple[float, float], ...]
    kind: str = "person"
    every_s: float = 20.0
    offset_s: float = 0.0
    speed_m_s: float = 1.35
    chance: float = 0.8
    spread_m: float = 0.5
    company: float = 0.25


def _expose(image: Field, gain: float) -> Field:
    """More light, with highlights that bend instead of clipping."""
    bright = image * np.float32(gain)
    over = np.maximum(bright - 0.8, 0)
    return (np.minimum(bright, 0.8) + 0.2 * (1 - np.exp(-over / 0.2))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Place:
    """A camera's whole world.

    Attributes:
        name: As burned into the picture.
        view: Where the camera hangs.
        ground: What is traced.
        light: How it is lit.
        things: What is painted on top.
        routes: Who comes by.
        tone: Turns painted colours into what the sensor gives; takes colours and the points that
            the pixels see, both of shape (height, width, 3).
        lamp: Brightness of somebody at (x, z), or None when only sun and sky count.
        infrared: Whether the camera sees without colour.
    """

    name: str
    view: View
    ground: Ground
    light: Light
    things: tuple[Thing, ...] = ()
    routes: tuple[Route, ...] = ()
    tone: Callable[[Field, Field], Field] = lambda image, _points: _expose(image, 1.3)
    lamp: Callable[[float, float], float] | None = None
    infrared: bool = False


def paint(place: Place, *, seed: int = 1) -> tuple[Field, Field]:
    """The still picture of a place and the distances of what can hide people.

    Returns:
        Colours, shape (height, width, 3), 0 to 1, and metres, shape (height, width).
    """
    image, depth, points = trace(place.view, place.ground, place.light)
    sun = place.light.sun or (0.0, 1.0, 0.0)
    bright = (place.light.sky_share + 0.55 * place.light.sun_share).astype(np.float32)
    still = Still(place.view, image, depth, sun, bright)
    still.add(place.things)
    out = place.tone(still.image, points)
    # A lens is softer than geometry, and dark at the corners; a sensor has a grain of its own.
    out = mix(out, blur(out, 1), 0.55)
    across: Field = np.linspace(-1, 1, out.shape[1])[None, :]
    down: Field = np.linspace(-1, 1, out.shape[0])[:, None]
    out = out * (1 - 0.16 * (down**2 + across**2) ** 1.5)[..., None]
    grain: Field = np.random.default_rng(seed).normal(0, 0.008, out.shape[:2])[..., None]
    return np.clip(out + grain, 0, 1).astype(np.float32), still.depth


def sketch(place: Place) -> tuple[Field, Field]:
    """As ``paint``, out of focus: a quarter of the size, enlarged, in a tenth of the time."""
    view = place.view
    small = replace(view, width=view.width // _SKETCH, height=view.height // _SKETCH)
    image, depth = paint(replace(place, view=small))
    image, depth = (layer.repeat(_SKETCH, 0).repeat(_SKETCH, 1) for layer in (image, depth))
    return blur(image, _SKETCH // 2), depth


def day_sky(
    cloud: float = 0.5, low: str = "c9d6e0", high: str = "6f98c8"
) -> Callable[[Field], Field]:
    """A sky with clouds; ``cloud`` 0 is clear, 1 is overcast."""
    horizon, zenith = colour(low), colour(high)

    def sky(rays: Field) -> Field:
        up = np.clip(rays[:, 1], 0.02, 1)
        blue = mix(np.broadcast_to(horizon, rays.shape), zenith, np.clip(up * 2.2, 0, 1))
        drift = noise(rays[:, 0] / up * 1.2, rays[:, 2] / up * 1.2, octaves=4, seed=50)
        share = np.clip((drift - 0.75 + cloud * 0.5) * 3.2, 0, 0.95)
        white = np.float32(0.97) - 0.25 * np.clip(drift - 0.5, 0, 1)
        return mix(blue, np.stack([white] * 3, -1), share.astype(np.float32))

    return sky


def dark_sky(code: str = "0b1018") -> Callable[[Field], Field]:
    """A night sky."""
    base = colour(code)
    return lambda rays: np.broadcast_to(base, rays.shape).astype(np.float32).copy()
