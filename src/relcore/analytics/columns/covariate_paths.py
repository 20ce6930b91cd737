"""What changes around customers: seasons, prices, campaigns, day by day, for all of them alike or for each on his own.

A path says what held from which day on. It is read from the calendar; set `along` an order log it becomes
`PurchasesInContext`, in which time is told from each customer's first purchase. Nothing is filled in: a path with a hole, or
one that does not reach from the first purchase to the last day of observation, is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Self

import attrs
import numpy as np

from relcore import frames
from relcore.analytics._numerics.pieces import Pieces
from relcore.analytics.arrays import Counts, Floats, Ids, rows_of, sealed, summed
from relcore.analytics.columns import reading
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.frames import Raw
from relcore.kernel.errors import HIDDEN, Fault, Invalid, InvalidRows

_FILL = "leave the path out, or say what held then"
_MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


@attrs.frozen(eq=False, repr=False)
class CovariatePaths:
    """Paths in days since 1970-01-01. Made by `from_frame`.

    ids : (p,) whose paths they are, in order; None for one path that holds for everybody.
    first : (p + 1,) where the pieces of each path begin, and their number.
    begin, end : (m,) the days from which and before which a piece holds; without a hole within a path.
    value : (m, k) what holds. names : (k,) what the columns are called.
    """

    ids: Ids | None
    first: Counts
    begin: Counts
    end: Counts
    value: Floats
    names: tuple[str, ...]

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        at: str,
        every: Period,
        of: Sequence[str],
        customer: str | None = None,
        zone: str | None = None,
    ) -> Self:
        """From a table with a row per calendar period, or per customer and period: any frame, or a mapping of columns.

        at : the column of the days on which the periods begin; a week may begin on any day of the week.
        every : how long a row holds: a day, a week, or a month, quarter or year of the calendar.
        of : the columns of covariates: numbers, true or false. Of categories make a column of 0 and 1 for each but one.
        customer : the column of ids; without it the table is a calendar, which holds for everybody.
        zone : where days begin and end, if ``at`` has times with a zone.

        Rows may come in any order. What is refused, with column, row and number: a missing or infinite value, a day that cannot be
        read, periods of one path that overlap or leave a hole in between.

        >>> weeks = {"week": ["2026-11-16", "2026-11-23", "2026-11-30"], "sale": [0, 1, 0]}
        >>> CovariatePaths.from_frame(weeks, at="week", every="week", of=["sale"])
        CovariatePaths of everybody: sale, from 2026-11-16 to 2026-12-06
        """
        names = tuple(of)
        if isinstance(of, str) or not names or len(set(names)) < len(names):
            raise Invalid("of", "must name columns, each of them once", of, 'write of=["sale", "price"]')
        days_per(every)
        table = frames.read(frame, [*([] if customer is None else [customer]), at, *names], zone=zone)
        begin, faults = reading.days(table[at], at, _zone_left(table[at], zone))
        ids: Ids | None = None
        owner = np.zeros(begin.size, dtype=np.int64)
        if customer is not None:
            ids, owner, unfit = reading.customers(table[customer], customer)
            faults += unfit
        columns = [_numbers(table[name], name) for name in names]
        faults += [fault for _, wrong in columns for fault in wrong]
        if faults:
            raise InvalidRows(faults)
        if not begin.size:
            raise Invalid("table", "must hold a row", 0, "say what held in each period")
        end = _ends(begin, every, at)
        order = np.lexsort((begin, owner))
        owner, begin, end = owner[order], begin[order], end[order]
        _without_holes(owner, begin, end, order, at, every)
        value = np.stack([column for column, _ in columns], axis=1)[order]
        return cls._joined(ids, owner, begin, end, value, names)

    @classmethod
    def _joined(
        cls, ids: Ids | None, owner: Counts, begin: Counts, end: Counts, value: Floats, names: tuple[str, ...]
    ) -> Self:
        """Neighbours that say the same are one piece."""
        fresh = np.ones(owner.size, dtype=np.bool_)
        fresh[1:] = (owner[1:] != owner[:-1]) | (value[1:] != value[:-1]).any(axis=1)
        starts = np.flatnonzero(fresh)
        last = np.append(starts[1:], owner.size) - 1
        paths = 1 if ids is None else ids.size
        first = np.searchsorted(owner[starts], np.arange(paths + 1))
        return cls(ids, sealed(first), sealed(begin[starts]), sealed(end[last]), sealed(value[starts]), names)

    def along(self, ledger: Ledger, *, period: Period, until: date | str) -> PurchasesInContext:
        """The purchases known at the end of ``until``, as of `Ledger.purchases` and in its order, each in its context.

        Raises `Invalid` when a customer has no path, or one that does not reach from his first purchase to ``until``.

        >>> weeks = {"week": ["2026-11-16", "2026-11-23", "2026-11-30"], "sale": [0, 1, 0]}
        >>> season = CovariatePaths.from_frame(weeks, at="week", every="week", of=["sale"])
        >>> orders = {"who": ["a", "b", "a"], "day": ["2026-11-16", "2026-11-17", "2026-11-25"]}
        >>> ledger = Ledger.from_orders(orders, customer="who", at="day")
        >>> season.along(ledger, period="week", until="2026-11-30").at_purchases.ravel()
        array([1., 0.])
        """
        purchases = ledger.purchases(period=period, until=until)
        orders = ledger.order_days(until=until)
        fresh = np.ones(orders.day.size, dtype=np.bool_)
        fresh[1:] = orders.customer[1:] != orders.customer[:-1]
        who, again = np.cumsum(fresh) - 1, ~fresh
        path = self._paths_of(purchases.ids)
        born, last = orders.day[fresh], day_number(until)
        self._covers(path, born, last)
        bought = self.value[self._piece_at(path[who[again]], orders.day[again])]
        sums = [summed(who[again], column, born.size) for column in bought.T]
        return PurchasesInContext(
            purchases=purchases, names=self.names, pieces=self._since(path, born, days_per(period)),
            at_purchases=np.stack(sums, axis=1),
        )  # fmt: skip

    def newcomers(
        self, days: Sequence[date | str], *, period: Period, ids: Ids | Sequence[Any] | None = None
    ) -> PurchasesInContext:
        """Customers (n,) who come for the first time on these days, of whom nothing more is known.

        ids : (n,) who they are, needed where paths differ between customers; the numbers from 0 unless given.
        """
        born = np.array([day_number(day, "days") for day in days], dtype=np.int64)
        nothing = np.zeros(born.size)
        purchases = Purchases.from_summary(
            frequency=nothing, recency=nothing, age=nothing, period=period, ids=ids
        )
        path = self._paths_of(purchases.ids)
        self._covers(path, born, born)
        return PurchasesInContext(
            purchases=purchases, names=self.names, pieces=self._since(path, born, days_per(period)),
            at_purchases=np.zeros((born.size, len(self.names))),
        )  # fmt: skip

    def _paths_of(self, ids: Ids) -> Counts:
        """(n,) which path is that of each customer."""
        if self.ids is None:
            return np.zeros(ids.size, dtype=np.int64)
        path = rows_of(ids, self.ids)
        if (path < 0).any():
            missing = f"{np.count_nonzero(path < 0):,} of {path.size:,}"
            remedy = "ids must be of the same kind on both sides; leave out customers without a path"
            raise Invalid(
                "covariates", f"must have a path of every customer, not for {missing}", HIDDEN, remedy
            )
        return path

    def _covers(self, path: Counts, born: Counts, last: Counts | int) -> None:
        begins, ends = self.begin[self.first[:-1]], self.end[self.first[1:] - 1]
        late, early = born < begins[path], ends[path] <= last
        if late.any():
            row = int(np.argmax(late))
            raise Invalid(
                "covariates", f"must reach back to the first purchase; of {np.count_nonzero(late):,} customers they do not",
                str(calendar_day(int(begins[path[row]]))), f"begin on {calendar_day(born.min())} or before",
            )  # fmt: skip
        if early.any():
            row, until = int(np.argmax(early)), calendar_day(int(np.max(last)))
            raise Invalid(
                "covariates", f"must reach to {until}; of {np.count_nonzero(early):,} customers they do not",
                str(calendar_day(int(ends[path[row]]) - 1)), "add rows, or observe until an earlier day",
            )  # fmt: skip

    def _piece_at(self, path: Counts, day: Counts) -> Counts:
        """(j,) the piece of a path that holds on a day, which it covers."""
        reach = int(self.end.max() - self.begin.min()) + 1
        low = int(self.begin.min())
        whose = np.repeat(np.arange(self.first.size - 1), np.diff(self.first))
        key = whose * reach + (self.begin - low)
        return np.searchsorted(key, path * reach + (day - low), side="right") - 1

    def _since(self, path: Counts, born: Counts, per: float) -> Pieces:
        """The pieces from the first purchases on, in periods since then."""
        from_, upto = self._piece_at(path, born), self.first[path + 1]
        size = upto - from_
        owner = np.repeat(np.arange(born.size), size)
        piece = np.arange(owner.size) - np.repeat(np.cumsum(size) - size, size) + from_[owner]
        begin = np.maximum(self.begin[piece] - born[owner], 0) / per
        return Pieces(owner, begin, (self.end[piece] - born[owner]) / per, self.value[piece])

    def __repr__(self) -> str:
        paths = self.first.size - 1
        whose = "everybody" if self.ids is None else f"{paths:,} customer{'' if paths == 1 else 's'}"
        span = f"from {calendar_day(self.begin.min())} to {calendar_day(self.end.max() - 1)}"
        return f"CovariatePaths of {whose}: {', '.join(self.names)}, {span}"


# --- columns of a frame -----------------------------------------------------------------------------


def _zone_left(raw: Raw, zone: str | None) -> str | None:
    """The boundary has already brought the times of frames to the asked zone."""
    return None if isinstance(raw, np.ndarray) and raw.dtype.kind == "M" else zone


def _numbers(raw: Raw, column: str) -> tuple[Floats, list[Fault]]:
    """Finite numbers; true is 1."""
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuf" and np.isfinite(raw).all():
        return raw.astype(np.float64), []
    values: list[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    fits: Callable[[Any], bool] = lambda v: isinstance(v, int | float | np.number | np.bool_)  # noqa: E731
    known = [float(value) if fits(value) else math.nan for value in values]
    odd = np.flatnonzero(~np.isfinite(known)).tolist()
    if not odd:
        return np.array(known, dtype=np.float64), []
    remedy = f"{_FILL}; a category is a column of 0 and 1"
    rule = "a covariate must be a finite number, true or false"
    return np.array(known), [Fault(column, odd[0], rule, values[odd[0]], len(odd), remedy)]


def _ends(begin: Counts, every: Period, column: str) -> Counts:
    """The days on which the next periods begin."""
    if every not in _MONTHS:
        return begin + int(days_per(every))
    month = begin.astype("datetime64[D]").astype("datetime64[M]")
    day = begin - month.astype("datetime64[D]").astype(np.int64)
    if (day > 27).any():
        row = int(np.argmax(day > 27))
        rule = f"a {every} must begin on a day that every month has, 1 to 28"
        raise InvalidRows([Fault(column, row, rule, str(calendar_day(begin[row])), int((day > 27).sum()))])
    after = (month + _MONTHS[every]).astype("datetime64[D]").astype(np.int64)
    return after + day


def _without_holes(
    owner: Counts, begin: Counts, end: Counts, order: Counts, column: str, every: Period
) -> None:
    same, gap = owner[1:] == owner[:-1], begin[1:] - end[:-1]
    faults: list[Fault] = []
    for bad, rule in (
        (same & (gap < 0), f"a {every} must not begin before the one before is over"),
        (same & (gap > 0), f"a {every} must begin where the one before ends"),
    ):
        if bad.any():
            row = int(np.argmax(bad)) + 1
            day = str(calendar_day(begin[row]))
            faults.append(Fault(column, int(order[row]), rule, day, int(np.count_nonzero(bad)), _FILL))
    if faults:
        raise InvalidRows(faults)
