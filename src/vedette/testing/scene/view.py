"""Where a camera hangs and what it sees: a pinhole above flat ground.

World: metres, x to the right, y up, z away from the camera, whose foot is the origin.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating[Any]]
"""Any array of floats; colours are linear to the eye, 0 to 1, red green blue last."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera.

    Attributes:
        height_m: Of the lens above the ground.
        pitch: Radians that it looks down.
        field: Horizontal angle of view, radians.
        width: Pixels.
        height: Pixels.
    """

    height_m: float
    pitch: float
    field: float
    width: int = 1280
    height: int = 720

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(self.field / 2)

    def rays(self, offset: float) -> Field:
        """Unit directions through each pixel, shape (height, width, 3).

        Args:
            offset: Of the sample within its pixel, both ways, -0.5 to 0.5.
        """
        rows, columns = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        across = (columns + 0.5 + offset - self.width / 2) / self.focal
        up = (self.height / 2 - rows - 0.5 - offset) / self.focal
        sine, cosine = math.sin(self.pitch), math.cos(self.pitch)
        rays = np.stack([across, up * cosine - sine, up * sine + cosine], axis=-1)
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        return rays.astype(np.float32)

    def project(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Column, row and pixels per metre of a point; the latter <= 0 behind the camera."""
        sine, cosine = math.sin(self.pitch), math.cos(self.pitch)
        depth = z * cosine - (y - self.height_m) * sine
        if depth <= 0.1:
            return 0.0, 0.0, 0.0
        scale = self.focal / depth
        up = z * sine + (y - self.height_m) * cosine
        return self.width / 2 + x * scale, self.height / 2 - up * scale, scale
