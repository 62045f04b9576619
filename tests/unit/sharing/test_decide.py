"""What a share lets somebody see: never more than was shared, never longer, never somebody else."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import BadRequest
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import Fragment
from vedette.model.share import Share
from vedette.sharing.decide import (
    Denial,
    Seer,
    State,
    Window,
    blanked,
    bounds_within,
    checked,
    footage_of,
    guest,
    live_denied,
    part_of,
    sees,
    shown,
    state_of,
)

S = 1_000_000
DAY = 86_400 * S
NOW = 1_777_636_800 * S
STREAM = StreamKey("owner", "gate", StreamRole.MAIN)

SHARE = Share(
    id="share",
    organisation="owner",
    recipient="police",
    recipient_name="Police",
    cameras=("gate", "yard"),
    live=True,
    footage_start_us=NOW - DAY,
    footage_end_us=NOW + DAY,
    sound=False,
    from_us=NOW - S,
    until_us=NOW + DAY,
    purpose="Break-in at the depot",
    made_by="ann",
    made_by_name="Ann",
    made_us=NOW - S,
)
OFFICER = Seer(organisation="police", live=True, earliest_us=0)

instants = st.integers(NOW - 3 * DAY, NOW + 3 * DAY)
maybe_instants = st.none() | instants
shares = st.builds(
    Share,
    id=st.sampled_from(["one", "two"]),
    organisation=st.just("owner"),
    recipient=st.sampled_from([None, "police", "fire", "owner"]),
    recipient_name=st.just("x"),
    cameras=st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(tuple),
    live=st.booleans(),
    footage_start_us=maybe_instants,
    footage_end_us=maybe_instants,
    sound=st.booleans(),
    from_us=instants,
    until_us=instants,
    purpose=st.just("x"),
    made_by=st.just("x"),
    made_by_name=st.just("x"),
    made_us=instants,
    ended_us=maybe_instants,
)
seers = st.one_of(
    st.builds(
        Seer,
        organisation=st.sampled_from(["police", "fire", "owner"]),
        live=st.booleans(),
        earliest_us=maybe_instants,
    ),
    st.sampled_from(["one", "two"]).map(guest),
    st.just(Seer()),
)
cameras = st.sampled_from("abcd")


@given(share=shares, seer=seers, camera=cameras, now_us=instants)
def test_nobody_sees_anything_that_was_not_shared_with_them(
    share: Share, seer: Seer, camera: str, now_us: int
) -> None:
    live = live_denied(share, seer, camera, now_us) is None
    footage = footage_of(share, seer, camera, now_us)
    if not live and isinstance(footage, Denial):
        return
    assert camera in share.cameras
    assert share.ended_us is None
    assert share.from_us <= now_us < share.until_us
    if share.recipient is None:
        assert seer.link == share.id
    else:
        assert (seer.organisation, seer.link) == (share.recipient, None)
    assert not live or (share.live and seer.live)


@given(share=shares, seer=seers, camera=cameras, now_us=instants)
def test_footage_lies_within_what_was_shared_the_persons_role_and_the_past(
    share: Share, seer: Seer, camera: str, now_us: int
) -> None:
    found = footage_of(share, seer, camera, now_us)
    if isinstance(found, Denial):
        return
    assert share.footage_start_us is not None
    assert seer.earliest_us is not None
    assert found.start_us >= max(share.footage_start_us, seer.earliest_us)
    assert found.end_us <= min(now_us, share.footage_end_us or now_us)
    assert found.start_us < found.end_us


@given(share=shares, seer=seers, camera=cameras, now_us=instants, ended_us=instants)
def test_ending_ends_everything(
    share: Share, seer: Seer, camera: str, now_us: int, ended_us: int
) -> None:
    over = replace(share, ended_us=ended_us)
    assert not sees(over, seer, now_us)
    assert live_denied(over, seer, camera, now_us) is Denial.ABSENT
    assert footage_of(over, seer, camera, now_us) is Denial.ABSENT


@given(share=shares, seer=seers, now_us=instants)
def test_a_share_that_somebody_may_not_see_says_nothing_about_itself(
    share: Share, seer: Seer, now_us: int
) -> None:
    """Neither a wrong mode nor a wrong camera tells a stranger that there is a share."""
    if sees(share, seer, now_us):
        return
    for camera in (*share.cameras, "elsewhere"):
        assert live_denied(share, seer, camera, now_us) is Denial.ABSENT
        assert footage_of(share, seer, camera, now_us) is Denial.ABSENT


def test_why_something_is_not_shown() -> None:
    assert live_denied(SHARE, OFFICER, "gate", NOW) is None
    assert live_denied(SHARE, OFFICER, "lobby", NOW) is Denial.ABSENT
    assert live_denied(replace(SHARE, live=False), OFFICER, "gate", NOW) is Denial.MODE
    assert live_denied(SHARE, replace(OFFICER, live=False), "gate", NOW) is Denial.RIGHT
    assert footage_of(SHARE, OFFICER, "gate", NOW) == Window(NOW - DAY, NOW)
    shallow = replace(OFFICER, earliest_us=NOW - S)
    assert footage_of(SHARE, shallow, "gate", NOW) == Window(NOW - S, NOW)
    none = replace(SHARE, footage_start_us=None, footage_end_us=None)
    assert footage_of(none, OFFICER, "gate", NOW) is Denial.MODE
    blind = replace(OFFICER, earliest_us=None)
    assert footage_of(SHARE, blind, "gate", NOW) is Denial.RIGHT
    later = replace(SHARE, footage_start_us=NOW)
    assert footage_of(later, OFFICER, "gate", NOW) is Denial.MODE, "nothing yet"
    old = replace(SHARE, footage_end_us=NOW - DAY // 2)
    assert footage_of(old, shallow, "gate", NOW) is Denial.RIGHT


def test_a_share_passes_through_its_life() -> None:
    assert state_of(SHARE, SHARE.from_us - 1) is State.TO_COME
    assert state_of(SHARE, SHARE.from_us) is State.IN_FORCE
    assert state_of(SHARE, SHARE.until_us - 1) is State.IN_FORCE
    assert state_of(SHARE, SHARE.until_us) is State.OVER
    assert state_of(replace(SHARE, ended_us=NOW), NOW + DAY) is State.ENDED


@st.composite
def files(draw: st.DrawFn) -> list[Fragment]:
    """The groups of one segment's file, one after the other in time and in the file."""
    made: list[Fragment] = []
    at_us, offset = NOW, draw(st.integers(0, 50))
    for number in range(draw(st.integers(1, 6))):
        video, sound = draw(st.integers(1, 40)), draw(st.integers(0, 20))
        length_us = draw(st.integers(1, 5)) * S
        made.append(
            Fragment(
                STREAM,
                at_us,
                length_us,
                NOW,
                offset,
                video + sound,
                video,
                0,
                90_000,
                25,
                0,
                0,
                key=number == 0 or draw(st.booleans()),
                sha256=b"h" * 32,
            )
        )
        at_us += length_us + draw(st.sampled_from([0, S]))
        offset += video + sound
    return made


windows = st.tuples(st.integers(-2, 20), st.integers(1, 25)).map(
    lambda pair: Window(NOW + pair[0] * S, NOW + (pair[0] + pair[1]) * S)
)


@given(fragments=files(), window=windows)
def test_whole_groups_are_shown_from_a_key_frame_on(
    fragments: list[Fragment], window: Window
) -> None:
    kept = shown(fragments, window)
    assert not kept or kept[0].key
    for one in kept:
        assert window.start_us <= one.start_us
        assert one.start_us + one.duration_us <= window.end_us
    inside = [one for one in fragments if window.holds(one)]
    keys = [one.key for one in inside]
    assert kept == (inside[keys.index(True) :] if True in keys else [])


@given(
    st.lists(st.integers(0, 200), min_size=2, max_size=8, unique=True).map(sorted),
    st.integers(0, 220),
    st.integers(1, 100),
)
def test_days_are_cut_to_what_may_be_seen(bounds: list[int], start: int, length: int) -> None:
    window = Window(start, start + length)
    first, cut = bounds_within(bounds, window)
    days = {first + n: range(a, b) for n, (a, b) in enumerate(pairwise(cut))}
    for n, (a, b) in enumerate(pairwise(bounds)):
        seen = [at for at in range(a, b) if window.start_us <= at < window.end_us]
        assert list(days.get(n, ())) == seen


@given(
    fragments=files(),
    window=windows,
    offset=st.integers(0, 250),
    size=st.integers(1, 250),
    sound=st.booleans(),
)
def test_no_byte_of_anything_else_is_given_away(
    fragments: list[Fragment], window: Window, offset: int, size: int, *, sound: bool
) -> None:
    part = part_of(fragments, window, offset, size, sound=sound)
    allowed = {
        at
        for one in fragments
        if window.holds(one)
        for at in range(one.offset, one.offset + one.size)
    }
    asked = set(range(offset, offset + size))
    assert (part is not None) == (asked <= allowed)
    if part is None:
        return
    heard = blanked(b"\xff" * size, part)
    audio = {
        at for one in fragments for at in range(one.offset + one.video_size, one.offset + one.size)
    }
    for number, value in enumerate(heard):
        silent = not sound and offset + number in audio
        assert value == (0 if silent else 0xFF)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cameras": ()}, "different cameras"),
        ({"cameras": ("gate", "gate")}, "different cameras"),
        ({"live": False, "footage_start_us": None, "footage_end_us": None}, "or both"),
        ({"footage_start_us": None}, "from when on"),
        ({"footage_end_us": NOW - DAY}, "before it ends"),
        ({"until_us": NOW}, "end before it begins"),
        ({"from_us": NOW + 2 * DAY}, "end before it begins"),
        ({"until_us": NOW + 367 * DAY}, "366 days at most"),
        ({"recipient": None, "until_us": NOW + 32 * DAY}, "31 days at most"),
        ({"most_uses": 3}, "a link may be opened"),
        ({"purpose": "  "}, "say the purpose"),
        ({"purpose": "a\nb"}, "say the purpose"),
        ({"recipient_name": ""}, "whom it is for"),
    ],
)
def test_what_makes_no_sense_is_not_made(change: dict[str, object], says: str) -> None:
    assert checked(SHARE, NOW) == SHARE
    with pytest.raises(BadRequest, match=says):
        checked(replace(SHARE, **change), NOW)  # type: ignore[arg-type]
