"""The generated scene: places that look like places, filmed live for simulated cameras.

In: a place's name and a clock. Out: the main and sub feed of a camera. A place is traced once
(``trace``, ``place``, kept by ``cache``); people and vehicles are solid figures (``shapes``,
``figures``) whose sprites are put into the still picture (``renderer``) where ``stage`` says.
"""

from vedette.testing.scene.feed import SceneCamera, SceneFeed, SceneSettings
from vedette.testing.scene.overlay import read_bars
from vedette.testing.scene.places import PLACES

__all__ = ["PLACES", "SceneCamera", "SceneFeed", "SceneSettings", "read_bars"]
