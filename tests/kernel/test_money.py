"""Money: exact, in one currency, whole in its minor units, whatever the host does to the decimal context."""

from __future__ import annotations

import decimal
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relcore import Invalid, Money
from relcore.kernel.currencies import MINOR_UNITS
from relcore.kernel.money import minor_units, total
from tests.strategies import currencies, money

weights = st.lists(
    st.integers(0, 10**6) | st.decimals(0, 10**6, allow_nan=False, places=4), min_size=1, max_size=8
).filter(any)
huge = st.builds(Money.from_minor, st.integers(-(10**34), 10**34), currencies)


@given(huge, weights)
def test_parts_sum_to_the_whole_exactly_and_none_is_a_minor_unit_off(
    whole: Money, weights: list[Decimal]
) -> None:
    parts = whole.allocate(weights)

    assert total(parts, whole.currency) == whole
    for part, weight in zip(parts, weights, strict=True):
        share = whole.minor * Fraction(weight) / sum(map(Fraction, weights))
        assert abs(part.minor - share) < 1


@given(money, weights)
def test_negative_money_splits_as_its_mirror_image(whole: Money, weights: list[Decimal]) -> None:
    assert (-whole).allocate(weights) == tuple(-part for part in whole.allocate(weights))


@given(money, weights)
def test_who_has_no_weight_gets_nothing(whole: Money, weights: list[Decimal]) -> None:
    parts = whole.allocate([*weights, 0])

    assert not parts[-1]


def test_ties_go_to_the_earlier_part() -> None:
    parts = Money("0.05", "EUR").allocate([1, 1, 1])

    assert [part.minor for part in parts] == [2, 2, 1]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2], [Decimal("NaN")], [Decimal("Infinity"), 1]])
def test_weights_that_divide_nothing_are_refused(weights: list[Decimal]) -> None:
    with pytest.raises(Invalid, match="weights must be finite"):
        Money("1.00", "EUR").allocate(weights)


@given(huge, huge, weights, st.integers(1, 5))
def test_nothing_depends_on_the_decimal_context_of_the_host(
    one: Money, other: Money, weights: list[Decimal], digits: int
) -> None:
    other = Money.from_minor(other.minor, one.currency)

    def everything() -> list[object]:
        return [
            -one,
            one + other,
            one - other,
            one < other,
            one * 7,
            one.minor,
            one.allocate(weights),
            str(one),
        ]

    usual = everything()
    with decimal.localcontext(prec=digits, Emin=-1, Emax=2, rounding=decimal.ROUND_UP):
        assert everything() == usual


@given(huge, huge)
def test_sums_are_those_of_whole_minor_units(one: Money, other: Money) -> None:
    other = Money.from_minor(other.minor, one.currency)

    assert (one + other).minor == one.minor + other.minor
    assert (one - other).minor == one.minor - other.minor
    assert (one < other) == (one.minor < other.minor)
    assert Money(str(one.amount), one.currency) == one


@pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), True, False, None, [], 1j])
def test_a_float_is_never_money(value: object) -> None:
    with pytest.raises(Invalid):
        Money(value, "EUR")  # type: ignore[arg-type]

    with pytest.raises(Invalid):
        Money("1.00", "EUR") * value  # type: ignore[operator]


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("make", [Money, Money.rounded])
def test_money_is_finite(make: Callable[[str, str], Money], value: str) -> None:
    with pytest.raises(Invalid, match="must be finite"):
        make(value, "EUR")


@pytest.mark.parametrize("make", [Money, Money.rounded])
def test_money_is_bounded(make: Callable[[str, str], Money]) -> None:
    with pytest.raises(Invalid, match=r"must be below 10\*\*34"):
        make("1e40", "EUR")


@pytest.mark.parametrize(
    "compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.add, operator.sub]
)
def test_currencies_do_not_mix(compare: Callable[[Money, Money], object]) -> None:
    with pytest.raises(Invalid, match="must be EUR on both sides, got 'USD'"):
        compare(Money("1.00", "EUR"), Money("1.00", "USD"))


@pytest.mark.parametrize("other", [5, 0, "5.00", Decimal(5)])
def test_money_is_added_to_money_only(other: object) -> None:
    with pytest.raises(Invalid, match="must be Money on both sides"):
        Money("1.00", "EUR") + other  # type: ignore[operator]


def test_equal_amounts_of_two_currencies_are_not_equal() -> None:
    assert Money("1.00", "EUR") != Money("1.00", "USD")


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "EUR"), ("0.5", "JPY"), ("0.0001", "KWD")])
def test_what_cannot_be_paid_is_no_money_until_it_is_rounded(amount: str, currency: str) -> None:
    with pytest.raises(Invalid, match="must be whole in the minor units"):
        Money(amount, currency)

    assert Money.rounded(amount, currency) == Money.rounded(Decimal(amount), currency)


@given(st.decimals(-(10**12), 10**12, allow_nan=False), currencies)
def test_rounding_is_off_by_half_a_minor_unit_at_most(amount: Decimal, currency: str) -> None:
    rounded = Money.rounded(amount, currency)

    assert abs(Fraction(rounded.amount) - Fraction(amount)) * 10 ** minor_units(currency) <= Fraction(1, 2)


@pytest.mark.parametrize("currency", ["", "eur", "XXX", "XAU", None, 978])
def test_only_what_people_are_paid_in_is_a_currency(currency: object) -> None:
    with pytest.raises(Invalid, match="must be an ISO 4217 code"):
        Money("1", currency)  # type: ignore[arg-type]


def test_the_table_of_currencies_knows_those_that_are_odd() -> None:
    assert len(MINOR_UNITS) > 150
    assert {code: MINOR_UNITS[code] for code in ("EUR", "JPY", "KWD", "CLF", "ISK")} == {
        "EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4, "ISK": 0,
    }  # fmt: skip


@given(money)
def test_the_repr_of_money_makes_it_again(amount: Money) -> None:
    assume(amount)

    assert eval(repr(amount)) == amount
