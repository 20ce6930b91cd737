"""What a customer's purchases come down to for a buy-till-you-die model: how often, how lately, how long.

Fader, Hardie and Lee (2005) show that frequency, recency and age are all that such a model needs of a history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.distinct import Distinct, distinct
from relcore.analytics.arrays import Counts, Floats, Ids, chosen, floats, frozen, ones, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.policies import Grain, Refunds
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import HIDDEN, Fault, Invalid, InvalidRows

if TYPE_CHECKING:
    from relcore.analytics.columns.holdout import Holdout


def _ids(values: Ids | Sequence[Any]) -> Ids:
    given = np.asarray(values)
    if given.dtype.kind in "iuO":
        return frozen(given)
    text = np.empty(given.size, dtype=np.object_)
    # numpy makes text of whatever stands beside it.
    text[:] = values if isinstance(values, list | tuple) else given.tolist()
    return sealed(text)


def _optional_floats(values: ArrayLike | None) -> Floats | None:
    return None if values is None else floats(values)


def _sums(mean: Floats, count: Floats) -> Floats:
    """(n,) what the amounts add up to: dividing the sum by the count has rounded it, perhaps."""
    sums = np.where(count > 0, mean * count, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        cents: Floats = np.rint(sums * 100.0) / 100.0
        return cents if np.all(np.abs(cents - sums) <= 4 * np.finfo(np.float64).eps * cents) else sums


_ONLY_SUMMED = {"log_gaps", "log_amounts"}  # of these only the sum over customers ever counts


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Purchases:
    """One row per customer, or one per distinct history with its weight. Checked when made, read-only ever after.

    ids : (n,) text or whole numbers, distinct.
    frequency : (n,) purchases after the first, whole, >= 0.
    recency : (n,) periods from the first purchase to the last, in [0, age]; 0 exactly where frequency is 0.
    age : (n,) periods from the first purchase to the end of observation.
    spend : (n,) sum over the purchases after the first, >= 0, 0 where frequency is 0; None when no amounts are known. It is
        what the amounts were: revenue, of which `customer_value` takes a ``margin``, or the margin of each order.
    log_gaps : (n,) sum of ln(time from one purchase to the next), times in periods, 0 where frequency is 0: how regularly
        they came. None when only a summary is known.
    log_amounts : (n,) sum of ln(amount) over the purchases after the first, 0 where frequency is 0, minus infinity where one of
        them was for nothing: how evenly they spend. Only beside ``spend``; None when only a summary is known.
    weight : (n,) how many customers the row stands for, > 0.
    period : the unit of recency and age: day 1, week 7, month 365.25 / 12, quarter 365.25 / 4, year 365.25 days.
    until : the last day of observation, if known.
    currency : ISO 4217 code of spend, if known.

    No rows (n = 0) are fine everywhere but in a fit.
    """

    ids: Ids = attrs.field(converter=_ids)
    frequency: Floats = attrs.field(converter=floats)
    recency: Floats = attrs.field(converter=floats)
    age: Floats = attrs.field(converter=floats)
    spend: Floats | None = attrs.field(converter=_optional_floats)
    weight: Floats = attrs.field(converter=floats)
    period: Period
    until: date | None = None
    currency: str | None = None
    log_gaps: Floats | None = attrs.field(default=None, converter=_optional_floats)
    log_amounts: Floats | None = attrs.field(default=None, converter=_optional_floats)

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
    def from_orders(
        cls,
        orders: Any,
        *,
        customer: str,
        at: str,
        amount: str | None = None,
        period: Period,
        until: date | str,
        refunds: Refunds = Refunds.REFUSE,
        grain: Grain = "day",
        currency: str | None = None,
        zone: str | None = None,
    ) -> Purchases:
        """From a table with one row per order: pandas, Polars (eager or lazy), PyArrow, DuckDB, or a mapping of columns.

        ``until`` is the last day of observation, inclusive: later orders are left out, and so are customers whose
        first order is later. The other arguments, the policies and the
        errors are those of `Ledger.from_orders`; a log that is summarised more than once is better kept as a `Ledger`.

        >>> log = {
        ...     "who": ["a", "b", "a"],
        ...     "day": ["2026-01-01", "2026-01-05", "2026-01-15"],
        ...     "paid": [10, 20, 30],
        ... }
        >>> Purchases.from_orders(
        ...     log, customer="who", at="day", amount="paid", period="week", until="2026-01-29"
        ... )
        Purchases of 2 customers, in weeks until 2026-01-29
          came back     1 of 2 (50.0 %)
          frequency     mean 0.50, most 1
          recency       mean 2.00 weeks, of those who came back
          age           mean 3.71, most 4.00 weeks
          repeat spend  mean 30.00 per purchase
        """
        from relcore.analytics.columns.ledger import Ledger

        ledger = Ledger.from_orders(
            orders, customer=customer, at=at, amount=amount, refunds=refunds, grain=grain,
            currency=currency, zone=zone,
        )  # fmt: skip
        return ledger.purchases(period=period, until=until)

    @classmethod
    def split(
        cls,
        orders: Any,
        *,
        customer: str,
        at: str,
        amount: str | None = None,
        period: Period,
        cut: date | str,
        until: date | str,
        refunds: Refunds = Refunds.REFUSE,
        grain: Grain = "day",
        currency: str | None = None,
        zone: str | None = None,
    ) -> tuple[Purchases, Holdout]:
        """A table cut in two: what was known at the end of ``cut``, and what the same customers did until ``until``.

        Fit a model to the first, and `BetaGeoNBD.validate` it on both. Arguments and errors are those of `from_orders`.

        >>> log = {"who": ["a", "b", "a"], "day": ["2026-01-01", "2026-01-05", "2026-02-15"]}
        >>> Purchases.split(
        ...     log, customer="who", at="day", period="week", cut="2026-01-31", until="2026-02-28"
        ... )[1]
        Holdout of 2 customers, the 4.00 weeks after 2026-01-31: 1 purchase, by 1 of them
        """
        from relcore.analytics.columns.ledger import Ledger

        ledger = Ledger.from_orders(
            orders, customer=customer, at=at, amount=amount, refunds=refunds, grain=grain,
            currency=currency, zone=zone,
        )  # fmt: skip
        return ledger.split(period=period, cut=cut, until=until)

    @classmethod
    def from_log(
        cls,
        *,
        customer: Sequence[str] | Ids,
        day: ArrayLike,
        amount: ArrayLike | None = None,
        period: Period,
        until: date | str,
        refunds: Refunds = Refunds.REFUSE,
        grain: Grain = "day",
        currency: str | None = None,
    ) -> Purchases:
        """From arrays with one value per order: ids, whole days since 1970-01-01, amounts. See `from_orders`.

        >>> Purchases.from_log(customer=["a", "a"], day=[0, 7], period="week", until="1970-01-15").recency
        array([1.])
        """
        from relcore.analytics.columns.ledger import Ledger

        ledger = Ledger.from_log(
            customer=customer, day=day, amount=amount, refunds=refunds, grain=grain,
            currency=currency,
        )  # fmt: skip
        return ledger.purchases(period=period, until=until)

    @classmethod
    def from_summary(
        cls,
        *,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        period: Period,
        mean_spend: ArrayLike | None = None,
        log_gaps: ArrayLike | None = None,
        log_amounts: ArrayLike | None = None,
        ids: Ids | Sequence[Any] | None = None,
        weight: ArrayLike | None = None,
        until: date | str | None = None,
        currency: str | None = None,
    ) -> Self:
        """From frequency, recency and age (T) that somebody else has counted, such as ``lifetimes``.

        mean_spend : (n,) mean amount of the purchases after the first; of no matter where frequency is 0. If all sums are
            whole hundredths but for rounding, they are taken as such.
        log_gaps : (n,) sum of the logs of the times between purchases (``litt`` of BTYDplus), in the same period.
        log_amounts : (n,) sum of the logs of the amounts of the purchases after the first, beside ``mean_spend``.
        ids : (n,) who they are; the numbers 0 to n - 1 unless given.

        >>> Purchases.from_summary(
        ...     frequency=[2, 0], recency=[30.43, 0], age=[38.86, 38.86], period="week"
        ... ).ids
        array([0, 1])
        """
        repeats = floats(frequency, "frequency")
        spend = None
        if mean_spend is not None:
            mean = floats(mean_spend, "mean_spend")
            if mean.size != repeats.size:
                raise Invalid("mean_spend", "must be as long as frequency", mean.size)
            spend = _sums(mean, repeats)
        return cls(
            ids=sealed(np.arange(repeats.size)) if ids is None else ids,
            frequency=repeats,
            recency=floats(recency, "recency"),
            age=floats(age, "age"),
            spend=spend,
            weight=ones(repeats.size) if weight is None else floats(weight, "weight"),
            period=period,
            until=None if until is None else calendar_day(day_number(until)),
            currency=currency,
            log_gaps=log_gaps,
            log_amounts=log_amounts,
        )

    # --- what can be done with them ---

    def __add__(self, other: Purchases) -> Purchases:
        """The rows of both; period, end of observation and currency must agree, and nobody may be in both."""
        struct.same_units(self, other)
        mine, theirs = struct.columns(self), struct.columns(other)
        if len(self) and len(other) and (mine["ids"].dtype != theirs["ids"].dtype):
            kinds = (str(mine["ids"].dtype), str(theirs["ids"].dtype))
            raise Invalid(
                "ids", "must be of one kind on both sides", kinds, "give text or whole numbers on both"
            )
        return struct.with_columns(self, {name: np.concatenate([mine[name], theirs[name]]) for name in mine})

    def collapse(self) -> Collapsed:
        """The distinct histories with their weights summed, in a fixed order, and the way back to the rows.

        A distinct history keeps the id of the first customer who shows it, so collapsed shards can be added up, and the
        means of ``log_gaps`` and ``log_amounts``, of which only the sums ever count.

        >>> rows = Purchases.from_summary(
        ...     frequency=[0, 2, 0], recency=[0, 5, 0], age=[9, 9, 9], period="week"
        ... )
        >>> collapsed = rows.collapse()
        >>> collapsed.rows.weight, collapsed.index
        (array([2., 1.]), array([0, 1, 0]))
        """
        per = days_per(self.period)
        keys = [(self.frequency, 1.0), (self.recency, per), (self.age, per)]
        if self.spend is not None:
            keys.append((self.spend, 100.0))
        if self.log_amounts is not None:
            keys.append((np.isneginf(self.log_amounts).astype(np.float64), 1.0))
        found = distinct(keys)
        one = {name: column[found.first] for name, column in struct.columns(self).items()}
        one["weight"] = found.sums(self.weight)
        for name in _ONLY_SUMMED & one.keys():
            one[name] = found.sums(self.weight * struct.columns(self)[name]) / one["weight"]
        return Collapsed(struct.derived(self, one), found)

    def histories(self) -> Purchases:
        """The same customers with frequency, recency and age alone, which is all that most models look at."""
        return struct.derived(self, dict.fromkeys(("spend", "currency", "log_gaps", "log_amounts")))

    def without_spend(self) -> Purchases:
        """The same customers without what they spent: histories that differ in time only."""
        return struct.derived(self, dict.fromkeys(("spend", "currency", "log_amounts")))

    def where(self, mask: ArrayLike) -> Purchases:
        """The rows for which the (n,) mask holds."""
        return struct.rows(self, chosen(mask, len(self)))

    def to_frame(self, *, like: Any, **columns: ArrayLike) -> Any:
        """A frame of the kind of ``like`` with one row per customer: the columns here, then those given by name.

        ``spend`` is there when amounts are known, ``weight`` where rows stand for more than themselves, sums of logs never;
        the ids are called ``customer``. ``like={}`` gives a dict of arrays.
        """
        table: dict[str, Any] = {"customer": self.ids} | {
            name: column
            for name, column in struct.columns(self).items()
            if name not in {"ids", *_ONLY_SUMMED}
        }
        if np.all(self.weight == 1):
            table.pop("weight")
        for name, values in columns.items():
            column = np.asarray(values)
            if name in table or column.shape != (len(self),):
                said = "must have one value per customer" if name not in table else "is there already"
                raise Invalid(name, said, column.shape, "columns come in the order of purchases.ids")
            table[name] = column
        from relcore import frames

        return frames.like(like, table)

    def sheet(self) -> Sheet:
        """What they show of themselves."""
        whom = f"{self.weight.sum():,.0f} customer{'' if self.weight.sum() == 1 else 's'}"
        rows = "" if np.all(self.weight == 1) else f" in {len(self):,} rows"
        until = "" if self.until is None else f" until {self.until}"
        head = f"Purchases of {whom}{rows}, in {self.period}s{until}"
        cells = tuple((f"  {name}", says) for name, says in self._sketch())
        return Sheet((head, Grid(("<16", "<"), cells)) if cells else (head,))

    __repr__ = as_text
    _repr_html_ = as_html

    def _sketch(self) -> list[tuple[str, str]]:
        if not len(self):
            return []
        weight, back, unit = self.weight, self.frequency > 0, f"{self.period}s"
        total, again = weight.sum(), weight[back].sum()
        says = [
            ("came back", f"{again:,.0f} of {total:,.0f} ({again / total:.1%})".replace("%", " %")),
            ("frequency", f"mean {weight @ self.frequency / total:.2f}, most {self.frequency.max():.0f}"),
        ]
        if again:
            says.append(
                ("recency", f"mean {weight @ self.recency / again:.2f} {unit}, of those who came back")
            )
        says.append(("age", f"mean {weight @ self.age / total:.2f}, most {self.age.max():.2f} {unit}"))
        if self.spend is not None and again:
            mean = (weight @ self.spend) / (weight @ self.frequency)
            says.append(
                ("repeat spend", f"mean {mean:,.2f} {self.currency or ''}".rstrip() + " per purchase")
            )
        return says


@attrs.frozen(eq=False)
class Collapsed:
    """``rows`` are the distinct histories; ``rows.age[index]`` has one value per row of the original again."""

    rows: Purchases
    _found: Distinct

    @property
    def index(self) -> Counts:
        """(n,) which of the rows each row of the original is."""
        return sealed(self._found.index)


def _rules(self: Purchases) -> list[struct.Rule]:
    x, recency, age = self.frequency, self.recency, self.age
    rules = [
        ("frequency", "must be whole and >= 0", np.isfinite(x) & (x >= 0) & (x == np.floor(x))),
        ("age", "must be finite and >= 0", np.isfinite(age) & (age >= 0)),
        ("recency", "must lie in [0, age]", (recency >= 0) & (recency <= age)),
        ("recency", "must be 0 exactly where frequency is 0", (recency == 0) == (x == 0)),
        ("weight", "must be finite and > 0", np.isfinite(self.weight) & (self.weight > 0)),
    ]
    if self.spend is not None:
        rules.append(("spend", "must be finite and >= 0", np.isfinite(self.spend) & (self.spend >= 0)))
        rules.append(("spend", "must be 0 where frequency is 0", (self.spend == 0) | (x > 0)))
    if self.log_gaps is not None:
        rules.append(("log_gaps", "must be finite", np.isfinite(self.log_gaps)))
        rules += _rules_of_logs(self, "log_gaps", self.log_gaps, "recency", recency)
    if self.log_amounts is not None:
        if self.spend is None:
            raise Invalid(
                "log_amounts", "must come with the amounts themselves", None, "give mean_spend= too"
            )
        rules.append(("log_amounts", "must be a number below infinity", self.log_amounts < np.inf))
        rules += _rules_of_logs(self, "log_amounts", self.log_amounts, "spend", self.spend)
    return rules


def _rules_of_logs(
    self: Purchases, name: str, logs: Floats, sum_name: str, sums: Floats
) -> list[struct.Rule]:
    """Numbers of a given sum have the largest product when they are all alike."""
    x, back = self.frequency, self.frequency > 0
    shared = np.divide(sums, x, out=np.ones(len(self)), where=back)
    with np.errstate(divide="ignore", invalid="ignore"):  # the sums have rules of their own
        highest = np.where(back, x * np.log(shared), 0.0)
    slack = np.where(np.isfinite(highest), 1e-9 * (x + np.abs(highest)), 0.0)
    return [
        (name, "must be 0 where frequency is 0", (logs == 0) | back),
        (name, f"must not exceed frequency * ln({sum_name} / frequency)", logs <= highest + slack),
    ]


def _one_kind_of_ids(ids: Ids) -> None:
    """Refuse what is missing, and text among whole numbers: neither is found again."""
    usual = str if any(isinstance(id, str) for id in ids[:1]) else int
    odd = [row for row, id in enumerate(ids.tolist()) if not isinstance(id, usual) or isinstance(id, bool)]
    if odd:
        says = "a customer id must be text or a whole number, in every row alike"
        raise InvalidRows([Fault("ids", odd[0], says, HIDDEN, len(odd))])


def distinct_ids(ids: Ids) -> None:
    """Refuse a customer who is there twice."""
    if ids.dtype.kind in "iu":
        if np.all(ids[1:] > ids[:-1]):
            return
        ordered = np.sort(ids)  # numpy's unique hashes whole numbers, in ten times as long
        if np.all(ordered[1:] != ordered[:-1]):
            return
    else:
        _one_kind_of_ids(ids)
        if len(set(ids.tolist())) == ids.size:
            return
    whom: list[Any] = ids.tolist()
    first = {whom[row]: row for row in reversed(range(len(whom)))}
    twice = [row for row, id in enumerate(whom) if first[id] != row]
    remedy = "one customer is one row: add up the log, not the summaries"
    raise InvalidRows([Fault("ids", twice[0], "a customer must be there once", HIDDEN, len(twice), remedy)])
