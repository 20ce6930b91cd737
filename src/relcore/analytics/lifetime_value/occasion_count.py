"""Horizons and discounts where time goes in steps: from one occasion, or one renewal, to the next."""

from __future__ import annotations

import math

from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.kernel.errors import Invalid

_ROUNDING = 1e-9
"""Three years of twelve months are 36 of them, whatever the last bit says."""


def occasions_within(period: Period, horizon: float | Span, rate: float = math.inf) -> float:
    """How many steps a horizon holds: a whole number is one, a `Span` holds those that end within it.

    ``math.inf`` is fine where a discount ``rate`` > 0 makes a sum over them finite; horizons of probabilities say no rate.
    """
    if horizon == math.inf and rate != math.inf:
        if rate == 0:
            raise Invalid("discount", "must be > 0 for an infinite horizon", 0.0, "the sum would be infinite")
        return math.inf
    steps = horizon_in(period, horizon)
    if isinstance(horizon, Span):
        return float(math.floor(steps + _ROUNDING))
    if steps != math.floor(steps):
        remedy = f"one comes every {period}; a Span is rounded down"
        raise Invalid("horizon", "must be a whole number of occasions", horizon, remedy)
    return steps


def discount_rate(period: Period, discount: float) -> float:
    """The continuous rate per step of a yearly discount: exp(-rate) is what money one step later is worth."""
    if not (math.isfinite(discount) and discount >= 0):
        raise Invalid("discount", "must be a yearly rate, 0 or more", discount, "0.10 is 10 % a year")
    return math.log1p(discount) * days_per(period) / days_per("year")
