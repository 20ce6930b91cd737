"""What a customer is worth: the purchases still expected, discounted to today, times the spend expected per purchase.

Fader, Hardie and Lee (2005), "RFM and CLV", JMR 42(4), 415-430: residual value = discounted expected residual
transactions x expected spend, because how much is independent of how often. Discounting is continuous in time, at an
annual rate whatever the model's period is, so a weekly and a daily model of the same data give the same value.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Span


class Forecast(Protocol):
    """A model that says how many purchases to expect, each counted by what money is worth then."""

    def discounted_purchases(self, purchases: Purchases, *, horizon: float | Span, discount: float) -> Floats:
        """(n,) purchases expected within the horizon, at a yearly discount."""
        ...


class SpendForecast(Protocol):
    """A model that says how much to expect per purchase."""

    def expected_spend(self, purchases: Purchases) -> Floats:
        """(n,) mean amount per future purchase."""
        ...


def customer_value(
    model: Forecast, spend: SpendForecast, purchases: Purchases, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) present value of the amounts a customer is expected to spend within the horizon, >= 0.

    model : says how often (`BetaGeoNBD`, `ParetoNBD`, any other here). spend : says how much (`GammaGamma`).
    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future.
    discount : per year, always: 0.10 is 10 % a year.

    The amounts are what the purchases held: revenue gives revenue; multiply by a margin for profit. Infinite only where
    the expected spend is. With a horizon of 0 everybody is worth 0.

    >>> from relcore.analytics import BetaGeoNBD, GammaGamma
    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> spend = GammaGamma(p=6.25, q=3.74, v=15.44)
    >>> rows = Purchases.from_summary(
    ...     frequency=[2, 0], recency=[30.43, 0], age=[38.86, 38.86], mean_spend=[22.35, 0], period="week"
    ... )
    >>> customer_value(model, spend, rows, horizon=Span(3, "year"), discount=0.10).round(2)
    array([77.97, 19.5 ])
    """
    count = model.discounted_purchases(purchases, horizon=horizon, discount=discount)
    amount = spend.expected_spend(purchases)
    return sealed(np.multiply(count, amount, out=np.zeros(len(purchases)), where=count > 0))
