"""What a customer is worth: the purchases still expected, discounted to today, times the spend expected per purchase.

Fader, Hardie and Lee (2005), "RFM and CLV", JMR 42(4), 415-430: residual value = discounted expected residual
transactions x expected spend, because how much is independent of how often. Discounting is continuous in time, at an
annual rate whatever the model's period is, so a weekly and a daily model of the same data give the same value.

What is left of an amount is said here and not where orders are read: models of spend are about what customers pay, and a constant
margin changes nothing in them but the unit. Where it differs from order to order, what is read can be the margins themselves.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Span
from relcore.kernel.errors import Invalid


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
    model: Forecast,
    spend: SpendForecast,
    purchases: Purchases,
    *,
    horizon: float | Span,
    discount: float,
    margin: ArrayLike = 1.0,
) -> Floats:
    """(n,) present value of the amounts a customer is expected to spend within the horizon, >= 0.

    model : says how often (`BetaGeoNBD`, `ParetoNBD`, any other here). spend : says how much (`GammaGamma`).
    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future.
    discount : per year, always: 0.10 is 10 % a year.
    margin : the part of an amount that is left, in (0, 1]: one number, or (n,) of them, one per customer. All of it unless
        given, so that revenue gives revenue, and amounts that are margins already give margins.

    Infinite only where the expected spend is. With a horizon of 0 everybody is worth 0.

    >>> from relcore.analytics import BetaGeoNBD, GammaGamma
    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> spend = GammaGamma(p=6.25, q=3.74, v=15.44)
    >>> rows = Purchases.from_summary(
    ...     frequency=[2, 0], recency=[30.43, 0], age=[38.86, 38.86], mean_spend=[22.35, 0], period="week"
    ... )
    >>> customer_value(model, spend, rows, horizon=Span(3, "year"), discount=0.10).round(2)
    array([77.97, 19.5 ])
    >>> customer_value(model, spend, rows, horizon=Span(3, "year"), discount=0.10, margin=0.3).round(2)
    array([23.39,  5.85])
    """
    kept = margins_asked(margin, len(purchases))
    count = model.discounted_purchases(purchases, horizon=horizon, discount=discount)
    amount = spend.expected_spend(purchases) * kept
    return sealed(np.multiply(count, amount, out=np.zeros(len(purchases)), where=count > 0))


def margins_asked(margin: ArrayLike, customers: int) -> Floats:
    """(n,) the part of each customer's amounts that is left: one for all, or one per customer."""
    kept = np.asarray(margin, dtype=np.float64)
    if kept.shape not in {(), (customers,)}:
        raise Invalid("margin", "must be one number, or one per customer", kept.shape)
    fits = (kept > 0) & (kept <= 1)
    if not fits.all():
        worst = float(np.atleast_1d(kept)[np.argmin(np.atleast_1d(fits))])
        raise Invalid("margin", "must lie in (0, 1]", worst, "0.3 says that 30 % of an amount is left")
    return np.broadcast_to(kept, (customers,))
