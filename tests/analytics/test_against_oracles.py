"""Our numbers beside slow references in sixty digits, on grids chosen to hurt."""

import math

import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, GammaGamma, Purchases
from relcore.analytics._numerics.dropout_average import _integrated, purchases_while_alive
from relcore.analytics.lifetime_value import beta_geometric, spend_likelihood
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import buy_till_you_die as oracle


def adversarial(seed, count, largest):
    """Parameters over many decades, with every third newcomer and the singular a = 1 and a + b = 1 met and nearly met."""
    random = np.random.default_rng(seed)
    near = [0, 1e-12, -1e-8, 1e-6, -4e-4, 1.9e-3, 2.1e-3, -6e-3]
    for n in range(count):
        r, a, b = np.exp(random.uniform(np.log(1e-3), np.log(largest), 3))
        y = math.exp(random.uniform(math.log(1e-9), math.log(1e5)))
        x = 0.0 if n % 3 == 0 else math.floor(math.exp(random.uniform(0, math.log(5000))))
        if n % 5 == 0:
            a = 1 + random.choice(near)
        if n % 7 == 0 and a < 1:
            x, b = 0.0, 1 - a + random.choice(near[:4])
        if b > 0:
            yield r + x, y, a, b + x


def worst_error(grid):
    errors = []
    for w, y, a, b in grid:
        found = purchases_while_alive(np.array([w]), np.array([y]), a, np.array([b]))[0]
        errors.append(abs(found / oracle.purchases_while_alive(w, y, a, b) - 1))
    assert np.isfinite(errors).all()
    return max(errors)


def test_expected_purchases_of_the_living_to_nine_digits_over_the_parameters_that_fits_give():
    assert worst_error(adversarial(seed=3, count=700, largest=300)) < 1e-9


def test_expected_purchases_of_the_living_beyond_them_where_gausss_function_fails():
    assert worst_error(adversarial(seed=2, count=250, largest=2e3)) < 1e-9


def test_the_integral_takes_over_where_gausss_function_fails():
    w, y, a, b = 8.31, 2278.0, 1853.0, 0.0019
    found = _integrated(np.array([w]), np.array([y]), a, np.array([b]))[0]
    assert found == pytest.approx(oracle.purchases_while_alive(w, y, a, b), rel=1e-10)
    assert oracle.integral_while_alive(2.3, 9.0, 0.8, 2.4) == pytest.approx(
        oracle.purchases_while_alive(2.3, 9.0, 0.8, 2.4), rel=1e-12
    )


HISTORIES = [
    (0, 0, 0),
    (0, 0, 1e4),
    (1, 1e-3, 40),
    (2, 30.43, 38.86),
    (200, 38, 40),
    (3000, 900, 1e4),
    (5, 7, 7),
]
PARAMETERS = [(0.2426, 4.4136, 0.7929, 2.4259), (1e-3, 1e-3, 1e-3, 1e-3), (50, 3, 1, 1e-3), (2, 800, 300, 70)]


def purchases(rows, **more):
    x, recency, age = zip(*rows, strict=True)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, period="week", **more)


@pytest.mark.parametrize("values", PARAMETERS)
def test_likelihood_and_p_alive_are_equation_6(values):
    model, rows = BetaGeoNBD(*values, period="week"), purchases(HISTORIES)
    total = sum(oracle.likelihood(*values, *row) for row in HISTORIES)
    assert model.log_likelihood(rows) == pytest.approx(total, rel=1e-11)
    alive = [oracle.probability_alive(*values, *row) for row in HISTORIES]
    assert model.probability_alive(rows) == pytest.approx(alive, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("values", PARAMETERS)
def test_expected_purchases_are_equation_10(values):
    r, alpha, a, b = values
    model, rows = BetaGeoNBD(*values, period="week"), purchases(HISTORIES)
    for horizon in (1e-6, 1.0, 39.0, 1e5):
        expected = [
            oracle.probability_alive(*values, *row)
            * oracle.purchases_while_alive(r + row[0], horizon / (alpha + row[2]), a, b + row[0])
            for row in HISTORIES
        ]
        assert model.expected_purchases(rows, horizon=horizon) == pytest.approx(
            expected, rel=1e-9, abs=1e-300
        )


@pytest.mark.parametrize(("discount", "horizon"), [(0.1, 156.5), (0.0, 39.0), (3.0, 1000.0), (0.02, 10.0)])
def test_discounted_purchases_are_an_integral_over_time(discount, horizon):
    values, histories = (0.2426, 4.4136, 0.7929, 2.4259), [(0, 0, 0), (2, 30.43, 38.86), (40, 99, 104)]
    rate = math.log1p(discount) * 7 / 365.25
    expected = [oracle.discounted_purchases(*values, *row, rate, horizon) for row in histories]
    model = BetaGeoNBD(*values, period="week")
    found = model.discounted_purchases(purchases(histories), horizon=horizon, discount=discount)
    assert found == pytest.approx(expected, rel=1e-8)


def test_the_spend_likelihood_is_equation_1a():
    rows = [(1, 0.01), (2, 22.35), (7, 73.74), (400, 1e5)]
    x, mean = zip(*rows, strict=True)
    columns = Purchases.from_summary(
        frequency=x, recency=np.ones(4), age=np.ones(4), mean_spend=mean, period="day"
    )
    likelihood = spend_likelihood.Likelihood.of(columns)
    for p, q, v in [(6.25, 3.74, 15.44), (0.01, 0.5, 1e-3), (300, 40, 2)]:
        expected = sum(oracle.spend_likelihood(p, q, v, *row) for row in rows)
        assert likelihood.at(np.log([p, q, v])).value == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("theta", np.random.default_rng(11).normal(0, 1.5, (6, 4)).tolist())
def test_bg_nbd_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = purchases([*HISTORIES, (12, 80, 93)], weight=[3, 1, 2, 5, 1, 0.5, 2, 1])
    derivatives_hold(beta_geometric.Likelihood.of(rows, BetaGeoNBD.chances_to_leave).at, np.array(theta))


@pytest.mark.parametrize("theta", np.random.default_rng(12).normal(0, 1.5, (6, 3)).tolist())
def test_gamma_gamma_gradient_and_hessian_are_those_of_the_likelihood(theta):
    columns = Purchases.from_summary(
        frequency=[1, 2, 7, 40],
        recency=np.ones(4),
        age=np.ones(4),
        mean_spend=[3, 22.35, 0.7, 9],
        period="day",
    )
    derivatives_hold(spend_likelihood.Likelihood.of(columns).at, np.array(theta))


def test_derivatives_hold_also_when_counts_are_too_long_for_a_table():
    rows = purchases([(200_000, 90, 100), (3, 5, 100)])
    derivatives_hold(
        beta_geometric.Likelihood.of(rows, BetaGeoNBD.chances_to_leave).at, np.log([0.5, 2.0, 0.9, 3.0])
    )


def test_a_mean_spend_that_does_not_exist_is_infinite_and_never_negative():
    rows = Purchases.from_summary(
        frequency=[0, 1], recency=[0, 1], age=[2, 2], mean_spend=[0, 10], period="week"
    )
    assert GammaGamma(p=0.5, q=0.9, v=3).expected_spend(rows).tolist() == pytest.approx(
        [math.inf, 0.5 * 13 / 0.4]
    )
