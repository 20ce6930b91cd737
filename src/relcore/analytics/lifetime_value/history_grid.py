"""One quantity of a model over all histories that are possible at an age: what maps and contours show.

Whoever lies on one contour of value is worth the same, however differently he came: the *iso-value curves* of Fader, Hardie
and Lee (2005), "RFM and CLV", JMR 42(4), 415-430. They bend back: of two customers who were last seen long ago, the one who
had come more often is the more surely gone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Self

import attrs
import numpy as np

from relcore.analytics.arrays import Floats, floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Period
from relcore.kernel.errors import Invalid

_ROWS = 120
"""How finely the time of the last purchase is told."""


def _closed(values: Any) -> Floats:
    return sealed(np.array(values, dtype=np.float64))


@attrs.frozen(eq=False, repr=False)
class HistoryGrid:
    """A quantity by repeat purchases and by the time of the last of them.

    frequency : (f,) repeat purchases, 1 to f. recency : (r,) periods from the first purchase to the last, in (0, age).
    values : (r, f) the quantity.
    age : periods since the first purchase, the same for all.

    Who never came back has no time of a last repeat purchase, and is not on the grid.
    """

    frequency: Floats = attrs.field(converter=floats)
    recency: Floats = attrs.field(converter=floats)
    values: Floats = attrs.field(converter=_closed)
    age: float
    period: Period

    @classmethod
    def of(
        cls,
        quantity: Callable[[Purchases], Floats],
        *,
        age: float,
        period: Period,
        most: int = 20,
        mean_spend: float | None = None,
        currency: str | None = None,
    ) -> Self:
        """Ask for each history of this age.

        quantity : from purchases to (n,) values, such as ``model.probability_alive``, or
            ``lambda rows: customer_value(model, spend, rows, horizon=math.inf, discount=0.15)``.
        age : periods since the first purchase, > 0. most : repeat purchases, up to which it is asked, >= 1.
        mean_spend : of the repeat purchases of everybody here, for quantities that depend on it; in ``currency``.

        >>> from relcore.analytics import BetaGeoNBD
        >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
        >>> grid = HistoryGrid.of(model.probability_alive, age=39, period="week", most=4)
        >>> grid.values.shape, grid.values[-1].round(2)
        ((120, 4), array([0.75, 0.81, 0.85, 0.87]))
        """
        if not 0 < age < math.inf or most < 1:
            raise Invalid("age", "must be > 0, and most >= 1", (age, most))
        times = (np.arange(_ROWS) + 0.5) / _ROWS * age
        frequency, recency = np.meshgrid(np.arange(1.0, most + 1), times)
        rows = Purchases.from_summary(
            frequency=frequency.ravel(),
            recency=recency.ravel(),
            age=np.full(frequency.size, float(age)),
            ids=-1 - np.arange(frequency.size),  # of nobody whom a model could know
            period=period,
            mean_spend=None if mean_spend is None else np.full(frequency.size, float(mean_spend)),
            currency=currency,
        )
        values = np.asarray(quantity(rows), dtype=np.float64)
        if values.shape != (len(rows),):
            raise Invalid("quantity", "must give one number per row of purchases", values.shape)
        return cls(frequency[0], sealed(times), values.reshape(frequency.shape), float(age), period)

    def to_frame(self, *, like: Any) -> Any:
        """A frame of the kind of ``like`` with one row per history: frequency, recency, value."""
        from relcore import frames

        frequency, recency = np.meshgrid(self.frequency, self.recency)
        columns = {"frequency": frequency.ravel(), "recency": recency.ravel(), "value": self.values.ravel()}
        return frames.like(like, columns)

    def __repr__(self) -> str:
        low, high = float(self.values.min()), float(self.values.max())
        return (
            f"HistoryGrid of 1 to {self.frequency.size} repeat purchases at the age of {self.age:g} {self.period}s: "
            f"{low:.4g} to {high:.4g}"
        )
