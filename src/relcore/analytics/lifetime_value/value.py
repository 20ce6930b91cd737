"""What a customer is worth: the purchases still expected, discounted to today, times the spend expected per purchase.

Fader, Hardie and Lee (2005), "RFM and CLV", JMR 42(4), 415-430: residual value = discounted expected residual
transactions x expected spend, because how much is independent of how often. Discounting is continuous in time, at an
annual rate whatever the model's period is, so a weekly and a daily model of the same data give the same value.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.kernel.errors import Invalid


class Forecast(Protocol):
    """A model that says how many purchases to expect in any time ahead."""

    @property
    def period(self) -> Period: ...

    def expected_purchases(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected within the horizon."""
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

    model : says how often (`BetaGeoNBD`). spend : says how much (`GammaGamma`).
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
    count = discounted_purchases(model, purchases, horizon=horizon, discount=discount)
    amount = spend.expected_spend(purchases)
    return sealed(np.multiply(count, amount, out=np.zeros(len(purchases)), where=count > 0))


def discounted_purchases(
    model: Forecast, purchases: Purchases, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0
        (the result is then also called DERT, discounted expected residual transactions).
    discount : per year, in [0, inf).

    With E(u) the purchases expected until u and rate d = ln(1 + discount) per year, integration by parts gives
    exp(-d H) E(H) + d * integral of exp(-d u) E(u) du over [0, H]: positive terms only. The integral is Gauss-Legendre
    on panels that grow by the factor 4, good to about 1e-9 whether the future is short or long against the past.
    """
    if not (math.isfinite(discount) and discount >= 0):
        raise Invalid("discount", "must be a yearly rate, 0 or more", discount, "0.10 is 10 % a year")
    rate = math.log1p(discount) * days_per(model.period) / days_per("year")
    end = _end(model.period, horizon, rate)
    shared = purchases.without_spend().collapse()
    total = math.exp(-rate * end) * model.expected_purchases(shared.rows, horizon=end)
    if rate > 0:
        for at, width in zip(*_panels(end), strict=True):
            total = total + rate * width * math.exp(-rate * at) * model.expected_purchases(
                shared.rows, horizon=at
            )
    return sealed(total[shared.index])


_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20: after that much discounting nothing is left of the future


def _end(period: Period, horizon: float | Span, rate: float) -> float:
    if horizon != math.inf:
        return horizon_in(period, horizon)
    if rate == 0:
        raise Invalid("discount", "must be > 0 for an infinite horizon", 0.0, "the sum would be infinite")
    return _NEGLIGIBLE / rate


def _panels(end: float) -> tuple[list[float], list[float]]:
    """Points and weights of the integral over [0, end]."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = end * np.array([0.0, *(0.25**k for k in range(5, -1, -1))])
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    points = middle[:, None] + half[:, None] * nodes
    return points.ravel().tolist(), (half[:, None] * weights).ravel().tolist()
