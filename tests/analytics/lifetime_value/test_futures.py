"""What customers may do: futures that are drawn, beside the distribution that they are drawn from, and beside what happens."""

import math

import attrs
import numpy as np
import pytest

from relcore.analytics import (
    BetaGeoBetaBernoulli,
    BetaGeoCNBD,
    BetaGeoNBD,
    Evidence,
    GammaGamma,
    GammaGompertzNBD,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    Occasions,
    ParetoNBD,
    PlainNBD,
    Purchases,
    Span,
    customer_value,
    joint_interval,
    value_futures,
)
from relcore.analytics.lifetime_value.futures import Futures
from relcore.kernel.errors import Invalid, NoEvidence
from tests.oracles.shoppers import shoppers


def known(model):
    """The model as if its parameters were known to seven digits."""
    k = len(model.parameters())
    covariance = tuple(tuple(1e-14 * (i == j) for j in range(k)) for i in range(k))
    return attrs.evolve(model, evidence=Evidence(covariance, 0.0, 1.0, 0.0, converged=True))


MODELS = [
    PlainNBD(r=0.385, alpha=12.07, period="week"),
    BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week"),
    ModifiedBetaGeoNBD(r=0.525, alpha=6.183, a=0.891, b=1.614, period="week"),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, period="week"),
    GammaGompertzNBD(r=0.553, alpha=10.578, b=0.05, s=0.6, beta=1.5, period="week"),
    BetaGeoCNBD(k=2, r=0.227, alpha=1.463, a=0.944, b=2.074, period="week"),
    ModifiedBetaGeoCNBD(k=3, r=3.0, alpha=14.0, a=1.289, b=4.0, period="week"),
]
each = pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
SPEND = GammaGamma(p=6.25, q=3.74, v=15.44)


def one_customer_many_times(n):
    return Purchases.from_summary(
        frequency=[2] * n, recency=[30.43] * n, age=[38.86] * n, mean_spend=[22.35] * n, period="week"
    )


@each
def test_the_share_of_futures_with_a_number_of_purchases_is_its_chance(model):
    n = 100_000
    rows = one_customer_many_times(n)
    made = known(model).futures(rows, horizon=39, draws=1, random=np.random.default_rng(3)).outcomes[0]
    one = one_customer_many_times(1)
    for count in range(8):
        chance = model.probability_of_exactly(one, count, horizon=39)[0]
        assert (made == count).mean() == pytest.approx(chance, abs=4 * math.sqrt(chance / n))


def test_occasions_to_come_are_taken_as_often_as_they_should_be():
    n, model = 100_000, BetaGeoBetaBernoulli(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78, period="month")
    rows, one = (
        Occasions.from_summary(frequency=[2] * m, recency=[4] * m, age=[6] * m, period="month")
        for m in (n, 1)
    )
    made = known(model).futures(rows, horizon=5, draws=1, random=np.random.default_rng(3)).outcomes[0]
    for count in range(7):
        chance = model.probability_of_exactly(one, count, horizon=5)[0]
        assert (made == count).mean() == pytest.approx(chance, abs=4 * math.sqrt(chance / n))
    with pytest.raises(Invalid, match="one row per customer"):
        known(model).futures(rows.collapse().rows, horizon=5, random=np.random.default_rng(1))
    with pytest.raises(NoEvidence):
        model.futures(one, horizon=5, random=np.random.default_rng(1))


def test_regular_customers_buy_at_the_beat_of_their_clock():
    # A purchase every ten weeks, give or take a seventh, the last of them nine weeks ago: 1, 11, 21, ... weeks from now.
    model = BetaGeoCNBD(k=50, r=5e4, alpha=1e4, a=1e-3, b=9.0, period="week")
    rows = Purchases.from_summary(
        frequency=[5] * 4000, recency=[50.0] * 4000, age=[59.0] * 4000, period="week"
    )
    stay = model.stay_drawn(rows, 25.0, np.random.default_rng(7))
    who = np.repeat(np.arange(4000), stay.count)
    at = stay.moments(who, np.random.default_rng(8))
    first = np.append(0, np.cumsum(stay.count)[:-1])

    assert set(stay.count.tolist()) <= {1, 2, 3, 4}
    # Of the first we know that it did not come before now.
    gap = 10 * np.random.default_rng(9).gamma(50, 1 / 50, 400_000)
    assert at[first].mean() == pytest.approx(gap[gap > 9].mean() - 9, rel=0.05)
    between = np.diff(at)[np.diff(who) == 0]
    assert (between > 0).all()
    assert np.median(between) == pytest.approx(10, rel=0.05)


@each
@pytest.mark.parametrize("horizon", [39, math.inf])
def test_amounts_come_when_they_come_and_are_worth_what_they_are_worth_then(model, horizon):
    n = 100_000
    if horizon == math.inf and isinstance(model, PlainNBD):
        n = 2_000  # who never leaves buys for hundreds of years
    rows, one = one_customer_many_times(n), one_customer_many_times(1)
    worth = value_futures(
        known(model),
        known(SPEND),
        rows,
        horizon=horizon,
        discount=0.5,
        draws=1,
        random=np.random.default_rng(4),
    ).outcomes[0]
    value = customer_value(model, SPEND, one, horizon=horizon, discount=0.5)[0]
    assert worth.mean() == pytest.approx(value, abs=4 * worth.std() / math.sqrt(n))


def test_an_interval_is_made_of_outcomes_and_knows_sums():
    outcomes = np.array([[0.0, 5.0], [1.0, 3.0], [2.0, 4.0], [3.0, 1.0], [9.0, 2.0]])
    futures = Futures(np.array([7, 8]), outcomes)

    own, total = futures.interval(level=0.6), futures.interval(np.sum, level=0.6)

    assert own.estimate.tolist() == [3, 3]
    assert own.low.tolist() == [0, 1]
    assert own.high.tolist() == [3, 4]
    # The sums are 5, 4, 6, 4, 11.
    assert (float(total.estimate), float(total.low), float(total.high)) == (6, 4, 6)
    assert repr(futures) == "Futures of 2 customers, 5 of them"


def test_the_same_seed_draws_the_same_futures():
    rows = one_customer_many_times(50)
    model = known(MODELS[1])
    drawn = [
        model.futures(
            rows, horizon=Span(9, "month"), draws=3, random=np.random.default_rng(seed)
        ).outcomes.tolist()
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_margin_leaves_a_part_of_what_each_customer_pays_in_every_future():
    rows = one_customer_many_times(50)
    margins = np.linspace(0.1, 1.0, 50)

    revenue, profit = (
        value_futures(
            known(MODELS[1]),
            known(SPEND),
            rows,
            horizon=20,
            discount=0.1,
            draws=2,
            random=np.random.default_rng(1),
            **margin,
        ).outcomes
        for margin in ({}, {"margin": margins})
    )

    assert revenue.any()
    assert profit == pytest.approx(margins * revenue)


def test_what_is_not_known_of_the_parameters_moves_all_customers_together():
    rows = one_customer_many_times(400)
    sure = known(MODELS[3])
    wide = tuple(tuple(0.2**2 * (i == j) for j in range(4)) for i in range(4))
    unsure = attrs.evolve(sure, evidence=attrs.evolve(sure.evidence, covariance=wide))
    widths = []
    for model in (sure, unsure):
        total = model.futures(rows, horizon=39, draws=300, random=np.random.default_rng(5)).interval(np.sum)
        widths.append(float(total.high - total.low))
    assert widths[1] > 1.5 * widths[0]


def test_futures_need_a_row_for_each_customer_and_a_model_that_knows_how_sure_it_is():
    rows, random = one_customer_many_times(3), np.random.default_rng(1)
    with pytest.raises(NoEvidence):
        MODELS[1].futures(rows, horizon=1, random=random)
    with pytest.raises(Invalid, match="one row per customer"):
        known(MODELS[1]).futures(rows.collapse().rows, horizon=1, random=random)
    with pytest.raises(Invalid, match="draws must be at least 1"):
        known(MODELS[1]).futures(rows, horizon=1, draws=0, random=random)
    with pytest.raises(Invalid, match="discount must be > 0"):
        value_futures(known(MODELS[1]), known(SPEND), rows, horizon=math.inf, discount=0, random=random)
    with pytest.raises(Invalid, match="level must lie in"):
        known(MODELS[1]).futures(rows, horizon=1, draws=2, random=random).interval(level=1.0)


def covered(model, worlds, customers, draws):
    """The share of worlds in which the total of the hold-out lies in the 95 % interval of a model fitted before it."""
    random = np.random.default_rng(11)
    inside, fitted = 0, 0
    for _ in range(worlds):
        history, made = shoppers(model, customers, ahead=20.0, random=random)
        fit = type(model).fit(history)
        if fit.evidence.covariance is None:
            continue
        fitted += 1
        total = fit.futures(history, horizon=20.0, draws=draws, random=random).interval(np.sum)
        inside += bool(total.low <= made.sum() <= total.high)
    assert fitted > 0.9 * worlds
    return inside / fitted


TRUTHS = [
    PlainNBD(r=0.8, alpha=10.0, period="week"),
    BetaGeoNBD(r=0.8, alpha=5.0, a=0.9, b=2.5, period="week"),
    ModifiedBetaGeoNBD(r=0.8, alpha=5.0, a=0.9, b=2.5, period="week"),
    ParetoNBD(r=0.8, alpha=5.0, s=0.9, beta=20.0, period="week"),
]


def test_what_happens_lies_in_the_interval_about_as_often_as_it_says():
    # Thirty worlds: by chance alone 95 % come out below 80 % once in three thousand times.
    assert covered(TRUTHS[1], 30, 400, 80) >= 0.8


@pytest.mark.verify
@pytest.mark.parametrize("model", TRUTHS, ids=lambda m: type(m).__name__)
def test_ninety_five_percent_of_what_happens_lies_in_the_intervals_of_95_percent(model):
    assert 0.92 <= covered(model, 400, 800, 400) <= 0.98


@pytest.mark.verify
def test_what_customers_spend_lies_in_the_intervals_as_well():
    random, truth = np.random.default_rng(12), GammaGamma(p=4.0, q=4.0, v=20.0)
    inside = []
    for _ in range(400):
        history, made = shoppers(TRUTHS[1], 800, ahead=20.0, random=random)
        scale = random.gamma(truth.q, 1 / truth.v, 800)
        spend = random.gamma(np.maximum(truth.p * history.frequency, 1e-9)) / scale
        rows = attrs.evolve(history, spend=np.where(history.frequency > 0, spend, 0.0))
        model, amounts = BetaGeoNBD.fit(rows), GammaGamma.fit(rows)
        if model.evidence.covariance is None or amounts.evidence.covariance is None:
            continue
        worth = value_futures(model, amounts, rows, horizon=20.0, discount=0.0, draws=400, random=random)
        spent = (random.gamma(np.maximum(truth.p * made, 1e-9)) / scale)[made > 0].sum()
        total = worth.interval(np.sum)
        inside.append(bool(total.low <= spent <= total.high))
    assert len(inside) > 360
    assert 0.92 <= np.mean(inside) <= 0.98


# --- two models at once ---


def two_fits():
    history, _ = shoppers(TRUTHS[1], 500, ahead=1.0, random=np.random.default_rng(2))
    mean = np.random.default_rng(3).gamma(4.0, 5.0, len(history))
    rows = attrs.evolve(history, spend=np.where(history.frequency > 0, history.frequency * mean, 0.0))
    return BetaGeoNBD.fit(rows), GammaGamma.fit(rows), rows


def test_the_errors_of_both_models_add_up_in_a_value():
    model, spend, rows = two_fits()
    rows = rows.where(np.arange(len(rows)) < 12)
    value = joint_interval(
        lambda often, much: customer_value(often, much, rows, horizon=52, discount=0.1), model, spend
    )
    count = model.interval(lambda m: m.discounted_purchases(rows, horizon=52, discount=0.1))
    amount = spend.interval(lambda m: m.expected_spend(rows))

    width = [np.log(some.high / some.estimate) for some in (value, count, amount)]

    assert value.estimate == pytest.approx(
        customer_value(model, spend, rows, horizon=52, discount=0.1), rel=1e-14
    )
    # A product: its logarithm has the sum of both errors, which are independent.
    assert width[0] == pytest.approx(np.hypot(width[1], width[2]), rel=1e-6)


def test_the_joint_interval_is_about_as_wide_as_draws_from_both():
    model, spend, rows = two_fits()
    rows, random = rows.where(np.arange(len(rows)) < 100), np.random.default_rng(8)
    value = joint_interval(
        lambda often, much: customer_value(often, much, rows, horizon=52, discount=0.0).sum(),
        model,
        spend,
        level=0.8,
    )
    drawn = [
        customer_value(often, much, rows, horizon=52, discount=0.0).sum()
        for often, much in zip(model.draws(200, random=random), spend.draws(200, random=random), strict=True)
    ]
    low, high = np.quantile(drawn, [0.1, 0.9])
    assert value.high - value.low == pytest.approx(high - low, rel=0.25)


def test_a_model_without_evidence_makes_no_joint_interval():
    model, _, rows = two_fits()
    rows = rows.where(np.arange(len(rows)) < 2)
    with pytest.raises(NoEvidence):
        joint_interval(lambda m, s: customer_value(m, s, rows, horizon=52, discount=0.1), model, SPEND)
