"""Sums over all that is to come beside closed forms and term-by-term sums."""

import math

import numpy as np
import pytest

from relcore.analytics._numerics.long_sum import discounted_sum


def geometric(stay):
    log = np.log(np.asarray(stay, dtype=float))
    return lambda k, rows: log[rows, None] * k


@pytest.mark.parametrize("rate", [1e-7, 1e-4, 0.01, 1.0])
def test_geometric_sums_are_those_of_school(rate):
    stay = np.array([1e-9, 0.3, 0.99, 0.999999, 1.0])
    for last in (1.0, 512.0, 513.0, 5000.0, math.inf):
        q = stay * math.exp(-rate)
        with np.errstate(under="ignore"):
            expected = q * (1 - q**last) / (1 - q)
        found = discounted_sum(geometric(stay), rate, np.full(5, last))
        assert found == pytest.approx(expected, rel=1e-9 if rate == 1e-7 else 1e-12)


def test_each_curve_has_its_own_end():
    last = np.array([0.0, 1.0, 3.0, 700.0, 2000.0])
    found = discounted_sum(geometric(np.full(5, 0.999)), 0.0, last)
    expected = [math.fsum(0.999**k for k in range(1, int(n) + 1)) for n in last]
    assert found == pytest.approx(expected, rel=1e-13)


def test_a_curve_that_falls_late_and_steeply_is_followed():
    def weibull(k, _):
        return -((k / 900.0) ** 6)

    k = np.arange(1.0, 5000.0)
    expected = math.fsum(np.exp(-((k / 900.0) ** 6) - 1e-4 * k).tolist())
    assert discounted_sum(weibull, 1e-4, np.array([math.inf]))[0] == pytest.approx(expected, rel=1e-11)


def test_many_curves_are_summed_as_each_alone():
    stay = np.linspace(0.5, 0.9999, 600)
    together = discounted_sum(geometric(stay), 1e-3, np.full(600, math.inf))
    alone = [discounted_sum(geometric([one]), 1e-3, np.array([math.inf]))[0] for one in stay[::97]]
    assert together[::97] == pytest.approx(alone, rel=1e-13)
