"""How long somebody stays, discounted: against the exponential integral in eighty digits."""

import math

import mpmath as mp
import numpy as np
import pytest

from relcore.analytics._numerics.stay import time_there


def integral(s, scale, length, rate):
    """c exp(d c) E_s(d c) without end, by the exponential integral; less what comes after g."""
    with mp.workdps(80):
        s, c, d = mp.mpf(s), mp.mpf(scale), mp.mpf(rate)
        whole = c * mp.exp(d * c) * mp.expint(s, d * c)
        if math.isinf(length):
            return float(whole)
        g = mp.mpf(length)
        left = mp.exp(-d * g) * (1 + g / c) ** -s
        return float(whole - left * (c + g) * mp.exp(d * (c + g)) * mp.expint(s, d * (c + g)))


@pytest.mark.parametrize("s", [0.02, 1.0, 1 + 1e-9, 7.5, 3000.0])
@pytest.mark.parametrize("rate", [1e-5, 0.02, 3.0])
def test_discounted_time_there(s, rate):
    scale, length = np.array([0.01, 30.0, 8000.0, 5.0]), np.array([7.0, 0.3, 4000.0, math.inf])

    found = time_there(s, scale, length, rate)

    slow = [integral(s, c, g, rate) for c, g in zip(scale.tolist(), length.tolist(), strict=True)]
    assert found == pytest.approx(slow, rel=1e-12)


def test_without_discount_it_is_elementary():
    assert time_there(2.0, np.array([4.0]), np.array([4.0]), 0.0) == pytest.approx([2.0], rel=1e-15)
    assert time_there(1.0, np.array([4.0]), np.array([4.0]), 0.0) == pytest.approx(
        [4 * math.log(2)], rel=1e-15
    )
    assert time_there(0.5, np.array([3.0]), np.array([0.0]), 0.0) == 0
