"""From a standard error to bounds that keep to the range of what is estimated."""

from __future__ import annotations

import math

import numpy as np

from relcore.analytics._numerics.special import log_odds, logistic, normal_quantile
from relcore.analytics.arrays import Floats
from relcore.kernel.errors import Invalid


def deviate(level: float) -> float:
    """The standard normal number that bounds the middle ``level`` on both sides: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
    return normal_quantile(0.5 + level / 2)


def margins(estimate: Floats, reach: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Bounds ``reach`` away on a scale without bounds: log above one bound, log odds between two.

    An estimate on a bound, or infinite, stays there; where the reach is infinite nothing is known but the range.
    """
    with np.errstate(all="ignore"):
        if math.isinf(low) and math.isinf(high):
            below, above = estimate - reach, estimate + reach
        elif math.isinf(high):
            factor = np.exp(reach / (estimate - low))
            below, above = low + (estimate - low) / factor, low + (estimate - low) * factor
        elif math.isinf(low):
            factor = np.exp(reach / (high - estimate))
            below, above = high - (high - estimate) * factor, high - (high - estimate) / factor
        else:
            share = (estimate - low) / (high - low)
            odds, wide = log_odds(share), reach / ((high - low) * share * (1 - share))
            below = low + (high - low) * logistic(odds - wide)
            above = low + (high - low) * logistic(odds + wide)
    fixed = (estimate <= low) | (estimate >= high) | ~np.isfinite(estimate)
    unknown = ~fixed & ~np.isfinite(reach)
    below = np.where(fixed, estimate, np.where(unknown, low, below))
    above = np.where(fixed, estimate, np.where(unknown, high, above))
    return below, above
