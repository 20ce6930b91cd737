"""Amounts booked to a customer and a day, one entry per customer and day, in that order: the core of every log.

One packed integer per order (customer, day, minor units), one sort of values, a few passes: no argsort, no gather.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from relcore.analytics.arrays import Counts, Floats, blocks

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
    if ticks is None:
        pair = _pairs(customer, day, day_bits, earliest)
        pair.sort()
        return _opened(pair, 0, day_bits, earliest)
    low, high = float(ticks.min()), float(ticks.max())
    if high - low < 2.0 ** min(room, 52) and _all_whole(ticks):
        bits = int(high - low).bit_length()
        packed = _pairs(customer, day, day_bits, earliest)
        for rows in blocks(packed.size):
            packed[rows] <<= bits
            packed[rows] += (ticks[rows] - low).astype(np.int64)
        packed.sort()
        return _opened(packed, bits, day_bits, earliest, low)
    pair = _pairs(customer, day, day_bits, earliest)
    order = np.lexsort((ticks, pair))
    pair, ticks = pair[order], ticks[order]
    sums = np.add.reduceat(ticks, _starts(pair, 0))
    return attrs.evolve(_opened(pair, 0, day_bits, earliest), amount=sums)


def _pairs(customer: Counts, day: Counts, day_bits: int, earliest: int) -> Counts:
    """(n,) customer and day as one number."""
    pair = np.empty(customer.size, dtype=np.int64)
    for rows in blocks(pair.size):
        some = customer[rows] << day_bits
        some += day[rows]
        some -= earliest
        pair[rows] = some
    return pair


def _opened(ordered: Counts, bits: int, day_bits: int, earliest: int, low: float | None = None) -> Entries:
    """The entries of sorted numbers that are customer, day and, in the last ``bits``, an amount above ``low``."""
    starts = _starts(ordered, bits)
    customer, day = np.empty((2, starts.size), dtype=np.int64)
    amount = None if low is None else np.empty(starts.size)
    for some in blocks(starts.size):
        begin = starts[some]
        pair = ordered[begin] >> bits
        customer[some] = pair >> day_bits
        day[some] = (pair & ((1 << day_bits) - 1)) + earliest
        if amount is not None:
            end = int(starts[some.stop]) if some.stop < starts.size else ordered.size
            value = ordered[int(begin[0]) : end] & ((1 << bits) - 1)
            value += int(low or 0)
            amount[some] = np.add.reduceat(value, begin - begin[0])
    return Entries(customer, day, amount)


def _starts(ordered: Counts, bits: int) -> Counts:
    """Where a number differs from the one before in more than its last bits."""
    fresh = np.ones(ordered.size, dtype=np.bool_)
    for rows in blocks(ordered.size - 1):
        apart = ordered[1:][rows] ^ ordered[:-1][rows]
        np.greater_equal(apart, 1 << bits, out=fresh[1:][rows])
    return np.flatnonzero(fresh)


def _all_whole(values: Floats) -> bool:
    return all(np.array_equal(np.rint(values[rows]), values[rows]) for rows in blocks(values.size))


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
