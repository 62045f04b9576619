"""What an export holds: the right pictures, in time, whole or with the truth about what is not."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.unit.export.films import (
    NOON,
    boxes_of,
    export,
    listen,
    loudness,
    manifest_of,
    request_of,
    told,
    watch,
)
from vedette.base.units import US_PER_S
from vedette.catalog.ports import FootageBatch
from vedette.model.camera import StreamRole
from vedette.model.export import Exactness, SoundChoice
from vedette.model.footage import ClockStep, Gap
from vedette.model.packet import Codec, GapReason
from vedette.testing.house import House
from vedette.testing.media import ClipSpec, make_clip
from vedette.testing.numbered import numbered_clip

S = US_PER_S


def test_a_range_by_group_begins_at_the_key_frame_and_ends_with_the_group(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(numbered_clip(160, 96, frames=60), NOON)
        request = request_of(house, NOON + 1_250_000, NOON + 3_150_000)
        outcome = await export(house, request, tmp_path / "out")
        (file,) = outcome.files
        assert boxes_of(tmp_path / "out" / file.name)[:2] == ["ftyp", "moov"]
        seen = watch(tmp_path / "out" / file.name)
        assert [one.number for one in seen] == list(range(10, 40))
        assert [float(one.at) for one in seen] == [n / 10 for n in range(30)]
        assert (file.start_us, file.end_us) == (NOON + S, NOON + 4 * S)

    told(tmp_path, story)


def test_a_range_by_frame_shows_exactly_the_frames_within(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(numbered_clip(160, 96, frames=60), NOON)
        request = request_of(house, NOON + 1_250_000, NOON + 3_150_000, exact=Exactness.FRAME)
        outcome = await export(house, request, tmp_path / "out")
        (file,) = outcome.files
        seen = watch(tmp_path / "out" / file.name)
        assert [one.number for one in seen] == list(range(13, 32))
        assert [float(one.at) for one in seen] == [n / 10 for n in range(19)]
        assert (file.start_us, file.end_us) == (NOON + 1_300_000, NOON + 3_200_000)

    told(tmp_path, story)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.HEVC])
def test_b_frames_keep_their_order_and_their_times(tmp_path: Path, codec: Codec) -> None:
    clip = make_clip(ClipSpec(codec=codec, b_frames=2))

    async def story(house: House) -> None:
        await house.record(clip, NOON, turns=3)
        by_group = await export(house, request_of(house, NOON + S, NOON + 3 * S), tmp_path / "g")
        times = [one.at for one in watch(tmp_path / "g" / by_group.files[0].name)]
        assert times == [Fraction(n, 25) for n in range(50)]
        request = request_of(house, NOON + 1_110_000, NOON + 2_900_000, exact=Exactness.FRAME)
        by_frame = await export(house, request, tmp_path / "f")
        times = [one.at for one in watch(tmp_path / "f" / by_frame.files[0].name)]
        # The first picture at or after 1.11 s is the one at 1.12, the last before 2.9 that at 2.88.
        assert times == [Fraction(n, 25) for n in range(45)]

    told(tmp_path, story)


@pytest.mark.parametrize(
    ("sound", "choice", "codec"),
    [
        (Codec.AAC, SoundChoice.PLAYABLE, "aac"),
        (Codec.PCM_ALAW, SoundChoice.PLAYABLE, "aac"),
        (Codec.PCM_MULAW, SoundChoice.PLAYABLE, "aac"),
        (Codec.PCM_ALAW, SoundChoice.ORIGINAL, "pcm_alaw"),
        (Codec.PCM_MULAW, SoundChoice.ORIGINAL, "pcm_mulaw"),
    ],
)
@pytest.mark.parametrize("exact", list(Exactness))
def test_sound_goes_with_the_picture(
    tmp_path: Path, sound: Codec, choice: SoundChoice, codec: str, exact: Exactness
) -> None:
    async def story(house: House) -> None:
        await house.record(make_clip(ClipSpec(audio=sound)), NOON, turns=3)
        request = request_of(house, NOON + S, NOON + 3 * S, sound=choice, exact=exact)
        outcome = await export(house, request, tmp_path / "out")
        path = tmp_path / "out" / outcome.files[0].name
        name, heard = listen(path)
        assert name == codec
        begins, (last, samples) = heard[0][0], heard[-1]
        rate = 16_000 if sound is Codec.AAC else 8_000
        assert 0 <= begins < 0.065
        assert last + samples / rate == pytest.approx(2.0, abs=0.14)
        # The tone swells once a second: it is loud half a second after each whole one.
        loud = loudness(path)
        assert loud(0.5) > 4 * loud(0.03)
        assert loud(1.5) > 4 * loud(1.03)
        (file,) = manifest_of(tmp_path / "out").files
        assert file.sound == ("converted" if sound.value != codec else "as recorded")

    told(tmp_path, story)


def test_silence_when_no_sound_is_wanted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(make_clip(ClipSpec(audio=Codec.AAC)), NOON)
        request = request_of(house, NOON, NOON + S, sound=SoundChoice.NONE)
        outcome = await export(house, request, tmp_path / "out")
        with av.open(str(tmp_path / "out" / outcome.files[0].name)) as container:
            assert not container.streams.audio

    told(tmp_path, story)


def test_segments_that_touch_are_one_file_and_its_time_is_wall_time(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        clip = numbered_clip(160, 96, frames=20)
        # Half a millisecond apart: the clock was slewed towards wall time.
        for number in range(4):
            await house.record(clip, NOON + number * 2_000_500)
        outcome = await export(house, request_of(house, NOON, NOON + 9 * S), tmp_path / "out")
        (file,) = outcome.files
        seen = watch(tmp_path / "out" / file.name)
        assert [one.number for one in seen] == 4 * list(range(20))
        assert float(seen[60].at) == pytest.approx(6.0015, abs=1e-5)
        assert file.end_us == NOON + 8_001_500

    told(tmp_path, story)


def test_a_gap_ends_the_file_and_is_told_with_its_reason(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        clip = numbered_clip(160, 96, frames=20)
        await house.record(clip, NOON)
        await house.record(clip, NOON + 10 * S)
        stream = house.camera.key(StreamRole.MAIN)
        gap = Gap(stream, NOON + 2 * S, NOON + 10 * S, GapReason.UNREACHABLE, "no route")
        await house.catalog.commit(stream.organisation, FootageBatch(gaps=(gap,)))
        outcome = await export(house, request_of(house, NOON, NOON + 20 * S), tmp_path / "out")
        assert [one.start_us - NOON for one in outcome.files] == [0, 10 * S]
        assert outcome.missing_us == 16 * S
        (camera,) = manifest_of(tmp_path / "out").cameras
        assert [(one.reason, one.end_us - one.start_us) for one in camera.missing] == [
            ("unreachable", 8 * S),
            ("not_yet", 8 * S),
        ]

    told(tmp_path, story)


def test_a_new_format_begins_a_new_file(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(numbered_clip(160, 96, frames=20), NOON)
        await house.record(numbered_clip(320, 176, frames=20), NOON + 2 * S)
        await house.record(numbered_clip(320, 176, frames=20, codec=Codec.HEVC), NOON + 4 * S)
        outcome = await export(house, request_of(house, NOON, NOON + 6 * S), tmp_path / "out")
        files = manifest_of(tmp_path / "out").files
        assert [(one.width, one.video_codec[:4]) for one in files] == [
            (160, "avc1"),
            (320, "avc1"),
            (320, "hvc1"),
        ]
        assert outcome.missing_us == 0
        for file in files:
            numbers = [one.number for one in watch(tmp_path / "out" / file.name)]
            assert numbers == list(range(20))

    told(tmp_path, story)


def test_a_clock_that_was_set_back_gives_two_files_for_the_same_hour(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        clip = numbered_clip(160, 96, frames=40)
        await house.record(clip, NOON)
        await house.record(clip, NOON + 2_050_000)
        stream = house.camera.key(StreamRole.MAIN)
        step = ClockStep(stream, NOON + 2_050_000, -1_950_000)
        await house.catalog.commit(stream.organisation, FootageBatch(clock_steps=(step,)))
        outcome = await export(house, request_of(house, NOON, NOON + 6 * S), tmp_path / "out")
        spans = [(one.start_us - NOON, one.end_us - NOON) for one in outcome.files]
        assert spans == [(0, 4 * S), (2_050_000, 6_050_000)]
        assert outcome.missing_us == 0
        (camera,) = manifest_of(tmp_path / "out").cameras
        assert [(one.at_us, one.step_us) for one in camera.clock_steps] == [
            (NOON + 2_050_000, -1_950_000)
        ]

    told(tmp_path, story)


def test_an_altered_fragment_is_left_out_and_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        segment = await house.record(numbered_clip(160, 96, frames=60), NOON)
        stream = house.camera.key(StreamRole.MAIN)
        rows = await house.catalog.fragments(stream.organisation, stream, NOON, NOON + 60 * S)
        path = house.volumes.reader(segment.volume).path(segment.path)
        assert path is not None
        spoilt = bytearray(path.read_bytes())
        spoilt[rows[2].offset + rows[2].size - 3] ^= 1
        path.write_bytes(spoilt)
        outcome = await export(house, request_of(house, NOON, NOON + 6 * S), tmp_path / "out")
        assert outcome.faults == 1
        assert outcome.missing_us == S
        first, second = (watch(tmp_path / "out" / one.name) for one in outcome.files)
        assert [one.number for one in first + second] == [*range(20), *range(30, 60)]
        (camera,) = manifest_of(tmp_path / "out").cameras
        (fault,) = camera.faults
        assert (fault.reason, fault.start_us) == ("altered", NOON + 2 * S)
        assert fault.recorded_sha256 == rows[2].sha256.hex() != fault.found_sha256
        assert [one.reason for one in camera.missing] == ["altered"]

    told(tmp_path, story)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        segment = await house.record(numbered_clip(160, 96, frames=20), NOON)
        await house.record(numbered_clip(160, 96, frames=20), NOON + 2 * S)
        await house.volumes.volume(segment.volume).erase([segment.path])
        outcome = await export(house, request_of(house, NOON, NOON + 4 * S), tmp_path / "out")
        assert (outcome.faults, outcome.missing_us) == (2, 2 * S)
        assert {one.reason for one in outcome.missing} == {"unreadable"}
        assert len(outcome.files) == 1

    told(tmp_path, story)


def test_the_same_export_twice_is_the_same_bytes(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(make_clip(ClipSpec(audio=Codec.PCM_ALAW)), NOON)
        request = request_of(house, NOON, NOON + 2 * S, reason="theft")
        one = await export(house, request, tmp_path / "one")
        two = await export(house, request, tmp_path / "two")
        assert one == two

    told(tmp_path, story)


def test_the_manifest_names_the_hash_of_every_fragment_where_it_lies(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.record(make_clip(ClipSpec(audio=Codec.AAC)), NOON, turns=2)
        await export(house, request_of(house, NOON, NOON + 4 * S), tmp_path / "out")
        manifest = manifest_of(tmp_path / "out")
        (file,) = manifest.files
        data = (tmp_path / "out" / file.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256
        at = file.fragments[0].offset
        for one in file.fragments:
            assert one.offset == at
            at += one.size
            assert hashlib.sha256(data[one.offset : at]).hexdigest() == one.sha256
        assert at == len(data)

    told(tmp_path, story)
