"""NBD: nobody leaves; what the other models have to beat."""

import math

import numpy as np
import pytest
from scipy.stats import nbinom

from relcore.analytics import BetaGeoNBD, Ledger, ModifiedBetaGeoNBD, ParetoNBD, PlainNBD, Purchases
from relcore.analytics.lifetime_value import nbd
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold

ROWS = {"frequency": [0, 1, 2, 40, 7], "recency": [0, 3, 30.4, 38, 5], "age": [9, 10, 38.86, 40, 5]}


def some(**more):
    return Purchases.from_summary(**ROWS, period="week", **more)


@pytest.fixture(scope="module")
def calibration():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
    return ledger.purchases(period="week", until="1997-09-30")


def test_the_likelihood_is_the_negative_binomial_distribution_of_the_count_given_its_times():
    model = PlainNBD(r=0.7, alpha=3.0, period="week")
    x, age = np.array(ROWS["frequency"]), np.array(ROWS["age"])
    counts = nbinom.logpmf(x, 0.7, 3.0 / (3.0 + age)).sum()
    times = sum(k * math.log(t) - math.lgamma(k + 1) for k, t in zip(x, age, strict=True))
    assert model.log_likelihood(some()) == pytest.approx(counts - times, rel=1e-13)
    assert model.log_likelihood(some().where([False] * 5)) == 0


@pytest.mark.parametrize("theta", np.random.default_rng(15).normal(0, 1.5, (4, 2)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    derivatives_hold(nbd.Likelihood.of(some(weight=[3, 1, 2, 5, 0.5])).at, np.array(theta))


def test_nobody_leaves_and_expectations_grow_with_time():
    model, rows = PlainNBD(r=0.7, alpha=3.0, period="week"), some()
    assert model.probability_alive(rows, ahead=1e6).tolist() == [1] * 5
    assert model.expected_purchases(rows, horizon=20) == pytest.approx(
        20 * (0.7 + rows.frequency) / (3 + rows.age)
    )
    assert model.probability_of_none(rows, horizon=20) == pytest.approx(
        nbinom.pmf(0, 0.7 + rows.frequency, (3 + rows.age) / (23 + rows.age))
    )
    assert model.expected_purchases_of_newcomer([0, 6]).tolist() == pytest.approx([0, 1.4])
    perpetuity = model.discounted_purchases(rows, horizon=math.inf, discount=0.1)
    assert perpetuity == pytest.approx(
        model.expected_purchases(rows, horizon=365.25 / 7 / math.log(1.1)), rel=1e-9
    )


def test_leaving_explains_cdnow_better_than_staying(calibration):
    stays = PlainNBD.fit(calibration)
    assert stays.evidence.converged
    for kind in (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD):
        assert kind.fit(calibration).evidence.log_likelihood > stays.evidence.log_likelihood + 160


def test_the_models_that_let_nobody_leave_become_nbd():
    rows, stays = some(), PlainNBD(r=0.7, alpha=3.0, period="week")
    for model in (
        BetaGeoNBD(r=0.7, alpha=3.0, a=1e-12, b=1.0, period="week"),
        ModifiedBetaGeoNBD(r=0.7, alpha=3.0, a=1e-12, b=1.0, period="week"),
        ParetoNBD(r=0.7, alpha=3.0, s=1e-12, beta=1.0, period="week"),
    ):
        assert model.log_likelihood(rows) == pytest.approx(stays.log_likelihood(rows), rel=1e-9)
        ours, theirs = (m.expected_purchases(rows, horizon=9) for m in (model, stays))
        assert ours == pytest.approx(theirs, rel=1e-6)
        assert model.probability_of_none(rows, horizon=9) == pytest.approx(
            stays.probability_of_none(rows, horizon=9), rel=1e-6
        )


def test_customers_who_differ_no_more_than_chance_makes_them_have_one_rate():
    rows = Purchases.from_summary(frequency=[2, 2, 2], recency=[3, 4, 5], age=[9, 9, 9], period="week")
    model = PlainNBD.fit(rows)
    assert not model.evidence.converged
    assert "r and alpha grow without bound" in model.evidence.remark
    assert model.expected_purchases(rows, horizon=9) == pytest.approx([2, 2, 2], rel=1e-3)
    assert PlainNBD.from_json(model.to_json()) == model
    with pytest.raises(Invalid, match="must hold a customer who came back"):
        PlainNBD.fit(rows.where([False] * 3))
