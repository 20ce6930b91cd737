"""Expected against actual repeat purchases of a cohort, period by period, through calibration and hold-out.

The classic check of a buy-till-you-die model: Fader, Hardie and Lee (2005), Marketing Science 24(2), figures 3 and 4.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics.arrays import Floats, floats, sealed
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.kernel.errors import Invalid


class CohortForecast(Protocol):
    """A model that says what to expect of a customer about whom nothing but his first day is known."""

    @property
    def period(self) -> Period: ...

    def expected_purchases_of_newcomer(self, horizon: ArrayLike) -> Floats:
        """(k,) purchases after the first within each of k times since the first."""
        ...


@attrs.frozen(eq=False, repr=False)
class Tracking:
    """Cumulative repeat purchases of all customers whose first order fell into the calibration.

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
    def of(cls, model: CohortForecast, ledger: Ledger, *, cut: date | str, until: date | str) -> Self:
        """Count what happened, and ask the model what it expects of customers with these first days.

        cut : the last day of calibration. until : the last day of the log. Whole periods up to ``until`` are tracked.

        The expectation is that of a random customer by time since his first order (equation (9) for BG/NBD): it uses
        nothing of what the customers did later. Raises `Invalid` when nobody had ordered by ``cut``.
        """
        last, end = day_number(cut, "cut"), day_number(until)
        if end < last:
            raise Invalid("until", f"must not lie before the cut, {cut}", until)
        born, repeats = ledger.repeat_days(first_by=cut, until=until)
        if not born.size:
            raise Invalid("cut", "must not lie before the first order", str(cut))
        per, start = days_per(model.period), int(born.min())
        time = np.arange(1.0, np.floor((end - start + 1) / per) + 1)
        days, customers = np.unique(born, return_counts=True)
        elapsed = time[:, None] - (days - start) / per
        each = model.expected_purchases_of_newcomer(np.maximum(elapsed, 0.0).ravel()).reshape(elapsed.shape)
        # A period ends before the day on which the next begins.
        before = np.searchsorted(np.sort(repeats), start + time * per, side="left")
        return cls(
            sealed(time),
            sealed(each @ customers.astype(np.float64)),
            sealed(before.astype(np.float64)),
            (last - start) / per,
            calendar_day(start),
            model.period,
        )

    def __repr__(self) -> str:
        ends = f"{self.time.size} {self.period}s from {self.start}, calibrated on the first {self.cut:.2f}"
        if not self.time.size:
            return f"Tracking of {ends}"
        expected, actual = self.expected[-1], self.actual[-1]
        return f"Tracking of {ends}: {expected:,.0f} repeat purchases expected, {actual:,.0f} made"
