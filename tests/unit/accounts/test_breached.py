"""The list of breached passwords: found by halving, never loaded, nothing repeated."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.accounts import breached
from vedette.accounts.breached import BreachedPasswords
from vedette.base.errors import BadRequest, ConfigError


def write_list(file: Path, passwords: list[str], *, end: str = "\n", tail: str = "") -> None:
    named = [hashlib.sha1(one.encode(), usedforsecurity=False) for one in passwords]
    hashes = sorted(one.hexdigest().upper() for one in named)
    file.write_bytes("".join(f"{one}{tail}{end}" for one in hashes).encode())


def is_known(file: Path | None, password: str) -> bool:
    try:
        asyncio.run(BreachedPasswords(file).check(password))
    except BadRequest:
        return True
    return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(st.text(max_size=12), max_size=40, unique=True),
    st.text(max_size=12),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", ":1", ":37359195"]),
)
def test_what_is_on_the_list_is_found_and_nothing_else(
    tmp_path: Path, passwords: list[str], other: str, end: str, tail: str
) -> None:
    file = tmp_path / "list"
    write_list(file, passwords, end=end, tail=tail)
    assert all(is_known(file, one) for one in passwords)
    assert is_known(file, other) is (other in passwords)


def test_a_long_list_is_read_in_few_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "list"
    write_list(file, [str(n) for n in range(50_000)], tail=":7")
    looked: list[bytes] = []
    hash_of = breached._hash_of

    def watched(line: bytes) -> str:
        looked.append(line)
        return hash_of(line)

    monkeypatch.setattr(breached, "_hash_of", watched)
    assert is_known(file, "31415")
    assert not is_known(file, "no number")
    assert len(looked) <= 2 * 18


def test_without_a_list_every_password_is_unknown() -> None:
    assert not is_known(None, "password")


@pytest.mark.parametrize(
    "content", [b"password\n123456\n", b"x" * 5000, b"\xff" * 90 + b"\n", b"5BAA6\n"]
)
def test_what_is_no_such_list_is_said_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="one SHA-1 in hexadecimal a line"):
        is_known(file, "password")
    with pytest.raises(ConfigError):
        is_known(tmp_path / "nowhere", "password")
