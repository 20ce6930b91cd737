"""How long a silence is long for each customer: their own rhythm, for whole columns of purchases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.local_days import local_days
from relcore.bridges.stay_columns import Counts, Flags
from relcore.customers.lifecycle_policy import LifecyclePolicy

Short: TypeAlias = "NDArray[np.signedinteger[Any]]"


@attrs.frozen(eq=False, repr=False)
class Rhythm:
    """What each purchase says about the time after it.

    another_day : (n,) is it later than the days of all purchases before it? gap : (n,) twice the usual gap in days, -1
    for the policy's. risk : microseconds of silence after it until the customer is at risk, by that; the last stands
    for -1. churn : ... and until churned.
    """

    another_day: Flags
    gap: Short
    risk: Counts
    churn: Counts

    @classmethod
    def of(cls, customer: Counts, at: Counts, policy: LifecyclePolicy) -> Rhythm:
        """customer, at : (n,) by customer and time."""
        fresh = np.ones(customer.size, dtype=np.bool_)
        fresh[1:] = customer[1:] != customer[:-1]
        first = np.flatnonzero(fresh)
        size = np.diff(first, append=customer.size)
        day = local_days(at, policy.zone) if at.size else at
        latest = _running_maximum(day, fresh)
        another = fresh.copy()
        another[1:] |= day[1:] > latest[:-1]
        most = np.argsort(-size, kind="stable")
        twice = _twice_the_usual_gap(latest, another, fresh, first[most], size[most], policy)
        return cls(another, twice, *_silences(twice, policy))

    def spread(self, place: Counts, n: int) -> Rhythm:
        """The same for n facts, of which the purchases are at these places; the others say nothing."""
        another, gap = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=self.gap.dtype)
        another[place], gap[place] = self.another_day, self.gap
        return Rhythm(another, gap, self.risk, self.churn)


def _silences(twice_the_gap: Short, policy: LifecyclePolicy) -> tuple[Counts, Counts]:
    """Microseconds until at risk and until churned for each gap that occurs, by the policy's own arithmetic."""
    # Whole numbers of half days, and few: counted, for sorting them would take longer.
    distinct = np.flatnonzero(np.bincount(twice_the_gap + 1)) - 1
    # -1 stands for the policy's gap: a customer without a rhythm of their own.
    gaps = [policy.default_gap if twice < 0 else timedelta(days=twice / 2) for twice in distinct.tolist()]
    tick = timedelta(microseconds=1)
    risk = [max(policy.risk_after_gaps * gap, policy.shortest_risk) // tick for gap in gaps]
    churn = [max(policy.churn_after_gaps * gap, policy.shortest_churn) // tick for gap in gaps]
    return _looked_up(distinct, risk), _looked_up(distinct, churn)


def _looked_up(place: Counts, values: list[int]) -> Counts:
    """An array that has these values at these places; the last place is also that of -1."""
    found = np.zeros(int(place.max(initial=0)) + 2, dtype=np.int64)
    found[place] = values
    return found


def _twice_the_usual_gap(
    day: Counts,
    another: Flags,
    fresh: Flags,
    first_row: Counts,
    size: Counts,
    policy: LifecyclePolicy,
) -> Short:
    """(n,) twice the median of the gaps in days up to each order, whole numbers; -1 while there are too few of them.

    A running median by taking away: all gaps of a customer stand in order of size in a linked list, the latest is
    taken out first, and the middle moves by one at most.
    """
    n = day.size
    # Whole numbers half as long are fetched from all over the memory in less time.
    short = np.int32 if n < 2**31 else np.int64
    gap = np.zeros(n, dtype=np.int64)
    gap[1:] = day[1:] - day[:-1]
    owner = np.cumsum(fresh) - 1
    row = np.flatnonzero(another & ~fresh)  # the orders that end a gap
    # One whole number for both sorts several times as fast as two columns do.
    by_size = np.argsort(owner[row] * (int(gap.max()) + 1 if n else 1) + gap[row])
    value = gap[row][by_size].astype(short)
    node: Short = np.full(n, -1, dtype=short)  # (n,) where an order's gap stands in order of size
    node[row[by_size]] = np.arange(row.size, dtype=short)
    # Neighbours that are of another customer are never asked for: the middle stays among a customer's own.
    before: Short = np.arange(-1, row.size - 1, dtype=short)
    after: Short = np.arange(1, row.size + 1, dtype=short)
    so_far = np.cumsum(another & ~fresh, dtype=short)
    # (k,) how many gaps stand before a customer's own
    first_gap = (so_far - (another & ~fresh))[first_row]
    left = so_far[first_row + size - 1] - first_gap
    middle = first_gap + np.maximum(left - 1, 0) // 2  # the lower one of two
    twice: Short = np.full(n, -1, dtype=short)
    for rank in range(int(size[0]) - 1 if size.size else -1, -1, -1):
        k = int(np.searchsorted(-size, -rank, side="left"))
        here = first_row[:k] + rank
        enough = np.flatnonzero(left[:k] >= policy.own_gaps)
        mid = middle[enough]
        upper = np.where(left[enough] % 2 == 1, mid, after[mid])
        twice[here[enough]] = value[mid] + value[upper]
        who = np.flatnonzero(node[here] >= 0)
        gone, mid = node[here[who]], middle[who]
        odd = left[who] % 2 == 1
        down, up = odd & (gone >= mid), ~odd & (gone <= mid)
        middle[who] = np.where(down, before[mid], np.where(up, after[mid], mid))
        low, high = before[gone], after[gone]
        inside = low >= 0
        after[low[inside]] = high[inside]
        inside = high < row.size
        before[high[inside]] = low[inside]
        left[who] -= 1
    return twice


def _running_maximum(day: Counts, fresh: Flags) -> Counts:
    """(n,) the latest day so far of each customer: a clock set back at midnight makes a day come twice."""
    if not day.size:
        return day
    # A customer's days are lifted above all of those before, so that one maximum runs through all of them.
    lift = (np.cumsum(fresh) - 1) * (int(day.max()) - int(day.min()) + 1)
    latest: Counts = np.maximum.accumulate(day + lift) - lift
    return latest
