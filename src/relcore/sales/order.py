"""An order: what a customer bought at one time, for how much.

Orders are the purchases that lifetime value is computed from. A refund is a fact that points to its order, not an order
with a negative amount (docs/decisions.md, D4).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal

import attrs

from relcore.ids import CustomerId, OrderId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, evolve, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Lifecycle, begin, move
from relcore.kernel.money import Money
from relcore.kernel.words import Amount, Choice, Instant, Link


class OrderState(StrEnum):
    """How far an order has come."""

    PLACED = "placed"
    PAID = "paid"
    CANCELLED = "cancelled"


OrderMove = Literal["place", "pay", "cancel"]
PLACED, PAID, CANCELLED = OrderState.PLACED, OrderState.PAID, OrderState.CANCELLED

order_lifecycle = Lifecycle["Order", OrderState, OrderMove](
    "order",
    version=1,
    states={PLACED: Category.OPEN, PAID: Category.WON, CANCELLED: Category.VOID},
    final=(CANCELLED,),
    moves=(
        begin("place", to=PLACED, needs=["customer", "amount"]),
        move("pay", PLACED, to=PAID, needs=["paid_at"]),
        move("cancel", PLACED, PAID, to=CANCELLED, needs=["cancel_reason"]),
    ),
)


_SURELY_SMALL = 13
"""Powers of ten: with the four decimals that a currency may have, such an amount is far below 2**63 minor units."""


def _payable(order: Order, field: attrs.Attribute[Any], amount: Money) -> None:
    if amount.amount < 0:
        raise Invalid("Order.amount", "must be >= 0", amount, "a refund is a fact that points to its order")
    if amount.amount.adjusted() > _SURELY_SMALL and amount.minor >= 2**63:
        raise Invalid("Order.amount", "must be below 2**63 minor units", amount)


@attrs.frozen
class Order(Entity[OrderId, OrderState, OrderMove]):
    """An order of one customer. ``amount`` is what the customer pays; an order may cost nothing."""

    lifecycle: ClassVar = order_lifecycle

    id: OrderId = attrs.field(validator=a(OrderId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    amount: Money = attrs.field(validator=[a(Money), _payable])
    placed_at: datetime = attrs.field(converter=moment)
    state: OrderState = attrs.field(default=PLACED, validator=a(OrderState))
    paid_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    @classmethod
    def place(
        cls, id: OrderId, *, customer: CustomerId, amount: Money, at: datetime, by: Actor | None = None
    ) -> Change[Order]:
        """The customer says yes."""
        return order_lifecycle.begin(cls(id, customer, amount, at), "place", at=at, by=by)

    def pay(self, *, at: datetime, by: Actor | None = None) -> Change[Order]:
        """The money is in: from now on it counts as a purchase."""
        step = order_lifecycle.step(self, "pay", at=at, by=by)
        return step.change(evolve(self, state=step.to, paid_at=at))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Order]:
        """It never was: the order counts no longer, whether it was paid or not."""
        step = order_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason))


class OrderFields:
    """What may be asked about orders."""

    customer = Link(Order, CustomerId, index=True)
    amount = Amount(Order)
    placed_at = Instant(Order, index=True)
    state = Choice(Order, OrderState)
    paid_at = Instant(Order)
