"""For whom passkeys are made."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.accounts.relying_party import RelyingParty, relying_party
from vedette.base.errors import Refused


def test_the_configured_address_counts_whatever_a_browser_says() -> None:
    public = ("https://Video.example.org:8443",)
    expected = RelyingParty("video.example.org", ("https://video.example.org:8443",))
    for origin in ("https://video.example.org:8443", "https://evil.test", "null", ""):
        assert relying_party(public, origin) == expected


def test_without_one_only_this_machine_counts() -> None:
    here = RelyingParty("localhost", ("http://localhost:8480",))
    assert relying_party((), "http://localhost:8480") == here


@pytest.mark.parametrize(
    ("public", "origin"),
    [
        ((), "http://127.0.0.1:8480"),
        ((), "http://video.example.org"),
        ((), "https://video.example.org"),
        ((), "http://localhost.evil.test"),
        ((), "null"),
        ((), ""),
        (("http://video.example.org",), "http://video.example.org"),
        (("https://192.0.2.1",), "https://192.0.2.1"),
        (("https://[2001:db8::1]",), ""),
    ],
)
def test_elsewhere_passkeys_are_refused_with_the_way_out(
    public: tuple[str, ...], origin: str
) -> None:
    with pytest.raises(Refused, match=r"server\.public_url"):
        relying_party(public, origin)


@given(st.from_regex(r"\A(https?|file|x)://[a-z0-9.\[\]:@-]{0,30}\Z"))
def test_no_origin_makes_us_somebody_else_than_this_machine(origin: str) -> None:
    try:
        assert relying_party((), origin).id == "localhost"
    except (Refused, ValueError):
        return
