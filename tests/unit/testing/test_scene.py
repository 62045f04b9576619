"""The generated scene: who is where is a function of time, and the bars can be read back."""

import asyncio

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.packet import Codec
from vedette.testing.camera.clip import is_parameter_set
from vedette.testing.encoder import EncoderSettings, Picture
from vedette.testing.scene import PLACES, SceneCamera, SceneSettings, read_bars
from vedette.testing.scene.cutout import shrink
from vedette.testing.scene.overlay import stamp
from vedette.testing.scene.renderer import Renderer
from vedette.testing.scene.stage import actors

_FAR = np.full((720, 1280), 65_535, np.uint16)


def _grey(width: int, height: int) -> Picture:
    half = np.full((height // 2, width // 2), 128, np.uint8)
    return Picture(np.full((height, width), 90, np.uint8), half, half.copy())


def test_there_are_places_for_day_and_night() -> None:
    places = [make() for make in PLACES.values()]
    assert len(places) >= 6
    assert any(place.infrared for place in places)
    assert len({place.name for place in places}) == len(places)


@pytest.mark.parametrize("name", PLACES)
def test_somebody_comes_by_within_a_minute(name: str) -> None:
    routes = PLACES[name]().routes
    start = 1_777_636_800
    seen = [list(actors(routes, start + second)) for second in range(90)]
    assert any(seen)
    assert seen == [list(actors(routes, start + second)) for second in range(90)]


@given(st.integers(0, 4_000_000_000_000_000), st.sampled_from([1280, 640, 320]))
def test_the_bars_say_the_time(wall_us: int, width: int) -> None:
    picture = _grey(width, width * 9 // 16 // 2 * 2)
    stamp(picture, "SCHOOL GATE", wall_us)
    assert read_bars(picture.luma) == wall_us // 1000 & 0xFFFFFFFF


def test_no_bars_no_time() -> None:
    picture = _grey(1280, 720)
    stamp(picture, "LOBBY", 0, bars=False)
    assert read_bars(picture.luma) is None


def test_a_picture_is_a_function_of_time() -> None:
    place = PLACES["car-park"]()
    renderer = Renderer(place, _grey(1280, 720), _FAR)
    one, later = renderer.draw(1_777_636_800.0), renderer.draw(1_777_636_803.0)
    again = renderer.draw(1_777_636_800.0)
    assert (one.luma == again.luma).all()
    assert (one.luma != later.luma).any()
    assert shrink(one).luma.shape == (360, 640)


def test_a_scene_is_filmed_while_somebody_watches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    still = (_grey(1280, 720), _FAR)
    monkeypatch.setattr("vedette.testing.scene.feed.painted", lambda _key, _called_off: [still])

    async def story() -> list[bytes]:
        encoding = EncoderSettings(
            width=1280, height=720, frame_rate=20, key_interval=40, live=True
        )
        camera = SceneCamera("lobby", SceneSettings(encoding))
        assert camera.main.format.parameter_sets
        assert camera.main.format.codec is Codec.H264
        units: list[bytes] = []
        feed = camera.main.play(camera._clock, 1.0)
        async for item in feed:
            assert item.key == (len(units) == 0)
            assert not any(is_parameter_set(Codec.H264, unit) for unit in item.units)
            units.append(
                b"".join(
                    b"\x00\x00\x00\x01" + unit
                    for unit in (*(item.parameter_sets if item.key else ()), *item.units)
                )
            )
            if len(units) == 5:
                break
        await feed.aclose()
        await camera.stop()
        return units

    decoder = av.CodecContext.create("h264", "r")
    packets = [av.Packet(unit) for unit in asyncio.run(story())]
    pictures = [picture for packet in packets for picture in decoder.decode(packet)]  # type: ignore[attr-defined]
    pictures += decoder.decode(None)  # type: ignore[attr-defined]
    stamps = [read_bars(picture.to_ndarray()[:720].astype(np.uint8)) for picture in pictures]
    assert len(stamps) == 5
    assert all(stamp is not None for stamp in stamps)
    assert stamps == sorted(stamps, key=lambda stamp: stamp or 0)
