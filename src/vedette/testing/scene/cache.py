"""Keeps painted places on disk, because painting one takes seconds and a process of its own."""

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vedette.base.errors import VedetteError
from vedette.testing.encoder import Picture
from vedette.testing.scene.cutout import Depth, to_depth, to_picture
from vedette.testing.scene.place import paint, sketch
from vedette.testing.scene.places import PLACES

_TOOLS = ("cutout", "figures", "materials", "paint", "place", "shapes", "still", "trace", "view")
_DESCRIPTIONS = ("places", "street")
_PAINTERS = threading.BoundedSemaphore(2)
"""Places painted at a time: each takes a core and a few hundred megabytes."""
_SKETCHING = threading.Lock()
_WAIT_S = 0.1


class NotPainted(VedetteError):
    """The painting was called off."""


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "vedette" / "scene"


def _path(key: str) -> Path:
    """Where a place is kept; another name whenever the code that paints changes."""
    digest = hashlib.sha256()
    for name in (*_TOOLS, *_DESCRIPTIONS):
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return _folder() / f"{key}-{digest.hexdigest()[:16]}.npz"


def _load(path: Path) -> tuple[Picture, Depth] | None:
    try:
        with np.load(path) as kept:
            return Picture(kept["luma"], kept["blue"], kept["red"]), kept["depth"]
    except (OSError, ValueError, KeyError, EOFError):
        return None


def _store(key: str, picture: Picture, depth: Depth) -> None:
    """Keep a place and forget what older code painted."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        np.savez(file, luma=picture.luma, blue=picture.blue, red=picture.red, depth=depth)
    Path(file.name).replace(path)
    for old in path.parent.glob(f"{key}-{'?' * 16}.npz"):
        if old != path:
            old.unlink(missing_ok=True)


def paint_here(key: str) -> tuple[Picture, Depth]:
    """Paint a place and keep it. A cache that cannot be written costs time, nothing else."""
    image, metres = paint(PLACES[key]())
    painted_now = to_picture(image), to_depth(metres)
    with contextlib.suppress(OSError):
        _store(key, *painted_now)
    return painted_now


def painted(key: str, called_off: threading.Event) -> Iterator[tuple[Picture, Depth]]:
    """The still picture and distances of a place, from disk when it was painted before.

    Otherwise a sketch comes first, after a second or two, and the painting when it is done.

    Args:
        key: A name in ``places.PLACES``.
        called_off: When set, nothing is waited for any longer.

    Raises:
        NotPainted: It was called off.
    """
    path = _path(key)
    if (kept := _load(path)) is not None:
        yield kept
        return
    with _SKETCHING:
        image, metres = sketch(PLACES[key]())
        first = to_picture(image), to_depth(metres)
        del image, metres
    yield first
    while not _PAINTERS.acquire(timeout=_WAIT_S):
        if called_off.is_set():
            raise NotPainted(f"the painting of {key} was called off")
    try:
        _paint_apart(key, called_off)
    finally:
        _PAINTERS.release()
    yield _load(path) or paint_here(key)


def _paint_apart(key: str, called_off: threading.Event) -> None:
    """Paint in another process, so that frames go on in this one and its memory stays small."""
    command = [sys.executable, "-m", "vedette.testing.scene.painter", key]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        while child.poll() is None:
            if called_off.wait(_WAIT_S):
                child.kill()
                raise NotPainted(f"the painting of {key} was called off")
