"""How many purchases come, and when the next one: the whole distribution, of every model."""

import math

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from tests.oracles import aging, buy_till_you_die, condensed
from tests.oracles import purchase_counts as oracle

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
        frequency=[0, 0, 2, 26, 5],
        recency=[0, 0, 30.43, 30.86, 2],
        age=[0, 38.86, 38.86, 31, 38.86],
        period=period,
    )


def distribution(model):
    """The chances (700, 5) of each number of purchases, of the five customers."""
    rows = np.tile(np.arange(5), 700)
    several = Purchases.from_summary(
        frequency=some().frequency[rows], recency=some().recency[rows], age=some().age[rows], period="week"
    )
    return model.probability_of_exactly(several, np.repeat(np.arange(700), 5), horizon=39).reshape(700, 5)


@each
def test_all_numbers_together_are_certain_and_their_mean_is_what_is_expected(model):
    chances = distribution(model)
    assert (chances >= 0).all()
    assert chances.sum(axis=0) == pytest.approx(np.ones(5), abs=1e-12)
    mean = np.arange(700) @ chances
    assert mean == pytest.approx(model.expected_purchases(some(), horizon=39), rel=1e-10)


@each
def test_at_least_is_the_sum_of_what_is_exactly(model):
    chances = distribution(model)
    for k in (0, 1, 2, 7, 40):
        at_least = model.probability_of_purchases(some(), at_least=k, horizon=39)
        assert at_least == pytest.approx(chances[k:].sum(axis=0), rel=1e-9)
    none = model.probability_of_none(some(), horizon=39)
    assert none == pytest.approx(chances[0], rel=1e-12)


def test_published_chances_of_a_newcomer():
    # Printed in the tests of lifetimes, from BTYD's walkthrough: r, alpha, a, b of the paper.
    model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")
    printed = [
        0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638,
        0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260,
    ]  # fmt: skip
    found = [model.probability_of_exactly(newcomer, k, horizon=30)[0] for k in range(11, 21)]
    assert found == pytest.approx(printed, abs=6e-11)
    assert model.probability_of_exactly(newcomer, 10, horizon=2)[0] == pytest.approx(1.07869e-7, rel=1e-5)
    assert model.probability_of_exactly(newcomer, 0, horizon=39)[0] == pytest.approx(0.5737864, abs=5e-8)


@pytest.mark.parametrize(
    ("shapes", "ahead", "count"),
    [
        ((0.243, 4.414, 0.793, 2.426), 39, 0),
        ((0.01, 0.01, 0.01, 0.01), 2000, 3),
        ((8000, 8000, 8000, 8000), 20, 25),
        ((0.01, 8000, 8000, 0.01), 1, 1),
        ((5, 0.5, 1, 300), 200, 500),
    ],
    ids=str,
)
def test_beta_geometric_chances_beside_sixty_digits(shapes, ahead, count):
    model = BetaGeoNBD(*shapes, period="week")
    newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")
    exact = buy_till_you_die.probability_of_purchases(*shapes, ahead, count)
    assert model.probability_of_exactly(newcomer, count, horizon=ahead)[0] == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("shapes", "x", "age", "ahead", "count"),
    [
        ((0.553, 10.578, 0.606, 11.669), 0, 0, 39, 0),
        ((0.553, 10.578, 0.606, 11.669), 26, 31, 39, 17),
        ((0.553, 11, 1, 11), 2, 30, 5, 4),
        ((0.01, 20, 0.01, 0.5), 0, 0, 30, 2),
        ((100, 500, 40, 900), 60, 500, 300, 30),
        ((0.5, 0.1, 3000, 8000), 5, 1, 0.3, 9),
    ],
    ids=str,
)
def test_pareto_chances_beside_the_appell_function(shapes, x, age, ahead, count):
    model = ParetoNBD(*shapes, period="week")
    history = Purchases.from_summary(frequency=[x], recency=[age if x else 0], age=[age], period="week")
    r, alpha, s, beta = shapes
    exact = oracle.exactly_until_leaving(r + x, alpha + age, s, beta + age, ahead, count)
    alive = model.probability_alive(history)[0]
    exact = alive * exact + (1 - alive if count == 0 else 0)
    found = model.probability_of_exactly(history, count, horizon=ahead)[0]
    assert found == pytest.approx(exact, rel=1e-11)


@each
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_history_and_no_count_gives_anything_but_a_chance(model, data):
    shape = st.floats(0.01, 8000)
    names = list(model.parameters())
    wild = attrs.evolve(model, **{name: data.draw(shape) for name in names})
    x, age = data.draw(st.integers(0, 3000)), data.draw(st.floats(0.01, 2000))
    recency = data.draw(st.floats(0.001, 1)) * age if x else 0.0
    history = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")
    ahead, count = data.draw(st.floats(1e-6, 1e6)), data.draw(st.integers(0, 3000))
    exactly = wild.probability_of_exactly(history, count, horizon=ahead)[0]
    at_least = [wild.probability_of_purchases(history, at_least=count + n, horizon=ahead)[0] for n in (0, 1)]
    assert 0 <= exactly <= 1
    assert at_least[0] - at_least[1] == pytest.approx(exactly, rel=1e-8, abs=1e-9)
    assert count > 0 or wild.probability_of_none(history, horizon=ahead)[0] == pytest.approx(
        exactly, abs=1e-9
    )


@pytest.mark.parametrize("kind", [BetaGeoCNBD, ModifiedBetaGeoCNBD])
@pytest.mark.parametrize(
    ("values", "history", "ahead", "count"),
    [
        ((2, 0.227, 1.463, 0.944, 2.074), (0, 0, 0), 39, 3),
        ((3, 0.533, 1.258, 1.289, 1.845), (4, 30, 31), 20, 0),
        ((2, 0.01, 0.01, 0.01, 0.01), (9, 200, 400), 2000, 12),
        ((12, 8000, 8000, 8000, 8000), (3, 35, 40), 20, 2),
        ((7, 5, 0.5, 1, 300), (3000, 900, 905), 30, 100),
        ((50, 60, 1.2, 1, 20), (40, 40, 40.9), 5, 5),
    ],
    ids=str,
)
def test_chances_of_regular_customers_beside_ticks_counted_one_by_one(kind, values, history, ahead, count):
    model = kind(*values, period="week")
    x, recency, age = history
    row = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")
    k, r, alpha, a, b = values
    chances = float(kind.chances_to_leave(row.frequency)[0])
    alive = condensed.probability_alive(*values, *history, chances)
    phase = condensed.phases(*values, *history)
    told = condensed.distribution(r + k * x, ahead / (alpha + age), phase, a, b + chances, count)
    exact = alive * told[0] + (1 - alive if count == 0 else 0)
    near = {"rel": 1e-9, "abs": 1e-300}
    assert model.probability_of_exactly(row, count, horizon=ahead)[0] == pytest.approx(exact, **near)
    found = model.probability_of_purchases(row, at_least=count, horizon=ahead)[0]
    assert found == pytest.approx(alive * told[1] if count else 1, **near)


AGING = [
    ((0.553, 10.578, 0.05, 0.6, 2.0), (0, 0, 0), 39, 0),
    ((0.553, 10.578, 0.05, 0.6, 2.0), (26, 30, 31), 39, 17),
    ((0.8, 5, 0.3, 2, 3000), (3, 30, 31), 60, 6),
    ((0.01, 20, 0.001, 0.01, 0.5), (0, 0, 0), 30, 2),
    ((100, 500, 0.02, 40, 9), (60, 500, 500), 300, 30),
    ((5, 0.1, 3, 0.1, 8000), (5, 1, 1), 4, 19),
    ((2, 1, 0.01, 0.7, 1), (900, 500, 501), 400, 600),
]


@pytest.mark.parametrize(("values", "history", "ahead", "count"), AGING, ids=str)
def test_chances_of_customers_who_age_beside_integrals_in_twenty_digits(values, history, ahead, count):
    model = GammaGompertzNBD(*values, period="week")
    x, recency, age = history
    row = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")
    alive = model.probability_alive(row)[0]
    told = aging.distribution(*values, x, age, count, ahead)
    exact = alive * told[0] + (1 - alive if count == 0 else 0)
    near = {"rel": 1e-9, "abs": 1e-300}
    assert model.probability_of_exactly(row, count, horizon=ahead)[0] == pytest.approx(exact, **near)
    if count:
        found = model.probability_of_purchases(row, at_least=count, horizon=ahead)[0]
        assert found == pytest.approx(alive * told[1], **near)


# --- the next one ---


@each
@pytest.mark.parametrize("chance", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_until_then_the_next_purchase_has_come_with_that_chance(model, chance):
    for n in range(5):
        customer = some().where(np.arange(5) == n)
        within = model.next_purchase_within(customer, chance)[0]
        if within < 1e12:
            none = model.probability_of_none(customer, horizon=within)[0]
            assert 1 - none == pytest.approx(chance, rel=1e-10)
        elif within == math.inf:
            none = model.probability_of_none(customer, horizon=1e12)[0]
            assert 1 - none < chance
    assert not model.next_purchase_within(some(), chance).flags.writeable


def test_whoever_has_left_too_likely_is_never_expected_with_that_chance():
    gone = Purchases.from_summary(frequency=[20], recency=[10], age=[39], period="week")
    for model in MODELS[1:]:
        assert model.probability_alive(gone)[0] < 0.1
        assert model.next_purchase_within(gone, 0.5).tolist() == [math.inf]
    # Nobody leaves for good in NBD.
    assert 0 < MODELS[0].next_purchase_within(gone, 0.5)[0] < 5


def test_a_living_customer_may_leave_before_his_next_purchase():
    # Alive for sure, but ten times as likely to leave as to buy: the next purchase comes with a chance of 1 in 11.
    model = ParetoNBD(r=1e5, alpha=1e5, s=1e6, beta=1e5, period="week")
    today = Purchases.from_summary(frequency=[1], recency=[1e-9], age=[1e-9], period="week")
    assert model.next_purchase_within(today, 0.0909)[0] < 1
    assert model.next_purchase_within(today, 0.0910)[0] == math.inf
    # At constant rates 1 and 10: (1 - e^-11t) / 11 = 0.05.
    assert model.next_purchase_within(today, 0.05)[0] == pytest.approx(-math.log(0.45) / 11, rel=1e-3)


def test_customers_who_hardly_ever_buy_or_leave_have_a_next_purchase_all_the_same():
    model = ParetoNBD(r=0.01, alpha=0.01, s=0.01, beta=8000.0, period="week")
    never = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")
    for chance in (0.01, 0.1, 0.3):
        within = model.next_purchase_within(never, chance)[0]
        assert math.isfinite(within)
        assert 1 - model.probability_of_none(never, horizon=within)[0] == pytest.approx(chance, rel=1e-8)


@each
def test_one_chance_for_all_or_one_for_each(model):
    chances = [0.1, 0.2, 0.3, 0.4, 0.05]
    together = model.next_purchase_within(some(), chances)
    alone = [model.next_purchase_within(some(), chance)[n] for n, chance in enumerate(chances)]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)
    counts = [0, 1, 2, 3, 4]
    exactly = model.probability_of_exactly(some(), counts, horizon=Span(9, "month"))
    alone = [model.probability_of_exactly(some(), k, horizon=Span(9, "month"))[k] for k in counts]
    assert exactly.tolist() == pytest.approx(alone, rel=1e-12)


@each
def test_within_no_time_there_is_no_purchase(model):
    assert model.probability_of_exactly(some(), [0, 1, 0, 2, 0], horizon=0).tolist() == [1, 0, 1, 0, 1]
    assert model.probability_of_purchases(some(), at_least=[0, 1, 0, 2, 0], horizon=0).tolist() == [
        1,
        0,
        1,
        0,
        1,
    ]


@each
def test_what_is_no_count_and_what_is_no_chance_is_refused(model):
    for wrong in (-1, 0.5, math.nan, math.inf):
        with pytest.raises(Invalid, match="count must be whole and >= 0"):
            model.probability_of_exactly(some(), wrong, horizon=1)
    with pytest.raises(Invalid, match="count must be one number, or one per customer"):
        model.probability_of_exactly(some(), [1, 2], horizon=1)
    for wrong in (0, 1, -0.1, math.nan):
        with pytest.raises(Invalid, match=r"probability must lie in \(0, 1\)"):
            model.next_purchase_within(some(), wrong)
    with pytest.raises(Invalid, match="probability must be one number, or one per customer"):
        model.next_purchase_within(some(), [0.1, 0.2])
    with pytest.raises(Invalid, match="period of the purchases"):
        model.next_purchase_within(some("day"), 0.5)
    with pytest.raises(Invalid, match="period of the purchases"):
        model.probability_of_exactly(some("day"), 1, horizon=1)


@each
def test_nobody_has_no_chances(model):
    nobody = some().where(np.zeros(5, dtype=bool))
    assert model.probability_of_exactly(nobody, 1, horizon=1).size == 0
    assert model.next_purchase_within(nobody, 0.5).size == 0
