"""Beliefs beside the data: they mean the same in every unit, hold what runs away, and are told with the fit."""

import json
import math

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from relcore.analytics import (
    BetaGeoCNBD,
    BetaGeoNBD,
    GammaGamma,
    GammaGompertzNBD,
    Ledger,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    PlainNBD,
    Prior,
    Purchases,
)
from relcore.analytics._numerics.newton import Pull
from relcore.analytics.prior import pull
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles.shoppers import shoppers

GUESSES = [
    PlainNBD(r=0.5, alpha=10.0, period="week"),
    BetaGeoNBD(r=0.5, alpha=10.0, a=0.6, b=2.4, period="week"),
    ModifiedBetaGeoNBD(r=0.5, alpha=10.0, a=0.6, b=2.4, period="week"),
    ParetoNBD(r=0.5, alpha=10.0, s=0.6, beta=20.0, period="week"),
    GammaGompertzNBD(r=0.5, alpha=10.0, b=0.02, s=0.6, beta=0.5, period="week"),
    BetaGeoCNBD(k=1, r=0.5, alpha=10.0, a=0.6, b=2.4, period="week"),
    ModifiedBetaGeoCNBD(k=2, r=0.5, alpha=5.0, a=0.6, b=2.4, period="week"),
]
each = pytest.mark.parametrize("guess", GUESSES, ids=lambda m: type(m).__name__)


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


def few(ledger, period="week", customers=60, seed=3):
    rows = ledger.purchases(period=period, until="1997-09-30")
    return rows.where(np.random.default_rng(seed).permutation(len(rows)) < customers)


def fitted(guess, rows, prior):
    more = {"k": guess.k} if hasattr(guess, "k") else {}
    return type(guess).fit(rows, prior=prior, **more)


@each
def test_a_prior_means_the_same_in_days_and_in_years(ledger, guess):
    prior = Prior.around(guess, factor=2)
    in_weeks = fitted(guess, few(ledger), prior)
    powers = {
        name: field.metadata["support"].time
        for name, field in attrs.fields_dict(type(guess)).items()
        if "support" in field.metadata
    }
    for period, days in (("day", 1.0), ("year", 365.25)):
        other = fitted(guess, few(ledger, period), prior)
        told = {name: value * (7 / days) ** powers[name] for name, value in in_weeks.parameters().items()}
        assert other.parameters() == pytest.approx(told, rel=1e-8)
        assert other.evidence.log_prior == pytest.approx(in_weeks.evidence.log_prior, rel=1e-8)
        assert np.array(other.evidence.covariance) == pytest.approx(
            np.array(in_weeks.evidence.covariance), rel=1e-6, abs=1e-9
        )


@each
def test_a_customer_of_no_weight_who_is_older_than_all_changes_nothing(ledger, guess):
    rows, prior = few(ledger), Prior.around(guess, factor=2)
    old = Purchases.from_summary(
        ids=["from of old"], frequency=[1], recency=[2.0], age=[3000.0], mean_spend=[5.0],
        log_gaps=[math.log(2.0)], log_amounts=[math.log(5.0)], weight=[1e-300], period="week",
        until=rows.until, currency="USD",
    )  # fmt: skip
    numbered = attrs.evolve(rows, ids=[f"{id}" for id in rows.ids.tolist()])
    one, other = fitted(guess, rows, prior), fitted(guess, numbered + old, prior)
    assert other.parameters() == pytest.approx(one.parameters(), rel=1e-8)


@each
def test_a_strong_prior_has_its_way_and_a_weak_one_lets_the_data_speak(ledger, guess):
    rows = ledger.purchases(period="week", until="1997-09-30")
    strong = fitted(guess, few(ledger), Prior.around(guess, factor=1 + 1e-6))
    assert strong.parameters() == pytest.approx(guess.parameters(), rel=1e-6)
    if isinstance(guess, GammaGompertzNBD):
        return  # nobody ages in CDNOW: without a prior there is no peak
    free = fitted(guess, rows, None)
    weak = fitted(guess, rows, Prior.around(guess, factor=1e6))
    assert weak.parameters() == pytest.approx(free.parameters(), rel=2e-3)
    assert weak.evidence.log_likelihood == pytest.approx(free.evidence.log_likelihood, abs=1e-4)
    assert free.evidence.prior is None
    assert free.evidence.log_prior == 0


def test_shapes_that_run_away_in_small_samples_are_held(ledger):
    guess = BetaGeoNBD(r=0.5, alpha=10.0, a=0.6, b=2.4, period="week")
    prior = Prior.around(guess, factor={"r": 3, "a": 5, "b": 5})
    samples = [few(ledger, seed=seed) for seed in range(40)]
    alone = sum(BetaGeoNBD.fit(rows).evidence.converged for rows in samples)
    held = [BetaGeoNBD.fit(rows, prior=prior) for rows in samples]
    assert alone < 25
    assert all(model.evidence.converged and model.b < 30 for model in held)


@pytest.mark.parametrize("way", ["fit", "fit_amounts"])
def test_spend_has_priors_that_know_no_currency_but_their_own(ledger, way):
    rows = few(ledger)
    guess = GammaGamma(p=4.0, q=4.0, v=30.0, currency="USD")
    one = getattr(GammaGamma, way)(rows, prior=Prior.around(guess, factor=2))

    yen = attrs.evolve(
        rows,
        spend=rows.spend * 1e4,
        log_amounts=rows.log_amounts + rows.frequency * math.log(1e4),
        currency="JPY",
    )
    dear = GammaGamma(p=4.0, q=4.0, v=3e5, currency="JPY")
    other = getattr(GammaGamma, way)(yen, prior=Prior.around(dear, factor=2))

    assert (other.p, other.q, other.v / 1e4) == pytest.approx((one.p, one.q, one.v), rel=1e-8)
    assert other.evidence.log_prior == pytest.approx(one.evidence.log_prior, rel=1e-8)
    with pytest.raises(Invalid, match="prior must be in JPY, got 'USD'"):
        GammaGamma.fit(yen, prior=Prior.around(guess, factor=2))


def test_the_density_is_that_of_normal_logs():
    guess = BetaGeoNBD(r=0.5, alpha=10.0, a=0.6, b=2.4, period="week")
    prior = Prior.around(guess, factor={"r": 3, "r/alpha": 2, "a/b": 5})
    rows = Purchases.from_summary(frequency=[], recency=[], age=[], period="day")
    r, alpha, a, b = 0.7, 90.0, 0.3, 4.0

    found = pull(prior, BetaGeoNBD, ("r", "alpha", "a", "b"), rows).at(np.log([r, alpha, a, b])).value

    expected = [
        norm.logpdf(math.log(r), math.log(0.5), math.log(3)),
        norm.logpdf(math.log(r / alpha), math.log(0.05 / 7), math.log(2)),
        norm.logpdf(math.log(a / b), math.log(0.25), math.log(5)),
    ]
    assert found == pytest.approx(sum(expected), rel=1e-13)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_its_derivatives_are_its_own(theta):
    pulls = Pull(
        np.array([[1.0, 0, 0], [1, -1, 0], [0, 0, 1]]), np.array([0.5, -2.0, 1.0]), np.array([0.4, 1.1, 3.0])
    )
    derivatives_hold(pulls.at, np.array(theta))


def test_the_fit_is_the_peak_of_both_and_says_so(ledger):
    guess = BetaGeoNBD(r=0.5, alpha=10.0, a=0.6, b=2.4, period="week")
    rows, prior = few(ledger), Prior.around(guess, factor=2)
    model = BetaGeoNBD.fit(rows, prior=prior)

    def height(m):
        theta = np.log(list(m.parameters().values()))
        return (
            m.log_likelihood(rows) + pull(prior, BetaGeoNBD, ("r", "alpha", "a", "b"), rows).at(theta).value
        )

    evidence = model.evidence
    assert evidence.prior == prior
    assert height(model) == pytest.approx(evidence.log_likelihood + evidence.log_prior, rel=1e-12)
    for name, value in model.parameters().items():
        for factor in (0.99, 1.01):
            assert height(attrs.evolve(model, **{name: value * factor})) < height(model)
    assert f"60 customers, log density of the prior {evidence.log_prior:.3f}, converged" in repr(model)
    assert BetaGeoNBD.from_json(model.to_json()) == model


@pytest.mark.verify
@pytest.mark.parametrize(("factor", "customers"), [(2, 40), (3, 40), (2, 200)])
def test_intervals_hold_worlds_of_which_the_prior_is_right(factor, customers):
    guess = BetaGeoNBD(r=1.0, alpha=10.0, a=1.0, b=2.0, period="week")
    prior, held = Prior.around(guess, factor=factor), []
    centre = np.log(list(guess.parameters().values()))
    for seed in range(500):
        random = np.random.default_rng(seed)
        world = np.exp(centre + math.log(factor) * random.normal(size=4)).tolist()
        if world[0] / world[1] > 2:
            continue  # more purchases than the simulation has room for
        truth = BetaGeoNBD(*world, period="week")
        rows, _ = shoppers(truth, customers, ahead=1.0, random=random, most=2000)
        if not rows.frequency.any():
            continue
        model = BetaGeoNBD.fit(rows, prior=prior)
        inside = [row.low < value < row.high for row, value in zip(model.summary().rows, world, strict=True)]
        expected = truth.expected_purchases(rows, horizon=20).sum()
        total = model.interval(lambda m, rows=rows: m.expected_purchases(rows, horizon=20).sum())
        held.append([*inside, total.low < expected < total.high])
    assert len(held) > 450
    assert ((np.mean(held, axis=0) > 0.91) & (np.mean(held, axis=0) < 0.98)).all()


def test_evidence_that_was_written_before_there_were_priors_can_be_read(ledger):
    model = BetaGeoNBD.fit(ledger.purchases(period="week", until="1997-09-30"))
    tree = json.loads(model.to_json())
    for later in ("seen", "prior", "log_prior"):
        del tree["evidence"][later]
    assert BetaGeoNBD.from_json(json.dumps(tree)) == model


def test_a_prior_shows_what_it_believes():
    prior = Prior.around(GammaGamma(p=4, q=4, v=30, currency="EUR"), factor={"p": 2, "v": 1.5})
    assert repr(prior).splitlines() == [
        "Prior of GammaGamma, currency EUR",
        "  p  around 4       give or take a factor of 2",
        "  v  around 30      give or take a factor of 1.5",
    ]


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (1.0, "factor of r must be finite and > 1, got 1.0: 3 says"),
        (math.inf, "factor of r must be finite"),
        (math.nan, "factor of r must be finite"),
        ({}, "factor must say something"),
        (
            {"s": 2},
            "factor must name parameters, or quotients of two, got 's': the parameters of PlainNBD are r, alpha",
        ),
        ({"r/r": 2}, "factor must name parameters"),
        ({"r/alpha/r": 2}, "factor must name parameters"),
        ({"": 2}, "factor must name parameters"),
    ],
)
def test_beliefs_that_are_none_are_refused(factor, says):
    with pytest.raises(Invalid, match=says):
        Prior.around(GUESSES[0], factor=factor)


def test_a_prior_of_another_model_is_refused(ledger):
    with pytest.raises(Invalid, match="prior must be of BetaGeoNBD, got 'PlainNBD'"):
        BetaGeoNBD.fit(few(ledger), prior=Prior.around(GUESSES[0], factor=2))
