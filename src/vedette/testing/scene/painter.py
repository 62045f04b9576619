"""Paints places into the cache: ``python -m vedette.testing.scene.painter school-gate lobby``."""

import sys

from vedette.testing.scene.cache import paint_here

if __name__ == "__main__":
    for name in sys.argv[1:]:
        paint_here(name)
