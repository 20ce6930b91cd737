"""Other samples of customers: by one step of the climb, and by the whole climb, which it is measured by."""

import attrs
import numpy as np
import pytest

from relcore.analytics import (
    BetaGeoBetaBernoulli,
    BetaGeoCNBD,
    BetaGeoNBD,
    GammaGompertzNBD,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    PlainNBD,
    Purchases,
)
from relcore.kernel.errors import Invalid, NoEvidence
from tests.oracles.shoppers import aging, donors, regular, shoppers

TRUTHS = [
    PlainNBD(r=0.8, alpha=10.0, period="week"),
    BetaGeoNBD(r=0.8, alpha=5.0, a=0.9, b=2.5, period="week"),
    ModifiedBetaGeoNBD(r=0.8, alpha=5.0, a=0.9, b=2.5, period="week"),
    ParetoNBD(r=0.8, alpha=5.0, s=0.9, beta=20.0, period="week"),
    GammaGompertzNBD(r=0.8, alpha=5.0, b=0.08, s=0.9, beta=1.5, period="week"),
    BetaGeoCNBD(k=3, r=0.8, alpha=1.7, a=0.9, b=3.0, period="week"),
    ModifiedBetaGeoCNBD(k=2, r=0.8, alpha=1.7, a=0.9, b=3.0, period="week"),
]
each = pytest.mark.parametrize("truth", TRUTHS, ids=lambda m: type(m).__name__)


def fitted(truth, customers=1500):
    """A fit in a world in which the model is true; times are whole days, so that some histories are shared."""
    if isinstance(truth, BetaGeoCNBD | ModifiedBetaGeoCNBD):
        timed = regular(truth, customers, 60.0, random=np.random.default_rng(7))
        return type(truth).fit(timed, k=truth.k), timed
    if isinstance(truth, GammaGompertzNBD):
        history, _ = aging(truth, 2 * customers, 60.0, random=np.random.default_rng(7))
    else:
        history, _ = shoppers(truth, customers, ahead=1.0, random=np.random.default_rng(7))
    days = Purchases.from_summary(
        frequency=history.frequency,
        recency=np.ceil(history.recency * 7) / 7,
        age=np.ceil(history.age * 7) / 7,
        period="week",
    )
    return type(truth).fit(days), days


@each
def test_the_likelihoods_of_all_customers_add_up_to_that_of_the_fit(truth):
    _, rows = fitted(truth, 200)
    alone = truth.log_likelihood_of_each(rows)
    assert alone.sum() == pytest.approx(truth.log_likelihood(rows), rel=1e-13)
    one = rows.where(np.arange(len(rows)) == 17)
    assert alone[17] == pytest.approx(truth.log_likelihood(one), rel=1e-12)


def test_customers_on_occasions_are_resampled_as_others_are():
    truth, random = BetaGeoBetaBernoulli(1.2, 0.8, 0.7, 2.8, period="month"), np.random.default_rng(8)
    rows, _ = donors(truth, random.integers(4, 13, 4000), random=random)
    fit = BetaGeoBetaBernoulli.fit(rows)

    step = fit.bootstrap(rows, draws=40, random=np.random.default_rng(1))
    climb = fit.refits(rows, draws=40, random=np.random.default_rng(1))

    assert truth.log_likelihood_of_each(rows).sum() == pytest.approx(truth.log_likelihood(rows), rel=1e-13)
    error = np.sqrt(np.diag(fit.evidence.covariance))
    logs = [np.log([list(m.parameters().values()) for m in resampled.models]) for resampled in (step, climb)]
    moved, missed = (logs[1] - np.log(list(fit.parameters().values()))) / error, (logs[0] - logs[1]) / error
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(1.0, abs=0.3)
    assert np.sqrt(np.mean(missed**2)) < 0.3
    with pytest.raises(Invalid, match="must be those of which the model is the best of its kind"):
        fit.bootstrap(rows.where(np.arange(4000) < 900), random=random)
    for ask in (fit.bootstrap, fit.refits):
        with pytest.raises(Invalid, match="draws must be at least 1"):
            ask(rows, draws=0, random=random)


@each
def test_one_step_goes_where_the_climb_goes(truth):
    fit, rows = fitted(truth)
    # Of customers who age the data tell less.
    far = 0.5 if isinstance(truth, GammaGompertzNBD) else 0.35
    step = fit.bootstrap(rows, draws=15, random=np.random.default_rng(1))
    climb = fit.refits(rows, draws=15, random=np.random.default_rng(1))

    def logs(resampled):
        return np.log([list(model.parameters().values()) for model in resampled.models])

    error = np.sqrt(np.diag(fit.evidence.covariance))
    moved, missed = (
        (logs(climb) - np.log(list(fit.parameters().values()))) / error,
        (logs(step) - logs(climb)) / error,
    )
    # In standard errors: what the first step misses is of second order.
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(1.0, abs=0.35)
    assert np.sqrt(np.mean(missed**2)) < far
    assert np.corrcoef((logs(step)[:, 0], logs(climb)[:, 0]))[0, 1] > 0.95


@each
def test_where_the_model_is_true_the_bootstrap_is_as_sure_as_the_likelihood(truth):
    fit, rows = fitted(truth)
    some = rows.where(np.arange(len(rows)) < 20)

    def asked(m):
        return m.expected_purchases(some, horizon=20)

    sure = fit.interval(asked, level=0.8)
    resampled = fit.bootstrap(rows, draws=400, random=np.random.default_rng(2)).interval(asked, level=0.8)

    assert resampled.estimate == pytest.approx(sure.estimate, rel=1e-14)
    assert ((resampled.low < sure.estimate) & (sure.estimate < resampled.high)).all()
    ratio = (resampled.high - resampled.low) / (sure.high - sure.low)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.25)


def test_where_the_model_is_wrong_the_bootstrap_is_less_sure_than_the_likelihood():
    # A tenth of the customers are machines: NBD cannot be right about them.
    random = np.random.default_rng(4)
    often = np.where(random.random(1000) < 0.1, 100, random.poisson(random.gamma(0.8, 2.0, 1000)))
    rows = Purchases.from_summary(
        frequency=often, recency=np.where(often > 0, 39.0, 0.0), age=np.full(1000, 40.0), period="week"
    )
    fit = PlainNBD.fit(rows)

    def asked(m):
        return m.expected_purchases_of_newcomer([10.0])

    sure = fit.interval(asked)
    wide = fit.bootstrap(rows, random=np.random.default_rng(5)).interval(asked)
    climbed = fit.refits(rows, draws=100, random=np.random.default_rng(5)).interval(asked)

    # The mean of an NBD fit is the mean of the counts, whose error needs no model.
    error = 2 * 1.96 * often.std() / np.sqrt(1000) / 4
    for resampled in (wide, climbed):
        assert resampled.high - resampled.low == pytest.approx([error], rel=0.25)
    assert abs(float(sure.high[0] - sure.low[0]) / error - 1) > 0.1


def test_collapsed_customers_are_as_many_as_they_stand_for():
    fit, rows = fitted(TRUTHS[1])
    one = fit.bootstrap(rows, draws=50, random=np.random.default_rng(3))
    other = fit.bootstrap(rows.collapse().rows, draws=50, random=np.random.default_rng(3))
    assert [m.r for m in one.models] == pytest.approx([m.r for m in other.models], rel=1e-9)


def test_resampling_needs_the_purchases_of_the_fit_and_a_peak():
    fit, rows = fitted(TRUTHS[1])
    random = np.random.default_rng(1)
    with pytest.raises(Invalid, match="must be those of which the model is the best of its kind"):
        fit.bootstrap(rows.where(np.arange(len(rows)) < 500), random=random)
    with pytest.raises(NoEvidence):
        TRUTHS[1].bootstrap(rows, random=random)
    for ask in (fit.bootstrap, fit.refits):
        with pytest.raises(Invalid, match="draws must be at least 1"):
            ask(rows, draws=0, random=random)
    with pytest.raises(Invalid, match="period of the purchases"):
        fit.bootstrap(attrs.evolve(rows, period="day"), random=random)
    resampled = fit.bootstrap(rows, draws=2, random=random)
    assert repr(resampled) == "Resampled BetaGeoNBD, 2 times"
    with pytest.raises(Invalid, match="level must lie in"):
        resampled.interval(lambda m: m.probability_alive(rows), level=0.0)
