"""Keeps painted places on disk, because painting one takes seconds."""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

import numpy as np

from vedette.testing.scene.place import Place, paint
from vedette.testing.scene.view import Field

_PAINTING = threading.Lock()
"""One place at a time: painting takes a few hundred megabytes."""


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "vedette" / "scene"


def _version() -> str:
    """Changes whenever the painting code does."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def painted(key: str, place: Place) -> tuple[Field, Field]:
    """The still picture and distances of a place, from disk when it was painted before.

    Args:
        key: Names the place and its size.
        place: What to paint otherwise.

    Returns:
        As ``place.paint``. A cache that cannot be read or written costs time, nothing else.
    """
    path = _folder() / f"{key}-{_version()}.npz"
    try:
        with np.load(path) as stored:
            return stored["image"].astype(np.float32) / 255, stored["depth"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError):
        pass
    with _PAINTING:
        image, depth = paint(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
            near = np.minimum(depth, 60_000).astype(np.float16)
            np.savez_compressed(file, image=np.round(image * 255).astype(np.uint8), depth=near)
        Path(file.name).replace(path)
    except OSError:
        pass
    return image, depth
