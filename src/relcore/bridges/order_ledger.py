"""Orders become a ledger: columns straight from the repository, no entity built."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from relcore.analytics.columns.ledger import Ledger
from relcore.kernel.errors import Invalid
from relcore.kernel.money import minor_units
from relcore.sales.order import Order, OrderFields, OrderState
from relcore.storage.workspace import Workspace

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
"""Microseconds of a day on which the clock is not changed."""
_QUARTER_HOUR = 900_000_000
"""No zone of the tz database has changed its offset at any other minute since 1972."""


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
    day = _days(np.array(column("placed_at"), dtype=np.int64), zone)
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


def _days(microseconds: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Days since 1970-01-01 as a calendar in the zone counts them."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "zone", "must be a name of the tz database", zone, 'write zone="Europe/Berlin"'
        ) from None
    # Offsets are asked once per quarter of an hour that occurs, not once per order.
    quarters, place_of = np.unique(microseconds // _QUARTER_HOUR, return_inverse=True)
    offsets = [_offset(quarter, place) for quarter in quarters.tolist()]
    return (microseconds + np.array(offsets, dtype=np.int64)[place_of]) // _DAY


def _offset(quarter: int, place: ZoneInfo) -> int:
    at = (_EPOCH + timedelta(microseconds=quarter * _QUARTER_HOUR)).astimezone(place)
    return (at.utcoffset() or timedelta(0)) // timedelta(microseconds=1)
