"""MBG/NBD: what others printed, slow references in sixty digits where it hurts, and what the data do not tell.

lifetimes = Python package lifetimes 0.11.3, its tests. pymc-marketing = its tests/clv/models/test_modified_beta_geo.py.
"""

import math

import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, Ledger, ModifiedBetaGeoNBD, Purchases
from relcore.analytics._numerics.dropout_average import still_alive
from relcore.analytics.lifetime_value import beta_geometric
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import buy_till_you_die as oracle

HISTORIES = [
    (0, 0, 0),
    (0, 0, 1e4),
    (1, 1e-3, 40),
    (2, 30.43, 38.86),
    (200, 38, 40),
    (3000, 900, 1e4),
    (5, 7, 7),
]
PARAMETERS = [
    (0.5248, 6.1831, 0.8914, 1.614), (1e-3, 1e-3, 1e-3, 1e-3), (50, 3, 1, 1e-3), (2, 800, 300, 70),
    (0.01, 8000, 0.02, 80), (3, 5, 1 + 1e-9, 0.4),
]  # fmt: skip


@pytest.fixture(scope="module")
def calibration():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
    return ledger.purchases(period="week", until="1997-09-30")


@pytest.fixture(scope="module")
def model(calibration):
    return ModifiedBetaGeoNBD.fit(calibration)


def histories(*rows, **more):
    x, recency, age = zip(*rows, strict=True)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, period="week", **more)


def test_the_estimates_are_the_published_ones(model):
    # lifetimes: .525 6.183 .891 1.614; more digits recomputed at a tighter tolerance.
    expected = {"r": 0.524843134, "alpha": 6.183084833, "a": 0.891359418, "b": 1.614002293}
    assert model.parameters() == pytest.approx(expected, rel=5e-7)
    assert model.evidence.log_likelihood == pytest.approx(-9582.135716, abs=1e-6)
    errors = {row.name: row.standard_error for row in model.summary().rows}
    assert errors == pytest.approx(
        {"r": 0.0832677, "alpha": 0.6956184, "a": 0.1547889, "b": 0.5374904}, rel=2e-5
    )


def test_log_likelihood_of_two_histories():
    # pymc-marketing: r = .25, alpha = 4, a = .8, b = 2.5.
    model = ModifiedBetaGeoNBD(r=0.25, alpha=4, a=0.8, b=2.5, period="week")
    assert model.log_likelihood(histories((0, 0, 40))) == pytest.approx(-0.417928262, abs=1e-9)
    assert model.log_likelihood(histories((200, 38, 40))) == pytest.approx(100.786909761, abs=1e-6)


@pytest.mark.parametrize("values", PARAMETERS)
def test_likelihood_p_alive_and_expectation_are_those_of_the_paper(values):
    r, alpha, a, b = values
    model, rows = ModifiedBetaGeoNBD(*values, period="week"), histories(*HISTORIES)
    total = sum(oracle.modified_likelihood(*values, *row) for row in HISTORIES)
    assert model.log_likelihood(rows) == pytest.approx(total, rel=1e-11)
    alive = [oracle.modified_probability_alive(*values, *row) for row in HISTORIES]
    assert model.probability_alive(rows) == pytest.approx(alive, rel=1e-10, abs=1e-300)
    for horizon in (1e-6, 39.0, 1e5):
        expected = [
            p * oracle.purchases_while_alive(r + x, horizon / (alpha + age), a, b + x + 1)
            for p, (x, _, age) in zip(alive, HISTORIES, strict=True)
        ]
        assert model.expected_purchases(rows, horizon=horizon) == pytest.approx(
            expected, rel=1e-9, abs=1e-300
        )


def test_a_newcomer_may_be_gone_at_once():
    model = ModifiedBetaGeoNBD(r=0.525, alpha=6.183, a=0.891, b=1.614, period="week")
    newcomer = histories((0, 0, 0))
    assert model.probability_alive(newcomer)[0] == pytest.approx(1.614 / (0.891 + 1.614))
    foreseen = model.expected_purchases(newcomer, horizon=39)
    assert model.expected_purchases_of_newcomer(39) == pytest.approx(foreseen, rel=1e-14)


@pytest.mark.parametrize("theta", np.random.default_rng(14).normal(0, 1.5, (6, 4)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = histories(*HISTORIES, (12, 80, 93), weight=[3, 1, 2, 5, 1, 0.5, 2, 1])
    likelihood = beta_geometric.Likelihood.of(rows, ModifiedBetaGeoNBD.chances_to_leave)
    derivatives_hold(likelihood.at, np.array(theta))


@pytest.mark.parametrize("later", [1e-3, 1.0, 60.0, 1e4])
def test_to_be_alive_later_is_an_average_over_the_chance_to_leave(later):
    random = np.random.default_rng(7)
    for n in range(25):
        w, a, b = np.exp(random.uniform(math.log(0.01), math.log(2000), 3)).tolist()
        a = 1 + 1e-9 if n % 5 == 0 else a
        found = still_alive(np.array([w]), np.array([later]), a, np.array([b]))[0]
        assert found == pytest.approx(oracle.still_alive(w, later, a, b), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(("discount", "kind"), [(0.001, BetaGeoNBD), (1.0, ModifiedBetaGeoNBD)])
@pytest.mark.parametrize("values", [PARAMETERS[0], (2, 800, 3, 7)])
def test_discounted_purchases_without_end_at_low_and_high_rates(values, discount, kind):
    model, rate = kind(*values, period="week"), math.log1p(discount) * 7 / 365.25
    r, alpha, a, b = values
    for x, recency, age in [(0, 0, 0), (40, 99, 104)]:
        row = histories((x, recency, age))
        alive = model.probability_alive(row)[0]
        expected = oracle.discounted_for_ever(
            alive, r + x, alpha + age, a, b + kind.chances_to_leave(x), rate
        )
        found = model.discounted_purchases(row, horizon=math.inf, discount=discount)[0]
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_fit_finds_the_parameters_that_made_the_data():
    random = np.random.default_rng(23)
    n, end = 20_000, 60.0
    rate, chance = random.gamma(0.8, 1 / 5.0, n), random.beta(1.2, 3.0, n)
    life = random.geometric(chance) - 1  # repeat purchases until dropout; it may follow the first purchase
    x, recency, clock = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(1, 400):
        clock = clock + random.exponential(1 / rate)
        bought = (clock <= end) & (k <= life)
        x, recency = np.where(bought, k, x), np.where(bought, clock, recency)
    rows = Purchases.from_summary(frequency=x, recency=recency, age=np.full(n, end), period="week")

    model = ModifiedBetaGeoNBD.fit(rows)

    truth = {"r": 0.8, "alpha": 5.0, "a": 1.2, "b": 3.0}
    for row in model.summary(level=0.999).rows:
        assert row.low < truth[row.name] < row.high


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("history", [(1, 5, 9), (900, 1, 9)])
def test_one_customer_or_all_alike_fit_without_a_peak_and_say_so(n, history):
    rows = histories(*[history] * n)
    model = ModifiedBetaGeoNBD.fit(rows)
    assert not model.evidence.converged
    assert any(name in model.evidence.remark for name in model.parameters())
    assert np.isfinite(model.expected_purchases(rows, horizon=5)).all()
    assert ModifiedBetaGeoNBD.from_json(model.to_json()) == model


def test_nobody_came_back():
    with pytest.raises(Invalid, match="must hold a customer who came back"):
        ModifiedBetaGeoNBD.fit(histories((0, 0, 9)))
