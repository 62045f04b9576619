"""Why somebody did what is sensitive, in their own words."""

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What an organisation may ask a reason for."""

    REPLAY = "replay"  # watch recorded footage
    EXPORT = "export"  # make an export
    SHARE = "share"  # let another organisation or a guest see cameras
    RIGHTS = "rights"  # give or take roles, invite, change what roles allow
    REMOVE = "remove"  # remove a camera, a site or a person


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that was given, good for a while.

    Attributes:
        act: What for.
        text: In the person's words.
        until_us: When it must be given again.
    """

    act: Act
    text: str
    until_us: int
