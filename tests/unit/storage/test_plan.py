"""Volumes of different size fill up together; paths lead back to what they were made of."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.camera import StreamKey, StreamRole
from vedette.storage.paths import checked_parts, parse_segment_path, segment_path
from vedette.storage.plan import choose_volume


def test_files_go_where_the_room_is() -> None:
    rooms = {"small": 100, "large": 300, "full": 0, "over": -5}
    counts = Counter(choose_volume(rooms, str(seed)) for seed in range(4000))
    assert counts.keys() == {"small", "large"}
    assert counts["large"] / counts["small"] == pytest.approx(3, rel=0.15)
    assert choose_volume({"full": 0}, "x") is None


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30),
       st.sampled_from(StreamRole), st.integers(0, 4_000_000_000_000_000))  # fmt: skip
def test_paths_lead_back(organisation: str, camera: str, role: StreamRole, start_us: int) -> None:
    stream = StreamKey(organisation, camera, role)
    path = segment_path(stream, start_us)
    checked_parts(path)
    assert parse_segment_path(path) == (stream, start_us)


@pytest.mark.parametrize(
    "path",
    ["", "a/b/main/2026/13/01/000000-000000.mp4", "a/b/side/2026/01/01/000000-000000.mp4",
     "a/b/main/2026/01/01/x.mp4", "a/b"],
)  # fmt: skip
def test_other_paths_lead_nowhere(path: str) -> None:
    assert parse_segment_path(path) is None
