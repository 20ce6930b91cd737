"""Which of two values survives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.customers import (
    Claim,
    Criterion,
    SurvivorshipPolicy,
)
from tests.strategies import NOON

DAY = timedelta(days=1)
KEEP_SURVIVOR = SurvivorshipPolicy.keep_survivor()
NEWEST = SurvivorshipPolicy.newest()
MOST_COMPLETE = SurvivorshipPolicy.most_complete()
VERIFIED = SurvivorshipPolicy.verified()
RANKED = SurvivorshipPolicy.by_source("crm", "shop")

claims = st.builds(
    Claim,
    st.none() | st.sampled_from(["Ada", "Ada Byron", "A. Byron"]),
    st.none() | st.integers(0, 3).map(lambda n: NOON + n * DAY),
    st.none() | st.sampled_from(["crm", "shop", "list"]),
    st.booleans(),
)
policies = st.sampled_from([KEEP_SURVIVOR, NEWEST, MOST_COMPLETE, VERIFIED, RANKED])


def test_c5_the_newest_value_survives() -> None:
    old, new = Claim("Ada", NOON), Claim("Ada Byron", NOON + DAY)

    assert NEWEST.takes("name", old, new)
    assert not NEWEST.takes("name", new, old)
    assert NEWEST.takes("name", Claim("Eve"), old)  # what is dated beats what is not


def test_c5_the_most_complete_value_survives() -> None:
    assert MOST_COMPLETE.takes("name", Claim("Ada", NOON + DAY), Claim("Ada Byron", NOON))
    assert MOST_COMPLETE.takes("name", Claim("A. Byron"), Claim("Ada Byron"))
    assert not MOST_COMPLETE.takes("name", Claim("Ada Byron"), Claim("Ada  B."))


def test_c5_the_verified_value_survives_a_newer_one() -> None:
    checked, newer = Claim("Ada", NOON, verified=True), Claim("Eve", NOON + DAY)

    assert not VERIFIED.takes("name", checked, newer)
    assert VERIFIED.takes("name", newer, checked)


def test_c5_the_value_of_the_better_source_survives() -> None:
    shop, crm, somewhere = (Claim(s, NOON, source=s) for s in ("shop", "crm", "list"))

    assert RANKED.takes("name", shop, crm)
    assert not RANKED.takes("name", crm, shop)
    assert not RANKED.takes("name", shop, somewhere)
    assert RANKED.takes("name", somewhere, shop)


def test_c5_each_field_is_decided_for_itself() -> None:
    policy = SurvivorshipPolicy("ours", (), by_field={"owner": (Criterion.NEWEST,)})
    old, new = Claim("Ada", NOON), Claim("Eve", NOON + DAY)

    assert policy.takes("owner", old, new)
    assert not policy.takes("name", old, new)


@given(policies, claims, claims)
def test_c5_nothing_never_survives_something_and_nothing_is_added_up(
    policy: SurvivorshipPolicy, one: Claim[str], other: Claim[str]
) -> None:
    survives = other.value if policy.takes("name", one, other) else one.value

    assert survives in (one.value, other.value)
    assert (survives is None) is (one.value is other.value is None)


@given(policies, claims, claims)
def test_c5_two_records_never_take_from_each_other(
    policy: SurvivorshipPolicy, one: Claim[str], other: Claim[str]
) -> None:
    assert not (policy.takes("name", one, other) and policy.takes("name", other, one))


def test_sources_must_be_ranked_to_decide() -> None:
    with pytest.raises(Invalid, match="name them, the best first"):
        SurvivorshipPolicy("by source", (Criterion.SOURCE_RANK,))
    with pytest.raises(Invalid):
        SurvivorshipPolicy(" ", ())


def test_a_claim_does_not_show_its_value() -> None:
    assert "Ada" not in repr(Claim("Ada"))
