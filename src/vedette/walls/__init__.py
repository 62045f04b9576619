"""Saved walls: which cameras are watched side by side.

In: ``Wall``. Out: the same, as one person may see it. Settings: none. Drivers: none.
"""

from vedette.walls.store import WallStore

__all__ = ["WallStore"]
