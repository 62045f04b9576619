"""Sound in replay: a known tone that swells with the picture, heard in a real Chromium."""

import asyncio
import cmath
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import SLOW_MS, at, entered, wait_for
from vedette.model.packet import Codec
from vedette.testing.camera.clip import Clip
from vedette.testing.media import make_audio
from vedette.testing.numbered import READ_IN_BROWSER, numbered_clip
from vedette.testing.recorded import Past, fill
from vedette.testing.running import RunningServer

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.xdist_group("browser")]

S = 1_000_000
RATE = 25
LOOP = 250
"""Frames of a clip: ten seconds, of which a segment holds three turns."""
SEGMENT_US = 3 * LOOP * S // RATE
TONE_HZ = 440
"""Of every sound that is made for tests; it is silent at each whole second."""

LISTEN = """() => {
  const read = READ;
  const connect = AudioNode.prototype.connect;
  const ears = () => window.ears;
  AudioNode.prototype.connect = function (to, ...rest) {
    const { context } = this;
    if (to === context.destination && !(context instanceof OfflineAudioContext)) {
      if (ears()?.context !== context) window.ears = new AnalyserNode(context, { fftSize: 256 });
      connect.call(this, ears());
    }
    return connect.call(this, to, ...rest);
  };
  window.loudness = () => {
    if (!ears() || ears().context.state !== 'running') return 0;
    const samples = new Float32Array(ears().fftSize);
    ears().getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  };
  window.pitch = () => {
    const bins = new Float32Array(ears().frequencyBinCount);
    ears().getFloatFrequencyData(bins);
    return bins.indexOf(Math.max(...bins)) * ears().context.sampleRate / ears().fftSize;
  };
  const video = () => document.querySelector('.stage .replay video');
  window.frame = () => (video()?.readyState >= 2 ? read(video()) : null);
  window.decoded = () => video()?.webkitAudioDecodedByteCount ?? 0;
}""".replace("READ", READ_IN_BROWSER)
"""Hears what the page gives to its loudspeaker, and reads which frame is shown meanwhile."""


@dataclass(frozen=True)
class Site:
    """A server with a few minutes of footage.

    Attributes:
        start_us: When it begins; the frames carry 0 then, and the tone is silent.
    """

    server: RunningServer
    start_us: int
    cameras: dict[str, str]


@pytest.fixture(scope="module")
def past(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    del chromium
    silent = numbered_clip(320, 176, frames=LOOP, frame_rate=RATE, key_interval=2 * RATE)

    def sounding(codec: Codec) -> Clip:
        return replace(silent, format=replace(silent.format, audio=make_audio(codec)))

    start_us = (time.time_ns() // 1000 // (60 * S) - 60) * 60 * S
    starts = [start_us + n * SEGMENT_US for n in range(4)]
    pasts = [
        Past("Intercom", sounding(Codec.PCM_ALAW), 3, starts),
        Past("Reception", sounding(Codec.AAC), 3, starts),
        Past("Car park", silent, 3, starts),
        Past("Rebuilt", sounding(Codec.AAC), 3, starts, deaf_us=frozenset(starts[1::2])),
    ]
    data = tmp_path_factory.mktemp("past")
    with ThreadPoolExecutor(1) as apart:  # Playwright keeps an event loop running in this thread
        cameras = apart.submit(lambda: asyncio.run(fill(data, pasts))).result()
    with RunningServer(data, {"VEDETTE_LOG__LEVEL": "warning"}) as server:
        yield Site(server, start_us, cameras)


@pytest.fixture
def page(browser: Browser, past: Site) -> Iterator[Page]:
    yield from entered(browser, past.server, LISTEN)


def replay(page: Page, past: Site, camera: str, second: float) -> None:
    moment = at(past.start_us + round(second * S))
    page.goto(f"/camera/{past.cameras[camera]}?at={moment}")
    plays(page)


def plays(page: Page) -> None:
    page.wait_for_selector(".stage[data-mode=replay][data-state=playing]", timeout=SLOW_MS)


def listen(page: Page, seconds: float) -> list[tuple[int, float]]:
    """Which frame was shown, and how loud it was meanwhile."""
    found: list[tuple[int | None, float]] = page.evaluate(
        """async (seconds) => {
            const heard = [];
            const end = performance.now() + seconds * 1000;
            while (performance.now() < end) {
                heard.push([window.frame(), window.loudness()]);
                await new Promise((done) => setTimeout(done, 25));
            }
            return heard;
        }""",
        seconds,
    )
    return [(frame, loud) for frame, loud in found if frame is not None]


def late_s(heard: list[tuple[int, float]]) -> float:
    """How far the swelling of the tone is behind the pictures that it was recorded with."""
    mean = sum(loud for _, loud in heard) / len(heard)
    swell = sum(
        (loud - mean) * cmath.exp(-2j * math.pi * (frame + 0.5) / RATE) for frame, loud in heard
    )
    # Silent at whole seconds, so loudest half a second later.
    return -cmath.phase(-swell) / (2 * math.pi)


def assert_in_step(page: Page) -> None:
    looks = [late_s(listen(page, 4)) for _ in range(2)]
    assert min(map(abs, looks)) < 0.12, looks


def test_sound_that_no_browser_plays_is_heard_with_its_picture(page: Page, past: Site) -> None:
    replay(page, past, "Intercom", 5)
    page.wait_for_timeout(500)
    assert page.evaluate("window.loudness()") == 0, "nobody asked for it"
    page.keyboard.press("m")
    wait_for(page, "() => window.loudness() > 0.05")
    assert abs(page.evaluate("window.pitch()") - TONE_HZ) < 40
    page.wait_for_timeout(500)
    assert_in_step(page)


def test_sound_goes_on_over_segments_and_seeks(page: Page, past: Site) -> None:
    replay(page, past, "Intercom", 28)
    page.keyboard.press("m")
    wait_for(page, "() => window.loudness() > 0.05")
    frames = {frame for frame, _ in listen(page, 4)}
    assert {240, 10} & frames, "it played over the end of the segment"
    heard = listen(page, 2)
    assert max(loud for _, loud in heard) > 0.05
    page.keyboard.press("j")
    plays(page)
    wait_for(page, "() => window.loudness() > 0.05")
    assert_in_step(page)


def test_a_pause_and_another_speed_are_silent(page: Page, past: Site) -> None:
    replay(page, past, "Intercom", 10)
    page.keyboard.press("m")
    wait_for(page, "() => window.loudness() > 0.05")
    page.keyboard.press(" ")
    page.wait_for_selector(".stage[data-state=paused]")
    page.wait_for_timeout(300)
    assert all(loud == 0 for _, loud in listen(page, 1.2))
    page.keyboard.press(" ")
    wait_for(page, "() => window.loudness() > 0.05")
    page.get_by_role("button", name="2\u00d7").click()
    expect(page.get_by_text("Sound is heard at 1\u00d7 only.")).to_be_visible()
    page.wait_for_timeout(300)
    assert all(loud == 0 for _, loud in listen(page, 1.2))
    expect(page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="1\u00d7", exact=True).click()
    wait_for(page, "() => window.loudness() > 0.05")
    page.keyboard.press("m")
    page.wait_for_timeout(300)
    assert all(loud == 0 for _, loud in listen(page, 1.2))


def test_sound_comes_back_after_key_frames_were_shown_alone(page: Page, past: Site) -> None:
    """AAC is the player's own affair, whose buffer holds sound at 1x and none at 8x."""
    replay(page, past, "Reception", 5)
    page.keyboard.press("m")
    wait_for(page, "() => window.decoded() > 0")
    page.get_by_role("button", name="8\u00d7").click()
    plays(page)
    before = page.evaluate("document.querySelector('[data-position-us]').dataset.positionUs")
    page.wait_for_timeout(1500)
    plays(page)
    after = page.evaluate("document.querySelector('[data-position-us]').dataset.positionUs")
    assert int(after) - int(before) > 4 * S
    page.get_by_role("button", name="1\u00d7", exact=True).click()
    plays(page)
    wait_for(page, "() => window.decoded() > 0")
    count = page.evaluate("window.decoded()")
    frames = len({frame for frame, _ in listen(page, 2)})
    assert frames > RATE, "every picture again"
    assert page.evaluate("window.decoded()") > count


def test_sound_that_ends_and_comes_back_stops_no_picture(page: Page, past: Site) -> None:
    """Somebody switched the microphone off for half a minute, then on again."""
    for border in (30, 60):
        replay(page, past, "Rebuilt", border - 2)
        wait_for(
            page,
            "us => Number(document.querySelector('[data-position-us]').dataset.positionUs) > us",
            past.start_us + (border + 1) * S,
        )
        plays(page)
        assert len({frame for frame, _ in listen(page, 1.5)}) > RATE / 2, "the picture moves"
    page.keyboard.press("m")
    count = page.evaluate("window.decoded()")
    wait_for(page, "count => window.decoded() > count", count)


def test_footage_without_sound_says_so(page: Page, past: Site) -> None:
    replay(page, past, "Car park", 5)
    page.keyboard.press("m")
    expect(page.get_by_text("This footage has no sound.")).to_be_visible()
    expect(page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "false")
