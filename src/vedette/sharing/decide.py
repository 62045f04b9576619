"""Whether somebody may see a camera through a share, so, at this instant, and which footage. Pure.

Everything that is shown through a share asks here; what is not said yes to is not shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from vedette.base.errors import BadRequest
from vedette.base.units import US_PER_S
from vedette.model.footage import Fragment
from vedette.model.share import Share

MOST_CAMERAS = 64
LONGEST_PURPOSE = 500
LONGEST_NAME = 200
LONGEST_US = 366 * 86_400 * US_PER_S
"""How long a share with an organisation may last."""
LONGEST_LINK_US = 31 * 86_400 * US_PER_S
MOST_USES = 1000
_LATEST_US = 1 << 60


class Denial(StrEnum):
    """Why something is not shown."""

    ABSENT = "absent"  # there is no such share or camera, as far as the asker may know
    MODE = "mode"  # the share does not cover it
    RIGHT = "right"  # the asker's own organisation does not allow it


@dataclass(frozen=True, slots=True)
class Seer:
    """Who looks.

    Attributes:
        organisation: Of the person; None for a guest.
        link: The share whose link a guest opened; None for a person.
        live: Whether the person's own role allows live pictures.
        earliest_us: From when the person's own role allows footage, 0 without limit; None: never.
    """

    organisation: str | None = None
    link: str | None = None
    live: bool = False
    earliest_us: int | None = None


def guest(share: str) -> Seer:
    """Whoever opened the link of a share; nobody's role says anything about them."""
    return Seer(link=share, live=True, earliest_us=0)


@dataclass(frozen=True, slots=True)
class Window:
    """Footage that may be seen.

    Attributes:
        start_us: First instant.
        end_us: Excluded; later than the start.
    """

    start_us: int
    end_us: int

    def cut(self, start_us: int, end_us: int) -> "Window | None":
        """The part of a range that may be seen; None when nothing of it may."""
        start_us, end_us = max(start_us, self.start_us), min(end_us, self.end_us)
        return Window(start_us, end_us) if start_us < end_us else None

    def holds(self, fragment: Fragment) -> bool:
        """Whether every picture of a group may be seen."""
        end_us = fragment.start_us + fragment.duration_us
        return fragment.start_us >= self.start_us and end_us <= self.end_us


class State(StrEnum):
    """Where a share stands in its life."""

    TO_COME = "to come"
    IN_FORCE = "in force"
    OVER = "over"
    ENDED = "ended"


def state_of(share: Share, now_us: int) -> State:
    """Where a share stands."""
    if share.ended_us is not None:
        return State.ENDED
    if now_us >= share.until_us:
        return State.OVER
    return State.IN_FORCE if now_us >= share.from_us else State.TO_COME


def sees(share: Share, seer: Seer, now_us: int) -> bool:
    """Whether a share exists for somebody now."""
    if state_of(share, now_us) is not State.IN_FORCE:
        return False
    if seer.link is not None:
        return share.recipient is None and seer.link == share.id
    return share.recipient is not None and seer.organisation == share.recipient


def live_denied(share: Share, seer: Seer, camera: str, now_us: int) -> Denial | None:
    """Why somebody may not watch a camera live; None when they may."""
    if not sees(share, seer, now_us) or camera not in share.cameras:
        return Denial.ABSENT
    if not share.live:
        return Denial.MODE
    return None if seer.live else Denial.RIGHT


def footage_of(share: Share, seer: Seer, camera: str, now_us: int) -> Window | Denial:
    """Which footage of a camera somebody may watch now, or why none."""
    if not sees(share, seer, now_us) or camera not in share.cameras:
        return Denial.ABSENT
    if share.footage_start_us is None:
        return Denial.MODE
    if seer.earliest_us is None:
        return Denial.RIGHT
    end_us = now_us if share.footage_end_us is None else min(share.footage_end_us, now_us)
    if share.footage_start_us >= end_us:
        return Denial.MODE  # nothing yet
    start_us = max(share.footage_start_us, seer.earliest_us)
    # The role may reach less far back than what was shared.
    return Window(start_us, end_us) if start_us < end_us else Denial.RIGHT


def bounds_within(bounds_us: Sequence[int], window: Window) -> tuple[int, list[int]]:
    """The parts of consecutive days that may be seen.

    Args:
        bounds_us: When each day begins, ascending, and when the last one ends.
        window: What may be seen.

    Returns:
        Which day is the first of them, and their bounds as ``bounds_us``, cut; no bounds when
        nothing of any day may be seen.
    """
    days = [
        n
        for n, (a, b) in enumerate(pairwise(bounds_us))
        if a < window.end_us and b > window.start_us
    ]
    if not days:
        return 0, []
    first, last = days[0], days[-1]
    return first, [
        max(bounds_us[first], window.start_us),
        *bounds_us[first + 1 : last + 1],
        min(bounds_us[last + 1], window.end_us),
    ]


def shown(fragments: Iterable[Fragment], window: Window) -> list[Fragment]:
    """The groups of pictures that lie wholly within, beginning where decoding may start.

    Args:
        fragments: Oldest first, as an index gives them, with the lead-in of the first.
        window: What may be seen; pictures of a group are not taken apart, so that up to a group
            less is shown at either end.
    """
    found: list[Fragment] = []
    for one in fragments:
        if window.holds(one) and (found or one.key):
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a segment's file that may be given away.

    Attributes:
        offset: In the file.
        size: Bytes.
        silent: Offsets within the part, from and excluded to, of sound that is blanked.
    """

    offset: int
    size: int
    silent: tuple[tuple[int, int], ...]


def part_of(
    fragments: Sequence[Fragment], window: Window, offset: int, size: int, *, sound: bool
) -> Part | None:
    """Bytes of one segment's file, if all of them belong to footage that may be seen.

    Args:
        fragments: Of one segment.
        window: What may be seen.
        offset: First byte.
        size: Bytes, 1 or more.
        sound: Whether the sound may be heard.
    """
    at, end = offset, offset + size
    silent: list[tuple[int, int]] = []
    for one in sorted(fragments, key=lambda each: each.offset):
        if one.offset > at or one.offset + one.size <= at or not window.holds(one):
            continue
        reach = min(end, one.offset + one.size)
        quiet_from = max(at, one.offset + one.video_size)
        if not sound and quiet_from < reach:
            silent.append((quiet_from - offset, reach - offset))
        at = reach
        if at == end:
            return Part(offset, size, tuple(silent))
    return None


def blanked(data: bytes, part: Part) -> bytes:
    """The bytes with the sound taken out; nothing moves, so that the index stays true."""
    if not part.silent:
        return data
    quiet = bytearray(data)
    for start, end in part.silent:
        quiet[start:end] = bytes(end - start)
    return bytes(quiet)


def checked(share: Share, now_us: int) -> Share:
    """A share that is about to be made, with its words trimmed.

    Raises:
        BadRequest: It makes no sense; the text says what to change.
    """
    _check_words(share)
    if not 1 <= len(set(share.cameras)) == len(share.cameras) <= MOST_CAMERAS:
        raise BadRequest(f"share 1 to {MOST_CAMERAS} different cameras")
    if not share.live and share.footage_start_us is None:
        raise BadRequest("share live pictures, recorded footage, or both")
    start_us, end_us = share.footage_start_us, share.footage_end_us
    if start_us is None and end_us is not None:
        raise BadRequest("say from when on footage is shared")
    if start_us is not None and not 0 <= start_us < (end_us or _LATEST_US) <= _LATEST_US:
        raise BadRequest("the footage must begin before it ends")
    if not now_us < share.until_us or not share.from_us < share.until_us:
        raise BadRequest("the share would end before it begins; choose a later end")
    link = share.recipient is None
    longest_us = LONGEST_LINK_US if link else LONGEST_US
    if share.until_us - max(now_us, share.from_us) > longest_us:
        days = longest_us // 86_400 // US_PER_S
        raise BadRequest(f"it may last {days} days at most; share again later")
    if share.most_uses is not None and not (link and 1 <= share.most_uses <= MOST_USES):
        raise BadRequest(f"a link may be opened 1 to {MOST_USES} times; others have no such limit")
    return share


def _check_words(share: Share) -> None:
    for words, longest, what in (
        (share.purpose, LONGEST_PURPOSE, "the purpose"),
        (share.recipient_name, LONGEST_NAME, "whom it is for"),
    ):
        if not words.strip() or len(words) > longest or not words.isprintable():
            raise BadRequest(f"say {what} in 1 to {longest} printable characters")
