"""The browser in words, from what real ones send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.accounts.device import device_words

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 "


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"{CHROME}Safari/537.36", "Chrome on Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
            ),
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1"
            ),
            "Chrome on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
                "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
            ),
            "Samsung Internet on an Android phone",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
                "Gecko) Version/18.6 Safari/605.1.15"
            ),
            "Safari on a Mac",
        ),
        ("python-httpx/0.28.1", "a Python script"),
        ("", "an unknown browser"),
    ],
)
def test_what_browsers_send_reads_as_people_say_it(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words


@given(st.text())
def test_whatever_is_sent_nothing_of_it_is_repeated(user_agent: str) -> None:
    words = device_words(user_agent)
    assert words
    assert words.isascii()
    assert len(words) < 60
