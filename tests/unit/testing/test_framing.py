"""What a simulated camera that turns sees of its place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.testing.encoder import Picture
from vedette.testing.onvif_head import Position
from vedette.testing.scene.framing import framed, part_seen

POSITIONS = st.builds(Position, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))


@given(POSITIONS)
def test_it_never_looks_beyond_the_place(position: Position) -> None:
    left, top, width, height = part_seen(position, 1280, 720)
    assert min(left, top) >= 0
    assert left + width <= 1280
    assert top + height <= 720
    assert abs(width / height - 16 / 9) < 0.06


def test_right_is_right_up_is_up_and_zoom_is_closer() -> None:
    middle = part_seen(Position(), 1280, 720)
    assert part_seen(Position(pan=1), 1280, 720)[0] > middle[0]
    assert part_seen(Position(tilt=1), 1280, 720)[1] < middle[1]
    assert part_seen(Position(zoom=1), 1280, 720)[2] < middle[2] / 2


def test_the_picture_shows_that_part_as_large_as_the_whole() -> None:
    columns = np.tile(np.linspace(16, 235, 640).astype(np.uint8), (360, 1))
    grey = np.full((180, 320), 128, np.uint8)
    whole = Picture(columns, grey, grey)
    for pan in (-1.0, 0.0, 1.0):
        seen = framed(whole, Position(pan=pan))
        left, _, width, _ = part_seen(Position(pan=pan), 640, 360)
        assert seen.luma.shape == columns.shape
        assert abs(int(seen.luma[180, 320]) - int(columns[0, left + width // 2])) <= 3
        assert abs(int(seen.blue[90, 160]) - 128) <= 1
