"""Log-likelihoods history by history, with parameters of their own: slow references, and differences for the derivatives."""

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
)
from relcore.analytics._numerics.newton import Point
from relcore.analytics.lifetime_value.apart import told_apart
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import aging, condensed
from tests.oracles import buy_till_you_die as oracle

MODELS = [
    PlainNBD(r=0.4, alpha=9, period="week"),
    BetaGeoNBD(r=0.4, alpha=9, a=0.8, b=2.3, period="week"),
    ModifiedBetaGeoNBD(r=0.4, alpha=9, a=0.8, b=2.3, period="week"),
    BetaGeoCNBD(k=3, r=0.4, alpha=4, a=0.8, b=2.3, period="week"),
    ModifiedBetaGeoCNBD(k=2, r=0.4, alpha=4, a=0.8, b=2.3, period="week"),
    ParetoNBD(r=0.4, alpha=9, s=0.8, beta=11.3, period="week"),
    GammaGompertzNBD(r=0.4, alpha=9, b=0.05, s=0.8, beta=0.7, period="week"),
]


def named(model):
    return type(model).__name__


def histories(seed, n=40, most=30):
    random = np.random.default_rng(seed)
    x = random.integers(0, most, n).astype(float)
    x[:4] = [0, 0, 1, 25]
    age = random.uniform(0.5, 80, n)
    recency = np.where(x > 0, random.uniform(0.05, 1, n) * age, 0.0)
    recency[2] = age[2]  # bought on the last day
    age[1] = 0.0  # came on the last day
    recency[1] = 0.0
    log_gaps = np.where(x > 0, x * np.log(np.maximum(recency, 1e-9) / np.maximum(x, 1)) - 0.1 * x, 0.0)
    return Purchases.from_summary(frequency=x, recency=recency, age=age, log_gaps=log_gaps, period="week")


def with_scales_of_their_own(model, n, seed):
    random = np.random.default_rng(seed)
    scales = {"alpha": model.alpha * np.exp(random.normal(0, 1.5, n))}
    if model.leaving_scale:
        scales[model.leaving_scale] = getattr(model, model.leaving_scale) * np.exp(random.normal(0, 1.5, n))
    return told_apart(model, scales), scales


def slow(model, own, x, recency, age, log_gaps):
    """The papers' likelihoods, with the parameters of this customer."""
    parts = {name: float(own.get(name, value)) for name, value in model.parameters().items()}
    match model:
        case PlainNBD():
            # Pareto/NBD of customers who leave in ages to come.
            return oracle.pareto_likelihood(*parts.values(), 1.0, 1e30, x, recency, age)
        case BetaGeoNBD():
            return oracle.likelihood(*parts.values(), x, recency, age)
        case ModifiedBetaGeoNBD():
            return oracle.modified_likelihood(*parts.values(), x, recency, age)
        case BetaGeoCNBD() | ModifiedBetaGeoCNBD():
            chances = int(model.chances_to_leave(np.array([x]))[0])
            return condensed.log_likelihood(model.k, *parts.values(), x, recency, age, log_gaps, chances)
        case ParetoNBD():
            return oracle.pareto_likelihood(*parts.values(), x, recency, age)
        case _:
            return aging.log_likelihood(*parts.values(), x, recency, age)


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_each_is_what_the_paper_says_of_parameters_of_its_own(model):
    rows = histories(seed=1, n=8)
    apart, scales = with_scales_of_their_own(model, len(rows), seed=2)

    value = apart.terms(rows).value

    for n in range(4 if isinstance(model, GammaGompertzNBD) else len(rows)):
        own = {name: scale[n] for name, scale in scales.items()}
        x, recency, age = int(rows.frequency[n]), rows.recency[n], rows.age[n]
        expected = slow(model, own, x, recency, age, rows.log_gaps[n])
        assert value[n] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_their_sum_is_the_likelihood_of_the_model(model):
    rows = histories(seed=3, n=300)

    assert model.terms(rows).value.sum() == pytest.approx(model.log_likelihood(rows), rel=1e-12)


@pytest.mark.parametrize("model", MODELS, ids=named)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_derivatives_are_those_of_the_sum(model, seed):
    rows = histories(seed, n=15)
    _, scales = with_scales_of_their_own(model, len(rows), seed)
    names = list(model.parameters())

    def at(theta):
        moved = {name: np.exp(t) for name, t in zip(names, theta, strict=True)}
        # The scales of customers keep their ratios.
        moved |= {name: moved[name] * scale / getattr(model, name) for name, scale in scales.items()}
        terms = told_apart(model, moved).terms(rows)
        return Point(theta, terms.value.sum(), terms.gradient.sum(axis=1), terms.hessian.sum(axis=2))

    derivatives_hold(at, np.log(list(model.parameters().values())))


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_customers_of_thousands_of_purchases_are_told_as_well(model):
    rows = Purchases.from_summary(
        frequency=[4000, 17, 200_000], recency=[300.0, 9, 1000], age=[320.0, 80, 1000],
        log_gaps=[4000 * np.log(300 / 4000), 17 * np.log(9 / 17), 200_000 * np.log(1000 / 200_000)],
        period="week",
    )  # fmt: skip

    terms = model.terms(rows)

    assert np.isfinite(terms.value).all()
    assert np.isfinite(terms.gradient).all()
    assert np.isfinite(terms.hessian).all()
    assert terms.value.sum() == pytest.approx(model.log_likelihood(rows), rel=1e-10)
