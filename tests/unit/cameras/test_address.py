"""Credentials never stay in an address."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
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
        ("rtsp://h/p@2", "rtsp://h/p@2", None),
        ("rtsp://192.0.2.7:554/p@2", "rtsp://192.0.2.7:554/p@2", None),
        ("rtsp://[2001:db8::7]:554/p@2", "rtsp://[2001:db8::7]:554/p@2", None),
        ("rtsp://192.0.2.7/p?from=12:30&to=a@b", "rtsp://192.0.2.7/p?from=12:30&to=a@b", None),
        ("rtsp://u:p]/q@h/p", "rtsp://h/p", Credentials("u", "p]/q")),
        ("rtsp://u:12:34/q@h/p", "rtsp://h/p", Credentials("u", "12:34/q")),
        ("file:///clips/12:30@gate.mp4", "file:///clips/12:30@gate.mp4", None),
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


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://u:1234/x@host",
        "rtsp://u:1234?x@host:554/main",
        "rtsp://john.doe:1234#x@host",
        "rtsp://u:p@ss/x@host",
        "rtsp://a/b:secret@host",
        "rtsp://u:@[::]/x@host",
        "rtsp://u:p@192.0.2.7/p@2",
        "rtsp://h:554/p@2",
    ],
)
def test_what_may_be_a_password_or_a_path_is_refused(address: str) -> None:
    with pytest.raises(BadRequest, match=r"unclear where a password ends.*%40"):
        split_address(address)


printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(printable, printable)
def test_an_escaped_password_comes_out_whole_and_leaves_nothing(name: str, password: str) -> None:
    address = f"rtsp://{quote(name, safe='')}:{quote(password, safe='')}@host:554/main"
    bare, credentials = split_address(address)
    assert bare == "rtsp://host:554/main"
    assert credentials == Credentials(name, password)


# Long enough for no part of the rest to hold it by chance, and full of what ends a password early.
SECRET = "Zq7x"
awkward = st.builds(
    "{}{}{}".format,
    st.text("1234:/?#@[]%;&=.", max_size=6),
    st.just(SECRET),
    st.text("1234:/?#@[]%;&=.", max_size=6),
)
hosts = st.sampled_from(["host", "cam.example", "192.0.2.7:554", "[2001:db8::7]", "[::1]:554"])
paths = st.sampled_from(["", "/", "/main", "/main?channel=1", "/Streaming/Channels/101"])


@given(
    st.one_of(st.sampled_from(["u", "root", "john.doe", ""]), st.text("u1.[]/@", max_size=4)),
    awkward,
    hosts,
    paths,
)
@example("u", f"1234/{SECRET}", "host", "")
@example("u", f"@1/{SECRET}", "host", "")
def test_an_unescaped_password_never_stays_nor_shows(
    name: str, password: str, host: str, path: str
) -> None:
    try:
        shown, found = split_address(f"rtsp://{name}:{password}@{host}{path}")
    except BadRequest as refusal:
        shown = str(refusal)
    else:
        assert found is not None
        assert SECRET in found.username + found.password
    assert SECRET not in shown


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
