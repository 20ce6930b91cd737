"""Ratios of rising factorials beside log Gammas in fifty digits."""

import math

import mpmath as mp
import numpy as np

from relcore.analytics._numerics.rising_ratio import log_rising_ratio


def reference(z, c, m):
    with mp.workdps(50):
        z, c, m = map(mp.mpf, (z, c, m))
        return mp.loggamma(z + m) - mp.loggamma(z) - mp.loggamma(z + m + c) + mp.loggamma(z + c)


def test_it_holds_from_tiny_to_huge():
    random = np.random.default_rng(1)
    for n in range(600):
        z, c, m = np.exp(random.uniform(math.log(0.01), math.log(8000), 3)).tolist()
        if n % 3 == 0:
            m = math.floor(m) + 1
        if n % 7 == 0:
            c = 10 ** random.uniform(-9, -1)
        if n % 11 == 0:
            m = 10 ** random.uniform(4, 12)
        expected = reference(z, c, m)
        found = log_rising_ratio(np.array([z]), c, m)[0]
        assert abs(found - expected) <= 2e-15 * max(abs(expected), min(c, m), 0.1)


def test_nothing_to_get_through_is_certain_and_so_is_nothing_to_fail():
    z = np.array([1e-3, 1.0, 11.9, 12.0, 1e6])
    assert log_rising_ratio(z, 3.0, 0.0).tolist() == [0] * 5
    assert log_rising_ratio(z, 0.0, 3.0).tolist() == [0] * 5
    assert np.isfinite(log_rising_ratio(z, 3.0, 1e300)).all()


def test_it_broadcasts():
    z, m = np.array([[0.5], [20.0]]), np.arange(4.0)
    table = log_rising_ratio(z, 2.0, m)
    assert table.shape == (2, 4)
    assert table[1, 3] == log_rising_ratio(np.array([20.0]), 2.0, 3.0)[0]
