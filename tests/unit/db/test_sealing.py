"""Secrets at rest."""

import stat
from pathlib import Path

import pytest

from vedette.base.errors import ConfigError
from vedette.db.sealing import Sealer


def test_what_was_sealed_opens_with_the_same_key_and_context(tmp_path: Path) -> None:
    key_file = tmp_path / "keys" / "sealing.key"
    sealed = Sealer(key_file).seal(b"secret", b"row 1")
    assert b"secret" not in sealed
    assert Sealer(key_file).open(sealed, b"row 1") == b"secret"
    assert Sealer(key_file).seal(b"secret", b"row 1") != sealed
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert list(key_file.parent.iterdir()) == [key_file]


@pytest.mark.parametrize("context", [b"row 2", b""])
def test_another_context_does_not_open(tmp_path: Path, context: bytes) -> None:
    sealer = Sealer(tmp_path / "key")
    with pytest.raises(ConfigError, match="does not open"):
        sealer.open(sealer.seal(b"secret", b"row 1"), context)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "key")
    sealed = sealer.seal(b"s", b"c")
    for place in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[place] ^= 1
        with pytest.raises(ConfigError):
            sealer.open(bytes(damaged), b"c")
    for length in range(len(sealed)):
        with pytest.raises(ConfigError):
            sealer.open(sealed[:length], b"c")


def test_another_key_does_not_open(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "one").seal(b"secret", b"c")
    other = Sealer(tmp_path / "two")
    other.seal(b"x", b"c")
    with pytest.raises(ConfigError, match="restore the key file"):
        other.open(sealed, b"c")


def test_a_missing_key_is_never_replaced_by_opening(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "key").seal(b"secret", b"c")
    (tmp_path / "key").unlink()
    with pytest.raises(ConfigError, match="is missing"):
        Sealer(tmp_path / "key").open(sealed, b"c")
    assert not (tmp_path / "key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    Sealer(key_file).seal(b"x", b"c")
    key_file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        Sealer(key_file).require_key()


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.touch(0o600)
    with pytest.raises(ConfigError, match="damaged"):
        Sealer(key_file).seal(b"x", b"c")


def test_a_key_file_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be"):
        Sealer(tmp_path / "file" / "key").seal(b"x", b"c")
