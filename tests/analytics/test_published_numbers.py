"""What the papers, and the packages that follow them, have printed about CDNOW.

Sources: FHL = Fader, Hardie, Lee (2005), Marketing Science 24(2). BTYD = R package BTYD 2.4.3 and its walkthrough.
CLVTools = R package CLVTools 0.12.1, tests/testthat. lifetimes = Python package lifetimes 0.11.3, its tests.
"""

import math

import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, GammaGamma, Ledger, Purchases, Tracking
from relcore.datasets import cdnow

BTYD = BetaGeoNBD(r=0.2425982, alpha=4.4136842, a=0.7929899, b=2.4261667, period="week")
PAPER = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


@pytest.fixture(scope="module")
def calibration(ledger):
    return ledger.purchases(period="week", until="1997-09-30")


@pytest.fixture(scope="module")
def model(calibration):
    return BetaGeoNBD.fit(calibration)


@pytest.fixture(scope="module")
def spend(calibration):
    return GammaGamma.fit(calibration)


def histories(*rows):
    x, recency, age = zip(*rows, strict=True)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, period="week")


def test_the_calibration_sample_is_the_one_of_the_papers(calibration):
    assert len(calibration) == 2357
    assert (calibration.frequency > 0).sum() == 946
    assert calibration.frequency.sum() == 2457
    assert len(calibration.without_spend().collapse().rows) == 1016
    back = calibration.frequency > 0
    assert (calibration.spend[back] / calibration.frequency[back]).mean() == pytest.approx(35.078, abs=5e-4)


def test_bg_nbd_estimates_are_the_published_ones(model):
    # CLVTools test_correctness_bgnbd.R to five digits; more digits recomputed at a tighter tolerance.
    expected = {"r": 0.242594528, "alpha": 4.413602186, "a": 0.792921962, "b": 2.425906733}
    assert model.parameters() == pytest.approx(expected, rel=5e-7)
    assert model.evidence.log_likelihood == pytest.approx(-9582.429207, abs=1e-6)
    assert model.evidence.converged
    assert model.evidence.customers == 2357


def test_bg_nbd_standard_errors(model):
    errors = {row.name: row.standard_error for row in model.summary().rows}
    expected = {"r": 0.0125574, "alpha": 0.3782238, "a": 0.1857320, "b": 0.7054076}
    assert errors == pytest.approx(expected, rel=2e-5)


def test_gamma_gamma_estimates_are_the_published_ones(spend):
    # CLVTools test_correctness_gg.R: 6.25 3.74 15.44, -4055.9177.
    assert spend.parameters() == pytest.approx({"p": 6.249573, "q": 3.744225, "v": 15.443518}, rel=5e-7)
    assert spend.evidence.log_likelihood == pytest.approx(-4055.917695, abs=1e-6)
    assert (spend.evidence.customers, spend.evidence.left_out) == (946, 1411)
    errors = {row.name: row.standard_error for row in spend.summary().rows}
    assert errors == pytest.approx({"p": 1.19005, "q": 0.290133, "v": 4.15941}, rel=2e-5)


def test_expected_purchases_of_the_customer_in_the_papers_example(model):
    # FHL section 5, lifetimes: x = 2, t_x = 30.43, T = 38.86: 1.226 in 39 weeks.
    row = histories((2, 30.43, 38.86))
    assert model.expected_purchases(row, horizon=39)[0] == pytest.approx(1.225906823504, rel=1e-7)


def test_customer_1516_of_the_btyd_walkthrough():
    row = histories((26, 216 / 7, 31))
    assert BTYD.expected_purchases(row, horizon=52)[0] == pytest.approx(25.75659, abs=1e-4)
    assert BTYD.probability_alive(row)[0] == pytest.approx(0.9688523, abs=5e-7)


def test_more_purchases_are_a_worse_sign_when_they_stopped_long_ago():
    # The BTYD walkthrough's table: t_x = 20, T = 39, 52 weeks ahead.
    rows = histories(*[(x, 20, 39) for x in (10, 15, 20, 25)])
    expected = [0.3474606, 0.04283391, 0.004158973, 0.0003583685]
    assert BTYD.expected_purchases(rows, horizon=52) == pytest.approx(expected, rel=1e-5)


def test_expected_purchases_of_a_newcomer(model):
    # lifetimes' tests; digits recomputed.
    time = [1 / 7, 1, 3, 223 / 7, 32, 78, 52]
    expected = [0.00781367, 0.05318429, 0.15063084, 1.04049013, 1.04373206, 1.85795845, 1.444012]
    assert model.expected_purchases_of_newcomer(time) == pytest.approx(expected, rel=2e-6)


def test_log_likelihood_of_two_histories():
    # pymc-marketing tests/clv/models/test_beta_geo.py: r = .25, alpha = 4, a = .8, b = 2.5.
    model = BetaGeoNBD(r=0.25, alpha=4, a=0.8, b=2.5, period="week")
    assert model.log_likelihood(histories((0, 0, 40))) == pytest.approx(-0.5994738182, abs=1e-9)
    assert model.log_likelihood(histories((200, 38, 40))) == pytest.approx(100.795693093, abs=1e-6)


def test_discounted_purchases_without_end(model):
    # Continuous rate 0.0027 per week, about 15 % a year, as in BTYD's DERT; digits from a double integral.
    discount = math.exp(0.0027 * 365.25 / 7) - 1
    rows = histories((0, 0, 38.86), (2, 30.43, 38.86), (26, 216 / 7, 31))
    expected = [1.014213315, 5.156362109, 70.90910993]
    found = model.discounted_purchases(rows, horizon=math.inf, discount=discount)
    assert found == pytest.approx(expected, rel=2e-7)


def test_hold_out_by_number_of_purchases_in_calibration(ledger, calibration):
    # BTYD walkthrough, bgnbd.PlotFreqVsConditionalExpectedFrequency: bins 0 to 7+.
    actual = ledger.orders_of(calibration.ids, after="1997-09-30", until="1998-06-30")
    expected = BTYD.expected_purchases(calibration, horizon=39)
    group = np.minimum(calibration.frequency, 7)

    assert np.bincount(group.astype(int)).tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    made = [actual[group == k].mean() for k in range(8)]
    assert made == pytest.approx([0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], abs=6e-4)
    foreseen = [expected[group == k].mean() for k in range(8)]
    printed = [0.2250893, 0.5231364, 1.044126, 1.520256, 2.163824, 2.653789, 3.503957, 6.157036]
    assert foreseen == pytest.approx(printed, rel=1e-5)


def test_tracking_of_weeks_20_to_25(ledger):
    # BTYD walkthrough, bgnbd.PlotTrackingCum.
    tracked = Tracking.of(BTYD, ledger, cut="1997-09-30", until="1998-06-30")
    weeks = slice(19, 25)
    assert tracked.time.size == 78
    assert tracked.actual[weeks].tolist() == [1359, 1414, 1484, 1517, 1573, 1672]
    printed = [1312.458, 1387.346, 1460.392, 1531.713, 1601.418, 1669.6]
    assert tracked.expected[weeks] == pytest.approx(printed, abs=2e-3)


def test_expected_spend_of_the_first_ten_customers():
    # lifetimes' tests, after Fader and Hardie's note 025: mean spends and counts of the first ten customers.
    x = [2, 1, 0, 0, 0, 7, 1, 0, 2, 0]
    mean = [22.35, 11.77, 0, 0, 0, 73.74, 11.77, 0, 25.55, 0]
    rows = Purchases.from_summary(
        frequency=x, recency=np.sign(x), age=np.ones(10), mean_spend=mean, period="week"
    )
    printed = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    found = GammaGamma(p=6.25, q=3.74, v=15.44).expected_spend(rows)
    assert found == pytest.approx(printed, abs=0.06)
