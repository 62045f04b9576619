"""Which sites make sense."""

from dataclasses import replace

import pytest

from vedette.base.errors import BadRequest
from vedette.model.site import Site
from vedette.sites.decide import checked

SITE = Site("s", "ours", "North school", "Europe/Vienna", "1 School Lane\nVienna", 48.2, 16.4)


def test_a_sensible_site_is_trimmed_and_kept() -> None:
    assert checked("ours", replace(SITE, name="  North school ", address="\n" + SITE.address)) == (
        SITE
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(SITE, name=" "), "1 to 200"),
        (replace(SITE, name="a\nb"), "printable"),
        (replace(SITE, name="n" * 201), "1 to 200"),
        (replace(SITE, address="a\x00b"), "printable"),
        (replace(SITE, address="a" * 501), "at most 500"),
        (replace(SITE, latitude=None), "both"),
        (replace(SITE, longitude=None), "both"),
        (replace(SITE, latitude=90.1), "latitude"),
        (replace(SITE, latitude=float("nan")), "latitude"),
        (replace(SITE, longitude=-180.1), "longitude"),
        (replace(SITE, time_zone="Europe"), "Europe/Vienna"),
        (replace(SITE, time_zone="Mars/Olympus"), "no time zone"),
        (replace(SITE, time_zone="../../etc/passwd"), "no time zone"),
        (replace(SITE, time_zone=""), "no time zone"),
        (replace(SITE, organisation="theirs"), "does not belong"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: Site, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        checked("ours", wrong)
