"""What the town's cameras recorded before anybody looks: their scenes, over and over."""

import threading
from collections.abc import Sequence

from vedette.model.packet import Codec
from vedette.testing.camera.clip import (
    VIDEO_RATE,
    Clip,
    ClipFormat,
    ClipFrame,
    frame_units,
    parameter_sets,
    split_annex_b,
)
from vedette.testing.encoder import EncoderSettings, LibavEncoder
from vedette.testing.recorded import Past
from vedette.testing.scene.cache import painted
from vedette.testing.scene.places import PLACES
from vedette.testing.scene.renderer import Renderer

S = 1_000_000
FRAME_RATE = 4
CLIP_S = 20
TURNS = 3
"""A file of a minute."""


def filmed(place: str, from_us: int) -> Clip:
    """Twenty seconds of a place, without a burned-in clock, which would run in circles.

    Args:
        place: A name in ``PLACES``.
        from_us: Chooses who walks there, µs since the epoch.
    """
    *_, (still, depth) = painted(place, threading.Event())
    renderer = Renderer(PLACES[place](), still, depth)
    settings = EncoderSettings(Codec.H264, 1280, 720, FRAME_RATE, FRAME_RATE * 2, live=True)
    encoder = LibavEncoder(settings)
    encoded = [
        frame
        for number in range(CLIP_S * FRAME_RATE)
        for frame in encoder.encode(
            renderer.draw(from_us / S + number / FRAME_RATE), key=number % (2 * FRAME_RATE) == 0
        )
    ]
    encoded += encoder.flush()
    scale = VIDEO_RATE // FRAME_RATE
    frames = tuple(
        ClipFrame(
            frame_units(Codec.H264, one.data, annex_b=True),
            one.pts * scale,
            one.dts * scale,
            one.key,
        )
        for one in encoded
    )
    units = [unit for one in encoded for unit in split_annex_b(one.data)]
    sets = parameter_sets(Codec.H264, iter(units))
    return Clip(ClipFormat(Codec.H264, sets, 1280, 720, FRAME_RATE), frames, CLIP_S * VIDEO_RATE)


def pasts(names: dict[str, str], start_us: int, minutes: int, away: dict[str, range]) -> list[Past]:
    """What each camera kept.

    Args:
        names: Of the cameras, by place.
        start_us: Of the first file, µs since the epoch.
        minutes: How many files.
        away: By place, the minutes that are missing.
    """
    return [
        Past(name, filmed(place, start_us), TURNS, _starts(start_us, minutes, away.get(place, ())))
        for place, name in names.items()
    ]


def _starts(start_us: int, minutes: int, missing: Sequence[int]) -> list[int]:
    return [start_us + one * 60 * S for one in range(minutes) if one not in missing]
