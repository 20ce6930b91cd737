"""Integrals of three powers over time, beside many digits."""

import numpy as np
import pytest

from relcore.analytics._numerics.power_integral import log_power_integral
from tests.oracles import purchase_counts as oracle

# k, p, alpha, q, beta, gap: counts to thousands, shapes and scales from 0.01 to 8000, a peak inside, before and behind.
HARD = [
    (0, 0.01, 8000.0, 1.01, 0.01, 5000.0),
    (0, 1.5, 0.01, 0.5, 8000.0, np.inf),
    (1, 3000.5, 2000.0, 1.6, 0.02, 1e-3),
    (3000, 3000.5, 2000.0, 8000.0, 7000.0, 2000.0),
    (2882, 44.6, 25.74, 0.04, 15.38, np.inf),
    (37, 0.02, 0.01, 1.01, 8000.0, 5000.0),
    (29, 112.1, 4.429, 0.01653, 0.04483, np.inf),
    (500, 2.5, 7.0, 3.5, 7.0, 1e5),
]


@pytest.mark.parametrize("case", HARD, ids=str)
def test_the_integral_has_twelve_digits_wherever_its_peak_is(case):
    found = log_power_integral(*(np.array([float(part)]) for part in case))[0]
    # The log of hundreds carries its own rounding.
    assert found == pytest.approx(oracle.power_integral(*case), abs=2e-12 + 2e-15 * abs(found))


def test_no_time_gives_nothing_and_rows_do_not_depend_on_one_another():
    rows = [np.array(column, dtype=float) for column in zip(*HARD, strict=True)]
    assert log_power_integral(*rows[:5], np.zeros(len(HARD))).tolist() == [-np.inf] * len(HARD)
    alone = [log_power_integral(*(column[n : n + 1] for column in rows))[0] for n in range(len(HARD))]
    assert log_power_integral(*rows) == pytest.approx(alone, rel=1e-14)
