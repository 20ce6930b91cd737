"""How many customers under contract came up for their t-th renewal, and how many of them renewed.

Where customers cancel, every leaving is seen, and a cohort is a falling row of numbers: 1000 signed up, 869 renewed once, 743
twice. The numbers at risk and renewed, by cohort and by which renewal it was, are all that a model of retention needs; cohorts of
different ages, and those that were first watched when they were no longer young, add up in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import Counts, Floats, Ids, chosen, floats, summed, truths
from relcore.analytics.columns import moments, spells, struct
from relcore.analytics.columns.spells import Spells
from relcore.analytics.period import Period, days_per
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Fault, Invalid, InvalidRows

EVERYBODY = "all"
"""The name of the cohort when there is but one."""


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Renewals:
    """One row per cohort and renewal, in the order of cohorts and renewals. Checked when made, read-only ever after.

    cohort : (n,) text or whole numbers.
    renewal : (n,) which one, whole, >= 1: the first comes one ``period`` after signing up. A cohort that was first watched
        later begins with a later one.
    at_risk : (n,) customers who came up for it, >= 0; sums of weights, or counts.
    renewed : (n,) those of them who stayed, in [0, at_risk].
    period : the time from one renewal to the next.

    A pair of cohort and renewal is there once. No rows (n = 0) are fine everywhere but in a fit.
    """

    cohort: Ids = attrs.field(converter=spells.ids)
    renewal: Floats = attrs.field(converter=floats)
    at_risk: Floats = attrs.field(converter=floats)
    renewed: Floats = attrs.field(converter=floats)
    period: Period

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        days_per(self.period)
        struct.same_length(self)
        struct.keeps(self, _rules)
        if len(set(zip(self.cohort.tolist(), self.renewal.tolist(), strict=True))) < len(self):
            remedy = "add them up, or give the cohorts names of their own"
            raise Invalid("cohort", "must have each renewal once", len(self), remedy)

    # --- where they come from ---

    @classmethod
    def from_survivors(
        cls,
        survivors: Mapping[Any, ArrayLike] | ArrayLike,
        *,
        period: Period,
        since: int = 0,
    ) -> Self:
        """From how many of each cohort were there after 0, 1, 2, ... renewals: the rows of a cohort table.

        survivors : per cohort its falling row of numbers, the first being those who signed up; or one row for all. Rows
            may differ in length, as cohorts do in age.
        since : after how many renewals the rows begin, for cohorts that were not watched before.

        >>> rows = Renewals.from_survivors({2024: [1000, 869, 743], 2025: [800, 690]}, period="year")
        >>> rows
        Renewals of 2 cohorts, by year
          renewal   at risk   renewed     rate
                1     1,800     1,559   86.6 %
                2       869       743   85.5 %
        >>> rows.collapse().at_risk
        array([1800.,  869.])
        """
        cohorts: Mapping[Any, ArrayLike]
        cohorts = survivors if isinstance(survivors, Mapping) else {EVERYBODY: survivors}
        if since < 0:
            raise Invalid("since", "must be a number of renewals, 0 or more", since)
        names: list[Any] = []
        rows: list[Floats] = []
        for name, row in cohorts.items():
            rows.append(_falling(name, floats(row)))
            names += [name] * max(rows[-1].size - 1, 0)
        numbers = [np.arange(1.0, row.size) + since for row in rows]
        return cls(
            cohort=_names(names),
            renewal=_joined(numbers),
            at_risk=_joined([row[:-1] for row in rows]),
            renewed=_joined([row[1:] for row in rows]),
            period=period,
        )

    @classmethod
    def from_durations(
        cls,
        duration: ArrayLike,
        left: ArrayLike,
        *,
        period: Period,
        entry: ArrayLike | None = None,
        cohort: Ids | Sequence[Any] | None = None,
        weight: ArrayLike | None = None,
    ) -> Self:
        """From one row per customer.

        duration : (n,) whole. Of somebody who left, the renewal at which he did, >= 1; of somebody who is still there, the
            renewals he has made, >= 0.
        left : (n,) whether he left.
        entry : (n,) the renewals he had made when he was first watched, whole, >= 0 and less than the duration of those
            who left; 0 unless given.
        cohort : (n,) text or whole numbers; all are one cohort unless given. weight : (n,) > 0; 1 unless given.

        >>> rows = Renewals.from_durations([1, 3, 2], [True, True, False], period="month")
        >>> rows.at_risk, rows.renewed
        (array([3., 2., 1.]), array([2., 2., 0.]))
        """
        last, gone = floats(duration), truths(left, "left")
        first = np.zeros(last.size) if entry is None else floats(entry)
        heavy = np.ones(last.size) if weight is None else floats(weight)
        names = spells.ids([EVERYBODY] if cohort is None else cohort)
        unique, code = _coded(names)
        if cohort is None:
            code = np.zeros(last.size, dtype=np.int64)
        _check(last, gone, first, heavy, code)
        if not last.size:
            return cls(cohort=names[:0], renewal=last, at_risk=last, renewed=last, period=period)
        wide = int(last.max()) + 2
        size = unique.size * wide
        # At risk is whoever is watched, from the renewal after those made to the last one there was.
        begin, final = code * wide + first.astype(np.int64) + 1, code * wide + last.astype(np.int64)
        at_risk = np.cumsum(summed(begin, heavy, size) - summed(final + 1, heavy, size))
        lost = summed(final[gone], heavy[gone], size)
        there = np.flatnonzero(np.cumsum(summed(begin, None, size) - summed(final + 1, None, size)) > 0)
        counted = np.maximum(at_risk[there], lost[there])
        return cls(
            cohort=unique[there // wide],
            renewal=(there % wide).astype(np.float64),
            at_risk=counted,
            renewed=counted - lost[there],
            period=period,
        )

    @classmethod
    def from_spells(cls, spells: Spells, *, period: Period) -> Self:
        """From when each contract began and ended, cut into calendar periods; choose those of one state before.

        Contracts that began in one calendar period are a cohort, called by it. Their first renewal is the end of that
        period: who ends in it has left at the first renewal, who ends in the next at the second. A contract that ends
        where a period does has left at that renewal; one that is still running has made those that lie behind it.
        Late entries are at risk from then on.

        >>> rows = Spells.from_arrays(
        ...     subject=["a", "b", "c"],
        ...     state=["paying"] * 3,
        ...     start=["2026-01-10", "2026-01-20", "2026-02-01"],
        ...     stop=["2026-03-01", None, None],
        ...     until="2026-03-31",
        ... )
        >>> Renewals.from_spells(rows, period="month").renewed
        array([2., 1., 1., 1., 1.])
        """
        begin = moments.numbers(period, spells.start, spells.zone)
        last_moment = np.maximum(spells.stop - spells.observed, spells.start)
        end = moments.numbers(period, last_moment, spells.zone)
        met = moments.numbers(period, spells.entry, spells.zone)
        duration = end - begin + spells.observed
        entry = np.minimum(met - begin, duration - spells.observed)
        rows = cls.from_durations(
            duration, spells.observed, entry=entry, cohort=begin, weight=spells.weight, period=period
        )
        labels = _texts([moments.label(period, number) for number in rows.cohort.tolist()])
        return attrs.evolve(rows, cohort=labels)

    # --- what can be done with them ---

    def __add__(self, other: Renewals) -> Renewals:
        """Both counted together: the same renewal of the same cohort adds up, as for shards of one table."""
        struct.same_units(self, other)
        mine, theirs = struct.columns(self), struct.columns(other)
        rows = {name: np.concatenate([mine[name], theirs[name]]) for name in mine if name != "cohort"}
        return _added(self, spells.both(self.cohort, other.cohort), **rows)

    def collapse(self) -> Renewals:
        """All cohorts as one: what a fit looks at."""
        return _added(self, _texts([EVERYBODY] * len(self)), self.renewal, self.at_risk, self.renewed)

    def where(self, mask: ArrayLike) -> Renewals:
        """The rows for which the (n,) mask holds."""
        return struct.rows(self, chosen(mask, len(self)))

    def latest(self) -> Renewals:
        """The last row of each cohort: ``renewed`` are those who are still there, ``renewal`` how often they renewed."""
        code = _coded(self.cohort)[1]
        order = np.lexsort((self.renewal, code))
        final = np.ones(order.size, dtype=np.bool_)
        final[:-1] = code[order][1:] != code[order][:-1]
        return struct.rows(self, order[final])

    def sheet(self) -> Sheet:
        """What they show of themselves."""
        several = len(set(self.cohort.tolist()))
        head = f"Renewals of {several:,} cohort{'' if several == 1 else 's'}, by {self.period}"
        if not len(self):
            return Sheet((head,))
        cells: list[tuple[str, ...]] = []
        one = self.collapse()
        for row in zip(one.renewal.tolist(), one.at_risk.tolist(), one.renewed.tolist(), strict=True):
            rate = f"{row[2] / row[1]:.1%}".replace("%", " %") if row[1] else ""
            cells.append((f"{row[0]:.0f}", f"{row[1]:,.0f}", f"{row[2]:,.0f}", rate))
        names = ("renewal", "at risk", "renewed", "rate")
        return Sheet((head, Grid((">9", ">10", ">10", ">9"), tuple(cells), names)))

    __repr__ = as_text
    _repr_html_ = as_html


def _rules(self: Renewals) -> list[struct.Rule]:
    there, stayed = self.at_risk, self.renewed
    return [
        (
            "renewal",
            "must be whole and >= 1",
            np.isfinite(self.renewal) & (self.renewal >= 1) & _integral(self.renewal),
        ),
        ("at_risk", "must be finite and >= 0", np.isfinite(there) & (there >= 0)),
        ("renewed", "must lie in [0, at_risk]", (stayed >= 0) & (stayed <= there)),
    ]


def _added(self: Renewals, cohort: Ids, renewal: Floats, at_risk: Floats, renewed: Floats) -> Renewals:
    if not cohort.size:
        return self
    unique, code = _coded(cohort)
    wide = int(renewal.max()) + 1
    cell, where = np.unique(code * wide + renewal.astype(np.int64), return_inverse=True)
    columns: dict[str, NDArray[Any]] = {
        "cohort": unique[cell // wide],
        "renewal": (cell % wide).astype(np.float64),
        "at_risk": summed(where, at_risk, cell.size),
        "renewed": summed(where, renewed, cell.size),
    }
    columns["renewed"] = np.minimum(columns["renewed"], columns["at_risk"])
    return struct.with_columns(self, columns)


def _names(names: Sequence[Any]) -> Ids:
    whole = bool(names) and all(isinstance(name, int | np.integer) for name in names)
    return np.array(names, dtype=np.int64) if whole else _texts(names)


def _falling(name: Any, row: Floats) -> Floats:
    bad = ~(np.isfinite(row) & (row >= 0))
    if not bad.any():
        bad = np.append(False, row[1:] > row[:-1])[: row.size]
    if bad.any():
        at = int(np.argmax(bad))
        remedy = "count who is still there of those who signed up, without those who joined later"
        rule = f"survivors must be finite, >= 0 and never more than before (cohort {name})"
        raise InvalidRows([Fault("survivors", at, rule, float(row[at]), int(bad.sum()), remedy)])
    return row


def _check(last: Floats, gone: NDArray[np.bool_], first: Floats, heavy: Floats, code: Counts) -> None:
    sizes = {
        "duration": last.size,
        "left": gone.size,
        "entry": first.size,
        "weight": heavy.size,
        "cohort": code.size,
    }
    if len(set(sizes.values())) > 1:
        raise Invalid("columns", "must be of one length", sizes, "give one value per customer in each")
    rules = [
        ("duration", "must be whole and >= 0", last, np.isfinite(last) & (last >= 0) & _integral(last)),
        ("duration", "must be >= 1 of whoever left", last, ~(gone & (last < 1))),
        ("entry", "must be whole and >= 0", first, np.isfinite(first) & (first >= 0) & _integral(first)),
        ("entry", "must come before the end", first, ~(first > last - gone)),
        ("weight", "must be finite and > 0", heavy, np.isfinite(heavy) & (heavy > 0)),
    ]
    faults = [
        Fault(column, int(np.argmin(holds)), says, float(values[np.argmin(holds)]), int((~holds).sum()))
        for column, says, values, holds in rules
        if not holds.all()
    ]
    if faults:
        raise InvalidRows(faults)


def _integral(values: Floats) -> NDArray[np.bool_]:
    whole: NDArray[np.bool_] = values == np.floor(values)
    return whole


def _coded(names: Ids) -> tuple[Ids, Counts]:
    """The distinct names in order, and which of them each row has."""
    if names.dtype.kind in "iu":
        unique, code = np.unique(names, return_inverse=True)
        return unique, code.astype(np.int64)
    rows: list[Any] = names.tolist()
    distinct = dict.fromkeys(rows)
    odd = next((name for name in distinct if not isinstance(name, str)), None)
    if odd is not None or None in distinct:
        raise Invalid("cohort", "must be text or whole numbers, the same kind in every row", odd)
    ordered = sorted(distinct)
    place = {name: n for n, name in enumerate(ordered)}
    return _texts(ordered), np.fromiter(map(place.__getitem__, rows), np.int64, len(rows))


def _texts(names: Sequence[Any]) -> Ids:
    text = np.empty(len(names), dtype=np.object_)
    text[:] = list(names)
    return text


def _joined(rows: list[Floats]) -> Floats:
    return np.concatenate(rows) if rows else np.empty(0)
