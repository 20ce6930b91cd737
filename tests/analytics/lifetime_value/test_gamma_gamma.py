"""What customers spend: from their mean amounts and from their single ones."""

import itertools
import math

import attrs
import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln

from relcore.analytics import GammaGamma, Ledger, Purchases
from relcore.analytics.lifetime_value import spend_likelihood
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles.spenders import log_likelihood_of_amounts, of_amounts, spenders

TRUTH = GammaGamma(p=2.5, q=4.0, v=30.0)


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


@pytest.fixture(scope="module")
def purchases(ledger):
    return ledger.purchases(period="week", until="1997-09-30")


def amounts_of_repeaters(ledger):
    known = ledger.order_days(until="1997-09-30")
    amounts = {}
    for customer, amount in zip(known.customer.tolist(), known.amount.tolist(), strict=True):
        amounts.setdefault(customer, []).append(amount)
    return [np.array(each[1:]) for each in amounts.values() if sum(each[1:]) > 0]


@pytest.mark.parametrize(("p", "q", "v"), [(3.6, 4.5, 34.0), (0.3, 0.8, 1e-2), (40.0, 12.0, 2e3)])
def test_the_likelihood_of_single_amounts_is_the_integral_over_the_scales_of_customers(p, q, v):
    amounts = [[12.5], [3.0, 80.0, 0.04], [29.99] * 5, [9.0, 11.0, 10.0, 700.0]]
    who = np.repeat(np.arange(4), [len(each) for each in amounts])
    rows = of_amounts(
        np.array([len(each) for each in amounts]), who, np.concatenate(amounts), weight=[2, 1, 3, 0.5]
    )

    found = spend_likelihood.Likelihood.of_amounts(rows).at(np.log([p, q, v])).value

    each = [log_likelihood_of_amounts(p, q, v, one) for one in amounts]
    assert found == pytest.approx(np.dot([2, 1, 3, 0.5], each), rel=1e-10)


@pytest.mark.parametrize("p", [0.01, 0.5, 6.25, 300, 8000])
def test_likelihoods_are_finite_and_right_at_the_ends_of_the_earth(p):
    for q, v in itertools.product([0.01, 3.7, 8000], [1e-4, 15.0, 1e6]):
        for x, spent, even in itertools.product([1, 2, 3000], [0.01, 30.0, 1e6], [0.0, 0.5]):
            rows = Purchases.from_summary(
                frequency=[x], recency=[1.0], age=[2.0], mean_spend=[spent / x], period="week",
                log_amounts=[x * math.log(spent / x) - (even * x if x > 1 else 0)],
            )  # fmt: skip
            theta, exact = np.log([p, q, v]), slow_likelihoods(p, q, v, rows)
            found = [
                spend_likelihood.Likelihood.of(rows).at(theta).value,
                spend_likelihood.Likelihood.of_amounts(rows).at(theta).value,
            ]
            assert found == pytest.approx(exact, rel=1e-10, abs=1e-10)


def slow_likelihoods(p, q, v, rows):
    """Of the mean (equation 1a) and of all amounts (the product of gamma densities, integrated), in 60 digits."""
    with mpmath.workdps(60):
        x = int(rows.frequency[0])
        p, q, v, spent, logs = map(mpmath.mpf, (p, q, v, float(rows.spend[0]), float(rows.log_amounts[0])))
        both, alone = mpmath.loggamma(p * x + q), mpmath.loggamma(q)
        mean = both - alone - mpmath.loggamma(p * x) + p * x * mpmath.log(spent) + q * mpmath.log(v)
        mean -= (p * x + q) * mpmath.log(v + spent) + mpmath.log(spent / x)
        every = both - alone - x * mpmath.loggamma(p) + (p - 1) * logs + q * mpmath.log(v)
        return [float(mean), float(every - (p * x + q) * mpmath.log(v + spent))]


@pytest.mark.parametrize("theta", np.random.default_rng(5).normal(0, 1.5, (6, 3)).tolist())
def test_derivatives_are_those_of_the_likelihood(theta):
    rows = spenders(TRUTH, 50, random=np.random.default_rng(1))
    derivatives_hold(spend_likelihood.Likelihood.of_amounts(rows).at, np.array(theta))


def test_single_amounts_of_cdnow_against_a_climb_without_derivatives(ledger, purchases):
    each = [(z.size, z.sum(), np.log(z).sum()) for z in amounts_of_repeaters(ledger)]
    x, spent, logs = np.array(each).T

    def below(theta):
        p, q, v = np.exp(theta)
        density = (p - 1) * logs - x * gammaln(p) + gammaln(p * x + q) - gammaln(q)
        density += q * np.log(v) - (p * x + q) * np.log(v + spent)
        return -density.sum()

    fit = GammaGamma.fit_amounts(purchases)

    steps = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000}
    slow = minimize(below, np.log([3.0, 4.0, 30.0]), method="Nelder-Mead", options=steps)
    assert list(fit.parameters().values()) == pytest.approx(np.exp(slow.x), rel=1e-6)
    assert fit.evidence.log_likelihood == pytest.approx(-slow.fun, rel=1e-11)
    assert fit.parameters() == pytest.approx({"p": 3.60996, "q": 4.48616, "v": 34.0830}, rel=1e-5)
    assert fit.evidence.log_likelihood == pytest.approx(-10707.8597, abs=1e-4)


def test_single_amounts_of_cdnow_are_six_times_as_sure_of_p(purchases):
    means, amounts = GammaGamma.fit(purchases), GammaGamma.fit_amounts(purchases)
    one, other = (math.sqrt(fit.evidence.covariance[0][0]) for fit in (means, amounts))
    assert one / other > 5.5
    assert means.evidence.customers == amounts.evidence.customers == 946
    assert str(amounts.summary()).splitlines()[-1] == (
        "log-likelihood of single amounts -10707.860, 946 customers (1,411 left out), converged"
    )


def test_where_the_model_is_true_means_and_amounts_agree_in_expectation():
    worlds = [spenders(TRUTH, 1500, random=np.random.default_rng(seed)) for seed in range(60)]

    def logs(fit):
        return np.log([list(fit(rows).parameters().values()) for rows in worlds])

    means, amounts = logs(GammaGamma.fit), logs(GammaGamma.fit_amounts)
    apart, truth = means - amounts, np.log(list(TRUTH.parameters().values()))
    for off, spread in ((apart, apart), (means - truth, means), (amounts - truth, amounts)):
        assert (np.abs(off.mean(axis=0)) < 3 * spread.std(axis=0) / math.sqrt(len(worlds))).all()
    assert means.std(axis=0)[0] > 3 * amounts.std(axis=0)[0]


@pytest.mark.verify
@pytest.mark.parametrize("fit", [GammaGamma.fit, GammaGamma.fit_amounts], ids=["means", "amounts"])
def test_intervals_hold_the_truth_as_often_as_they_say(fit):
    held = []
    asked = spenders(TRUTH, 5, random=np.random.default_rng(99))
    for seed in range(1000):
        model = fit(spenders(TRUTH, 1000, random=np.random.default_rng(seed)))
        rows = [row.low < getattr(TRUTH, row.name) < row.high for row in model.summary().rows]
        mean = model.interval(lambda m: m.expected_spend(asked))
        expected = TRUTH.expected_spend(asked)
        held.append([*rows, *((mean.low < expected) & (expected < mean.high))])
    assert ((np.mean(held, axis=0) > 0.92) & (np.mean(held, axis=0) < 0.98)).all()


def test_whose_purchase_was_for_nothing_is_left_out_of_single_amounts_and_counted():
    rows = of_amounts(
        np.array([0, 2, 2, 3, 1]),
        np.array([1, 1, 2, 2, 3, 3, 3, 4]),
        np.array([10.0, 12.0, 0.0, 30.0, 9.0, 4.0, 16.0, 0.0]),
    )
    assert rows.log_amounts.tolist()[2] == -math.inf
    assert GammaGamma.fit(rows).evidence.left_out == 2
    fit = GammaGamma.fit_amounts(rows)
    assert (fit.evidence.customers, fit.evidence.left_out) == (2, 3)
    assert (
        fit.parameters() == GammaGamma.fit_amounts(rows.where([False, True, False, True, False])).parameters()
    )


def test_single_amounts_need_their_logs(purchases):
    with pytest.raises(Invalid, match=r"log_amounts must be known to fit single amounts, got None: make the"):
        GammaGamma.fit_amounts(attrs.evolve(purchases, log_amounts=None))
    with pytest.raises(Invalid, match="must hold a customer who came back and spent something"):
        GammaGamma.fit_amounts(purchases.where(purchases.frequency == 0))


def test_customers_who_always_pay_the_same_let_p_grow_and_the_fit_says_so():
    prices = np.array([5.0, 8.0, 20.0, 11.0])
    rows = of_amounts(np.full(4, 3), np.repeat(np.arange(4), 3), np.repeat(prices, 3))
    fit = GammaGamma.fit_amounts(rows)
    assert not fit.evidence.converged
    assert fit.evidence.remark.startswith("p grows without bound")
    assert fit.expected_spend(rows) == pytest.approx(prices, rel=1e-5)


def test_weights_and_units_of_money_change_nothing_but_the_scale(purchases):
    fit = GammaGamma.fit_amounts(purchases)
    collapsed = GammaGamma.fit_amounts(purchases.collapse().rows)
    assert collapsed.parameters() == pytest.approx(fit.parameters(), rel=1e-9)
    cents = attrs.evolve(
        purchases,
        spend=purchases.spend * 100,
        log_amounts=purchases.log_amounts + purchases.frequency * math.log(100),
    )
    dear = GammaGamma.fit_amounts(cents)
    assert (dear.p, dear.q, dear.v / 100) == pytest.approx((fit.p, fit.q, fit.v), rel=1e-6)


def test_a_fit_to_single_amounts_is_a_value(purchases):
    fit = GammaGamma.fit_amounts(purchases)
    assert GammaGamma.from_json(fit.to_json()) == fit


# --- other samples of customers ---


@pytest.mark.parametrize("fit", [GammaGamma.fit, GammaGamma.fit_amounts], ids=["means", "amounts"])
def test_the_likelihoods_of_all_customers_add_up_to_that_of_the_fit(purchases, fit):
    model = fit(purchases)
    each = model.log_likelihood_of_each(purchases)
    assert each.sum() == pytest.approx(model.evidence.log_likelihood, rel=1e-12)
    assert (each[purchases.frequency == 0] == 0).all()
    assert model.scores(purchases).sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-3)


@pytest.mark.parametrize("fit", [GammaGamma.fit, GammaGamma.fit_amounts], ids=["means", "amounts"])
def test_one_step_goes_where_the_climb_goes(fit):
    rows = spenders(TRUTH, 1500, random=np.random.default_rng(1))
    model = fit(rows)
    step = model.bootstrap(rows, draws=25, random=np.random.default_rng(2))
    climb = model.refits(rows, draws=25, random=np.random.default_rng(2))

    def logs(resampled):
        return np.log([list(model.parameters().values()) for model in resampled.models])

    error = np.sqrt(np.diag(model.evidence.covariance))
    moved = (logs(climb) - np.log(list(model.parameters().values()))) / error
    missed = (logs(step) - logs(climb)) / error
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(1.0, abs=0.3)
    assert np.sqrt(np.mean(missed**2)) < 0.3
    assert climb.models[0].evidence.seen == model.evidence.seen


def test_where_the_model_is_true_the_bootstrap_is_as_sure_as_the_likelihood():
    rows = spenders(TRUTH, 2000, random=np.random.default_rng(3))
    model = GammaGamma.fit_amounts(rows)
    some = rows.where(np.arange(len(rows)) < 20)
    sure = model.interval(lambda m: m.expected_spend(some), level=0.8)
    resampled = model.bootstrap(rows, draws=500, random=np.random.default_rng(4)).interval(
        lambda m: m.expected_spend(some), level=0.8
    )
    assert resampled.estimate == pytest.approx(sure.estimate, rel=1e-14)
    ratio = (resampled.high - resampled.low) / (sure.high - sure.low)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.15)


def test_on_cdnow_single_amounts_are_less_sure_than_they_say(purchases):
    # Amounts are sums of a few prices, not gamma: the likelihood does not know that, the bootstrap does.
    model = GammaGamma.fit_amounts(purchases)
    moved = [m.p for m in model.bootstrap(purchases, random=np.random.default_rng(5)).models]
    assert 1.2 < np.std(np.log(moved)) / math.sqrt(model.evidence.covariance[0][0]) < 1.5


def test_resampling_needs_the_purchases_of_the_fit(purchases):
    random, model = np.random.default_rng(1), GammaGamma.fit(purchases)
    with pytest.raises(Invalid, match="must be those of which the model is the best of its kind"):
        model.bootstrap(purchases.where(np.arange(len(purchases)) < 500), random=random)
    with pytest.raises(NoEvidence):
        TRUTH.bootstrap(attrs.evolve(purchases, currency=None), random=random)
    with pytest.raises(Invalid, match="currency of the purchases"):
        model.bootstrap(attrs.evolve(purchases, currency="EUR"), random=random)
    for ask in (model.bootstrap, model.refits):
        with pytest.raises(Invalid, match="draws must be at least 1"):
            ask(purchases, draws=0, random=random)
