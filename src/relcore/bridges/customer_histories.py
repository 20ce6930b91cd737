"""Orders become histories: each customer's lifecycle, folded from what is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from relcore.customers.lifecycle import AnyFact, CustomerHistory, LifecyclePolicy, Ordered, fold
from relcore.ids import CustomerId
from relcore.kernel.clock import from_microseconds
from relcore.sales.order import Order, OrderFields, OrderState
from relcore.storage.workspace import Workspace


def histories(
    workspace: Workspace,
    *,
    policy: LifecyclePolicy,
    as_of: datetime,
    facts: Mapping[CustomerId, Iterable[AnyFact]] | None = None,
) -> dict[CustomerId, CustomerHistory]:
    """Every customer with a paid order by ``as_of``, or with a fact among ``facts``, in the order of their ids.

    ``facts`` are what else is known of a customer, such as ``Scored`` by a model or ``WonBack``. No entity is built:
    orders are read as columns.
    """
    told: dict[CustomerId, list[AnyFact]] = defaultdict(list)
    paid = OrderFields.state.is_(OrderState.PAID)
    for chunk in workspace.scan(Order, OrderFields.customer, OrderFields.placed_at, where=paid):
        for customer, placed_at in zip(chunk["customer"], chunk["placed_at"], strict=True):
            told[CustomerId(customer)].append(Ordered(at=from_microseconds(placed_at)))
    for customer, more in (facts or {}).items():
        told[customer].extend(more)
    folded = {
        customer: fold(customer, told[customer], policy=policy, as_of=as_of) for customer in sorted(told)
    }
    return {customer: history for customer, history in folded.items() if history.stays}
