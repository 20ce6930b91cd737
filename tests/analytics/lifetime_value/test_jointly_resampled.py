"""Other samples of customers, for how often and how much at once."""

import attrs
import numpy as np
import pytest

from relcore.analytics import (
    BetaGeoNBD,
    GammaGamma,
    PlainNBD,
    Prior,
    Purchases,
    joint_bootstrap,
    joint_interval,
)
from relcore.kernel.errors import Invalid, NoEvidence
from tests.oracles.shoppers import shoppers

OFTEN = PlainNBD(r=0.8, alpha=10.0, period="week")


def customers(n, elasticity, seed):
    """Who buy as `OFTEN` says and spend more the more often they buy, if the elasticity is > 0."""
    random = np.random.default_rng(seed)
    history, _ = shoppers(OFTEN, n, ahead=1.0, random=random)
    x = history.frequency
    nu = random.gamma(4.0, 1 / 30.0, n) / np.maximum(x, 1) ** elasticity
    mean = np.where(x > 0, random.gamma(np.maximum(2.5 * x, 1e-9)) / nu / np.maximum(x, 1), 0.0)
    return Purchases.from_summary(
        frequency=x, recency=history.recency, age=history.age, mean_spend=mean, period="week"
    )


def worth(rows):
    def asked(often, much):
        return (often.expected_purchases(rows, horizon=52) * much.expected_spend(rows)).sum()

    return asked


def test_where_how_often_and_how_much_are_unrelated_both_ways_are_as_sure():
    rows = customers(2000, 0.0, seed=1)
    often, much = PlainNBD.fit(rows), GammaGamma.fit(rows)
    asked = worth(rows)
    sure = joint_interval(asked, often, much, level=0.8)
    random = np.random.default_rng(1)
    found = joint_bootstrap(often, much, rows, draws=400, random=random).interval(asked, level=0.8)
    assert found.estimate == pytest.approx(sure.estimate, rel=1e-14)
    assert (found.high - found.low) / (sure.high - sure.low) == pytest.approx(1.0, abs=0.2)


def test_where_they_go_together_the_errors_do_as_well():
    rows = customers(2000, 0.8, seed=2)
    often, much = PlainNBD.fit(rows), GammaGamma.fit(rows)
    pairs = joint_bootstrap(often, much, rows, draws=600, random=np.random.default_rng(2)).pairs
    rate = [m.r / m.alpha for m, _ in pairs]
    newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], mean_spend=[0], period="week")
    mean = [float(s.expected_spend(newcomer)[0]) for _, s in pairs]
    assert np.corrcoef(rate, mean)[0, 1] > 0.1


def test_a_pair_is_where_each_goes_alone_with_the_same_customers():
    rows = customers(500, 0.0, seed=3)
    often, much = PlainNBD.fit(rows), GammaGamma.fit(rows)
    pairs = joint_bootstrap(often, much, rows, draws=5, random=np.random.default_rng(3)).pairs
    alone = much.bootstrap(rows, draws=5, random=np.random.default_rng(3)).models
    assert [s.p for _, s in pairs] == pytest.approx([s.p for s in alone], rel=1e-9)


def test_priors_are_kept():
    rows = customers(80, 0.0, seed=4)
    guess = BetaGeoNBD(r=0.8, alpha=10.0, a=0.3, b=3.0, period="week")
    often = BetaGeoNBD.fit(rows, prior=Prior.around(guess, factor=1.5))
    much = GammaGamma.fit(rows, prior=Prior.around(GammaGamma(p=2.5, q=4, v=30), factor=1.5))
    random = np.random.default_rng(4)
    pairs = joint_bootstrap(often, much, rows, draws=50, random=random).pairs
    assert np.std(np.log([m.b for m, _ in pairs])) < np.log(1.5)
    climbed = often.refits(rows, draws=3, random=random).models
    assert all(m.evidence.prior == often.evidence.prior for m in climbed)
    assert much.refits(rows, draws=1, random=random).models[0].evidence.prior == much.evidence.prior


def test_it_needs_the_purchases_of_both_fits():
    rows = customers(500, 0.0, seed=5)
    often, much = PlainNBD.fit(rows), GammaGamma.fit(rows)
    some, random = rows.where(np.arange(500) < 200), np.random.default_rng(5)
    for pair in ((often, GammaGamma.fit(some)), (PlainNBD.fit(some), much)):
        with pytest.raises(Invalid, match="must be those of which the model is the best of its kind"):
            joint_bootstrap(*pair, rows, random=random)
    with pytest.raises(NoEvidence):
        joint_bootstrap(OFTEN, much, rows, random=random)
    with pytest.raises(Invalid, match="draws must be at least 1"):
        joint_bootstrap(often, much, rows, draws=0, random=random)
    with pytest.raises(Invalid, match="spend must be known"):
        joint_bootstrap(often, much, attrs.evolve(rows, spend=None), random=random)
    found = joint_bootstrap(often, much, rows, draws=2, random=random)
    assert repr(found) == "JointlyResampled PlainNBD and GammaGamma, 2 times"
