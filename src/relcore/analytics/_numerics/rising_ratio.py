"""Ratios of rising factorials: the chance to get through m trials when the chance to fail is Beta distributed.

    (z)_m / (z + c)_m = B(c, z + m) / B(c, z) = E[(1 - p)^m],    p ~ Beta(c, z),

for any real m >= 0. As a difference of log Gammas it loses what the two have in common, which is nearly all; here the common
part never comes up.
"""

from __future__ import annotations

import attrs
import numpy as np

from relcore.analytics._numerics.special import digamma, trigamma
from relcore.analytics.arrays import Floats

_STEPS = 16  # trials taken one by one, before special functions are cheaper
_HIGH = 12.0  # from here on Stirling's series below is good to 1e-14


def log_rising_ratio(z: Floats, c: Floats | float, m: Floats | float) -> Floats:
    """Ln of the above, elementwise: z > 0, c >= 0, m >= 0, broadcast against each other. Returns values <= 0.

    With f(z) for the log, f(z) = f(z + 1) - ln(1 + c m / (z (z + m + c))) raises a small z; then Stirling's series of the four log
    Gammas is put together term by term. The error is a few 1e-16 of the value, or of min(c, m) where that is more.
    """
    z, c, m = np.broadcast_arrays(np.asarray(z, dtype=np.float64), c, m)
    # The two counts change places, and the smaller one leaves less to be rounded.
    c, m = np.minimum(c, m), np.maximum(c, m)
    total = np.zeros(z.shape)
    low = z < _HIGH
    if low.any():
        some, more = c[low][:, None], m[low][:, None]
        steps = z[low][:, None] + np.arange(_HIGH)
        total[low] = -np.log1p(some * (more / (steps * (steps + more + some)))).sum(axis=1)
        z = np.where(low, z + _HIGH, z)
    late = z + m
    total -= c * np.log1p(m / (z + c))
    total += (z - 0.5) * np.log1p(c / z) - (late - 0.5) * np.log1p(c / late)
    total -= _bent(z, c) - _bent(late, c)
    return np.minimum(total, 0.0)


@attrs.frozen(eq=False)
class RisingRatio:
    """``value`` (n,), the log of the ratio, and what its derivatives are made of.

    of_z, of_sum : first derivatives of ln (z)_m and of ln (z + c)_m; bent_z, bent_sum : their second ones.
    """

    value: Floats
    of_z: Floats
    of_sum: Floats
    bent_z: Floats
    bent_sum: Floats

    @classmethod
    def of(cls, z: Floats, c: float, m: Floats) -> RisingRatio:
        """Of whole m; z, m : (n,)."""
        value, of_z, of_sum, bent_z, bent_sum = np.zeros((5, z.size))
        rows = np.arange(z.size)
        for j in range(_STEPS):
            rows = rows[m[rows] > j]
            if not rows.size:
                break
            one, other = 1 / (z[rows] + j), 1 / (z[rows] + (c + j))
            value[rows] -= np.log1p(c * one)
            of_z[rows] += one
            of_sum[rows] += other
            bent_z[rows] -= one**2
            bent_sum[rows] -= other**2
        rows = rows[m[rows] > _STEPS]
        low, high = z[rows] + _STEPS, z[rows] + m[rows]
        value[rows] += log_rising_ratio(low, c, m[rows] - _STEPS)
        of_z[rows] += digamma(high) - digamma(low)
        of_sum[rows] += digamma(high + c) - digamma(low + c)
        bent_z[rows] += trigamma(high) - trigamma(low)
        bent_sum[rows] += trigamma(high + c) - trigamma(low + c)
        return cls(value, of_z, of_sum, bent_z, bent_sum)


def _bent(z: Floats, c: Floats) -> Floats:
    """S(z) - S(z + c) for Stirling's S(z) = 1 / (12 z) - 1 / (360 z^3) + ..., where both are small."""
    return _stirling(z) - _stirling(z + c)


def _stirling(z: Floats) -> Floats:
    inverse = 1.0 / z
    square = inverse * inverse
    series = 1 / 1680 - square * (1 / 1188 - square * (691 / 360360))
    return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * series)))
