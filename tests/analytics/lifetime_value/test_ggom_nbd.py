"""GGom/NBD: what others printed, integrals in many digits where it hurts, and what the data do not tell.

CLVTools = R package CLVTools 0.12.1, tests/testthat/test_correctness_ggomnbd.R. Bemmaor and Glady (2012), table 2: their estimates
for CDNOW.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import GammaGompertzNBD, Ledger, ParetoNBD, Purchases
from relcore.analytics.lifetime_value import ggom_nbd
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import aging as oracle
from tests.oracles import shoppers


@pytest.fixture(scope="module")
def calibration():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
    return ledger.purchases(period="week", until="1997-09-30")


@pytest.fixture(scope="module")
def model(calibration):
    return GammaGompertzNBD.fit(calibration)


def histories(*rows, **more):
    x, recency, age = zip(*rows, strict=True)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, period="week", **more)


# --- published ---


def test_customers_of_cdnow_do_not_age_and_the_fit_says_so(calibration, model):
    # CLVTools: r .55313 alpha 10.5758 b 1.1e-6 s .60682 beta 1.3e-5, -9594.9762.
    assert (model.r, model.alpha, model.s) == pytest.approx((0.55313, 10.5758, 0.60682), rel=1.2e-3)
    assert model.beta / model.b == pytest.approx(1.3e-5 / 1.1e-6, rel=0.05)
    assert model.evidence.log_likelihood == pytest.approx(-9594.9762, abs=5e-5)
    assert not model.evidence.converged
    assert (
        "b falls to 0: these customers do not age; ParetoNBD, with beta / b = 11.67" in model.evidence.remark
    )
    # More digits of the limit, recomputed.
    pareto = {"r": 0.553277054, "alpha": 10.57768309, "s": 0.606239879}
    assert {name: model.parameters()[name] for name in pareto} == pytest.approx(pareto, rel=5e-6)
    assert model.beta / model.b == pytest.approx(11.668730659, rel=1e-5)


def test_where_nobody_ages_the_fit_is_that_of_pareto_nbd(calibration, model):
    pareto = ParetoNBD.fit(calibration)
    assert (model.r, model.alpha, model.s) == pytest.approx((pareto.r, pareto.alpha, pareto.s), rel=1e-12)
    assert model.beta / model.b == pytest.approx(pareto.beta, rel=1e-12)
    assert model.evidence.log_likelihood == pytest.approx(pareto.evidence.log_likelihood, abs=1e-7)
    assert model.evidence.covariance is None


def test_the_estimates_of_the_paper_are_nearly_as_good(calibration, model):
    # beta / b is 13 as printed, of which one digit of b is left.
    printed = GammaGompertzNBD(r=0.553, alpha=10.578, b=0.0002, s=0.603, beta=0.0026, period="week")
    assert printed.log_likelihood(calibration) == pytest.approx(model.evidence.log_likelihood, abs=1.0)


def test_without_aging_it_is_pareto_nbd(calibration):
    pareto = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, period="week")
    ageless = GammaGompertzNBD(r=0.553, alpha=10.578, b=1e-12, s=0.606, beta=11.669e-12, period="week")
    some = calibration.where(np.arange(2357) % 40 == 0)
    for ask in (
        lambda m: m.log_likelihood(some),
        lambda m: m.probability_alive(some),
        lambda m: m.probability_alive(some, ahead=20),
        lambda m: m.expected_purchases(some, horizon=39),
        lambda m: m.expected_purchases_of_newcomer([0, 1, 39]),
        lambda m: m.probability_of_none(some, horizon=39),
        lambda m: m.discounted_purchases(some, horizon=156, discount=0.1),
        lambda m: m.discounted_purchases(some, horizon=math.inf, discount=0.1),
    ):
        assert ask(ageless) == pytest.approx(ask(pareto), rel=1e-8)


# --- references ---


def hurting(seed, count):
    """Shapes and scales of 0.01 to 8000, beta at 1 and beside it, aging within days or never, up to 3000 purchases."""
    random = np.random.default_rng(seed)
    for n in range(count):
        r, alpha, s, beta = np.exp(random.uniform(math.log(0.01), math.log(8000), 4)).tolist()
        b = math.exp(random.uniform(math.log(1e-5), math.log(3)))
        beta = 1 + float(random.choice([0, 1e-12, -1e-8, 1e-5])) if n % 5 == 0 else beta
        s = 1.0 if n % 7 == 0 else s
        x = 0 if n % 3 == 0 else math.floor(math.exp(random.uniform(0, math.log(3000))))
        age = math.exp(random.uniform(math.log(0.1), math.log(2000)))
        recency = age * float(random.choice([1, 0.99, 0.5, 0.05])) if x else 0.0
        yield (r, alpha, b, s, beta), (x, recency, age), math.exp(random.uniform(-3, 7))


def answers_are_those_of_the_paper(values, history, ahead):
    model, row = GammaGompertzNBD(*values, period="week"), histories(history)
    told = oracle.log_likelihood(*values, *history)
    assert model.log_likelihood(row) == pytest.approx(told, rel=2e-11, abs=2e-11)
    alive = oracle.probability_alive(*values, *history)
    assert model.probability_alive(row)[0] == pytest.approx(alive, rel=1e-10, abs=1e-300)
    expected = oracle.discounted_purchases(*values, *history, 0, ahead)
    assert model.expected_purchases(row, horizon=ahead)[0] == pytest.approx(expected, rel=1e-10, abs=1e-300)


def test_likelihood_p_alive_and_expectation_are_those_of_the_paper():
    for values, history, ahead in hurting(seed=41, count=5):
        answers_are_those_of_the_paper(values, history, ahead)


@pytest.mark.verify
def test_likelihood_p_alive_and_expectation_are_those_of_the_paper_everywhere():
    for values, history, ahead in hurting(seed=44, count=150):
        answers_are_those_of_the_paper(values, history, ahead)


def test_a_late_peak_of_leaving_is_not_missed():
    # Hazards rise for 42 more weeks after the last purchase, and a panel that began there must not step over it.
    values = (
        0.16713527092655464,
        52.417843427506696,
        0.09023691100190123,
        0.5755506582487199,
        239.14231600012056,
    )
    answers_are_those_of_the_paper(values, (5, 18.549762075279972, 370.99524150559944), 35.7)


@pytest.mark.parametrize("discount", [0.001, 1.0])
def test_discounted_purchases_without_end(discount):
    rate = math.log1p(discount) * 7 / 365.25
    for values, history, _ in hurting(seed=42, count=4):
        expected = oracle.discounted_purchases(*values, *history, rate, 60 / rate)
        model = GammaGompertzNBD(*values, period="week")
        found = model.discounted_purchases(histories(history), horizon=math.inf, discount=discount)
        assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_no_purchase_ahead_is_the_likelihood_of_a_silence_that_begins_now():
    for (r, alpha, b, s, beta), history, ahead in hurting(seed=43, count=5):
        x, _, age = history
        model, row = GammaGompertzNBD(r, alpha, b, s, beta, period="week"), histories(history)
        alive, now = model.probability_alive(row)[0], 1 + (beta - 1) * math.exp(-b * age)
        silent = math.exp(oracle.log_likelihood(r + x, alpha + age, b, s, now, 0, 0, ahead))
        found = model.probability_of_none(row, horizon=ahead)[0]
        assert found == pytest.approx(1 - alive + alive * silent, rel=1e-10)


@pytest.mark.parametrize("theta", np.random.default_rng(13).normal(0, 1.2, (6, 5)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = histories(
        (0, 0, 0), (0, 0, 1e3), (1, 1e-3, 40), (2, 30.43, 38.86), (200, 38, 40), (5, 7, 7), (12, 80, 93),
        weight=[3, 1, 2, 5, 1, 0.5, 2],
    )  # fmt: skip
    derivatives_hold(ggom_nbd.Likelihood.of(rows).at, np.array(theta))


# --- simulated ---

TRUTH = {"r": 0.8, "alpha": 5.0, "b": 0.08, "s": 0.6, "beta": 3.0}


def test_a_fit_finds_the_parameters_that_made_the_data():
    truth = GammaGompertzNBD(**TRUTH, period="week")
    rows, there = shoppers.aging(truth, 3000, 60.0, random=np.random.default_rng(45))
    model = GammaGompertzNBD.fit(rows)
    assert model.evidence.converged
    for row in model.summary(level=0.999).rows:
        assert row.low < TRUTH[row.name] < row.high
    assert there.mean() == pytest.approx(model.probability_alive(rows).mean(), abs=0.02)
    assert model.evidence.log_likelihood > ParetoNBD.fit(rows).evidence.log_likelihood + 20


# --- possible, and not told ---

positive = st.floats(1e-3, 1e3)


@settings(max_examples=60, deadline=None)
@given(
    r=positive, alpha=positive, b=st.floats(1e-9, 1e2), s=positive, beta=positive,
    x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-3, 1e4), ahead=st.floats(0, 1e5),
)  # fmt: skip
def test_answers_are_possible_for_every_history(r, alpha, b, s, beta, x, part, age, ahead):
    row = histories((x, max(part, 1e-9) * age if x else 0.0, age))
    model = GammaGompertzNBD(r=r, alpha=alpha, b=b, s=s, beta=beta, period="week")
    now, later = model.probability_alive(row)[0], model.probability_alive(row, ahead=ahead)[0]
    expected = model.expected_purchases(row, horizon=ahead)[0]
    assert 0 <= later <= now <= 1
    assert 0 <= expected <= (r + x) / (alpha + age) * ahead * (1 + 1e-9)
    assert 1 - now - 1e-12 <= model.probability_of_none(row, horizon=ahead)[0] <= 1
    assert np.isfinite(model.log_likelihood(row))
    whole = model.discounted_purchases(row, horizon=math.inf, discount=0.1)[0]
    assert 0 <= whole < math.inf


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("history", [(1, 5, 9), (900, 1, 9), (3, 9, 9)])
def test_one_customer_or_all_alike_fit_without_a_peak_and_say_so(n, history):
    rows = histories(*[history] * n)
    model = GammaGompertzNBD.fit(rows)
    assert not model.evidence.converged
    assert any(name in model.evidence.remark for name in model.parameters())
    assert np.isfinite(model.expected_purchases(rows, horizon=5)).all()
    assert GammaGompertzNBD.from_json(model.to_json()) == model


def test_nobody():
    model = GammaGompertzNBD(r=1, alpha=1, b=1, s=1, beta=1, period="week")
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
        GammaGompertzNBD.fit(histories((0, 0, 9), (0, 0, 8)))
