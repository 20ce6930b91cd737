"""Orders become a ledger: columns straight from the repository, no entity built."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from relcore.analytics.columns.ledger import Ledger
from relcore.bridges.local_days import local_days
from relcore.kernel.errors import Invalid
from relcore.kernel.money import minor_units
from relcore.sales.order import Order, OrderFields, OrderState
from relcore.storage.workspace import Workspace


def ledger(workspace: Workspace, *, zone: str = "UTC", currency: str | None = None) -> Ledger:
    """The paid orders of a workspace, by customer and calendar day.

    An order counts on the day in ``zone`` on which it was placed. Orders that are cancelled or not yet paid do not
    count. When orders come in several currencies, say which one is meant: the others are left out.

    ``ledger(...).ids`` are the customer ids as text, in order. Raises ``Invalid`` for an unknown zone, and for several
    currencies when none is named.

    >>> from relcore.storage import in_memory
    >>> ledger(Workspace(in_memory(), tenant="acme"))
    Ledger of 0 customers with 0 order days
    """
    words, paid = OrderFields, OrderFields.state.is_(OrderState.PAID)
    chunks = list(workspace.scan(Order, words.customer, words.placed_at, words.amount, where=paid))

    def column(name: str) -> list[Any]:
        return list(chain.from_iterable(chunk[name] for chunk in chunks))

    customer, held = column("customer"), column("amount_currency")
    chosen = _chosen(set(held), currency)
    day = local_days(np.array(column("placed_at"), dtype=np.int64), zone)
    amount = np.array(column("amount_minor"), dtype=np.int64) / 10 ** (minor_units(chosen) if chosen else 0)
    if set(held) - {chosen}:
        kept = np.flatnonzero(np.array(held) == chosen)
        customer, day, amount = [customer[i] for i in kept.tolist()], day[kept], amount[kept]
    return Ledger.from_log(customer=customer, day=day, amount=amount, currency=chosen)


def _chosen(held: set[str], currency: str | None) -> str | None:
    if currency is not None:
        minor_units(currency)
        return currency
    if len(held) > 1:
        raise Invalid(
            "currency", "must be said, for orders come in several", sorted(held), 'write currency="EUR"'
        )
    return next(iter(held), None)
