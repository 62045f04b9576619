"""Disks that fill up, fail, dawdle and lie: what was recorded stays, what is lost is said."""

import asyncio
import errno
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.record.site import ORGANISATION, Site, running, some_camera, with_calls
from vedette.bus.topics import VOLUME_HEALTH
from vedette.model.camera import RecordingPolicy, StreamRole
from vedette.model.footage import Segment
from vedette.model.health import VolumeHealth, VolumeState
from vedette.model.packet import GapReason, Packet
from vedette.record.settings import MIB, RecordSettings
from vedette.record.verify import Fault
from vedette.storage.disk import DiskCalls
from vedette.storage.ports import Space
from vedette.testing.clock import FakeClock
from vedette.testing.feed import Feed

CAMERA = some_camera()
STREAM = CAMERA.key(StreamRole.MAIN)
S = 1_000_000


class BadDisk(DiskCalls):
    """A disk with a fault that a test switches on."""

    def __init__(self) -> None:
        self.write_error = 0
        self.sync_error = 0
        self.folder_error = 0
        self.most_bytes = 1 << 40
        self.gate = threading.Event()
        self.gate.set()

    def write(self, descriptor: int, data: memoryview) -> int:
        self.gate.wait(30)
        if self.write_error:
            os.write(descriptor, data[:7])  # a full disk takes a little first
            raise OSError(self.write_error, os.strerror(self.write_error))
        return super().write(descriptor, data[: self.most_bytes])

    def sync(self, descriptor: int) -> None:
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        super().sync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        if self.folder_error:
            raise OSError(self.folder_error, os.strerror(self.folder_error))
        super().sync_folder(folder)


@pytest.fixture
def disks(monkeypatch: pytest.MonkeyPatch) -> dict[str, BadDisk]:
    """The disks by the name of their folder, made when a volume is opened."""
    made: dict[str, BadDisk] = {}
    with_calls(monkeypatch, lambda root: made.setdefault(root.name, BadDisk()))
    return made


def publish(site: Site, packets: Iterable[Packet]) -> None:
    for packet in packets:
        site.hub.publish(STREAM, packet)


async def used_disk(site: Site) -> str:
    """Name of the folder that the newest segment lies in."""
    segments = await site.segments(STREAM)
    return Path(site.volumes.entry(segments[-1].volume).settings.path).name


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("write_error", VolumeState.CONDEMNED),
        ("sync_error", VolumeState.CONDEMNED),
        ("full", VolumeState.FULL),
    ],
)
def test_recording_moves_to_another_volume_and_loses_nothing(
    tmp_path: Path, disks: dict[str, BadDisk], fault: str, state: VolumeState
) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA], volumes=["a", "b"]) as site:
            said: list[VolumeHealth] = []
            site.bus.subscribe(VOLUME_HEALTH, said.append)
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(10))
            await site.settle()
            bad = disks[await used_disk(site)]
            if fault == "full":
                bad.write_error = errno.ENOSPC
            else:
                setattr(bad, fault, errno.EIO)
            publish(site, feed.seconds(10))
            await site.settle()
            publish(site, feed.seconds(10.04))
            await site.settle()
            answer = await site.footage(STREAM)
            (span,) = answer.spans
            assert span.end_us - span.start_us == 30 * S
            assert answer.gaps == ()
            assert len(await site.segments(STREAM)) >= 2
            assert {one.state for one in said} >= {state}
            bad.write_error = bad.sync_error = 0
            for verdict in await site.verdicts(STREAM):
                # A condemned disk may hold more than was promised, never less or else.
                assert {one.fault for one in verdict.findings} <= {Fault.EXTRA}

    asyncio.run(story())


def test_with_no_disk_left_the_gap_says_so_and_recording_resumes(
    tmp_path: Path, disks: dict[str, BadDisk]
) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(10))
            await site.settle()
            disks["disk"].write_error = errno.ENOSPC
            publish(site, feed.seconds(10))
            await site.settle()
            publish(site, feed.seconds(10))
            await site.settle()
            disks["disk"].write_error = 0
            await site.look_after()
            publish(site, feed.seconds(10.04))
            await site.settle()
            answer = await site.footage(STREAM)
            before, after = answer.spans
            lost_s = (after.start_us - before.end_us) / S
            assert 20 <= lost_s <= 22
            assert {gap.reason for gap in answer.gaps} == {GapReason.STORAGE}
            covered = sum((gap.end_us or 0) - gap.start_us for gap in answer.gaps)
            assert covered == after.start_us - before.end_us, "every lost second lies in a gap"
            for verdict in await site.verdicts(STREAM):
                assert verdict.findings == ()

    asyncio.run(story())


def test_short_writes_are_carried_on(tmp_path: Path, disks: dict[str, BadDisk]) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            disks["disk"].most_bytes = 100
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4.04))
            await site.settle()
            (verdict,) = await site.verdicts(STREAM)
            assert verdict.findings == ()
            assert verdict.fragments == 2

    asyncio.run(story())


def test_a_slow_disk_costs_whole_groups_that_are_counted(
    tmp_path: Path, disks: dict[str, BadDisk]
) -> None:
    async def story() -> None:
        settings = RecordSettings(stream_buffer_bytes=MIB, commit_s=0.05)
        async with running(tmp_path, [CAMERA], settings=settings) as site:
            feed = Feed(frame_bytes=4000)
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(4))
            await site.settle()
            disks["disk"].gate.clear()
            publish(site, feed.seconds(40))
            dropped = site.service.dropped_groups(STREAM)
            assert 10 < dropped < 20
            disks["disk"].gate.set()
            await site.settle()
            publish(site, feed.seconds(4.04))
            await site.settle()
            answer = await site.footage(STREAM)
            (gap,) = answer.gaps
            assert gap.reason is GapReason.OVERRUN
            assert (gap.end_us or 0) - gap.start_us == dropped * 2 * S
            for verdict in await site.verdicts(STREAM):
                assert verdict.findings == ()

    asyncio.run(story())


def test_a_disk_that_may_not_be_written_is_condemned(
    tmp_path: Path, disks: dict[str, BadDisk]
) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            disks["disk"].folder_error = errno.EROFS
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(8))
            await site.settle()
            (health,) = site.service.volume_health()
            assert health.state is VolumeState.CONDEMNED
            assert "Read-only" in health.detail
            assert not await site.segments(STREAM)
            gaps = await site.catalog.footage(ORGANISATION, [STREAM], 0, 1 << 59)
            assert {gap.reason for gap in gaps[0].gaps} == {GapReason.STORAGE}

    asyncio.run(story())


def test_retention_by_age_bytes_and_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        settings = RecordSettings(segment_s=10, commit_s=0.05)
        async with running(tmp_path, [CAMERA], settings=settings) as site:
            feed = Feed(frame_rate=5, key_interval=10)
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(120))
            await site.settle()
            segments = await site.segments(STREAM)
            total = sum(one.bytes for one in segments)

            most = total * 2 // 3
            policy = RecordingPolicy(keep_s=None, keep_bytes=most)
            await site.put(replace(CAMERA, policy=policy))
            await site.look_after()
            kept = await site.segments(STREAM)
            assert sum(one.bytes for one in kept) <= most
            assert kept == segments[len(segments) - len(kept) :], "the oldest go first"
            assert await files_of(site) == {one.path for one in kept}

            # The disk has room for nothing: half of what is there must go for what comes.
            need = sum(one.bytes for one in kept) // 2
            entry = site.volumes.entries[0]
            volume = entry.volume
            assert volume is not None
            entry.bytes_per_hour = 0

            async def space() -> Space:
                left = await files_bytes(site)
                return Space(1 << 40, max(0, total - left))

            monkeypatch.setattr(volume, "space", space)
            entry.settings = entry.settings.model_copy(
                update={"reserve_bytes": (await space()).free_bytes + need}
            )
            await site.look_after()
            left = await site.segments(STREAM)
            assert 0 < len(left) < len(kept)
            assert (await space()).free_bytes >= entry.reserve_bytes

            assert isinstance(site.clock, FakeClock)
            site.clock.step_wall(300)
            policy = RecordingPolicy(keep_s=60)
            await site.put(replace(CAMERA, policy=policy))
            await site.look_after()
            assert len(await site.segments(STREAM)) <= 1

    asyncio.run(story())


def test_a_recorded_sub_stream_is_kept_and_limited_with_the_main_stream(tmp_path: Path) -> None:
    async def story() -> None:
        sub_stream = CAMERA.key(StreamRole.SUB)
        settings = RecordSettings(segment_s=10, commit_s=0.05)
        async with running(tmp_path, [CAMERA], settings=settings) as site:
            main, sub = (Feed(frame_rate=5, key_interval=10, frame_bytes=n) for n in (2000, 500))
            site.hub.publish(STREAM, main.opened())
            site.hub.publish(sub_stream, sub.opened())
            publish(site, main.seconds(60))
            for packet in sub.seconds(60):
                site.hub.publish(sub_stream, packet)
            await site.settle()
            assert not await site.segments(sub_stream), "nobody asked for it"

            policy = RecordingPolicy(keep_s=None, record_sub=True)
            await site.put(replace(CAMERA, policy=policy))
            publish(site, main.seconds(60))
            for packet in sub.seconds(60):
                site.hub.publish(sub_stream, packet)
            await site.settle()
            assert not any(one.findings for one in await site.verdicts(sub_stream))
            found = [*await site.segments(STREAM), *await site.segments(sub_stream)]
            total = sum(one.bytes for one in found)

            most = total // 3
            await site.put(replace(CAMERA, policy=replace(policy, keep_bytes=most)))
            await site.look_after()
            mains, subs = await site.segments(STREAM), await site.segments(sub_stream)
            assert most // 2 < sum(one.bytes for one in [*mains, *subs]) <= most
            assert mains, "the oldest of both went"
            assert subs, "the oldest of both went"
            assert abs(mains[0].start_us - subs[0].start_us) <= 12_000_000
            assert await files_of(site) == {one.path for one in [*mains, *subs]}

    asyncio.run(story())


def test_with_only_protected_footage_left_the_sub_stream_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with running(tmp_path, [CAMERA]) as site:
            said: list[VolumeHealth] = []
            site.bus.subscribe(VOLUME_HEALTH, said.append)
            main, sub = Feed(), Feed(frame_bytes=100)
            site.hub.publish(STREAM, main.opened())
            site.hub.publish(CAMERA.key(StreamRole.SUB), sub.opened())
            publish(site, main.seconds(4))
            await site.settle()
            entry = site.volumes.entries[0]
            free_bytes = 100_000
            volume = entry.volume
            assert volume is not None

            async def space() -> Space:
                await asyncio.sleep(0)
                return Space(1 << 40, free_bytes)

            monkeypatch.setattr(volume, "space", space)
            entry.bytes_per_hour = 10**10
            await site.look_after()
            assert any(one.state is VolumeState.FULL and "protected" in one.detail for one in said)
            publish(site, main.seconds(4))
            for packet in sub.seconds(4.04):
                site.hub.publish(CAMERA.key(StreamRole.SUB), packet)
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.reason is GapReason.STORAGE
            assert "sub stream" in gap.detail
            assert len(await site.fragments(CAMERA.key(StreamRole.SUB))) == 2

            free_bytes = 1 << 38
            entry.bytes_per_hour = 10**6
            await site.look_after()
            publish(site, main.seconds(4))
            await site.settle()
            (gap,) = (await site.footage(STREAM)).gaps
            assert gap.end_us is not None
            assert site.service.recording(STREAM)
            assert not site.service.recording(CAMERA.key(StreamRole.SUB))

    asyncio.run(story())


def test_verification_names_what_is_wrong(tmp_path: Path) -> None:
    async def story() -> None:
        settings = RecordSettings(segment_s=4, commit_s=0.05)
        async with running(tmp_path, [CAMERA], settings=settings) as site:
            feed = Feed()
            site.hub.publish(STREAM, feed.opened())
            publish(site, feed.seconds(30))
        async with running(tmp_path, [CAMERA]) as site:
            segments = await site.segments(STREAM)
            altered, short, extra, missing, header = segments[:5]
            fragment = (await site.fragments(STREAM))[0]
            spoil(tmp_path, altered, fragment.offset + fragment.size - 1, b"\xff")
            spoil(tmp_path, extra, extra.bytes, b"more")
            spoil(tmp_path, header, 0, b"\0\0\0\0")
            os.truncate(tmp_path / "disk" / short.path, short.bytes - 1)
            (tmp_path / "disk" / missing.path).unlink()
            found = {
                one.segment.start_us: [finding.fault for finding in one.findings]
                for one in await site.verdicts(STREAM)
            }
            assert found.pop(altered.start_us) == [Fault.ALTERED]
            assert found.pop(short.start_us) == [Fault.SHORT]
            assert found.pop(extra.start_us) == [Fault.EXTRA]
            assert found.pop(missing.start_us) == [Fault.MISSING]
            assert found.pop(header.start_us) == [Fault.HEADER]
            assert not any(found.values())

    asyncio.run(story())


def spoil(root: Path, segment: Segment, offset: int, data: bytes) -> None:
    with (root / "disk" / segment.path).open("r+b") as file:
        file.seek(offset)
        file.write(data)


async def files_of(site: Site) -> set[str]:
    root = site.root / "disk"
    return {str(path.relative_to(root)) for path in root.rglob("*.mp4")}


async def files_bytes(site: Site) -> int:
    return sum(path.stat().st_size for path in (site.root / "disk").rglob("*.mp4"))
