"""G.711 becomes Opus while somebody listens: what comes out, when, and how much at once."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.media import g711, opus
from vedette.media.fmp4 import AUDIO_TRACK_ID, Sample, fragment, init_segment
from vedette.media.opus import SAMPLE_RATE
from vedette.model.camera import StreamRole
from vedette.model.packet import Codec, Packet, StreamFormat, TrackKind
from vedette.playback.settings import PlaybackSettings
from vedette.playback.sound import OpusEncoder, Sound
from vedette.playback.viewer import AudioAnswer, LiveFormat, LiveItem, LiveMedia, Viewer
from vedette.testing.house import House, format_of, open_house, packets_of
from vedette.testing.media import ClipSpec, make_clip

G711 = (Codec.PCM_ALAW, Codec.PCM_MULAW)
STEP, RATE = 160, 8_000
FRAME = SAMPLE_RATE // 50


def tone(codec: Codec, count: int, rate: int = RATE) -> list[bytes]:
    """Frames of 20 ms of a tone of 440 Hz that swells once a second."""
    step = rate // 50
    instants = np.arange(count * step) / rate
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * instants)
    wave = (12_000 * swell * np.sin(2 * np.pi * 440 * instants)).astype(np.int16)
    encoder = cast("Any", av.CodecContext.create(codec.value, "w"))
    encoder.sample_rate, encoder.layout, encoder.format = rate, "mono", "s16"
    frames: list[bytes] = []
    for at in range(0, len(wave), step):
        part = av.AudioFrame.from_ndarray(wave[at : at + step].reshape(1, -1), "s16", "mono")
        part.sample_rate = rate
        frames += [bytes(packet) for packet in encoder.encode(part)]
    return frames


def heard(sounds: list[Sound]) -> tuple[list[int], np.ndarray[Any, Any]]:
    """When each frame begins, and the samples at 48 kHz, decoded by FFmpeg from an MP4 file."""
    video = format_of(make_clip()).video
    parts = [init_segment(StreamFormat(video, opus.audio_track(1)))]
    base = sounds[0].pts
    for number, sound in enumerate(sounds, 1):
        sample = Sample(sound.payload, FRAME, key=True)
        parts += fragment(AUDIO_TRACK_ID, number, sound.pts - base, [sample])
    with cast("Any", av.open(io.BytesIO(b"".join(parts)), format="mp4")) as container:
        frames = list(container.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return [sound.pts for sound in sounds], samples


def loudness(samples: np.ndarray[Any, Any], window: int) -> np.ndarray[Any, Any]:
    whole = len(samples) // window * window
    return np.sqrt((samples[:whole].reshape(-1, window).astype(np.float64) ** 2).mean(axis=1))


@pytest.mark.parametrize("codec", G711)
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_what_is_heard_is_the_cameras_sound_at_its_time(codec: Codec, rate: int) -> None:
    encoder = OpusEncoder(g711.audio_track(codec, rate))
    step = rate // 50
    made = [
        one
        for number, payload in enumerate(tone(codec, 150, rate))
        for one in encoder.encode(Sound(number * step, number, number, payload))
    ]
    assert len(made) == 150, "each frame gives one, without waiting for more"
    times, samples = heard(made)
    assert {b - a for a, b in pairwise(times)} == {FRAME}
    assert -FRAME < times[0] <= 0, "the encoder's delay is taken off"
    levels = loudness(samples, FRAME)
    # It swells once a second: loudest in the middle, silent at its ends.
    assert levels[22:28].min() > 4 * max(levels[0], levels[48:52].min(), 1e-9)
    spectrum = np.abs(np.fft.rfft(samples[SAMPLE_RATE // 4 : SAMPLE_RATE * 3 // 4]))
    assert abs(int(spectrum.argmax()) * 2 - 440) <= 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(-500, 40_000)), max_size=12))
def test_time_only_goes_forward_and_holes_up_to_two_seconds_are_filled(
    pieces: list[tuple[int, int]],
) -> None:
    encoder = OpusEncoder(g711.audio_track(Codec.PCM_MULAW))
    at, times = 1000, list[int]()
    for size, hole in pieces:
        at = max(0, at + hole)
        times += [one.pts for one in encoder.encode(Sound(at, 0, 0, b"\xff" * size))]
        at += size
    assert all(b - a >= FRAME for a, b in pairwise(times))


def test_a_hole_becomes_silence_so_that_the_player_goes_on() -> None:
    encoder = OpusEncoder(g711.audio_track(Codec.PCM_ALAW))
    loud = tone(Codec.PCM_ALAW, 100)[20:30]
    made: list[Sound] = []
    for begin in (0, 10 * STEP + RATE):
        for number, payload in enumerate(loud):
            made += encoder.encode(Sound(begin + number * STEP, 0, 0, payload))
    times, samples = heard(made)
    assert {b - a for a, b in pairwise(times)} == {FRAME}
    levels = loudness(samples, FRAME)
    assert levels[20:50].max() < levels[3:9].min() / 10
    assert levels[63:68].min() > levels[20:50].max() * 10


def run(
    folder: Path,
    story: Callable[[House], Awaitable[None]],
    playback: PlaybackSettings | None = None,
) -> None:
    async def all_of_it() -> None:
        async with open_house(folder, playback=playback) as house:
            await story(house)

    asyncio.run(all_of_it())


SPOKEN = make_clip(ClipSpec(frames=50, key_interval=25, audio=Codec.PCM_ALAW))


def packets(house: House) -> list[Packet]:
    return list(packets_of(SPOKEN, house.open_stream(SPOKEN), turns=2))


async def until_heard(viewer: Viewer, frames: int) -> list[LiveItem]:
    """What a viewer is sent until so many frames of sound came."""
    items: list[LiveItem] = []
    count = 0
    async with asyncio.timeout(10):
        while count < frames:
            item = await viewer.next()
            assert item is not None
            items.append(item)
            if isinstance(item, LiveMedia) and not item.frames:
                count += 1
    return items


def test_a_listener_hears_and_only_while_somebody_listens_is_anything_encoded(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        live, key = house.services.live, house.camera.key(StreamRole.MAIN)
        sent = packets(house)
        silent, leave_silent = live.watch(key, audio=False)
        for packet in sent[:40]:
            house.hub.publish(key, packet)
        assert live.encoded_sounds() == 0
        first, leave_first = live.watch(key, audio=True)
        second, leave_second = live.watch(key, audio=True)
        assert live.encoded_sounds() == 1, "listeners share one encoder"
        for packet in sent[40:]:
            house.hub.publish(key, packet)
        expected = sum(one.track is TrackKind.AUDIO for one in sent[40:])
        items = await until_heard(first, expected)
        described = items[0]
        assert isinstance(described, LiveFormat)
        assert described.audio is AudioAnswer.PLAYED
        assert described.mime.endswith('opus"')
        data = described.init + b"".join(one.data for one in items if isinstance(one, LiveMedia))
        with cast("Any", av.open(io.BytesIO(data), format="mp4")) as container:
            frames = list(container.decode(audio=0))
        with cast("Any", av.open(io.BytesIO(data), format="mp4")) as container:
            pictures = list(container.decode(video=0))
        assert max(abs(frame.to_ndarray()).max() for frame in frames) > 0.05
        # Both tracks end together: sound and picture are in step.
        assert abs(frames[-1].time + 0.02 - (pictures[-1].time + 0.04)) < 0.06
        assert len(await until_heard(second, expected)) >= expected
        leave_first()
        assert live.encoded_sounds() == 1
        leave_second()
        assert live.encoded_sounds() == 0
        leave_silent()
        assert silent.waiting_bytes > 0

    run(tmp_path, story)


def test_when_the_connection_is_made_anew_the_listener_goes_on_hearing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        live, key = house.services.live, house.camera.key(StreamRole.MAIN)
        viewer, leave = live.watch(key, audio=True)
        for _ in range(2):
            sent = packets(house)
            for packet in sent:
                house.hub.publish(key, packet)
            # The first frame begins before the picture, by the delay of the encoder.
            spoken = sum(one.track is TrackKind.AUDIO for one in sent) - 1
            items = await until_heard(viewer, spoken)
            assert any(isinstance(one, LiveFormat) for one in items)
            assert live.encoded_sounds() == 1
        leave()

    run(tmp_path, story)


def test_too_many_listeners_are_told_so_and_still_see(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        live, key = house.services.live, house.camera.key(StreamRole.MAIN)
        house.play(SPOKEN)
        viewer, leave = live.watch(key, audio=True)
        described = await viewer.next()
        assert isinstance(described, LiveFormat)
        assert described.audio is AudioAnswer.BUSY
        assert "opus" not in described.mime
        started = await viewer.next()
        assert isinstance(started, LiveMedia)
        assert started.frames == 25
        leave()

    run(tmp_path, story, PlaybackSettings(max_encoded_sounds=0))
