"""Futures in context: as worth as the integral says they are, and no purchase but where the clock of buying runs."""

import attrs
import numpy as np
import pytest

from relcore.analytics import GammaGamma, ParetoNBDInContext, value_futures
from relcore.analytics._numerics.pieces import running
from relcore.analytics.lifetime_value.futures_in_context import ActingInContext, Course
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.context_cases import ROWS, TRUTH, drawn, histories, shop


class OneEach:
    """Every purchase is one of whatever money is."""

    def draws(self, n, *, random):
        return iter([self] * n)

    def amounts_drawn(self, purchases, who, *, random):
        return np.ones(who.size)


@pytest.fixture(scope="module")
def fitted():
    context, _ = shop(31, 300)
    return ParetoNBDInContext.fit(context, buying=["season", "price"], leaving=["price"]), context


def sure(model):
    k = len(model.coordinates())
    covariance = tuple(map(tuple, (np.eye(k) * 1e-18).tolist()))
    return attrs.evolve(model, evidence=attrs.evolve(model.evidence, covariance=covariance))


@pytest.mark.parametrize("discount", [0.0, 10.0, 1e4])
def test_a_mean_over_futures_is_the_discounted_sum_that_the_integral_gives(fitted, discount):
    model, context = fitted
    told, random = sure(model).given(context), np.random.default_rng(3)

    worth = value_futures(
        told, OneEach(), context.purchases, horizon=26, discount=discount, draws=300, random=random
    )

    totals = worth.outcomes.sum(axis=1)
    exact = model.discounted_purchases(context, horizon=26, discount=discount).sum()
    assert totals.mean() == pytest.approx(exact, abs=4 * totals.std() / np.sqrt(300))
    assert totals.std() / np.sqrt(300) < 0.01 * exact


def test_the_whole_future_has_a_value_where_what_holds_last_holds_for_ever(fitted):
    model, context = fitted
    random = np.random.default_rng(4)
    asked = {"horizon": np.inf, "discount": 0.5, "draws": 200, "random": random}

    worth = value_futures(
        sure(model).given(context.held()), OneEach(), context.purchases, **asked
    ).outcomes.sum(axis=1)

    exact = model.discounted_purchases(context.held(), horizon=np.inf, discount=0.5).sum()
    assert worth.mean() == pytest.approx(exact, abs=4 * worth.std() / np.sqrt(200))
    with pytest.raises(Invalid, match="what is known of the covariates"):
        value_futures(model.given(context), OneEach(), context.purchases, **asked)


@pytest.mark.parametrize("seed", range(5))
def test_moments_are_those_of_a_clock_that_is_read_backwards(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 6, 20)
    owner = np.repeat(np.arange(20), sizes)
    stays, speed = random.uniform(0.1, 3, owner.size), np.exp(random.normal(0, 6, owner.size))
    before, within = running(stays[None], owner, 20)
    passed, clock = running((stays * speed)[None], owner, 20)
    course = Course(owner, before[0], speed, passed[0], clock[0], within[0])
    count = random.integers(0, 5, 20)
    who = np.repeat(np.arange(20), count)

    shares = course.shares(count, who, np.random.default_rng(seed + 100))

    at = np.random.default_rng(seed + 100).random(who.size) * clock[0][who]
    for share, i, shown in zip(shares, who, at, strict=True):
        times = np.append(0.0, np.cumsum(stays[owner == i]))
        shows = np.append(0.0, np.cumsum((stays * speed)[owner == i]))
        assert share * within[0][i] == pytest.approx(np.interp(shown, shows, times), abs=1e-9)


def test_nobody_buys_after_leaving():
    random = np.random.default_rng(7)
    context = histories(list(drawn(random, ROWS)), ROWS)
    model = ParetoNBDInContext(5, 0.1, 0.3, 2.0, buying={"a": 3}, leaving={"b": 2}, period="week")

    for _ in range(50):
        stay = ActingInContext.of(model, context).stay_drawn(context.purchases, 40.0, random)
        who = np.repeat(np.arange(len(context)), stay.count)
        moments = stay.moments(who, random)
        assert (moments >= 0).all()
        assert (moments <= stay.within[who]).all()
        assert (stay.within <= 40 * (1 + 1e-12)).all()


def test_amounts_and_purchases_are_drawn_together(fitted):
    model, context = fitted
    random = np.random.default_rng(5)
    purchases = context.purchases
    spends = random.gamma(6.0, 4.0, len(purchases))
    paid = attrs.evolve(
        purchases,
        spend=purchases.frequency * spends,
    )
    spend = GammaGamma.fit(paid)

    worth = value_futures(
        model.given(context), spend, paid, horizon=26, discount=0.1, margin=0.4, draws=200, random=random
    )

    interval = worth.interval(np.sum)
    assert 0 < interval.low < interval.estimate < interval.high
    with pytest.raises(NoEvidence):
        value_futures(TRUTH.given(context), spend, paid, horizon=26, discount=0.1, random=random)
    some = paid.where(paid.frequency > 0)
    fewer = value_futures(model.given(context), spend, some, horizon=26, discount=0.1, draws=2, random=random)
    assert fewer.outcomes.shape == (2, len(some))
    alike = attrs.evolve(paid, weight=np.full(len(paid), 2.0))
    with pytest.raises(Invalid, match="one row per customer"):
        value_futures(model.given(context), spend, alike, horizon=26, discount=0.1, random=random)
