"""Pareto/NBD: what others printed, slow references in sixty digits where it hurts, and what the data do not tell.

CLVTools = R package CLVTools 0.12.1, tests/testthat/test_correctness_pnbd_nocovstaticcov.R. BTYD = R package BTYD 2.4.3, its
documentation and walkthrough. lifetimes = Python package lifetimes 0.11.3, its tests.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import Ledger, ParetoNBD, Purchases, Tracking
from relcore.analytics.lifetime_value import pareto_nbd
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import buy_till_you_die as oracle

# The BTYD walkthrough prints .553 10.580 .606 11.656; four decimals are from its fit.
BTYD = ParetoNBD(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562, period="week")


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


@pytest.fixture(scope="module")
def calibration(ledger):
    return ledger.purchases(period="week", until="1997-09-30")


@pytest.fixture(scope="module")
def model(calibration):
    return ParetoNBD.fit(calibration)


def histories(*rows, **more):
    x, recency, age = zip(*rows, strict=True)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, period="week", **more)


# --- published ---


def test_the_estimates_are_the_published_ones(model):
    # CLVTools: .55315 10.57633 .60625 11.67150, -9594.976; more digits recomputed with a simplex to 1e-12.
    expected = {"r": 0.553277054, "alpha": 10.57768309, "s": 0.606239879, "beta": 11.668730659}
    assert model.parameters() == pytest.approx(expected, rel=5e-7)
    assert model.evidence.log_likelihood == pytest.approx(-9594.976179, abs=1e-6)
    assert model.evidence.converged
    assert model.evidence.customers == 2357


def test_standard_errors(model):
    # CLVTools: .0476264 .8427222 .1872594 6.2105448, at its looser estimates.
    errors = {row.name: row.standard_error for row in model.summary().rows}
    expected = {"r": 0.0476278, "alpha": 0.8427214, "s": 0.1872786, "beta": 6.2110276}
    assert errors == pytest.approx(expected, rel=2e-5)


def test_expected_purchases_of_a_newcomer(model):
    # lifetimes' tests; BTYD walkthrough for the year.
    newcomers = ParetoNBD(r=0.55, alpha=10.56, s=0.61, beta=11.64, period="week")
    expected = [
        0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211,
    ]  # fmt: skip
    assert newcomers.expected_purchases_of_newcomer(np.arange(1, 10)) == pytest.approx(expected, abs=6e-9)
    assert model.expected_purchases_of_newcomer(52)[0] == pytest.approx(1.473434, abs=5e-7)


def test_customer_1516_of_the_btyd_walkthrough():
    row = histories((26, 216 / 7, 31))
    # Its walkthrough rounds the estimates that this is computed from.
    assert BTYD.expected_purchases(row, horizon=52)[0] == pytest.approx(25.45647, rel=1.5e-4)
    assert BTYD.probability_alive(row)[0] == pytest.approx(0.997873276, abs=5e-9)
    assert BTYD.probability_alive(histories((0, 0, 39)))[0] == pytest.approx(0.294142239, abs=5e-9)


def test_discounted_purchases_without_end_at_the_inputs_of_btyd():
    # BTYD R/pnbd.R gives the inputs; the values are those of its closed form, with U in more digits.
    model = ParetoNBD(r=0.5629966, alpha=12.5590370, s=0.4081095, beta=10.5148048, period="week")
    discount = math.exp(0.0027 * 365.25 / 7) - 1

    one = model.discounted_purchases(histories((7, 35, 77.86)), horizon=math.inf, discount=discount)
    many = histories(*((x, 30, 77.86) for x in range(1, 11)))
    found = model.discounted_purchases(many, horizon=math.inf, discount=discount)

    assert one[0] == pytest.approx(1.864183328, rel=1e-9)
    printed = [
        2.1991554, 2.8435344, 2.8671284, 2.4454101, 1.8405019, 1.2624165, 0.80961812, 0.49480362, 0.2920247, 0.16792751,
    ]  # fmt: skip
    assert found == pytest.approx(printed, rel=1e-7)


def test_hold_out_by_number_of_purchases_in_calibration(calibration):
    # BTYD walkthrough, pnbd.PlotFreqVsConditionalExpectedFrequency: bins 0 to 7+.
    expected = BTYD.expected_purchases(calibration, horizon=39)
    group = np.minimum(calibration.frequency, 7)
    printed = [0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403]
    assert [expected[group == k].mean() for k in range(8)] == pytest.approx(printed, abs=1e-3)


def test_tracking_of_weeks_20_to_25(ledger):
    # BTYD walkthrough, pnbd.PlotTrackingCum, from estimates of which it prints four digits.
    tracked = Tracking.of(BTYD, ledger, cut="1997-09-30", until="1998-06-30")
    printed = [1308.856, 1385.275, 1459.923, 1532.906, 1604.32, 1674.253]
    assert tracked.expected[19:25] == pytest.approx(printed, rel=1.6e-4)


@pytest.mark.parametrize(
    "history",
    [
        (221, 103.42857, 103.57143),
        (254, 97.14286, 97.28571),
        (161, 94.71429, 98.0),
        (204, 98.57143, 99.42857),
    ],
)
def test_customers_with_hundreds_of_purchases_are_no_trouble(history):
    # CLVTools keeps these as a test of its own: other implementations answered NaN.
    values = (0.5143, 2.8845, 0.2856, 14.1087)
    model = ParetoNBD(*values, period="week")
    expected = oracle.pareto_likelihood(*values, *history)
    assert model.log_likelihood(histories(history)) == pytest.approx(expected, rel=1e-13)


# --- references ---


def hurting(seed, count):
    """Shapes and scales of 0.01 to 8000, s near 1, alpha = beta, up to 3000 purchases in up to 2000 weeks."""
    random = np.random.default_rng(seed)
    for n in range(count):
        r, alpha, s, beta = np.exp(random.uniform(math.log(0.01), math.log(8000), 4)).tolist()
        if n % 4 == 0:
            s = 1 + float(random.choice([0, 1e-12, 1e-8, -1e-5]))
        if n % 5 == 0:
            beta = alpha
        age = math.exp(random.uniform(math.log(0.1), math.log(2000)))
        x = 0 if n % 3 == 0 else math.floor(math.exp(random.uniform(0, math.log(3000))))
        recency = age * float(random.choice([1, 0.99, 0.5, 0.05])) if x else 0.0
        yield (r, alpha, s, beta), (x, recency, age), math.exp(random.uniform(-3, 7))


def test_likelihood_p_alive_and_expectation_are_those_of_the_paper():
    for values, history, ahead in hurting(seed=4, count=40):
        model, row = ParetoNBD(*values, period="week"), histories(history)
        told = oracle.pareto_likelihood(*values, *history)
        assert model.log_likelihood(row) == pytest.approx(told, rel=2e-11, abs=2e-11)
        alive = oracle.pareto_probability_alive(*values, *history)
        assert model.probability_alive(row)[0] == pytest.approx(alive, rel=1e-11, abs=1e-300)
        expected = oracle.pareto_expected_purchases(*values, *history, ahead)
        assert model.expected_purchases(row, horizon=ahead)[0] == pytest.approx(
            expected, rel=1e-11, abs=1e-300
        )


def test_no_purchase_ahead_is_the_likelihood_of_a_silence_that_begins_now():
    for (r, alpha, s, beta), history, ahead in hurting(seed=5, count=20):
        x, _, age = history
        alive = oracle.pareto_probability_alive(r, alpha, s, beta, *history)
        silent = math.exp(oracle.pareto_likelihood(r + x, alpha + age, s, beta + age, 0, 0, ahead))
        found = ParetoNBD(r, alpha, s, beta, period="week").probability_of_none(
            histories(history), horizon=ahead
        )
        assert found[0] == pytest.approx(1 - alive + alive * silent, rel=1e-10)


@pytest.mark.parametrize("discount", [0.001, 0.1, 1.0])
def test_discounted_purchases_without_end_are_the_closed_form(discount):
    rate = math.log1p(discount) * 7 / 365.25
    for values, history, _ in hurting(seed=6, count=24):
        expected = oracle.pareto_discounted_for_ever(*values, *history, rate)
        model = ParetoNBD(*values, period="week")
        found = model.discounted_purchases(histories(history), horizon=math.inf, discount=discount)
        assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("theta", np.random.default_rng(13).normal(0, 1.5, (6, 4)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = histories(
        (0, 0, 0), (0, 0, 1e3), (1, 1e-3, 40), (2, 30.43, 38.86), (200, 38, 40), (5, 7, 7), (12, 80, 93),
        weight=[3, 1, 2, 5, 1, 0.5, 2],
    )  # fmt: skip
    derivatives_hold(pareto_nbd.Likelihood.of(rows).at, np.array(theta))


# --- simulated, possible, and not told ---


def test_a_fit_finds_the_parameters_that_made_the_data():
    random = np.random.default_rng(22)
    n, end = 20_000, 60.0
    rate, life = random.gamma(0.8, 1 / 5.0, n), random.exponential(1 / random.gamma(0.9, 1 / 20.0, n))
    until = np.minimum(life, end)
    x = random.poisson(rate * until).astype(float)
    # The last of x uniform moments.
    recency = np.where(x > 0, until * random.uniform(size=n) ** (1 / np.maximum(x, 1)), 0.0)
    rows = Purchases.from_summary(frequency=x, recency=recency, age=np.full(n, end), period="week")

    model = ParetoNBD.fit(rows)

    truth = {"r": 0.8, "alpha": 5.0, "s": 0.9, "beta": 20.0}
    assert model.evidence.converged
    for row in model.summary(level=0.999).rows:
        assert row.low < truth[row.name] < row.high
    assert (life > end).mean() == pytest.approx(model.probability_alive(rows).mean(), abs=0.01)


positive = st.floats(1e-3, 1e3)


@settings(max_examples=100, deadline=None)
@given(
    r=positive, alpha=positive, s=positive, beta=positive,
    x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-3, 1e4), ahead=st.floats(0, 1e5),
)  # fmt: skip
def test_answers_are_possible_for_every_history(r, alpha, s, beta, x, part, age, ahead):
    row = histories((x, max(part, 1e-9) * age if x else 0.0, age))
    model = ParetoNBD(r=r, alpha=alpha, s=s, beta=beta, period="week")
    now, later = model.probability_alive(row)[0], model.probability_alive(row, ahead=ahead)[0]
    expected = model.expected_purchases(row, horizon=ahead)[0]
    assert 0 <= later <= now <= 1
    assert 0 <= expected <= (r + x) / (alpha + age) * ahead * (1 + 1e-9)
    assert 1 - now - 1e-12 <= model.probability_of_none(row, horizon=ahead)[0] <= 1


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("history", [(1, 5, 9), (4, 8.9, 9), (900, 1, 9), (3, 9, 9)])
def test_one_customer_or_all_alike_fit_without_a_peak_and_say_so(n, history):
    rows = histories(*[history] * n)
    model = ParetoNBD.fit(rows)
    assert not model.evidence.converged
    assert any(name in model.evidence.remark for name in model.parameters())
    assert model.evidence.covariance is None
    assert np.isfinite(model.expected_purchases(rows, horizon=5)).all()
    assert ParetoNBD.from_json(model.to_json()) == model


def test_nobody():
    model = ParetoNBD(r=1, alpha=1, s=1, beta=1, period="week")
    nobody = Purchases.from_summary(frequency=[], recency=[], age=[], period="week")
    assert model.log_likelihood(nobody) == 0
    for answer in (
        model.probability_alive(nobody),
        model.expected_purchases(nobody, horizon=3),
        model.probability_of_none(nobody, horizon=3),
        model.discounted_purchases(nobody, horizon=math.inf, discount=0.1),
    ):
        assert answer.shape == (0,)
    with pytest.raises(Invalid, match="must hold a customer who came back"):
        ParetoNBD.fit(histories((0, 0, 9), (0, 0, 8)))
