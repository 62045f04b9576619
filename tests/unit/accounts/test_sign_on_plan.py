"""Who is let in by what a provider says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vedette.accounts.settings import SignOnRole, SignOnSettings
from vedette.accounts.sign_on_plan import Known, plan_person, plan_roles
from vedette.model.rights import Grant, Offer, ScopeKind

SETTINGS = SignOnSettings(name="Town hall", issuer="https://id.example.org", client_id="vedette")
ANN = {
    "sub": "248289761001",
    "preferred_username": "ann",
    "email": "ann@School.Example.org",
    "email_verified": True,
    "groups": ["staff", "night"],
}


def with_settings(**changes: Any) -> SignOnSettings:
    return SETTINGS.model_copy(update=changes)


def test_somebody_is_known_by_the_subject_and_named_by_the_name() -> None:
    assert plan_person(ANN, SETTINGS) == Known("248289761001", "ann")
    other = with_settings(subject_claim="oid", name_claim="name")
    assert plan_person(ANN | {"oid": "7", "name": "Ann"}, other) == Known("7", "Ann")


@pytest.mark.parametrize("subject", [None, "", 7, ["a"], "x" * 256])
def test_without_a_subject_nobody_is_let_in(subject: Any) -> None:
    assert plan_person(ANN | {"sub": subject}, SETTINGS) is None


def test_only_verified_addresses_of_the_allowed_domains_count() -> None:
    school = with_settings(allowed_domains=("school.example.ORG",))
    assert plan_person(ANN, school)
    for change in (
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "ann@evil.test"},
        {"email": "ann@school.example.org.evil.test"},
        {"email": None},
    ):
        told = ANN | change
        assert plan_person(told, school) is None, change


def test_one_of_the_allowed_groups_is_enough() -> None:
    guards = with_settings(allowed_groups=("guards", "night"))
    assert plan_person(ANN, guards)
    assert plan_person(ANN | {"groups": "guards"}, guards)
    for groups in (None, [], ["Night"], "nightly", {"night": 1}, [7]):
        assert plan_person(ANN | {"groups": groups}, guards) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*ANN, "oid"]), JSON))
def test_whatever_is_claimed_nobody_outside_the_group_is_let_in(claims: dict[str, Any]) -> None:
    found = plan_person(claims, with_settings(allowed_groups=("guards",)))
    assert found is None or "guards" in claims["groups"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example.org"},
        {"issuer": "id.example.org"},
        {"subject_claim": "email"},
        {"unknown": "welcome"},
        {"secret": "s3cret"},
    ],
)
def test_settings_that_would_be_unsafe_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignOnSettings.model_validate(SETTINGS.model_dump() | wrong)


def test_the_groups_that_somebody_belongs_to_bring_their_roles() -> None:
    guards = SignOnRole(group="night", role="operator")
    others = SignOnRole(group="Night", role="administrator")
    known = plan_person(ANN, with_settings(roles=(guards, others)))
    assert known is not None
    assert known.roles == (guards,)


OFFERS = st.builds(
    Offer,
    st.sampled_from(["viewer", "operator"]),
    st.just(ScopeKind.SITE),
    st.sampled_from(["a", "b"]),
)
HELD = st.lists(
    st.tuples(OFFERS, st.sampled_from([None, "us", "them"])).map(
        lambda of: Grant("", "o", "p", of[0].role, of[0].scope, of[0].scope_id, provider=of[1])
    ),
    unique_by=lambda one: (one.role, one.scope_id, one.provider),
)


@given(st.lists(OFFERS), HELD)
def test_afterwards_the_provider_gave_what_is_wanted_and_nothing_else_was_touched(
    wanted: list[Offer], held: list[Grant]
) -> None:
    missing, surplus = plan_roles(wanted, held, "us")
    assert all(one.provider == "us" for one in surplus)
    kept = [
        Offer(one.role, one.scope, one.scope_id)
        for one in held
        if one.provider == "us" and one not in surplus
    ]
    assert sorted(map(repr, [*kept, *missing])) == sorted(map(repr, set(wanted)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"group": "", "role": "viewer"},
        {"group": "a", "role": ""},
        {"group": "a", "role": "viewer", "site": "x", "camera_group": "y"},
        {"group": "a", "role": "viewer", "rights": ["live"]},
    ],
)
def test_a_groups_role_says_clearly_what_it_means(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SignOnSettings.model_validate(SETTINGS.model_dump() | {"roles": [wrong]})
