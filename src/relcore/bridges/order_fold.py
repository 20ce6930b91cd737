"""The customer lifecycle of millions: the same answer as ``fold`` gives for one customer, for whole columns of orders.

``relcore.customers.fold`` is the rule, one customer at a time and for every kind of fact. Where all that is known are
orders, the same table can be walked for all customers at once: first everybody's first order, then everybody's second,
and so on. What the walk does at each order is `fold`'s, line by line, and a property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.local_days import local_days
from relcore.customers.lifecycle import LifecyclePolicy, Stage
from relcore.kernel.clock import aware, microseconds
from relcore.kernel.errors import Invalid

Counts = NDArray[np.int64]
Codes = NDArray[np.int8]

STAGES: tuple[Stage, ...] = tuple(Stage)
"""What a code in a column of stages stands for."""
CAUSES = (
    "Ordered",
    "long_silence",
    "too_long_silence",
    "known",
    "Interested",
    "WonBack",
    "Scored",
    "winback_over",
)
"""What a code in a column of causes stands for: the rows of the customer lifecycle by the name of their trigger."""

NEW, RETAINED, LOYAL, AT_RISK, CHURNED = (
    np.int8(STAGES.index(stage))
    for stage in (Stage.NEW, Stage.RETAINED, Stage.LOYAL, Stage.AT_RISK, Stage.CHURNED)
)
_ORDERED, _LONG_SILENCE, _TOO_LONG_SILENCE = 0, 1, 2
GOES_ON = np.iinfo(np.int64).max
"""Stands for the stop of a stay that goes on: later than every moment."""


@attrs.frozen(eq=False, repr=False)
class StayColumns:
    """One row per stay, the stays of a customer together and in order of time: all (m,).

    customer : whose, as the code that was given. stage : position in `STAGES`. start : microseconds since 1970-01-01
    UTC. stop : the same, or `GOES_ON`. cause : position in `CAUSES`, of what began the stay. spell : 1 for the first
    time as a customer, one more for each return from churned.
    """

    customer: Counts
    stage: Codes
    start: Counts
    stop: Counts
    cause: Codes
    spell: Counts

    @classmethod
    def joined(cls, parts: Iterable[StayColumns]) -> StayColumns:
        """The rows of all of them, customers in the order of their codes."""
        tables = [attrs.astuple(part, recurse=False) for part in parts]
        if len(tables) == 1:
            return cls(*tables[0])
        columns = [np.concatenate(column) for column in zip(*tables, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))


def fold_orders(customer: Counts, at: Counts, *, policy: LifecyclePolicy, as_of: datetime) -> StayColumns:
    """The stays of each customer, from the orders that were placed by ``as_of``: what `fold` answers for each alone.

    customer : (n,) codes >= 0. at : (n,) microseconds since 1970-01-01 UTC. Rows in any order; who has no order by
    ``as_of`` has no stay.
    """
    if customer.shape != at.shape:
        sizes = (customer.shape, at.shape)
        raise Invalid("columns", "must be of one length", sizes, "give one value per order in each")
    end = microseconds(aware("as_of", as_of))
    known = at <= end
    customer, at = customer[known], at[known]
    order = np.lexsort((at, customer))
    customer, at = customer[order], at[order]
    return _tiled(_Walk.begin(customer, at, policy).moves(end))


# --- the walk ---------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Moves:
    """Some customers' moves at one step of the walk."""

    who: Counts
    to: Codes
    at: Counts
    cause: int
    spell: Counts


@attrs.define(eq=False)
class _Walk:
    """Customers in the middle of being folded, those with the most orders first: at each rank the first few are left.

    Orders stand as (n,) by customer and time; what changes is (k,), one value per customer. The fields are those of
    ``Standing``.
    """

    customer: Counts
    first_row: Counts  # (k,) where the orders of each customer begin
    size: Counts  # (k,) how many there are
    at: Counts  # (n,) of the orders
    another_day: NDArray[np.bool_]  # (n,) is it later than the days of all orders before it?
    risk: Counts  # (n,) microseconds of silence after this order until the customer is at risk
    churn: Counts  # (n,) ... and until churned
    loyal_orders: int
    loyal_tenure: int
    stage: Codes = attrs.field(init=False)
    since: Counts = attrs.field(init=False)
    spell: Counts = attrs.field(init=False)
    orders: Counts = attrs.field(init=False)
    first_at: Counts = attrs.field(init=False)
    last_at: Counts = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        k = self.customer.size
        self.stage = np.full(k, NEW)
        self.since, self.first_at, self.last_at = (self.at[self.first_row].copy() for _ in range(3))
        self.spell, self.orders = np.ones(k, dtype=np.int64), np.ones(k, dtype=np.int64)

    @classmethod
    def begin(cls, customer: Counts, at: Counts, policy: LifecyclePolicy) -> _Walk:
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
        risk, churn = _silences(twice, policy)
        return cls(
            customer[first[most]], first[most], size[most], at, another, risk, churn,
            policy.loyal_from_orders, policy.loyal_from_tenure // timedelta(microseconds=1),
        )  # fmt: skip

    def moves(self, end: int) -> Iterator[_Moves]:
        """Every move of every customer, in order of time for each."""
        if not self.customer.size:
            return
        everybody = self._present(0)
        yield self._moved(np.arange(self.customer.size), NEW, self.at[self.first_row], _ORDERED)
        for rank in range(1, int(self.size[0])):
            here = self._present(rank)
            row = self.first_row[here] + rank
            yield from self._passing(here, row - 1, self.at[row])
            yield self._ordered(here, row)
        yield from self._passing(everybody, self.first_row + self.size - 1, np.full(self.size.size, end))

    def _present(self, rank: int) -> slice:
        """Those who have an order of this rank."""
        return slice(0, int(np.searchsorted(-self.size, -rank, side="left")))

    def _passing(self, here: slice, row: Counts, until: Counts) -> Iterator[_Moves]:
        """What time alone does up to a moment, that moment included; ``row`` is each customer's latest order."""
        stage, since, last = self.stage[here], self.since[here], self.last_at[here]
        due = last + self.risk[row]
        buying = (stage == NEW) | (stage == RETAINED) | (stage == LOYAL)
        who = np.flatnonzero(buying & (due <= until))
        yield self._moved(who, AT_RISK, np.maximum(due[who], since[who]), _LONG_SILENCE)
        due = last + self.churn[row]
        who = np.flatnonzero((self.stage[here] == AT_RISK) & (due <= until))
        yield self._moved(who, CHURNED, np.maximum(due[who], self.since[who]), _TOO_LONG_SILENCE)

    def _ordered(self, here: slice, row: Counts) -> _Moves:
        """One order each: counted, unless it is of a day that is counted already, and asked what it means."""
        at, back = self.at[row], self.stage[here] == CHURNED
        self.spell[here] += back
        self.orders[here][back] = 0
        counted = back | self.another_day[row]
        self.orders[here] += counted
        self.first_at[here] = np.where(back, at, self.first_at[here])
        self.last_at[here] = np.where(counted, at, self.last_at[here])
        stage, loyal = self.stage[here], self._loyal(here, at)
        to = stage.copy()
        to[(stage == NEW) & (self.orders[here] >= 2)] = RETAINED
        to[(stage == RETAINED) & loyal] = LOYAL
        to[stage == AT_RISK] = RETAINED
        to[(stage == AT_RISK) & loyal] = LOYAL
        to[back] = RETAINED
        who = np.flatnonzero(to != stage)
        return self._moved(who, to[who], at[who], _ORDERED)

    def _loyal(self, here: slice, at: Counts) -> NDArray[np.bool_]:
        enough: NDArray[np.bool_] = self.orders[here] >= self.loyal_orders
        return enough & (at - self.first_at[here] >= self.loyal_tenure)

    def _moved(self, who: Counts, to: Codes | np.int8, at: Counts, cause: int) -> _Moves:
        self.stage[who], self.since[who] = to, at
        return _Moves(self.customer[who], self.stage[who], at, cause, self.spell[who])


def _tiled(moves: Iterator[_Moves]) -> StayColumns:
    """Each stay ends where the next begins; one that took no time is passed over."""
    made = list(moves)
    if not made:
        none = np.empty(0, dtype=np.int64)
        return StayColumns(none, none.astype(np.int8), none, none, none.astype(np.int8), none)
    who = np.concatenate([step.who for step in made])
    cause = np.concatenate([np.full(step.who.size, step.cause, dtype=np.int8) for step in made])
    order = np.argsort(who, kind="stable")
    who = who[order]
    stage, start, spell = (
        np.concatenate([getattr(step, name) for step in made])[order] for name in ("to", "at", "spell")
    )
    last = np.append(who[1:] != who[:-1], True)
    stop = np.where(last, GOES_ON, np.append(start[1:], GOES_ON))
    kept = start < stop
    return StayColumns(who[kept], stage[kept], start[kept], stop[kept], cause[order][kept], spell[kept])


# --- how long a silence is long ---------------------------------------------------------------------


def _silences(twice_the_gap: Counts, policy: LifecyclePolicy) -> tuple[Counts, Counts]:
    """(n,) and (n,) microseconds until at risk and until churned, by the policy's own arithmetic on each distinct gap."""
    distinct, place = np.unique(twice_the_gap, return_inverse=True)
    # -1 stands for the policy's gap: a customer without a rhythm of their own.
    gaps = [policy.default_gap if twice < 0 else timedelta(days=twice / 2) for twice in distinct.tolist()]
    tick = timedelta(microseconds=1)
    risk = [max(policy.risk_after_gaps * gap, policy.shortest_risk) // tick for gap in gaps]
    churn = [max(policy.churn_after_gaps * gap, policy.shortest_churn) // tick for gap in gaps]
    return np.array(risk, dtype=np.int64)[place], np.array(churn, dtype=np.int64)[place]


def _twice_the_usual_gap(
    day: Counts,
    another: NDArray[np.bool_],
    fresh: NDArray[np.bool_],
    first_row: Counts,
    size: Counts,
    policy: LifecyclePolicy,
) -> Counts:
    """(n,) twice the median of the gaps in days up to each order, whole numbers; -1 while there are too few of them.

    A running median by taking away: all gaps of a customer stand in order of size in a linked list, the latest is
    taken out first, and the middle moves by one at most.
    """
    n = day.size
    gap = np.zeros(n, dtype=np.int64)
    gap[1:] = day[1:] - day[:-1]
    owner = np.cumsum(fresh) - 1
    row = np.flatnonzero(another & ~fresh)  # the orders that end a gap
    # One whole number for both sorts several times as fast as two columns do.
    by_size = np.argsort(owner[row] * (int(gap.max()) + 1 if n else 1) + gap[row])
    value = gap[row][by_size]
    node = np.full(n, -1)  # (n,) where an order's gap stands in order of size
    node[row[by_size]] = np.arange(row.size)
    # Neighbours that are of another customer are never asked for: the middle stays among a customer's own.
    before, after = np.arange(row.size) - 1, np.arange(row.size) + 1
    so_far = np.cumsum(another & ~fresh)
    # (k,) how many gaps stand before a customer's own
    first_gap: Counts = (so_far - (another & ~fresh))[first_row]
    left = so_far[first_row + size - 1] - first_gap
    middle = first_gap + np.maximum(left - 1, 0) // 2  # the lower one of two
    twice = np.full(n, -1)
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


def _running_maximum(day: Counts, fresh: NDArray[np.bool_]) -> Counts:
    """(n,) the latest day so far of each customer: a clock set back at midnight makes a day come twice."""
    if not day.size:
        return day
    # A customer's days are lifted above all of those before, so that one maximum runs through all of them.
    lift = (np.cumsum(fresh) - 1) * (int(day.max()) - int(day.min()) + 1)
    latest: Counts = np.maximum.accumulate(day + lift) - lift
    return latest
