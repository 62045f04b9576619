"""What grants add up to."""

from hypothesis import given
from hypothesis import strategies as st

from vedette.accounts.access import Access, rights_of, rights_text, work_out
from vedette.model.rights import OF_CAMERAS, Grant, Offer, Right, Role, ScopeKind

DAY_S = 86_400
NOW_US = 1_777_636_800_000_000
CAMERAS = ("a", "b", "c")
SITES = {"s": ("a", "b")}
GROUPS = {"g": ("b", "c")}
SCOPES = st.sampled_from(
    [
        (ScopeKind.ORGANISATION, ""),
        (ScopeKind.SITE, "s"),
        (ScopeKind.SITE, "gone"),
        (ScopeKind.GROUP, "g"),
        (ScopeKind.CAMERA, "a"),
    ]
)
ROLES = st.dictionaries(
    st.sampled_from(["x", "y", "z"]),
    st.builds(
        Role,
        id=st.just(""),
        organisation=st.just("o"),
        name=st.just("n"),
        rights=st.frozensets(st.sampled_from(Right)),
        replay_s=st.none() | st.integers(1, 400 * DAY_S),
    ),
)
GRANTS = st.lists(
    st.tuples(
        st.sampled_from(["x", "y", "z"]), SCOPES, st.none() | st.sampled_from([NOW_US, NOW_US + 1])
    ).map(lambda of: Grant("", "o", "p", of[0], of[1][0], of[1][1], of[2])),
    max_size=5,
)


def holds(grant: Grant, camera: str) -> bool:
    within = {
        ScopeKind.ORGANISATION: CAMERAS,
        ScopeKind.SITE: SITES.get(grant.scope_id, ()),
        ScopeKind.GROUP: GROUPS.get(grant.scope_id, ()),
        ScopeKind.CAMERA: (grant.scope_id,),
    }
    return camera in within[grant.scope]


@given(GRANTS, ROLES)
def test_a_right_is_held_where_a_living_grant_gives_it_and_nowhere_else(
    grants: list[Grant], roles: dict[str, Role]
) -> None:
    access = work_out(grants, roles, SITES, GROUPS, NOW_US)
    living = [
        grant
        for grant in grants
        if grant.role in roles and (grant.expires_us is None or grant.expires_us > NOW_US)
    ]
    for right in Right:
        everywhere = [
            grant
            for grant in living
            if grant.scope is ScopeKind.ORGANISATION and right in roles[grant.role].rights
        ]
        assert access.may(right) == bool(everywhere)
        for camera in CAMERAS:
            there = [
                grant
                for grant in living
                if holds(grant, camera) and right in roles[grant.role].rights
            ]
            if right not in OF_CAMERAS:
                there = everywhere
            assert access.may(right, camera) == bool(there)
            reaches = [roles[grant.role].replay_s for grant in there]
            earliest = access.earliest_us(right, camera, NOW_US)
            if not reaches:
                assert earliest is None
            elif None in reaches:
                assert earliest == 0
            else:
                longest = max(reach for reach in reaches if reach is not None)
                assert earliest == max(0, NOW_US - longest * 1_000_000)


@given(GRANTS, ROLES, st.frozensets(st.sampled_from(Right)))
def test_a_token_may_never_do_more_than_its_person(
    grants: list[Grant], roles: dict[str, Role], rights: frozenset[Right]
) -> None:
    access = work_out(grants, roles, SITES, GROUPS, NOW_US)
    narrowed = access.narrowed(rights)
    for right in Right:
        for camera in (None, *CAMERAS):
            expected = right in rights and access.may(right, camera)
            assert narrowed.may(right, camera) == expected
    assert access.narrowed(None) == access


def test_nobody_sees_a_camera_by_auditing() -> None:
    auditor = Access({Right.AUDIT: None})
    assert not auditor.sees("a")
    assert Access({}, {"a": {Right.LIVE: None}}).sees("a")
    assert not Access({}, {"a": {Right.LIVE: None}}).sees("b")


@given(st.frozensets(st.sampled_from(Right)))
def test_rights_come_back_as_they_were_written(rights: frozenset[Right]) -> None:
    assert rights_of(rights_text(rights)) == rights


def test_a_right_of_a_newer_version_allows_nothing() -> None:
    assert rights_of('["live", "fly"]') == {Right.LIVE}


@given(GRANTS, ROLES, st.sampled_from(["x", "y", "z"]), SCOPES)
def test_what_is_handed_on_gives_nobody_more_than_the_giver_holds(
    grants: list[Grant], roles: dict[str, Role], role: str, scope: tuple[ScopeKind, str]
) -> None:
    """Also when cameras come to the site or the group later."""
    if role not in roles:
        return
    mine = work_out(grants, roles, SITES, GROUPS, NOW_US)
    lacking = mine.lacks(Offer(role, *scope), roles[role])
    handed = [Grant("", "o", "guest", role, *scope)]
    for sites, groups in ((SITES, GROUPS), ({"s": CAMERAS}, {"g": CAMERAS})):
        giver = work_out(grants, roles, sites, groups, NOW_US)
        guest = work_out(handed, roles, sites, groups, NOW_US)
        for right in Right:
            for camera in (None, *CAMERAS):
                if guest.may(right, camera) and right not in lacking:
                    assert giver.may(right, camera)
                    if camera is not None and right in {Right.REPLAY, Right.EXPORT}:
                        reach = giver.earliest_us(right, camera, NOW_US)
                        theirs = guest.earliest_us(right, camera, NOW_US)
                        assert reach is not None
                        assert theirs is not None
                        assert reach <= theirs


def test_whoever_holds_everything_may_hand_on_anything() -> None:
    everything = Role("x", "o", "All", frozenset(Right))
    mine = work_out([Grant("", "o", "p", "x")], {"x": everything}, {}, {}, NOW_US)
    for scope in ScopeKind:
        assert not mine.lacks(Offer("x", scope, "anything"), everything)
    limited = Role("x", "o", "Week", frozenset(Right), 7 * DAY_S)
    mine = work_out([Grant("", "o", "p", "x")], {"x": limited}, {}, {}, NOW_US)
    assert mine.lacks(Offer("x"), everything) == {Right.REPLAY, Right.EXPORT}
    assert not mine.lacks(Offer("x"), limited)
