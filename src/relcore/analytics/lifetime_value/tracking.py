"""Expected against actual repeat purchases of a cohort, period by period, through calibration and hold-out.

The classic check of a buy-till-you-die model: Fader, Hardie and Lee (2005), Marketing Science 24(2), figures 3 and 4.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics.arrays import Counts, Floats, Ids, floats, sealed, summed
from relcore.analytics.columns.covariate_paths import CovariatePaths
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.kernel.errors import Invalid


class CohortForecast(Protocol):
    """A model that says what to expect of a customer about whom nothing but his first day is known."""

    @property
    def period(self) -> Period: ...

    def expected_purchases_of_newcomer(self, horizon: ArrayLike) -> Floats:
        """(k,) purchases after the first within each of k times since the first."""
        ...


class ForecastInContext(Protocol):
    """A model that says what to expect of customers about whom nothing but their first day is known, and what went on since."""

    @property
    def period(self) -> Period: ...

    def expected_purchases_of_newcomers(self, newcomers: PurchasesInContext, elapsed: Floats) -> Floats:
        """(k, n) purchases after the first of n newcomers within times (k, n)."""
        ...


@attrs.frozen(eq=False, repr=False)
class Tracking:
    """Cumulative repeat purchases of a cohort: customers whose first order fell into the calibration, or into a part of it.

    time : (k,) periods since ``start``, 1 to k. expected, actual : (k,) cumulative until then.
    cut : periods from ``start`` to the end of calibration. start : the cohort's first day.
    """

    time: Floats = attrs.field(converter=floats)
    expected: Floats = attrs.field(converter=floats)
    actual: Floats = attrs.field(converter=floats)
    cut: float
    start: date
    period: Period

    @classmethod
    def of(
        cls,
        model: CohortForecast,
        ledger: Ledger,
        *,
        cut: date | str,
        until: date | str,
        cohort: tuple[date | str, date | str] | None = None,
    ) -> Self:
        """Count what happened, and ask the model what it expects of customers with these first days.

        cut : the last day of calibration. until : the last day of the log. Whole periods up to ``until`` are tracked.
        cohort : the first and the last day on which its customers ordered for the first time; all who had ordered by ``cut``, unless
            given. The model may have been fitted to more than they are.

        The expectation is that of a random customer by time since his first order (equation (9) for BG/NBD): it uses
        nothing of what the customers did later. Raises `Invalid` when nobody had ordered by ``cut``.
        """
        made = _Made.of(ledger, model.period, cohort, cut, until)
        days, customers = np.unique(made.born, return_counts=True)
        elapsed = made.elapsed(days)
        each = model.expected_purchases_of_newcomer(elapsed.ravel()).reshape(elapsed.shape)
        return cls._told(made, each @ customers.astype(np.float64))

    @classmethod
    def in_context(
        cls,
        model: ForecastInContext,
        paths: CovariatePaths,
        ledger: Ledger,
        *,
        cut: date | str,
        until: date | str,
        cohort: tuple[date | str, date | str] | None = None,
    ) -> Self:
        """The same of a model with covariates that change over time: what it expects, given what went on.

        paths : of the covariates, for everybody or for each customer, from the first orders to ``until``.
        """
        made = _Made.of(ledger, model.period, cohort, cut, until)
        days, which = np.unique(made.born, return_inverse=True)
        # A calendar is the same for all who came on one day.
        alike = paths.ids is None
        first, ids = (days, None) if alike else (made.born, made.ids)
        newcomers = paths.newcomers(
            [calendar_day(day) for day in first.tolist()], period=model.period, ids=ids
        )
        each = model.expected_purchases_of_newcomers(newcomers, made.elapsed(first))
        return cls._told(made, each @ (summed(which, None, days.size) if alike else np.ones(first.size)))

    @classmethod
    def _told(cls, made: _Made, expected: Floats) -> Self:
        return cls(made.time, sealed(expected), made.actual, made.cut, calendar_day(made.start), made.period)

    def __repr__(self) -> str:
        ends = f"{self.time.size} {self.period}s from {self.start}, calibrated on the first {self.cut:.2f}"
        if not self.time.size:
            return f"Tracking of {ends}"
        expected, actual = self.expected[-1], self.actual[-1]
        return f"Tracking of {ends}: {expected:,.0f} repeat purchases expected, {actual:,.0f} made"


@attrs.frozen(eq=False)
class _Made:
    """What the customers of a cohort did. ids, born : (n,) who they are, and their first days. time, actual, cut : as in `Tracking`."""

    ids: Ids
    born: Counts
    time: Floats
    actual: Floats
    cut: float
    start: int
    period: Period

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        period: Period,
        cohort: tuple[date | str, date | str] | None,
        cut: date | str,
        until: date | str,
    ) -> Self:
        last, end = day_number(cut, "cut"), day_number(until)
        if end < last:
            raise Invalid("until", f"must not lie before the cut, {cut}", until)
        since, first_by = (None, cut) if cohort is None else cohort
        if day_number(first_by, "cohort") > last:
            raise Invalid("cohort", f"must not end after the cut, {cut}", str(first_by))
        ids, born, repeats = ledger.repeat_days(since=since, first_by=first_by, until=until)
        if not born.size and cohort is not None:
            raise Invalid("cohort", "must hold the day of somebody's first order", f"{since} to {first_by}")
        if not born.size:
            raise Invalid("cut", "must not lie before the first order", str(cut))
        per, start = days_per(period), int(born.min())
        time = np.arange(1.0, np.floor((end - start + 1) / per) + 1)
        # A period ends before the day on which the next begins.
        before = np.searchsorted(np.sort(repeats), start + time * per, side="left")
        return cls(
            ids, born, sealed(time), sealed(before.astype(np.float64)), (last - start) / per, start, period
        )

    def elapsed(self, days: Counts) -> Floats:
        """(k, d) the time since each of these days at the end of each period, 0 if they lie ahead."""
        return np.maximum(self.time[:, None] - (days - self.start) / days_per(self.period), 0.0)
