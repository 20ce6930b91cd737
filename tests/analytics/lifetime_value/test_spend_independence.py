"""Whether how much goes with how often: asked so that customers for whom it does not are not suspected."""

import math

import attrs
import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from relcore.analytics import GammaGamma, Ledger, Purchases, SpendIndependence
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.oracles.spenders import spenders

TRUTH = GammaGamma(p=1.0, q=4.0, v=30.0)


@pytest.fixture(scope="module")
def purchases():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")
    return ledger.purchases(period="week", until="1997-09-30")


def of(x, mean, **more):
    x = np.asarray(x)
    return Purchases.from_summary(
        frequency=x, recency=np.ones(x.size), age=np.full(x.size, 2.0), mean_spend=mean, period="week", **more
    )


def test_cdnow_is_as_correlated_as_the_paper_says(purchases):
    # Fader, Hardie and Lee 2005, RFM and CLV: 0.11, and 0.06 without one customer of 21 purchases at 300 dollars each.
    found = SpendIndependence.of(purchases)
    assert round(found.pearson.estimate, 2) == 0.11
    outlier = (purchases.frequency == 21) & (purchases.spend / np.maximum(purchases.frequency, 1) > 290)
    assert outlier.sum() == 1
    assert round(SpendIndependence.of(purchases.where(~outlier)).pearson.estimate, 2) == 0.06
    # Normal theory would have been sure of it, for that one customer's sake.
    assert found.pearson.low < 0 < found.pearson.high


def test_correlations_are_those_of_scipy(purchases):
    back = purchases.where(purchases.frequency > 0)
    back = back.where(back.spend > 0)
    found = SpendIndependence.of(purchases)
    mean = back.spend / back.frequency
    assert found.pearson.estimate == pytest.approx(stats.pearsonr(back.frequency, mean).statistic, rel=1e-12)
    ours, theirs = found.spearman, stats.spearmanr(back.frequency, mean)
    assert ours.estimate == pytest.approx(theirs.statistic, rel=1e-12)
    assert math.log(ours.p_value) == pytest.approx(math.log(theirs.pvalue), rel=0.05)
    assert found.customers == len(back) == sum(group.customers for group in found.groups)


def test_the_elasticity_is_the_peak_of_a_pseudo_likelihood_with_the_sandwich_for_its_error(purchases):
    found = SpendIndependence.of(purchases, level=0.9)
    rows = [(x, s / x) for x, s in zip(purchases.frequency, purchases.spend, strict=True) if x > 0]

    def below(theta):
        return sum(
            theta[0] + theta[1] * math.log(x) + m * x ** -theta[1] / math.exp(theta[0]) for x, m in rows
        )

    slow = minimize(
        below, [math.log(35.0), 0.1], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-9}
    ).x
    bread, meat = np.zeros((2, 2)), np.zeros((2, 2))
    for x, m in rows:
        z, share = np.array([1, math.log(x)]), m / math.exp(slow[0]) / x ** slow[1]
        bread += share * np.outer(z, z)
        meat += (share - 1) ** 2 * np.outer(z, z)
    error = math.sqrt(
        (np.linalg.inv(bread) @ meat @ np.linalg.inv(bread))[1, 1] * len(rows) / (len(rows) - 2)
    )
    assert found.elasticity.estimate == pytest.approx(slow[1], abs=1e-6)
    assert found.elasticity.high - found.elasticity.low == pytest.approx(2 * 1.6448536 * error, rel=1e-5)


def test_groups_are_plain_means(purchases):
    found = SpendIndependence.of(purchases)
    assert [(g.lowest, g.highest) for g in found.groups] == [(1, 1), (2, 2), (3, 3), (4, 5), (6, 29)]
    for group in found.groups:
        within = (purchases.frequency >= group.lowest) & (purchases.frequency <= group.highest)
        mean = purchases.spend[within] / purchases.frequency[within]
        assert group.customers == within.sum()
        assert group.mean_spend == pytest.approx(mean.mean(), rel=1e-12)
        assert group.standard_error == pytest.approx(stats.sem(mean), rel=1e-12)
    f = stats.f_oneway(
        *(
            (purchases.spend / np.maximum(purchases.frequency, 1))[
                (purchases.frequency >= g.lowest) & (purchases.frequency <= g.highest)
            ]
            for g in found.groups
        )
    ).statistic
    k, n = len(found.groups), found.customers
    assert found.eta_squared == pytest.approx(f * (k - 1) / (f * (k - 1) + n - k), rel=1e-10)


def alarms(worlds, customers):
    found = [
        SpendIndependence.of(spenders(TRUTH, customers, random=np.random.default_rng(seed)))
        for seed in range(worlds)
    ]
    held = [each.elasticity.low < 0 < each.elasticity.high for each in found]
    rates = {
        name: np.mean([getattr(each, name).p_value < 0.05 for each in found])
        for name in ("elasticity", "spearman")
    }
    return rates | {"held": np.mean(held), "between": np.mean([each.between < 0.05 for each in found])}


def test_unrelated_customers_are_suspected_by_ranks_but_not_by_the_elasticity():
    rates = alarms(100, 2000)
    assert rates["spearman"] > 0.9
    assert rates["elasticity"] < 0.12
    assert rates["held"] > 0.88


@pytest.mark.verify
def test_unrelated_customers_are_suspected_as_seldom_as_promised():
    rates = alarms(2000, 1000)
    assert 0.03 < rates["elasticity"] < 0.07
    assert 0.92 < rates["held"] < 0.98
    assert rates["between"] < 0.09


@pytest.mark.parametrize("truth", [-0.3, 0.3])
def test_customers_who_go_together_are_found(truth):
    rows = spenders(TRUTH, 3000, random=np.random.default_rng(1), elasticity=truth)
    found = SpendIndependence.of(rows)
    assert found.elasticity.low < truth < found.elasticity.high
    assert found.elasticity.p_value < 1e-6
    fit = GammaGamma.fit(rows)
    more = "more" if truth > 0 else "less"
    assert fit.evidence.converged
    assert fit.evidence.remark.startswith(f"who comes more often spends {more} per purchase (p = ")
    assert f"converged: who comes more often spends {more}" in repr(fit)
    assert GammaGamma.from_json(fit.to_json()) == fit


def test_a_fit_to_unrelated_customers_warns_of_nothing():
    rows = spenders(TRUTH, 3000, random=np.random.default_rng(1))
    assert GammaGamma.fit(rows).evidence.remark == ""


def test_what_neither_rises_nor_falls_is_seen_between_the_groups():
    random = np.random.default_rng(2)
    x = random.integers(1, 6, 2000)
    rows = of(x, random.gamma(5.0, 1.0, 2000) * np.where(x == 3, 2.0, 1.0))
    found = SpendIndependence.of(rows)
    assert found.between < 1e-10
    assert found.eta_squared > 0.2


def test_weights_are_customers_and_units_change_nothing():
    random = np.random.default_rng(3)
    x, mean, often = random.integers(1, 8, 200), random.gamma(3.0, 10.0, 200), random.integers(1, 4, 200)
    one = SpendIndependence.of(of(x, mean, weight=often))
    other = SpendIndependence.of(of(np.repeat(x, often), np.repeat(mean, often)))
    dear = SpendIndependence.of(of(x, mean * 1e4, weight=often))
    for name in ("elasticity", "pearson", "spearman"):
        mine = attrs.astuple(getattr(one, name))
        assert mine == pytest.approx(attrs.astuple(getattr(other, name)), rel=1e-9)
        assert mine == pytest.approx(attrs.astuple(getattr(dear, name)), rel=1e-9)
    assert (one.between, one.eta_squared) == pytest.approx((other.between, other.eta_squared), rel=1e-9)


def test_those_who_all_pay_the_same_are_unrelated():
    found = SpendIndependence.of(of([1, 2, 3, 4, 5], np.full(5, 9.9)))
    for measure in (found.elasticity, found.pearson, found.spearman):
        assert abs(measure.estimate) < 1e-12
        assert measure.p_value == 1
    assert (found.between, found.eta_squared) == pytest.approx((1, 0), abs=1e-12)


def test_perfect_order_and_very_few_customers_give_numbers():
    found = SpendIndependence.of(of([1, 2, 4], [10, 20, 40]))
    assert found.elasticity.estimate == pytest.approx(1, rel=1e-9)
    assert found.pearson.estimate == found.pearson.high == pytest.approx(1)
    assert all(math.isinf(group.standard_error) for group in found.groups)
    assert "twice as often goes with 2 times as much per purchase" in repr(found)


def test_what_tells_nothing_is_refused(purchases):
    for rows in (of([2, 2, 2], [1, 2, 3]), of([1, 2], [1, 2]), of([], []), of([1, 2, 3], [0, 0, 3])):
        with pytest.raises(Invalid, match="must hold three customers of different frequency"):
            SpendIndependence.of(rows)
    with pytest.raises(Invalid, match="spend must be known"):
        SpendIndependence.of(purchases.histories())
    with pytest.raises(Invalid, match="level must lie in"):
        SpendIndependence.of(purchases, level=95)


def test_it_is_a_value_and_shows_itself_as_a_table(purchases):
    found = SpendIndependence.of(purchases)
    assert SpendIndependence.from_json(found.to_json()) == found
    lines = repr(found).splitlines()
    assert lines[0] == "Spend and frequency of 946 customers who came back"
    assert lines[1] == "twice as often goes with 1.09 times as much per purchase (p = 0.012)"
    assert lines[-1].split() == ["6", "to", "29", "93", "41.46", "3.60"]
