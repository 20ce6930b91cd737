"""What every model can be asked, under the same names and with the same meaning."""

import math

import numpy as np
import pytest

from relcore.analytics import (
    BetaGeoCNBD,
    BetaGeoNBD,
    GammaGompertzNBD,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    PlainNBD,
    Purchases,
    Span,
)
from relcore.kernel.errors import Invalid

MODELS = [
    PlainNBD(r=0.385, alpha=12.07, period="week"),
    BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week"),
    ModifiedBetaGeoNBD(r=0.525, alpha=6.183, a=0.891, b=1.614, period="week"),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, period="week"),
    GammaGompertzNBD(r=0.553, alpha=10.578, b=0.05, s=0.6, beta=2.0, period="week"),
    BetaGeoCNBD(k=2, r=0.227, alpha=1.463, a=0.944, b=2.074, period="week"),
    ModifiedBetaGeoCNBD(k=3, r=0.533, alpha=1.258, a=1.289, b=1.845, period="week"),
]
each = pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)


def some(period="week"):
    return Purchases.from_summary(
        frequency=[0, 2, 26, 2],
        recency=[0, 30.43, 30.86, 30.43],
        age=[38.86, 38.86, 31, 38.86],
        period=period,
    )


@each
def test_who_is_alive_later_is_alive_now(model):
    now, soon, later = (model.probability_alive(some(), ahead=t) for t in (0, 10, Span(10, "year")))
    assert now.tolist() == model.probability_alive(some()).tolist()
    assert (later <= soon).all()
    assert (soon <= now).all()
    if not isinstance(model, PlainNBD):
        assert (later < 0.8 * now).all()


@each
def test_purchases_come_from_those_who_are_alive_to_make_them(model):
    # d E / dt at t: nobody can buy faster than if all who are alive kept the mean rate of the living now, and each tick of
    # those who buy at every k-th were a purchase.
    expected = [model.expected_purchases(some(), horizon=t) for t in (39, 39 + 1e-3)]
    flow = (expected[1] - expected[0]) / 1e-3
    k = getattr(model, "k", 1)
    ceiling = (model.r + k * some().frequency + k - 1) / (model.alpha + some().age)
    assert (flow <= model.probability_alive(some(), ahead=39) * ceiling * (1 + 1e-6)).all()


@each
def test_none_and_some_are_all_there_is(model):
    chances = [model.probability_of_none(some(), horizon=t) for t in (0, 1e-6, 39, 1e6)]
    assert chances[0] == pytest.approx(np.ones(4), abs=1e-15)
    # In a moment there is one purchase or none.
    assert 1 - chances[1] == pytest.approx(model.expected_purchases(some(), horizon=1e-6), rel=1e-4)
    # By Markov's inequality.
    assert (1 - chances[2] <= model.expected_purchases(some(), horizon=39)).all()
    assert (chances[3] >= 1 - model.probability_alive(some()) - 1e-12).all()


def test_no_purchase_given_one_purchase_only():
    # Recomputed; packages that leave out that a one-time buyer is alive answer 0.9266.
    model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    once = Purchases.from_summary(frequency=[0], recency=[0], age=[38.86], period="week")
    assert model.probability_of_none(once, horizon=39)[0] == pytest.approx(0.85544946, abs=5e-9)
    # lifetimes' tests, from BTYD.pdf.
    newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")
    assert model.probability_of_none(newcomer, horizon=39)[0] == pytest.approx(0.5737864, abs=5e-8)


@each
def test_simulated_customers_do_what_the_model_says(model):
    random = np.random.default_rng(6)
    x, recency, age, ahead, n = 2, 30.43, 38.86, 30.0, 200_000
    rate = random.gamma(model.r + x, 1 / (model.alpha + age), n)
    row = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")
    leaves = np.full(n, math.inf)
    bought = np.zeros(n)
    if isinstance(model, ParetoNBD):
        leaves = random.exponential(1 / random.gamma(model.s, 1 / (model.beta + age), n))
    if isinstance(model, GammaGompertzNBD):
        now = 1 + (model.beta - 1) * math.exp(-model.b * age)
        leaves = np.log1p(random.exponential(1, n) / random.gamma(model.s, 1 / now, n)) / model.b
    if isinstance(model, PlainNBD | ParetoNBD | GammaGompertzNBD):
        bought = random.poisson(rate * np.minimum(leaves, ahead))
    else:
        p = random.beta(model.a, model.b + model.chances_to_leave(x), n)
        clock, k, heard = np.zeros(n), getattr(model, "k", 1), 0
        if k > 1:
            # How many ticks fell into the silence, if fewer than made a purchase.
            silence = (age - recency) / (model.alpha + age)
            weights = [math.gamma(model.r + k * x + j) / math.factorial(j) * silence**j for j in range(k)]
            heard = random.choice(k, n, p=np.array(weights) / sum(weights))
            rate = random.gamma(model.r + k * x + heard, 1 / (model.alpha + age))
        for m in range(60):
            clock = clock + random.gamma(k - heard if m == 0 else k, 1 / rate, n)
            buys = (clock <= ahead) & np.isinf(leaves)
            bought = bought + buys
            leaves = np.where(buys & (random.random(n) < p), clock, leaves)
    alive = random.random(n) < model.probability_alive(row)[0]

    assert model.expected_purchases(row, horizon=ahead)[0] == pytest.approx((bought * alive).mean(), rel=0.02)
    assert model.probability_alive(row, ahead=ahead)[0] == pytest.approx(
        (alive & (leaves > ahead)).mean(), abs=0.006
    )
    assert model.probability_of_none(row, horizon=ahead)[0] == pytest.approx(
        (bought * alive == 0).mean(), abs=0.006
    )


@each
def test_what_is_far_off_is_worth_less_and_finite_sums_grow_to_the_infinite_one(model):
    sums = [
        model.discounted_purchases(some(), horizon=Span(y, "year"), discount=0.1) for y in (0, 1, 10, 200)
    ]
    whole = model.discounted_purchases(some(), horizon=math.inf, discount=0.1)
    assert sums[0].tolist() == [0, 0, 0, 0]
    assert (sums[1] < sums[2]).all()
    assert (sums[2] < whole).all()
    assert sums[3] == pytest.approx(whole, rel=1e-6)
    plain = model.discounted_purchases(some(), horizon=39, discount=0)
    assert plain == pytest.approx(model.expected_purchases(some(), horizon=39), rel=1e-14)
    assert (sums[1] < model.expected_purchases(some(), horizon=Span(1, "year"))).all()


@each
def test_purchases_in_another_unit_and_impossible_times_are_refused(model):
    for ask in (
        lambda rows: model.probability_alive(rows),
        lambda rows: model.expected_purchases(rows, horizon=1),
        lambda rows: model.probability_of_none(rows, horizon=1),
        lambda rows: model.discounted_purchases(rows, horizon=1, discount=0.1),
        lambda rows: model.log_likelihood(rows),
    ):
        with pytest.raises(Invalid, match="period of the purchases must be the model's, week, got 'day'"):
            ask(some("day"))
    for bad in (-1, math.nan, math.inf):
        with pytest.raises(Invalid, match="horizon must be"):
            model.probability_of_none(some(), horizon=bad)
        with pytest.raises(Invalid, match="horizon must be"):
            model.probability_alive(some(), ahead=bad)


@each
def test_answers_cannot_be_written_to_and_do_not_depend_on_who_else_is_asked_about(model):
    for ask in (
        lambda rows: model.probability_alive(rows, ahead=3),
        lambda rows: model.expected_purchases(rows, horizon=3),
        lambda rows: model.probability_of_none(rows, horizon=3),
        lambda rows: model.discounted_purchases(rows, horizon=math.inf, discount=0.1),
    ):
        together = ask(some())
        assert not together.flags.writeable
        alone = [ask(some().where(np.arange(4) == n))[0] for n in range(4)]
        assert together.tolist() == pytest.approx(alone, rel=1e-14)


@each
def test_many_who_are_alike_are_told_what_each_of_them_is_told_alone(model):
    one_each = Purchases.from_summary(
        frequency=[0, 2, 26, 2], recency=[0, 30 / 7, 30, 9], age=[38, 38, 31, 38], period="week"
    )
    order = np.random.default_rng(1).integers(0, 4, 20_000)
    columns = (one_each.frequency, one_each.recency, one_each.age)
    crowd = Purchases.from_summary(
        **dict(zip(("frequency", "recency", "age"), (c[order] for c in columns), strict=True)), period="week"
    )

    def answers(rows):
        return [
            model.probability_alive(rows),
            model.probability_alive(rows, ahead=5),
            model.expected_purchases(rows, horizon=39),
            model.probability_of_none(rows, horizon=39),
            model.discounted_purchases(rows, horizon=39, discount=0.1),
        ]

    for alone, together in zip(answers(one_each), answers(crowd), strict=True):
        np.testing.assert_allclose(together, alone[order], rtol=1e-12)
        assert not together.flags.writeable
