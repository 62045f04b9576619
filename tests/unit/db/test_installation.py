"""A data folder knows who it is and who uses it."""

import os
from pathlib import Path

import pytest

from vedette.base.errors import ConfigError, Conflict
from vedette.db.installation import (
    ServerLock,
    make_data_folder,
    read_installation,
    remember_volumes,
    server_process,
)


def test_a_fresh_folder_becomes_an_installation_and_stays_it(tmp_path: Path) -> None:
    first = read_installation(tmp_path)
    remember_volumes(tmp_path, {"/srv/a": "volume-a"})
    again = read_installation(tmp_path)
    assert again.id == first.id
    assert again.volumes == {"/srv/a": "volume-a"}


def test_a_damaged_file_is_not_replaced_by_a_new_identity(tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text("{")
    with pytest.raises(ConfigError, match="damaged; put it back"):
        read_installation(tmp_path)


def test_the_data_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_data_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be made .*give another --data"):
        make_data_folder(tmp_path / "file" / "data")


def test_one_server_at_a_time(tmp_path: Path) -> None:
    assert server_process(tmp_path) is None
    with ServerLock(tmp_path):
        assert server_process(tmp_path) == os.getpid()
        with pytest.raises(Conflict, match=f"process {os.getpid()}"), ServerLock(tmp_path):
            pass
    assert server_process(tmp_path) is None
    with ServerLock(tmp_path):
        pass
