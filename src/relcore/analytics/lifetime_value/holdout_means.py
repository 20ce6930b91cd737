"""What was expected of customers given what they had done, beside what they did, by how often they had come before.

Papers call it *conditional expectations*: Fader, Hardie and Lee (2005), Marketing Science 24(2), figure 5. Whoever is wrong
about those who came often is wrong about most of the money.
"""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeVar, overload

import attrs
import numpy as np

from relcore.analytics.arrays import Floats, floats, sealed, summed
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.occasion_holdout import OccasionHoldout
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Period, Span
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid

H_contra = TypeVar("H_contra", contravariant=True)


class Forecast(Protocol[H_contra]):
    """A model that says how many purchases to expect."""

    def expected_purchases(self, purchases: H_contra, /, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected within the horizon."""
        ...


@attrs.frozen(eq=False, repr=False)
class HoldoutMeans:
    """Mean purchases per customer in the hold-out, by repeat purchases in the calibration.

    count : (k,) repeat purchases before, increasing; ``most`` stands for itself and all above. Counts of nobody are left out.
    customers : (k,) how many made so many. expected, actual : (k,) means per customer.
    most : the last count, and the first that is not told apart.
    horizon : periods that the hold-out lasts.
    """

    count: Floats = attrs.field(converter=floats)
    customers: Floats = attrs.field(converter=floats)
    expected: Floats = attrs.field(converter=floats)
    actual: Floats = attrs.field(converter=floats)
    most: int
    horizon: float
    period: Period

    @overload
    @classmethod
    def of(
        cls, model: Forecast[Purchases], calibration: Purchases, holdout: Holdout, *, most: int = 7
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls, model: Forecast[Occasions], calibration: Occasions, holdout: OccasionHoldout, *, most: int = 7
    ) -> Self: ...
    @classmethod
    def of(cls, model: Forecast[Any], calibration: Any, holdout: Any, *, most: int = 7) -> Self:
        """Forecast the hold-out from the calibration, and average both over customers who had come as often.

        calibration, holdout : the two that `Purchases.split` or `Occasions.split` returns, n >= 1 customers. The model should
            have been fitted to the calibration alone; nothing here fits.
        most : a count >= 1, which stands for all above as well.
        """
        holdout.must_follow(calibration)
        if most < 1:
            raise Invalid("most", "must be 1 or more", most)
        group = np.minimum(calibration.frequency, most).astype(np.int64)
        foreseen = model.expected_purchases(calibration, horizon=holdout.length)
        customers = summed(group, None, most + 1)
        there = customers > 0
        return cls(
            sealed(np.flatnonzero(there).astype(np.float64)),
            sealed(customers[there]),
            sealed(summed(group, foreseen, most + 1)[there] / customers[there]),
            sealed(summed(group, holdout.purchases, most + 1)[there] / customers[there]),
            most,
            holdout.length,
            holdout.period,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """(k,) the counts in words; the last says that it holds more."""
        return tuple(f"{count:.0f}{' or more' if count == self.most else ''}" for count in self.count)

    def to_frame(self, *, like: Any) -> Any:
        """A frame of the kind of ``like`` with the four columns; ``like={}`` gives a dict of arrays."""
        from relcore import frames

        names = ("count", "customers", "expected", "actual")
        return frames.like(like, {name: getattr(self, name) for name in names})

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        rows = zip(self.labels, self.customers, self.expected, self.actual, strict=True)
        head = ("purchases before", "customers", "expected", "actual")
        cells = [
            (label, f"{customers:,.0f}", f"{expected:.3f}", f"{actual:.3f}")
            for label, customers, expected, actual in rows
        ]
        ahead = f"mean purchases per customer in the {self.horizon:.2f} {self.period}s that followed"
        return Sheet((Grid(("<16", ">11", ">10", ">10"), tuple(cells), head), ahead))

    __repr__ = as_text
    _repr_html_ = as_html
