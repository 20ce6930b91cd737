"""Roles with their dates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.customers import PartyRole, RoleHeld
from relcore.customers.role import joined
from tests.strategies import NOON

DAY = timedelta(days=1)
DONOR, VENDOR = PartyRole.DONOR, PartyRole.VENDOR

days = st.integers(0, 12)
spans = st.tuples(st.sampled_from([DONOR, VENDOR]), days, st.none() | st.integers(1, 6)).map(
    lambda t: RoleHeld(t[0], NOON + t[1] * DAY, None if t[2] is None else NOON + (t[1] + t[2]) * DAY)
)
histories = st.lists(spans, max_size=5)


def test_a_role_is_held_from_its_beginning_to_just_before_its_end() -> None:
    held = RoleHeld(DONOR, NOON, NOON + DAY)

    assert [held.holds(NOON + n * DAY / 2) for n in (-1, 0, 1, 2)] == [False, True, True, False]


@pytest.mark.parametrize("until", [NOON, NOON - DAY])
def test_a_role_cannot_end_before_it_began(until: object) -> None:
    with pytest.raises(Invalid, match="must be after the role began"):
        RoleHeld(DONOR, NOON, until)  # type: ignore[arg-type]


@given(histories, histories)
def test_joined_histories_hold_exactly_when_one_of_them_does(
    one: list[RoleHeld], other: list[RoleHeld]
) -> None:
    whole = joined(one, other)

    for n in range(40):
        at = NOON + n * DAY / 2
        assert {h.role for h in whole if h.holds(at)} == {h.role for h in (*one, *other) if h.holds(at)}


@given(histories, histories)
def test_joining_has_no_order_and_joining_again_changes_nothing(
    one: list[RoleHeld], other: list[RoleHeld]
) -> None:
    whole = joined(one, other)

    assert whole == joined(other, one) == joined(whole, whole)
