"""An order: placed, paid, cancelled; what it costs is never negative."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Invalid, Money, Order, Refused
from relcore.ids import CustomerId, OrderId
from relcore.sales import OrderState
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()


def placed(amount: str = "29.33") -> Order:
    return Order.place(
        IDS.new(OrderId), customer=IDS.new(CustomerId), amount=Money(amount, "USD"), at=NOON
    ).entity


def test_an_order_is_placed_and_paid() -> None:
    later = NOON + timedelta(days=2)

    paid = placed().pay(at=later).entity

    assert (paid.state, paid.placed_at, paid.paid_at) == (OrderState.PAID, NOON, later)


def test_an_order_may_cost_nothing_but_not_less() -> None:
    assert not placed("0").amount

    with pytest.raises(Invalid, match="must be >= 0"):
        placed("-0.01")


@pytest.mark.parametrize("paid", [False, True])
def test_an_order_is_cancelled_for_a_reason_whether_paid_or_not(paid: bool) -> None:
    order = placed().pay(at=NOON).entity if paid else placed()

    assert order.cancel("out of stock", at=NOON).entity.cancel_reason == "out of stock"
    with pytest.raises(Refused, match="it needs cancel_reason"):
        order.cancel("", at=NOON)


def test_a_cancelled_order_stays_so() -> None:
    cancelled = placed().cancel("out of stock", at=NOON).entity

    with pytest.raises(
        Refused, match=r"is cancelled and cannot pay: there is no pay from cancelled. Possible now: nothing."
    ):
        cancelled.pay(at=NOON)


def test_an_order_that_no_database_could_hold_is_refused() -> None:
    with pytest.raises(Invalid, match="below 2\\*\\*63 minor units"):
        placed(str(2**63))
