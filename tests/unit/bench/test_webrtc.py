"""What stands on the screen grows old also while a player shows nothing new."""

from bench.webrtc import look, on_screen


def shown(*moments: tuple[float, float]) -> list[dict[str, float | None]]:
    return [{"at": at, "age": age} for at, age in moments]


def test_a_picture_grows_old_until_the_next_one() -> None:
    ages = on_screen(shown((0, 100), (200, 100)))
    assert min(ages) == 100
    assert 290 <= max(ages) < 300


def test_leaving_pictures_out_is_no_way_to_look_quick() -> None:
    every = shown(*((at, 150) for at in range(0, 1000, 40)))
    few = shown(*((at, 90) for at in range(0, 1000, 240)))
    assert look(few, 1)["age when shown ms"] < look(every, 1)["age when shown ms"]
    assert look(few, 1)["behind p50 ms"] > look(every, 1)["behind p50 ms"]
    assert look(few, 1)["freezes over 200 ms"] == 4


def test_nothing_shown_is_one_long_freeze() -> None:
    seen = look([], 8)
    assert (seen["longest gap ms"], seen["shown %"]) == (8000, 0)
