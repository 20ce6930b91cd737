"""Log Beta against 50 digits, over all sizes that arguments have."""

import mpmath
import numpy as np
import pytest

from relcore.analytics._numerics.log_beta import log_beta


def slow(a, b):
    with mpmath.workdps(50):
        a, b = mpmath.mpf(a), mpmath.mpf(b)
        return float(mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b))


@pytest.mark.parametrize("b", [1e-3, 0.5, 9.999, 10.0, 10.001, 300.0, 8000.0, 1e8])
def test_log_beta_is_right_to_the_last_digits_for_near_and_far_arguments(b):
    a = np.concatenate([10 ** np.linspace(-3, 9, 60), [9.999, 10.0, 10.001]])
    expected = np.array([slow(each, b) for each in a])
    assert log_beta(a, b) == pytest.approx(expected, rel=1e-13, abs=1e-13)
    small = a + b < 300
    assert log_beta(a[small], b) == pytest.approx(expected[small], rel=1e-13, abs=1e-12)


def test_of_nothing_is_nothing():
    assert log_beta(np.array([]), 3.0).shape == log_beta(np.array([]), 30.0).shape == (0,)
