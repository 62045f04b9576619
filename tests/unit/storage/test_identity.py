"""A wrong disk, an unmounted disk and a second Vedette are refused with a clear sentence."""

import asyncio
import json
from pathlib import Path

import pytest

from vedette.base.errors import ConfigError, NotFound, StorageError, WrongVolume
from vedette.model.health import VolumeState
from vedette.storage.identity import IDENTITY_NAME, VolumeLock, check_identity
from vedette.storage.ports import VolumeRequest
from vedette.storage.settings import VolumeSettings
from vedette.storage.volumes import Volumes


def test_an_empty_folder_becomes_a_volume_and_stays_it(tmp_path: Path) -> None:
    request = VolumeRequest(tmp_path / "disk", "installation")
    volume = check_identity(request, 7)
    assert check_identity(request, 8) == volume
    content = json.loads((tmp_path / "disk" / IDENTITY_NAME).read_text())
    assert content == {"volume": volume, "installation": "installation", "created_us": 7}


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    check_identity(VolumeRequest(tmp_path, "one"), 0)
    with pytest.raises(WrongVolume, match="another installation"):
        check_identity(VolumeRequest(tmp_path, "two"), 0)
    with pytest.raises(WrongVolume, match="was there before"):
        check_identity(VolumeRequest(tmp_path, "one", expected="other"), 0)
    (tmp_path / IDENTITY_NAME).write_text("{")
    with pytest.raises(WrongVolume, match="damaged"):
        check_identity(VolumeRequest(tmp_path, "one"), 0)


def test_a_folder_with_strangers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(WrongVolume, match=r"holiday\.jpg"):
        check_identity(VolumeRequest(tmp_path, "one"), 0)


def test_one_running_vedette_shares_a_volume_with_its_workers_only(tmp_path: Path) -> None:
    first, worker = VolumeLock(tmp_path, "run-1"), VolumeLock(tmp_path, "run-1")
    first.take()
    worker.take()
    with pytest.raises(StorageError, match="another running Vedette"):
        VolumeLock(tmp_path, "run-2").take()
    first.release()
    with pytest.raises(StorageError, match="another running Vedette"):
        VolumeLock(tmp_path, "run-2").take()
    again = VolumeLock(tmp_path, "run-1")
    again.take()
    again.release()
    worker.release()
    worker.release()
    second = VolumeLock(tmp_path, "run-2")
    second.take()
    second.release()


def test_an_unmounted_disk_is_missing_until_it_is_back(tmp_path: Path) -> None:
    async def story() -> None:
        settings = [VolumeSettings(path=tmp_path / name, reserve_bytes=0) for name in "ab"]
        volumes = Volumes(tmp_path / "data", settings)
        await volumes.open()
        assert {one.state for one in volumes.health()} == {VolumeState.READY}
        identifiers = {one.id for one in volumes.health()}
        await volumes.close()

        (tmp_path / "a").rename(tmp_path / "away")
        (tmp_path / "a").mkdir()
        volumes = Volumes(tmp_path / "data", settings)
        await volumes.open()
        first, second = volumes.health()
        assert (first.state, second.state) == (VolumeState.MISSING, VolumeState.READY)
        assert "mount its disk" in first.detail
        assert not list((tmp_path / "a").iterdir()), "nothing is written to the wrong place"
        chosen = {(volumes.choose(str(seed)) or pytest.fail("no volume")).id for seed in range(20)}
        assert chosen == {second.id}
        with pytest.raises(NotFound, match="not mounted"):
            volumes.reader("nowhere")

        (tmp_path / "a").rmdir()
        (tmp_path / "away").rename(tmp_path / "a")
        await volumes.measure()
        assert {one.id for one in volumes.health()} == identifiers
        assert {one.state for one in volumes.health()} == {VolumeState.READY}
        await volumes.close()

    asyncio.run(story())


def test_the_reserve_is_never_given_away(tmp_path: Path) -> None:
    async def story() -> None:
        settings = [VolumeSettings(path=tmp_path / "a", reserve_bytes=1 << 60)]
        volumes = Volumes(tmp_path / "data", settings)
        await volumes.open()
        assert volumes.choose("x") is None
        await volumes.close()

    asyncio.run(story())


def test_a_damaged_record_of_the_installation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text("[]")
    with pytest.raises(ConfigError, match=r"installation\.json"):
        Volumes(tmp_path, [])


def test_default_reserves() -> None:
    settings = VolumeSettings(path=Path("x"))
    gib = 1024**3
    assert settings.reserve_of(10 * gib) == gib
    assert settings.reserve_of(100 * gib) == 5 * gib
    assert settings.reserve_of(8000 * gib) == 20 * gib
