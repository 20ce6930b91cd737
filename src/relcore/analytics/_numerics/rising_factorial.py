"""Sums of log rising factorials, the Gamma terms of every model of counts, with two derivatives.

log (z)_x = log Gamma(z + x) - log Gamma(z) = sum of log(z + j) for j < x. Summed over customers each j counts once per
customer with x > j: exact, without the cancellation of two large log Gammas, and derivatives are sums of 1 / (z + j).
"""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np

from relcore.analytics._numerics.special import digamma, log_gamma, trigamma
from relcore.analytics.arrays import Floats, summed

_LONGEST = 100_000
"""Above this many purchases of one customer the special functions are cheaper than the table of counts."""


class Derived(NamedTuple):
    """A function's value and its first two derivatives."""

    value: float
    slope: float
    curvature: float


class DerivedOfEach(NamedTuple):
    """The same of each of n rows, (n,)."""

    value: Floats
    slope: Floats
    curvature: Floats


def rising_factorials(z: float, counts: Floats) -> DerivedOfEach:
    """(n,) log (z)_x of each of the counts (n,), whole and >= 0, and its derivatives in z."""
    most = int(counts.max()) if counts.size else 0
    if most > _LONGEST:
        return DerivedOfEach(
            log_gamma(z + counts) - log_gamma(z),
            digamma(z + counts) - digamma(z),
            trigamma(z + counts) - trigamma(z),
        )
    shifted, row = z + np.arange(most, dtype=np.float64), counts.astype(np.int64)
    sums = (np.append(0.0, np.cumsum(part)) for part in (np.log(shifted), 1 / shifted, -1 / shifted**2))
    return DerivedOfEach(*(part[row] for part in sums))


@attrs.frozen(eq=False)
class RisingFactorials:
    """The counts x of all customers, ready to be asked for sum w log (z)_x at any z > 0."""

    steps: Floats  # j where somebody has x > j; or the distinct x when they are too long to be tabulated
    weight: Floats
    tabulated: bool

    @classmethod
    def of(cls, counts: Floats, weight: Floats) -> RisingFactorials:
        """Prepare the counts (n,), whole and >= 0, with their weights (n,)."""
        most = float(counts.max()) if counts.size else 0.0
        if most > _LONGEST:
            values, index = np.unique(counts, return_inverse=True)
            return cls(values, summed(index, weight, values.size), tabulated=False)
        exactly = summed(counts.astype(np.int64), weight, int(most) + 1)
        above = np.cumsum(exactly[::-1])[::-1][1:]
        return cls(np.arange(int(most), dtype=np.float64), above.astype(np.float64), tabulated=True)

    def at(self, z: float) -> Derived:
        """Sum of w log (z)_x, and its derivatives in z."""
        shifted, weight = z + self.steps, self.weight
        if self.tabulated:
            inverse = 1.0 / shifted
            weighted = weight * inverse
            return Derived(float(weight @ np.log(shifted)), float(weighted.sum()), -float(weighted @ inverse))
        total = float(weight.sum())
        return Derived(
            float(weight @ log_gamma(shifted)) - total * float(log_gamma(z)),
            float(weight @ digamma(shifted)) - total * float(digamma(z)),
            float(weight @ trigamma(shifted)) - total * float(trigamma(z)),
        )
