"""A quantity over all histories: the published iso-value curves of CDNOW, and what may be asked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from relcore.analytics import GammaGamma, HistoryGrid, ParetoNBD, Purchases, customer_value
from relcore.kernel.errors import Invalid

# Fader, Hardie and Lee (2005), "RFM and CLV", on all 78 weeks of CDNOW; digits from the manual of BTYD, pnbd.DERT.
PAPER = ParetoNBD(r=0.5629966, alpha=12.5590370, s=0.4081095, beta=10.5148048, period="week")
YEARLY = math.expm1(0.0027 * 365.25 / 7)  # 0.0027 a week, compounded continuously
AGE = 77.86


def discounted(rows):
    return PAPER.discounted_purchases(rows, horizon=math.inf, discount=YEARLY)


@pytest.fixture(scope="module")
def grid():
    return HistoryGrid.of(discounted, age=AGE, period="week", most=14)


def test_the_values_of_the_grid_are_those_of_its_histories(grid):
    # Discounted residual transactions of x = 1 ... 10 last seen in week 30, recomputed from the manual's inputs.
    printed = [
        2.1991554,
        2.8435344,
        2.8671284,
        2.4454101,
        1.8405019,
        1.2624165,
        0.80961812,
        0.49480362,
        0.2920247,
    ]

    found = [np.interp(30, grid.recency, grid.values[:, x]) for x in range(9)]

    assert found == pytest.approx(printed, rel=2e-3)  # between two rows of the grid
    row = 57
    exact = Purchases.from_summary(
        frequency=grid.frequency, recency=np.full(14, grid.recency[row]), age=np.full(14, AGE), period="week"
    )
    assert grid.values[row] == pytest.approx(discounted(exact), rel=1e-14)


def test_times_of_the_last_purchase_lie_evenly_within_the_age(grid):
    assert grid.frequency.tolist() == list(range(1, 15))
    assert grid.recency[0] == pytest.approx(AGE - grid.recency[-1], rel=1e-12)
    assert np.diff(grid.recency) == pytest.approx(2 * grid.recency[0], rel=1e-9)


def test_iso_value_curves_bend_back(grid):
    late, early = grid.values[-1], grid.values[np.searchsorted(grid.recency, 30)]

    assert (np.diff(late) > 0).all()  # of those seen lately, more is more
    assert early.argmax() + 1 == 3  # of those seen long ago, who had come often is gone
    assert early[13] < early[0] / 10


def test_spend_is_that_of_everybody_on_the_grid():
    spend = GammaGamma(p=6.25, q=3.74, v=15.44, currency="USD")

    def worth(rows):
        return customer_value(PAPER, spend, rows, horizon=math.inf, discount=YEARLY)

    at_20, at_50 = (
        HistoryGrid.of(worth, age=AGE, period="week", most=3, mean_spend=mean, currency="USD")
        for mean in (20, 50)
    )

    bare = HistoryGrid.of(discounted, age=AGE, period="week", most=3)
    expected = 6.25 * (15.44 + 3 * 20) / (6.25 * 3 + 2.74)  # of three purchases of 20
    assert at_20.values[:, 2] == pytest.approx(bare.values[:, 2] * expected, rel=1e-12)
    assert (at_50.values > at_20.values).all()


def test_a_grid_is_a_frame_with_a_row_per_history(grid):
    frame = grid.to_frame(like={})

    assert {name: column.shape for name, column in frame.items()} == dict.fromkeys(
        ["frequency", "recency", "value"], (14 * 120,)
    )
    at = (frame["frequency"] == 5) & (frame["recency"] == grid.recency[7])
    assert frame["value"][at].tolist() == [grid.values[7, 4]]
    assert str(grid).startswith("HistoryGrid of 1 to 14 repeat purchases at the age of 77.86 weeks: ")
    with pytest.raises(ValueError, match="read-only"):
        grid.values[0, 0] = 1


@pytest.mark.parametrize(("age", "most"), [(0, 5), (math.inf, 5), (math.nan, 5), (5, 0)])
def test_a_grid_without_room_is_refused(age, most):
    with pytest.raises(Invalid, match="age must be > 0"):
        HistoryGrid.of(PAPER.probability_alive, age=age, period="week", most=most)


def test_a_quantity_that_is_not_one_per_row_is_refused():
    with pytest.raises(Invalid, match="quantity must give one number per row"):
        HistoryGrid.of(lambda rows: np.ones(3), age=9, period="week", most=2)
