"""Credentials never stay in an address."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.cameras.address import split_address
from vedette.model.camera import Credentials


@pytest.mark.parametrize(
    ("address", "bare", "credentials"),
    [
        ("rtsp://h/p", "rtsp://h/p", None),
        (" RTSP://h:554/p?q=1 ", "rtsp://h:554/p?q=1", None),
        ("rtsp://u:p@h/p", "rtsp://h/p", Credentials("u", "p")),
        ("rtsp://u@h/p", "rtsp://h/p", Credentials("u", "")),
        ("rtsp://@h/p", "rtsp://h/p", None),
        ("rtsp://u:p%40ss%2F@h/p", "rtsp://h/p", Credentials("u", "p@ss/")),
        ("rtsp://u:p@ss@h/p", "rtsp://h/p", Credentials("u", "p@ss")),
        ("rtsp://u:p/ss#1?@h:554/p", "rtsp://h:554/p", Credentials("u", "p/ss#1?")),
        ("rtsp://u:p@[2001:db8::7]:554/p", "rtsp://[2001:db8::7]:554/p", Credentials("u", "p")),
        ("rtsp://[2001:db8::7]/p", "rtsp://[2001:db8::7]/p", None),
        ("rtsp://h/p?mail=a@b", "rtsp://h/p?mail=a@b", None),
        ("rtsp://h:554/p@2", "rtsp://h:554/p@2", None),
        ("file:///clips/a.mp4", "file:///clips/a.mp4", None),
    ],
)
def test_an_address_is_split(address: str, bare: str, credentials: Credentials | None) -> None:
    assert split_address(address) == (bare, credentials)


@pytest.mark.parametrize(
    "address",
    ["", "h/p", "://h", "rtsp://", "rtsp:///p", "rtsp://h:99999/p", "rtsp://h\n/p", "rtsp://[::/p"],
)
def test_nonsense_is_refused(address: str) -> None:
    with pytest.raises(BadRequest):
        split_address(address)


printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(printable, printable)
def test_an_escaped_password_comes_out_whole_and_leaves_nothing(name: str, password: str) -> None:
    address = f"rtsp://{quote(name, safe='')}:{quote(password, safe='')}@host:554/main"
    bare, credentials = split_address(address)
    assert bare == "rtsp://host:554/main"
    assert credentials == Credentials(name, password)


@given(st.text(max_size=40))
def test_whatever_is_typed_no_credentials_stay(rest: str) -> None:
    try:
        bare, _ = split_address(f"rtsp://{rest}")
    except BadRequest:
        return
    assert "@" not in urlsplit(bare).netloc


def test_a_refusal_does_not_repeat_the_address() -> None:
    with pytest.raises(BadRequest) as refusal:
        split_address("rtsp://root:hunter2@:99999999/p")
    assert "hunter2" not in str(refusal.value)
