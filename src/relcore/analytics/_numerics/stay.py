"""How long somebody stays who may leave at any moment: integrals of a survival function, discounted.

    integral over v in (0, g) of exp(-d v) (1 + v / c)^-s dv

is the time there within g, at a rate of leaving that is Gamma(s, c), each moment at what it is worth now. Without discounting it is
elementary. With it, Gauss-Legendre rules on panels in y = ln(1 + v / c), on which the integrand is entire, until exp(-d v) has
left nothing.
"""

from __future__ import annotations

import numpy as np

from relcore.analytics.arrays import Floats

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(32)
_SHARE, _PART = (_NODE + 1) / 2, _WEIGHT / 2
_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20
_STEEPEST = 16.0  # how many times e the integrand may fall, for s, in a panel; which is never longer than 1


def time_there(s: float, scale: Floats, length: Floats, rate: float) -> Floats:
    """(m,) the integral; scale (m,) > 0, length (m,) >= 0, infinite only where rate > 0."""
    if rate == 0:
        grown = np.log1p(length / scale)
        lost = (s - 1) * grown
        whole = lost == 0
        share = np.where(whole, 1.0, -np.expm1(-lost) / np.where(whole, 1.0, lost))
        there: Floats = scale * grown * share
        return there
    end = np.log1p(np.minimum(length, _NEGLIGIBLE / rate) / scale)
    steep = max(s - 1.0, _STEEPEST)
    end = np.minimum(end, _NEGLIGIBLE / max(s - 1.0, 1e-300))
    panels = np.ceil(end * (steep / _STEEPEST)).astype(np.int64)
    total = np.zeros(scale.size)
    for n in range(int(panels.max(initial=0))):
        rows = np.flatnonzero(panels > n)
        width = end[rows] / panels[rows]
        y = (n * width)[:, None] + width[:, None] * _SHARE
        log = (1 - s) * y - rate * scale[rows, None] * np.expm1(y)
        total[rows] += scale[rows] * width * (np.exp(log) @ _PART)
    return total
