"""Recency, frequency, monetary value: how lately, how often, how much, each as a score.

The oldest segmentation of the trade (Bult and Wansbeek 1995, Marketing Science 14(4), trace it to catalogue mailings)
and still the one that everybody can read. Scores come from cuts between *values*: equal customers always score alike,
and cuts that are kept score next month by the same measure.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import Counts, Floats, Ids, floats, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.spells import ids
from relcore.analytics.period import calendar_day, day_number, days_per
from relcore.analytics.segmentation.segment_policy import SegmentPolicy
from relcore.kernel.errors import Invalid

Score = NDArray[np.int8]


def _cuts(values: ArrayLike) -> tuple[float, ...]:
    given: list[float] = np.asarray(values, dtype=np.float64).tolist()
    return tuple(given)


@attrs.frozen
class RFMCuts:
    """Between which values the scores change: b - 1 cuts, not decreasing, make b scores.

    **The tie rule**: a value that equals a cut falls on its low side, in all three. A cut that comes twice leaves a
    score that nobody gets: no cut between values can split customers who are alike, and saying so is better than
    splitting them by the order of rows.

    silence : in days since the last order; the shorter the higher the score. orders : days with orders.
    amount : what was spent, or None.
    """

    silence: tuple[float, ...] = attrs.field(converter=_cuts)
    orders: tuple[float, ...] = attrs.field(converter=_cuts)
    amount: tuple[float, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(_cuts))

    def __attrs_post_init__(self) -> None:
        for name in ("silence", "orders", "amount"):
            cuts: tuple[float, ...] | None = getattr(self, name)
            if cuts is None:
                continue
            if not np.all(np.isfinite(cuts)) or any(high < low for low, high in pairwise(cuts)):
                raise Invalid(name, "cuts must be finite and not decrease", cuts)
            if not 1 <= len(cuts) < 100 or len(cuts) != len(self.silence):
                raise Invalid(name, "must have 1 to 99 cuts, as many as silence", len(cuts))

    @property
    def bins(self) -> int:
        """How many scores there are."""
        return len(self.silence) + 1

    @classmethod
    def of(cls, values: RFMValues, *, bins: int = 5) -> Self:
        """Cuts at the values below or at which 1/b, 2/b, ... of the customers are: shares of customers, by weight."""
        if not 2 <= bins <= 100:
            raise Invalid("bins", "must be 2 to 100", bins)
        if not len(values):
            raise Invalid(
                "values", "must have at least one customer to cut by", 0, "give cuts= that were kept"
            )
        amount = None if values.amount is None else _quantiles(values.amount, values.weight, bins)
        return cls(
            _quantiles(values.silence, values.weight, bins),
            _quantiles(values.orders, values.weight, bins),
            amount,
        )


@attrs.frozen(eq=False, repr=False)
class RFMValues:
    """What the scores are made of, one row per customer; all (n,).

    ids : who. silence : days from the last order to ``as_of``, >= 0. orders : days with orders, >= 1.
    amount : what was spent, or None. weight : how many customers the row stands for, > 0.
    as_of : the day of which all this is said.
    """

    ids: Ids = attrs.field(converter=ids)
    silence: Floats = attrs.field(converter=floats)
    orders: Floats = attrs.field(converter=floats)
    amount: Floats | None = attrs.field(converter=attrs.converters.optional(floats))
    weight: Floats = attrs.field(converter=floats)
    as_of: date

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        struct.same_length(self)
        struct.keeps(self, RFMValues._rules)

    def _rules(self) -> list[struct.Rule]:
        rules: list[struct.Rule] = [
            ("silence", "must be finite and >= 0", np.isfinite(self.silence) & (self.silence >= 0)),
            ("orders", "must be finite and >= 1", np.isfinite(self.orders) & (self.orders >= 1)),
            ("weight", "must be finite and > 0", np.isfinite(self.weight) & (self.weight > 0)),
        ]
        if self.amount is not None:
            rules.append(("amount", "must be finite", np.isfinite(self.amount)))
        return rules

    @classmethod
    def from_ledger(cls, ledger: Ledger, *, as_of: date | str) -> Self:
        """Everybody who had ordered by the end of ``as_of``; amounts are of all their orders, net of refunds.

        >>> log = Ledger.from_log(customer=["a", "b", "a"], day=[10000, 10001, 10007], amount=[20, 5, 10])
        >>> values = RFMValues.from_ledger(log, as_of="1997-05-31")
        >>> values.silence, values.orders, values.amount
        (array([ 5., 11.]), array([2., 1.]), array([30.,  5.]))
        """
        end = day_number(as_of, "as_of")
        known = ledger.order_days(until=as_of)
        turn = np.ones(known.customer.size + 1, dtype=np.bool_)
        turn[1:-1] = known.customer[1:] != known.customer[:-1]
        edges = np.flatnonzero(turn) if known.customer.size else np.zeros(1, dtype=np.int64)
        first, last = edges[:-1], edges[1:] - 1
        amount = None
        if known.amount is not None:
            amount = sealed(np.add.reduceat(known.amount, first) if first.size else known.amount)
        return cls(
            sealed(ledger.ids[known.customer[first]]),
            sealed((end - known.day[last]).astype(np.float64)),
            sealed((last - first + 1).astype(np.float64)),
            amount,
            sealed(np.ones(first.size)),
            calendar_day(end),
        )

    @classmethod
    def from_purchases(cls, purchases: Purchases, *, as_of: date | str | None = None) -> Self:
        """From summaries, as of the end of their observation (which ``as_of`` may state, and must where it is unknown).

        ``amount`` is that of the purchases after the first, for purchases hold no other: `from_ledger` has them all.
        """
        held = purchases.until
        stated = held if as_of is None else calendar_day(day_number(as_of, "as_of"))
        if stated is None:
            raise Invalid("as_of", "must be said, for these purchases do not know their end", None)
        if held is not None and stated != held:
            remedy = "summarise the log as of that day"
            raise Invalid("as_of", f"must be the end of observation, {held}", str(stated), remedy)
        # Days are whole; the division into periods and back leaves a rounding error that would split ties.
        days = (purchases.age - purchases.recency) * days_per(purchases.period)
        silence, orders = sealed(np.round(days, 6)), sealed(purchases.frequency + 1)
        return cls(purchases.ids, silence, orders, purchases.spend, purchases.weight, stated)

    def score(self, cuts: RFMCuts | None = None, *, bins: int = 5) -> RFMScores:
        """Scores by cuts that were kept, or by fresh ones that make ``bins`` parts of these customers.

        >>> values = RFMValues(
        ...     ["a", "b", "c", "d"], [3, 40, 90, 90], [7, 1, 2, 1], None, [1, 1, 1, 1], date(2026, 3, 31)
        ... )
        >>> scores = values.score(bins=2)
        >>> scores.recency, scores.frequency
        (array([2, 2, 1, 1], dtype=int8), array([2, 1, 2, 1], dtype=int8))
        """
        used = RFMCuts.of(self, bins=bins) if cuts is None else cuts
        if (used.amount is None) != (self.amount is None):
            pair = ("no amounts" if self.amount is None else "amounts", f"cuts {used.amount}")
            raise Invalid("cuts", "must have amounts exactly where the values do", pair)
        monetary = None
        if self.amount is not None and used.amount is not None:
            monetary = _scored(self.amount, used.amount)
        recency: Score = np.int8(used.bins + 1) - _scored(self.silence, used.silence)
        return RFMScores(sealed(recency), _scored(self.orders, used.orders), monetary, self, used)

    def __repr__(self) -> str:
        whom = f"RFMValues of {self.weight.sum():,.0f} customers as of {self.as_of}"
        if not len(self):
            return whom
        lines = [("silence", self.silence, "days"), ("orders", self.orders, ""), ("amount", self.amount, "")]
        said = [
            f"  {name:<8} median {_quantiles(column, self.weight, 2)[0]:,.6g} {unit}".rstrip()
            + f", from {column.min():,.6g} to {column.max():,.6g}"
            for name, column, unit in lines
            if column is not None
        ]
        return "\n".join([whom, *said])


@attrs.frozen(eq=False, repr=False)
class RFMScores:
    """Scores from 1 to ``cuts.bins``, the higher the better; all (n,), in the order of ``values.ids``.

    monetary is None where no amounts are known. Equal values have equal scores.
    """

    recency: Score
    frequency: Score
    monetary: Score | None
    values: RFMValues
    cuts: RFMCuts

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def __len__(self) -> int:
        return len(self.values)

    def counts(self) -> Floats:
        """(bins, bins) customers by recency score (rows, 1 first) and frequency score (columns)."""
        bins = self.cuts.bins
        cell = (self.recency.astype(np.int64) - 1) * bins + self.frequency - 1
        sums: Floats = np.bincount(cell, self.values.weight, bins * bins).astype(np.float64)
        return sealed(sums).reshape(bins, bins)

    def segments(self, policy: SegmentPolicy | None = None) -> Segments:
        """What each customer is called; `SegmentPolicy.standard` unless given.

        Raises `Invalid` when the policy is for another number of scores, or asks for amounts that nobody knows.
        """
        rules = SegmentPolicy.standard() if policy is None else policy
        if rules.bins != self.cuts.bins:
            pair = (rules.bins, self.cuts.bins)
            raise Invalid(
                "policy", "must be for as many scores as there are", pair, f"score(bins={rules.bins})"
            )
        if rules.uses_money and self.monetary is None:
            raise Invalid("policy", "must not ask for amounts, which are not known", rules.version)
        money = self.monetary if self.monetary is not None else np.ones(len(self), dtype=np.int8)
        where = (
            self.recency.astype(np.int64) - 1,
            self.frequency.astype(np.int64) - 1,
            money.astype(np.int64) - 1,
        )
        return Segments(sealed(rules.table()[where]), rules, self)

    def __repr__(self) -> str:
        head = f"RFMScores of {self.values.weight.sum():,.0f} customers as of {self.values.as_of}, 1 to {self.cuts.bins}"
        lines = [head]
        rows = [
            ("recency", "silence", self.cuts.silence, self.recency),
            ("frequency", "orders", self.cuts.orders, self.frequency),
        ]
        if self.cuts.amount is not None and self.monetary is not None:
            rows.append(("monetary", "amount", self.cuts.amount, self.monetary))
        for name, of, cuts, scores in rows:
            there = np.bincount(scores, minlength=self.cuts.bins + 1)[1:]
            empty = [str(n + 1) for n in np.flatnonzero(there == 0).tolist()]
            lost = f"; nobody scores {', '.join(empty)}" if empty and len(self) else ""
            lines.append(f"  {name:<10} {of} cut at {', '.join(f'{cut:,.6g}' for cut in cuts)}{lost}")
        return "\n".join(lines)


@attrs.frozen
class SegmentRow:
    """One segment: how many customers, which share of all, and their means."""

    name: str
    customers: float
    share: float
    silence: float
    orders: float
    amount: float | None


@attrs.frozen(eq=False, repr=False)
class Segments:
    """``code`` (n,) positions in ``policy.names``, in the order of ``scores.values.ids``."""

    code: NDArray[np.int64]
    policy: SegmentPolicy
    scores: RFMScores

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def __len__(self) -> int:
        return int(self.code.size)

    @property
    def names(self) -> NDArray[Any]:
        """(n,) what each customer is called, as text: a column for a frame."""
        words = np.empty(len(self.policy.names), dtype=np.object_)
        words[:] = self.policy.names
        return sealed(words[self.code])

    def of(self, name: str) -> NDArray[np.bool_]:
        """(n,) who is called this."""
        if name not in self.policy.names:
            raise Invalid("segment", f"must be one of {', '.join(self.policy.names)}", name)
        return sealed(self.code == self.policy.names.index(name))

    def rows(self) -> tuple[SegmentRow, ...]:
        """A row for each segment, those without customers included, in the order of the policy; means of 0 for none."""
        values, k = self.scores.values, len(self.policy.names)
        size = np.bincount(self.code, values.weight, k)
        whole = np.maximum(size, 1e-300)

        def means(column: Floats) -> list[float]:
            found: list[float] = (np.bincount(self.code, values.weight * column, k) / whole).tolist()
            return found

        share = (size / max(float(size.sum()), 1e-300)).tolist()
        silence, orders = means(values.silence), means(values.orders)
        amount: list[float] | list[None] = [None] * k if values.amount is None else means(values.amount)
        columns = (self.policy.names, size.tolist(), share, silence, orders, amount)
        return tuple(SegmentRow(*row) for row in zip(*columns, strict=True))

    def __repr__(self) -> str:
        wide = max(map(len, self.policy.names))
        has_amount = self.scores.values.amount is not None
        head = (
            f"{'':<{wide}}{'customers':>11}{'share':>9}{'silence':>9}{'orders':>8}"
            + f"{'amount':>12}" * has_amount
        )
        lines = [f"Segments by policy {self.policy.version} as of {self.scores.values.as_of}", head]
        for row in self.rows():
            money = "" if row.amount is None else f"{row.amount:>12,.2f}"
            share = f"{100 * row.share:.1f} %"
            lines.append(
                f"{row.name:<{wide}}{row.customers:>11,.0f}{share:>9}{row.silence:>9.1f}{row.orders:>8.2f}{money}"
            )
        return "\n".join(lines)


def _scored(values: Floats, cuts: tuple[float, ...]) -> Score:
    """1 + how many cuts lie below each value."""
    scores: Score = np.ones(values.size, dtype=np.int8)
    for cut in cuts:
        scores += values > cut
    return sealed(scores)


def _quantiles(values: Floats, weight: Floats, bins: int) -> tuple[float, ...]:
    """The smallest values at or below which j/b of the weight lie, j = 1 to b - 1: values that occur, none made up."""
    if np.all(weight == 1):
        places = [-(-j * values.size // bins) - 1 for j in range(1, bins)]
        return tuple(np.partition(values, places)[places].tolist())
    order = np.argsort(values)
    so_far = np.cumsum(weight[order])
    # Both sides times b: whole weights are compared without a rounding error.
    asked: Floats = np.array([j * float(so_far[-1]) for j in range(1, bins)])
    found: Counts = np.searchsorted(so_far * bins, asked, side="left")
    return tuple(values[order][found].tolist())
