"""Every model at every rate, on histories and parameters that hurt, beside many digits: no corner is left out.

Shapes and scales of 0.01 to 8000, chances of leaving and s at 1 and beside it, alpha = beta, up to 3000 purchases in up to 2000
weeks. The files of the models hold more of the same; here all of them stand before the same grid.
"""

import math

import mpmath as mp
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
)
from tests.oracles import aging, buy_till_you_die, condensed, purchase_counts

RATES = (0.001, 0.01, 0.1, 1.0)
BY_PURCHASES = (BetaGeoNBD, ModifiedBetaGeoNBD, BetaGeoCNBD, ModifiedBetaGeoCNBD)
short_and_long = pytest.mark.parametrize("count", [1, pytest.param(12, marks=pytest.mark.verify)])
each_rate = pytest.mark.parametrize("discount", RATES)


def hurting(seed, count):
    """Four parameters, a history, and a time ahead; a fifth parameter for those who age."""
    random = np.random.default_rng(seed)
    for n in range(count):
        values = np.exp(random.uniform(math.log(0.01), math.log(8000), 4)).tolist()
        if n % 4 == 0:
            values[2] = 1 + float(random.choice([0, 1e-12, -1e-8, 1e-5, -1e-3]))
        if n % 5 == 0:
            values[3] = values[1]
        age = math.exp(random.uniform(math.log(0.1), math.log(2000)))
        x = 0 if n % 3 == 0 else math.floor(math.exp(random.uniform(0, math.log(3000))))
        recency = age * float(random.choice([1, 0.99, 0.5, 0.05])) if x else 0.0
        aging_rate = math.exp(random.uniform(math.log(1e-5), math.log(3)))
        yield values, (x, recency, age), math.exp(random.uniform(-3, 7)), aging_rate


def one(history):
    x, recency, age = history
    return Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")


class Regular:
    """A model of leaving after a purchase, and what the references call its parts; k = 1 is chance."""

    def __init__(self, kind, values, history):
        self.k = 2 if kind in (BetaGeoCNBD, ModifiedBetaGeoCNBD) else 1
        first = (self.k,) if self.k > 1 else ()
        self.model, (r, alpha, a, b), (x, _, age) = kind(*first, *values, period="week"), values, history
        chances = float(kind.chances_to_leave(np.array([float(x)]))[0])
        whole = (self.k, r, alpha, a, b, *history)
        self.alive = condensed.probability_alive(*whole, chances)
        self.phase = condensed.phases(*whole)
        self.w, self.scale, self.a, self.b = r + self.k * x, alpha + age, a, b + chances

    def discounted(self, rate):
        """NoConvergence where mpmath finds no end of terms."""
        each = condensed.discounted_for_ever(
            self.scale, self.w, self.phase, self.a, self.b, rate, maxterms=1_000
        )
        return self.alive * each

    def exactly(self, count, ahead):
        told = condensed.distribution(self.w, ahead / self.scale, self.phase, self.a, self.b, count)[0]
        return self.alive * told + (1 - self.alive if count == 0 else 0)


# --- discounted purchases without end ---


@pytest.mark.parametrize(
    ("kind", "discount", "count"),
    [
        *((kind, rate, 2) for kind, rate in zip(BY_PURCHASES, RATES, strict=True)),
        *(pytest.param(kind, rate, 12, marks=pytest.mark.verify) for kind in BY_PURCHASES for rate in RATES),
    ],
)
def test_who_leaves_after_a_purchase_is_worth_an_average_over_rates_and_chances(kind, discount, count):
    rate, tried = math.log1p(discount) * 7 / 365.25, 0
    for values, history, _, _ in hurting(seed=50 + RATES.index(discount), count=count + 3):
        truth = Regular(kind, values, history)
        try:
            expected = truth.discounted(rate)
        except mp.NoConvergence:
            continue
        tried += 1
        found = truth.model.discounted_purchases(one(history), horizon=math.inf, discount=discount)[0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)
        if tried == count:
            break
    assert tried


@pytest.mark.parametrize("count", [12, pytest.param(600, marks=pytest.mark.verify)])
@pytest.mark.parametrize(("chance", "regular"), [BY_PURCHASES[::2], BY_PURCHASES[1::2]])
def test_an_integral_over_time_and_an_average_over_customers_are_one_number(chance, regular, count):
    # Where mpmath finds no end either: two ways to the same number that share nothing but the chance to be alive.
    for n, (values, history, _, _) in enumerate(hurting(seed=55, count=count)):
        asked = {"horizon": math.inf, "discount": RATES[n % 4]}
        by_time = chance(*values, period="week").discounted_purchases(one(history), **asked)
        by_customers = regular(1, *values, period="week").discounted_purchases(one(history), **asked)
        assert by_time == pytest.approx(by_customers, rel=1e-8, abs=1e-290)


@pytest.mark.parametrize("count", [5, pytest.param(80, marks=pytest.mark.verify)])
@each_rate
def test_who_may_leave_at_any_moment_is_worth_the_closed_form(discount, count):
    rate = math.log1p(discount) * 7 / 365.25
    for values, history, _, _ in hurting(seed=56, count=count):
        model = ParetoNBD(*values, period="week")
        expected = buy_till_you_die.pareto_discounted_for_ever(*values, *history, rate)
        found = model.discounted_purchases(one(history), horizon=math.inf, discount=discount)[0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


@short_and_long
@each_rate
def test_who_ages_is_worth_his_rate_for_the_discounted_time_he_is_there(discount, count):
    rate = math.log1p(discount) * 7 / 365.25
    for (r, alpha, s, beta), history, _, b in hurting(seed=57 + RATES.index(discount), count=count):
        model = GammaGompertzNBD(r, alpha, b, s, beta, period="week")
        expected = aging.discounted_purchases(r, alpha, b, s, beta, *history, rate, 60 / rate)
        found = model.discounted_purchases(one(history), horizon=math.inf, discount=discount)[0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


@each_rate
def test_who_never_leaves_is_worth_his_rate_for_ever(discount):
    for (r, alpha, *_), history, _, _ in hurting(seed=58, count=25):
        x, _, age = history
        expected = (r + x) / (alpha + age) / (math.log1p(discount) * 7 / 365.25)
        model = PlainNBD(r, alpha, period="week")
        found = model.discounted_purchases(one(history), horizon=math.inf, discount=discount)[0]
        assert found == pytest.approx(expected, rel=1e-11)


# --- likelihood, P(alive), what is expected, and each number of purchases ---

BG = {
    BetaGeoNBD: (buy_till_you_die.likelihood, buy_till_you_die.probability_alive),
    ModifiedBetaGeoNBD: (
        buy_till_you_die.modified_likelihood,
        buy_till_you_die.modified_probability_alive,
    ),
}


@pytest.mark.parametrize("count", [12, pytest.param(150, marks=pytest.mark.verify)])
@pytest.mark.parametrize("kind", BG, ids=lambda kind: kind.__name__)
def test_who_leaves_after_a_purchase_is_told_by_the_paper(kind, count):
    likelihood, alive = BG[kind]
    for values, history, ahead, _ in hurting(seed=60, count=count):
        model, row = kind(*values, period="week"), one(history)
        told = likelihood(*values, *history)
        assert model.log_likelihood(row) == pytest.approx(told, rel=1e-10, abs=1e-10)
        there = alive(*values, *history)
        assert model.probability_alive(row)[0] == pytest.approx(there, rel=1e-9, abs=1e-290)
        r, alpha, a, b = values
        chances = float(kind.chances_to_leave(row.frequency)[0])
        y = ahead / (alpha + history[2])
        expected = there * buy_till_you_die.purchases_while_alive(r + history[0], y, a, b + chances)
        found = model.expected_purchases(row, horizon=ahead)[0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


def test_who_never_leaves_is_told_by_the_negative_binomial():
    for (r, alpha, *_), history, ahead, _ in hurting(seed=61, count=40):
        x, _, age = history
        model, row = PlainNBD(r, alpha, period="week"), one(history)
        with mp.workdps(40):
            told = mp.loggamma(mp.mpf(r) + x) - mp.loggamma(mp.mpf(r)) + r * mp.log(mp.mpf(alpha))
            told -= (mp.mpf(r) + x) * mp.log(mp.mpf(alpha) + age)
        assert model.log_likelihood(row) == pytest.approx(float(told), rel=1e-11, abs=1e-11)
        for count in _counts(r + x, ahead / (alpha + age)):
            expected = float(purchase_counts.poisson_mixed(r + x, alpha + age, ahead, count))
            found = model.probability_of_exactly(row, count, horizon=ahead)[0]
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


@pytest.mark.parametrize("count", [5, pytest.param(100, marks=pytest.mark.verify)])
@pytest.mark.parametrize("kind", BY_PURCHASES, ids=lambda kind: kind.__name__)
def test_each_number_of_purchases_is_what_ticks_counted_one_by_one_make_of_it(kind, count):
    for values, history, ahead, _ in hurting(seed=62, count=count):
        truth = Regular(kind, values, history)
        for m in _counts(truth.w / truth.k, ahead / truth.scale):
            found = truth.model.probability_of_exactly(one(history), m, horizon=ahead)[0]
            assert found == pytest.approx(truth.exactly(m, ahead), rel=1e-9, abs=1e-290)


@pytest.mark.parametrize("count", [3, pytest.param(40, marks=pytest.mark.verify)])
def test_each_number_of_purchases_of_who_may_leave_at_any_moment(count):
    for (r, alpha, s, beta), history, ahead, _ in hurting(seed=63, count=count):
        x, _, age = history
        w, buys, leaves = r + x, alpha + age, beta + age
        model, row = ParetoNBD(r, alpha, s, beta, period="week"), one(history)
        alive = model.probability_alive(row)[0]
        for m in _counts(w, ahead / buys)[:2]:
            with mp.workdps(30):
                stays = purchase_counts.poisson_mixed(w, buys, ahead, m)
                stays *= mp.exp(-mp.mpf(s) * mp.log1p(mp.mpf(ahead) / leaves))
                ways = mp.gammaprod([mp.mpf(w) + m], [mp.mpf(w), m + 1]) * s / leaves
                log = purchase_counts.power_integral(m, w, buys, s + 1, leaves, ahead)
                expected = float(alive * (stays + ways * mp.exp(log))) + (1 - alive if m == 0 else 0)
            found = model.probability_of_exactly(row, m, horizon=ahead)[0]
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


@pytest.mark.verify
def test_each_number_of_purchases_of_who_ages():
    for (r, alpha, s, beta), history, ahead, b in hurting(seed=64, count=40):
        x, _, age = history
        model, row = GammaGompertzNBD(r, alpha, b, s, beta, period="week"), one(history)
        alive = model.probability_alive(row)[0]
        for m in _counts(r + x, ahead / (alpha + age))[:2]:
            just, reached = aging.distribution(r, alpha, b, s, beta, x, age, m, ahead)
            found = model.probability_of_exactly(row, m, horizon=ahead)[0]
            assert found == pytest.approx(alive * just + (1 - alive if m == 0 else 0), rel=1e-9, abs=1e-290)
            if m:
                found = model.probability_of_purchases(row, at_least=m, horizon=ahead)[0]
                assert found == pytest.approx(alive * reached, rel=1e-9, abs=1e-290)


def _counts(w, y):
    """None, about as many as would be expected, and twice as many; up to 400."""
    return [0, *(min(400, math.ceil(w * y * share)) for share in (0.9, 2.0))]
