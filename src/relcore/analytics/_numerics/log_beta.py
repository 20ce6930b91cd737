"""Log Beta to the last digits, also where one argument is in the millions: there the log Gammas cancel, each of which is huge.

By Stirling's formula with its remainder s (Abramowitz and Stegun 6.1.41), the large terms cancel on paper:

    ln Gamma(z) = (z - 1/2) ln z - z + ln(2 pi) / 2 + s(z).
"""

from __future__ import annotations

import math

import numpy as np

from relcore.analytics._numerics import special
from relcore.analytics.arrays import Floats

_LARGE = 10.0  # from here on the remainder is known to the last bit
_SMALL = 300.0  # up to this sum of the arguments no log Gamma is large enough to lose a digit that counts
_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


def log_beta(a: Floats, b: float) -> Floats:
    """(n,) ln B(a, b) for a, b > 0, to 13 digits, or as many behind the point."""
    found = special.log_beta(a, b)
    if not a.size or a.max() + b <= _SMALL:
        return found
    far = a >= _LARGE
    if b < _LARGE:
        found[far] = _one_far(a[far], np.array(b))
        return found
    found[far] = _both_far(a[far], np.array(b))
    found[~far] = _one_far(np.array(b), a[~far])
    return found


def _one_far(far: Floats, near: Floats) -> Floats:
    total = far + near
    logs = special.log_gamma(near) - (far - 0.5) * np.log1p(near / far) - near * np.log(total)
    return logs + near + _remainder(far) - _remainder(total)


def _both_far(a: Floats, b: Floats) -> Floats:
    logs = (0.5 - a) * np.log1p(b / a) - b * np.log1p(a / b) - 0.5 * np.log(b)
    rest = _remainder(a) + _remainder(b) - _remainder(a + b)
    sums: Floats = logs + rest + _HALF_LOG_TWO_PI
    return sums


def _remainder(z: Floats) -> Floats:
    """s(z) for z >= 10."""
    inverse = 1.0 / z
    squared = inverse * inverse
    found = _SERIES[-1] * squared + _SERIES[-2]
    for term in reversed(_SERIES[:-2]):
        found = found * squared + term
    last: Floats = found * inverse
    return last
