"""Purchases at a constant rate of which only Gamma(w, alpha) is known: how many there are, and when the first comes.

Times are told in parts of alpha: y = t / alpha. Counts are negative binomial (Ehrenberg 1959), and the moment of the m-th
purchase is beta prime: y / (1 + y) is Beta(m, w). All functions are elementwise.
"""

from __future__ import annotations

import numpy as np

from relcore.analytics._numerics.special import incomplete_beta, incomplete_beta_above, log_beta
from relcore.analytics.arrays import Floats


def log_ways(w: Floats, count: Floats) -> Floats:
    """Log of Gamma(w + k) / (Gamma(w) k!), k >= 0."""
    ways: Floats = -log_beta(w, count + 1.0) - np.log(w + count)
    return ways


def log_part(y: Floats) -> Floats:
    """Log of y / (1 + y), y > 0, also where 1 / y overflows."""
    with np.errstate(over="ignore"):
        late = -np.log1p(1.0 / y)
    return np.where(y < 1.0, np.log(y) - np.log1p(y), late)


def log_exactly(w: Floats, y: Floats, count: Floats) -> Floats:
    """Log of the chance of just k >= 0 purchases in the time y > 0."""
    log: Floats = log_ways(w, count) - w * np.log1p(y) + count * log_part(y)
    return log


def at_least(w: Floats, y: Floats, count: Floats) -> Floats:
    """Chance of m >= 1 purchases or more in the time y > 0: neither a small chance nor a long time cancels."""
    soon = incomplete_beta(count, w, y / (1.0 + y))
    return np.where(y <= 1.0, soon, incomplete_beta_above(w, count, 1.0 / (1.0 + y)))


def time_of_first(w: Floats, chance: Floats) -> Floats:
    """The time y by which there is a purchase with this chance in [0, 1); infinite where no float holds it."""
    with np.errstate(over="ignore"):
        time: Floats = np.expm1(-np.log1p(-chance) / w)
    return time
