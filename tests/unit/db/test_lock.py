"""A data folder is private and has one server at a time."""

import os
from pathlib import Path

import pytest

from vedette.base.errors import ConfigError, Conflict
from vedette.db.lock import ServerLock, make_data_folder, server_process


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
