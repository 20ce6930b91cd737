"""(M)BG/CNBD-k: k = 1 is what others printed, ticks counted one by one where it hurts, and what the data do not tell.

The estimates for k = 2 and 3 on CDNOW were recomputed with a simplex to 1e-12 from the likelihood of BTYDplus 1.2.0
(R/mbg-cnbd-k.R), which prints none.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    BetaGeoCNBD,
    BetaGeoNBD,
    Ledger,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    Purchases,
)
from relcore.analytics._numerics import ticks
from relcore.analytics.lifetime_value import condensed
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import condensed as oracle
from tests.oracles.shoppers import regular

KINDS = (BetaGeoCNBD, ModifiedBetaGeoCNBD)
both = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def calibration():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")
    return ledger.purchases(period="week", until="1997-09-30")


def histories(*rows, **more):
    x, recency, age = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    # As if the gaps were alike but for a factor.
    alike = np.divide(recency, x, out=np.ones(x.size), where=x > 0)
    return Purchases.from_summary(
        frequency=x, recency=recency, age=age, log_gaps=x * np.log(alike) - 0.3 * x, period="week", **more
    )


# --- published, recomputed, and what is known of k = 1 ---

RECOMPUTED = [
    (BetaGeoCNBD, 2, (0.226917, 1.462920, 0.944002, 2.074329), -9855.3270),
    (BetaGeoCNBD, 3, (0.219482, 0.833431, 1.026093, 2.094135), -10393.5651),
    (ModifiedBetaGeoCNBD, 2, (0.579896, 2.288149, 1.134453, 1.584974), -9853.2531),
    (ModifiedBetaGeoCNBD, 3, (0.532968, 1.258196, 1.288664, 1.845209), -10394.3627),
]


@pytest.mark.parametrize(("kind", "k", "estimates", "log_likelihood"), RECOMPUTED)
def test_the_estimates_on_cdnow(calibration, kind, k, estimates, log_likelihood):
    model = kind.fit(calibration, k=k)
    assert tuple(model.parameters().values()) == pytest.approx(estimates, rel=3e-6)
    assert model.evidence.log_likelihood == pytest.approx(log_likelihood, abs=6e-5)
    assert model.log_likelihood(calibration) == pytest.approx(model.evidence.log_likelihood, rel=1e-14)
    assert model.evidence.converged


@pytest.mark.parametrize(
    ("kind", "chance", "estimates", "log_likelihood"),
    [
        # CLVTools test_correctness_bgnbd.R, and lifetimes' tests; more digits recomputed.
        (BetaGeoCNBD, BetaGeoNBD, (0.242594528, 4.413602186, 0.792921962, 2.425906733), -9582.429207),
        (ModifiedBetaGeoCNBD, ModifiedBetaGeoNBD, (0.524843134, 6.183084833, 0.891359418, 1.614002293), -9582.135716),
    ],
)  # fmt: skip
def test_customers_of_cdnow_buy_by_chance_so_that_k_is_1(
    calibration, kind, chance, estimates, log_likelihood
):
    model, known = kind.fit(calibration), chance.fit(calibration)
    assert model.k == 1
    assert tuple(model.parameters().values()) == pytest.approx(estimates, rel=5e-7)
    assert model.evidence.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)
    for row, other in zip(model.summary().rows, known.summary().rows, strict=True):
        assert row.standard_error == pytest.approx(other.standard_error, rel=1e-4)


@pytest.mark.parametrize(
    ("kind", "chance"), [(BetaGeoCNBD, BetaGeoNBD), (ModifiedBetaGeoCNBD, ModifiedBetaGeoNBD)]
)
def test_k_1_answers_as_the_model_of_chance(calibration, kind, chance):
    some = calibration.where(np.arange(2357) % 40 == 0)
    values = {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6, "period": "week"}
    model, known = kind(k=1, **values), chance(**values)
    for ask in (
        lambda m: m.log_likelihood(some),
        lambda m: m.probability_alive(some),
        lambda m: m.probability_alive(some, ahead=20),
        lambda m: m.expected_purchases(some, horizon=39),
        lambda m: m.expected_purchases_of_newcomer([0, 1, 39]),
        lambda m: m.probability_of_none(some, horizon=39),
        lambda m: m.probability_of_purchases(some, at_least=3, horizon=39),
        lambda m: m.probability_of_exactly(some, 2, horizon=39),
        lambda m: m.next_purchase_within(some, 0.2),
        lambda m: m.log_likelihood_of_each(some),
        lambda m: m.discounted_purchases(some, horizon=156, discount=0.1),
        lambda m: m.discounted_purchases(some, horizon=math.inf, discount=0.1),
    ):
        assert ask(model) == pytest.approx(ask(known), rel=1e-9)


# --- references ---


def hurting(seed, count, most_ticks=3000):
    """Shapes and scales of 0.01 to 8000, a at 1 and beside it, up to 3000 purchases in up to 2000 weeks."""
    random = np.random.default_rng(seed)
    n = 0
    while n < count:
        k = int(random.choice([2, 3, 7, 12]))
        r, alpha, a, b = np.exp(random.uniform(math.log(0.01), math.log(8000), 4)).tolist()
        x = 0 if random.random() < 0.3 else math.floor(math.exp(random.uniform(0, math.log(3000))))
        a = 1 + float(random.choice([0, 1e-12, -1e-8, 1e-6])) if random.random() < 0.2 else a
        age = math.exp(random.uniform(math.log(0.1), math.log(2000)))
        recency = age * float(random.choice([1, 0.99, 0.5, 0.05])) if x else 0.0
        ahead = math.exp(random.uniform(-3, 7))
        if (r + k * x + 60) * ahead / (alpha + age) < most_ticks:
            n += 1
            yield (k, r, alpha, a, b), (x, recency, age), ahead


@both
def test_likelihood_and_p_alive_are_those_of_the_paper(kind):
    for values, history, _ in hurting(seed=31, count=60, most_ticks=math.inf):
        model, row = kind(*values, period="week"), histories(history)
        chances = float(kind.chances_to_leave(row.frequency)[0])
        told = oracle.log_likelihood(*values, *history, row.log_gaps[0], chances)
        assert model.log_likelihood(row) == pytest.approx(told, rel=2e-11, abs=2e-11)
        alive = oracle.probability_alive(*values, *history, chances)
        assert model.probability_alive(row)[0] == pytest.approx(alive, rel=1e-10, abs=1e-300)


@both
def test_what_is_to_come_is_what_ticks_counted_one_by_one_make_of_it(kind):
    for values, history, ahead in hurting(seed=32, count=15):
        model, row = kind(*values, period="week"), histories(history)
        k, r, alpha, a, b = values
        x, _, age = history
        chances = float(kind.chances_to_leave(row.frequency)[0])
        alive = oracle.probability_alive(*values, *history, chances)
        phase = oracle.phases(*values, *history)
        bought, stays, none = oracle.counted(r + k * x, ahead / (alpha + age), phase, a, b + chances)
        near = {"rel": 1e-10, "abs": 1e-300}
        assert model.expected_purchases(row, horizon=ahead)[0] == pytest.approx(alive * bought, **near)
        assert model.probability_of_none(row, horizon=ahead)[0] == pytest.approx(
            1 - alive + alive * none, rel=1e-12
        )
        later = model.probability_alive(row, ahead=ahead)[0]
        assert later == pytest.approx(alive * stays, rel=1e-9, abs=1e-11)


def test_thousands_of_ticks_are_sifted_as_they_would_be_counted():
    random = np.random.default_rng(36)
    for n in range(40):
        w, a, b = np.exp(random.uniform(math.log(0.02), math.log(3000), 3)).tolist()
        a = 1 - 1e-8 if n % 5 == 0 else a
        k = int(random.integers(2, 13))
        y = min(1500 / (w + 60) * (0.3 + random.random()), math.expm1(550 / (w + k)))
        one = np.array([w]), np.array([y]), random.dirichlet(np.ones(k))[:, None], a, np.array([b])
        assert ticks._over_dropout(*one)[0] == pytest.approx(ticks._summed(*one)[0][0], rel=1e-9)


@pytest.mark.verify
@pytest.mark.parametrize(
    ("k", "w", "y", "a", "b"),
    [(2, 0.4, 25517.0, 1 - 1e-8, 235.0), (2, 0.17, 64047.0, 0.0377, 1.5), (3, 200.0, 2905.0, 2.5, 8000.0)],
)
def test_thousands_of_ticks_are_sifted_as_digits_enough_sift_them(k, w, y, a, b):
    phase = np.random.default_rng(k).dirichlet(np.ones(k))
    found = ticks.purchases_while_alive(np.array([w]), np.array([y]), phase[:, None], a, np.array([b]))
    assert found[0] == pytest.approx(oracle.sifted(w, y, phase.tolist(), a, b), rel=1e-11)


@both
def test_the_chances_of_all_numbers_of_purchases_add_up_to_the_expectation(kind):
    model = kind(k=3, r=1.5, alpha=2.0, a=0.7, b=2.0, period="week")
    rows = histories((0, 0, 20), (4, 18, 20), (4, 8, 20), (40, 19.9, 20))
    at_least = np.stack([model.probability_of_purchases(rows, at_least=m, horizon=10) for m in range(200)])
    assert at_least[0].tolist() == [1, 1, 1, 1]
    assert (np.diff(at_least, axis=0) <= 0).all()
    assert at_least[1:].sum(axis=0) == pytest.approx(model.expected_purchases(rows, horizon=10), rel=1e-12)
    assert 1 - at_least[1] == pytest.approx(model.probability_of_none(rows, horizon=10), rel=1e-12)
    each = model.probability_of_purchases(rows, at_least=[0, 1, 2, 3], horizon=10)
    assert each.tolist() == pytest.approx([at_least[m][m] for m in range(4)])


@pytest.mark.parametrize(
    ("k", "w", "scale", "a", "b", "yearly"),
    [
        (2, 0.5, 40.0, 0.8, 2.4, 0.1),
        (3, 1.5, 40.0, 2.2, 4.0, 1.0),
        pytest.param(2, 3.0, 60.0, 1.0, 9.0, 0.001, marks=pytest.mark.verify),
        pytest.param(12, 300.0, 100.0, 0.3, 25.0, 0.1, marks=pytest.mark.verify),
    ],
)
def test_discounted_purchases_without_end(k, w, scale, a, b, yearly):
    phase, rate = np.random.default_rng(k).dirichlet(np.ones(k)), math.log1p(yearly) * 7 / 365.25
    found = ticks.discounted_for_ever(
        np.array([scale]), np.array([w]), phase[:, None], a, np.array([b]), rate
    )
    expected = oracle.discounted_for_ever(scale, w, phase.tolist(), a, b, rate)
    assert found[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("k", "history"), [(2, (3, 30, 39)), (8, (20, 59, 60))])
def test_discounted_purchases_within_a_horizon_even_of_customers_like_clockwork(k, history):
    # By parts, on so many panels that no beat of the clock is missed.
    model, row = BetaGeoCNBD(k=k, r=2.0, alpha=0.5, a=0.8, b=9.0, period="week"), histories(history)
    rate, edges = math.log1p(0.1) * 7 / 365.25, np.linspace(0, 20, 31)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    at = (edges[:-1, None] + 2 / 3 * (nodes + 1) / 2).ravel()
    grown = np.array([model.expected_purchases(row, horizon=t)[0] for t in at])
    flow = np.tile(weights / 3, 30) @ (np.exp(-rate * at) * grown)
    expected = math.exp(-rate * 20) * model.expected_purchases(row, horizon=20)[0] + rate * flow
    found = model.discounted_purchases(row, horizon=20.0, discount=0.1)
    assert found[0] == pytest.approx(expected, rel=1e-10)


def test_a_long_horizon_is_as_good_as_none():
    model, row = BetaGeoCNBD(k=2, r=0.6, alpha=2, a=0.8, b=2.4, period="week"), histories((3, 30, 39))
    whole = model.discounted_purchases(row, horizon=math.inf, discount=10.0)
    assert model.discounted_purchases(row, horizon=600.0, discount=10.0) == pytest.approx(whole, rel=1e-9)


@both
@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("theta", np.random.default_rng(33).normal(0, 1.5, (3, 4)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(kind, k, theta):
    rows = histories(
        (0, 0, 0), (0, 0, 1e3), (1, 1e-3, 40), (2, 30.43, 38.86), (200, 38, 40), (5, 7, 7), (12, 80, 93),
        weight=[3, 1, 2, 5, 1, 0.5, 2],
    )  # fmt: skip
    derivatives_hold(condensed.Likelihood.of(rows, k, kind.chances_to_leave).at, np.array(theta))


# --- simulated ---


TRUTH = {"k": 3, "r": 0.8, "alpha": 1.7, "a": 0.9, "b": 3.0}


@both
def test_a_fit_finds_the_parameters_that_made_the_data_and_how_regular_they_are(kind):
    rows = regular(kind(**TRUTH, period="week"), 10_000, 60.0, random=np.random.default_rng(35))
    model = kind.fit(rows)
    assert model.k == 3
    assert model.evidence.converged
    for row in model.summary(level=0.999).rows:
        assert row.low < TRUTH[row.name] < row.high


# --- possible, and not told ---

positive = st.floats(1e-2, 1e3)


@settings(max_examples=60, deadline=None)
@given(
    k=st.integers(1, 12), r=positive, alpha=positive, a=positive, b=positive,
    x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-2, 1e4), ahead=st.floats(0, 1e4),
)  # fmt: skip
def test_answers_are_possible_for_every_history(k, r, alpha, a, b, x, part, age, ahead):
    row = histories((x, max(part, 1e-9) * age if x else 0.0, age))
    model = ModifiedBetaGeoCNBD(k=k, r=r, alpha=alpha, a=a, b=b, period="week")
    now, later = model.probability_alive(row)[0], model.probability_alive(row, ahead=ahead)[0]
    expected = model.expected_purchases(row, horizon=ahead)[0]
    assert 0 <= later <= now * (1 + 1e-12) <= 1 + 1e-12
    assert 0 <= expected <= (r + k * x + k) / (alpha + age) * ahead * (1 + 1e-9)
    assert 1 - now - 1e-12 <= model.probability_of_none(row, horizon=ahead)[0] <= 1
    assert np.isfinite(model.log_likelihood(row))


def test_customers_who_buy_by_the_clock_are_named(calibration):
    row = Purchases.from_summary(
        frequency=[10, 10, 0, 5], recency=[20, 40, 0, 5], age=[21, 43, 30, 30], period="week",
        log_gaps=[10 * math.log(2), 10 * math.log(4), 0, 0],
    )  # fmt: skip
    model = ModifiedBetaGeoCNBD.fit(row)
    assert model.k == condensed.MOST
    assert not model.evidence.converged
    assert "k grows without bound" in model.evidence.remark
    assert np.isfinite(model.expected_purchases(row, horizon=9)).all()
    assert ModifiedBetaGeoCNBD.from_json(model.to_json()) == model


@both
@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("history", [(1, 5, 9), (900, 1, 9)])
def test_one_customer_or_all_alike_fit_without_a_peak_and_say_so(kind, n, history):
    rows = histories(*[history] * n)
    model = kind.fit(rows, k=2)
    assert not model.evidence.converged
    assert any(name in model.evidence.remark for name in model.parameters())
    assert np.isfinite(model.expected_purchases(rows, horizon=5)).all()


@both
def test_what_cannot_be_fitted_or_asked_is_refused(kind):
    timed = histories((2, 5, 9), (0, 0, 9))
    summary = Purchases.from_summary(frequency=[2, 0], recency=[5, 0], age=[9, 9], period="week")
    with pytest.raises(Invalid, match="log_gaps must be known"):
        kind.fit(summary)
    assert kind.fit(summary, k=1).k == 1
    with pytest.raises(Invalid, match="must hold a customer who came back"):
        kind.fit(histories((0, 0, 9)))
    for k in (0, 51, 2.0, True):
        with pytest.raises(Invalid, match="k must be a whole number from 1 to 50"):
            kind.fit(timed, k=k)
        with pytest.raises(Invalid, match="k must be a whole number from 1 to 50"):
            kind(k=k, r=1, alpha=1, a=1, b=1, period="week")
    model = kind(k=2, r=1, alpha=1, a=1, b=1, period="week")
    with pytest.raises(Invalid, match="expected int @"):
        kind.from_json(model.to_json().replace('"k": 2', '"k": 2.5'))
    with pytest.raises(Invalid, match="must be whole and >= 0"):
        model.probability_of_purchases(timed, at_least=-1, horizon=3)


@both
def test_nobody(kind):
    model, nobody = kind(k=2, r=1, alpha=1, a=1, b=1, period="week"), histories((0, 0, 9)).where([False])
    assert model.log_likelihood(nobody) == 0
    for answer in (
        model.probability_alive(nobody, ahead=3),
        model.expected_purchases(nobody, horizon=3),
        model.probability_of_none(nobody, horizon=3),
        model.probability_of_purchases(nobody, horizon=3),
        model.probability_of_exactly(nobody, 1, horizon=3),
        model.next_purchase_within(nobody, 0.5),
        model.log_likelihood_of_each(nobody),
        model.discounted_purchases(nobody, horizon=math.inf, discount=0.1),
        model.discounted_purchases(nobody, horizon=9, discount=0.1),
    ):
        assert answer.shape == (0,)


def test_a_fit_is_a_value_with_intervals(calibration):
    model = BetaGeoCNBD.fit(calibration, k=2)
    assert BetaGeoCNBD.from_json(model.to_json()) == model
    assert "BetaGeoCNBD(k 2, period week)" in repr(model)
    some = calibration.where(np.arange(2357) < 5)
    bounds = model.interval(lambda m: m.expected_purchases(some, horizon=39))
    assert (bounds.low < bounds.estimate).all()
    assert (bounds.estimate < bounds.high).all()


def test_weights_count_customers():
    once = histories((2, 5, 9), (0, 0, 9), (7, 8, 9))
    heavy = histories((2, 5, 9), (0, 0, 9), (7, 8, 9), weight=[3, 2, 1])
    model = ModifiedBetaGeoCNBD(k=3, r=1, alpha=1, a=1, b=1, period="week")
    each = [model.log_likelihood(once.where(np.arange(3) == n)) for n in range(3)]
    assert model.log_likelihood(heavy) == pytest.approx(3 * each[0] + 2 * each[1] + each[2], rel=1e-14)
