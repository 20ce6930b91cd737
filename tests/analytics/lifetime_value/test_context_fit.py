"""The climb in context with what is known beside the data: the peak of both, whatever the units of the guess."""

import math

import attrs
import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, ParetoNBD, ParetoNBDInContext, Prior, WithCovariates
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.context_cases import TRUTH, shop
from tests.oracles.shop_in_context import shop_in_context

GUESS = ParetoNBDInContext(
    0.7, 8.0, 0.9, 20.0, buying={"season": 0.5, "price": -0.1}, leaving={"season": 0.2, "price": 0.1}, period="week"
)  # fmt: skip
FACTORS = {
    "r": 2.0, "r/alpha": 1.5, "s": 1.4, "s/beta": 3.0,
    "buying.season": 1.3, "buying.price": 1.2, "leaving.season": 1.5, "leaving.price": 1.1,
}  # fmt: skip


@pytest.fixture(scope="module")
def context():
    return shop(seed=81, n=150)[0]


@pytest.fixture(scope="module")
def held(context):
    return ParetoNBDInContext.fit(context, prior=Prior.around(GUESS, factor=FACTORS))


def log_density(told):
    """That of the beliefs in `FACTORS`, written out one by one."""
    guess, total = GUESS.parameters(), 0.0
    for quantity, factor in FACTORS.items():
        if "." in quantity:
            off = told[quantity] - guess[quantity]
        elif "/" in quantity:
            above, below = quantity.split("/")
            off = math.log(told[above] / told[below] * guess[below] / guess[above])
        else:
            off = math.log(told[quantity] / guess[quantity])
        spread = math.log(factor)
        total -= off**2 / (2 * spread**2) + math.log(spread * math.sqrt(2 * math.pi))
    return total


def test_the_fit_is_the_peak_of_likelihood_and_prior(context, held):
    def both(model):
        return model.log_likelihood(context) + log_density(model.parameters())

    top, errors = both(held), np.sqrt(np.diag(held.evidence.covariance))
    sides = [[both(held.stepped(way * 0.1 * row)) for way in (1, -1)] for row in np.diag(errors)]

    assert held.evidence.converged
    assert held.evidence.log_prior == pytest.approx(log_density(held.parameters()), rel=1e-11)
    assert held.evidence.log_likelihood == pytest.approx(held.log_likelihood(context), rel=1e-12)
    assert all(side < top for pair in sides for side in pair)
    # Along a column of the root of the covariance the fall is that of a normal density, and even to both sides.
    for column in np.linalg.cholesky(np.array(held.evidence.covariance)).T:
        up, down = both(held.stepped(0.01 * column)), both(held.stepped(-0.01 * column))
        assert up + down - 2 * top == pytest.approx(-1e-4, rel=1e-2)
        assert up == pytest.approx(down, abs=2e-6)


def test_a_strong_prior_has_its_way_and_a_weak_one_lets_the_data_speak(context):
    alone = ParetoNBDInContext.fit(context)

    strong = ParetoNBDInContext.fit(context, prior=Prior.around(GUESS, factor=1.0001))
    weak = ParetoNBDInContext.fit(context, prior=Prior.around(GUESS, factor=1e6))

    for name, value in strong.parameters().items():
        assert value == pytest.approx(GUESS.parameters()[name], abs=1e-3, rel=1e-3)
    assert weak.parameters() == pytest.approx(alone.parameters(), rel=0.05, abs=0.02)


def test_a_guess_means_the_same_in_days_and_whoever_tells_it(context, held):
    daily = ParetoNBDInContext(
        0.7, 56.0, 0.9, 140.0, buying=GUESS.buying, leaving=GUESS.leaving, period="day"
    )
    fixed = WithCovariates(
        ParetoNBD(0.7, 8.0, 0.9, 20.0, period="week"), buying=dict(GUESS.buying), leaving=dict(GUESS.leaving)
    )

    for guess in (daily, fixed):
        again = ParetoNBDInContext.fit(context, prior=Prior.around(guess, factor=FACTORS))
        assert again.parameters() == pytest.approx(held.parameters(), rel=1e-5, abs=1e-6)


def test_a_plain_model_is_a_guess_at_a_customer_whose_covariates_are_0(context):
    prior = Prior.around(GUESS.base, factor={"r": 1.0001, "s": 1.0001})

    found = ParetoNBDInContext.fit(context, buying=["season"], leaving=[], prior=prior)

    assert (found.r, found.s) == pytest.approx((0.7, 0.9), rel=1e-3)
    assert found.evidence.prior == prior


def test_the_unit_of_a_covariate_is_that_of_the_belief_in_its_effect(context, held):
    pieces = attrs.evolve(context.pieces, value=context.pieces.value * [1, 1000])
    cents = attrs.evolve(context, pieces=pieces, at_purchases=context.at_purchases * [1, 1000])
    per_cent = attrs.evolve(
        GUESS, buying={"season": 0.5, "price": -0.0001}, leaving={"season": 0.2, "price": 0.0001}
    )
    factors = {**FACTORS, "buying.price": 1.2**0.001, "leaving.price": 1.1**0.001}

    moved = ParetoNBDInContext.fit(cents, prior=Prior.around(per_cent, factor=factors))

    assert moved.alpha == pytest.approx(held.alpha, rel=1e-5)
    assert moved.buying["price"] * 1000 == pytest.approx(held.buying["price"], rel=1e-5)
    assert moved.leaving["price"] * 1000 == pytest.approx(held.leaving["price"], rel=1e-5)


def test_an_effect_that_runs_away_is_held():
    never = ParetoNBDInContext(
        0.9, 3.0, 0.8, 25.0, buying={"closed": -90}, leaving={"closed": 0}, period="week"
    )
    closed = (np.arange(60) % 20 >= 15).astype(float)[None, :, None].repeat(300, axis=0)
    random = np.random.default_rng(64)
    known, _ = shop_in_context(never, closed, ages=np.full(300, 50.0), ahead=9, random=random)
    guess = attrs.evolve(never, buying={"closed": 0.0})

    held = ParetoNBDInContext.fit(known, leaving=[], prior=Prior.around(guess, factor={"buying.closed": 10}))

    assert not ParetoNBDInContext.fit(known, leaving=[]).evidence.converged
    assert held.evidence.converged
    assert -12 < held.buying["closed"] < -3


def test_a_part_of_many_customers_is_held_as_well(context, held, monkeypatch):
    monkeypatch.setattr("relcore.analytics.lifetime_value.standardised_context._ENOUGH", 40)

    again = ParetoNBDInContext.fit(context, prior=held.evidence.prior)

    assert again.parameters() == pytest.approx(held.parameters(), rel=1e-4, abs=1e-5)


def test_the_prior_is_told_and_written_with_the_fit(held):
    assert "log density of the prior" in str(held.summary())
    assert ParetoNBDInContext.from_json(held.to_json()) == held
    assert held.base == ParetoNBD(held.r, held.alpha, held.s, held.beta, period="week")


def test_beliefs_in_what_is_not_there_are_refused(context):
    other = Prior.around(BetaGeoNBD(r=0.2, alpha=4, a=0.8, b=2, period="week"), factor=3)

    with pytest.raises(Invalid, match="prior must be of ParetoNBD, got 'BetaGeoNBD'"):
        ParetoNBDInContext.fit(context, prior=other)
    with pytest.raises(Invalid, match=r"factor must name parameters.*got 'leaving.season'"):
        ParetoNBDInContext.fit(context, leaving=["price"], prior=Prior.around(TRUTH, factor=3))
