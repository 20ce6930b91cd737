"""What a customer did on a row of occasions: how many were taken, which was the last, how many there were.

An occasion is a moment at which a customer may buy or not, and cannot buy twice: the yearly appeal, the mailing, the cruise,
the match at home. Fader, Hardie and Shang (2010) show that these three numbers are all that such a history needs to be for a
model in which customers differ in how readily they buy and how soon they leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics.arrays import Counts, Floats, Ids, chosen, floats, ones, sealed
from relcore.analytics.columns import moments, spells, struct
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.occasion_holdout import OccasionHoldout
from relcore.analytics.columns.purchases import distinct_ids
from relcore.analytics.period import Period, day_number, days_per
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Occasions:
    """One row per customer, or one per distinct history with its weight. Checked when made, read-only ever after.

    ids : (n,) text or whole numbers, distinct.
    frequency : (n,) occasions taken after the first purchase, whole, >= 0. x in the literature.
    recency : (n,) the number of the last one taken, counted from the first purchase, whole, in [frequency, age]; 0
        exactly where frequency is 0. t_x in the literature.
    age : (n,) occasions there were after the first purchase, whole, >= 0; customers may differ in it. n in the literature.
    weight : (n,) how many customers the row stands for, > 0.
    period : the time from one occasion to the next; what comes later is discounted by it.

    No rows (n = 0) are fine everywhere but in a fit.
    """

    ids: Ids = attrs.field(converter=spells.ids)
    frequency: Floats = attrs.field(converter=floats)
    recency: Floats = attrs.field(converter=floats)
    age: Floats = attrs.field(converter=floats)
    weight: Floats = attrs.field(converter=floats)
    period: Period

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        days_per(self.period)
        struct.same_length(self)
        struct.keeps(self, _rules)
        distinct_ids(self.ids)

    # --- where they come from ---

    @classmethod
    def from_summary(
        cls,
        *,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        period: Period,
        ids: Ids | Sequence[Any] | None = None,
        weight: ArrayLike | None = None,
    ) -> Self:
        """From x, t_x and n that somebody else has counted, such as the cells of a recency-frequency matrix.

        ids : (n,) who they are; the numbers 0 to n - 1 unless given.
        weight : (n,) how many customers each row stands for; one, unless given.

        >>> Occasions.from_summary(
        ...     frequency=[0, 4], recency=[0, 5], age=[6, 6], weight=[3464, 284], period="year"
        ... )
        Occasions of 3,748 customers in 2 rows, one a year
          taken    mean 0.30 of 6.00
          age      mean 6.00, most 6
        """
        taken = floats(frequency)
        return cls(
            ids=sealed(np.arange(taken.size)) if ids is None else ids,
            frequency=taken,
            recency=recency,
            age=age,
            weight=ones(taken.size) if weight is None else weight,
            period=period,
        )

    @classmethod
    def from_ledger(cls, ledger: Ledger, *, period: Period, until: date | str) -> Self:
        """From a log of orders, with each calendar period an occasion: was there an order in it, or none?

        The period of the first order is the first purchase; those after it are the occasions, up to the last one that is
        over at the end of ``until``. Several orders within a period are one, and a period that has not ended is none yet.
        Customers whose first order lies later are left out.

        >>> log = Ledger.from_log(customer=["a", "a", "a", "b"], day=[3, 5, 40, 70])
        >>> rows = Occasions.from_ledger(log, period="month", until="1970-04-15")
        >>> rows.frequency, rows.recency, rows.age
        (array([1., 0.]), array([1., 0.]), array([2., 0.]))
        """
        return cls._of(ledger, _Taken.by(ledger, period, until), period)

    @classmethod
    def split(
        cls, ledger: Ledger, *, period: Period, cut: date | str, until: date | str
    ) -> tuple[Self, OccasionHoldout]:
        """A log cut in two: what was known at the end of ``cut``, and on how many of the next occasions each customer ordered.

        The occasions of the second are the calendar periods after those of the first, up to the last that is over at the end
        of ``until``; there must be one. Fit a model to the first, and `BetaGeoBetaBernoulli.validate` it on both.

        >>> log = Ledger.from_log(customer=["a", "a", "a", "b"], day=[3, 40, 70, 5])
        >>> known, after = Occasions.split(log, period="month", cut="1970-02-28", until="1970-04-30")
        >>> known.frequency, after.purchases, after.length
        (array([1., 0.]), array([1., 0.]), 2)
        """
        known, later = _Taken.by(ledger, period, cut), _Taken.by(ledger, period, until)
        length = later.over - known.over
        if length < 1:
            remedy = f"nothing is held out before another {period} is over"
            raise Invalid("until", f"must lie a whole {period} after the cut, {cut}", str(until), remedy)
        calibration = cls._of(ledger, known, period)
        made = np.bincount(later.customer[later.step >= known.over], minlength=ledger.ids.size)
        return calibration, OccasionHoldout(
            ids=calibration.ids,
            purchases=sealed(made[np.unique(known.customer)].astype(np.float64)),
            length=length,
            period=period,
        )

    @classmethod
    def _of(cls, ledger: Ledger, taken: _Taken, period: Period) -> Self:
        customer, step = taken.customer, taken.step
        first = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])[: customer.size])
        last = np.append(first[1:], customer.size) - 1 if first.size else first
        return cls(
            ids=sealed(ledger.ids[customer[first]]),
            frequency=sealed((last - first).astype(np.float64)),
            recency=sealed((step[last] - step[first]).astype(np.float64)),
            age=sealed((taken.over - 1 - step[first]).astype(np.float64)),
            weight=ones(first.size),
            period=period,
        )

    # --- what can be done with them ---

    def __add__(self, other: Occasions) -> Occasions:
        """The rows of both; the period must agree, and nobody may be in both."""
        struct.same_units(self, other)
        mine, theirs = struct.columns(self), struct.columns(other)
        together = {name: np.concatenate([mine[name], theirs[name]]) for name in mine}
        return struct.with_columns(self, together | {"ids": sealed(spells.both(self.ids, other.ids))})

    def collapse(self) -> CollapsedOccasions:
        """The distinct histories with their weights summed, in a fixed order, and the way back to the rows.

        A distinct history keeps the id of the first customer who shows it, so collapsed shards can be added up.

        >>> rows = Occasions.from_summary(
        ...     frequency=[0, 2, 0], recency=[0, 5, 0], age=[6, 6, 6], period="year"
        ... )
        >>> collapsed = rows.collapse()
        >>> collapsed.rows.weight, collapsed.index
        (array([2., 1.]), array([0, 1, 0]))
        """
        found = distinct([(self.age, 1.0), (self.frequency, 1.0), (self.recency, 1.0)])
        one = {name: column[found.first] for name, column in struct.columns(self).items()}
        one["weight"] = found.sums(self.weight)
        return CollapsedOccasions(struct.derived(self, one), sealed(found.index))

    def where(self, mask: ArrayLike) -> Occasions:
        """The rows for which the (n,) mask holds."""
        return struct.rows(self, chosen(mask, len(self)))

    def sheet(self) -> Sheet:
        """What they show of themselves."""
        total = float(self.weight.sum())
        whom = f"{total:,.0f} customer{'' if total == 1 else 's'}"
        rows = "" if np.all(self.weight == 1) else f" in {len(self):,} rows"
        head = f"Occasions of {whom}{rows}, one a {self.period}"
        if not len(self):
            return Sheet((head,))
        taken, there = (float(self.weight @ column / total) for column in (self.frequency, self.age))
        cells = (
            ("  taken", f"mean {taken:.2f} of {there:.2f}"),
            ("  age", f"mean {there:.2f}, most {self.age.max():.0f}"),
        )
        return Sheet((head, Grid(("<11", "<"), cells)))

    __repr__ = as_text
    _repr_html_ = as_html


@attrs.frozen(eq=False)
class _Taken:
    """(m,) who ordered (a position in the ids of a ledger) in which calendar period, each once; those before ``over`` are over."""

    customer: Counts
    step: Counts
    over: int

    @classmethod
    def by(cls, ledger: Ledger, period: Period, until: date | str) -> _Taken:
        known = ledger.order_days(until=until)
        ahead = np.array([day_number(until) + 1], dtype=np.int64)
        over = int(moments.numbers(period, ahead * moments.DAY, None)[0])
        step = moments.numbers(period, known.day * moments.DAY, None)
        whole = step < over
        customer, step = known.customer[whole], step[whole]
        fresh = np.ones(step.size, dtype=np.bool_)
        fresh[1:] = (customer[1:] != customer[:-1]) | (step[1:] != step[:-1])
        return cls(customer[fresh], step[fresh], over)


@attrs.frozen(eq=False)
class CollapsedOccasions:
    """``rows`` are the distinct histories; ``rows.age[index]`` has one value per row of the original again."""

    rows: Occasions
    index: Counts


def _rules(self: Occasions) -> list[struct.Rule]:
    x, recency, age = self.frequency, self.recency, self.age
    with np.errstate(invalid="ignore"):
        return [
            ("frequency", "must be whole and >= 0", _whole(x)),
            ("age", "must be whole and >= 0", _whole(age)),
            ("recency", "must be whole and in [0, age]", _whole(recency) & (recency <= age)),
            ("recency", "must be 0 exactly where frequency is 0", (recency == 0) == (x == 0)),
            ("frequency", "must not exceed recency: an occasion is taken once", ~(x > recency)),
            ("weight", "must be finite and > 0", np.isfinite(self.weight) & (self.weight > 0)),
        ]


def _whole(values: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    whole: np.ndarray[Any, np.dtype[np.bool_]] = (
        np.isfinite(values) & (values >= 0) & (values == np.floor(values))
    )
    return whole
