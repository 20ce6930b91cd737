"""An amount told apart among parties."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid, Money
from relcore.customers import apportioned
from relcore.ids import CustomerId
from tests.strategies import customer_ids, money

ADA, BYRON, CHARLES = (CustomerId(f"customer_{n:032x}") for n in range(3))

shares = st.dictionaries(
    customer_ids, st.integers(0, 1000) | st.decimals(0, 100, places=3), min_size=1, max_size=8
).filter(lambda given: any(given.values()))


@given(money, shares)
def test_b10_the_parts_of_a_household_sum_to_the_whole(
    amount: Money, given: dict[CustomerId, int | Decimal]
) -> None:
    parts = apportioned(amount, given)

    assert sum(part.minor for part in parts.values()) == amount.minor
    assert set(parts) == set(given)


@given(money, shares)
def test_b10_no_part_is_a_whole_minor_unit_from_its_share(
    amount: Money, given: dict[CustomerId, int | Decimal]
) -> None:
    parts = apportioned(amount, given)

    whole = sum(map(Decimal, given.values()))
    for party, share in given.items():
        assert abs(Decimal(parts[party].minor) * whole - amount.minor * Decimal(share)) < whole


def test_b10_a_cent_that_is_left_goes_by_id_and_not_by_the_order_of_names() -> None:
    cent = Money("0.01", "EUR")

    assert apportioned(cent, {CHARLES: 1, ADA: 1, BYRON: 1})[ADA] == cent
    assert apportioned(Money("100", "JPY"), {ADA: 1, BYRON: 1, CHARLES: 1})[ADA] == Money("34", "JPY")


@pytest.mark.parametrize("wrong", [{}, {ADA: 0}, {ADA: -1, BYRON: 2}, {ADA: Decimal("NaN")}])
def test_shares_that_say_nothing_are_refused(wrong: dict[CustomerId, int | Decimal]) -> None:
    with pytest.raises(Invalid, match="weights"):
        apportioned(Money("1", "EUR"), wrong)
