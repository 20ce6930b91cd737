"""Amounts booked to a customer and a day, one entry per customer and day, in that order: the core of every log.

One packed integer per order (customer, day, minor units), one sort of values, a few passes: no argsort, no gather.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from relcore.analytics.arrays import Counts, Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 63


@attrs.frozen(eq=False)
class Entries:
    """``customer`` (m,) and ``day`` (m,), strictly increasing as pairs; ``amount`` (m,) in ticks, if any was given."""

    customer: Counts
    day: Counts
    amount: Floats | None

    def where(self, mask: NDArray[np.bool_]) -> Entries:
        """The entries for which the mask holds."""
        if mask.all():
            return self
        kept = None if self.amount is None else self.amount[mask]
        return Entries(self.customer[mask], self.day[mask], kept)

    def until(self, day: int) -> Entries:
        """The entries up to this day, inclusive."""
        return self.where(self.day <= day)


def merged(customer: Counts, day: Counts, ticks: Floats | None) -> Entries:
    """Add up what one customer has on one day; the order of rows makes no difference, not even in the last bit.

    customer, day : (n,) whole numbers.
    ticks : (n,) amounts; exact when they are whole (minor units of money), else added in the order of their size.
    """
    if not customer.size:
        return Entries(customer, day, ticks)
    earliest = int(day.min())
    day_bits = (int(day.max()) - earliest).bit_length()
    room = _BITS - day_bits - int(customer.max()).bit_length()
    pair = (customer << day_bits) + (day - earliest)
    if ticks is None:
        pair.sort()
        return _opened(pair[_starts(pair)], day_bits, earliest, None)
    low, high = float(ticks.min()), float(ticks.max())
    if high - low < 2.0 ** min(room, 52) and _all_whole(ticks):
        return _merged_whole(pair, ticks, day_bits, earliest, low, high)
    order = np.lexsort((ticks, pair))
    pair, ticks = pair[order], ticks[order]
    starts = _starts(pair)
    return _opened(pair[starts], day_bits, earliest, np.add.reduceat(ticks, starts))


def _merged_whole(
    pair: Counts, ticks: Floats, day_bits: int, earliest: int, low: float, high: float
) -> Entries:
    bits = int(high - low).bit_length()
    packed = (pair << bits) + (ticks - low).astype(np.int64)
    packed.sort()
    value = packed & ((1 << bits) - 1)
    packed >>= bits
    starts = _starts(packed)
    counts = np.diff(starts, append=packed.size)
    sums = np.add.reduceat(value, starts) + counts * int(low)
    return _opened(packed[starts], day_bits, earliest, sums.astype(np.float64))


def _opened(pair: Counts, day_bits: int, earliest: int, amount: Floats | None) -> Entries:
    return Entries(pair >> day_bits, (pair & ((1 << day_bits) - 1)) + earliest, amount)


def _starts(ordered: Counts) -> Counts:
    fresh = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return np.flatnonzero(fresh)


def _all_whole(values: Floats) -> bool:
    return bool(np.array_equal(np.rint(values), values))


def netted(orders: Entries, refunds: Entries) -> Entries:
    """Take each refund off the customer's latest order day not after it; a day that is wholly refunded is no purchase.

    What a refund has beyond that day's orders, and a refund before the first order, is left out.
    """
    if orders.amount is None or refunds.amount is None or not refunds.day.size or not orders.day.size:
        return orders
    earliest = int(min(orders.day.min(), refunds.day.min()))
    reach = int(max(orders.day.max(), refunds.day.max())) - earliest + 1
    placed = orders.customer * reach + (orders.day - earliest)
    returned = refunds.customer * reach + (refunds.day - earliest)
    at = np.searchsorted(placed, returned, side="right") - 1
    known = (at >= 0) & (orders.customer[at] == refunds.customer)
    back = np.bincount(at[known], refunds.amount[known], orders.day.size)
    amount = orders.amount + back
    return Entries(orders.customer, orders.day, amount).where((amount > 0) | (back == 0))
